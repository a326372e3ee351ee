"""Each kind of trouble of the store is caused, told apart, and said in words of ours. Fault 23."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from bot.database import make_engine, make_sessions
from services.desk import Sessions
from services.store.people import Seen
from services.store.trouble import Trouble, sentence, trouble_of
from tests.rows import NOW


def trouble_in(engine: Engine, statement: str = "DELETE FROM seen") -> Trouble | None:
    with pytest.raises(SQLAlchemyError) as raised, engine.begin() as connection:
        connection.execute(text(statement))
    return trouble_of(raised.value)


@pytest.fixture
def path(tmp_path: Path, migrated_sqlite: Path) -> Path:
    path = tmp_path / "store.sqlite"
    path.write_bytes(migrated_sqlite.read_bytes())
    return path


@pytest.fixture
def sqlite(path: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


def test_a_full_sqlite_has_no_room_left(sqlite: Engine) -> None:
    many = [{"key": f"{number:0200}", "at": NOW} for number in range(5000)]
    with sqlite.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(DBAPIError) as raised:
            connection.execute(Seen.__table__.insert(), many)
    assert trouble_of(raised.value) is Trouble.FULL


def test_a_sqlite_that_takes_no_changes(path: Path) -> None:
    engine = create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert trouble_in(engine) is Trouble.READ_ONLY
    engine.dispose()


def test_a_sqlite_that_another_process_holds(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 0})
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert trouble_in(engine) is Trouble.LOCKED
    holder.close()
    engine.dispose()


def test_a_sqlite_whose_folder_is_gone(tmp_path: Path) -> None:
    assert trouble_in(create_engine(f"sqlite:///{tmp_path}/nowhere/store.sqlite")) is Trouble.GONE


def test_a_damaged_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"nothing that SQLite wrote " * 100)
    assert trouble_in(create_engine(f"sqlite:///{path}")) is Trouble.DAMAGED


def test_a_sqlite_whose_disk_fails_is_broken() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_WRITE"
    assert trouble_of(DBAPIError("", None, error)) is Trouble.BROKEN


@pytest.mark.parametrize("statement", ["DELETE FROM of_tomorrow", "SELECT of_tomorrow FROM seen"])
def test_a_store_of_another_release(engine: Engine, statement: str) -> None:
    assert trouble_in(engine, statement) is Trouble.OTHER_SCHEMA


def test_a_postgresql_that_takes_no_changes(postgres: str) -> None:
    engine = make_engine(postgres)
    assert trouble_in(engine, "SET TRANSACTION READ ONLY; DELETE FROM seen") is Trouble.READ_ONLY
    engine.dispose()


def test_a_postgresql_whose_rows_another_holds(postgres: str) -> None:
    engine = make_engine(postgres)
    with engine.begin() as holder:
        holder.execute(text("LOCK TABLE seen"))
        assert trouble_in(engine, "SET lock_timeout = 1; DELETE FROM seen") is Trouble.LOCKED
    engine.dispose()


def test_a_postgresql_that_ends_our_connection(postgres: str) -> None:
    engine = make_engine(postgres)
    ending = "SELECT pg_terminate_backend(pg_backend_pid())"
    assert trouble_in(engine, ending) in {Trouble.RECOVERING, Trouble.GONE}
    engine.dispose()


def test_a_postgresql_that_is_not_there() -> None:
    assert trouble_in(make_engine("postgresql://lastsync@127.0.0.1:1/lastsync")) is Trouble.GONE


def test_a_pool_that_is_used_up(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}", pool_size=1, max_overflow=0, pool_timeout=0.01)
    with engine.connect():
        assert trouble_in(engine) is Trouble.CROWDED
    engine.dispose()


class Refused(psycopg.OperationalError):
    """What a server answers that refuses a connection: it has no code, only words."""


@pytest.mark.parametrize(
    ("words", "trouble"),
    [
        ("FATAL:  sorry, too many clients already", Trouble.CROWDED),
        ("FATAL:  remaining connection slots are reserved for roles with", Trouble.CROWDED),
        ("FATAL:  the database system is starting up", Trouble.RECOVERING),
        ("FATAL:  the database system is shutting down", Trouble.RECOVERING),
        ("FATAL:  the database system is in recovery mode", Trouble.RECOVERING),
    ],
)
def test_a_postgresql_that_refuses_a_connection_says_why(words: str, trouble: Trouble) -> None:
    assert trouble_of(DBAPIError("", None, Refused(words))) is trouble


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        (psycopg.errors.DiskFull, Trouble.FULL),
        (psycopg.errors.TooManyConnections, Trouble.CROWDED),
        (psycopg.errors.CannotConnectNow, Trouble.RECOVERING),
        (psycopg.errors.DeadlockDetected, Trouble.LOCKED),
        (psycopg.errors.IoError, Trouble.BROKEN),
        (psycopg.errors.DataCorrupted, Trouble.DAMAGED),
        (psycopg.errors.ConnectionFailure, Trouble.GONE),
        (psycopg.errors.UniqueViolation, None),
    ],
)
def test_a_code_of_postgresql_is_known(code: type[psycopg.Error], trouble: Trouble | None) -> None:
    assert trouble_of(DBAPIError("", None, code("words of the driver"))) is trouble


def test_a_mistake_in_what_was_asked_is_no_trouble_of_the_stores(sessions: Sessions) -> None:
    with pytest.raises(SQLAlchemyError) as raised, sessions.write() as session:
        session.execute(Seen.__table__.insert(), [{"key": "a", "at": NOW}, {"key": "a", "at": NOW}])
    assert trouble_of(raised.value) is None
    assert trouble_of(ValueError("of ours")) is None


@pytest.mark.parametrize("trouble", Trouble)
def test_each_sentence_says_that_nothing_was_done_and_the_next_step(trouble: Trouble) -> None:
    said = sentence(trouble)
    assert said.startswith(f"Nothing was done: Lastsync's store {trouble}. ")
    assert "again" in said


def test_no_error_of_the_store_holds_what_was_to_be_written(engine: Engine) -> None:
    """On SQLite as on PostgreSQL: parameters are hidden."""
    private: dict[str, Any] = {"key": "Ana Lee 123-45-6789", "at": NOW}
    sessions = make_sessions(engine)
    with pytest.raises(SQLAlchemyError) as raised, sessions.write() as session:
        _twice(session, private)
    assert "Ana Lee" not in str(raised.value).partition("DETAIL")[0]
    assert "parameters hidden" in str(raised.value)


def _twice(session: Session, values: dict[str, Any]) -> None:
    for _ in range(2):
        session.execute(Seen.__table__.insert().values(values))
