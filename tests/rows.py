"""Rows for the tests' stores, and a clock that is told the time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import select

from services.desk import Sessions
from services.store.base import Base
from services.store.exchange import Carrier, CarrierMessage, Employer, Integration
from services.store.people import Person, PersonEmployer

Model = TypeVar("Model", bound=Base)

NOW = datetime(2025, 3, 12, 15, 0, tzinfo=UTC)  # a Wednesday


@dataclass
class Clock:
    """A clock that stands still until it is told to go on."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at


@dataclass
class Rows:
    """Puts rows into the store. Names and ids follow from how many there are; keywords override columns."""

    sessions: Sessions
    now: datetime
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def add(self, *rows: Any) -> None:
        with self.sessions.write() as session:
            session.add_all(rows)

    def one(self, model: type[Model], **where: Any) -> Model:
        with self.sessions.read() as session:
            return session.scalars(select(model).filter_by(**where)).one()

    def all(self, model: type[Model]) -> list[Model]:
        with self.sessions.read() as session:
            return list(session.scalars(select(model).order_by(*model.__table__.primary_key)))

    def employer(self, name: str = "Harbor Bakery") -> int:
        row = Employer(ref=f"emp_{next(self._numbers)}", name=name)
        self.add(row)
        return row.id

    def carrier(self, name: str = "Guardian") -> int:
        row = Carrier(ref=f"car_{next(self._numbers)}", name=name, time_zone="America/New_York")
        self.add(row)
        return row.id

    def integration(self, **columns: Any) -> Integration:
        """An Active integration of a new employer with a new carrier, unless said otherwise."""
        columns.setdefault("employer_id", None)
        columns["employer_id"] = columns["employer_id"] or self.employer()
        columns["carrier_id"] = columns.get("carrier_id") or self.carrier()
        usual = {
            "ref": f"int_{next(self._numbers)}",
            "plan_name": "Dental PPO",
            "plan_type": "dental",
            "status": "active",
            "group_number": "G-1001",
            "configured_at": self.now - timedelta(days=200),
            "active_at": self.now - timedelta(days=150),
            "updated_at": self.now - timedelta(days=1),
        }
        row = Integration(**(usual | columns))
        self.add(row)
        return row

    def message(self, integration_id: int, **columns: Any) -> int:
        """An open Failure that is ours, unless said otherwise."""
        usual = {
            "ref": f"msg_{next(self._numbers)}",
            "severity": "failure",
            "kind": "ssn_discrepancy",
            "text": "The numbers differ.",
            "assignee": "platform",
            "state": "open",
            "received_at": self.now - timedelta(hours=3),
            "updated_at": self.now - timedelta(hours=3),
        }
        row = CarrierMessage(integration_id=integration_id, **(usual | columns))
        self.add(row)
        return row.id

    def person(self, user_id: str, role: str, *employer_ids: int) -> None:
        links = [PersonEmployer(employer_id=each) for each in employer_ids]
        self.add(Person(user_id=user_id, role=role, employers=links))
