"""The list of employees, the history of one, and the forms for those chosen, whatever the values are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from handlers.employee_filters import Listed
from handlers.rendering import Renderer
from services.employee_history import AttemptLine, EmployeeView
from services.employees import Counts, EmployeeLine, EmployeesPage, Filters, State
from services.finding import Named
from services.integrations import Place
from services.selections import Chosen
from tests.templates.test_card_templates import EXTREME, HOSTILE, mrkdwn

NOW = datetime(2026, 11, 18, 15, tzinfo=UTC)
LINE = EmployeeLine(
    id=7,
    name="Ada Brightwater",
    ref="emp-7",
    employer=Named(1, "Harbor Bakery"),
    level="gold",
    state=State.FAILED,
    since=NOW - timedelta(hours=2),
    stuck=False,
    linked=False,
    reason="The date of birth is missing in HR.",
    leave_date=None,
    gone=False,
)
LISTED = Listed(Filters(state=State.FAILED), ticked=(7, 8))
PAGE = EmployeesPage(
    counts=Counts(12, 3, 200, 1, 1),
    lines=(LINE,),
    place=Place.at(1, 1, 10),
    filters=LISTED.filters,
    levels=("gold", "silver"),
    assignable=("gold", "silver"),
    several=True,
    employer=None,
    may_sync=True,
    as_of=NOW,
    hr_trouble=None,
)
FAILED = AttemptLine(
    id=9,
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
    remedy="Enter it in HR, and try again.",
    stuck=False,
)
HISTORY = EmployeeView(LINE, (FAILED,), Place.at(1, 1, 8), 9, may_try_again=True, to_mend=(), as_of=NOW)
CHOSEN = Chosen(4, 12, 1, 2, 1, ("Harbor Bakery", "Juniper Dental"), 5, True, NOW, ("gold", "silver"))  # noqa: FBT003
NAMES = pytest.mark.parametrize("name", ["Harbor Bakery", HOSTILE, EXTREME, "שירותי בריאות"])
FORMS = pytest.mark.parametrize("form", ["confirm_sync", "assign_level"])


def called(name: str) -> EmployeeLine:
    return replace(LINE, name=name, employer=Named(1, name), reason=name)


def shown_list(it: EmployeesPage) -> dict[str, Any]:
    return Renderer().modal("employees", it=it, listed=LISTED, now=NOW)


def pings(shown: object) -> list[str]:
    return [text for text in mrkdwn(shown) if "<!channel>" in text]


@NAMES
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("may_sync", [True, False])
def test_the_list_takes_any_name(name: str, state: State, may_sync: bool) -> None:  # noqa: FBT001
    lines = tuple(replace(called(name), id=number, state=state) for number in range(10))
    filters = Filters(state=state, employer_id=1)
    it = replace(PAGE, lines=lines, filters=filters, employer=Named(1, name[:70]), may_sync=may_sync)
    assert pings(shown_list(replace(it, hr_trouble=name))) == []


def test_an_empty_list_says_of_what_there_is_none() -> None:
    assert "Nobody here is" in str(shown_list(replace(PAGE, lines=(), counts=Counts())))


def test_the_list_keeps_names_out_of_what_it_remembers() -> None:
    shown = shown_list(PAGE)
    assert "Ada" in str(shown["blocks"])
    assert "Ada" not in shown["private_metadata"]


@NAMES
def test_a_history_takes_any_name(name: str) -> None:
    line = replace(called(name), leave_date=date(2026, 12, 31), linked=True)
    attempts = (replace(FAILED, reason=name, remedy=name),) * 8
    shown = replace(
        HISTORY, line=line, attempts=attempts, to_mend=(name[:200],) * 3, place=Place.at(2, 40, 8)
    )
    assert pings(Renderer().modal("employee", it=shown, now=NOW)) == []


def test_a_history_without_an_attempt_says_so() -> None:
    none = replace(HISTORY, attempts=(), newest_id=None, place=Place.at(1, 0, 8))
    assert "Never synced" in str(Renderer().modal("employee", it=none, now=NOW))


@FORMS
@NAMES
def test_the_forms_for_those_chosen_take_any_name(form: str, name: str) -> None:
    shown = Renderer().modal(form, it=replace(CHOSEN, employers=(name,) * 5), listed=LISTED)
    assert pings(shown) == []


@FORMS
def test_the_forms_say_how_many_there_are(form: str) -> None:
    shown = Renderer().modal(form, it=CHOSEN, listed=LISTED)
    assert "*12 employees*" in str(shown["blocks"])
    assert "12" in shown["submit"]["text"]


def test_the_help_names_the_four_states() -> None:
    shown = str(Renderer().message("employees_help").blocks)
    for state in ("Not syncing", "In progress", "Successful", "Failed"):
        assert state in shown
