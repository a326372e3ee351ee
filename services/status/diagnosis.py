"""Why an integration is not syncing: the seed's causes in the seed's order, as one verdict.

status → timing → group number → resolved messages that came back → blocking Failures → technical → Operations

Being on time does not end the search: an integration that syncs on its days may still carry a message that
came back or a Failure that blocks. Then the timing is among what was ruled out.
"""

from __future__ import annotations

from datetime import datetime

from services.integrations.pending import PENDING_DAYS, pending_days
from services.messages.life import SEVERAL_WEEKS, Step
from services.ports import Status
from services.status import sentences
from services.status.case import Case, CaseMessage, Findings, Timing
from services.status.verdicts import Diagnosis, NextStep, Verdict

__all__ = [
    "Case",
    "CaseMessage",
    "Diagnosis",
    "NextStep",
    "Verdict",
    "diagnose",
]


def diagnose(case: Case, now: datetime) -> Diagnosis:
    found = Findings(case, now)
    return _by_status(found) or _by_group_number(found) or _by_messages(found) or _by_timing(found)


def _by_status(found: Findings) -> Diagnosis | None:
    case = found.case
    if case.status is Status.DISABLED:
        return _disabled(found)
    if case.change_queued == "deactivate":
        return sentences.turning_off(found)
    if case.status is Status.ACTIVE:
        return None
    if not case.group_number:
        return sentences.pending_without_group_number(found)
    overdue = pending_days(case.configured_at, found.now) > PENDING_DAYS
    return sentences.pending_overdue(found) if overdue else sentences.pending(found)


def _disabled(found: Findings) -> Diagnosis:
    case = found.case
    if case.change_queued == "activate":
        return sentences.turning_on(found)
    was_on = case.configured_at or case.active_at or case.disabled_at or case.disabled_by
    return sentences.disabled(found) if was_on else sentences.never_turned_on(found)


def _by_group_number(found: Findings) -> Diagnosis | None:
    """Only a missing one shows here. Whether the carrier has the same one on file, a person must ask."""
    if found.case.group_number or found.timing.usual:
        return None
    return sentences.no_group_number(found)


def _by_messages(found: Findings) -> Diagnosis | None:
    if recurring := found.came_back_for(Step.OPERATIONS):
        return sentences.recurring(found, recurring)
    if stale := found.came_back_for(Step.RESOLVE_AGAIN):
        return sentences.resolve_again(found, stale)
    if found.blocking:
        persistent = found.now - found.blocking[0].received_at >= SEVERAL_WEEKS
        return sentences.persistent_failures(found) if persistent else sentences.failures_block(found)
    if found.came_back and found.timing.usual:
        return sentences.give_it_a_week(found)
    if found.in_transit and found.timing.usual:
        return sentences.wait_after_resolution(found)
    return None


def _by_timing(found: Findings) -> Diagnosis:
    told = {
        Timing.ON_TIME: sentences.wait,
        Timing.MISSED: sentences.missed_one,
        Timing.LATE: sentences.late,
        Timing.LOST: sentences.lost,
        Timing.FIRST_AWAITED: sentences.first_sync_awaited,
        Timing.NEVER: sentences.never_synced,
    }
    return told[found.timing](found)
