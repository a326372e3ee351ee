"""What every test may ask for: a store of either kind, the time, and rows to put into it.

Heavy things are imported where they are made.
"""

# ruff: noqa: PLC0415  a test that needs no store pays for none

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from services.desk import Sessions
    from tests.rows import Clock, Rows

# Speed is shown by the bench: on a busy machine a slow example or a slow generation says nothing.
settings.register_profile("lastsync", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lastsync")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--storm", type=int, default=1000, help="how much changes in tests/replicas/test_storm.py"
    )
    parser.addoption("--seed-of-storm", type=int, default=1, help="another number is another storm")


@pytest.fixture
def now() -> datetime:
    from tests.rows import NOW

    return NOW


@pytest.fixture
def clock() -> Clock:
    from tests.rows import Clock

    return Clock()


@pytest.fixture
def rows(sessions: Sessions, now: datetime) -> Rows:
    from tests.rows import Rows

    return Rows(sessions, now)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL with an empty, migrated database. One for each test process."""
    from bot.database import make_engine, migrate
    from tests.postgresql import running

    with running() as server:
        url: str = server.get_uri()
        engine = make_engine(url)
        migrate(engine)
        engine.dispose()
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty, migrated store, for this test alone."""
    if request.param == "sqlite":
        return _copy_of_sqlite(request, tmp_path)
    url: str = request.getfixturevalue("postgres")
    _empty(url)
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    from bot.database import make_engine

    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    from bot.database import make_sessions

    return make_sessions(engine)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from bot.database import make_engine, migrate

    path = tmp_path_factory.mktemp("store") / "migrated.sqlite"
    engine = make_engine(f"sqlite:///{path}")
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


def _copy_of_sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    path = tmp_path / "lastsync.sqlite"
    shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
    return f"sqlite:///{path}"


def _empty(url: str) -> None:
    from bot.database import make_engine

    engine = make_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(_emptying())
    engine.dispose()


@cache
def _emptying() -> str:
    """Deleting a test's few rows costs a tenth of TRUNCATE, which makes every table and index a new file.

    As a replica does it: without the triggers that keep the audit log, or the keys between tables.
    """
    from services.store.exchange import Integration

    deletes = [str(table.delete()) for table in Integration.metadata.tables.values()]
    restarts = "SELECT setval(seqrelid, 1, false) FROM pg_sequence"
    return "; ".join(["SET LOCAL session_replication_role = replica", *deletes, restarts])
