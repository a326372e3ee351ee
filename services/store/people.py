"""Who may see what, what they did, and the forms they sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.store.base import Base


class Person(Base):
    """A Slack user with a role. Agency users see every employer and have no rows in `employers`."""

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("role IN ('agency', 'broker', 'stm', 'employer', 'read_only')", name="role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    employers: Mapped[list[PersonEmployer]] = relationship(
        cascade="all, delete-orphan", lazy="raise", back_populates="person"
    )


class PersonEmployer(Base):
    __tablename__ = "people_employers"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey("employers.id"), primary_key=True)

    person: Mapped[Person] = relationship(back_populates="employers")


class PersonZone(Base):
    """Somebody's time zone, as Slack has it."""

    __tablename__ = "people_zones"

    user_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    time_zone: Mapped[str] = mapped_column(String(64))
    read_at: Mapped[datetime]


class AuditEvent(Base):
    """Who did what, and when. Rows are only ever added. `detail` says what was chosen, nothing private."""

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_at", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[str] = mapped_column(String(32))
    role: Mapped[str | None] = mapped_column(String(16))
    employer_id: Mapped[int | None] = mapped_column(ForeignKey("employers.id"))
    carrier_id: Mapped[int | None] = mapped_column(ForeignKey("carriers.id"))
    integration_id: Mapped[int | None] = mapped_column(ForeignKey("integrations.id"))
    employee_ref: Mapped[str | None]
    detail: Mapped[dict[str, Any]]


class Seen(Base):
    """A form that was taken: its view's id. When Slack delivers it again, it finds its row and stops."""

    __tablename__ = "seen"
    __table_args__ = (Index("ix_seen_at", "at"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
