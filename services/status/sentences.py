"""A diagnosis in words: for each verdict its sentence, evidence, what was ruled out, and the next step.

Plain text without private values: no names of people, no group number, no values of a message.
"""

from __future__ import annotations

from collections.abc import Sequence

from services import words
from services.integrations.pending import PENDING_DAYS, pending_days
from services.messages.life import A_WEEK, SEVERAL_WEEKS
from services.status import evidence
from services.status.case import CaseMessage, Findings
from services.status.verdicts import Diagnosis, NextStep, Verdict

# ── status ──────────────────────────────────────────────────────────────────────────────────────────────────


def pending(found: Findings) -> Diagnosis:
    days = pending_days(found.case.configured_at, found.now)
    age = f"Pending, day {days} of {PENDING_DAYS}" if days else "Pending"
    return Diagnosis(
        Verdict.PENDING,
        f"{age}: {found.case.carrier} has not activated it yet.",
        evidence.of_pending(found),
        (),
        f"This is normal: most take up to {PENDING_DAYS} days. {_by_hand(found)}",
        NextStep.LOG_COMMUNICATION,
    )


def pending_overdue(found: Findings) -> Diagnosis:
    days = pending_days(found.case.configured_at, found.now)
    return Diagnosis(
        Verdict.PENDING_OVERDUE,
        f"Pending for {days} days: {found.case.carrier} should have activated it within {PENDING_DAYS}.",
        evidence.of_pending(found),
        (),
        f"Contact the Account Manager and ask what holds it up. {_by_hand(found)}",
        NextStep.LOG_COMMUNICATION,
    )


def pending_without_group_number(found: Findings) -> Diagnosis:
    return Diagnosis(
        Verdict.NO_GROUP_NUMBER,
        f"Pending without a group number: {found.case.carrier} has nothing to activate it by.",
        evidence.of_pending(found),
        (),
        f"Enter the group number that {found.case.carrier} has on file. {_by_hand(found)}",
        NextStep.EDIT_GROUP_NUMBER,
    )


def disabled(found: Findings) -> Diagnosis:
    case = found.case
    how = {"inactivity": " for inactivity", "person": " by hand"}.get(case.disabled_by or "", "")
    when = f" on {evidence.day(found, case.disabled_at)}" if case.disabled_at else ""
    return Diagnosis(
        Verdict.DISABLED,
        f"Turned off{how}{when}: nothing is sent to {case.carrier}.",
        evidence.of_disabled(found),
        (),
        "If it should run, turn it on and enter the group number again; it will be Pending first. "
        + _by_hand(found),
        NextStep.TURN_ON,
    )


def never_turned_on(found: Findings) -> Diagnosis:
    return Diagnosis(
        Verdict.NEVER_TURNED_ON,
        f"Never turned on: nothing is sent to {found.case.carrier}.",
        (),
        (),
        f"Turn it on with the group number; it will be Pending first. {_by_hand(found)}",
        NextStep.TURN_ON,
    )


def turning_on(found: Findings) -> Diagnosis:
    return Diagnosis(
        Verdict.TURNING_ON,
        "Being turned on: the exchange has not confirmed it yet.",
        (),
        (),
        f"It is Pending once the exchange confirms. {_by_hand(found)}",
        NextStep.LOG_COMMUNICATION,
    )


def turning_off(found: Findings) -> Diagnosis:
    return Diagnosis(
        Verdict.TURNING_OFF,
        "Being turned off: the exchange has not confirmed it yet.",
        (),
        (),
        f"After that nothing is sent. Tell {found.case.carrier} about eligibility changes by hand again.",
        NextStep.NONE,
    )


# ── timing, group number and technical faults ───────────────────────────────────────────────────────────────


def wait(found: Findings) -> Diagnosis:
    return Diagnosis(
        Verdict.WAIT,
        f"Nothing is wrong: {_rhythm(found)}",
        evidence.of_active(found),
        evidence.ruled_out(found, timing=False),
        f"{_until_next(found)} What changed since the last sync goes then.",
        NextStep.SYNC_HISTORY,
    )


def missed_one(found: Findings) -> Diagnosis:
    return Diagnosis(
        Verdict.MISSED_ONE,
        f"One expected sync did not come, which happens: {_rhythm(found)}",
        evidence.of_active(found),
        evidence.ruled_out(found, timing=False),
        f"Carriers pause for maintenance now and then. {_until_late(found)}",
        NextStep.SYNC_HISTORY,
    )


def late(found: Findings) -> Diagnosis:
    expected, carrier = found.case.expectation, found.case.carrier
    lost = expected.lost_at if expected else None
    until = f"by {evidence.day(found, lost)}" if lost else "within a week"
    return Diagnosis(
        Verdict.LATE,
        f"Late: {_usual(found)}, and the last sync was {evidence.last(found)}.",
        evidence.of_active(found),
        evidence.ruled_out(found, group_number=False),
        f"A pause for maintenance ends by itself. Meanwhile verify the group number with {carrier}; "
        f"if nothing has come {until}, contact the Operations Team.",
        NextStep.SYNC_HISTORY,
    )


def lost(found: Findings) -> Diagnosis:
    return Diagnosis(
        Verdict.LOST,
        f"Stopped: {_former(found)}, and the last sync was {evidence.last(found)}.",
        evidence.of_active(found),
        evidence.ruled_out(found, group_number=False),
        f"This is more than a pause. Verify the group number with {found.case.carrier}; "
        "if it is right, suspect a technical fault and contact the Operations Team.",
        NextStep.EDIT_GROUP_NUMBER,
    )


def no_group_number(found: Findings) -> Diagnosis:
    return Diagnosis(
        Verdict.NO_GROUP_NUMBER,
        f"Active without a group number: {found.case.carrier} cannot tell whose data this is.",
        evidence.of_active(found),
        evidence.ruled_out(found, group_number=False, messages=False, failures=False),
        f"Enter the group number that {found.case.carrier} has on file.",
        NextStep.EDIT_GROUP_NUMBER,
    )


def first_sync_awaited(found: Findings) -> Diagnosis:
    active_at = found.case.active_at
    until = f" until {evidence.day(found, active_at + SEVERAL_WEEKS)}" if active_at else ""
    return Diagnosis(
        Verdict.FIRST_SYNC,
        f"{_active_for(found)}, and the first sync has not come yet.",
        evidence.of_active(found),
        evidence.ruled_out(found, group_number=False),
        f"Wait{until}. Meanwhile verify the group number with {found.case.carrier}: "
        "a wrong one looks just like this.",
        NextStep.EDIT_GROUP_NUMBER,
    )


def never_synced(found: Findings) -> Diagnosis:
    return Diagnosis(
        Verdict.NEVER_SYNCED,
        f"{_active_for(found)}, and not one sync has come.",
        evidence.of_active(found),
        evidence.ruled_out(found, group_number=False),
        f"Verify the group number with {found.case.carrier}. If it is right, contact the Operations Team.",
        NextStep.EDIT_GROUP_NUMBER,
    )


# ── messages ────────────────────────────────────────────────────────────────────────────────────────────────


def recurring(found: Findings, messages: Sequence[CaseMessage]) -> Diagnosis:
    returns = max(each.returns for each in messages)
    often = f"came back {words.times(returns)}" if returns > 1 else "stays open through sync after sync"
    return Diagnosis(
        Verdict.OPERATIONS,
        f"{_resolved(messages)} {often}: resolving alone does not settle it.",
        evidence.of_active(found),
        evidence.ruled_out(found, messages=False, failures=False),
        "Contact the Operations Team, and say what was resolved and when.",
        NextStep.MESSAGES,
    )


def resolve_again(found: Findings, messages: Sequence[CaseMessage]) -> Diagnosis:
    resolved_at = messages[0].resolved_at or found.now
    ago = words.span(found.now - resolved_at)
    return Diagnosis(
        Verdict.RESOLVE_AGAIN,
        f"{_resolved(messages)} came back: {ago} after the resolution, {found.case.carrier} still disagrees.",
        evidence.of_active(found),
        evidence.ruled_out(found, messages=False, failures=False),
        "Review which side is right, and resolve it again. "
        "If it comes back after that, contact the Operations Team.",
        NextStep.MESSAGES,
    )


def give_it_a_week(found: Findings) -> Diagnosis:
    resolved_at = max(each.resolved_at or found.now for each in found.came_back)
    until = evidence.day(found, resolved_at + A_WEEK)
    return Diagnosis(
        Verdict.WAIT_AFTER_RESOLUTION,
        f"{_resolved(found.came_back)} came back, but the resolution is only "
        f"{words.span(found.now - resolved_at)} old.",
        evidence.of_active(found),
        evidence.ruled_out(found, messages=False, failures=False),
        f"Wait until {until}. If it is still open then, review the resolution and resolve it again.",
        NextStep.MESSAGES,
    )


def wait_after_resolution(found: Findings) -> Diagnosis:
    latest = found.in_transit[0].resolved_at or found.now
    return Diagnosis(
        Verdict.WAIT_AFTER_RESOLUTION,
        f"{_resolved(found.in_transit)} cannot clear yet: {found.case.carrier} has not synced since "
        f"the resolution {words.ago(latest, found.now)}.",
        evidence.of_active(found),
        evidence.ruled_out(found, messages=False, failures=False),
        f"{_until_next(found)} The correction goes then.",
        NextStep.MESSAGES,
    )


def failures_block(found: Findings) -> Diagnosis:
    failures = words.count(len(found.blocking), "open Failure")
    return Diagnosis(
        Verdict.FAILURES_BLOCK,
        f"{failures} may keep {found.case.carrier} from taking updates: {evidence.kinds(found.blocking)}.",
        evidence.of_active(found),
        evidence.ruled_out(found, failures=False),
        "Resolve the Failures first; Warnings can wait.",
        NextStep.MESSAGES,
    )


def persistent_failures(found: Findings) -> Diagnosis:
    age = words.span(found.now - found.blocking[0].received_at)
    return Diagnosis(
        Verdict.OPERATIONS,
        f"A Failure has been open for {age}, and may keep {found.case.carrier} from taking updates.",
        evidence.of_active(found),
        evidence.ruled_out(found, failures=False),
        "Resolve it if nobody has tried yet; otherwise contact the Operations Team.",
        NextStep.MESSAGES,
    )


# ── phrases ─────────────────────────────────────────────────────────────────────────────────────────────────


def _by_hand(found: Findings) -> str:
    return f"Until it is Active, tell {found.case.carrier} about eligibility changes by hand."


def _usual(found: Findings) -> str:
    expected, carrier = found.case.expectation, found.case.carrier
    if expected is None or evidence.habit(found) is None:
        return f"{carrier} has been silent for long"
    return expected.sentence(carrier)


def _former(found: Findings) -> str:
    habit, carrier = evidence.habit(found), found.case.carrier
    return f"{carrier} used to sync {habit}" if habit else f"{carrier} has been silent for long"


def _rhythm(found: Findings) -> str:
    if evidence.habit(found) is None:
        return f"{found.case.carrier} last synced {evidence.last(found)}; its habit is not known yet."
    return f"{_usual(found)}; {_next(found)}."


def _next(found: Findings) -> str:
    at = found.case.expectation.next_at if found.case.expectation else None
    if at is None:
        return "no next sync can be named"
    return (
        f"the next is expected on {evidence.day(found, at)}"
        if at > found.now
        else "the next may come any time now"
    )


def _until_next(found: Findings) -> str:
    at = found.case.expectation.next_at if found.case.expectation else None
    return f"Wait until {evidence.day(found, at)}." if at and at > found.now else "Wait for the next sync."


def _until_late(found: Findings) -> str:
    """A frequent carrier that missed a run is late once it misses the next; a rarer one is so sooner."""
    expected = found.case.expectation
    if expected and expected.due_at and (expected.next_at is None or expected.due_at < expected.next_at):
        return f"It is late if nothing has come by {evidence.day(found, expected.due_at)}."
    return f"{_until_next(found)} It is late if that sync is missed too."


def _resolved(messages: Sequence[CaseMessage]) -> str:
    return "A resolved message" if len(messages) == 1 else f"{len(messages)} resolved messages"


def _active_for(found: Findings) -> str:
    days = found.active_for.days
    return f"Active for {words.count(days, 'day')}" if days else "Newly Active"
