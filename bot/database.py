"""The engine, the two kinds of session, and migrations. The same code for SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import sessionmaker

from services.desk import Sessions

POOL = 32
BUSY_TIMEOUT_S = 5  # for another process to end its writing
TURN_TIMEOUT_S = 10  # for the other threads of this one to end theirs
MAPPED = 256 * 1024 * 1024  # bytes of the file that all connections share; each has a cache of 2 MB beside it
_MIGRATIONS = Path(__file__).parent / "migrations"


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
        turn=_turns(engine),
    )


def _turns(engine: Engine) -> Callable[[], AbstractContextManager[None]]:
    """SQLite has one writer, and the others look again now and then: of 32 threads, some never get it."""
    return partial(_turn, Lock()) if engine.dialect.name == "sqlite" else nullcontext


@contextmanager
def _turn(lock: Lock) -> Iterator[None]:
    """Whoever waited in vain asks SQLite all the same, which says that it is locked."""
    held = lock.acquire(timeout=TURN_TIMEOUT_S)
    try:
        yield
    finally:
        if held:
            lock.release()


def migrate(engine: Engine) -> None:
    """Bring the schema to head."""
    # A bot that runs never migrates, and so does not carry Alembic's weight.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with _telling(engine), _rebuilding(engine) as connection, connection.begin():
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            mend = "Update Lastsync, or use another database."
            raise SchemaError(f"The database is not of this version: {error}. {mend}") from None


@contextmanager
def _rebuilding(engine: Engine) -> Iterator[Connection]:
    """A connection on which SQLite lets a table be dropped and made anew while others refer to it."""
    with engine.execution_options(lastsync_writes=True).connect() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        if on_sqlite:
            connection.connection.execute("PRAGMA foreign_keys=OFF").close()
        try:
            yield connection
        finally:
            if on_sqlite:
                connection.connection.execute("PRAGMA foreign_keys=ON").close()


def check_schema(engine: Engine) -> None:
    """Raise SchemaError unless the schema is at head."""
    with _telling(engine), engine.connect() as connection:
        current = _revision(connection)
    if current == (needed := head()):
        return
    state = f"is at revision {current}" if current else "has no tables of Lastsync yet"
    mend = "Run 'lastsync migrate', then start again."
    raise SchemaError(f"The database {state}; this version needs {needed}. {mend}")


def head() -> str:
    """The newest revision. Revisions are numbers, and their files are named after them."""
    return max(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


class _telling:  # noqa: N801  a context manager that reads as a verb
    """Turn a driver's error into one line that says what to do."""

    def __init__(self, engine: Engine) -> None:
        self.where = engine.url.render_as_string(hide_password=True)
        is_file = engine.url.get_backend_name() == "sqlite"
        other = "move that file away" if is_file else "start the database and let this machine reach it"
        self.mend = f"Check DATABASE_URL, or {other}."

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, DBAPIError):
            return
        cause = str(error.orig).strip().splitlines()[0] if error.orig else "unknown error"
        raise SchemaError(f"The database {self.where} cannot be used: {cause}. {self.mend}") from None


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
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"mmap_size={MAPPED}"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("lastsync_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
