"""What stands in the way of sending an employee, as HR was last read. When sent, all is checked anew."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from services.models import Employee, Level


def incomplete() -> ColumnElement[bool]:
    """Whether something of it would end the next attempt as Failed."""
    return or_(func.json_array_length(Employee.lacks) > 0, _without_package(), shared())


def problems(session: Session, employee: Employee, today: date) -> list[str]:
    """`field:kind` of everything that is wrong now."""
    found = list(employee.lacks)
    is_wrong = select(_without_package(), shared()).where(Employee.id == employee.id)
    unpacked, twice = session.execute(is_wrong).one()
    if unpacked:
        found.append("level:no_package")
    if twice:
        found.append("email:email_shared")
    if employee.gone_at is not None:
        found.append(":gone")
    elif has_left(employee.leave_date, today) and employee.account_id is None:
        found.append("leave_date:left")
    return found


def has_left(leave_date: date | None, today: date) -> bool:
    """The leave date is the last day at work: the account is closed on the day after it."""
    return leave_date is not None and leave_date < today


def _without_package() -> ColumnElement[bool]:
    having = exists().where(Level.name == Employee.level)
    return and_(Employee.level.is_not(None), ~having)


def shared() -> ColumnElement[bool]:
    """Two records of HR with one address: neither is sent, for nobody can say whose the account is."""
    other = aliased(Employee)
    return exists().where(
        other.email_key == Employee.email_key, other.id != Employee.id, other.gone_at.is_(None)
    )
