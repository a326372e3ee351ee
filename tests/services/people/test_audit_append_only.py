"""Whatever people do, and whatever the code tries, what was recorded stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from services.access import Role
from services.alerts import actions, failures
from services.integrations import changes, communications
from services.messages import bulk, escalations, resolutions
from services.people import roles
from services.people.audit_log import COLUMNS, rows
from services.store.alerts import Alert
from services.store.exchange import CarrierMessage
from services.store.people import AuditEvent
from tests.agency import ADMIN, BROKER, NOW, Agency


@pytest.fixture
def recorded(agency: Agency) -> Agency:
    """An agency with one row in its audit log that speaks of all there is."""
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    for carrier, status in (("Guardian", "active"), ("Principal", "disabled"), ("Cigna", "pending")):
        agency.integration("Harbor Bakery", carrier, status)
    agency.message(1, returns=2, resolved_at=NOW)
    agency.message(1)
    with agency.sessions.write() as session:
        failures.follow(session, NOW, {(1, 1)})
    values = {"user_id": ADMIN, "role": "agency", "detail": {"message": 1}, "employee_ref": "emp-7"}
    agency.add(
        AuditEvent(at=NOW, event="message.resolved", employer_id=1, carrier_id=1, integration_id=1, **values)
    )
    return agency


def everything(agency: Agency) -> list[tuple[Any, ...]]:
    with agency.sessions.read() as session:
        return [tuple(row) for row in session.execute(select(AuditEvent.__table__).order_by(AuditEvent.id))]


USE_CASES: dict[str, Callable[[Agency], object]] = {
    "resolve": lambda it: it.do(BROKER, resolutions.resolve, 2, outcome="carrier", version=0, key="V", **DOB),
    "resolve many": lambda it: it.do(
        BROKER,
        bulk.resolve_many,
        kind="date_of_birth_mismatch",
        ids=[1, 2],
        outcome="carrier",
        key="V",
        **DOB,
    ),
    "escalate": lambda it: it.do(BROKER, escalations.escalate, 1, version=2, channel="C0OPERATORS"),
    "acknowledge": lambda it: it.do(BROKER, actions.acknowledge, 1, it.all(Alert)[0].version),
    "turn on": lambda it: it.do(BROKER, changes.request, 2, "activate", "G-1"),
    "turn off": lambda it: it.do(BROKER, changes.request, 1, "deactivate"),
    "change the number": lambda it: it.do(BROKER, changes.request, 1, "group_number", "G-2"),
    "log a communication": lambda it: it.do(
        BROKER,
        communications.log,
        3,
        kinds=["terminations"],
        sent_on=NOW.date().isoformat(),
        note="",
        key="V",
    ),
    "give a role": lambda it: it.do(ADMIN, roles.assign, "U0NEW", Role.STM, [1]),
    "change a role": lambda it: it.do(ADMIN, roles.assign, BROKER, Role.EMPLOYER, [1]),
    "take a role away": lambda it: it.do(ADMIN, roles.remove, BROKER),
}
DOB = {"extras": {"reenrolment": "unchanged"}}


@pytest.mark.parametrize("name", USE_CASES)
def test_a_use_case_adds_to_the_log_and_changes_nothing_in_it(recorded: Agency, name: str) -> None:
    before = everything(recorded)
    USE_CASES[name](recorded)
    after = everything(recorded)
    assert after[: len(before)] == before
    assert len(after) > len(before)


@pytest.mark.parametrize(
    "change", [update(AuditEvent).values(user_id="U0NOBODY"), delete(AuditEvent)], ids=["update", "delete"]
)
def test_the_store_refuses_to_change_what_was_recorded(recorded: Agency, change: Any) -> None:
    before = everything(recorded)
    with pytest.raises(DBAPIError, match="only ever added"), recorded.sessions.write() as session:
        session.execute(change)
    assert everything(recorded) == before


def test_what_concerns_a_message_says_who_when_which_and_what(recorded: Agency) -> None:
    recorded.do(BROKER, resolutions.resolve, 2, outcome="platform", note="Seen.", version=0, key="V", **DOB)
    with recorded.sessions.read() as session:
        newest, _ = (dict(zip(COLUMNS, row, strict=True)) for row in rows(session))
    assert (newest["event"], newest["user"], newest["role"]) == ("message.resolve_asked", BROKER, "broker")
    assert (newest["employer"], newest["carrier"], newest["employee"]) == (
        "Harbor Bakery",
        "Guardian",
        "emp-7",
    )
    assert '"outcome": "platform"' in newest["detail"]
    assert '"issue": "date_of_birth_mismatch"' in newest["detail"]
    assert "rates and coverage stay as they are" in newest["detail"]
    assert "Seen." not in newest["detail"]


def test_rows_can_still_be_added_by_the_thousand(recorded: Agency) -> None:
    row = {"at": NOW, "event": "person.assigned", "user_id": ADMIN, "role": "agency", "detail": {}}
    with recorded.sessions.write() as session:
        session.execute(insert(AuditEvent), [row] * 1000)
    assert len(everything(recorded)) == 1001
    assert len(recorded.all(CarrierMessage)) == 2
