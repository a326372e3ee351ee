"""How long work waits: what the other side asks for is kept, within bounds. Fault 20."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import outbox

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LEAST, MOST = outbox.LEAST_PAUSE_S, outbox.MOST_PAUSE_S


@given(st.integers(0, 10_000))
def test_a_pause_is_a_second_at_least_and_some_minutes_at_most(attempts: int) -> None:
    assert timedelta(seconds=1) <= outbox.wait(attempts) <= timedelta(minutes=5)


def test_pauses_grow_and_differ() -> None:
    assert max(outbox.wait(1) for _ in range(50)) < min(outbox.wait(5) for _ in range(50))
    assert len({outbox.wait(5) for _ in range(50)}) > 1


def test_a_pause_that_the_other_side_names_is_kept() -> None:
    assert outbox.wait(9, retry_after=7.5) == timedelta(seconds=7.5)


@given(st.floats())
def test_no_pause_is_taken_beyond_its_bounds_on_anothers_word_alone(named: float) -> None:
    assert LEAST <= outbox.wait(1, named).total_seconds() <= MOST


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("7.5", 7.5),
        ("1e9", MOST),
        ("inf", MOST),
        ("-1", LEAST),
        ("0", LEAST),
        ("nan", None),
        ("", None),
        (None, None),
        ("soon", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW + timedelta(days=9), usegmt=True), MOST),
        (format_datetime(NOW - timedelta(days=9), usegmt=True), LEAST),
        ("Thu, 26 Nov 2026 12:01:30 -0000", None),
        ("Thu, 99 Nov 2026 12:01:30 GMT", None),
    ],
)
def test_a_retry_after_is_read_in_both_its_forms(header: str | None, seconds: float | None) -> None:
    assert outbox.asked_pause(header, NOW) == seconds


@given(st.text())
def test_whatever_a_retry_after_says_it_is_read(header: str) -> None:
    read = outbox.asked_pause(header, NOW)
    assert read is None or LEAST <= read <= MOST
