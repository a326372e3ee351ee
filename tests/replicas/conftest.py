from __future__ import annotations

import pytest

from services.desk import Sessions
from tests.replicas.office import Office
from tests.rows import Clock


@pytest.fixture
def office(sessions: Sessions, clock: Clock) -> Office:
    return Office(sessions, clock)
