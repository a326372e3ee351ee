"""Faults that a listener or a job meets by itself, each told plainly and without a loss."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

import pytest
from sqlalchemy.exc import OperationalError

from bot import database
from bot.scheduler import Job, Scheduler
from bot.telemetry import Metrics
from services.desk import Desk
from services.integrations import changes
from services.ports import Page, Status
from services.store.changes import Change
from services.store.exchange import Employer
from tests.outside import integration_item
from tests.replicas.office import AGENCY, Office
from tests.rows import Clock, Rows

SECOND = timedelta(seconds=1)


def test_what_was_acknowledged_is_in_the_store_and_is_done_by_the_next_process(office: Office) -> None:
    """Fault 3: the listener commits, then acknowledges; the process may end right after it."""
    item = integration_item(status=Status.DISABLED, group_number=None)
    office.exchange.items[item.ref] = item
    office.exchange.integration_pages = [Page([item])]
    office.replica("first").poll()
    desk = Desk(office.sessions, office.clock, frozenset({AGENCY.user_id}))
    desk.do(AGENCY.user_id, changes.request, 1, "activate", "G-77")
    assert office.replica("second").send_changes() == 1
    assert office.exchange.effects == ["activate int_a G-77"]


def test_a_job_that_runs_when_the_process_is_told_to_end_is_finished() -> None:
    """Fault 3."""
    begun, may_end, done = Event(), Event(), []

    def work() -> int:
        begun.set()
        may_end.wait(5)
        done.append(1)
        return 1

    scheduler = Scheduler([Job("work", work, timedelta(hours=1))], Metrics())
    scheduler.start()
    assert begun.wait(5)
    Thread(target=may_end.set).start()
    assert scheduler.stop(5 * SECOND)
    assert done == [1]


@pytest.fixture
def impatient(migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rows:
    """A store of its own that waits for a lock for a moment only."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    monkeypatch.setattr(database, "TURN_TIMEOUT_S", 0.05)
    path = tmp_path / "store.sqlite"
    path.write_bytes(migrated_sqlite.read_bytes())
    engine = database.make_engine(f"sqlite:///{path}")
    return Rows(database.make_sessions(engine), Clock().at)


def test_a_locked_store_refuses_what_it_cannot_keep(impatient: Rows, clock: Clock) -> None:
    """Fault 16: nothing is acknowledged that is not in the store; the error handler tells the person."""
    integration = impatient.integration(status="disabled", group_number=None)
    desk = Desk(impatient.sessions, clock, frozenset({AGENCY.user_id}))
    with impatient.sessions.write() as holder:
        holder.connection()
        with pytest.raises(OperationalError, match="locked"):
            desk.do(AGENCY.user_id, changes.request, integration.id, "activate", "G-77")
    assert impatient.all(Change) == []
    desk.do(AGENCY.user_id, changes.request, integration.id, "activate", "G-77")
    assert len(impatient.all(Change)) == 1
    impatient.sessions.reading.kw["bind"].dispose()


def test_many_threads_that_write_take_turns(impatient: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 16: all together they take far longer than SQLite waits for one."""
    monkeypatch.setattr(database, "TURN_TIMEOUT_S", 30)

    def write(number: int) -> None:
        with impatient.sessions.write() as session:
            session.add(Employer(ref=f"emp_{number}", name="Harbor"))
            session.flush()
            time.sleep(0.02)

    with ThreadPoolExecutor(32) as pool:
        assert list(pool.map(write, range(32))) == [None] * 32
    assert len(impatient.all(Employer)) == 32
    impatient.sessions.reading.kw["bind"].dispose()


def fill(store: Rows, integration_id: int, at: datetime) -> None:
    """Add rows to a store that may not grow."""
    with store.sessions.read() as session:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar_one()
    asked = {"kind": "deactivate", "state": "done", "requested_by": AGENCY.user_id, "requested_at": at}
    for _ in range(2000):
        with store.sessions.write() as session:
            session.connection().exec_driver_sql(f"PRAGMA max_page_count={pages}")
            session.add(Change(integration_id=integration_id, key=uuid4().hex, **asked))


def test_a_full_disk_refuses_what_it_cannot_keep(impatient: Rows, clock: Clock) -> None:
    """Fault 16: SQLite's own limit stands for the disk's."""
    integration = impatient.integration(status="disabled", group_number=None)
    engine = impatient.sessions.reading.kw["bind"]
    with pytest.raises(OperationalError, match="full"):
        fill(impatient, integration.id, clock())
    kept = len(impatient.all(Change))
    engine.dispose()  # there is room again
    desk = Desk(impatient.sessions, clock, frozenset({AGENCY.user_id}))
    desk.do(AGENCY.user_id, changes.request, integration.id, "activate", "G-77")
    assert len(impatient.all(Change)) == kept + 1
    engine.dispose()
