"""The time that replicas agree on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from bot.clock import StoreClock
from bot.database import make_engine
from tests.rows import NOW

SKEWS = [timedelta(minutes=-5), timedelta(0), timedelta(minutes=5)]


@pytest.fixture
def server(postgres: str) -> Iterator[Engine]:
    engine = make_engine(postgres)
    yield engine
    engine.dispose()


def skewed(by: timedelta) -> Callable[[], datetime]:
    return lambda: datetime.now(UTC) + by


@dataclass
class Steady:
    """Counts seconds; each look at it takes `step` of them."""

    at: float = 100.0
    step: float = 0.0

    def __call__(self) -> float:
        self.at += self.step
        return self.at


@pytest.mark.parametrize("skew", SKEWS, ids=str)
def test_replicas_whose_clocks_are_wrong_agree_on_the_databases(server: Engine, skew: timedelta) -> None:
    """Fault 14."""
    clock = StoreClock(server, machine=skewed(skew))
    assert clock.measure() > 0
    with server.connect() as connection:
        said = connection.execute(select(func.clock_timestamp())).scalar_one()
    assert abs(clock() - said) < timedelta(seconds=0.5)


def test_a_clock_that_is_set_while_it_runs_changes_nothing(server: Engine) -> None:
    """Fault 14: from the measurement on, the machine's clock is not looked at."""
    wrong = [timedelta(0)]
    clock = StoreClock(server, machine=lambda: datetime.now(UTC) + wrong[0])
    clock.measure()
    before = clock()
    wrong[0] = timedelta(minutes=5)
    assert timedelta(0) <= clock() - before < timedelta(seconds=1)


def test_it_counts_on_steadily(server: Engine) -> None:
    steady = Steady()
    clock = StoreClock(server, steady=steady)
    clock.measure()
    before = clock()
    steady.at += 30
    assert clock() - before == timedelta(seconds=30)


def test_on_sqlite_it_is_the_machines_clock(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/store.db")
    clock = StoreClock(engine, machine=lambda: NOW)
    assert (clock.measure(), clock()) == (0, NOW)
    engine.dispose()


def test_before_the_first_measurement_it_is_the_machines_clock(server: Engine) -> None:
    assert StoreClock(server, machine=lambda: NOW)() == NOW


def test_a_database_that_does_not_answer_leaves_what_is_known() -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:1/none")
    clock = StoreClock(engine, machine=lambda: NOW)
    assert (clock.measure(), clock()) == (0, NOW)
    engine.dispose()


def test_a_slow_answer_is_no_better_than_what_is_known(server: Engine) -> None:
    steady = Steady()
    clock = StoreClock(server, machine=lambda: NOW, steady=steady)
    clock.measure()
    before, steady.step = clock(), 2.0
    clock.measure()
    steady.step = 0
    assert clock() == before + timedelta(seconds=steady.at - 100)


def test_the_first_measurement_is_taken_however_slow(server: Engine) -> None:
    clock = StoreClock(server, machine=lambda: NOW, steady=Steady(step=2.0))
    clock.measure()
    assert abs(clock() - datetime.now(UTC)) < timedelta(minutes=1)


def test_half_of_the_round_trip_is_counted(server: Engine) -> None:
    steady = Steady(step=0.2)
    clock = StoreClock(server, steady=steady)
    started = time.time()
    clock.measure()
    steady.step = 0
    # Two looks at the clock for each sample: the first sample is taken between 100.2 and 100.4.
    assert clock().timestamp() - started == pytest.approx(steady.at - 100.3, abs=0.5)
