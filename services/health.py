"""How Lastsync itself is doing, in words: the age of its data, and what it could not read or deliver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.cards import delivery, proof
from services.store.alerts import Channel
from services.store.base import insert_into
from services.store.exchange import Reading, SetAsideItem
from services.store.people import Seen
from services.streams import BENEFITS, HR, OWN, STREAMS
from services.words import ago, span

STALE = timedelta(minutes=10)
SLOW_CARD = timedelta(minutes=2)
SET_ASIDE_FOR = timedelta(days=1)
SHOWN_CHANNELS = 10
SHOWN_REASONS, SHOWN_REASON = 20, 80  # of each stream, and signs of each
_MINUTE = timedelta(minutes=1)
_MARK = "health"  # the row that shows that the store takes changes
_OTHERS = {
    OWN: "Lastsync's own work",
    HR: "Reading employees from HR",
    BENEFITS: "Sending employees to the Benefits platform",
}


@dataclass(frozen=True)
class BrokenChannel:
    """A channel that takes no posts any more. `code` is Slack's own (`is_archived`)."""

    channel_id: str
    code: str


@dataclass(frozen=True)
class Health:
    """`headline` names the first thing that is wrong; `lines` tell the rest, `broken` what to mend."""

    well: bool
    headline: str
    lines: tuple[str, ...] = ()
    broken: tuple[BrokenChannel, ...] = ()


def state(session: Session, now: datetime, *, in_full: bool = True) -> Health:
    """Say how it is; `in_full` adds what only those who run integrations can do something about."""
    readings = session.scalars(select(Reading).order_by(Reading.stream)).all()
    broken = _broken(session)
    age = _age(readings, now)
    troubles = [
        *_reading_troubles(readings, now),
        *_channel_troubles(broken),
        *_delivery_troubles(session, now),
        *(proof.prove(session, now).gaps if in_full else ()),
        *([] if age else ["The carrier exchange has not been read completely yet."]),
    ]
    headline = troubles[0] if troubles else f"All is well: data is {age} old."
    if not in_full:
        return Health(not troubles, headline)
    dated = [f"Data is {age} old."] if troubles and age else []
    return Health(not troubles, headline, (*troubles[1:], *dated, *_set_aside(session, now)), broken)


def write_something(session: Session, now: datetime) -> None:
    """Raise what the store raises where it takes no changes."""
    mark = insert_into(session, Seen).values(key=_MARK, at=now)
    session.execute(mark.on_conflict_do_update(index_elements=["key"], set_={"at": now}))


def synced_to(session: Session, now: datetime) -> datetime:
    """Up to when the syncs are known. While the exchange does not answer, no carrier can be called late."""
    read_at = session.scalar(select(Reading.read_at).where(Reading.stream == "syncs"))
    return min(read_at, now) if read_at else now


def _age(readings: Sequence[Reading], now: datetime) -> str | None:
    """How old the oldest of what is read of the exchange is; None until all has been read once."""
    times = [each.read_at for each in readings if each.stream in STREAMS]
    known = [each for each in times if each]
    if not known or len(known) < len(times):
        return None
    return span(max(now - min(known), timedelta(0)))


def _reading_troubles(readings: Sequence[Reading], now: datetime) -> Iterator[str]:
    for each in readings:
        what = _OTHERS.get(each.stream, f"Reading {each.stream} from the exchange")
        if each.failing_since:
            yield f"{what} {_failing(now - each.failing_since)}."
        elif each.stream in STREAMS and each.read_at and now - each.read_at > STALE:
            yield f"No news of {each.stream} has been read for {span(now - each.read_at)}."


def _failing(length: timedelta) -> str:
    return f"has been failing for {span(length)}" if length >= _MINUTE else "began to fail a moment ago"


def _channel_troubles(broken: Sequence[BrokenChannel]) -> Iterator[str]:
    if broken:
        yield "A channel takes no posts." if len(broken) == 1 else f"{len(broken)} channels take no posts."


def _delivery_troubles(session: Session, now: datetime) -> Iterator[str]:
    oldest, count = delivery.waiting(session)
    if oldest and now - oldest > SLOW_CARD:
        cards = "1 card waits" if count == 1 else f"{count} cards wait"
        yield f"{cards} to be delivered, the oldest for {span(now - oldest)}."


def _set_aside(session: Session, now: datetime) -> Iterator[str]:
    recent = SetAsideItem.last_at > now - SET_ASIDE_FOR
    items = func.count()
    count, last = session.execute(select(items, func.max(SetAsideItem.last_at)).where(recent)).one()
    if not count:
        return
    said = "1 item" if count == 1 else f"{count:,} items"
    yield f"{said} of the exchange could not be read and set aside, the last {ago(last, now)}."
    why = SetAsideItem.stream, SetAsideItem.reason
    grouped = select(*why, items).where(recent).group_by(*why).order_by(SetAsideItem.stream, items.desc())
    for stream, found in groupby(session.execute(grouped).all(), key=itemgetter(0)):
        reasons = [f"{reason[:SHOWN_REASON]} ({number:,})" for _, reason, number in found]
        more = f"; and {len(reasons) - SHOWN_REASONS} more reasons" if len(reasons) > SHOWN_REASONS else ""
        yield f"Of {stream}: {'; '.join(reasons[:SHOWN_REASONS])}{more}."


def _broken(session: Session) -> tuple[BrokenChannel, ...]:
    query = select(Channel.id, Channel.broken_code).where(Channel.broken_at.is_not(None))
    rows = session.execute(query.order_by(Channel.broken_at.desc()).limit(SHOWN_CHANNELS))
    return tuple(BrokenChannel(channel, code or "unknown") for channel, code in rows)
