"""The table of jobs: each runs at once, keeps its interval, and one that fails harms no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event

import pytest

from bot.scheduler import Job, Scheduler
from bot.telemetry import Metrics
from tests.bot.patience import eventually

OFTEN = timedelta(seconds=0.05)
SOON = timedelta(seconds=2)
Start = Callable[..., Scheduler]


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[Scheduler] = []

    def begin(*jobs: Job) -> Scheduler:
        scheduler = Scheduler(list(jobs), Metrics())
        running.append(scheduler)
        scheduler.start()
        return scheduler

    yield begin
    for scheduler in running:
        scheduler.stop(SOON)


def runs(scheduler: Scheduler, job: str, outcome: str) -> float:
    labels = {"job": job, "outcome": outcome}
    return scheduler.metrics.registry.get_sample_value("lastsync_job_runs_total", labels) or 0.0


def broken() -> int:
    raise RuntimeError("on purpose")


def test_a_job_runs_at_once_and_counts_what_it_did(start: Start) -> None:
    scheduler = start(Job("poll", lambda: 3, timedelta(hours=1)))
    eventually(lambda: runs(scheduler, "poll", "done") == 1)
    assert scheduler.metrics.registry.get_sample_value("lastsync_job_items_total", {"job": "poll"}) == 3
    assert scheduler.metrics.registry.get_sample_value("lastsync_job_seconds_count", {"job": "poll"}) == 1


def test_a_job_that_fails_is_counted_and_runs_again_beside_the_others(start: Start) -> None:
    scheduler = start(Job("poll", broken, OFTEN), Job("deliver", lambda: 1, OFTEN))
    eventually(lambda: runs(scheduler, "poll", "failed") >= 2 and runs(scheduler, "deliver", "done") >= 2)
    assert scheduler.overdue() == []


def test_a_job_never_runs_beside_itself(start: Start) -> None:
    release = Event()
    scheduler = start(Job("poll", lambda: int(release.wait(5)), OFTEN))
    eventually(lambda: runs(scheduler, "poll", "skipped") >= 2)
    release.set()
    eventually(lambda: runs(scheduler, "poll", "done") >= 1)


def test_a_job_that_is_put_off_does_not_run_at_once(start: Start) -> None:
    scheduler = start(
        Job("prune", lambda: 1, OFTEN, after=timedelta(hours=1)), Job("deliver", lambda: 1, OFTEN)
    )
    eventually(lambda: runs(scheduler, "deliver", "done") >= 3)
    assert runs(scheduler, "prune", "done") == 0


def test_stopping_waits_for_what_runs(start: Start) -> None:
    begun, done = Event(), Event()

    def work() -> int:
        begun.set()
        done.wait(0.2)
        done.set()
        return 1

    scheduler = start(Job("poll", work, timedelta(hours=1)))
    begun.wait(2)
    assert scheduler.stop(SOON)
    assert done.is_set()


def test_stopping_does_not_wait_for_ever(start: Start) -> None:
    begun, release = Event(), Event()

    def work() -> int:
        begun.set()
        return int(release.wait(5))

    scheduler = start(Job("poll", work, timedelta(hours=1)))
    begun.wait(2)
    assert not scheduler.stop(timedelta(seconds=0.1))
    release.set()


def test_a_job_that_has_not_come_to_an_end_for_long_is_overdue() -> None:
    scheduler = Scheduler([Job("poll", lambda: 0, OFTEN)], Metrics(), ticks={"poll": -1e9})
    assert scheduler.overdue() == ["poll"]
