"""A message's story in one line, without names."""

from __future__ import annotations

from datetime import datetime

from services import words
from services.access import Role
from services.messages.life import State
from services.messages.lines import MessageLine, Resolved
from services.ports import SIDES


def story(line: MessageLine, now: datetime) -> str | None:
    """As in "resolved 9 days ago by the broker: the carrier is right; Principal has synced twice since"."""
    if line.resolved is None:
        return None
    return f"{_decision(line.resolved, now)}; {_since(line)}"


def decided(line: MessageLine, now: datetime) -> str:
    """What became of a message that somebody wanted to resolve, and was too late."""
    if line.queued:
        return f"This was {_decision(line.queued, now)}. That is on its way to the exchange."
    if line.resolved is None:
        return "This message has changed since. Look at it once more."
    told = f"This was {_decision(line.resolved, now)}."
    carrier = line.carrier.name
    if line.state is State.CLEARED:
        return f"{told} {carrier} has synced since and reports it no more."
    if line.state is State.WAITING:
        day = f", expected on {words.day(line.next_at, line.time_zone, now)}" if line.next_at else ""
        return f"{told} It waits for the next sync of {carrier}{day}."
    return told


def by_whom(role: str | None) -> str:
    return f"by the {Role(role).label.lower()}" if role in set(Role) else "elsewhere"


def _decision(resolved: Resolved, now: datetime) -> str:
    ago = words.ago(resolved.at, now)
    if resolved.outcome is None:
        return f"closed {ago} by the carrier or the middleware"
    return f"resolved {ago} {by_whom(resolved.role)}: {SIDES[resolved.outcome]}"


def _since(line: MessageLine) -> str:
    synced = line.resolved.synced if line.resolved else 0
    return f"{line.carrier.name} has {f'synced {words.times(synced)}' if synced else 'not synced'} since"
