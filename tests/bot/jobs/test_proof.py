"""The audit of each minute: what it tells, and whom it calls. Fault 18."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import pytest

from bot.jobs.proof import Audit
from bot.telemetry import Metrics
from services.errors import Unavailable
from services.store.alerts import Card
from services.store.exchange import Reading
from tests.rows import Clock, Rows


@dataclass
class FakeHeartbeat:
    beats: int = 0
    fails: bool = False
    closed: bool = False

    def beat(self) -> None:
        if self.fails:
            raise Unavailable("The heartbeat was not heard.")
        self.beats += 1

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def heartbeat() -> FakeHeartbeat:
    return FakeHeartbeat()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def audit(rows: Rows, clock: Clock, metrics: Metrics, heartbeat: FakeHeartbeat) -> Audit:
    return Audit(rows.sessions, clock, metrics, heartbeat)


def leave_a_card(rows: Rows, clock: Clock) -> None:
    at = clock()
    card = {"subject": "change:1", "channel_id": "C1", "wanted": 1, "wanted_at": at, "due_at": at}
    rows.add(Card(key="k", **card))
    clock.forward(hours=1)


def test_while_all_is_true_somebody_outside_hears_of_it(audit: Audit, heartbeat: FakeHeartbeat) -> None:
    assert audit.run() == 0
    assert (heartbeat.beats, audit.trouble()) == (1, "")


def test_when_something_is_not_true_nobody_is_called_and_it_is_told(
    audit: Audit, rows: Rows, clock: Clock, metrics: Metrics, heartbeat: FakeHeartbeat
) -> None:
    leave_a_card(rows, clock)
    assert audit.run() == 1
    assert (heartbeat.beats, audit.trouble()) == (0, "1 card shows too little for too long.")
    value = metrics.registry.get_sample_value
    assert value("lastsync_delivery_gaps", {"question": "stale"}) == 1
    assert value("lastsync_delivery_gaps", {"question": "untold"}) == 0


def test_what_is_wrong_is_logged_once_and_not_each_minute(
    audit: Audit, rows: Rows, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    leave_a_card(rows, clock)
    with caplog.at_level(logging.WARNING):
        audit.run()
        audit.run()
    assert len(caplog.records) == 1


def test_a_heartbeat_that_nobody_hears_stops_nothing(
    audit: Audit, heartbeat: FakeHeartbeat, caplog: pytest.LogCaptureFixture
) -> None:
    heartbeat.fails = True
    with caplog.at_level(logging.WARNING):
        assert audit.run() == 0
    assert "not heard" in caplog.text


def test_without_an_address_nobody_is_called(rows: Rows, clock: Clock, metrics: Metrics) -> None:
    audit = Audit(rows.sessions, clock, metrics, None)
    assert audit.run() == 0
    audit.close()


def test_before_the_first_run_nothing_is_wrong(audit: Audit, heartbeat: FakeHeartbeat) -> None:
    assert (audit.proof, audit.trouble()) == (None, "")
    audit.close()
    assert heartbeat.closed


def test_while_a_job_fails_nobody_outside_hears_that_all_is_well(
    rows: Rows, clock: Clock, metrics: Metrics, heartbeat: FakeHeartbeat
) -> None:
    """And the operators' card says which, until it works again. Fault 23."""
    failing = ["deliver fails since 10:02:11 UTC: the store has no room left"]
    audit = Audit(rows.sessions, clock, metrics, heartbeat, lambda: failing)
    audit.run()
    assert heartbeat.beats == 0
    [reading] = rows.all(Reading)
    assert (reading.stream, reading.failure) == ("lastsync", failing[0])
    failing.clear()
    audit.run()
    assert heartbeat.beats == 1
    [reading] = rows.all(Reading)
    assert (reading.failing_since, reading.failure) == (None, None)


def test_what_a_process_said_before_it_died_is_taken_back_by_the_next(
    rows: Rows, clock: Clock, metrics: Metrics
) -> None:
    """Or the operators' card would stand for ever."""
    Audit(rows.sessions, clock, metrics, None, lambda: ["poll fails"]).run()
    Audit(rows.sessions, clock, metrics, None).run()
    [reading] = rows.all(Reading)
    assert (reading.failing_since, reading.failure) == (None, None)
