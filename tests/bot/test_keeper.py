"""A thread that has ended is found by another one, started anew, and said. Fault 24."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from bot.keeper import Keeper, Kept
from bot.telemetry import Metrics
from tests.bot.patience import eventually


class Worker:
    """What is kept: it dies when told to."""

    def __init__(self) -> None:
        self.alive = True
        self.revived = 0
        self.error: type[Exception] | None = None

    def lives(self) -> bool:
        if self.error:
            raise self.error
        return self.alive

    def revive(self) -> None:
        self.revived += 1
        self.alive = True


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def standing() -> dict[str, str]:
    return {}


@pytest.fixture
def keeper(worker: Worker, standing: dict[str, str]) -> Iterator[Keeper]:
    made = Keeper(
        [Kept("worker", worker.lives, worker.revive)], Metrics(), lambda: dict(standing), look_seconds=0.01
    )
    yield made
    made.stop()


def test_what_lives_is_left_alone(keeper: Keeper, worker: Worker) -> None:
    keeper.look()
    assert worker.revived == 0


def test_what_has_ended_is_started_anew_and_said(
    keeper: Keeper, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    keeper.start()
    worker.alive = False
    eventually(lambda: worker.revived == 1)
    eventually(lambda: "The thread of worker had ended" in caplog.text)


@pytest.mark.parametrize("error", [RuntimeError, OSError, ValueError, MemoryError])
def test_whatever_goes_wrong_in_looking_it_looks_on(
    keeper: Keeper, worker: Worker, error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    worker.error = error
    keeper.start()
    eventually(lambda: caplog.text.count("Looking after the threads failed") >= 2)
    worker.error, worker.alive = None, False
    eventually(lambda: worker.revived == 1)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_keeper_that_has_ended_is_found_by_its_job(keeper: Keeper, worker: Worker) -> None:
    worker.error = SystemExit  # type: ignore[assignment]
    keeper.start()
    eventually(lambda: not keeper._thread.is_alive())
    worker.error = None
    assert keeper.keep_alive() == 1
    assert keeper.keep_alive() == 0
    worker.alive = False
    eventually(lambda: worker.revived == 1)


def test_where_a_job_stands_still_is_logged_once(
    keeper: Keeper, standing: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    standing["poll"] = "services.x:3 wait"
    with caplog.at_level(logging.WARNING):
        keeper.look()
        keeper.look()
    assert caplog.text.count("poll has stood still for a minute at services.x:3 wait") == 1
