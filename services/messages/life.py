"""The life of a carrier message, from the day it arrives to the proof that it is gone.

    open ──resolve──▶ queued ──taken by the exchange──▶ waiting ──synced, and not sent again──▶ cleared
     ▲                  │                                 │                                       │
     └─────refused──────┘                                 └──sent again──▶ came back ◀──sent again┘

One that came back is resolved again like an open one, and stays the same message when the exchange gives it
a new id (`resends`). From anywhere it is closed when the carrier or the middleware closes it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from services.cadence.expectation import FIRST_SYNC
from services.ports import Severity
from services.store.exchange import CarrierMessage

A_WEEK = timedelta(weeks=1)
SEVERAL_WEEKS = FIRST_SYNC
SEVERAL_TIMES = 2


class State(StrEnum):
    """Where a message is in its life. Cleared: by a sync; closed: by the carrier or the middleware itself."""

    OPEN = "open"
    QUEUED = "queued"
    WAITING = "waiting"
    CAME_BACK = "came_back"
    CLEARED = "cleared"
    CLOSED = "closed"


class Step(StrEnum):
    """What is to be done about it now."""

    RESOLVE = "resolve"
    WAIT_FOR_SYNC = "wait_for_sync"
    GIVE_IT_A_WEEK = "give_it_a_week"
    RESOLVE_AGAIN = "resolve_again"
    OPERATIONS = "operations"
    NOTHING = "nothing"


RESOLVABLE = frozenset({State.OPEN, State.CAME_BACK})
GONE = frozenset({State.CLEARED, State.CLOSED})


def state_of(message: CarrierMessage) -> State:
    if message.state == "queued":
        return State.QUEUED
    if message.state == "open":
        return State.CAME_BACK if message.returns else State.OPEN
    if message.cleared_at is None:
        return State.WAITING
    return State.CLEARED if message.outcome else State.CLOSED


def is_ours(severity: str, assignee: str) -> bool:
    """Ours to act on: what the middleware works on is visible only, and an Info asks for nothing."""
    return assignee == "platform" and severity != Severity.INFO


def step_of(message: CarrierMessage, *, synced: int, now: datetime) -> Step:
    """`synced`: how often the carrier has synced since the latest resolution."""
    state = state_of(message)
    if state in GONE or not is_ours(message.severity, message.assignee):
        return Step.NOTHING
    if state in {State.QUEUED, State.WAITING}:
        return Step.WAIT_FOR_SYNC
    if state is State.OPEN or message.resolved_at is None:
        return Step.RESOLVE
    return step_back(message.resolved_at, returns=message.returns, synced=synced, now=now)


def step_back(resolved_at: datetime, *, returns: int, synced: int, now: datetime) -> Step:
    """What to do about a message that is open although it was resolved.

    Before the carrier has synced, nothing is known. After one cycle and a week, the resolution is reviewed.
    What returns again and again, or stays through sync after sync for several weeks, Operations settle.
    """
    if not synced:
        return Step.WAIT_FOR_SYNC
    age = now - resolved_at
    if returns >= SEVERAL_TIMES or (age >= SEVERAL_WEEKS and synced >= SEVERAL_TIMES):
        return Step.OPERATIONS
    return Step.RESOLVE_AGAIN if age > A_WEEK else Step.GIVE_IT_A_WEEK
