"""What people decide about carrier messages, and what the exchange answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.store.base import Base, Claimable, partial_index
from services.store.exchange import CarrierMessage


class MessageRef(Base):
    """An id that the exchange gave a message before it sent it again under another one.

    `updated_at`: when the exchange last changed it under this id; what is not later is old news.
    """

    __tablename__ = "message_refs"
    __table_args__ = (UniqueConstraint("integration_id", "ref"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id"))
    ref: Mapped[str]
    message_id: Mapped[int] = mapped_column(ForeignKey("carrier_messages.id"), index=True)
    updated_at: Mapped[datetime]


class Bulk(Base):
    """Several messages of one kind that a person resolved in one go."""

    __tablename__ = "bulks"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    total: Mapped[int]
    form_key: Mapped[str] = mapped_column(unique=True)
    requested_by: Mapped[str] = mapped_column(String(32))
    requested_at: Mapped[datetime]


class Resolution(Claimable, Base):
    """Which side of a message a person declared right. `ref`: what the exchange called the message then.

    `state`: queued, sent or refused. `key` makes the call to the exchange idempotent, `form_key` the form
    that asked for it. `requested_as`: the person's role then. `extras`: the further steps that were chosen,
    by question. `resolved_at` is the exchange's own time of it; `reason` is why it waits or was refused.
    """

    __tablename__ = "resolutions"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'sent', 'refused')", name="state"),
        CheckConstraint("outcome IN ('platform', 'carrier')", name="outcome"),
        partial_index("uq_resolutions_queued", "message_id", where="state = 'queued'", unique=True),
        partial_index("ix_resolutions_due_at", "due_at", where="due_at IS NOT NULL"),
        Index("ix_resolutions_message_id", "message_id"),
        partial_index("ix_resolutions_bulk_id", "bulk_id", "state", where="bulk_id IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("carrier_messages.id"))
    ref: Mapped[str]
    bulk_id: Mapped[int | None] = mapped_column(ForeignKey("bulks.id"))
    outcome: Mapped[str] = mapped_column(String(16))
    note: Mapped[str | None] = mapped_column(Text())
    extras: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(36), unique=True)
    form_key: Mapped[str | None]
    requested_by: Mapped[str] = mapped_column(String(32))
    requested_as: Mapped[str | None] = mapped_column(String(16))
    requested_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text())

    message: Mapped[CarrierMessage] = relationship()


class Escalation(Base):
    """A message that keeps coming back, handed to Operations: once in each of its cycles."""

    __tablename__ = "escalations"
    __table_args__ = (UniqueConstraint("message_id", "cycle"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("carrier_messages.id"))
    cycle: Mapped[int]
    summary: Mapped[str] = mapped_column(Text())
    escalated_by: Mapped[str] = mapped_column(String(32))
    escalated_as: Mapped[str | None] = mapped_column(String(16))
    escalated_at: Mapped[datetime]

    message: Mapped[CarrierMessage] = relationship()
