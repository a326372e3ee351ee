"""The way of an employee to the Benefits platform: queued, claimed in small groups, sent, settled.

Claiming is `outbox.claim`. What was claimed is read from HR at that moment, checked, sent by `sending`, and
settled here, a group at a time. A replica that dies in between leaves leases that run out: whoever claims the
rest looks each account up before it would create one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, literal, or_, select, text, update
from sqlalchemy.orm import Session

from services import outbox
from services.employees import readiness
from services.employees.listing import State, newest
from services.employees.validation import UNREADABLE
from services.ports import EmployeeKey
from services.store.base import UTCDateTime, insert_into
from services.store.employees import Attempt, Batch, Employee
from services.store.exchange import Employer

_QUIET = {"synchronize_session": False}
_SETTLED = ("state", "outcome", "origin", "field", "kind", "reason", "finished_at", "due_at", "attempts")
_COLUMNS = ["employee_id", "batch_id", "newest", "state", "asked_at", "due_at"]


@dataclass(frozen=True)
class Tried:
    """What was sent, or refused to be sent: until it changes, there is nothing to send anew."""

    fingerprint: str
    level: str | None
    active: bool


@dataclass(frozen=True)
class Order:
    """One employee to be sent. `tries` counts this one too. `known` is what HR had when it was last read.

    `shared`: another record of HR had the same e-mail address then; `unreadable`: its row could not be read.
    """

    attempt_id: int
    employee_id: int
    key: EmployeeKey
    account_id: str | None
    level: str | None
    known: Tried
    shared: bool
    unreadable: bool
    tries: int
    lease_until: datetime


@dataclass(frozen=True)
class Done:
    """The platform took it. `outcome`: linked, created, updated or closed."""

    order: Order
    outcome: str
    account_id: str
    tried: Tried


@dataclass(frozen=True)
class Failed:
    """Refused: by HR's own check (`origin` hr) or by the platform."""

    order: Order
    origin: str
    field: str | None
    kind: str
    reason: str
    tried: Tried


@dataclass(frozen=True)
class Waits:
    """To be tried again at `due_at`. `reason` is what it waits for; without one it was not tried at all.

    `on` says for whom: benefits or hr.
    """

    order: Order
    due_at: datetime
    reason: str | None = None
    on: str = "benefits"


Result = Done | Failed | Waits


def queue(session: Session, batch: Batch, meant: Iterable[ColumnElement[bool]], now: datetime) -> int:
    """Queue an attempt for each employee who is meant and not on the way already; return how many.

    Whoever is queued twice at once is queued once: the index of unfinished attempts decides. They count only
    from `make_newest` on, so that until then the filters mean whom they meant before.
    """
    free = or_(Attempt.id.is_(None), Attempt.state != State.IN_PROGRESS)
    row = (Employee.id, literal(batch.id), literal(False), literal(State.IN_PROGRESS.value))  # noqa: FBT003
    at = literal(now, UTCDateTime())
    chosen = select(*row, at, at).outerjoin(Attempt, newest())
    chosen = chosen.where(free, *meant).order_by(Employee.id)
    insert = insert_into(session, Attempt).from_select(_COLUMNS, chosen)
    unfinished = text("state = 'in_progress'")
    insert = insert.on_conflict_do_nothing(index_elements=["employee_id"], index_where=unfinished)
    counted = {"preserve_rowcount": True}
    return session.connection().execute(insert, execution_options=counted).rowcount


def make_newest(session: Session, batch: Batch) -> None:
    """From here on the employees of the batch are In progress."""
    of_batch = select(Attempt.employee_id).where(Attempt.batch_id == batch.id)
    before = update(Attempt).where(Attempt.newest, Attempt.employee_id.in_(of_batch)).values(newest=False)
    session.execute(before, execution_options=_QUIET)
    queued = update(Attempt).where(Attempt.batch_id == batch.id).values(newest=True)
    session.execute(queued, execution_options=_QUIET)


def by_employer(session: Session, batch_id: int) -> Sequence[tuple[int, int]]:
    """How many of the batch's employees each employer has."""
    query = select(Employee.employer_id, func.count()).join(Attempt, Attempt.employee_id == Employee.id)
    query = query.where(Attempt.batch_id == batch_id).group_by(Employee.employer_id)
    return [(employer_id, number) for employer_id, number in session.execute(query)]


def due(session: Session, now: datetime, *, limit: int) -> int:
    """How many wait to be claimed, counted up to `limit`."""
    free = or_(Attempt.lease_until.is_(None), Attempt.lease_until <= now)
    waiting = select(Attempt.id).where(Attempt.due_at <= now, free).limit(limit)
    return session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


def take(session: Session, now: datetime, *, by: str, limit: int) -> list[Order]:
    """Claim a group and say what is to be sent."""
    ids = outbox.claim(session, Attempt, now, by=by, limit=limit)
    if not ids:
        return []
    session.execute(update(Attempt).where(Attempt.id.in_(ids)).values(sent_at=now), execution_options=_QUIET)
    rows = session.connection().execute(_TAKEN, {"ids": ids})
    return [_order(row, now) for row in rows]


# Columns, and put together once: a group's own share of the work is most of what the store costs.
_TAKEN = (
    select(
        Attempt.id,
        Attempt.attempts,
        Attempt.lease_until,
        Attempt.employee_id,
        Employee.ref,
        Employee.account_id,
        Employee.level,
        Employee.fingerprint,
        Employee.leave_date,
        Employee.lacks,
        Employer.ref.label("employer_ref"),
        readiness.shared().label("shared"),
    )
    .join(Employee, Attempt.employee_id == Employee.id)
    .join(Employer, Employee.employer_id == Employer.id)
    .where(Attempt.id.in_(bindparam("ids", expanding=True)))
    .order_by(Attempt.id)
)


def linked(session: Session, account_ids: Collection[str]) -> dict[str, int]:
    """Which of the accounts are linked, and to whom (employee ids)."""
    query = select(Employee.account_id, Employee.id).where(Employee.account_id.in_(account_ids))
    return {account_id: employee_id for account_id, employee_id in session.execute(query) if account_id}


def settle(session: Session, now: datetime, results: Collection[Result], *, by: str) -> int:
    """Write down how a group went, all at once; what `by` no longer holds is another's to settle."""
    ids = [each.order.attempt_id for each in results]
    mine = select(Attempt.id).where(Attempt.id.in_(ids), Attempt.lease_by == by).order_by(Attempt.id)
    held = set(session.scalars(mine.with_for_update(of=Attempt)))
    kept = [each for each in results if each.order.attempt_id in held]
    for values, alike in _alike(kept, now).items():
        session.connection().execute(_ATTEMPTS, dict(zip(_SETTLED, values, strict=True)) | {"ids": alike})
    if tried := [_tried(each) for each in kept if not isinstance(each, Waits)]:
        session.connection().execute(_TRIED, tried)
    return len(tried)


_ATTEMPTS = (
    update(Attempt)
    .where(Attempt.id.in_(bindparam("ids", expanding=True)))
    .values(lease_by=None, lease_until=None)
    .values({name: bindparam(name) for name in _SETTLED})
)
_TRIED = (
    update(Employee)
    .where(Employee.id == bindparam("employee_id"))
    .values({name: bindparam(name) for name in ("tried", "tried_level", "tried_active")})
    .values(account_id=func.coalesce(bindparam("account"), Employee.account_id))
)


def _alike(results: Iterable[Result], now: datetime) -> Mapping[tuple[Any, ...], list[int]]:
    """Which attempts end with the same values: mostly all of a group, so that one statement settles them."""
    found = defaultdict[tuple[Any, ...], list[int]](list)
    for each in results:
        values = _settled(each, now)
        found[tuple(values[name] for name in _SETTLED)].append(each.order.attempt_id)
    return found


def _order(row: Any, now: datetime) -> Order:  # noqa: ANN401  a row of `_TAKEN`
    active = not readiness.has_left(row.leave_date, now.date())
    return Order(
        attempt_id=row.id,
        employee_id=row.employee_id,
        key=EmployeeKey(row.employer_ref, row.ref),
        account_id=row.account_id,
        level=row.level,
        known=Tried(row.fingerprint, row.level, active),
        shared=row.shared,
        unreadable=row.lacks == [str(UNREADABLE)],
        tries=row.attempts,
        lease_until=row.lease_until or now,
    )


def _settled(result: Result, now: datetime) -> dict[str, Any]:
    row = dict.fromkeys(_SETTLED) | {"attempts": result.order.tries}
    if isinstance(result, Done):
        return row | {"state": State.SUCCESSFUL.value, "outcome": result.outcome, "finished_at": now}
    if isinstance(result, Failed):
        why = {"origin": result.origin, "field": result.field, "kind": result.kind, "reason": result.reason}
        return row | why | {"state": State.FAILED.value, "finished_at": now}
    waiting = {"state": State.IN_PROGRESS.value, "due_at": result.due_at, "reason": result.reason}
    untried = result.reason is None
    return row | waiting | {"attempts": result.order.tries - untried}


def _tried(result: Done | Failed) -> dict[str, Any]:
    tried = result.tried
    return {
        "employee_id": result.order.employee_id,
        "tried": tried.fingerprint,
        "tried_level": tried.level,
        "tried_active": tried.active,
        "account": result.account_id if isinstance(result, Done) else None,
    }
