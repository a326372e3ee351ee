"""When an integration synced, and the habit that its carrier shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlalchemy.orm import Session

from services import words
from services.access import Actor, Right, require
from services.cadence.expectation import Expectation
from services.errors import NotFound
from services.integrations import listing, rhythms
from services.integrations.listing import AsOf, IntegrationRow
from services.ports import Status

WEEKS = 13
DAYS = 20
RECENT = 10
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)


@dataclass(frozen=True)
class Bar:
    label: str
    count: int


@dataclass(frozen=True)
class Run:
    """One sync, and how long after the one before it; None for the first."""

    at: datetime
    after: timedelta | None


@dataclass(frozen=True)
class HistoryView:
    """`bars` count syncs per `unit` ("week" or "day"), the oldest first; empty when it never synced."""

    row: IntegrationRow
    expectation: Expectation | None
    bars: tuple[Bar, ...]
    unit: str
    recent: tuple[Run, ...]
    total: int
    as_of: AsOf


def with_next(session: Session, rows: Sequence[IntegrationRow], now: datetime) -> tuple[IntegrationRow, ...]:
    """The same rows, told when their next sync is expected."""
    active = [row for row in rows if row.status is Status.ACTIVE]
    expected = rhythms.expectations(session, active, now)
    return tuple(_told(row, expected.get(row.id)) for row in rows)


def view(session: Session, actor: Actor, now: datetime, integration_id: int) -> HistoryView:
    require(actor, Right.SEE_STATUS)
    as_of = listing.as_of(session, now)
    row = listing.one(session, actor, as_of, integration_id)
    if row is None:
        raise NotFound(listing.NOT_THERE)
    rhythm = rhythms.load(session, [row], as_of.known)[row.id]
    known, expectation = rhythm.syncs, rhythm.expectation
    unit, bars = _bars(known, row.time_zone, now)
    runs = [Run(at, at - before) for before, at in pairwise(known)]
    recent = [*([Run(known[0], None)] if known else []), *runs][-RECENT:]
    return HistoryView(
        row=_told(row, expectation),
        expectation=expectation,
        bars=bars,
        unit=unit,
        recent=tuple(reversed(recent)),
        total=len(known),
        as_of=as_of,
    )


def _told(row: IntegrationRow, expectation: Expectation | None) -> IntegrationRow:
    return replace(row, next_at=expectation.next_at) if expectation else row


def _bars(known: Sequence[datetime], time_zone: str, now: datetime) -> tuple[str, tuple[Bar, ...]]:
    """Days while the history is young, weeks (each by its Monday) after that, up to today."""
    if not known:
        return "week", ()
    zone = words.zone(time_zone)
    days = [at.astimezone(zone).date() for at in known]
    today = now.astimezone(zone).date()
    if today - days[0] < DAYS * _DAY:
        return "day", _count(days, today, _DAY, DAYS)
    mondays = [day - day.weekday() * _DAY for day in days]
    return "week", _count(mondays, today - today.weekday() * _DAY, _WEEK, WEEKS)


def _count(days: Sequence[date], last: date, step: timedelta, number: int) -> tuple[Bar, ...]:
    counts = Counter(days)
    shown = (last - step * back for back in reversed(range(number)))
    return tuple(Bar(f"{day.day} {day:%b}", counts[day]) for day in shown)
