"""Employees on their way from HR to the Benefits platform."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.store.base import Base, Claimable, partial_index
from services.store.exchange import Employer


class Level(Base):
    """A Benefits Level and the package it stands for at Benefits, as the table of rules has it."""

    __tablename__ = "levels"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    package: Mapped[str]


class Employee(Base):
    """What must be known between two syncs. Dates of birth, pay and SSNs stay in HR.

    `sought` is what the search looks at: name and number without case and accents. `level` is the one that
    counts: what was decided last, in HR (`hr_level`) or here. `account_id` is set once, at the first sync.
    `fingerprint` is the record's as HR has it now; `tried`, `tried_level` and `tried_active` are what the
    last finished attempt sent, or refused to send. Where they differ, an employee who syncs is sent anew.
    `lacks` names what is wrong with the record (`field:kind`), no values. `gone_at`: since when HR's file
    does not hold the employee, which makes nobody a leaver: a leave date does.
    """

    __tablename__ = "employees"
    __table_args__ = (
        UniqueConstraint("employer_id", "ref"),
        Index("uq_employees_account_id", "account_id", unique=True),
        Index("ix_employees_email_key", "email_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey("employers.id"))
    ref: Mapped[str]
    name: Mapped[str]
    sought: Mapped[str] = mapped_column(Text())
    level: Mapped[str | None] = mapped_column(String(64))
    hr_level: Mapped[str | None] = mapped_column(String(64))
    leave_date: Mapped[date | None]
    account_id: Mapped[str | None]
    email_key: Mapped[str | None] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64))
    tried: Mapped[str | None] = mapped_column(String(64))
    tried_level: Mapped[str | None] = mapped_column(String(64))
    tried_active: Mapped[bool | None]
    lacks: Mapped[list[str]]
    found_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]

    employer: Mapped[Employer] = relationship()


class Batch(Base):
    """Employees who are sent for one reason: a person's Sync, or what changed in HR (then nobody asked).

    `because`: sync, again, level or hr. `key` is the form's own. `told` is how many were finished when the
    card was last shown anew, at `told_at`.
    """

    __tablename__ = "batches"
    __table_args__ = (
        CheckConstraint("because IN ('sync', 'again', 'level', 'hr')", name="because"),
        partial_index("ix_batches_running", "id", where="ended_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    because: Mapped[str] = mapped_column(String(16))
    level: Mapped[str | None] = mapped_column(String(64))
    total: Mapped[int]
    key: Mapped[str | None] = mapped_column(unique=True)
    asked_by: Mapped[str | None] = mapped_column(String(32))
    asked_at: Mapped[datetime]
    told: Mapped[int] = mapped_column(default=0, server_default="0")
    told_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Attempt(Claimable, Base):
    """One try at sending one employee, whose state is that of the `newest`. Without any: Not syncing.

    `state`: in_progress, successful or failed. `outcome`: linked, created, updated or closed. Of a failed
    one, `origin` says who refused (`hr`, our check, or `benefits`); `field`, `kind` and `reason` say what,
    without a value. While it waits, `reason` says for what.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        CheckConstraint("state IN ('in_progress', 'successful', 'failed')", name="state"),
        CheckConstraint("outcome IN ('linked', 'created', 'updated', 'closed')", name="outcome"),
        CheckConstraint("origin IN ('hr', 'benefits')", name="origin"),
        partial_index("uq_attempts_newest", "employee_id", where="newest", unique=True),
        partial_index("uq_attempts_unfinished", "employee_id", where="state = 'in_progress'", unique=True),
        # In the order in which they are claimed.
        partial_index("ix_attempts_due", "due_at", "id", where="due_at IS NOT NULL"),
        Index("ix_attempts_employee_id", "employee_id"),
        Index("ix_attempts_batch_id", "batch_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"))
    newest: Mapped[bool]
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(16))
    origin: Mapped[str | None] = mapped_column(String(16))
    field: Mapped[str | None] = mapped_column(String(64))
    kind: Mapped[str | None] = mapped_column(String(32))
    reason: Mapped[str | None] = mapped_column(Text())
    asked_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    employee: Mapped[Employee] = relationship()
    batch: Mapped[Batch] = relationship()


class Selection(Base):
    """Whom a person chose, between choosing and confirming: ticked `ids`, or `everyone` in the filters.

    Kept here and not in the form, because what was typed into the search may be a name.
    """

    __tablename__ = "selections"
    __table_args__ = (Index("ix_selections_at", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    everyone: Mapped[bool]
    ids: Mapped[list[int]] = mapped_column(JSON())
    filters: Mapped[dict[str, Any]]
    count: Mapped[int]
