"""What the exchange told us: employers, carriers, integrations, their syncs and messages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.store.base import Base, partial_index


class Employer(Base):
    __tablename__ = "employers"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Carrier(Base):
    """`cadence`: what its integrations show, for those that are too young to show one (see `freshness`).

    `recompute_after`: its integrations are being computed anew, those with a higher id are still to come.
    """

    __tablename__ = "carriers"
    __table_args__ = (
        partial_index("ix_carriers_recompute_after", "id", where="recompute_after IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    time_zone: Mapped[str] = mapped_column(String(64))
    cadence: Mapped[dict[str, Any] | None]
    recompute_after: Mapped[int | None]


class Integration(Base):
    """One employer's plan with one carrier. What is expected of it is set on Active rows alone.

    `next_at`: when the next sync is expected; `due_at`: when a missing one is late; `lost_at`: when it is
    lost; `cadence`: what that follows from (see `freshness`). They are computed when a sync arrives.
    `watch_at`: when the freshness job must look at it next; None once its alert says all there is to say.
    """

    __tablename__ = "integrations"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'active', 'disabled')", name="status"),
        partial_index("ix_integrations_due_at", "due_at", "lost_at", where="due_at IS NOT NULL"),
        partial_index("ix_integrations_watch_at", "watch_at", where="watch_at IS NOT NULL"),
        partial_index(
            "ix_integrations_carrier_due", "carrier_id", "due_at", "lost_at", where="due_at IS NOT NULL"
        ),
        Index("ix_integrations_employer_id_carrier_id", "employer_id", "carrier_id"),
        Index("ix_integrations_carrier_id_id", "carrier_id", "id"),
        Index("ix_integrations_status", "status", "configured_at", "disabled_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(unique=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey("employers.id"))
    carrier_id: Mapped[int] = mapped_column(ForeignKey("carriers.id"))
    plan_name: Mapped[str]
    plan_type: Mapped[str] = mapped_column(String(64))
    renewal_date: Mapped[date | None]
    status: Mapped[str] = mapped_column(String(16))
    group_number: Mapped[str | None] = mapped_column(String(64))
    configured_at: Mapped[datetime | None]
    active_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_by: Mapped[str | None] = mapped_column(String(64))
    last_sync_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    lost_at: Mapped[datetime | None]
    watch_at: Mapped[datetime | None]
    cadence: Mapped[dict[str, Any] | None]
    updated_at: Mapped[datetime]

    employer: Mapped[Employer] = relationship()
    carrier: Mapped[Carrier] = relationship()


class CadenceOverride(Base):
    """When a carrier, or one integration, should sync, as a person set it. `choice`: see `choices`."""

    __tablename__ = "cadence_overrides"
    __table_args__ = (CheckConstraint("(carrier_id IS NULL) <> (integration_id IS NULL)", name="of_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    carrier_id: Mapped[int | None] = mapped_column(ForeignKey("carriers.id"), unique=True)
    integration_id: Mapped[int | None] = mapped_column(ForeignKey("integrations.id"), unique=True)
    choice: Mapped[dict[str, Any]]
    set_by: Mapped[str] = mapped_column(String(32))
    set_at: Mapped[datetime]


class MaintenanceWindow(Base):
    """A time in which a carrier is not expected to sync. `key` is the form's own: sent twice it is one."""

    __tablename__ = "maintenance_windows"
    __table_args__ = (
        CheckConstraint("begins_at <= ends_at", name="begins_before_it_ends"),
        Index("ix_maintenance_windows_carrier_id", "carrier_id", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    carrier_id: Mapped[int] = mapped_column(ForeignKey("carriers.id"))
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text())
    key: Mapped[str | None] = mapped_column(unique=True)
    planned_by: Mapped[str] = mapped_column(String(32))
    planned_at: Mapped[datetime]


class Sync(Base):
    __tablename__ = "syncs"
    __table_args__ = (
        UniqueConstraint("integration_id", "synced_at"),
        Index("ix_syncs_synced_at", "synced_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id"))
    synced_at: Mapped[datetime]


# Lists are put in order and counted from the indexes alone, so these hold all that takes.
_IN_ORDER = ("rank", "received_at", "id")
_SHOWN = ("integration_id", "state", "returns", "cleared_at")
_AT_PLACE = ("integration_id", *_IN_ORDER, "kind", "assignee", "state", "returns", "cleared_at")


class CarrierMessage(Base):
    """A Failure, Warning or Info from a carrier. The values and the text are masked; there are no raw ones.

    `ref` is what the exchange calls it by now; earlier ids are in `message_refs`. `rank` puts Failures first.
    `state`: open, queued (a resolution is on its way to the exchange) or resolved.
    `resolved_at` keeps the latest resolution even when the message comes back; `returns` counts how often.
    `reached_at`: when we learned that the carrier has synced since. `cleared_at` is set when it is gone: the
    carrier took the correction, or it was closed from outside.
    """

    __tablename__ = "carrier_messages"
    __table_args__ = (
        UniqueConstraint("integration_id", "ref"),
        CheckConstraint("severity IN ('failure', 'warning', 'info')", name="severity"),
        CheckConstraint("state IN ('open', 'queued', 'resolved')", name="state"),
        partial_index(
            "ix_carrier_messages_open",
            "severity",
            "integration_id",
            "received_at",
            "assignee",
            where="state = 'open'",
        ),
        partial_index("ix_carrier_messages_current", *_IN_ORDER, "kind", *_SHOWN, where="cleared_at IS NULL"),
        partial_index("ix_carrier_messages_place", *_AT_PLACE, where="cleared_at IS NULL"),
        partial_index(
            "ix_carrier_messages_kind", "kind", *_IN_ORDER, "assignee", *_SHOWN, where="cleared_at IS NULL"
        ),
        partial_index(
            "ix_carrier_messages_back",
            *_IN_ORDER,
            "kind",
            *_SHOWN,
            where="state = 'open' AND cleared_at IS NULL AND cycles > 0",
        ),
        partial_index(
            "ix_carrier_messages_waiting",
            *_IN_ORDER,
            "kind",
            *_SHOWN,
            where="state != 'open' AND cleared_at IS NULL",
        ),
        partial_index("ix_carrier_messages_resolved", "resolved_at", "id", where="state = 'resolved'"),
        partial_index(
            "ix_carrier_messages_done", "integration_id", "resolved_at", "id", where="state = 'resolved'"
        ),
        partial_index(
            "ix_carrier_messages_reached", "reached_at", where="state = 'resolved' AND cleared_at IS NULL"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str]
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id"))
    severity: Mapped[str] = mapped_column(String(16))
    rank: Mapped[int] = mapped_column(default=lambda row: rank_of(row.get_current_parameters()["severity"]))
    kind: Mapped[str] = mapped_column(String(64))
    employee_ref: Mapped[str | None]
    field: Mapped[str | None] = mapped_column(String(64))
    platform_value: Mapped[str | None]
    carrier_value: Mapped[str | None]
    text: Mapped[str] = mapped_column(Text())
    assignee: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    received_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(String(16))
    resolved_at: Mapped[datetime | None]
    returns: Mapped[int] = mapped_column("cycles", key="returns", default=0, server_default="0")
    reached_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]

    integration: Mapped[Integration] = relationship()


def rank_of(severity: str) -> int:
    return {"failure": 0, "warning": 1}.get(severity, 2)


class Reading(Base):
    """How far one stream of the exchange has been read, and since when it fails.

    `since` is where the next reading starts; `read_at` is the "as of" that people see.
    """

    __tablename__ = "readings"

    stream: Mapped[str] = mapped_column(String(32), primary_key=True)
    since: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(Text())


class SetAsideItem(Base):
    """An unreadable item of the exchange: counted here, shown on the App Home, in nobody's way."""

    __tablename__ = "set_aside_items"
    __table_args__ = (UniqueConstraint("stream", "ref", "reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(String(32))
    ref: Mapped[str]
    reason: Mapped[str]
    times: Mapped[int] = mapped_column(default=1, server_default="1")
    last_at: Mapped[datetime]
