"""Reading the audit log."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.access import Role
from services.desk import Sessions
from services.errors import NoRole, NotAllowed
from services.people import audit_log
from services.people.audit_log import AuditFilter
from services.store.people import AuditEvent
from tests.agency import ADMIN, BROKER, HR, NOBODY, NOW, READER, Agency


@pytest.fixture
def agency(sessions: Sessions) -> Agency:
    """On SQLite and on PostgreSQL."""
    return Agency(sessions)


def note(agency: Agency, event: str = "integration.turned_on", **values: Any) -> None:
    usual: dict[str, Any] = {"at": agency.now, "user_id": ADMIN, "role": "agency", "detail": {}}
    agency.add(AuditEvent(event=event, **{**usual, **values}))


def shown(agency: Agency, **chosen: Any) -> list[str]:
    page = agency.ask(ADMIN, audit_log.read, AuditFilter(**chosen))
    return [line.event for line in page.lines]


def test_the_newest_row_comes_first(agency: Agency) -> None:
    note(agency, "person.assigned", at=NOW - timedelta(hours=1))
    note(agency, "person.removed", at=NOW)
    assert shown(agency) == ["Role taken away", "Role given"]


def test_a_line_says_who_what_where_and_what_was_chosen(agency: Agency) -> None:
    integration = agency.integration("Harbor Bakery", "Guardian")
    note(
        agency,
        "group_number.changed",
        employer_id=agency.employer("Harbor Bakery"),
        carrier_id=agency.carrier("Guardian"),
        integration_id=integration,
        detail={"group_number": "GRP-7", "note": None},
    )
    [line] = agency.ask(ADMIN, audit_log.read).lines
    assert (line.employer, line.carrier, line.plan) == ("Harbor Bakery", "Guardian", "Dental PPO")
    assert (line.role, line.chosen) == ("Agency user", ("group number GRP-7",))


def test_a_line_about_a_person_names_the_role_and_the_employers(agency: Agency) -> None:
    harbor = agency.employer("Harbor Bakery")
    detail = {"person": BROKER, "role": "broker", "employers": [str(harbor), "4711"]}
    note(agency, "person.assigned", detail=detail)
    [line] = agency.ask(ADMIN, audit_log.read).lines
    assert (line.person, line.chosen) == (BROKER, ("Broker", "Harbor Bakery, 4711"))


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ({"kind": "last_sync", "level": "lost"}, ("Last Sync", "lost")),
        ({"kind": "carrier", "level": "late"}, ("Last Sync of a carrier", "late")),
        ({"kind": "failures", "level": "failure"}, ("Failures", "failure")),
        ({"kinds": ["terminations", "life_events"]}, ("terminations, life events",)),
        (
            {"message": 4, "issue": "ssn_discrepancy", "outcome": "carrier", "steps": ["Yes: checked."]},
            ("message 4", "SSN discrepancy", "the carrier is right", "Yes: checked."),
        ),
    ],
)
def test_a_line_speaks_words_and_not_codes(agency: Agency, detail: dict[str, Any], said: tuple[str]) -> None:
    note(agency, "alert.acknowledged", detail=detail)
    [line] = agency.ask(ADMIN, audit_log.read, AuditFilter()).lines
    assert line.chosen == said


def test_an_event_that_has_no_name_yet_is_still_readable(agency: Agency) -> None:
    note(agency, "message.resolved_again", role=None)
    [line] = agency.ask(ADMIN, audit_log.read).lines
    assert (line.event, line.role) == ("Message resolved again", "Lastsync")


def test_the_filters_narrow_what_is_shown(agency: Agency) -> None:
    harbor, quill = agency.employer("Harbor Bakery"), agency.employer("Quill & Sons")
    guardian, cigna = agency.carrier("Guardian"), agency.carrier("Cigna")
    note(agency, "integration.turned_on", employer_id=harbor, carrier_id=guardian, user_id=BROKER)
    note(agency, "integration.turned_off", employer_id=quill, carrier_id=cigna)
    assert shown(agency, event="integration.turned_on") == ["Integration turned on"]
    assert shown(agency, employer_id=quill) == ["Integration turned off"]
    assert shown(agency, carrier_id=guardian) == ["Integration turned on"]
    assert shown(agency, user_id=BROKER) == ["Integration turned on"]
    assert shown(agency, employer_id=quill, carrier_id=guardian) == []


def test_a_person_is_found_by_what_was_done_to_them(agency: Agency) -> None:
    note(agency, "person.assigned", detail={"person": HR, "role": "employer", "employers": []})
    note(agency, "person.removed", detail={"person": BROKER, "role": "broker", "employers": []})
    assert shown(agency, user_id=HR) == ["Role given"]


@pytest.mark.parametrize(
    ("at", "is_shown"),
    [
        (datetime(2026, 11, 9, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 10, 0, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 11, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 12, 0, 0, tzinfo=UTC), False),
    ],
)
def test_both_days_of_a_range_are_included(agency: Agency, at: datetime, *, is_shown: bool) -> None:
    note(agency, at=at)
    found_lines = shown(agency, first=date(2026, 11, 10), last=date(2026, 11, 11))
    assert bool(found_lines) is is_shown


def test_pages_follow_each_other_without_gap_or_overlap(agency: Agency) -> None:
    for number in range(audit_log.PAGE * 2 + 1):
        note(agency, detail={"number": number})
    pages = [agency.ask(ADMIN, audit_log.read, AuditFilter(), page) for page in range(3)]
    told = [line.chosen[0] for page in pages for line in page.lines]
    assert told == [f"number {number}" for number in reversed(range(audit_log.PAGE * 2 + 1))]
    assert [page.more for page in pages] == [True, True, False]


def test_a_broker_reads_what_concerns_their_employers_alone(agency: Agency) -> None:
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    note(agency, "integration.turned_on", employer_id=agency.employer("Harbor Bakery"))
    note(agency, "integration.turned_off", employer_id=agency.employer("Quill & Sons"))
    note(agency, "person.assigned", detail={"person": HR, "role": "employer", "employers": []})
    [line] = agency.ask(BROKER, audit_log.read).lines
    assert line.event == "Integration turned on"


def test_a_filter_does_not_tell_a_broker_the_name_of_another_employer(agency: Agency) -> None:
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    page = agency.ask(BROKER, audit_log.read, AuditFilter(employer_id=agency.employer("Quill & Sons")))
    assert (page.employer, page.lines) == (None, ())


@pytest.mark.parametrize(("user_id", "role"), [(HR, Role.EMPLOYER), (READER, Role.READ_ONLY)])
def test_employers_and_readers_do_not_read_it(agency: Agency, user_id: str, role: Role) -> None:
    agency.person(user_id, role, "Harbor Bakery")
    with pytest.raises(NotAllowed):
        agency.ask(user_id, audit_log.read)


def test_someone_without_a_role_does_not_read_it(agency: Agency) -> None:
    with pytest.raises(NoRole):
        agency.ask(NOBODY, audit_log.read)


def test_the_export_has_a_column_for_everything(agency: Agency) -> None:
    integration = agency.integration("Harbor Bakery", "Guardian")
    note(
        agency,
        employer_id=agency.employer("Harbor Bakery"),
        carrier_id=agency.carrier("Guardian"),
        integration_id=integration,
        employee_ref="emp-7",
        detail={"group_number": "GRP-7"},
    )
    with agency.sessions.read() as session:
        [row] = audit_log.rows(session)
    assert dict(zip(audit_log.COLUMNS, row, strict=True)) == {
        "at": NOW.isoformat(),
        "event": "integration.turned_on",
        "user": ADMIN,
        "role": "agency",
        "employer": "Harbor Bakery",
        "carrier": "Guardian",
        "plan": "Dental PPO",
        "employee": "emp-7",
        "detail": '{"group_number": "GRP-7"}',
    }


@pytest.mark.parametrize("name", ["=HYPERLINK(0)", "+1", "-1", "@SUM(1)"])
def test_a_name_cannot_become_a_formula_in_the_export(agency: Agency, name: str) -> None:
    note(agency, employer_id=agency.employer(name))
    with agency.sessions.read() as session:
        [row] = audit_log.rows(session)
    assert row[audit_log.COLUMNS.index("employer")] == f"'{name}"


def test_a_line_about_a_message_names_the_employee_by_number(agency: Agency) -> None:
    note(agency, "message.resolved", employee_ref="ee_0017")
    [line] = agency.ask(ADMIN, audit_log.read).lines
    assert (line.event, line.employee) == ("Message resolved", "ee_0017")
