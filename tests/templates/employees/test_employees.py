"""The list of employees, its forms and the history, with ordinary, empty, long and hostile values."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from handlers import renderer
from handlers.employees.filters import Listed, kept
from handlers.employees.ids import EmployeesAction
from handlers.kit import blockkit, limits
from handlers.kit.ids import unpack
from handlers.kit.rendering import Renderer
from services.employees.cards import BatchCard
from services.employees.history import AttemptLine, EmployeeView
from services.employees.listing import Counts, EmployeeLine, EmployeesPage, Filters, State
from services.employees.selections import Chosen
from services.integrations.listing import Place
from services.integrations.search import Named
from tests.templates.home.test_home import NAMES

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
LINE = EmployeeLine(
    id=2**31 - 1,
    name="Ada Worker",
    ref="1001",
    employer=Named(1, "Harbor Bakery"),
    level="Standard",
    state=State.FAILED,
    since=NOW - timedelta(minutes=5),
    stuck=False,
    linked=True,
    reason="The date of birth is missing.",
    leave_date=date(2026, 1, 31),
    gone=False,
)
PAGE = EmployeesPage(
    counts=Counts(10_000, 20, 3, 12, 4),
    lines=tuple(replace(LINE, id=LINE.id - number) for number in range(10)),
    place=Place(2, 5, 10, 10_000),
    filters=Filters(state=State.FAILED, search="ada", batch_id=7),
    levels=("Essential", "Standard"),
    assignable=("Essential", "Standard"),
    several=True,
    employer=None,
    may_sync=True,
    as_of=NOW - timedelta(minutes=1),
    hr_trouble=None,
)
ATTEMPT = AttemptLine(
    id=1,
    state=State.FAILED,
    because="sync",
    by="U1",
    asked_at=NOW,
    sent_at=NOW,
    finished_at=NOW,
    outcome=None,
    origin="hr",
    field="date_of_birth",
    kind="missing",
    reason="The date of birth is missing.",
    remedy="Enter it in HR.",
    stuck=False,
)
VIEW = EmployeeView(
    line=LINE,
    attempts=(ATTEMPT,) * 8,
    place=Place(2, 3, 8, 20),
    newest_id=1,
    may_try_again=True,
    to_mend=("The date of birth is missing.",),
    as_of=NOW,
)
CHOSEN = Chosen(
    id=9,
    count=10_000,
    in_progress=3,
    incomplete=2,
    leavers=1,
    employers=("Harbor Bakery",),
    employer_count=7,
    everyone=True,
    as_of=NOW,
    assignable=("Essential", "Standard"),
)
BATCH = BatchCard(
    batch_id=7,
    version=3,
    because="level",
    level="Standard",
    total=40,
    successful=10,
    failed=5,
    in_progress=25,
    linked=4,
    created=6,
    updated=0,
    closed=0,
    reasons=(("refused", None, 3), ("unclear", None, 2)),
    stuck=0,
    asked_by="U1",
    asked_at=NOW,
)


@pytest.fixture(scope="module")
def render() -> Renderer:
    return renderer()


def shown(render: Renderer, it: EmployeesPage, **listed: Any) -> dict[str, Any]:
    return render.modal(
        "employees/list", it=it, listed=Listed(it.filters, it.place.number, **listed), now=NOW
    )


def said(view: object) -> str:
    return json.dumps(view, ensure_ascii=False)


def named(name: str) -> EmployeeLine:
    return replace(LINE, name=name, ref=name, employer=Named(1, name), level=name[:64], reason=name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("sees", [{"may_sync": True}, {"may_sync": False}])
def test_the_list_takes_any_name_and_mentions_nobody(
    render: Renderer, name: str, state: State, sees: dict[str, bool]
) -> None:
    lines = tuple(replace(named(name), id=number, state=state) for number in range(10))
    filters = Filters(state=state, search=name[:100], level=name[:64], employer_id=1)
    it = replace(
        PAGE, lines=lines, filters=filters, employer=Named(1, name), levels=(name[:64],), **sees,
        hr_trouble=name,
    )  # fmt: skip
    view = shown(render, it, ticked=(1, 2, 3))
    mrkdwn = [part for part in parts(view) if part.get("type") == "mrkdwn"]
    assert not [part for part in mrkdwn if "<!channel>" in part["text"]]


@pytest.mark.parametrize("name", NAMES)
def test_history_and_forms_take_any_name(render: Renderer, name: str) -> None:
    attempts = (replace(ATTEMPT, reason=name, remedy=name, field=name, because=name[:9]),) * 8
    view = replace(VIEW, line=named(name), attempts=attempts, to_mend=(name,) * 12)
    forms = [render.modal("employees/employee", it=view, now=NOW)]
    chosen = replace(CHOSEN, employers=(name,) * 5, assignable=(name[:64],) * 120)
    forms += [
        render.modal(each, it=chosen, listed=Listed())
        for each in ("employees/confirm_sync", "employees/assign_level")
    ]
    assert not [
        part
        for form in forms
        for part in parts(form)
        if part.get("type") == "mrkdwn" and "<!ch" in part["text"]
    ]


def parts(shown: object) -> list[dict[str, Any]]:
    if isinstance(shown, list):
        return [part for each in shown for part in parts(each)]
    if not isinstance(shown, dict):
        return []
    return [shown, *(part for each in shown.values() for part in parts(each))]


def test_as_many_ticks_and_as_long_a_level_as_can_be_fit_into_the_metadata(render: Renderer) -> None:
    filters = replace(PAGE.filters, level="ש" * 64, employer_id=2**31 - 1, stuck=True)
    ticked = tuple(range(2**31 - 201, 2**31 - 1))
    view = shown(render, replace(PAGE, filters=filters), ticked=ticked)
    assert len(view["private_metadata"]) <= limits.VIEW_PRIVATE_METADATA
    assert unpack(view["private_metadata"])["ticked"] == list(ticked)


def test_a_search_is_in_its_box_and_in_nothing_that_travels(render: Renderer) -> None:
    view = shown(render, replace(PAGE, filters=Filters(search="Lovelace")))
    assert said(view).count("Lovelace") == 1
    assert "search" not in kept(Filters(search="Lovelace"))


def test_an_empty_list_offers_the_search_and_nothing_to_send(render: Renderer) -> None:
    view = shown(render, replace(PAGE, lines=(), place=Place(1, 1, 10, 0), filters=Filters()))
    assert view["submit"]["text"] == "Search"
    assert "Nobody here is not syncing." in said(view)
    assert EmployeesAction.LEVEL not in said(view)


def test_without_levels_and_without_a_reading_it_still_shows(render: Renderer) -> None:
    view = shown(render, replace(PAGE, levels=(), assignable=(), as_of=None, several=False))
    assert "HR has not been read yet" in said(view)
    assert EmployeesAction.FILTER_LEVEL not in said(view)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"outcome": "linked", "state": State.SUCCESSFUL, "reason": None},
            "Linked to the account that was there",
        ),
        ({"state": State.IN_PROGRESS, "reason": "It is away.", "stuck": True}, "Waits: It is away."),
        ({"origin": "benefits", "field": None, "reason": "Refused."}, "Benefits platform: Refused."),
        ({"because": "hr", "by": None}, "A change in HR"),
    ],
)
def test_an_attempt_says_how_it_went(render: Renderer, changed: dict[str, Any], words: str) -> None:
    view = render.modal(
        "employees/employee", it=replace(VIEW, attempts=(replace(ATTEMPT, **changed),)), now=NOW
    )
    assert words in said(view)


def test_a_batch_tells_its_reasons_and_leads_to_the_failed(render: Renderer) -> None:
    message = render.card(BATCH)
    assert "Benefits Level Standard" in said(message.blocks)
    assert "Refused by the Benefits platform" in said(message.blocks)
    assert "No clear answer came" in said(message.blocks)
    assert unpack(message.blocks[-1]["elements"][0]["value"]) == {"state": "failed", "batch": 7}


def test_a_slow_batch_is_told_by_the_minute(render: Renderer) -> None:
    message = render.card(replace(BATCH, rate=0.2, time_left=timedelta(minutes=2), level=None))
    assert "12 a minute · about 2 minutes left" in said(message.blocks)
    assert "No Benefits Level" in said(message.blocks)


def test_the_help_names_the_command_and_is_taken_by_slack(render: Renderer) -> None:
    message = render.message("employees/help")
    assert "/sync-employees" in message.text
    assert not blockkit.problems("message", {"text": message.text, "blocks": message.blocks})
