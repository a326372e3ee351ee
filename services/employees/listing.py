"""Employees and their four states: the list, its filters and counts.

A state is that of the newest attempt; whoever was never tried is Not syncing. Names are for the eyes of those
who may see the employees, in a modal: nothing here puts one into a log, an error or a card.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from services import streams
from services.access import Actor, Right, require, visible
from services.employees.validation import sentence
from services.errors import NotFound, Refused
from services.integrations.listing import Place
from services.integrations.search import Named
from services.store.employees import Attempt, Employee, Level
from services.store.exchange import Employer, Reading

PAGE = 10
STUCK = timedelta(minutes=15)
NO_LEVEL = "-"


class State(StrEnum):
    NOT_SYNCING = "not_syncing"
    IN_PROGRESS = "in_progress"
    SUCCESSFUL = "successful"
    FAILED = "failed"


class NotSetUp(Refused):
    def __init__(self) -> None:
        actor = "Whoever runs Lastsync sets HR_SOURCE, BENEFITS_URL and BENEFITS_TOKEN."
        super().__init__(f"Employee sync is not set up here. {actor}")


@dataclass(frozen=True)
class Filters:
    """`search` holds what was typed, which may be a name: it is kept in the store and in the view alone.

    `level` is a Level's name, or NO_LEVEL. `batch_id`: those whose newest attempt is of that batch. `stuck`:
    those alone who are In progress for more than 15 minutes.
    """

    state: State = State.NOT_SYNCING
    search: str = ""
    level: str | None = None
    employer_id: int | None = None
    batch_id: int | None = None
    stuck: bool = False


@dataclass(frozen=True)
class Counts:
    """How many are in each state; `stuck` are among those in progress."""

    not_syncing: int = 0
    in_progress: int = 0
    successful: int = 0
    failed: int = 0
    stuck: int = 0

    def of(self, state: State) -> int:
        return int(getattr(self, state))


@dataclass(frozen=True)
class EmployeeLine:
    """`since` is None for Not syncing. `reason`: why it failed, or what HR's record still lacks.

    `linked`: has an account at Benefits. `gone`: not in HR's file any more.
    """

    id: int
    name: str
    ref: str
    employer: Named
    level: str | None
    state: State
    since: datetime | None
    stuck: bool
    linked: bool
    reason: str | None
    leave_date: date | None
    gone: bool


@dataclass(frozen=True)
class EmployeesPage:
    """`counts` are of what the filters leave, whatever its state. `as_of`: when HR was last read.

    `several`: there are employees of more than one employer to look at, so there is one to choose.
    """

    counts: Counts
    lines: tuple[EmployeeLine, ...]
    place: Place
    filters: Filters
    levels: tuple[str, ...]
    assignable: tuple[str, ...]
    several: bool
    employer: Named | None
    may_sync: bool
    as_of: datetime | None
    hr_trouble: str | None


ALL = Filters()


def page(
    session: Session, actor: Actor, now: datetime, filters: Filters = ALL, page: int = 1
) -> EmployeesPage:
    require(actor, Right.SEE_EMPLOYEES)
    reading = hr_reading(session)
    counts = count(session, actor, now, filters)
    total = counts.stuck if filters.stuck else counts.of(filters.state)
    place = Place.at(page, total, PAGE)
    return EmployeesPage(
        counts=counts,
        lines=_lines(session, actor, now, filters, place),
        place=place,
        filters=filters,
        levels=_levels(session, actor),
        assignable=assignable(session),
        several=_several(session, actor),
        employer=_employer(session, actor, filters.employer_id),
        may_sync=actor.may(Right.SYNC),
        as_of=reading.read_at,
        hr_trouble=reading.failure,
    )


def hr_reading(session: Session) -> Reading:
    """How far HR was read. Raise NotSetUp when it never is."""
    reading = session.get(Reading, streams.HR)
    if reading is None:
        raise NotSetUp
    return reading


def find(session: Session, actor: Actor, now: datetime, employee_id: int) -> EmployeeLine:
    require(actor, Right.SEE_EMPLOYEES)
    hr_reading(session)
    query = _listed().where(Employee.id == employee_id, visible(actor, Employee.employer_id))
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("That employee is not among those you may see.")
    return _line(*row, now)


def assignable(session: Session) -> tuple[str, ...]:
    """The Levels that have a package."""
    return tuple(session.scalars(select(Level.name).order_by(Level.name)))


def conditions(actor: Actor, now: datetime, filters: Filters) -> Iterator[ColumnElement[bool]]:
    """Keep a query over employees and their newest attempts to these filters, and to whom one may see."""
    yield from _scope(actor, filters)
    if filters.state is State.NOT_SYNCING:
        yield Attempt.id.is_(None)
    else:
        yield Attempt.state == filters.state
    if filters.stuck:
        yield is_stuck(now)


def newest() -> ColumnElement[bool]:
    """How an employee's newest attempt is joined."""
    return and_(Attempt.employee_id == Employee.id, Attempt.newest)


def is_stuck(now: datetime) -> ColumnElement[bool]:
    return and_(Attempt.state == State.IN_PROGRESS, Attempt.asked_at < now - STUCK)


def folded(text: str) -> str:
    """As the search compares it: without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).split())


def _scope(actor: Actor, filters: Filters) -> Iterator[ColumnElement[bool]]:
    """All filters but the state."""
    yield visible(actor, Employee.employer_id)
    for word in filters.search.casefold().split():
        sought = Employee.sought.contains(folded(word), autoescape=True)
        yield or_(sought, Employee.employer_id.in_(_named(word)))
    if filters.level is not None:
        yield Employee.level.is_(None) if filters.level == NO_LEVEL else Employee.level == filters.level
    if filters.employer_id is not None:
        yield Employee.employer_id == filters.employer_id
    if filters.batch_id is not None:
        yield Attempt.batch_id == filters.batch_id


def _named(word: str) -> Select[int]:
    return select(Employer.id).where(func.lower(Employer.name).contains(word, autoescape=True))


def count(session: Session, actor: Actor, now: datetime, filters: Filters) -> Counts:
    stuck = func.count().filter(is_stuck(now))
    query = select(Attempt.state, func.count(), stuck).select_from(Employee).outerjoin(Attempt, newest())
    rows = session.execute(query.where(*_scope(actor, filters)).group_by(Attempt.state)).all()
    numbers = {state or State.NOT_SYNCING: number for state, number, _ in rows}
    return Counts(**numbers, stuck=sum(number for *_, number in rows))


def _listed() -> Select[Employee, Employer, Attempt]:
    query = select(Employee, Employer, Attempt).join(Employer, Employee.employer_id == Employer.id)
    return query.outerjoin(Attempt, newest())


def _lines(
    session: Session, actor: Actor, now: datetime, filters: Filters, place: Place
) -> tuple[EmployeeLine, ...]:
    query = _listed().where(*conditions(actor, now, filters))
    query = query.order_by(Employee.sought, Employee.id).offset(place.offset).limit(place.size)
    return tuple(_line(*row, now) for row in session.execute(query))


def _line(employee: Employee, employer: Employer, attempt: Attempt | None, now: datetime) -> EmployeeLine:
    state = State(attempt.state) if attempt else State.NOT_SYNCING
    line = EmployeeLine(
        id=employee.id,
        name=employee.name,
        ref=employee.ref,
        employer=Named(employer.id, employer.name),
        level=employee.level,
        state=state,
        since=None,
        stuck=False,
        linked=employee.account_id is not None,
        reason=" ".join(map(sentence, employee.lacks)) or None,
        leave_date=employee.leave_date,
        gone=employee.gone_at is not None,
    )
    if attempt is None:
        return line
    stuck = state is State.IN_PROGRESS and attempt.asked_at < now - STUCK
    return replace(line, since=attempt.finished_at or attempt.asked_at, stuck=stuck, reason=attempt.reason)


def _levels(session: Session, actor: Actor) -> tuple[str, ...]:
    """The Levels of the employees one sees, and those that may be assigned."""
    query = select(Employee.level).where(Employee.level.is_not(None), visible(actor, Employee.employer_id))
    found = set(session.scalars(query.distinct())) | set(assignable(session))
    return tuple(sorted(filter(None, found)))


def _several(session: Session, actor: Actor) -> bool:
    having = select(Employee.id).where(Employee.employer_id == Employer.id).exists()
    return (
        len(session.scalars(select(Employer.id).where(having, visible(actor, Employer.id)).limit(2)).all())
        > 1
    )


def _employer(session: Session, actor: Actor, employer_id: int | None) -> Named | None:
    if employer_id is None:
        return None
    query = select(Employer.id, Employer.name).where(Employer.id == employer_id, visible(actor, Employer.id))
    row = session.execute(query).one_or_none()
    return Named(*row) if row else None
