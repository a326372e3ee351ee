"""The table of jobs: each runs at once, keeps its interval, and one that fails harms no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event

import pytest

import bot.scheduler
from bot.keeper import Keeper, Kept
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


def test_a_job_that_ends_by_an_exception_is_named_until_it_works_again(start: Start) -> None:
    """With the kind of what went wrong, and nothing that its text may hold."""
    mended = Event()

    def breaks() -> int:
        if not mended.is_set():
            raise ValueError("Ana Lee 123-45-6789")
        return 1

    scheduler = start(Job("poll", breaks, OFTEN), Job("deliver", lambda: 1, OFTEN))
    [failing] = eventually(scheduler.failing)
    assert (failing.job, failing.why) == ("poll", "ValueError")
    assert str(failing).startswith("poll fails since ")
    mended.set()
    eventually(lambda: not scheduler.failing())


def test_since_when_a_job_fails_is_when_it_began_to(start: Start) -> None:
    scheduler = start(Job("poll", broken, OFTEN))
    [first] = eventually(scheduler.failing)
    eventually(lambda: runs(scheduler, "poll", "failed") >= 3)
    assert scheduler.failing() == [first]


def test_a_job_at_one_run_for_a_minute_is_said_with_where_it_stands(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.scheduler, "_STANDSTILL_S", 0.01)
    begun, release = Event(), Event()

    def stand() -> int:
        begun.set()
        return int(release.wait(30))

    scheduler = start(Job("poll", stand, timedelta(hours=1)), Job("deliver", lambda: 1, OFTEN))
    begun.wait(5)
    standing = eventually(scheduler.standing)
    assert list(standing) == ["poll"]
    assert standing["poll"].startswith("bot.scheduler:")
    release.set()
    eventually(lambda: not scheduler.standing())


class Ended(BaseException):
    """What ends a thread, whatever it catches."""


def end_the_timer(scheduler: Scheduler, error: type[BaseException]) -> None:
    def explode() -> None:
        raise error

    scheduler._timer._process_jobs = explode
    scheduler._timer.wakeup()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("error", [Ended, RuntimeError, SystemExit, MemoryError])
def test_jobs_whose_thread_has_ended_run_on_in_a_new_one(start: Start, error: type[BaseException]) -> None:
    scheduler = start(Job("poll", lambda: 1, OFTEN))
    eventually(lambda: runs(scheduler, "poll", "done") >= 1)
    end_the_timer(scheduler, error)
    keeper = Keeper([Kept("jobs", lambda: scheduler.alive, scheduler.revive)], scheduler.metrics, dict)
    eventually(lambda: not scheduler.alive)
    keeper.look()
    assert scheduler.alive
    before = runs(scheduler, "poll", "done")
    eventually(lambda: runs(scheduler, "poll", "done") > before)
    assert (
        scheduler.metrics.registry.get_sample_value("lastsync_revived_threads_total", {"thread": "jobs"}) == 1
    )


def test_a_stopped_scheduler_is_not_revived(start: Start) -> None:
    scheduler = start(Job("poll", lambda: 1, OFTEN))
    scheduler.stop(SOON)
    assert scheduler.alive
