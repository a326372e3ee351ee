"""What people ask of the exchange, and tell carriers by hand."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.store.base import Base, Claimable, partial_index
from services.store.exchange import Integration


class Change(Claimable, Base):
    """What a person asked the exchange to do with an integration, until the exchange has answered.

    `kind`: activate, deactivate or group_number. `state`: queued, done or refused. `key` makes the call to
    the exchange idempotent, `form_key` the form that asked for it. `requested_as`: the person's role then.
    """

    __tablename__ = "changes"
    __table_args__ = (
        CheckConstraint("kind IN ('activate', 'deactivate', 'group_number')", name="kind"),
        CheckConstraint("state IN ('queued', 'done', 'refused')", name="state"),
        partial_index("uq_changes_queued", "integration_id", where="state = 'queued'", unique=True),
        partial_index("ix_changes_due_at", "due_at", where="due_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id"))
    kind: Mapped[str] = mapped_column(String(16))
    group_number: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(36), unique=True)
    form_key: Mapped[str | None]
    requested_by: Mapped[str] = mapped_column(String(32))
    requested_as: Mapped[str | None] = mapped_column(String(16))
    requested_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text())

    integration: Mapped[Integration] = relationship()


class Communication(Base):
    """Eligibility told to a carrier by hand while an integration is Pending or Disabled."""

    __tablename__ = "communications"

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id"), index=True)
    kinds: Mapped[list[str]]
    note: Mapped[str | None] = mapped_column(Text())
    sent_on: Mapped[date]
    logged_by: Mapped[str] = mapped_column(String(32))
    logged_at: Mapped[datetime]
