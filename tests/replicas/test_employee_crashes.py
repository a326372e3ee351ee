"""Fault 11 of the list: the sync dies at employee k. Real processes, real PostgreSQL, SIGKILL."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from bot.clock import StoreClock
from bot.database import make_engine, make_sessions
from bot.jobs.employees import EmployeeSync
from bot.sandbox.server import SandboxServer
from services.desk import Desk
from services.employees import batches, listing, selections
from services.employees.listing import Filters
from services.store.employees import Attempt, Batch, Employee
from tests.bot.patience import eventually
from tests.replicas import sending
from tests.rows import NOW, Rows
from tests.scim_peer import Peer
from tests.workforce import ADMIN, RULES

ROOT = Path(__file__).parents[2]
REPLICAS = 2
KILLS = 10


class Killing:
    """Two replicas, and a peer that kills one in the moment in which it has created an account.

    So the account is there, and nobody knows of it. The killed replica is started anew.
    """

    def __init__(self, database: str) -> None:
        self.database = database
        self.peer = Peer(on_create=self._created)
        self.kills = 0
        self._replicas: list[subprocess.Popen[bytes]] = []
        self._lock = Lock()
        self._url = ""

    @contextmanager
    def running(self) -> Iterator[None]:
        with SandboxServer(self.peer.app()) as server:
            self._url = server.url
            self._replicas = [self._start(number) for number in range(REPLICAS)]
            try:
                yield
            finally:
                for each in self._replicas:
                    each.kill()
                    each.wait(10)

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        arguments = [self.database, self._url, f"replica-{number}"]
        return subprocess.Popen([sys.executable, "-m", "tests.replicas.sending", *arguments], cwd=ROOT)

    def _created(self, accounts: int) -> None:
        with self._lock:
            if self.kills < KILLS and accounts >= (self.kills + 1) * sending.EMPLOYEES // (KILLS + 2):
                victim = self.kills % REPLICAS
                self._replicas[victim].kill()
                self._replicas[victim].wait(10)
                self._replicas[victim] = self._start(victim)
                self.kills += 1


@pytest.fixture
def store(postgres: str) -> Iterator[Rows]:
    """An empty store on PostgreSQL."""
    from tests.conftest import _empty  # noqa: PLC0415

    _empty(postgres)
    engine = make_engine(postgres)
    yield Rows(make_sessions(engine), NOW)
    engine.dispose()


def test_ten_kills_among_two_thousand_lose_nobody_and_make_one_account_each(
    store: Rows, postgres: str
) -> None:
    """Temporal promises at least once; ours: goes on from k, 2,000 employees, 10 SIGKILLs, 2,000 accounts."""
    killing = Killing(postgres)
    _start_sync(store)
    with killing.running():
        eventually(lambda: store.one(Batch).ended_at is not None, 50)
    assert killing.kills == KILLS
    assert len(killing.peer.accounts) == sending.EMPLOYEES
    owners = Counter(each["externalId"] for each in killing.peer.accounts.values())
    assert set(owners.values()) == {1}
    _every_history_is_complete(store, killing.peer.accounts)


def _start_sync(store: Rows) -> None:
    store.employer()
    clock = StoreClock(store.sessions.reading.kw["bind"])
    clock.measure()
    made: dict[str, Any] = {"at_once": 1, "replica": "parent"}
    sync = EmployeeSync(store.sessions, clock, sending.hr(), _nobody, RULES, **made)
    assert sync.read() == sending.EMPLOYEES
    sync.close()
    desk = Desk(store.sessions, clock, frozenset({ADMIN}))
    chosen = desk.do(ADMIN, selections.choose, Filters(), everyone=True)
    assert desk.do(ADMIN, batches.start, chosen.id).queued == sending.EMPLOYEES
    assert desk.ask(ADMIN, listing.page).counts.in_progress == sending.EMPLOYEES


def _nobody() -> Any:
    raise AssertionError("the parent sends nothing")


def _every_history_is_complete(store: Rows, accounts: dict[str, Any]) -> None:
    linked = {each.account_id: each.ref for each in store.all(Employee)}
    assert linked == {account_id: each["externalId"].split("/")[1] for account_id, each in accounts.items()}
    attempts = store.all(Attempt)
    assert len(attempts) == sending.EMPLOYEES
    told = {(each.state, each.outcome, each.newest, each.lease_by, each.due_at) for each in attempts}
    assert told == {("successful", "created", True, None, None)}
    assert all(each.sent_at and each.finished_at and not each.reason for each in attempts)
