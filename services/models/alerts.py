"""What people should know until it is over, and where it is shown."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.base import Base, Claimable, partial_index


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
    `under`: it is a reply to that card, `aloud` one that the channel shows too. `rank`: lower is posted sooner.
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
    aloud: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    rank: Mapped[int] = mapped_column(default=5, server_default="5")

    @property
    def may_show(self) -> bool:
        """Whether the channel shows something of it, as far as we know."""
        return self.ts is not None or self.doubtful


class Channel(Base):
    """A channel's pace, for every replica. `held_until`: Slack asked to wait; `broken_at`: takes no posts."""

    __tablename__ = "channels"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    next_post_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    broken_at: Mapped[datetime | None]
    broken_code: Mapped[str | None] = mapped_column(String(64))
