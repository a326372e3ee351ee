from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from services.access import Actor, Right, Role, require
from services.desk import Desk
from services.errors import NoRole, Refused
from services.people import audit
from services.store.exchange import Employer
from services.store.people import AuditEvent, Person
from tests.rows import Clock, Rows


@pytest.fixture
def desk(rows: Rows, clock: Clock) -> Desk:
    return Desk(rows.sessions, clock, frozenset({"U0ADMIN001"}))


def open_shop(session: Session, actor: Actor, now: datetime, name: str, *, fail: bool = False) -> int:
    """A use case that changes something and says so in the audit log."""
    require(actor, Right.ASSIGN_ROLES)
    employer = Employer(ref=name, name=name)
    session.add(employer)
    session.flush()
    audit.record(session, actor, "shop.opened", now=now, employer_id=employer.id, name=name)
    if fail:
        raise Refused("Not like this.")
    return employer.id


def whoami(session: Session, actor: Actor, now: datetime) -> tuple[Actor, datetime]:
    del session
    return actor, now


def test_a_use_case_is_told_who_asks_and_when(desk: Desk, rows: Rows, clock: Clock) -> None:
    employer_id = rows.employer()
    rows.person("U1", "broker", employer_id)
    actor, now = desk.ask("U1", whoami)
    assert (actor.role, actor.employers, now) == (Role.BROKER, frozenset({employer_id}), clock())


def test_a_person_without_a_role_has_none(desk: Desk) -> None:
    actor, _ = desk.ask("U0NOBODY01", whoami)
    assert (actor.role, actor.employers) == (None, frozenset())


def test_those_named_in_admins_are_agency_users_before_anyone_was_assigned(desk: Desk) -> None:
    actor, _ = desk.ask("U0ADMIN001", whoami)
    assert (actor.role, actor.employers) == (Role.AGENCY, None)


def test_a_stored_role_takes_nothing_from_an_admin(desk: Desk, rows: Rows) -> None:
    rows.person("U0ADMIN001", "read_only", rows.employer())
    assert desk.ask("U0ADMIN001", whoami)[0].role is Role.AGENCY


def test_the_change_and_its_audit_event_are_kept_together(desk: Desk, rows: Rows, clock: Clock) -> None:
    employer_id = desk.do("U0ADMIN001", open_shop, "Harbor Bakery")
    event = rows.one(AuditEvent)
    assert (event.at, event.user_id, event.role) == (clock(), "U0ADMIN001", "agency")
    assert (event.employer_id, event.detail) == (employer_id, {"name": "Harbor Bakery"})


def test_the_change_and_its_audit_event_are_undone_together(desk: Desk, rows: Rows) -> None:
    with pytest.raises(Refused):
        desk.do("U0ADMIN001", open_shop, "Harbor Bakery", fail=True)
    assert (rows.all(Employer), rows.all(AuditEvent)) == ([], [])


def test_who_may_not_leaves_no_trace(desk: Desk, rows: Rows) -> None:
    with pytest.raises(NoRole):
        desk.do("U0NOBODY01", open_shop, "Harbor Bakery")
    assert (rows.all(Employer), rows.all(AuditEvent)) == ([], [])


def test_what_is_asked_for_reading_is_never_kept(desk: Desk, rows: Rows) -> None:
    desk.ask("U0ADMIN001", open_shop, "Harbor Bakery")
    assert rows.all(Employer) == []


def test_a_role_taken_away_is_gone_with_the_next_request(desk: Desk, rows: Rows) -> None:
    rows.person("U1", "agency")
    assert desk.ask("U1", whoami)[0].role is Role.AGENCY
    with rows.sessions.write() as session:
        session.delete(session.get_one(Person, 1))
    assert desk.ask("U1", whoami)[0].role is None
