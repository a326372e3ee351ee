"""The engine, the two kinds of session, and migrations. The same code for SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import sessionmaker

from services.desk import Sessions

POOL = 32
BUSY_TIMEOUT_S = 5


class SchemaError(Exception):
    """The store cannot be used as it is. The text is one line that says how to mend it."""


def make_engine(url: str) -> Engine:
    """Make an engine. Nothing is connected yet; parameters never appear in its errors."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url)
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    return create_engine(
        parsed, hide_parameters=True, pool_size=POOL, max_overflow=8, pool_pre_ping=True, pool_timeout=2
    )


def make_sessions(engine: Engine) -> Sessions:
    writing = engine.execution_options(lastsync_writes=True)
    return Sessions(
        reading=sessionmaker(engine, expire_on_commit=False),
        writing=sessionmaker(writing, expire_on_commit=False),
    )


def migrate(engine: Engine) -> None:
    """Bring the schema to head."""
    with _telling(engine), engine.execution_options(lastsync_writes=True).begin() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_schema(engine: Engine) -> None:
    """Raise SchemaError unless the schema is at head."""
    with _telling(engine), engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory.from_config(_alembic()).get_current_head()
    if current == head:
        return
    state = f"is at revision {current}" if current else "has no tables of Lastsync yet"
    mend = "Run 'lastsync migrate', then start again."
    raise SchemaError(f"The database {state}; this version needs {head}. {mend}")


class _telling:  # noqa: N801  a context manager that reads as a verb
    """Turn a driver's error into one line that says what to do."""

    def __init__(self, engine: Engine) -> None:
        self.where = engine.url.render_as_string(hide_password=True)

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, CommandError):
            mend = "Update Lastsync, or use another database."
            raise SchemaError(f"The database {self.where} is not of this version: {error}. {mend}") from None
        if not isinstance(error, DBAPIError):
            return
        cause = str(error.orig).strip().splitlines()[0] if error.orig else "unknown error"
        mend = "Check DATABASE_URL, or move that file away."
        raise SchemaError(f"The database {self.where} cannot be used: {cause}. {mend}") from None


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=POOL,
        max_overflow=8,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    )
    event.listen(engine, "connect", _pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _pragmas(connection: sqlite3.Connection, record: object) -> None:
    del record
    # The driver's own BEGIN comes too late for a write lock; `_begin` says it instead.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("lastsync_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
