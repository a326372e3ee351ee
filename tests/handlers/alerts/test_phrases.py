"""The sentences of an alert's thread."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from handlers.alerts.phrases import CLOSED, TOLD, told
from services.alerts.timeline import TimelineCard, What
from services.store.alerts import Closing

AT = datetime(2026, 11, 18, 15, tzinfo=UTC)


def step(what: str, **detail: object) -> str:
    card = TimelineCard(
        1, 2, what, "failures", "Harbor Bakery", "Guardian", None, AT, broadcast=False, detail=detail
    )
    return told(card)


def test_every_step_of_an_alert_has_its_sentence() -> None:
    assert set(TOLD) == set(What)


@pytest.mark.parametrize("because", Closing)
def test_every_way_in_which_an_alert_ends_has_its_sentence(because: Closing) -> None:
    assert CLOSED[because].endswith(".")
    assert step("closed", because=because.value) == f"🟢 Closed. {CLOSED[because]}"


def test_no_two_endings_read_alike() -> None:
    assert len(set(CLOSED.values())) == len(Closing)
