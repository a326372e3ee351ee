from __future__ import annotations

import pytest
from office import Office
from rows import Clock

from services.desk import Sessions


@pytest.fixture
def office(sessions: Sessions, clock: Clock) -> Office:
    return Office(sessions, clock)
