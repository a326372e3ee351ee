"""Integrations as people see them: which there are, in which state, and which of them need someone.

Everything here is scoped to the person who asks, and costs what it shows: counts and order are SQL's work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, and_, case, func, select, union_all
from sqlalchemy.orm import Session

from services import attention
from services.access import Actor, Right
from services.attention import Attention, Show
from services.finding import Named, seen
from services.models import Carrier, CarrierMessage, Change, Employer, Integration, Reading
from services.ports import Severity, Status
from services.verdicts import pending_days

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


@dataclass(frozen=True)
class IntegrationRow:
    """One line of a list. `group_number` is None for those who may not see it.

    `time_zone` is the carrier's. `pending_days` counts the days since it was turned on, while it is Pending.
    `waiting` is the kind of change that the exchange has not answered yet.
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


@dataclass(frozen=True)
class Filters:
    employer_id: int | None = None
    carrier_id: int | None = None
    show: Show = Show.ALL


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


def as_of(session: Session, now: datetime) -> AsOf:
    reading = session.get(Reading, "integrations")
    if reading is None or reading.read_at is None:
        return AsOf(now, None, reading.failing_since if reading else None, old=True)
    return AsOf(now, reading.read_at, reading.failing_since, old=now - reading.read_at > STALE)


def count(session: Session, who: Actor, now: datetime) -> Counts:
    """Every number of the summary, in one statement."""
    it = attention.theirs(who)

    def those(condition: ColumnElement[bool]) -> ScalarSelect[int]:
        return select(func.count(it.id)).where(condition).scalar_subquery()

    def messages(severity: Severity) -> ScalarSelect[int]:
        here = attention.still_open(severity) & attention.at_active(who, it)
        return select(func.count(CarrierMessage.id)).where(here).scalar_subquery()

    row = session.execute(
        select(
            those(it.status == Status.ACTIVE).label("active"),
            those(it.status == Status.PENDING).label("pending"),
            those(attention.turned_off(it)).label("disabled"),
            those(attention.never_on(it)).label("never_on"),
            those(attention.late(now, it)).label("late"),
            those(attention.lost(now, it)).label("lost"),
            messages(Severity.FAILURE).label("failures"),
            messages(Severity.WARNING).label("warnings"),
        )
    ).one()
    return Counts(**row._mapping)  # noqa: SLF001  its public name: the underscore avoids clashes with columns


def most_urgent(session: Session, who: Actor, now: datetime, limit: int) -> tuple[IntegrationRow, ...]:
    """The rows that need someone most, the most urgent first."""
    queries = attention.needing(who, now, frozenset(Attention))
    # SQLite takes a limit inside a union only within a subquery.
    parts = [select(query.order_by("since").limit(limit).subquery()) for query in queries]
    urgent = union_all(*parts).subquery()
    query = _rows(now).join(urgent, urgent.c.id == Integration.id)
    rows = session.execute(query.order_by(urgent.c.rank, urgent.c.since, Integration.id))
    return tuple(dict.fromkeys(_read(row, who, now) for row in rows))[:limit]


def page(
    session: Session, who: Actor, now: datetime, filters: Filters, wanted: int
) -> tuple[tuple[IntegrationRow, ...], Place]:
    """One page of those the filters leave: by name, or by urgency where the filter is a need."""
    if filters.show in attention.NEEDS:
        return _page_by_urgency(session, who, now, filters, wanted)
    return _page_by_name(session, who, now, filters, wanted)


def of(
    session: Session, who: Actor, now: datetime, filters: Filters, limit: int
) -> tuple[IntegrationRow, ...]:
    """The first rows of one employer or carrier, those that need someone before the others."""
    query = _rows(now).where(seen(who), *_narrowing(filters))
    order = (attention.urgency(now), Employer.name, Carrier.name, Integration.plan_name, Integration.id)
    return tuple(_read(row, who, now) for row in session.execute(query.order_by(*order).limit(limit)))


def one(session: Session, who: Actor, now: datetime, integration_id: int) -> IntegrationRow | None:
    row = session.execute(_rows(now).where(Integration.id == integration_id, seen(who))).one_or_none()
    return _read(row, who, now) if row else None


def ratio(session: Session, who: Actor, filters: Filters) -> tuple[int, int]:
    """(configured, eligible): turned on with a group number, and all there are."""
    on = and_(Integration.status != Status.DISABLED, Integration.group_number.is_not(None))
    query = select(func.count(case((on, 1))), func.count(Integration.id))
    row = session.execute(query.where(seen(who), *_narrowing(filters))).one()
    return row[0], row[1]


def _narrowing(filters: Filters) -> Iterable[ColumnElement[bool]]:
    if filters.employer_id is not None:
        yield Integration.employer_id == filters.employer_id
    if filters.carrier_id is not None:
        yield Integration.carrier_id == filters.carrier_id


def _page_by_name(
    session: Session, who: Actor, now: datetime, filters: Filters, wanted: int
) -> tuple[tuple[IntegrationRow, ...], Place]:
    """Employers are put in order first, with how many each has: they are few beside their integrations."""
    here = and_(seen(who), *_narrowing(filters))
    if filters.show in attention.STATUS:
        here &= Integration.status == attention.STATUS[filters.show]
    counted = select(Integration.employer_id, func.count().label("number")).where(here)
    counted_by = counted.group_by(Integration.employer_id).subquery()
    by_name = select(Employer.id, counted_by.c.number).join(
        counted_by, counted_by.c.employer_id == Employer.id
    )
    numbers = session.execute(by_name.order_by(Employer.name, Employer.id)).all()
    place = Place.at(wanted, sum(number for _, number in numbers))
    shown, skipped = _covering(numbers, place)
    order = (Employer.name, Employer.id, Carrier.name, Integration.plan_name, Integration.id)
    query = _rows(now).where(here, Integration.employer_id.in_(shown)).order_by(*order)
    rows = session.execute(query.limit(place.size).offset(place.offset - skipped))
    return tuple(_read(row, who, now) for row in rows), place


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
    session: Session, who: Actor, now: datetime, filters: Filters, wanted: int
) -> tuple[tuple[IntegrationRow, ...], Place]:
    parts = union_all(*attention.needing(who, now, attention.NEEDS[filters.show])).subquery()
    rank, since = func.min(parts.c.rank).label("rank"), func.min(parts.c.since).label("since")
    needing = select(parts.c.id, rank, since).group_by(parts.c.id).subquery()
    here = select(needing).join(Integration, Integration.id == needing.c.id).where(*_narrowing(filters))
    total = session.scalar(select(func.count()).select_from(here.subquery())) or 0
    place = Place.at(wanted, total)
    query = _rows(now).join(needing, needing.c.id == Integration.id).where(*_narrowing(filters))
    query = query.order_by(needing.c.rank, needing.c.since, Integration.id)
    rows = session.execute(query.limit(place.size).offset(place.offset))
    return tuple(_read(row, who, now) for row in rows), place


def _rows(now: datetime) -> Select[Integration, str, str, str, int, str | None, int]:
    failures, urgency = attention.failures(), attention.urgency(now)
    return (
        select(Integration, Employer.name, Carrier.name, Carrier.time_zone, failures, Change.kind, urgency)
        .join(Integration.employer)
        .join(Integration.carrier)
        .outerjoin(Change, and_(Change.integration_id == Integration.id, attention.QUEUED))
    )


def _read(
    row: Row[Integration, str, str, str, int, str | None, int], who: Actor, now: datetime
) -> IntegrationRow:
    it, employer, carrier, time_zone, failures, waiting, urgency = row
    status = Status(it.status)
    return IntegrationRow(
        id=it.id,
        employer=Named(it.employer_id, employer),
        carrier=Named(it.carrier_id, carrier),
        time_zone=time_zone,
        plan_name=it.plan_name,
        plan_type=it.plan_type,
        status=status,
        never_on=status is Status.DISABLED and not (it.configured_at or it.disabled_at),
        group_number=it.group_number if who.may(Right.CONFIGURE) else None,
        has_group_number=bool(it.group_number),
        renewal_date=it.renewal_date,
        configured_at=it.configured_at,
        active_at=it.active_at,
        disabled_at=it.disabled_at,
        disabled_by=it.disabled_by,
        last_sync_at=it.last_sync_at,
        failures=failures if status is Status.ACTIVE else 0,
        waiting=waiting if who.may(Right.CONFIGURE) else None,
        attention=Attention(urgency) if urgency < len(Attention) else None,
        pending_days=pending_days(it.configured_at, now) if status is Status.PENDING else None,
    )
