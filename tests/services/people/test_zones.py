from __future__ import annotations

from datetime import timedelta

import pytest

from services.people import zones
from services.times import DEFAULT_ZONE
from tests.rows import Clock, Rows


def kept(rows: Rows, clock: Clock, user_id: str, zone: str | None) -> str:
    with rows.sessions.write() as session:
        zones.keep(session, clock(), user_id, zone)
    with rows.sessions.read() as session:
        return zones.zone_of(session, user_id)


def to_read(rows: Rows, clock: Clock, *admins: str) -> list[str]:
    with rows.sessions.read() as session:
        return zones.to_read(session, clock(), admins)


@pytest.mark.parametrize(
    ("said", "zone"), [("America/Denver", "America/Denver"), (None, DEFAULT_ZONE), ("Moon", DEFAULT_ZONE)]
)
def test_what_slack_says_is_kept_if_it_is_a_zone(rows: Rows, clock: Clock, said: str, zone: str) -> None:
    assert kept(rows, clock, "U1", said) == zone


def test_what_is_no_zone_leaves_the_one_that_is_known(rows: Rows, clock: Clock) -> None:
    kept(rows, clock, "U1", "America/Denver")
    assert kept(rows, clock, "U1", None) == "America/Denver"
    assert kept(rows, clock, "U1", "Europe/Berlin") == "Europe/Berlin"


def test_everybody_is_read_once_a_day(rows: Rows, clock: Clock) -> None:
    rows.person("U1", "broker")
    assert to_read(rows, clock, "U0ADMIN") == ["U0ADMIN", "U1"]
    kept(rows, clock, "U1", "America/Denver")
    kept(rows, clock, "U0ADMIN", None)
    assert to_read(rows, clock, "U0ADMIN") == []
    clock.at += timedelta(days=1)
    assert to_read(rows, clock, "U0ADMIN") == ["U0ADMIN", "U1"]


def test_few_are_asked_about_at_a_time(rows: Rows, clock: Clock) -> None:
    for number in range(30):
        rows.person(f"U{number:02}", "broker")
    assert len(to_read(rows, clock)) == zones.MOST
