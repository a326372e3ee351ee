"""Alerts, their stories and subscriptions

Revision: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.store.base import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _cards()
    _alerts()
    _integrations()
    _stories()
    _subscriptions()
    _zones()


def _cards() -> None:
    op.drop_index("ix_cards_unposted", table_name="cards")
    with op.batch_alter_table("cards") as batch:
        batch.add_column(sa.Column("under", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("aloud", sa.Boolean(), server_default=sa.text("false"), nullable=False))
        batch.add_column(sa.Column("rank", sa.Integer(), server_default="5", nullable=False))
        batch.create_foreign_key(op.f("fk_cards_under_cards"), "cards", ["under"], ["id"])
    for name, columns, where in (
        ("ix_cards_unposted", ["channel_id", "rank", "wanted_at", "id"], "due_at IS NOT NULL AND ts IS NULL"),
        ("ix_cards_under", ["under"], "under IS NOT NULL"),
        ("ix_cards_set_aside", ["wanted_at"], "due_at IS NULL AND failure IS NOT NULL"),
    ):
        condition = sa.text(where)
        op.create_index(name, "cards", columns, postgresql_where=condition, sqlite_where=condition)


def _alerts() -> None:
    with op.batch_alter_table("alerts") as batch_op:
        batch_op.add_column(sa.Column("detail", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("heard", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("note", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("snoozed_until", UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("snoozed_by", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("wake_at", UTCDateTime(timezone=True), nullable=True))
        batch_op.alter_column("carrier_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index("ix_alerts_kind_cause", ["kind", "cause", "closed_at"], unique=False)
        batch_op.create_index(
            "ix_alerts_wake_at",
            ["wake_at"],
            unique=False,
            postgresql_where=sa.text("wake_at IS NOT NULL"),
            sqlite_where=sa.text("wake_at IS NOT NULL"),
        )
    with op.batch_alter_table("channels") as batch_op:
        batch_op.add_column(sa.Column("told_at", UTCDateTime(timezone=True), nullable=True))


def _stories() -> None:
    op.create_table(
        "samples",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samples")),
        sa.UniqueConstraint("key", name=op.f("uq_samples_key")),
    )
    op.create_table(
        "mutes",
        sa.Column("integration_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"], ["integrations.id"], name=op.f("fk_mutes_integration_id_integrations")
        ),
        sa.PrimaryKeyConstraint("integration_id", name=op.f("pk_mutes")),
    )
    op.create_table(
        "alert_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("slot", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alert_events_alert_id_alerts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_events")),
        sa.UniqueConstraint("alert_id", "what", "slot", name=op.f("uq_alert_events_alert_id_what_slot")),
    )


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("mention", sa.String(length=32), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("digest_at", sa.Time(), nullable=True),
        sa.Column("next_digest_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("form_key", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("form_key", name=op.f("uq_subscriptions_form_key")),
    )
    with op.batch_alter_table("subscriptions") as batch_op:
        batch_op.create_index("ix_subscriptions_channel_id", ["channel_id"], unique=False)
        batch_op.create_index(
            "ix_subscriptions_digest",
            ["next_digest_at"],
            unique=False,
            postgresql_where=sa.text("next_digest_at IS NOT NULL"),
            sqlite_where=sa.text("next_digest_at IS NOT NULL"),
        )
    op.create_table(
        "digests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_digests_subscription_id_subscriptions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("subscription_id", "day", name=op.f("uq_digests_subscription_id_day")),
    )
    op.create_table(
        "subscriptions_carriers",
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("carrier_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["carrier_id"], ["carriers.id"], name=op.f("fk_subscriptions_carriers_carrier_id_carriers")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_subscriptions_carriers_subscription_id_subscriptions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscription_id", "carrier_id", name=op.f("pk_subscriptions_carriers")),
    )
    op.create_table(
        "subscriptions_employers",
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("employer_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employer_id"], ["employers.id"], name=op.f("fk_subscriptions_employers_employer_id_employers")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_subscriptions_employers_subscription_id_subscriptions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscription_id", "employer_id", name=op.f("pk_subscriptions_employers")),
    )


def _integrations() -> None:
    condition = sa.text("due_at IS NOT NULL")
    op.create_index(
        "ix_integrations_carrier_due",
        "integrations",
        ["carrier_id", "due_at", "lost_at"],
        postgresql_where=condition,
        sqlite_where=condition,
    )
    # Pending ones are looked at from now on; when for the next time, the first look says.
    op.execute("UPDATE integrations SET watch_at = configured_at WHERE status = 'pending'")


def _zones() -> None:
    op.create_table(
        "people_zones",
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("read_at", UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_people_zones")),
    )
