"""A small agency in a store of its own: `agency.integration("Harbor Bakery", "Guardian")` adds to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from bot.database import make_engine, make_sessions, migrate
from services.access import Role
from services.desk import Desk, Sessions
from services.store.base import Base
from services.store.changes import Change
from services.store.exchange import Carrier, CarrierMessage, Employer, Integration, Reading, Sync
from services.store.people import Person, PersonEmployer

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)  # a Wednesday, 10:00 in New York
ADMIN = "U0ADMIN"
BROKER = "U0BROKER"
HR = "U0HR"
READER = "U0READER"
NOBODY = "U0NOBODY"
DAY = timedelta(days=1)

P = ParamSpec("P")
Result = TypeVar("Result")


@dataclass
class Agency:
    sessions: Sessions
    now: datetime = NOW
    statements: list[str] = field(default_factory=list)
    _ids: dict[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        engine = self.sessions.reading.kw["bind"]
        event.listen(engine, "before_cursor_execute", lambda *args: self.statements.append(args[2]))

    @property
    def desk(self) -> Desk:
        return Desk(self.sessions, lambda: self.now, frozenset({ADMIN}))

    def ask(
        self,
        user_id: str,
        use_case: Callable[Concatenate[Session, Any, datetime, P], Result],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Result:
        self.statements.clear()
        return self.desk.ask(user_id, use_case, *args, **kwargs)

    def do(
        self,
        user_id: str,
        use_case: Callable[Concatenate[Session, Any, datetime, P], Result],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Result:
        return self.desk.do(user_id, use_case, *args, **kwargs)

    def add(self, *rows: Base) -> None:
        with self.sessions.write() as session:
            session.add_all(rows)

    def all(self, model: type[Any]) -> list[Any]:
        with self.sessions.read() as session:
            return list(session.scalars(select(model)))

    def employer(self, name: str) -> int:
        return self._named(Employer, name)

    def carrier(self, name: str) -> int:
        return self._named(Carrier, name, time_zone="America/New_York")

    def person(self, user_id: str, role: Role, *employers: str) -> None:
        rows = [PersonEmployer(employer_id=self.employer(name)) for name in employers]
        self.add(Person(user_id=user_id, role=role, employers=rows))

    def integration(
        self,
        employer: str,
        carrier: str,
        status: str = "active",
        *,
        syncs: Sequence[datetime] = (),
        **values: Any,
    ) -> int:
        """Turned on 100 days ago with a group number, unless `values` say otherwise."""
        employer_id, carrier_id = self.employer(employer), self.carrier(carrier)
        usual = {
            "plan_name": "Dental PPO",
            "plan_type": "dental",
            "renewal_date": date(2027, 1, 1),
            "group_number": "GRP-1001",
            "configured_at": self.now - 100 * DAY,
            "active_at": self.now - 60 * DAY if status == "active" else None,
            "disabled_at": self.now - 5 * DAY if status == "disabled" else None,
            "disabled_by": "person" if status == "disabled" else None,
            "last_sync_at": max(syncs, default=None),
            "due_at": self.now + DAY if status == "active" else None,
            "updated_at": self.now,
        }
        row = Integration(
            employer_id=employer_id, carrier_id=carrier_id, status=status, **{**usual, **values}
        )
        row.ref = values.get("ref") or f"int_{len(self._ids)}_{employer}_{carrier}_{row.plan_name}"
        self._ids[row.ref, ""] = 0
        self.add(row)
        self.add(*(Sync(integration_id=row.id, synced_at=at) for at in syncs))
        return row.id

    def message(self, integration_id: int, severity: str = "failure", **values: Any) -> int:
        usual = {
            "ref": f"msg_{len(self._ids)}",
            "kind": "date_of_birth_mismatch",
            "employee_ref": "emp-7",
            "field": "date_of_birth",
            "platform_value": "••••",
            "carrier_value": "••••",
            "text": "The date of birth differs.",
            "assignee": "platform",
            "state": "open",
            "received_at": self.now - 2 * DAY,
            "updated_at": self.now,
        }
        row = CarrierMessage(integration_id=integration_id, severity=severity, **{**usual, **values})
        self._ids[row.ref, "message"] = 0
        self.add(row)
        return row.id

    def close(self, message_id: int) -> None:
        """The carrier or the middleware closes the message by itself."""
        with self.sessions.write() as session:
            message = session.get_one(CarrierMessage, message_id)
            message.state, message.resolved_at, message.cleared_at = "resolved", self.now, self.now

    def change(self, integration_id: int, kind: str = "activate", **values: Any) -> None:
        usual = {
            "state": "queued",
            "key": f"key-{integration_id}",
            "requested_by": ADMIN,
            "requested_at": self.now,
        }
        self.add(Change(integration_id=integration_id, kind=kind, **{**usual, **values}))

    def read_at(self, when: datetime | None, **values: Any) -> None:
        self.add(Reading(stream="integrations", read_at=when, **values))

    def _named(self, model: type[Any], name: str, **values: Any) -> int:
        known = self._ids.get((model.__name__, name))
        if known is None:
            row = model(ref=f"{model.__name__}:{name}", name=name, **values)
            self.add(row)
            known = self._ids[model.__name__, name] = row.id
        return known


def found(path: Path) -> Agency:
    """Found an agency without anyone in it, in a new store under `path`."""
    engine = make_engine(f"sqlite:///{path / 'lastsync.db'}")
    migrate(engine)
    return Agency(make_sessions(engine))


def daily(now: datetime, days: int = 60, *, skip: int = 1) -> list[datetime]:
    """A sync at 11:00 UTC on each of the last `days` days, the newest `skip` days ago."""
    at = now.replace(hour=11, minute=0)
    return [at - back * DAY for back in range(skip, skip + days)]
