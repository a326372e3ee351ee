"""Integrations in each state that the seeds describe, at one fixed time, for the tests of diagnosis."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.cadence.expectation import UNKNOWN, Expectation
from services.ports import Severity, Status
from services.status.diagnosis import Case, CaseMessage

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)  # a Friday noon in New York
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NEXT_TUESDAY = datetime(2026, 11, 24, 11, tzinfo=UTC)
ON_TUESDAYS = Expectation(
    next_at=NEXT_TUESDAY,
    due_at=NEXT_TUESDAY + 2 * DAY,
    lost_at=NEXT_TUESDAY + 9 * DAY,
    habit="on Tuesdays around 06:00",
)
FIRST_AWAITED = Expectation(next_at=None, due_at=NOW, lost_at=None, habit=UNKNOWN)

CASE = Case(
    employer="Harbor Bakery",
    carrier="Guardian",
    plan="Dental",
    status=Status.ACTIVE,
    group_number="G-20417",
    configured_at=NOW - 200 * DAY,
    active_at=NOW - 150 * DAY,
    disabled_at=None,
    disabled_by=None,
    last_sync_at=NEXT_TUESDAY - 7 * DAY,
    expectation=ON_TUESDAYS,
    syncs=(NEXT_TUESDAY - 14 * DAY, NEXT_TUESDAY - 7 * DAY),
    messages=(),
    change_queued=None,
    time_zone="America/New_York",
)
MESSAGE = CaseMessage(
    severity=Severity.FAILURE,
    kind="ssn_discrepancy",
    state="open",
    received_at=NOW - 3 * DAY,
    resolved_at=None,
    assignee="platform",
)


def pending(since: timedelta) -> Case:
    status = replace(CASE, status=Status.PENDING, configured_at=NOW - since, active_at=None)
    return replace(status, last_sync_at=None, expectation=None, syncs=())


def disabled(by: str | None) -> Case:
    return replace(
        CASE,
        status=Status.DISABLED,
        disabled_at=NOW - 3 * DAY,
        disabled_by=by,
        expectation=None,
        group_number=None,
    )


NEVER_ON = replace(
    disabled(None), configured_at=None, active_at=None, disabled_at=None, last_sync_at=None, syncs=()
)


def never_synced(active_for: timedelta) -> Case:
    active = replace(CASE, active_at=NOW - active_for, last_sync_at=None, syncs=())
    return replace(active, expectation=replace(FIRST_AWAITED, due_at=NOW - active_for + 21 * DAY))


def turned_on_again(active_for: timedelta) -> Case:
    """Active once more; its syncs are from before it was turned off."""
    before = NOW - active_for - 40 * DAY
    return replace(never_synced(active_for), last_sync_at=before, syncs=(before - 7 * DAY, before))


def silent(*, due: timedelta, lost: timedelta, missed: int = 2) -> Case:
    """An Active integration that is late `due` ago and lost `lost` ago (negative: in the future)."""
    expected = replace(ON_TUESDAYS, due_at=NOW - due, lost_at=NOW - lost, missed=missed)
    return replace(CASE, expectation=expected)


def with_messages(*messages: CaseMessage, case: Case = CASE) -> Case:
    return replace(case, messages=messages)


def came_back(after: timedelta, *, cycles: int = 1, returns: int = 1) -> CaseMessage:
    """A message open again, `after` its latest resolution."""
    return replace(MESSAGE, resolved_at=NOW - after, cycles=cycles, returns=returns)


MISSED = silent(due=-DAY, lost=-8 * DAY, missed=1)
LATE = silent(due=HOUR, lost=-7 * DAY)
LOST = silent(due=7 * DAY, lost=HOUR, missed=3)
WARNING = replace(MESSAGE, severity=Severity.WARNING, kind="name_spelling")
IN_TRANSIT = replace(MESSAGE, state="resolved", resolved_at=NOW - DAY)
SETTLED = replace(MESSAGE, state="resolved", resolved_at=NOW - 5 * DAY)
