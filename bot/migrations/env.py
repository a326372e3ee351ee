"""Alembic's environment. The connection comes from `bot.database.migrate`, or from the tests."""

from __future__ import annotations

from alembic import context

from services.store.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    user_module_prefix="",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
