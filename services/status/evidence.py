"""What a diagnosis rests on, in words: the facts behind a verdict, and the causes it ruled out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services import words
from services.cadence.expectation import UNKNOWN
from services.status.case import CaseMessage, Findings, Timing

_SHOWN_KINDS = 3


def of_active(found: Findings) -> tuple[str, ...]:
    lines = [_last_sync(found), _missed(found), *_messages(found), _queued(found)]
    return tuple(filter(None, lines))


def of_pending(found: Findings) -> tuple[str, ...]:
    begun = found.case.configured_at
    return tuple(filter(None, [f"Turned on {day(found, begun)}." if begun else "", _queued(found)]))


def of_disabled(found: Findings) -> tuple[str, ...]:
    lines = [since(found, "Turned off", found.case.disabled_at), since(found, "Last sync", found.last_sync)]
    return tuple(filter(None, lines))


def since(found: Findings, what: str, when: datetime | None) -> str:
    return f"{what} {_ago(found, when)}, on {day(found, when)}." if when else ""


def ruled_out(
    found: Findings,
    *,
    timing: bool = True,
    group_number: bool = True,
    messages: bool = True,
    failures: bool = True,
) -> tuple[str, ...]:
    """The causes that were checked before the verdict and found fine, in the seed's order."""
    case, well = found.case, found.timing.usual and found.case.group_number
    active = f"Status: Active since {day(found, case.active_at)}." if case.active_at else "Status: Active."
    checked = [
        (True, active),
        (timing and found.timing is Timing.ON_TIME, f"Timing: on schedule, last sync {last(found)}."),
        (group_number and well, "Group number: it is there, and syncs arrive with it."),
        (messages and not found.came_back, "Resolved messages: none has come back."),
        (failures and not found.blocking, "Failures: none waits for us."),
    ]
    return tuple(line for fine, line in checked if fine)


def kinds(messages: Sequence[CaseMessage]) -> str:
    """Name what was found, each kind once, the first few of them."""
    names = list(dict.fromkeys(words.kind(each.kind) for each in messages))
    more = len(names) - _SHOWN_KINDS
    return words.listed([*names[:_SHOWN_KINDS], *([f"{more} more"] if more > 0 else [])])


def day(found: Findings, when: datetime) -> str:
    return words.day(when, found.case.time_zone, found.now)


def last(found: Findings) -> str:
    return _ago(found, found.last_sync) if found.last_sync else "never"


def habit(found: Findings) -> str | None:
    expected = found.case.expectation
    return expected.habit if expected and expected.habit != UNKNOWN else None


def _last_sync(found: Findings) -> str:
    if found.last_sync or not found.case.active_at:
        return since(found, "Last sync", found.last_sync)
    return f"No sync since it became Active on {day(found, found.case.active_at)}."


def _ago(found: Findings, when: datetime) -> str:
    return words.ago(when, found.now, found.case.time_zone)


def _missed(found: Findings) -> str:
    missed = found.case.expectation.missed if found.case.expectation else 0
    return f"{words.count(missed, 'expected sync')} did not come." if missed else ""


def _messages(found: Findings) -> list[str]:
    lines = (
        [f"{_open(found.blocking, 'Failure')}, the oldest for {_oldest(found)}."] if found.blocking else []
    )
    lines += [_came_back(found, each) for each in found.came_back[:_SHOWN_KINDS]]
    if found.in_transit:
        lines.append(f"{words.count(len(found.in_transit), 'resolved message')} on the way to the carrier.")
    if found.warnings:
        lines.append(f"{_open(found.warnings, 'Warning')}; Warnings do not block.")
    if found.elsewhere:
        lines.append(
            f"{words.count(len(found.elsewhere), 'message')} with the middleware: nothing to do here."
        )
    return lines


def _open(messages: Sequence[CaseMessage], noun: str) -> str:
    return f"{words.count(len(messages), f'open {noun}')} ({kinds(messages)})"


def _oldest(found: Findings) -> str:
    return words.span(found.now - found.blocking[0].received_at)


def _came_back(found: Findings, message: CaseMessage) -> str:
    resolved = words.ago(message.resolved_at, found.now) if message.resolved_at else "before"
    synced = f"{found.case.carrier} has synced {words.times(max(message.cycles, 1))} since"
    return f"{kinds([message])}: resolved {resolved}, {synced}."


def _queued(found: Findings) -> str:
    changed = found.case.change_queued == "group_number"
    return "A new group number is on its way to the exchange." if changed else ""
