"""The store. Uniqueness that the rules rest on is here, in the schema, not in the code that writes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.base import Base, Claimable, partial_index


class Employer(Base):
    __tablename__ = "employers"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Carrier(Base):
    __tablename__ = "carriers"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    time_zone: Mapped[str] = mapped_column(String(64))


class Integration(Base):
    """One employer's plan with one carrier. `due_at`, `lost_at` and `watch_at` are set on Active rows alone.

    `due_at`: when the next sync is late; `lost_at`: when it is lost. Both are computed when a sync arrives.
    `watch_at`: when the freshness job must look at it next; None once its alert says all there is to say.
    """

    __tablename__ = "integrations"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'active', 'disabled')", name="status"),
        partial_index("ix_integrations_due_at", "due_at", "lost_at", where="due_at IS NOT NULL"),
        partial_index("ix_integrations_watch_at", "watch_at", where="watch_at IS NOT NULL"),
        Index("ix_integrations_employer_id_carrier_id", "employer_id", "carrier_id"),
        Index("ix_integrations_carrier_id", "carrier_id"),
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
    due_at: Mapped[datetime | None]
    lost_at: Mapped[datetime | None]
    watch_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]

    employer: Mapped[Employer] = relationship()
    carrier: Mapped[Carrier] = relationship()


class Sync(Base):
    __tablename__ = "syncs"
    __table_args__ = (
        UniqueConstraint("integration_id", "synced_at"),
        Index("ix_syncs_synced_at", "synced_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id"))
    synced_at: Mapped[datetime]


class CarrierMessage(Base):
    """A Failure, Warning or Info from a carrier. The values and the text are masked; there are no raw ones.

    `resolved_at` keeps the latest resolution even when the message comes back; `cycles` counts those returns.
    `cleared_at` is set when it is gone: the carrier took the correction, or it was closed from outside.
    """

    __tablename__ = "carrier_messages"
    __table_args__ = (
        UniqueConstraint("integration_id", "ref"),
        CheckConstraint("severity IN ('failure', 'warning', 'info')", name="severity"),
        CheckConstraint("state IN ('open', 'resolved')", name="state"),
        partial_index(
            "ix_carrier_messages_open",
            "severity",
            "integration_id",
            "received_at",
            "assignee",
            where="state = 'open'",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str]
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id"))
    severity: Mapped[str] = mapped_column(String(16))
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
    note: Mapped[str | None] = mapped_column(Text())
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(String(64))
    cycles: Mapped[int] = mapped_column(default=0, server_default="0")
    cleared_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]

    integration: Mapped[Integration] = relationship()


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


class Alert(Base):
    """Something people should know until it is over. One open alert per cause: the index says so.

    `kind`: last_sync or failures. `level`: late or lost (last_sync), failure (failures).
    `cause` names what it is about: `integration:12`, `employer:3/carrier:4`.
    `version` grows with every change that a card must show. `routed_at`: when channels were chosen for it.
    `added`: how much came after an acknowledgement, and lifted it. Acknowledging anew sets it to 0.
    `expected_at` (last_sync): when the missing sync was late. `closed_because`: synced, pending or disabled
    (last_sync), cleared, pending or disabled (failures).
    """

    __tablename__ = "alerts"
    __table_args__ = (
        partial_index("uq_alerts_open", "kind", "cause", where="closed_at IS NULL", unique=True),
        partial_index("ix_alerts_unrouted", "id", where="routed_at IS NULL AND closed_at IS NULL"),
        Index("ix_alerts_employer_id_carrier_id", "employer_id", "carrier_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    cause: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(16))
    employer_id: Mapped[int | None] = mapped_column(ForeignKey("employers.id"))
    carrier_id: Mapped[int] = mapped_column(ForeignKey("carriers.id"))
    integration_id: Mapped[int | None] = mapped_column(ForeignKey("integrations.id"), index=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    opened_at: Mapped[datetime]
    routed_at: Mapped[datetime | None]
    expected_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(32))
    added: Mapped[int] = mapped_column(default=0, server_default="0")
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[str | None] = mapped_column(String(16))


class Card(Claimable, Base):
    """What a channel must show of one subject: a message that is kept true.

    `subject` is `alert:7` or `change:3`. `wanted` is the version it must show, `shown` the one it shows.
    `wanted_at` is since when it shows too little. `doubtful` marks a post whose outcome is unknown: it is
    looked up before it is repeated. `failure` says why it was put off or, with no `due_at`, set aside.
    """

    __tablename__ = "cards"
    __table_args__ = (
        UniqueConstraint("subject", "channel_id"),
        partial_index("ix_cards_due_at", "due_at", where="due_at IS NOT NULL"),
        partial_index(
            "ix_cards_unposted", "channel_id", "wanted_at", where="due_at IS NOT NULL AND ts IS NULL"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(36), unique=True)
    subject: Mapped[str] = mapped_column(String(64))
    channel_id: Mapped[str] = mapped_column(String(32))
    wanted: Mapped[int]
    shown: Mapped[int] = mapped_column(default=0, server_default="0")
    ts: Mapped[str | None] = mapped_column(String(32))
    doubtful: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    wanted_at: Mapped[datetime]
    failure: Mapped[str | None]


class Channel(Base):
    """A channel's pace, for every replica. `held_until`: Slack asked to wait; `broken_at`: takes no posts."""

    __tablename__ = "channels"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    next_post_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    broken_at: Mapped[datetime | None]
    broken_code: Mapped[str | None] = mapped_column(String(64))


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


class Seen(Base):
    """A form that was taken: its view's id. When Slack delivers it again, it finds its row and stops."""

    __tablename__ = "seen"
    __table_args__ = (Index("ix_seen_at", "at"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
