"""The carrier messages that a person may see: in pages, Failures first, each with what it is waiting for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, union_all
from sqlalchemy.orm import Session

from services.access import Actor, Right, require
from services.errors import NotFound
from services.integrations import listing, search
from services.integrations.attention import ACTIVE, current
from services.integrations.listing import AsOf, Place
from services.integrations.search import Named, Nothing, Several, seen
from services.messages import lines
from services.messages.filters import (
    EVERYTHING,
    MOST_COUNTED,
    Filters,
    Show,
    conditions,
    narrow,
    of_kind,
    order,
    place,
    resolvable,
    some,
)
from services.messages.lines import MessageLine
from services.ports import Severity
from services.store.base import UTCDateTime
from services.store.exchange import Carrier, CarrierMessage, Employer, Integration, rank_of

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
    session: Session, actor: Actor, now: datetime, filters: Filters = EVERYTHING, wanted: int = 1
) -> MessagesPage:
    require(actor, Right.SEE_MESSAGES)
    as_of = listing.as_of(session, now)
    employer, carrier = _named(session, actor, filters)
    tally = count_all(session, actor, filters)
    place = Place.at(wanted, total(session, actor, filters, tally), PAGE)
    found = _found(session, actor, filters, place)
    last_sync_at, next_at = _syncs(session, actor, filters, now) if carrier else (None, None)
    return MessagesPage(
        lines=lines.lines(session, actor, now, found),
        place=place,
        filters=filters,
        counts=counts(session, actor, filters, tally),
        kinds=kinds(session, actor, filters, tally),
        bulk=_bulk(session, actor, filters),
        employer=employer,
        carrier=carrier,
        last_sync_at=last_sync_at,
        next_at=next_at,
        as_of=as_of,
    )


def _found(session: Session, actor: Actor, filters: Filters, place: Place) -> Sequence[CarrierMessage]:
    """The page's messages: put in order by what an index holds, and only then read."""
    in_order = order(filters.show)
    query = select(CarrierMessage.id).where(*conditions(actor, filters)).order_by(*in_order)
    ids = session.scalars(query.limit(PAGE).offset(place.offset)).all()
    return session.scalars(lines.rows().where(CarrierMessage.id.in_(ids)).order_by(*in_order)).all()


def _bulk(session: Session, actor: Actor, filters: Filters) -> int:
    if filters.kind is None or not actor.may(Right.RESOLVE):
        return 0
    filters = replace(filters, show=Show.CURRENT)  # whatever is shown: these are open
    return count(session, actor, filters, resolvable(actor, filters))


def _named(session: Session, actor: Actor, filters: Filters) -> tuple[Named | None, Named | None]:
    """The names of what is filtered by. Raise NotFound where this person may not see it.

    An employer and a carrier that have nothing with each other are both named: the list is empty, then.
    """
    if filters.integration_id is not None:
        here = Integration.id == filters.integration_id
        return _name(session, actor, Employer, here), _name(session, actor, Carrier, here)
    employer = carrier = None
    if filters.employer_id is not None:
        employer = _name(session, actor, Employer, Integration.employer_id == filters.employer_id)
    if filters.carrier_id is not None:
        carrier = _name(session, actor, Carrier, Integration.carrier_id == filters.carrier_id)
    return employer, carrier


def _name(
    session: Session, actor: Actor, model: type[Employer | Carrier], here: ColumnElement[bool]
) -> Named:
    with_one = Integration.employer if model is Employer else Integration.carrier
    query = select(model.id, model.name).select_from(Integration).join(with_one).where(seen(actor), here)
    row = session.execute(query.limit(1)).first()
    if row is None:
        raise NotFound(NOT_THERE)
    return Named(*row)


def _syncs(
    session: Session, actor: Actor, filters: Filters, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """The carrier's latest sync here, and the next that is expected."""
    some = select(Integration.last_sync_at, Integration.next_at).where(seen(actor), *narrow(filters), ACTIVE)
    of_some = some.limit(MOST_COUNTED).subquery()
    last = func.max(of_some.c.last_sync_at, type_=UTCDateTime())
    coming = func.min(of_some.c.next_at, type_=UTCDateTime()).filter(of_some.c.next_at > now)
    last_sync_at, next_at = session.execute(select(last, coming)).one()
    return last_sync_at, next_at or _after_missed(session, actor, filters, now)


def _after_missed(session: Session, actor: Actor, filters: Filters, now: datetime) -> datetime | None:
    """Where every sync that was expected is overdue: the next of those that missed theirs last."""
    query = select(Integration).where(seen(actor), *narrow(filters), ACTIVE, Integration.next_at <= now)
    missed = session.scalars(query.order_by(Integration.next_at.desc(), Integration.id).limit(PAGE))
    coming = (lines.next_sync(session, each, now) for each in missed)
    return min(filter(None, coming), default=None)


WORDS = {
    "failure": Filters(severity=Severity.FAILURE),
    "failures": Filters(severity=Severity.FAILURE),
    "warning": Filters(severity=Severity.WARNING),
    "warnings": Filters(severity=Severity.WARNING),
    "info": Filters(severity=Severity.INFO),
    "resolved": Filters(show=Show.RESOLVED),
}


@dataclass(frozen=True)
class Question:
    """Which employer or carrier is meant is not clear. `filters`: what else was asked for."""

    found: Several | Nothing
    filters: Filters


def answer(session: Session, actor: Actor, now: datetime, text: str) -> MessagesPage | Question:
    require(actor, Right.SEE_MESSAGES)
    names, filters = read(text)
    if names:
        found = search.find(session, actor, names)
        if isinstance(found, Several | Nothing):
            return Question(found, filters)
        employer_id, carrier_id = (each.id if each else None for each in (found.employer, found.carrier))
        filters = replace(filters, employer_id=employer_id, carrier_id=carrier_id)
    return page(session, actor, now, filters)


def read(text: str) -> tuple[str, Filters]:
    """The names, and what the last word that is one of ours asks for."""
    words = text.split()
    for number in reversed(range(len(words))):
        if (asked := WORDS.get(words[number].casefold())) is not None:
            return " ".join(words[:number] + words[number + 1 :]), asked
    return text, Filters()


MOST_KINDS = 20


@dataclass(frozen=True)
class Counts:
    """Of what the filters leave, but for severity and state. Counting stops at `MOST_COUNTED` each."""

    failures: int
    warnings: int
    infos: int
    waiting: int
    came_back: int


@dataclass(frozen=True)
class Tally:
    """How many current messages there are, by rank, kind and whether they are open, back or waiting.

    Each rank is counted to `MOST_COUNTED`: where that is reached, the parts are not known.
    """

    numbers: Counter[tuple[int, str, Show]]

    def of(self, show: Show, ranks: Collection[int]) -> Counter[str]:
        """By kind."""
        found: Counter[str] = Counter()
        for (rank, kind, state), number in self.numbers.items():
            if rank in ranks and state in _PARTS[show]:
                found[kind] += number
        return found

    def knows(self, show: Show) -> bool:
        if show is Show.CURRENT:
            return True
        whole = all(self.of(Show.CURRENT, [rank]).total() < MOST_COUNTED for rank in _RANKS)
        return whole and show is not Show.RESOLVED


_RANKS = range(3)
_PARTS = {
    Show.CURRENT: {Show.OPEN, Show.CAME_BACK, Show.WAITING},
    Show.OPEN: {Show.OPEN, Show.CAME_BACK},
    Show.CAME_BACK: {Show.CAME_BACK},
    Show.WAITING: {Show.WAITING},
}


def count_all(session: Session, actor: Actor, filters: Filters) -> Tally:
    filters = replace(filters, show=Show.CURRENT)
    here = (place(actor, filters), *of_kind(actor, filters), current())
    it = CarrierMessage
    columns = (it.rank, it.kind, it.state, it.returns)
    of_rank = [select(*columns).where(*here, it.rank == rank) for rank in _RANKS]
    parts = [some(query, actor, filters) for query in of_rank]
    # SQLite takes a limit inside a union only within a subquery.
    every = union_all(*(select(part.subquery()) for part in parts)).subquery()
    numbers: Counter[tuple[int, str, Show]] = Counter()
    for row in session.execute(select(*every.c, func.count().label("number")).group_by(*every.c)):
        numbers[row.rank, row.kind, _part(row.state, row.returns)] += row.number
    return Tally(numbers)


def _part(state: str, returns: int) -> Show:
    if state != "open":
        return Show.WAITING
    return Show.CAME_BACK if returns else Show.OPEN


def total(session: Session, actor: Actor, filters: Filters, tally: Tally) -> int:
    if not tally.knows(filters.show):
        return count(session, actor, filters, conditions(actor, filters))
    return min(tally.of(filters.show, _ranks(filters)).total(), MOST_COUNTED)


def _ranks(filters: Filters) -> Collection[int]:
    return [rank_of(filters.severity)] if filters.severity is not None else _RANKS


def count(session: Session, actor: Actor, filters: Filters, chosen: Iterable[ColumnElement[bool]]) -> int:
    counted = some(select(CarrierMessage.id).where(*chosen), actor, filters).subquery()
    return session.scalar(select(func.count()).select_from(counted)) or 0


def counts(session: Session, actor: Actor, filters: Filters, tally: Tally) -> Counts:
    failures, warnings, infos = (tally.of(Show.CURRENT, [rank]).total() for rank in _RANKS)
    waiting, back = (
        total(session, actor, replace(filters, severity=None, show=show), tally)
        for show in (Show.WAITING, Show.CAME_BACK)
    )
    return Counts(failures, warnings, infos, waiting, back)


def kinds(session: Session, actor: Actor, filters: Filters, tally: Tally) -> tuple[tuple[str, int], ...]:
    """Of any kind. Where there are too many to count them all, among the first of each severity."""
    any_kind = replace(filters, kind=None)
    if filters.kind is not None:
        tally = count_all(session, actor, any_kind)
    if tally.knows(filters.show):
        numbers = tally.of(filters.show, _ranks(filters))
    else:
        numbers = _kinds_among(session, conditions(actor, any_kind), filters.show)
    by_number = sorted(numbers.items(), key=lambda each: (-each[1], each[0]))
    return tuple(by_number[:MOST_KINDS])


def _kinds_among(session: Session, chosen: Iterable[ColumnElement[bool]], show: Show) -> Counter[str]:
    first = select(CarrierMessage.kind).where(*chosen).order_by(*order(show)).limit(MOST_COUNTED).subquery()
    query = select(first.c.kind, func.count()).group_by(first.c.kind)
    return Counter(dict(session.execute(query).all()))
