"""All of Lastsync, started once for each module of journeys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.whole import Whole, running


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with running(tmp_path_factory.mktemp("whole"), paced=False) as started:
        yield started
