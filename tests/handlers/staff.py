"""Employees of the agency's employers, with an HR system and a Benefits platform beside the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from bot.jobs.employees import EmployeeSync
from services.employees.validation import Rules
from services.store.employees import Employee
from tests.agency import Agency
from tests.platform import FakeHr, FakePlatform, record

HARBOR, JUNIPER, QUILL = "Harbor Bakery", "Juniper Dental Group", "Quill & Sons Printing"


class Staff:
    """Who is hired is in HR; `read` takes them in, `finish` sends whoever is queued."""

    def __init__(self, agency: Agency) -> None:
        self.agency, self.hr, self.platform = agency, FakeHr(), FakePlatform()

    def hire(self, number: int, employer: str = HARBOR, first: int = 1001, **columns: Any) -> None:
        self.agency.employer(employer)
        refs = (str(ref) for ref in range(first, first + number))
        self.hr.put(*(record(ref, f"Employer:{employer}", **columns) for ref in refs))

    def change(self, ref: str, employer: str = HARBOR, **columns: Any) -> None:
        self.hr.change(ref, f"Employer:{employer}", **columns)

    def read(self) -> None:
        with self._replica() as sync:
            sync.read()

    def send(self) -> None:
        with self._replica() as sync:
            sync.send()
            sync.tell()

    def finish(self) -> None:
        """Send, and let enough time go by for the cards to say so."""
        self.send()
        self.agency.now += timedelta(seconds=10)
        self.send()

    def id(self, ref: str) -> int:
        [found] = [each.id for each in self.agency.all(Employee) if each.ref == ref]
        return found

    @contextmanager
    def _replica(self) -> Iterator[EmployeeSync]:
        connect, clock, rules = self.platform.connect, lambda: self.agency.now, Rules.load()
        made = {"at_once": 1, "replica": "one"}
        sync = EmployeeSync(self.agency.sessions, clock, self.hr, connect, rules, **made)
        try:
            yield sync
        finally:
            sync.close()
