"""What `/carrier-status` shows, rendered with ordinary, empty, extreme and hostile values."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from handlers import renderer
from handlers.kit import blockkit
from handlers.kit.rendering import Renderer
from services.cadence.expectation import UNKNOWN, Expectation
from services.integrations.attention import Attention, Show
from services.integrations.communications import KINDS, NOTE_LENGTH, Logged
from services.integrations.history import Bar, HistoryView, Run
from services.integrations.listing import AsOf, Counts, IntegrationRow, Place
from services.integrations.search import Found, Named, Nothing, Several
from services.ports import ChatMessage, Status
from services.status.answer import IntegrationView, Listing, PageView, Step, Summary
from services.status.diagnosis import Diagnosis, NextStep, Verdict

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOSTILE = '<!channel> "quoted" \\ {} {{ x }} %s *bold* `code`\n> next <https://x.example|y> &amp;'
LONG = "בריאות و صحة " * 240
PLAIN = "Harbor Bakery"
NAMES = pytest.mark.parametrize("name", [PLAIN, HOSTILE, LONG, "🥐"])
FRESH = AsOf(NOW, NOW - timedelta(minutes=1), None, old=False)
ACTIVE = IntegrationRow(
    id=12,
    employer=Named(1, PLAIN),
    carrier=Named(2, "Guardian"),
    time_zone="America/New_York",
    plan_name="Dental PPO",
    plan_type="dental",
    status=Status.ACTIVE,
    never_on=False,
    group_number="GRP-1001",
    has_group_number=True,
    renewal_date=date(2027, 1, 1),
    configured_at=NOW - 100 * DAY,
    active_at=NOW - 60 * DAY,
    disabled_at=None,
    disabled_by=None,
    last_sync_at=NOW - timedelta(hours=14),
    failures=0,
    waiting=None,
    attention=None,
    pending_days=None,
    next_at=NOW + DAY,
)
BARE = replace(
    ACTIVE,
    group_number=None,
    renewal_date=None,
    configured_at=None,
    active_at=None,
    last_sync_at=None,
    next_at=None,
)
PENDING = replace(BARE, status=Status.PENDING, configured_at=NOW - 23 * DAY, pending_days=23)
OVERDUE = replace(PENDING, pending_days=74, attention=Attention.PENDING_OVERDUE, waiting="group_number")
OFF = replace(BARE, status=Status.DISABLED, disabled_at=NOW - DAY, disabled_by="inactivity")
NEVER_ON = replace(BARE, status=Status.DISABLED, never_on=True)
LOST = replace(ACTIVE, attention=Attention.LOST, failures=3)
ROWS = (ACTIVE, BARE, PENDING, OVERDUE, OFF, NEVER_ON, LOST)
DIAGNOSIS = Diagnosis(
    Verdict.WAIT,
    "Nothing is wrong.",
    ("Last sync 14 hours ago.",),
    ("Status: Active.",),
    "Wait.",
    NextStep.NONE,
)
LOGGED = Logged(("New enrolments", "Terminations"), date(2026, 11, 2), "By e-mail", "U1")
EXPECTATION = Expectation(NOW + DAY, NOW + 2 * DAY, NOW + 3 * DAY, "every day around 06:00 Eastern")


@pytest.fixture(scope="module")
def render() -> Renderer:
    return renderer()


def called(row: IntegrationRow, name: str) -> IntegrationRow:
    """The same row with everything that a stranger writes replaced by `name`."""
    number = name if row.group_number else None
    names = {"employer": Named(1, name), "carrier": Named(2, name), "plan_name": name, "plan_type": name}
    return replace(row, group_number=number, disabled_by=row.disabled_by and name, **names)


def told(shown: ChatMessage | dict[str, Any]) -> str:
    """The whole of it, which must be sound: Slack takes it, and nothing in it can notify a channel."""
    if isinstance(shown, ChatMessage):
        assert blockkit.problems("message", {"text": shown.text, "blocks": shown.blocks}) == []
        text = json.dumps([shown.text, shown.blocks], ensure_ascii=False)
    else:
        assert blockkit.problems("modal", shown) == []
        text = json.dumps(shown, ensure_ascii=False)
    for mrkdwn in _mrkdwn(shown.blocks if isinstance(shown, ChatMessage) else shown["blocks"]):
        assert "<!channel>" not in mrkdwn
        assert "<https://" not in mrkdwn
    return text


def _mrkdwn(part: Any) -> list[str]:
    if isinstance(part, list):
        return [text for each in part for text in _mrkdwn(each)]
    if not isinstance(part, dict):
        return []
    if part.get("type") == "mrkdwn":
        return [part["text"]]
    return [text for each in part.values() for text in _mrkdwn(each)]


def view(row: IntegrationRow, **values: Any) -> IntegrationView:
    usual = IntegrationView(row, DIAGNOSIS, EXPECTATION, tuple(Step), Step.TURN_ON, (LOGGED,), FRESH)
    return replace(usual, **values)


# ── summary


def summary(**values: Any) -> Summary:
    counts = Counts(31, 6, 3, 1, late=2, lost=1, failures=4, warnings=1)
    return replace(Summary(counts, ROWS, sees_pending=True, as_of=FRESH), **values)


def test_the_summary_says_what_there_is(render: Renderer) -> None:
    text = told(render.message("status/summary", it=summary()))
    for part in (
        "🟢 31 Active",
        "🟡 6 Pending",
        "⚪ 3 Disabled",
        "2 late",
        "1 lost",
        "4 open Failures",
        "1 open Warning",
    ):
        assert part in text


def test_the_summary_counts_nothing_that_is_not_there(render: Renderer) -> None:
    text = told(render.message("status/summary", it=summary(counts=Counts(3, 0, 0, 0, 0, 0, 2, 0))))
    assert '"text": "2 open Failures"' in text
    calm = told(render.message("status/summary", it=summary(counts=Counts(3, 0, 0, 0, 0, 0, 0, 0))))
    assert "Nothing is late, and no message is open." in calm


@NAMES
def test_the_summary_takes_any_name(render: Renderer, name: str) -> None:
    told(render.message("status/summary", it=summary(urgent=tuple(called(row, name) for row in ROWS))))


def test_the_summary_is_calm_when_nothing_needs_anyone(render: Renderer) -> None:
    assert "Nothing needs anyone" in told(render.message("status/summary", it=summary(urgent=())))


@pytest.mark.parametrize(
    ("sees_pending", "said"), [(True, "There are no integrations"), (False, "no Active integration")]
)
def test_an_empty_summary_says_why(render: Renderer, sees_pending: bool, said: str) -> None:  # noqa: FBT001
    empty = summary(counts=Counts(0, 0, 0, 0, 0, 0, 0, 0), urgent=(), sees_pending=sees_pending)
    assert said in told(render.message("status/summary", it=empty))


def test_an_employers_summary_does_not_speak_of_pending(render: Renderer) -> None:
    text = told(render.message("status/summary", it=summary(urgent=(), sees_pending=False)))
    assert "Pending" not in text
    assert "Disabled" not in text


# ── list


def listing(rows: tuple[IntegrationRow, ...] = ROWS, **values: Any) -> Listing:
    return replace(Listing(Named(1, PLAIN), None, rows, 2, 4, FRESH), **values)


def test_a_list_says_each_status_in_words(render: Renderer) -> None:
    text = told(render.message("status/list", it=listing()))
    for part in (
        "🟢 Active since <!date^",
        "Last Sync 14 hours ago · next expected <!date^",
        "🟡 Pending, day 23 of 60",
        "🟡 Pending, day 74 (usual: up to 60)",
        "⚪ Disabled by inactivity since <!date^",
        "⚪ Not turned on yet",
        "🔴 *Lost* · 3 Failures",
        "Group number GRP-1001 · Renews 1 Jan 2027",
        "New group number sent… waiting for the exchange.",
        "2/4 configured",
    ):
        assert part in text


def test_the_first_day_of_pending_is_today(render: Renderer) -> None:
    row = replace(ACTIVE, status=Status.PENDING, pending_days=0)
    assert "🟡 Pending since today" in told(render.message("status/list", it=listing((row,))))


@NAMES
def test_a_list_takes_any_name(render: Renderer, name: str) -> None:
    rows = tuple(called(row, name) for row in ROWS)
    for employer, carrier in (
        (Named(1, name), None),
        (None, Named(2, name)),
        (Named(1, name), Named(2, name)),
    ):
        told(render.message("status/list", it=listing(rows, employer=employer, carrier=carrier)))


def test_a_list_that_does_not_hold_all_offers_the_rest(render: Renderer) -> None:
    assert "Show all 2,000" in told(render.message("status/list", it=listing(eligible=2000)))
    assert "Show all" not in told(render.message("status/list", it=listing(eligible=len(ROWS))))


@NAMES
def test_a_list_says_what_an_employer_does_not_have(render: Renderer, name: str) -> None:
    shown = listing(missing=Named(9, name), employer=Named(1, name))
    assert "has nothing with" in told(render.message("status/list", it=shown))


def test_an_empty_list_says_so(render: Renderer) -> None:
    assert "no integration to see here" in told(render.message("status/list", it=listing((), eligible=0)))


# ── integration


@NAMES
@pytest.mark.parametrize("row", ROWS)
def test_an_integration_takes_any_name(render: Renderer, row: IntegrationRow, name: str) -> None:
    spoken = replace(DIAGNOSIS, sentence=name, advice=name, evidence=(name,) * 12, ruled_out=(name,) * 12)
    logged = (replace(LOGGED, note=name), replace(LOGGED, note=None, sent=tuple(KINDS.values())))
    shown = view(called(row, name), diagnosis=spoken, communications=logged)
    told(render.message("status/integration", it=shown))
    told(render.modal("status/integration", it=shown))


def test_an_integration_says_verdict_evidence_and_advice(render: Renderer) -> None:
    text = told(render.message("status/integration", it=view(ACTIVE)))
    for part in (
        "Why isn't it syncing?*\\nNothing is wrong.",
        "• Last sync 14 hours ago.",
        "• Status: Active.",
        "*What to do*\\nWait.",
        "New enrolments and terminations on 2 Nov 2026, by <@U1>: By e-mail",
    ):
        assert part in text


def test_the_next_step_is_the_primary_button(render: Renderer) -> None:
    shown = render.message("status/integration", it=view(ACTIVE, next_step=Step.MESSAGES))
    [row] = [block for block in shown.blocks if block["type"] == "actions"]
    assert [each["text"]["text"] for each in row["elements"] if each.get("style")] == ["Messages"]  # type: ignore[attr-defined]


def test_someone_who_may_do_nothing_gets_no_buttons(render: Renderer) -> None:
    shown = view(ACTIVE, steps=(), next_step=None, communications=())
    assert "actions" not in [block["type"] for block in render.message("status/integration", it=shown).blocks]


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        (FRESH, "As of <!date^"),
        (AsOf(NOW, None, None, old=True), "Nothing has been read from the carrier exchange yet"),
        (
            AsOf(NOW, NOW - timedelta(hours=3), None, old=True),
            "Old data: the carrier exchange was last read 3 hours ago",
        ),
        (AsOf(NOW, NOW, NOW, old=False), "does not answer at the moment"),
    ],
)
def test_the_age_of_the_data_is_said_plainly(render: Renderer, as_of: AsOf, said: str) -> None:
    assert said in told(render.message("status/integration", it=view(ACTIVE, as_of=as_of)))


# ── choice and help


@NAMES
def test_a_question_takes_any_text(render: Renderer, name: str) -> None:
    fits = (Found(Named(1, name), None), Found(None, Named(2, name)), Found(Named(1, name), Named(2, name)))
    told(render.message("status/choice", it=Several(name, fits, more=1200)))
    told(render.message("status/choice", it=Nothing(name, fits)))
    told(render.message("status/choice", it=Nothing(name)))
    told(render.message("status/choice", it=Nothing(name[:60], too_long=True)))


def test_a_long_list_of_choices_says_how_many_are_left_out(render: Renderer) -> None:
    several = Several("a", (Found(Named(1, "A"), None),) * 8, more=1200)
    assert "… and 1,200 more" in told(render.message("status/choice", it=several))


def test_help_shows_how(render: Renderer) -> None:
    assert "`/carrier-status harbor guardian`" in told(render.message("status/help"))


# ── history


def history(**values: Any) -> HistoryView:
    bars = tuple(Bar(f"{number} Nov", number % 3) for number in range(1, 14))
    runs = tuple(Run(NOW - number * DAY, DAY if number else None) for number in range(10))
    return replace(HistoryView(ACTIVE, EXPECTATION, bars, "week", runs, 64, FRESH), **values)


def test_the_history_has_a_chart_and_the_habit(render: Renderer) -> None:
    text = told(render.message("status/history", it=history()))
    assert '"type": "data_visualization"' in text
    assert "*Habit:* Guardian syncs every day around 06:00 Eastern." in text
    assert "24 hours after the one before" in text


def test_the_history_lists_as_many_syncs_as_it_says(render: Renderer) -> None:
    text = told(render.message("status/history", it=history()))
    assert "*The last 10 syncs*" in text
    assert text.count("• ") == 10


def test_days_fill_a_chart_to_its_limit(render: Renderer) -> None:
    bars = tuple(Bar(f"{number} Nov", 1) for number in range(1, 21))
    assert '"x_label": "Day"' in told(render.message("status/history", it=history(bars=bars, unit="day")))


@pytest.mark.parametrize(
    ("row", "said"), [(BARE, "has not synced yet"), (NEVER_ON, "does not sync while it is Disabled")]
)
def test_a_history_without_syncs_has_no_chart(render: Renderer, row: IntegrationRow, said: str) -> None:
    empty = history(row=row, bars=(), recent=(), total=0, expectation=None)
    text = told(render.message("status/history", it=empty))
    assert said in text
    assert "data_visualization" not in text


def test_a_habit_that_is_not_known_is_not_made_up(render: Renderer) -> None:
    unknown = history(expectation=replace(EXPECTATION, habit=UNKNOWN))
    assert "not known yet" in told(render.message("status/history", it=unknown))


@NAMES
def test_the_history_takes_any_name(render: Renderer, name: str) -> None:
    told(render.message("status/history", it=history(row=called(ACTIVE, name))))
    told(render.modal("status/history", it=history(row=called(ACTIVE, name))))


# ── modals


def page(rows: tuple[IntegrationRow, ...] = ROWS, number: int = 1, total: int = 7, **values: Any) -> PageView:
    place = Place.at(number, total)
    return replace(PageView(rows, place, None, None, Show.ALL, tuple(Show), FRESH), **values)


@NAMES
def test_show_all_takes_any_name(render: Renderer, name: str) -> None:
    rows = tuple(called(row, name) for row in ROWS)[:1] * 12
    chosen = {"employer": Named(10**12, name), "carrier": Named(2, name), "show": Show.LATE}
    shown = page(rows, 100, 2000, **chosen)
    told(render.modal("status/all", it=shown, turn=7))


def test_show_all_without_rows_says_so(render: Renderer) -> None:
    assert "No integration fits" in told(render.modal("status/all", it=page((), total=0), turn=0))


@pytest.mark.parametrize(
    ("number", "expected"), [(1, ["Next"]), (2, ["Previous", "Next"]), (3, ["Previous"])]
)
def test_pages_turn_as_far_as_there_are_any(render: Renderer, number: int, expected: list[str]) -> None:
    shown = render.modal("status/all", it=page(number=number, total=36), turn=0)
    [*_, turning] = [block for block in shown["blocks"] if block["type"] == "actions"]
    assert [each["text"]["text"] for each in turning["elements"]] == expected


def test_an_employer_is_offered_no_pending_filter(render: Renderer) -> None:
    shows = (Show.ALL, Show.ATTENTION, Show.ACTIVE)
    text = told(render.modal("status/all", it=page((ACTIVE,), shows=shows), turn=0))
    assert '"pending"' not in text


@NAMES
@pytest.mark.parametrize(
    "form", ["status/turn_on", "status/turn_off", "status/group_number", "status/log_communication"]
)
@pytest.mark.parametrize("row", [ACTIVE, PENDING, OFF])
def test_the_forms_take_any_name(render: Renderer, form: str, row: IntegrationRow, name: str) -> None:
    shown = render.modal(form, it=called(row, name), kinds=KINDS, note_length=NOTE_LENGTH)
    told(shown)
    assert json.loads(shown["private_metadata"]) == {"integration": 12}


@pytest.mark.parametrize("more", [None, "Lastsync tells you.", LONG])
def test_saved_says_what_happens_next(render: Renderer, more: str | None) -> None:
    text = told(render.modal("kit/saved", title="Saved", sentence="✅ Recorded.", more=more))
    assert "✅ Recorded." in text
    assert ("Lastsync tells you." in text) == (more == "Lastsync tells you.")
