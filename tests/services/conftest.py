from __future__ import annotations

import pytest

from services.desk import Sessions
from tests.agency import Agency
from tests.rows import Clock, Rows
from tests.services.telling import Telling
from tests.workforce import Workforce


@pytest.fixture
def agency(sessions: Sessions) -> Agency:
    """An agency without anyone in it, on SQLite and on PostgreSQL."""
    return Agency(sessions)


@pytest.fixture
def workforce(sessions: Sessions, clock: Clock) -> Workforce:
    return Workforce(sessions, clock)


@pytest.fixture
def telling(rows: Rows, clock: Clock) -> Telling:
    """The jobs that tell people what they should know, one by one."""
    return Telling(rows, clock)
