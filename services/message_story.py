"""A message's story in one line, without names."""

from __future__ import annotations

from datetime import datetime

from services import words
from services.access import Role
from services.message_lines import MessageLine, Resolved
from services.ports import Outcome

SIDES = {Outcome.PLATFORM: "our record is right", Outcome.CARRIER: "the carrier is right"}


def story(line: MessageLine, now: datetime) -> str | None:
    """As in "resolved 9 days ago by the broker: the carrier is right; Principal has synced twice since"."""
    if line.resolved is None:
        return None
    return f"{_decision(line.resolved, now)}; {_since(line)}"


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
