"""How many carrier messages there are: counted in one go, and to `MOST_COUNTED` of each severity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, func, select, union_all
from sqlalchemy.orm import Session

from services.access import Actor
from services.integrations.attention import current
from services.messages.filters import MOST_COUNTED, Filters, Show, conditions, of_kind, order, place, some
from services.store.exchange import CarrierMessage, rank_of

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


def count_all(session: Session, who: Actor, filters: Filters) -> Tally:
    filters = replace(filters, show=Show.CURRENT)
    here = (place(who, filters), *of_kind(who, filters), current())
    it = CarrierMessage
    columns = (it.rank, it.kind, it.state, it.cycles)
    of_rank = [select(*columns).where(*here, it.rank == rank) for rank in _RANKS]
    parts = [some(query, who, filters) for query in of_rank]
    # SQLite takes a limit inside a union only within a subquery.
    every = union_all(*(select(part.subquery()) for part in parts)).subquery()
    numbers: Counter[tuple[int, str, Show]] = Counter()
    for row in session.execute(select(*every.c, func.count().label("number")).group_by(*every.c)):
        numbers[row.rank, row.kind, _part(row.state, row.cycles)] += row.number
    return Tally(numbers)


def _part(state: str, cycles: int) -> Show:
    if state != "open":
        return Show.WAITING
    return Show.CAME_BACK if cycles else Show.OPEN


def total(session: Session, who: Actor, filters: Filters, tally: Tally) -> int:
    if not tally.knows(filters.show):
        return count(session, who, filters, conditions(who, filters))
    return min(tally.of(filters.show, _ranks(filters)).total(), MOST_COUNTED)


def _ranks(filters: Filters) -> Collection[int]:
    return [rank_of(filters.severity)] if filters.severity is not None else _RANKS


def count(session: Session, who: Actor, filters: Filters, chosen: Iterable[ColumnElement[bool]]) -> int:
    counted = some(select(CarrierMessage.id).where(*chosen), who, filters).subquery()
    return session.scalar(select(func.count()).select_from(counted)) or 0


def counts(session: Session, who: Actor, filters: Filters, tally: Tally) -> Counts:
    failures, warnings, infos = (tally.of(Show.CURRENT, [rank]).total() for rank in _RANKS)
    waiting, back = (
        total(session, who, replace(filters, severity=None, show=show), tally)
        for show in (Show.WAITING, Show.CAME_BACK)
    )
    return Counts(failures, warnings, infos, waiting, back)


def kinds(session: Session, who: Actor, filters: Filters, tally: Tally) -> tuple[tuple[str, int], ...]:
    """Of any kind. Where there are too many to count them all, among the first of each severity."""
    any_kind = replace(filters, kind=None)
    if filters.kind is not None:
        tally = count_all(session, who, any_kind)
    if tally.knows(filters.show):
        numbers = tally.of(filters.show, _ranks(filters))
    else:
        numbers = _kinds_among(session, conditions(who, any_kind), filters.show)
    by_number = sorted(numbers.items(), key=lambda each: (-each[1], each[0]))
    return tuple(by_number[:MOST_KINDS])


def _kinds_among(session: Session, chosen: Iterable[ColumnElement[bool]], show: Show) -> Counter[str]:
    first = select(CarrierMessage.kind).where(*chosen).order_by(*order(show)).limit(MOST_COUNTED).subquery()
    query = select(first.c.kind, func.count()).group_by(first.c.kind)
    return Counter(dict(session.execute(query).all()))
