"""Reading the audit log: filters and pages for the App Home, and all rows for `lastsync audit --csv`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, true
from sqlalchemy.orm import Session

from services import words
from services.access import Actor, Right, Role, require, visible
from services.errors import NotFound
from services.ports import SIDES, Outcome
from services.store.exchange import Carrier, Employer, Integration
from services.store.people import AuditEvent

PAGE = 10
COLUMNS = ("at", "event", "user", "role", "employer", "carrier", "plan", "employee", "detail")
EVENTS = {
    "integration.turn_on_asked": "Asked to turn on",
    "integration.turned_on": "Integration turned on",
    "integration.turn_off_asked": "Asked to turn off",
    "integration.turned_off": "Integration turned off",
    "group_number.change_asked": "Asked to change the group number",
    "group_number.changed": "Group number changed",
    "change.refused": "Refused by the exchange",
    "communication.logged": "Manual communication logged",
    "message.resolve_asked": "Asked to resolve a message",
    "message.resolved": "Message resolved",
    "message.resolution_refused": "Resolution refused by the exchange",
    "message.escalated": "Message escalated to Operations",
    "alert.acknowledged": "Alert acknowledged",
    "alert.snoozed": "Alert snoozed",
    "integration.muted": "Integration muted",
    "integration.unmuted": "Integration unmuted",
    "subscription.made": "Channel subscribed",
    "subscription.changed": "Subscription changed",
    "subscription.removed": "Subscription removed",
    "subscription.tested": "Sample sent",
    "rhythm.set": "Cadence set",
    "rhythm.cleared": "Cadence set back",
    "maintenance.planned": "Maintenance planned",
    "maintenance.ended": "Maintenance ended",
    "employees.sync_started": "Employees sent",
    "employees.tried_again": "Employee sent again",
    "employees.level_assigned": "Benefits Level assigned",
    "person.assigned": "Role given",
    "person.removed": "Role taken away",
}
ALERTS = {
    "last_sync": "Last Sync",
    "carrier": "Last Sync of a carrier",
    "failures": "Failures",
    "status": "Status change",
    "pending": "Pending",
    "employees": "Employees",
    "unreachable": "Out of reach",
}


@dataclass(frozen=True)
class AuditFilter:
    """What to show; None means all. `first` and `last` are days in UTC, both included."""

    event: str | None = None
    employer_id: int | None = None
    carrier_id: int | None = None
    user_id: str | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class AuditLine:
    """One row. `person` is whom it was done to, if to a person; `chosen` says what was chosen.

    `employee` is the platform's number of the employee whom it is about.
    """

    at: datetime
    event: str
    user_id: str
    role: str
    employer: str | None
    carrier: str | None
    plan: str | None
    person: str | None
    chosen: tuple[str, ...]
    employee: str | None = None


@dataclass(frozen=True)
class AuditPage:
    """`employer` and `carrier` are the names of those filtered by."""

    lines: tuple[AuditLine, ...]
    page: int
    more: bool
    chosen: AuditFilter
    employer: str | None = None
    carrier: str | None = None


EVERYTHING = AuditFilter()


def read(
    session: Session, actor: Actor, now: datetime, chosen: AuditFilter = EVERYTHING, page: int = 0
) -> AuditPage:
    """One page, newest first, of what concerns the employers that `actor` sees."""
    del now
    require(actor, Right.SEE_AUDIT)
    page = max(page, 0)
    query = _newest_first(chosen).where(_scope(actor)).offset(page * PAGE).limit(PAGE + 1)
    rows = session.execute(query).all()
    employer = _name(session, actor, chosen.employer_id)
    carrier = session.scalar(select(Carrier.name).where(Carrier.id == chosen.carrier_id))
    return AuditPage(_lines(session, rows[:PAGE]), page, len(rows) > PAGE, chosen, employer, carrier)


def named(session: Session, chosen: AuditFilter, employer: str | None, carrier: str | None) -> AuditFilter:
    """Add an employer and a carrier by their whole names. Raise NotFound with the one that is not there."""
    employer_id, carrier_id = _called(session, Employer, employer), _called(session, Carrier, carrier)
    return replace(chosen, employer_id=employer_id, carrier_id=carrier_id)


def rows(session: Session, chosen: AuditFilter = EVERYTHING) -> Iterator[tuple[str, ...]]:
    """Every row as the CSV has it, in the order of `COLUMNS`. Whoever runs Lastsync may see all of them."""
    query = _newest_first(chosen).execution_options(yield_per=1000)
    for event, employer, carrier, plan in session.execute(query):
        detail = json.dumps(event.detail, ensure_ascii=False, sort_keys=True)
        cells = (event.user_id, event.role, employer, carrier, plan, event.employee_ref, detail)
        yield event.at.astimezone(UTC).isoformat(), event.event, *(_cell(each) for each in cells)


_Row = Row[AuditEvent, str, str, str]


def _newest_first(chosen: AuditFilter) -> Select[AuditEvent, str, str, str]:
    return (
        select(AuditEvent, Employer.name, Carrier.name, Integration.plan_name)
        .outerjoin(Employer, AuditEvent.employer_id == Employer.id)
        .outerjoin(Carrier, AuditEvent.carrier_id == Carrier.id)
        .outerjoin(Integration, AuditEvent.integration_id == Integration.id)
        .where(*_conditions(chosen))
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    )


def _conditions(chosen: AuditFilter) -> Iterator[ColumnElement[bool]]:
    if chosen.event:
        yield AuditEvent.event == chosen.event
    if chosen.employer_id is not None:
        yield AuditEvent.employer_id == chosen.employer_id
    if chosen.carrier_id is not None:
        yield AuditEvent.carrier_id == chosen.carrier_id
    if chosen.user_id:
        done_to = AuditEvent.detail["person"].as_string() == chosen.user_id
        yield or_(AuditEvent.user_id == chosen.user_id, done_to)
    if chosen.first:
        yield AuditEvent.at >= _midnight(chosen.first)
    if chosen.last:
        yield AuditEvent.at < _midnight(chosen.last) + timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _scope(actor: Actor) -> ColumnElement[bool]:
    """Rows about no employer (who was given which role) are for those who see every employer."""
    return true() if actor.employers is None else AuditEvent.employer_id.in_(sorted(actor.employers))


def _lines(session: Session, found: Sequence[_Row]) -> tuple[AuditLine, ...]:
    ids = {each for event, *_ in found for each in event.detail.get("employers") or ()}
    names = _employer_names(session, ids)
    return tuple(_line(event, employer, carrier, plan, names) for event, employer, carrier, plan in found)


def _line(
    event: AuditEvent, employer: str | None, carrier: str | None, plan: str | None, names: dict[str, str]
) -> AuditLine:
    return AuditLine(
        at=event.at,
        event=EVENTS.get(event.event, _words(event.event).capitalize()),
        user_id=event.user_id,
        role=Role(event.role).label if event.role in set(Role) else "Lastsync",
        employer=employer,
        carrier=carrier,
        plan=plan,
        person=event.detail.get("person"),
        chosen=tuple(_chosen(event.detail, names)),
        employee=event.employee_ref,
    )


def _chosen(detail: dict[str, object], names: dict[str, str]) -> Iterator[str]:
    for key, value in detail.items():
        if key == "person" or value in (None, "", []):
            continue
        if key == "role" and value in set(Role):
            yield Role(str(value)).label
        elif key in {"kind", "level"}:
            yield ALERTS.get(str(value), str(value))
        elif key == "outcome" and value in set(Outcome):
            yield SIDES[Outcome(str(value))]
        elif key == "issue":
            yield words.kind(str(value))
        elif key == "steps" and isinstance(value, list):
            yield from value
        elif isinstance(value, list):
            yield ", ".join(names.get(each, _words(str(each))) for each in value)
        else:
            yield f"{_words(key)} {value}"


def _words(code: str) -> str:
    return code.replace(".", " ").replace("_", " ")


def _employer_names(session: Session, ids: Collection[str]) -> dict[str, str]:
    query = select(Employer.id, Employer.name).where(Employer.id.in_([int(each) for each in sorted(ids)]))
    return {str(employer_id): name for employer_id, name in session.execute(query)} if ids else {}


def _name(session: Session, actor: Actor, employer_id: int | None) -> str | None:
    if employer_id is None:
        return None
    query = select(Employer.name).where(Employer.id == employer_id, visible(actor, Employer.id))
    return session.scalar(query)


def _called(session: Session, model: type[Employer | Carrier], name: str | None) -> int | None:
    if name is None:
        return None
    found = session.scalar(select(model.id).where(func.lower(model.name) == name.strip().lower()))
    if found is None:
        raise NotFound(f"There is no {model.__name__.lower()} called {name}.")
    return found


def _cell(value: str | None) -> str:
    """A spreadsheet runs what begins like a formula, and names come from outside."""
    text = value or ""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
