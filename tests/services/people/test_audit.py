from __future__ import annotations

from services.access import Actor, Role
from services.people import audit
from services.store.people import AuditEvent
from tests.rows import Clock, Rows

BROKER = Actor("U0BROKER01", Role.BROKER, frozenset({1}))


def test_an_event_of_an_integration_names_its_employer_and_carrier(rows: Rows, clock: Clock) -> None:
    integration = rows.integration()
    with rows.sessions.write() as session:
        audit.record(
            session, BROKER, "integration.turned_off", now=clock(), integration=integration, reason="leaving"
        )
    event = rows.one(AuditEvent)
    assert (event.employer_id, event.carrier_id, event.integration_id) == (
        integration.employer_id,
        integration.carrier_id,
        integration.id,
    )
    assert (event.user_id, event.role, event.detail) == ("U0BROKER01", "broker", {"reason": "leaving"})


def test_an_event_may_concern_an_employer_alone(rows: Rows, clock: Clock) -> None:
    employer_id = rows.employer()
    with rows.sessions.write() as session:
        audit.record(session, BROKER, "person.assigned", now=clock(), employer_id=employer_id)
    event = rows.one(AuditEvent)
    assert (event.employer_id, event.carrier_id, event.integration_id) == (employer_id, None, None)


def test_an_event_keeps_lists_and_missing_values_as_they_were(rows: Rows, clock: Clock) -> None:
    with rows.sessions.write() as session:
        audit.record(
            session, BROKER, "communication.logged", now=clock(), kinds=["hires"], note=None, count=2
        )
    assert rows.one(AuditEvent).detail == {"kinds": ["hires"], "note": None, "count": 2}
