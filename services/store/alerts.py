"""What people should know until it is over, and where it is shown."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.store.base import Base, Claimable, partial_index


class Kind(StrEnum):
    """`CARRIER`: most of a carrier's integrations are late. `STATUS` is news, and over once it is told."""

    LAST_SYNC = "last_sync"
    CARRIER = "carrier"
    FAILURES = "failures"
    STATUS = "status"
    PENDING = "pending"
    EMPLOYEES = "employees"
    UNREACHABLE = "unreachable"


class Level(StrEnum):
    """Of last_sync and carrier: late, then lost. Of pending: waiting, then overdue. The others have one.

    A status alert's level is the integration's new status.
    """

    LATE = "late"
    LOST = "lost"
    FAILURE = "failure"
    WAITING = "waiting"
    OVERDUE = "overdue"
    STUCK = "stuck"
    FAILED = "failed"
    DOWN = "down"


class Closing(StrEnum):
    """Why an alert is over. `PENDING`, `ACTIVE` and `DISABLED`: the integration's status moved to it."""

    SYNCED = "synced"
    CLEARED = "cleared"
    PENDING = "pending"
    ACTIVE = "active"
    DISABLED = "disabled"
    FOLDED = "folded"  # the carrier's card tells it now
    EXPECTED_LATER = "expected_later"  # its cadence or a maintenance window was set anew
    NOT_LATE = "not_late"  # most of the carrier is on time again
    RECOVERED = "recovered"
    TOLD = "told"  # a status that changed is news, and over once it is told


class Alert(Base):
    """Something people should know until it is over. One open alert per cause: the index says so.

    `cause` names what it is about: `integration:12`,
    `employer:3/carrier:4`, `carrier:4`, `exchange`. `detail` is what its kind needs besides, nothing private.
    `version` grows with every change that a card must show. `routed_at`: when channels were chosen for it,
    `recipients`: how many they were. `added`: how much came after an acknowledgement, and lifted it;
    acknowledging anew sets it to 0. `expected_at` (last_sync, carrier): when the missing sync was late.
    `wake_at`: when something is to be said again: a snooze ends, a Failure is repeated, an acknowledgement
    reminded of.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        partial_index("uq_alerts_open", "kind", "cause", where="closed_at IS NULL", unique=True),
        partial_index("ix_alerts_unrouted", "id", where="routed_at IS NULL AND closed_at IS NULL"),
        partial_index("ix_alerts_wake_at", "wake_at", where="wake_at IS NOT NULL"),
        Index("ix_alerts_employer_id_carrier_id", "employer_id", "carrier_id"),
        Index("ix_alerts_kind_cause", "kind", "cause", "closed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    cause: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(16))
    employer_id: Mapped[int | None] = mapped_column(ForeignKey("employers.id"))
    carrier_id: Mapped[int | None] = mapped_column(ForeignKey("carriers.id"))
    integration_id: Mapped[int | None] = mapped_column(ForeignKey("integrations.id"), index=True)
    detail: Mapped[dict[str, Any] | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    opened_at: Mapped[datetime]
    routed_at: Mapped[datetime | None]
    recipients: Mapped[int] = mapped_column("heard", key="recipients", default=0, server_default="0")
    expected_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(32))
    note: Mapped[str | None] = mapped_column(Text())
    added: Mapped[int] = mapped_column(default=0, server_default="0")
    snoozed_until: Mapped[datetime | None]
    snoozed_by: Mapped[str | None] = mapped_column(String(32))
    wake_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[str | None] = mapped_column(String(16))


class AlertEvent(Base):
    """One step of an alert's story, told in the thread of its cards. `slot`: what repeats happens once.

    `what`: see `services.alerts.timeline`. `detail` is what the sentence needs, nothing private.
    """

    __tablename__ = "alert_events"
    __table_args__ = (UniqueConstraint("alert_id", "what", "slot"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"))
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(16))
    slot: Mapped[str] = mapped_column(String(40))
    by: Mapped[str | None] = mapped_column(String(32))
    detail: Mapped[dict[str, Any]]


class Mute(Base):
    """An integration whose Last Sync alerts are posted nowhere, until somebody wants them back."""

    __tablename__ = "mutes"

    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id"), primary_key=True)
    by: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]


class Subscription(Base):
    """What a channel hears. No employers: all that its owner may see; no carriers: all of them.

    `owner`'s rights at the moment of routing bound it. `quiet_from`, `quiet_until` and `digest_at` are times
    of day in `time_zone`. `next_digest_at`: when its next digest is due. `form_key`: the form that made it.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        Index("ix_subscriptions_channel_id", "channel_id"),
        partial_index("ix_subscriptions_digest", "next_digest_at", where="next_digest_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[str] = mapped_column(String(32))
    kinds: Mapped[list[str]]
    mention: Mapped[str | None] = mapped_column(String(32))
    time_zone: Mapped[str] = mapped_column(String(64))
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    digest_at: Mapped[time | None]
    next_digest_at: Mapped[datetime | None]
    owner: Mapped[str] = mapped_column(String(32))
    form_key: Mapped[str] = mapped_column(unique=True)
    employers: Mapped[list[SubscriptionEmployer]] = relationship(
        cascade="all, delete-orphan", lazy="selectin"
    )
    carriers: Mapped[list[SubscriptionCarrier]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class SubscriptionEmployer(Base):
    __tablename__ = "subscriptions_employers"

    subscription_id: Mapped[int] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True
    )
    employer_id: Mapped[int] = mapped_column(ForeignKey("employers.id"), primary_key=True)


class SubscriptionCarrier(Base):
    __tablename__ = "subscriptions_carriers"

    subscription_id: Mapped[int] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True
    )
    carrier_id: Mapped[int] = mapped_column(ForeignKey("carriers.id"), primary_key=True)


class Digest(Base):
    """One a day for each subscription: the key says so, whatever the number of replicas."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("subscription_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"))
    day: Mapped[date]


class Sample(Base):
    """A card that was asked for with `/carrier-alerts test`."""

    __tablename__ = "samples"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(unique=True)
    by: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]


class Card(Claimable, Base):
    """What a channel must show of one subject: a message that is kept true.

    `subject` is `alert:7` or `change:3`. `wanted` is the version it must show, `shown` the one it shows.
    `wanted_at` is since when it shows too little. `doubtful` marks a post whose outcome is unknown: it is
    looked up before it is repeated. `failure` says why it was put off or, with no `due_at`, set aside.
    `under`: it replies to that card, `broadcast`: the channel shows it too. `rank`: the lower, the sooner.
    """

    __tablename__ = "cards"
    __table_args__ = (
        UniqueConstraint("subject", "channel_id"),
        partial_index("ix_cards_due_at", "due_at", where="due_at IS NOT NULL"),
        partial_index(
            "ix_cards_unposted",
            "channel_id",
            "rank",
            "wanted_at",
            "id",
            where="due_at IS NOT NULL AND ts IS NULL",
        ),
        partial_index("ix_cards_under", "under", where="under IS NOT NULL"),
        partial_index("ix_cards_set_aside", "wanted_at", where="due_at IS NULL AND failure IS NOT NULL"),
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
    under: Mapped[int | None] = mapped_column(ForeignKey("cards.id"))
    broadcast: Mapped[bool] = mapped_column(
        "aloud", key="broadcast", default=False, server_default=text("false")
    )
    rank: Mapped[int] = mapped_column(default=5, server_default="5")

    @property
    def may_show(self) -> bool:
        """Whether the channel shows something of it, as far as we know."""
        return self.ts is not None or self.doubtful


class Channel(Base):
    """A channel's pace, for every replica. `held_until`: Slack asked to wait; `broken_at`: takes no posts.

    `told_at`: when somebody was told that it takes none.
    """

    __tablename__ = "channels"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    next_post_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    broken_at: Mapped[datetime | None]
    broken_code: Mapped[str | None] = mapped_column(String(64))
    told_at: Mapped[datetime | None]
