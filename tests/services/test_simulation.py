"""The aims of the alerts, held by a small run of the simulation: `python -m tests.services.simulation`."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cadence import expectation
from tests.services import simulation
from tests.services.simulation import MIX, RULES, Score, learnt, quantile, simulate, total, year

YEARS = 600


@pytest.fixture(scope="module")
def scores() -> dict[str, Score]:
    return simulate(YEARS, 1, {"Lastsync": learnt})["Lastsync"]


def test_a_false_alarm_comes_once_in_twenty_years_at_most(scores: dict[str, Score]) -> None:
    assert total(scores).years > 0.95 * YEARS
    assert total(scores).false_a_year <= 0.05


def test_half_of_the_outages_are_known_within_twelve_hours_and_nearly_all_within_sixty(
    scores: dict[str, Score],
) -> None:
    delays = total(scores).delays
    assert quantile(delays, 0.5) < 12
    assert quantile(delays, 0.95) < 60


@pytest.mark.parametrize("habit", ["daily", "working days", "3 or 4 weekdays"])
def test_carriers_that_sync_often_hardly_ever_raise_a_false_alarm(
    scores: dict[str, Score], habit: str
) -> None:
    assert scores[habit].false_a_year <= 0.03
    assert quantile(scores[habit].delays, 0.95) < 12


def test_the_rules_without_a_calendar_do_worse() -> None:
    by_rule = {name: total(each) for name, each in simulate(60, 2, RULES).items()}
    ours = by_rule.pop("Lastsync")
    assert all(each.false_a_year > 5 * ours.false_a_year for each in by_rule.values())


def test_the_same_seed_gives_the_same_figures() -> None:
    first, again = (total(simulate(20, 3, {"Lastsync": learnt})["Lastsync"]) for _ in range(2))
    assert (first.false, first.delays) == (again.false, again.delays)


@pytest.mark.parametrize("make", MIX, ids=lambda make: make.__name__)
def test_each_year_has_one_outage_and_no_sync_in_it(make: simulation.Make) -> None:
    for seed in range(10):
        one = year(make, random.Random(seed))  # noqa: S311  the same each time
        missed = [each for each in one.syncs if one.last_good < each < one.first_missed]
        assert one.judged < one.first_missed <= one.unforgiven
        assert missed == []
        assert max(one.syncs) > one.unforgiven


@given(st.lists(st.integers(0, 100 * 24 * 60), min_size=1, max_size=60))
def test_nobody_is_late_sooner_after_a_sync_than_the_simulation_looks(minutes: list[int]) -> None:
    last = datetime(2026, 11, 21, 12, tzinfo=UTC)
    history = [last - timedelta(minutes=each) for each in (0, *minutes)]
    found = expectation.expect(history, time_zone="America/New_York", active_at=None, now=last)
    assert found.due_at
    assert found.due_at - last >= simulation.SHORTEST
