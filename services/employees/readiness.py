"""What stands in the way of sending an employee, as HR was last read. When sent, all is checked anew."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from services.store.employees import Employee, Level


def incomplete(today: date) -> ColumnElement[bool]:
    """Whether something of it would end the next attempt as Failed."""
    lacking = or_(
        func.json_array_length(Employee.lacks) > 0,
        _without_package(),
        shared(),
        Employee.gone_at.is_not(None),
        _left(today) & Employee.account_id.is_(None),
    )
    return lacking & ~is_closing(today)


def is_closing(today: date) -> ColumnElement[bool]:
    """To close an account takes no sound record, nor that HR still has one."""
    return _left(today) & Employee.account_id.is_not(None)


def _left(today: date) -> ColumnElement[bool]:
    return Employee.leave_date.is_not(None) & (Employee.leave_date < today)


def problems(session: Session, employee: Employee, today: date) -> list[str]:
    """`field:kind` of everything that is wrong now."""
    left = has_left(employee.leave_date, today)
    if left and employee.account_id is not None:
        return []
    found = list(employee.lacks)
    is_wrong = select(_without_package(), shared()).where(Employee.id == employee.id)
    unpacked, twice = session.execute(is_wrong).one()
    if unpacked:
        found.append("level:no_package")
    if twice:
        found.append("email:email_shared")
    if employee.gone_at is not None:
        found.append(":gone")
    elif left:
        found.append("leave_date:left")
    return found


def has_left(leave_date: date | None, today: date) -> bool:
    """The leave date is the last day at work: the account is closed on the day after it."""
    return leave_date is not None and leave_date < today


def _without_package() -> ColumnElement[bool]:
    having = exists().where(Level.name == Employee.level)
    return and_(Employee.level.is_not(None), ~having)


def shared() -> ColumnElement[bool]:
    """Two records of HR with one address: neither is sent, for nobody can say whose the account is.

    Who has an account already is written to by its id, whoever else has the address.
    """
    other = aliased(Employee)
    twice = exists().where(
        other.email_key == Employee.email_key, other.id != Employee.id, other.gone_at.is_(None)
    )
    return Employee.account_id.is_(None) & twice
