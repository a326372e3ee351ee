"""When each job runs. Every replica runs the same table; the work itself is claimed in the store."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Thread

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MAX_INSTANCES, JobEvent
from apscheduler.schedulers.background import BackgroundScheduler

from bot.telemetry import Metrics

_OUTCOMES = {EVENT_JOB_EXECUTED: "done", EVENT_JOB_ERROR: "failed", EVENT_JOB_MAX_INSTANCES: "skipped"}
_PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True)
class Job:
    """`run` returns how many items it handled. `after` puts the first run off."""

    name: str
    run: Callable[[], int]
    every: timedelta
    after: timedelta = timedelta(0)


@dataclass
class Scheduler:
    jobs: list[Job]
    metrics: Metrics
    ticks: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._timer = BackgroundScheduler(
            timezone=UTC,
            # A late run is run, once, and never beside itself: the default would drop what is a second late.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._timer.add_listener(self._count, sum(_OUTCOMES))

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

    def _measured(self, job: Job) -> Callable[[], None]:
        def run() -> None:
            try:
                with self.metrics.seconds.labels(job.name).time():
                    self.metrics.work.labels(job.name).inc(job.run())
            finally:
                self.ticks[job.name] = time.monotonic()

        return run

    def _count(self, event: JobEvent) -> None:
        self.metrics.runs.labels(event.job_id, _OUTCOMES[event.code]).inc()
