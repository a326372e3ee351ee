"""Employees, their attempts and batches

Revision: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.store.base import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing was ever written into these two: no version of Lastsync had a use for them before this one.
    op.drop_table("attempts")
    op.drop_table("employees")
    op.create_table(
        "levels",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("package", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_levels")),
    )
    op.create_table(
        "selections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("everyone", sa.Boolean(), nullable=False),
        sa.Column("ids", sa.JSON(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selections")),
    )
    op.create_index("ix_selections_at", "selections", ["at"])
    _employees()
    _batches()
    _attempts()


def _employees() -> None:
    op.create_table(
        "employees",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employer_id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sought", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=64), nullable=True),
        sa.Column("hr_level", sa.String(length=64), nullable=True),
        sa.Column("leave_date", sa.Date(), nullable=True),
        sa.Column("account_id", sa.String(length=255), nullable=True),
        sa.Column("email_key", sa.String(length=64), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("tried", sa.String(length=64), nullable=True),
        sa.Column("tried_level", sa.String(length=64), nullable=True),
        sa.Column("tried_active", sa.Boolean(), nullable=True),
        sa.Column("lacks", sa.JSON(), nullable=False),
        sa.Column("found_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("gone_at", UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["employer_id"], ["employers.id"], name=op.f("fk_employees_employer_id_employers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employees")),
        sa.UniqueConstraint("employer_id", "ref", name=op.f("uq_employees_employer_id_ref")),
    )
    op.create_index("uq_employees_account_id", "employees", ["account_id"], unique=True)
    op.create_index("ix_employees_email_key", "employees", ["email_key"])


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("because", sa.String(length=16), nullable=False),
        sa.Column("level", sa.String(length=64), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=True),
        sa.Column("asked_by", sa.String(length=32), nullable=True),
        sa.Column("asked_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("told", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("because IN ('sync', 'again', 'level', 'hr')", name=op.f("ck_batches_because")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("key", name=op.f("uq_batches_key")),
    )
    running = sa.text("ended_at IS NULL")
    op.create_index("ix_batches_running", "batches", ["id"], postgresql_where=running, sqlite_where=running)


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("newest", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("origin", sa.String(length=16), nullable=True),
        sa.Column("field", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("asked_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("sent_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("due_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("lease_until", UTCDateTime(timezone=True), nullable=True),
        sa.Column("lease_by", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "state IN ('in_progress', 'successful', 'failed')", name=op.f("ck_attempts_state")
        ),
        sa.CheckConstraint(
            "outcome IN ('linked', 'created', 'updated', 'closed')", name=op.f("ck_attempts_outcome")
        ),
        sa.CheckConstraint("origin IN ('hr', 'benefits')", name=op.f("ck_attempts_origin")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_attempts_batch_id_batches")),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.id"], name=op.f("fk_attempts_employee_id_employees")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    for name, columns, where, unique in (
        ("uq_attempts_newest", ["employee_id"], "newest", True),
        ("uq_attempts_unfinished", ["employee_id"], "state = 'in_progress'", True),
        ("ix_attempts_due", ["due_at", "id"], "due_at IS NOT NULL", False),
    ):
        condition = sa.text(where)
        op.create_index(
            name, "attempts", columns, unique=unique, postgresql_where=condition, sqlite_where=condition
        )
    op.create_index("ix_attempts_employee_id", "attempts", ["employee_id"])
    op.create_index("ix_attempts_batch_id", "attempts", ["batch_id", "state"])
