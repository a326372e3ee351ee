"""Integrations as people see them: which there are, in which state, and which of them need someone.

Everything here is scoped to the person who asks, and costs what it shows: counts and order are SQL's work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    func,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from services.access import Actor, Right, alike, scope
from services.integrations import attention
from services.integrations.attention import Attention, Show
from services.integrations.pending import pending_days
from services.integrations.search import Named, seen
from services.ports import Severity, Status
from services.store.base import read
from services.store.changes import Change
from services.store.exchange import Carrier, Employer, Integration, Reading

NOT_THERE = "That integration is not among those you work with."
STALE = timedelta(minutes=15)  # older data is called old
PAGE = 12


@dataclass(frozen=True)
class AsOf:
    """How old the data is at `now`. `read_at` is None until the exchange has answered once."""

    now: datetime
    read_at: datetime | None
    failing_since: datetime | None
    old: bool
    synced_to: datetime | None = None

    @property
    def known(self) -> datetime:
        """Up to when the syncs are known: of what came after that, nothing can be called late."""
        return min(self.synced_to or self.now, self.now)


@dataclass(frozen=True)
class IntegrationRow:
    """One line of a list. `group_number` is None for those who may not see it.

    `time_zone` is the carrier's. `pending_days` counts the days since it was turned on, while it is Pending.
    `waiting` is the kind of change that the exchange has not answered yet. `cadence` is as stored; `next_at`
    is set by those who read it.
    """

    id: int
    employer: Named
    carrier: Named
    time_zone: str
    plan_name: str
    plan_type: str
    status: Status
    never_on: bool
    group_number: str | None
    has_group_number: bool
    renewal_date: date | None
    configured_at: datetime | None
    active_at: datetime | None
    disabled_at: datetime | None
    disabled_by: str | None
    last_sync_at: datetime | None
    failures: int
    waiting: str | None
    attention: Attention | None
    pending_days: int | None
    next_at: datetime | None = None
    due_at: datetime | None = None
    lost_at: datetime | None = None
    cadence: dict[str, Any] | None = None


@dataclass(frozen=True)
class Filters:
    employer_id: int | None = None
    carrier_id: int | None = None
    show: Show = Show.ALL

    @property
    def alike(self) -> Filters:
        """Whichever filters a statement made for these serves too, told its ids."""
        return replace(self, employer_id=self.employer_id and 0, carrier_id=self.carrier_id and 0)


EVERYTHING = Filters()


@dataclass(frozen=True)
class Counts:
    active: int
    pending: int
    disabled: int
    never_on: int
    late: int
    lost: int
    failures: int
    warnings: int

    @property
    def integrations(self) -> int:
        return self.active + self.pending + self.disabled + self.never_on


@dataclass(frozen=True)
class Place:
    """Where a page stands. Pages count from 1; an empty list has one empty page."""

    number: int
    pages: int
    total: int
    size: int = PAGE

    @classmethod
    def at(cls, wanted: int, total: int, size: int = PAGE) -> Place:
        pages = max(1, ceil(total / size))
        return cls(min(max(1, wanted), pages), pages, total, size)

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size


_LATE = frozenset({Attention.LOST, Attention.LATE})
_Anything = tuple[Any, ...]


def as_of(session: Session, now: datetime) -> AsOf:
    readings = {row.stream: row for row in read(session, _READINGS)}
    row, syncs = readings.get("integrations"), readings.get("syncs")
    read_at, failing_since = (row.read_at, row.failing_since) if row else (None, None)
    old = read_at is None or now - read_at > STALE
    return AsOf(now, read_at, failing_since, old, syncs.read_at if syncs else None)


_READINGS = select(Reading.stream, Reading.read_at, Reading.failing_since)


def count(session: Session, actor: Actor, at: AsOf) -> Counts:
    """Every number of the summary, in one statement."""
    counted = read(session, _count(alike(actor)), **_values(actor, at)).one()
    numbers = dict(counted._mapping)  # noqa: SLF001  its public name: the underscore avoids clashes
    all_ = numbers.pop("integrations")
    return Counts(active=all_ - numbers["pending"] - numbers["disabled"] - numbers["never_on"], **numbers)


@lru_cache
def _count(actor: Actor) -> Select[*_Anything]:
    """Most are Active and on time, so it is the others that are counted, each over an index, and all."""
    it = attention.theirs(actor)

    def those(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
        return select(func.count()).select_from(it).where(*conditions).scalar_subquery()

    def messages(here: ColumnElement[bool]) -> ScalarSelect[int]:
        return select(func.count()).where(here).scalar_subquery()

    warnings = attention.still_open(Severity.WARNING) & attention.at_active(it)

    return select(
        those().label("integrations"),
        those(it.status == attention.constant(Status.PENDING)).label("pending"),
        those(attention.turned_off(it)).label("disabled"),
        those(attention.never_on(it)).label("never_on"),
        those(attention.late(attention.NOW, it)).label("late"),
        those(attention.lost(attention.NOW, it)).label("lost"),
        messages(attention.ours_to_act_on(it)).label("failures"),
        messages(warnings).label("warnings"),
    )


def most_urgent(session: Session, actor: Actor, at: AsOf, limit: int) -> tuple[IntegrationRow, ...]:
    """The rows that need someone most, the most urgent first.

    What is late comes before the rest, which is looked for only where that leaves room.
    """
    found: dict[int, IntegrationRow] = {}
    for kinds in (_LATE, frozenset(Attention) - _LATE):
        if len(found) < limit:
            rows = read(session, _urgent(alike(actor), kinds, limit), **_values(actor, at))
            found |= {each.id: each for each in (_read(row, actor, at.now) for row in rows)}
    return tuple(found.values())[:limit]


@lru_cache
def _urgent(actor: Actor, kinds: frozenset[Attention], limit: int) -> Select[*_Anything]:
    queries = attention.needing(actor, kinds)
    # SQLite takes a limit inside a union only within a subquery.
    parts = [select(query.order_by("since").limit(limit).subquery()) for query in queries]
    urgent = union_all(*parts).subquery()
    query = _rows().join(urgent, urgent.c.id == Integration.id)
    return query.order_by(urgent.c.rank, urgent.c.since, Integration.id)


def page(
    session: Session, actor: Actor, at: AsOf, filters: Filters, wanted: int
) -> tuple[tuple[IntegrationRow, ...], Place]:
    """One page of those the filters leave: by name, or by urgency where the filter is a need."""
    if filters.show in attention.NEEDS:
        return _page_by_urgency(session, actor, at, filters, wanted)
    return _page_by_name(session, actor, at, filters, wanted)


def listed(
    session: Session, actor: Actor, at: AsOf, filters: Filters, limit: int
) -> tuple[IntegrationRow, ...]:
    """The first rows of one employer or carrier, those that need someone before the others."""
    rows = read(session, _of(alike(actor), filters.alike, limit), **_values(actor, at, filters))
    return tuple(_read(row, actor, at.now) for row in rows)


@lru_cache
def _of(actor: Actor, filters: Filters, limit: int) -> Select[*_Anything]:
    order = (attention.urgency(), Employer.name, Carrier.name, Integration.plan_name, Integration.id)
    return _rows().where(seen(actor), *_narrowing(filters)).order_by(*order).limit(limit)


def one(session: Session, actor: Actor, at: AsOf, integration_id: int) -> IntegrationRow | None:
    values = _values(actor, at) | {"integration_id": integration_id}
    row = read(session, _one(alike(actor)), **values).one_or_none()
    return _read(row, actor, at.now) if row else None


@lru_cache
def _one(actor: Actor) -> Select[*_Anything]:
    return _rows().where(Integration.id == bindparam("integration_id"), seen(actor))


def ratio(session: Session, actor: Actor, filters: Filters) -> tuple[int, int]:
    """(configured, eligible): turned on with a group number, and all there are."""
    query = _ratio(alike(actor), filters.alike)
    configured, eligible = read(session, query, **scope(actor), **_ids(filters)).one()
    return configured, eligible


@lru_cache
def _ratio(actor: Actor, filters: Filters) -> Select[int, int]:
    on = and_(Integration.status != Status.DISABLED, Integration.group_number.is_not(None))
    query = select(func.count(case((on, 1))), func.count(Integration.id))
    return query.where(seen(actor), *_narrowing(filters))


def _narrowing(filters: Filters) -> Iterable[ColumnElement[bool]]:
    if filters.employer_id is not None:
        yield Integration.employer_id == bindparam("employer_id")
    if filters.carrier_id is not None:
        yield Integration.carrier_id == bindparam("carrier_id")


def _ids(filters: Filters) -> dict[str, object]:
    return {"employer_id": filters.employer_id, "carrier_id": filters.carrier_id}


def _values(actor: Actor, at: AsOf, filters: Filters = EVERYTHING) -> dict[str, object]:
    """Whatever a statement here may have to be told; one that does not ask for it does not mind."""
    return {**attention.moments(at.now), attention.NOW.key: at.known, **scope(actor), **_ids(filters)}


def _page_by_name(
    session: Session, actor: Actor, at: AsOf, filters: Filters, wanted: int
) -> tuple[tuple[IntegrationRow, ...], Place]:
    """Employers are put in order first, with how many each has: they are few beside their integrations."""
    here = and_(seen(actor), *_narrowing(filters))
    if filters.show in attention.STATUS:
        here &= Integration.status == attention.STATUS[filters.show]
    counted = select(Integration.employer_id, func.count().label("number")).where(here)
    counted_by = counted.group_by(Integration.employer_id).subquery()
    by_name = select(Employer.id, counted_by.c.number).join(
        counted_by, counted_by.c.employer_id == Employer.id
    )
    values = _values(actor, at, filters)
    numbers = read(session, by_name.order_by(Employer.name, Employer.id), **values).all()
    place = Place.at(wanted, sum(number for _, number in numbers))
    shown, skipped = _covering(numbers, place)
    order = (Employer.name, Employer.id, Carrier.name, Integration.plan_name, Integration.id)
    query = _rows().where(here, Integration.employer_id.in_(shown)).order_by(*order)
    rows = read(session, query.limit(place.size).offset(place.offset - skipped), **values)
    return tuple(_read(row, actor, at.now) for row in rows), place


def _covering(numbers: Sequence[tuple[int, int]], place: Place) -> tuple[list[int], int]:
    """The employers whose integrations are on the page, and how many come before theirs."""
    shown: list[int] = []
    before = skipped = 0
    for employer_id, number in numbers:
        if before + number <= place.offset:
            skipped += number
        elif before < place.offset + place.size:
            shown.append(employer_id)
        before += number
    return shown, skipped


def _page_by_urgency(
    session: Session, actor: Actor, at: AsOf, filters: Filters, wanted: int
) -> tuple[tuple[IntegrationRow, ...], Place]:
    parts = union_all(*attention.needing(actor, attention.NEEDS[filters.show])).subquery()
    rank, since = func.min(parts.c.rank).label("rank"), func.min(parts.c.since).label("since")
    needing = select(parts.c.id, rank, since).group_by(parts.c.id).subquery()
    here = select(needing).join(Integration, Integration.id == needing.c.id).where(*_narrowing(filters))
    values = _values(actor, at, filters)
    total = read(session, select(func.count()).select_from(here.subquery()), **values).scalar_one()
    place = Place.at(wanted, total)
    query = _rows().join(needing, needing.c.id == Integration.id).where(*_narrowing(filters))
    query = query.order_by(needing.c.rank, needing.c.since, Integration.id)
    rows = read(session, query.limit(place.size).offset(place.offset), **values)
    return tuple(_read(row, actor, at.now) for row in rows), place


_COLUMNS = (
    Integration.id,
    Integration.employer_id,
    Employer.name,
    Integration.carrier_id,
    Carrier.name,
    Carrier.time_zone,
    Integration.plan_name,
    Integration.plan_type,
    Integration.status,
    Integration.group_number,
    Integration.renewal_date,
    Integration.configured_at,
    Integration.active_at,
    Integration.disabled_at,
    Integration.disabled_by,
    Integration.last_sync_at,
    Integration.due_at,
    Integration.lost_at,
    Integration.cadence,
    Change.kind,
)


@lru_cache
def _rows() -> Select[*_Anything]:
    return (
        select(*_COLUMNS, attention.failures(), attention.urgency())
        .join(Integration.employer)
        .join(Integration.carrier)
        .outerjoin(Change, and_(Change.integration_id == Integration.id, attention.QUEUED))
    )


def _read(row: Row[*_Anything], actor: Actor, now: datetime) -> IntegrationRow:
    (
        id_,
        employer_id,
        employer,
        carrier_id,
        carrier,
        time_zone,
        plan_name,
        plan_type,
        kept_status,
        group_number,
        renewal_date,
        configured_at,
        active_at,
        disabled_at,
        disabled_by,
        last_sync_at,
        due_at,
        lost_at,
        cadence,
        waiting,
        failures,
        urgency,
    ) = row
    status = Status(kept_status)
    return IntegrationRow(
        id=id_,
        employer=Named(employer_id, employer),
        carrier=Named(carrier_id, carrier),
        time_zone=time_zone,
        plan_name=plan_name,
        plan_type=plan_type,
        status=status,
        never_on=status is Status.DISABLED and not (configured_at or disabled_at),
        group_number=group_number if actor.may(Right.CONFIGURE) else None,
        has_group_number=bool(group_number),
        renewal_date=renewal_date,
        configured_at=configured_at,
        active_at=active_at,
        disabled_at=disabled_at,
        disabled_by=disabled_by,
        last_sync_at=last_sync_at,
        due_at=due_at,
        lost_at=lost_at,
        cadence=cadence,
        failures=failures,
        waiting=waiting if actor.may(Right.CONFIGURE) else None,
        attention=Attention(urgency) if urgency < len(Attention) else None,
        pending_days=pending_days(configured_at, now) if status is Status.PENDING else None,
    )
