"""Alerts, their stories and subscriptions

Revision: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _cards()


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
