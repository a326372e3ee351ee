"""The carrier messages that a person may see: in pages, Failures first, each with what it is waiting for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from services.access import Actor, Right, require
from services.errors import NotFound
from services.integrations import listing
from services.integrations.attention import ACTIVE
from services.integrations.listing import AsOf, Place
from services.integrations.search import Named, seen
from services.messages import counts, lines
from services.messages.counts import Counts
from services.messages.filters import (
    EVERYTHING,
    MOST_COUNTED,
    Filters,
    Show,
    conditions,
    narrow,
    order,
    resolvable,
)
from services.messages.lines import MessageLine
from services.store.base import UTCDateTime
from services.store.exchange import Carrier, CarrierMessage, Employer, Integration

NOT_THERE = "That is not among what you work with."
PAGE = 8


@dataclass(frozen=True)
class MessagesPage:
    """`kinds` holds (kind, how many), the most frequent first; `bulk` counts what this person could resolve
    at once of the kind that is filtered by. The syncs are those of the carrier that is filtered by.
    """

    lines: tuple[MessageLine, ...]
    place: Place
    filters: Filters
    counts: Counts
    kinds: tuple[tuple[str, int], ...]
    bulk: int
    employer: Named | None
    carrier: Named | None
    last_sync_at: datetime | None
    next_at: datetime | None
    as_of: AsOf


def page(
    session: Session, who: Actor, now: datetime, filters: Filters = EVERYTHING, wanted: int = 1
) -> MessagesPage:
    require(who, Right.SEE_MESSAGES)
    as_of = listing.as_of(session, now)
    employer, carrier = _named(session, who, filters)
    tally = counts.count_all(session, who, filters)
    place = Place.at(wanted, counts.total(session, who, filters, tally), PAGE)
    found = _found(session, who, filters, place)
    last_sync_at, next_at = _syncs(session, who, filters, now) if carrier else (None, None)
    return MessagesPage(
        lines=lines.lines(session, who, now, found),
        place=place,
        filters=filters,
        counts=counts.counts(session, who, filters, tally),
        kinds=counts.kinds(session, who, filters, tally),
        bulk=_bulk(session, who, filters),
        employer=employer,
        carrier=carrier,
        last_sync_at=last_sync_at,
        next_at=next_at,
        as_of=as_of,
    )


def _found(session: Session, who: Actor, filters: Filters, place: Place) -> Sequence[CarrierMessage]:
    """The page's messages: put in order by what an index holds, and only then read."""
    in_order = order(filters.show)
    query = select(CarrierMessage.id).where(*conditions(who, filters)).order_by(*in_order)
    ids = session.scalars(query.limit(PAGE).offset(place.offset)).all()
    return session.scalars(lines.rows().where(CarrierMessage.id.in_(ids)).order_by(*in_order)).all()


def _bulk(session: Session, who: Actor, filters: Filters) -> int:
    if filters.kind is None or not who.may(Right.RESOLVE):
        return 0
    filters = replace(filters, show=Show.CURRENT)  # whatever is shown: these are open
    return counts.count(session, who, filters, resolvable(who, filters))


def _named(session: Session, who: Actor, filters: Filters) -> tuple[Named | None, Named | None]:
    """The names of what is filtered by. Raise NotFound where this person may not see it.

    An employer and a carrier that have nothing with each other are both named: the list is empty, then.
    """
    if filters.integration_id is not None:
        here = Integration.id == filters.integration_id
        return _name(session, who, Employer, here), _name(session, who, Carrier, here)
    employer = carrier = None
    if filters.employer_id is not None:
        employer = _name(session, who, Employer, Integration.employer_id == filters.employer_id)
    if filters.carrier_id is not None:
        carrier = _name(session, who, Carrier, Integration.carrier_id == filters.carrier_id)
    return employer, carrier


def _name(session: Session, who: Actor, model: type[Employer | Carrier], here: ColumnElement[bool]) -> Named:
    with_one = Integration.employer if model is Employer else Integration.carrier
    query = select(model.id, model.name).select_from(Integration).join(with_one).where(seen(who), here)
    row = session.execute(query.limit(1)).first()
    if row is None:
        raise NotFound(NOT_THERE)
    return Named(*row)


def _syncs(
    session: Session, who: Actor, filters: Filters, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """The carrier's latest sync here, and the next that is expected."""
    some = select(Integration.last_sync_at, Integration.next_at).where(seen(who), *narrow(filters), ACTIVE)
    of_some = some.limit(MOST_COUNTED).subquery()
    last = func.max(of_some.c.last_sync_at, type_=UTCDateTime())
    coming = func.min(of_some.c.next_at, type_=UTCDateTime()).filter(of_some.c.next_at > now)
    last_sync_at, next_at = session.execute(select(last, coming)).one()
    return last_sync_at, next_at or _after_missed(session, who, filters, now)


def _after_missed(session: Session, who: Actor, filters: Filters, now: datetime) -> datetime | None:
    """Where every sync that was expected is overdue: the next of those that missed theirs last."""
    query = select(Integration).where(seen(who), *narrow(filters), ACTIVE, Integration.next_at <= now)
    missed = session.scalars(query.order_by(Integration.next_at.desc(), Integration.id).limit(PAGE))
    coming = (lines.next_sync(session, each, now) for each in missed)
    return min(filter(None, coming), default=None)
