"""Each paragraph of the seeds on statuses and on syncing is a row here, with both sides of its threshold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cadence.expectation import UNKNOWN, Expectation
from services.integrations.pending import pending_days
from services.ports import Severity, Status
from services.status.diagnosis import Case, CaseMessage, NextStep, Verdict, diagnose
from tests.services.cases import (
    CASE,
    DAY,
    IN_TRANSIT,
    LATE,
    LOST,
    MESSAGE,
    MINUTE,
    MISSED,
    NEVER_ON,
    NOW,
    SETTLED,
    WARNING,
    came_back,
    disabled,
    never_synced,
    pending,
    silent,
    turned_on_again,
    with_messages,
)

# ── the seeds' paragraphs ───────────────────────────────────────────────────────────────────────────────────

PARAGRAPHS = {
    "Pending for 59 days": (pending(59 * DAY), Verdict.PENDING),
    "Pending for 60 days": (pending(60 * DAY), Verdict.PENDING),
    "Pending for nearly 61 days": (pending(61 * DAY - MINUTE), Verdict.PENDING),
    "Pending for 61 days": (pending(61 * DAY), Verdict.PENDING_OVERDUE),
    "Pending since nobody knows when": (replace(pending(DAY), configured_at=None), Verdict.PENDING),
    "Pending since a day in the future": (pending(-DAY), Verdict.PENDING),
    "Pending without a group number": (replace(pending(DAY), group_number=None), Verdict.NO_GROUP_NUMBER),
    "Disabled by hand": (disabled("person"), Verdict.DISABLED),
    "Disabled by inactivity": (disabled("inactivity"), Verdict.DISABLED),
    "Disabled by nobody knows what": (disabled(None), Verdict.DISABLED),
    "never turned on": (NEVER_ON, Verdict.NEVER_TURNED_ON),
    "being turned on": (replace(NEVER_ON, change_queued="activate"), Verdict.TURNING_ON),
    "being turned off": (replace(CASE, change_queued="deactivate"), Verdict.TURNING_OFF),
    "Active and on time": (CASE, Verdict.WAIT),
    "one expected sync did not come": (MISSED, Verdict.MISSED_ONE),
    "a minute before late": (silent(due=-MINUTE, lost=-DAY), Verdict.MISSED_ONE),
    "late": (silent(due=0 * DAY, lost=-DAY), Verdict.LATE),
    "a minute before lost": (silent(due=DAY, lost=-MINUTE), Verdict.LATE),
    "lost": (silent(due=DAY, lost=0 * DAY), Verdict.LOST),
    "20 days without first sync": (never_synced(20 * DAY), Verdict.FIRST_SYNC),
    "nearly 21 days without first sync": (never_synced(21 * DAY - MINUTE), Verdict.FIRST_SYNC),
    "21 days without first sync": (never_synced(21 * DAY), Verdict.NEVER_SYNCED),
    "22 days without first sync": (never_synced(22 * DAY), Verdict.NEVER_SYNCED),
    "never synced, Active since nobody knows when": (
        replace(never_synced(21 * DAY), active_at=None),
        Verdict.FIRST_SYNC,
    ),
    "turned on again, and no sync since": (turned_on_again(5 * DAY), Verdict.FIRST_SYNC),
    "turned on again weeks ago, and no sync since": (turned_on_again(21 * DAY), Verdict.NEVER_SYNCED),
    "turned on again, and synced": (replace(CASE, active_at=NOW - 4 * DAY), Verdict.WAIT),
    "late without a group number": (replace(LATE, group_number=None), Verdict.NO_GROUP_NUMBER),
    "on time without a group number": (replace(CASE, group_number=None), Verdict.WAIT),
    "resolved, and no sync since": (with_messages(IN_TRANSIT), Verdict.WAIT_AFTER_RESOLUTION),
    "open although resolved, and no sync since": (
        with_messages(replace(IN_TRANSIT, state="open")),
        Verdict.WAIT_AFTER_RESOLUTION,
    ),
    "resolved before the last sync": (with_messages(SETTLED), Verdict.WAIT),
    "came back, resolved a week ago": (with_messages(came_back(7 * DAY)), Verdict.WAIT_AFTER_RESOLUTION),
    "came back, resolved more than a week ago": (
        with_messages(came_back(7 * DAY + MINUTE)),
        Verdict.RESOLVE_AGAIN,
    ),
    "came back once, with a daily carrier": (
        with_messages(came_back(9 * DAY, cycles=6)),
        Verdict.RESOLVE_AGAIN,
    ),
    "came back twice": (with_messages(came_back(9 * DAY, cycles=2, returns=2)), Verdict.OPERATIONS),
    "came back twice, the second time within a week": (
        with_messages(came_back(2 * DAY, cycles=1, returns=2)),
        Verdict.OPERATIONS,
    ),
    "open through two cycles, in nearly three weeks": (
        with_messages(came_back(21 * DAY - MINUTE, cycles=2)),
        Verdict.RESOLVE_AGAIN,
    ),
    "open through two cycles, in three weeks": (
        with_messages(came_back(21 * DAY, cycles=2)),
        Verdict.OPERATIONS,
    ),
    "open through one cycle, in three weeks": (
        with_messages(came_back(21 * DAY, cycles=1)),
        Verdict.RESOLVE_AGAIN,
    ),
    "came back, by the last sync alone": (with_messages(came_back(9 * DAY, cycles=0)), Verdict.RESOLVE_AGAIN),
    "a Failure is open": (with_messages(MESSAGE), Verdict.FAILURES_BLOCK),
    "a Failure open for nearly three weeks": (
        with_messages(replace(MESSAGE, received_at=NOW - 21 * DAY + MINUTE)),
        Verdict.FAILURES_BLOCK,
    ),
    "a Failure open for three weeks": (
        with_messages(replace(MESSAGE, received_at=NOW - 21 * DAY)),
        Verdict.OPERATIONS,
    ),
    "Warnings alone do not block": (with_messages(WARNING), Verdict.WAIT),
    "a Failure with the middleware is visible only": (
        with_messages(replace(MESSAGE, assignee="middleware", received_at=NOW - 30 * DAY)),
        Verdict.WAIT,
    ),
    "a returned message with the middleware is visible only": (
        with_messages(replace(came_back(9 * DAY), assignee="middleware")),
        Verdict.WAIT,
    ),
    "an Info asks for nothing": (
        with_messages(replace(came_back(9 * DAY), severity=Severity.INFO)),
        Verdict.WAIT,
    ),
}


@pytest.mark.parametrize(("case", "verdict"), PARAGRAPHS.values(), ids=PARAGRAPHS)
def test_each_paragraph_of_the_seeds_has_its_verdict(case: Case, verdict: Verdict) -> None:
    assert diagnose(case, NOW).verdict is verdict


STEPS = {
    Verdict.PENDING: NextStep.LOG_COMMUNICATION,
    Verdict.PENDING_OVERDUE: NextStep.LOG_COMMUNICATION,
    Verdict.NO_GROUP_NUMBER: NextStep.EDIT_GROUP_NUMBER,
    Verdict.DISABLED: NextStep.TURN_ON,
    Verdict.NEVER_TURNED_ON: NextStep.TURN_ON,
    Verdict.TURNING_ON: NextStep.LOG_COMMUNICATION,
    Verdict.TURNING_OFF: NextStep.NONE,
    Verdict.WAIT: NextStep.SYNC_HISTORY,
    Verdict.MISSED_ONE: NextStep.SYNC_HISTORY,
    Verdict.LATE: NextStep.SYNC_HISTORY,
    Verdict.LOST: NextStep.EDIT_GROUP_NUMBER,
    Verdict.FIRST_SYNC: NextStep.EDIT_GROUP_NUMBER,
    Verdict.NEVER_SYNCED: NextStep.EDIT_GROUP_NUMBER,
    Verdict.WAIT_AFTER_RESOLUTION: NextStep.MESSAGES,
    Verdict.RESOLVE_AGAIN: NextStep.MESSAGES,
    Verdict.OPERATIONS: NextStep.MESSAGES,
    Verdict.FAILURES_BLOCK: NextStep.MESSAGES,
}


@pytest.mark.parametrize(("case", "verdict"), PARAGRAPHS.values(), ids=PARAGRAPHS)
def test_each_verdict_offers_its_next_step(case: Case, verdict: Verdict) -> None:
    assert diagnose(case, NOW).next_step is STEPS[verdict]


def test_every_verdict_is_met_by_some_paragraph() -> None:
    assert {verdict for _, verdict in PARAGRAPHS.values()} == set(Verdict)


# ── the order of causes ─────────────────────────────────────────────────────────────────────────────────────

ORDER = {
    "status before Failures": (with_messages(MESSAGE, case=pending(DAY)), Verdict.PENDING),
    "Disabled before Failures": (with_messages(MESSAGE, case=disabled("person")), Verdict.DISABLED),
    "group number before Failures": (
        with_messages(MESSAGE, case=replace(LOST, group_number=None)),
        Verdict.NO_GROUP_NUMBER,
    ),
    "returned messages before Failures": (with_messages(MESSAGE, came_back(9 * DAY)), Verdict.RESOLVE_AGAIN),
    "a Failure to act on before a return to wait for": (
        with_messages(MESSAGE, came_back(3 * DAY)),
        Verdict.FAILURES_BLOCK,
    ),
    "a Failure before a correction in transit": (with_messages(MESSAGE, IN_TRANSIT), Verdict.FAILURES_BLOCK),
    "Failures before lateness": (with_messages(MESSAGE, case=LATE), Verdict.FAILURES_BLOCK),
    "Failures before a technical fault": (with_messages(MESSAGE, case=LOST), Verdict.FAILURES_BLOCK),
    "returned messages before lateness": (
        with_messages(came_back(9 * DAY), case=LATE),
        Verdict.RESOLVE_AGAIN,
    ),
    "a lost carrier takes no correction": (with_messages(IN_TRANSIT, case=LOST), Verdict.LOST),
    "nor does a late one": (with_messages(came_back(3 * DAY), case=LATE), Verdict.LATE),
    "the worst return decides": (
        with_messages(came_back(9 * DAY), came_back(9 * DAY, returns=3)),
        Verdict.OPERATIONS,
    ),
    "Failures before never synced": (
        with_messages(MESSAGE, case=never_synced(30 * DAY)),
        Verdict.FAILURES_BLOCK,
    ),
}


@pytest.mark.parametrize(("case", "verdict"), ORDER.values(), ids=ORDER)
def test_the_earlier_cause_in_the_seeds_order_is_the_verdict(case: Case, verdict: Verdict) -> None:
    assert diagnose(case, NOW).verdict is verdict


def causes(case: Case) -> list[str]:
    return [line.split(":")[0] for line in diagnose(case, NOW).ruled_out]


@pytest.mark.parametrize(
    ("case", "ruled_out"),
    [
        (pending(DAY), []),
        (disabled("person"), []),
        (CASE, ["Status", "Group number", "Resolved messages", "Failures"]),
        (LATE, ["Status", "Resolved messages", "Failures"]),
        (never_synced(30 * DAY), ["Status", "Resolved messages", "Failures"]),
        (replace(LATE, group_number=None), ["Status"]),
        (with_messages(came_back(9 * DAY)), ["Status", "Timing", "Group number"]),
        (with_messages(MESSAGE), ["Status", "Timing", "Group number", "Resolved messages"]),
        (with_messages(MESSAGE, case=LATE), ["Status", "Resolved messages"]),
        (with_messages(MESSAGE, came_back(3 * DAY)), ["Status", "Timing", "Group number"]),
        (with_messages(MESSAGE, case=MISSED), ["Status", "Group number", "Resolved messages"]),
    ],
)
def test_what_was_found_fine_before_the_verdict_is_ruled_out_in_the_seeds_order(
    case: Case, ruled_out: list[str]
) -> None:
    assert causes(case) == ruled_out


def test_six_situations_a_broker_meets_get_six_verdicts() -> None:
    met = [
        pending(DAY),
        disabled("person"),
        CASE,
        LATE,
        with_messages(came_back(9 * DAY)),
        with_messages(MESSAGE),
    ]
    assert len({diagnose(case, NOW).verdict for case in met}) == 6


def test_a_sync_from_the_future_is_no_sync() -> None:
    jumped = replace(never_synced(30 * DAY), last_sync_at=NOW + DAY, syncs=(NOW + DAY,))
    assert diagnose(jumped, NOW).verdict is Verdict.NEVER_SYNCED


def test_an_active_integration_without_an_expectation_is_waited_for() -> None:
    assert diagnose(replace(CASE, expectation=None), NOW).verdict is Verdict.WAIT


@pytest.mark.parametrize(
    ("since", "days"), [(None, 0), (-DAY, 0), (timedelta(), 0), (DAY - MINUTE, 0), (DAY, 1), (60 * DAY, 60)]
)
def test_pending_days_are_whole_days(since: timedelta | None, days: int) -> None:
    assert pending_days(None if since is None else NOW - since, NOW) == days


# ── any case ────────────────────────────────────────────────────────────────────────────────────────────────

moments = st.datetimes(datetime(2020, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis wants naive bounds
maybe = st.none() | moments
messages = st.builds(
    CaseMessage,
    severity=st.sampled_from(Severity),
    kind=st.text(max_size=20),
    state=st.sampled_from(["open", "resolved"]),
    received_at=moments,
    resolved_at=maybe,
    assignee=st.sampled_from(["platform", "middleware"]),
    cycles=st.integers(0, 9),
    returns=st.integers(0, 9),
)
expectations = st.builds(
    Expectation,
    next_at=maybe,
    due_at=maybe,
    lost_at=maybe,
    habit=st.sampled_from([UNKNOWN, "every day", "on Tuesdays around 06:00"]),
    missed=st.integers(0, 9),
)
cases = st.builds(
    Case,
    employer=st.text(),
    carrier=st.sampled_from(["Guardian", "", "{}", "<!channel>", "מגדל"]),
    plan=st.text(),
    status=st.sampled_from(Status),
    group_number=st.sampled_from([None, "", "G-20417"]),
    configured_at=maybe,
    active_at=maybe,
    disabled_at=maybe,
    disabled_by=st.sampled_from([None, "person", "inactivity", "martians"]),
    last_sync_at=maybe,
    expectation=st.none() | expectations,
    syncs=st.lists(moments, max_size=4).map(tuple),
    messages=st.lists(messages, max_size=4).map(tuple),
    change_queued=st.sampled_from([None, "activate", "deactivate", "group_number"]),
    time_zone=st.sampled_from(["America/New_York", "UTC", "Mars/Olympus"]),
)


@given(cases, moments)
def test_every_case_has_a_sentence_and_advice(case: Case, now: datetime) -> None:
    found = diagnose(case, now)
    assert found.sentence.endswith(".")
    assert found.advice.endswith(".")
    assert all(line.endswith(".") for line in (*found.evidence, *found.ruled_out))


@given(cases.filter(lambda case: case.status is not Status.ACTIVE), moments)
def test_what_is_not_active_is_never_late_and_never_said_to_sync(case: Case, now: datetime) -> None:
    found = diagnose(case, now)
    assert found.verdict not in {Verdict.WAIT, Verdict.MISSED_ONE, Verdict.LATE, Verdict.LOST}
    assert "sync" not in found.sentence
    assert found.ruled_out == ()


@given(cases.filter(lambda case: bool(case.group_number)), moments)
def test_no_group_number_and_no_value_is_ever_told(case: Case, now: datetime) -> None:
    assert "G-20417" not in repr(diagnose(case, now))
