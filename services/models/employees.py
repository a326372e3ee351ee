"""Employees on their way from HR to the Benefits platform."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.base import Base, Claimable


class Employee(Base):
    """What must be known between two syncs. Dates of birth, pay and SSNs stay in HR."""

    __tablename__ = "employees"
    __table_args__ = (UniqueConstraint("employer_id", "ref"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey("employers.id"))
    ref: Mapped[str]
    level: Mapped[str | None] = mapped_column(String(64))
    account_id: Mapped[str | None]
    leave_date: Mapped[date | None]
    fingerprint: Mapped[str | None] = mapped_column(String(64))


class Attempt(Claimable, Base):
    """One try at sending one employee. `origin` says who refused: `hr` (our check) or `benefits`."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"), index=True)
    batch: Mapped[str | None] = mapped_column(String(36), index=True)
    state: Mapped[str] = mapped_column(String(16))
    origin: Mapped[str | None] = mapped_column(String(16))
    field: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(Text())
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
