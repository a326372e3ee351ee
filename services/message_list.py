"""The carrier messages that a person may see: in pages, Failures first, each with what it is waiting for.

A page costs what it shows, however many messages there are: rows come off an index in their order, and
counting stops at `MOST_COUNTED`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services import integrations, message_lines
from services.access import Actor, Right, require
from services.attention import ACTIVE, constant, current
from services.base import UTCDateTime
from services.errors import NotFound
from services.finding import Named, seen
from services.integrations import AsOf, Place
from services.message_lines import MessageLine
from services.models import Carrier, CarrierMessage, Employer, Integration
from services.models.exchange import rank_of
from services.ports import Severity, Status

NOT_THERE = "That is not among what you work with."
PAGE = 8
MOST_COUNTED = 5_000
MOST_KINDS = 20


class Show(StrEnum):
    """The filter over states. Current are all but those that are gone."""

    CURRENT = "current"
    OPEN = "open"
    CAME_BACK = "came_back"
    WAITING = "waiting"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Filters:
    """Ids and plain words. Of one integration all is shown; else what is at Active ones."""

    employer_id: int | None = None
    carrier_id: int | None = None
    integration_id: int | None = None
    severity: Severity | None = None
    kind: str | None = None
    show: Show = Show.CURRENT


@dataclass(frozen=True)
class Counts:
    """Of what the filters leave, but for severity and state. Counting stops at `MOST_COUNTED` each."""

    failures: int
    warnings: int
    infos: int
    waiting: int
    came_back: int


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


EVERYTHING = Filters()


def page(
    session: Session, who: Actor, now: datetime, filters: Filters = EVERYTHING, wanted: int = 1
) -> MessagesPage:
    require(who, Right.SEE_MESSAGES)
    as_of = integrations.as_of(session, now)
    employer, carrier = _named(session, who, filters)
    chosen = conditions(who, filters)
    place = Place.at(wanted, _count(session, chosen), PAGE)
    query = message_lines.rows().where(*chosen).order_by(*_order(filters.show))
    found = session.scalars(query.limit(PAGE).offset(place.offset)).all()
    last_sync_at, next_at = _syncs(session, who, filters, now) if carrier else (None, None)
    return MessagesPage(
        lines=message_lines.lines(session, who, now, found),
        place=place,
        filters=filters,
        counts=_counts(session, who, filters),
        kinds=_kinds(session, who, filters),
        bulk=_count(session, resolvable(who, filters)) if filters.kind and who.may(Right.RESOLVE) else 0,
        employer=employer,
        carrier=carrier,
        last_sync_at=last_sync_at,
        next_at=next_at,
        as_of=as_of,
    )


def conditions(who: Actor, filters: Filters) -> tuple[ColumnElement[bool], ...]:
    """What a message and its integration must meet, for `message_lines.rows`."""
    return *_place(who, filters), *_kind(filters), *_severity(filters), _SHOWN[filters.show]


def resolvable(who: Actor, filters: Filters) -> tuple[ColumnElement[bool], ...]:
    """Those of the filters that wait for a person to choose a side."""
    at_active = (ACTIVE,) if filters.integration_id is not None else ()
    return *_place(who, filters), *_kind(filters), *_severity(filters), _OURS, *at_active


def _place(who: Actor, filters: Filters) -> Iterator[ColumnElement[bool]]:
    if who.employers is None and (filters.employer_id, filters.integration_id) == (None, None):
        yield from _wide(filters)
        return
    yield seen(who)
    if filters.integration_id is not None:
        yield CarrierMessage.integration_id == filters.integration_id
    else:
        yield ACTIVE
    if filters.employer_id is not None:
        yield Integration.employer_id == filters.employer_id
    if filters.carrier_id is not None:
        yield Integration.carrier_id == filters.carrier_id


def _wide(filters: Filters) -> Iterator[ColumnElement[bool]]:
    """Of all employers: kept from the integrations' indexes, so that messages come off theirs, in order."""
    yield func.coalesce(Integration.status, "") == Status.ACTIVE
    if filters.carrier_id is not None:
        yield Integration.carrier_id + 0 == filters.carrier_id


def _kind(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.kind is not None:
        yield CarrierMessage.kind == filters.kind


def _severity(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.severity is not None:
        yield CarrierMessage.rank == rank_of(filters.severity)


_OPEN = and_(CarrierMessage.state == constant("open"), current())
_OURS = and_(
    _OPEN, CarrierMessage.assignee == constant("platform"), CarrierMessage.rank < rank_of(Severity.INFO)
)
_SHOWN = {
    Show.CURRENT: current(),
    Show.OPEN: _OPEN,
    Show.CAME_BACK: and_(_OPEN, CarrierMessage.cycles > literal_column("0")),
    Show.WAITING: and_(CarrierMessage.state != constant("open"), current()),
    Show.RESOLVED: CarrierMessage.state == constant("resolved"),
}
OLDEST_FIRST = (CarrierMessage.rank, CarrierMessage.received_at, CarrierMessage.id)


def _order(show: Show) -> tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]:
    if show is Show.RESOLVED:
        return CarrierMessage.resolved_at.desc(), CarrierMessage.id.desc()
    return OLDEST_FIRST


def _count(session: Session, chosen: Iterable[ColumnElement[bool]]) -> int:
    some = select(CarrierMessage.id).join(CarrierMessage.integration).where(*chosen).limit(MOST_COUNTED)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _counts(session: Session, who: Actor, filters: Filters) -> Counts:
    here = (*_place(who, filters), *_kind(filters))
    of_rank = [(*here, current(), CarrierMessage.rank == rank) for rank in range(3)]
    failures, warnings, infos = (_count(session, chosen) for chosen in of_rank)
    waiting, back = (_count(session, (*here, _SHOWN[each])) for each in (Show.WAITING, Show.CAME_BACK))
    return Counts(failures, warnings, infos, waiting, back)


def _kinds(session: Session, who: Actor, filters: Filters) -> tuple[tuple[str, int], ...]:
    """Among the first `MOST_COUNTED` that the other filters leave."""
    chosen = (*_place(who, filters), *_severity(filters), _SHOWN[filters.show])
    some = select(CarrierMessage.kind).join(CarrierMessage.integration).where(*chosen)
    named = some.order_by(*_order(filters.show)).limit(MOST_COUNTED).subquery()
    number = func.count()
    query = select(named.c.kind, number).group_by(named.c.kind).order_by(number.desc(), named.c.kind)
    return tuple((kind, many) for kind, many in session.execute(query.limit(MOST_KINDS)))


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


def _scope(who: Actor, filters: Filters) -> Iterator[ColumnElement[bool]]:
    yield seen(who)
    for column, wanted in (
        (Integration.id, filters.integration_id),
        (Integration.employer_id, filters.employer_id),
        (Integration.carrier_id, filters.carrier_id),
    ):
        if wanted is not None:
            yield column == wanted


def _syncs(
    session: Session, who: Actor, filters: Filters, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """The carrier's latest sync here, and the next that is expected."""
    some = select(Integration.last_sync_at, Integration.next_at).where(*_scope(who, filters), ACTIVE)
    of_some = some.limit(MOST_COUNTED).subquery()
    last = func.max(of_some.c.last_sync_at, type_=UTCDateTime())
    coming = func.min(of_some.c.next_at, type_=UTCDateTime()).filter(of_some.c.next_at > now)
    last_sync_at, next_at = session.execute(select(last, coming)).one()
    return last_sync_at, next_at
