from __future__ import annotations

import pytest

from services.desk import Sessions
from tests.agency import Agency


@pytest.fixture
def agency(sessions: Sessions) -> Agency:
    """An agency without anyone in it, on SQLite and on PostgreSQL."""
    return Agency(sessions)
