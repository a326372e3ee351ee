"""Finding a time zone by what people call it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from handlers.kit import limits, zones


def test_the_zones_of_the_country_come_first() -> None:
    assert zones.matching("")[:2] == [
        ("America/New_York", "Eastern (New York)"),
        ("America/Chicago", "Central (Chicago)"),
    ]


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("pacific los", "America/Los_Angeles"),
        ("EASTERN", "America/New_York"),
        ("lisbon", "Europe/Lisbon"),
        ("america/new_york", "America/New_York"),
        ("utc", "UTC"),
    ],
)
def test_a_zone_is_found_by_its_usual_name_its_city_or_its_own(typed: str, zone: str) -> None:
    assert zones.matching(typed)[0][0] == zone


def test_nothing_is_found_for_what_is_no_zone() -> None:
    assert zones.matching("atlantis") == []


def test_each_offered_zone_exists_and_fits_into_an_option() -> None:
    offered = zones._all()
    assert len(zones.matching("")) == limits.SELECT_OPTIONS
    for zone, label in offered:
        assert ZoneInfo(zone)
        assert 0 < len(label) <= limits.OPTION_TEXT
    assert len({zone for zone, _ in offered}) == len(offered)
