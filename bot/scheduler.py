"""When each job runs. Every replica runs the same table; the work itself is claimed in the store."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock, Thread, get_ident
from types import FrameType

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MAX_INSTANCES, JobEvent
from apscheduler.schedulers.background import BackgroundScheduler

from bot.telemetry import Metrics
from services.errors import LastsyncError
from services.store.trouble import trouble_of

_OUTCOMES = {EVENT_JOB_EXECUTED: "done", EVENT_JOB_ERROR: "failed", EVENT_JOB_MAX_INSTANCES: "skipped"}
_PATIENCE = timedelta(seconds=60)
_STANDSTILL_S = 60.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """`run` returns how many items it handled. `after` puts the first run off."""

    name: str
    run: Callable[[], int]
    every: timedelta
    after: timedelta = timedelta(0)


@dataclass(frozen=True)
class Failing:
    """A job whose last run came to its end by an exception. `why` holds no text of the exception's own."""

    job: str
    since: datetime
    why: str

    def __str__(self) -> str:
        return f"{self.job} fails since {self.since:%H:%M:%S} UTC: {self.why}"


@dataclass(frozen=True)
class _Run:
    thread: int
    began: float


@dataclass
class Scheduler:
    """`ticks` are the monotonic times at which each job last came to its end, well or not."""

    jobs: list[Job]
    metrics: Metrics
    ticks: dict[str, float] = field(default_factory=dict)
    _failing: dict[str, Failing] = field(default_factory=dict)
    _running: dict[str, _Run] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _stopping: bool = False

    def __post_init__(self) -> None:
        self._timer = self._make_timer()

    def _make_timer(self) -> BackgroundScheduler:
        timer = BackgroundScheduler(
            timezone=UTC,
            # A late run is run, once, and never beside itself: the default would drop what is a second late.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        timer.add_listener(self._count, sum(_OUTCOMES))
        return timer

    def start(self) -> None:
        now = datetime.now(UTC)
        for job in self.jobs:
            self.ticks[job.name] = time.monotonic() + job.after.total_seconds()
            self._timer.add_job(
                self._measured(job),
                "interval",
                seconds=job.every.total_seconds(),
                id=job.name,
                next_run_time=now + job.after,
            )
        self._timer.start()

    def stop(self, patience: timedelta) -> bool:
        """Start no job any more, and wait for those that run. False when some still do."""
        self._stopping = True
        if not self._timer.running:
            return True
        waiting = Thread(target=self._timer.shutdown, name="jobs-finishing", daemon=True)
        waiting.start()
        waiting.join(patience.total_seconds())
        return not waiting.is_alive()

    def overdue(self) -> list[str]:
        """Names of the jobs that have not come to an end for much longer than their interval."""
        now = time.monotonic()
        return [
            job.name
            for job in self.jobs
            if now - self.ticks.get(job.name, now) > (3 * job.every + _PATIENCE).total_seconds()
        ]

    def failing(self) -> list[Failing]:
        """The jobs whose last run failed, those that have failed longest first."""
        return sorted(self._failing.values(), key=lambda each: each.since)

    def standing(self) -> dict[str, str]:
        """Where each job stands that has been at one run for a minute, as `file:line function`."""
        now, frames = time.monotonic(), sys._current_frames()  # noqa: SLF001  as Python's own documentation has it
        return {
            job: _place(frames.get(run.thread))
            for job, run in dict(self._running).items()
            if now - run.began > _STANDSTILL_S
        }

    @property
    def alive(self) -> bool:
        """Whether the thread that starts the jobs lives, or is not wanted."""
        thread = getattr(self._timer, "_thread", None)  # APScheduler has no other way to ask
        return self._stopping or not self._timer.running or (thread is not None and thread.is_alive())

    def revive(self) -> None:
        """Start the jobs by a new thread. A run that still goes on is not started a second time beside it."""
        self._timer = self._make_timer()
        self.start()

    def _measured(self, job: Job) -> Callable[[], None]:
        def run() -> None:
            with self._lock:
                if job.name in self._running:  # by a timer that has died since
                    return
                self._running[job.name] = _Run(get_ident(), time.monotonic())
            try:
                with self.metrics.seconds.labels(job.name).time():
                    self.metrics.work.labels(job.name).inc(job.run())
            except Exception as error:
                self._note_failure(job.name, error)
                raise
            else:
                if self._failing.pop(job.name, None):
                    log.info("Job %s works again", job.name)
            finally:
                self._running.pop(job.name, None)
                self.ticks[job.name] = time.monotonic()

        return run

    def _note_failure(self, job: str, error: Exception) -> None:
        before = self._failing.get(job)
        why = _why(error)
        self._failing[job] = Failing(job, before.since if before else datetime.now(UTC), why)
        if before is None or before.why != why:
            log.error("Job %s failed: %s", job, why, exc_info=error)

    def _count(self, event: JobEvent) -> None:
        self.metrics.runs.labels(event.job_id, _OUTCOMES[event.code]).inc()


def _why(error: Exception) -> str:
    if found := trouble_of(error):
        return f"the store {found}"
    return error.sentence if isinstance(error, LastsyncError) else type(error).__name__


def _place(frame: FrameType | None) -> str:
    """The innermost of our own lines, or else the innermost of all."""
    innermost = place = frame
    while place is not None and not place.f_globals.get("__name__", "").startswith(("bot.", "services.")):
        place = place.f_back
    found = place or innermost
    if found is None:
        return "nowhere: its thread has ended"
    return f"{found.f_globals.get('__name__')}:{found.f_lineno} {found.f_code.co_name}"
