"""The life of a carrier message

Revision: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

from services.store.base import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _carrier_messages()
    _message_refs()
    _bulks()
    _resolutions()
    _escalations()
    _append_only_audit()


def _carrier_messages() -> None:
    with op.batch_alter_table("carrier_messages") as table:
        table.add_column(sa.Column("rank", sa.Integer(), nullable=True))
        table.add_column(sa.Column("reached_at", UTCDateTime(timezone=True), nullable=True))
        table.drop_column("note")
        table.drop_column("resolved_by")
        table.drop_constraint(op.f("ck_carrier_messages_state"), type_="check")
        table.create_check_constraint(
            op.f("ck_carrier_messages_state"), "state IN ('open', 'queued', 'resolved')"
        )
    op.execute(
        "UPDATE carrier_messages SET rank ="
        " CASE severity WHEN 'failure' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END"
    )
    with op.batch_alter_table("carrier_messages") as table:
        table.alter_column("rank", existing_type=sa.Integer(), nullable=False)
        in_order = ["rank", "received_at", "id"]
        shown = ["integration_id", "state", "cycles", "cleared_at"]
        at_place = ["integration_id", *in_order, "kind", "assignee", "state", "cycles", "cleared_at"]
        _index(table, "current", [*in_order, "kind", *shown], "cleared_at IS NULL")
        _index(table, "place", at_place, "cleared_at IS NULL")
        _index(table, "kind", ["kind", *in_order, "assignee", *shown], "cleared_at IS NULL")
        back = "state = 'open' AND cleared_at IS NULL AND cycles > 0"
        _index(table, "back", [*in_order, "kind", *shown], back)
        _index(table, "waiting", [*in_order, "kind", *shown], "state != 'open' AND cleared_at IS NULL")
        _index(table, "resolved", ["resolved_at", "id"], "state = 'resolved'")
        _index(table, "done", ["integration_id", "resolved_at", "id"], "state = 'resolved'")
        _index(table, "reached", ["reached_at"], "state = 'resolved' AND cleared_at IS NULL")


def _index(table: BatchOperations, name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    table.create_index(
        f"ix_carrier_messages_{name}", columns, postgresql_where=condition, sqlite_where=condition
    )


def _message_refs() -> None:
    op.create_table(
        "message_refs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("integration_id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=255), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("updated_at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"], ["integrations.id"], name=op.f("fk_message_refs_integration_id_integrations")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["carrier_messages.id"], name=op.f("fk_message_refs_message_id_carrier_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_refs")),
        sa.UniqueConstraint("integration_id", "ref", name=op.f("uq_message_refs_integration_id_ref")),
    )
    op.create_index(op.f("ix_message_refs_message_id"), "message_refs", ["message_id"])


def _bulks() -> None:
    op.create_table(
        "bulks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.String(length=255), nullable=False),
        sa.Column("requested_by", sa.String(length=32), nullable=False),
        sa.Column("requested_at", UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulks")),
        sa.UniqueConstraint("form_key", name=op.f("uq_bulks_form_key")),
    )


def _resolutions() -> None:
    op.create_table(
        "resolutions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=255), nullable=False),
        sa.Column("bulk_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("extras", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("form_key", sa.String(length=255), nullable=True),
        sa.Column("requested_by", sa.String(length=32), nullable=False),
        sa.Column("requested_as", sa.String(length=16), nullable=True),
        sa.Column("requested_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("settled_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("due_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("lease_until", UTCDateTime(timezone=True), nullable=True),
        sa.Column("lease_by", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("state IN ('queued', 'sent', 'refused')", name=op.f("ck_resolutions_state")),
        sa.CheckConstraint("outcome IN ('platform', 'carrier')", name=op.f("ck_resolutions_outcome")),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulks.id"], name=op.f("fk_resolutions_bulk_id_bulks")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["carrier_messages.id"], name=op.f("fk_resolutions_message_id_carrier_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resolutions")),
        sa.UniqueConstraint("key", name=op.f("uq_resolutions_key")),
    )
    queued, due, many = (
        sa.text("state = 'queued'"),
        sa.text("due_at IS NOT NULL"),
        sa.text("bulk_id IS NOT NULL"),
    )
    op.create_index(
        "uq_resolutions_queued",
        "resolutions",
        ["message_id"],
        unique=True,
        postgresql_where=queued,
        sqlite_where=queued,
    )
    op.create_index(
        "ix_resolutions_due_at", "resolutions", ["due_at"], postgresql_where=due, sqlite_where=due
    )
    op.create_index("ix_resolutions_message_id", "resolutions", ["message_id"])
    op.create_index(
        "ix_resolutions_bulk_id",
        "resolutions",
        ["bulk_id", "state"],
        postgresql_where=many,
        sqlite_where=many,
    )


def _escalations() -> None:
    op.create_table(
        "escalations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("escalated_by", sa.String(length=32), nullable=False),
        sa.Column("escalated_as", sa.String(length=16), nullable=True),
        sa.Column("escalated_at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["carrier_messages.id"], name=op.f("fk_escalations_message_id_carrier_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalations")),
        sa.UniqueConstraint("message_id", "cycle", name=op.f("uq_escalations_message_id_cycle")),
    )


_REFUSAL = "audit events are only ever added"
_ON_SQLITE = """
CREATE TRIGGER audit_events_{verb} BEFORE {verb} ON audit_events
BEGIN SELECT RAISE(ABORT, '{refusal}'); END
"""
_ON_POSTGRESQL = (
    f"""
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$
""",
    """
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events
FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()
""",
)


def _append_only_audit() -> None:
    """The store itself refuses to change or delete what was recorded."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(_ON_SQLITE.format(verb=verb, refusal=_REFUSAL))
        return
    for statement in _ON_POSTGRESQL:
        op.execute(statement)
