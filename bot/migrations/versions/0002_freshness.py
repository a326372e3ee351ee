"""What freshness learns and is told

Revision: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.store.base import UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_WAITING = sa.text("recompute_after IS NOT NULL")


def upgrade() -> None:
    _cadence_overrides()
    _maintenance_windows()
    with op.batch_alter_table("integrations") as batch_op:
        batch_op.add_column(sa.Column("next_at", UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("cadence", sa.JSON(), nullable=True))
        batch_op.drop_index("ix_integrations_carrier_id")
        batch_op.create_index("ix_integrations_carrier_id_id", ["carrier_id", "id"])
    with op.batch_alter_table("carriers") as batch_op:
        batch_op.add_column(sa.Column("cadence", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("recompute_after", sa.Integer(), nullable=True))
        batch_op.create_index(
            "ix_carriers_recompute_after", ["id"], postgresql_where=_WAITING, sqlite_where=_WAITING
        )
    # What is expected of every integration is computed anew, in parts, by the freshness job.
    op.execute("UPDATE carriers SET recompute_after = 0")


def _cadence_overrides() -> None:
    op.create_table(
        "cadence_overrides",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("carrier_id", sa.Integer(), nullable=True),
        sa.Column("integration_id", sa.Integer(), nullable=True),
        sa.Column("choice", sa.JSON(), nullable=False),
        sa.Column("set_by", sa.String(length=32), nullable=False),
        sa.Column("set_at", UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(carrier_id IS NULL) <> (integration_id IS NULL)", name=op.f("ck_cadence_overrides_of_one")
        ),
        sa.ForeignKeyConstraint(
            ["carrier_id"], ["carriers.id"], name=op.f("fk_cadence_overrides_carrier_id_carriers")
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_cadence_overrides_integration_id_integrations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cadence_overrides")),
        sa.UniqueConstraint("carrier_id", name=op.f("uq_cadence_overrides_carrier_id")),
        sa.UniqueConstraint("integration_id", name=op.f("uq_cadence_overrides_integration_id")),
    )


def _maintenance_windows() -> None:
    op.create_table(
        "maintenance_windows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("carrier_id", sa.Integer(), nullable=False),
        sa.Column("begins_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=True),
        sa.Column("planned_by", sa.String(length=32), nullable=False),
        sa.Column("planned_at", UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("begins_at <= ends_at", name=op.f("ck_maintenance_windows_begins_before_it_ends")),
        sa.ForeignKeyConstraint(
            ["carrier_id"], ["carriers.id"], name=op.f("fk_maintenance_windows_carrier_id_carriers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_windows")),
        sa.UniqueConstraint("key", name=op.f("uq_maintenance_windows_key")),
    )
    op.create_index("ix_maintenance_windows_carrier_id", "maintenance_windows", ["carrier_id", "ends_at"])
