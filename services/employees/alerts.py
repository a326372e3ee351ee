"""One alert for each batch with employees who failed or are stuck: counts and reasons, never a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    Select,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from services.alerts import lifecycle
from services.alerts.lifecycle import AlertCard, Audience, Cause, told
from services.channels import routing
from services.employees.listing import State, is_stuck
from services.store.alerts import Alert, Closing, Kind, Level
from services.store.employees import Attempt, Batch, Employee
from services.store.exchange import Employer

_OF_BATCH = "batch:"


@dataclass(frozen=True, kw_only=True)
class EmployeesCard(AlertCard):
    """Employees who failed or are stuck, of the employers that the channel hears of. Never a name.

    `reasons` are (reason, how many), the most first. `employer` is None where they are several.
    """

    template: ClassVar[str] = "alerts/employees"
    employer: str | None
    batch_id: int | None
    failed: int
    stuck: int
    reasons: tuple[tuple[str, int], ...]


def follow(session: Session, now: datetime, ended: Collection[int]) -> int:
    """Open, show anew or close the alerts of the batches that ended, have stuck ones, or an open alert.

    Whoever was tried again since counts for the newer batch: so an alert closes when its cause is gone.
    """
    told = {alert.cause: alert.detail for alert in session.scalars(_open_ones())}
    known = {int(cause.removeprefix(_OF_BATCH)) for cause in told}
    changed = 0
    for batch_id in sorted(known | set(ended) | set(session.scalars(_with_stuck(now)))):
        employers = _by_employer(session, now, batch_id)
        detail = {"batch": batch_id, "employers": employers}
        cause = f"{_OF_BATCH}{batch_id}"
        if not employers:
            changed += lifecycle.close_alert(session, now, Kind.EMPLOYEES, [cause], Closing.CLEARED)
        elif detail != told.get(cause):
            level = Level.STUCK if any(each["stuck"] for each in employers.values()) else Level.FAILED
            employer_id = _only_employer(session, batch_id)
            lifecycle.raise_alert(
                session, now, Cause(Kind.EMPLOYEES, cause, level, employer_id=employer_id, detail=detail)
            )
            changed += 1
    return changed


def _open_ones() -> Select[Alert]:
    return select(Alert).where(Alert.kind == Kind.EMPLOYEES, Alert.closed_at.is_(None))


def _with_stuck(now: datetime) -> Select[int]:
    return (
        select(Batch.id)
        .join(Attempt, Attempt.batch_id == Batch.id)
        .where(Batch.ended_at.is_(None), is_stuck(now))
        .distinct()
    )


def _by_employer(session: Session, now: datetime, batch_id: int) -> dict[str, dict[str, Any]]:
    """What is wrong with the employees of each employer, by its id: a channel hears of its own alone."""
    why = (Employee.employer_id, Attempt.kind, Attempt.field)
    query = select(
        *why, func.count().filter(Attempt.state == State.FAILED), func.count().filter(is_stuck(now))
    )
    query = query.join(Employee, Attempt.employee_id == Employee.id)
    query = query.where(Attempt.batch_id == batch_id, Attempt.newest)
    query = query.where(or_(Attempt.state == State.FAILED, is_stuck(now))).group_by(*why).order_by(*why)
    found: dict[str, dict[str, Any]] = {}
    for employer_id, kind, field, failed, stuck in session.execute(query):
        theirs = found.setdefault(str(employer_id), {"failed": 0, "stuck": 0, "reasons": {}})
        theirs["failed"] += failed
        theirs["stuck"] += stuck
        if failed:
            theirs["reasons"][_reason(kind, field)] = failed
    return found


def _reason(kind: str | None, field: str | None) -> str:
    what = kind or "unclear"
    return what if field is None or what.startswith(field) else f"{field}_{what}"


def _only_employer(session: Session, batch_id: int) -> int | None:
    """The batch's employer; None when it has several."""
    query = select(Employee.employer_id).join(Attempt, Attempt.employee_id == Employee.id)
    ids = session.scalars(query.where(Attempt.batch_id == batch_id).distinct().limit(2)).all()
    return ids[0] if len(ids) == 1 else None


def read_card(session: Session, alert: Alert, now: datetime, audience: Audience) -> EmployeesCard | None:
    """None where nobody that the channel hears of failed or is stuck, and it was told of nobody."""
    del now
    matches = routing.matches_of(session, audience.channels, audience.channel_id)
    matches = [each for each in matches if alert.kind in each.kinds]
    bounds, meant = routing.bounds(matches), routing.failing_at(alert)
    # Whoever hears of employees no more keeps a card that is true of the batch.
    if matches and bounds is not None:
        meant &= bounds
    if not meant and not audience.stands:
        return None
    detail = alert.detail or {}
    parts = [detail["employers"][str(each)] for each in sorted(meant)]
    reasons: Counter[str] = sum((Counter(each["reasons"]) for each in parts), Counter())
    only = next(iter(meant)) if len(meant) == 1 else alert.employer_id
    employer = session.get(Employer, only) if only else None
    return EmployeesCard(
        **told(session, alert, audience.mention),
        employer=employer.name if employer else None,
        batch_id=detail.get("batch"),
        failed=sum(each["failed"] for each in parts),
        stuck=sum(each["stuck"] for each in parts),
        reasons=tuple(sorted(reasons.items(), key=lambda each: (-each[1], each[0]))),
    )
