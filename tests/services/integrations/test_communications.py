"""What people record of the changes that they told a carrier by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.access import Role
from services.errors import Invalid, MovedOn, NotAllowed, NotFound
from services.integrations import communications
from services.integrations.communications import KINDS, NOTE_LENGTH
from services.status import answer
from services.status.answer import IntegrationView
from services.store.changes import Communication
from services.store.people import AuditEvent, Seen
from tests.agency import ADMIN, BROKER, DAY, HR, NOW, Agency

FORM: dict[str, Any] = {
    "kinds": ["terminations", "new_enrollments"],
    "sent_on": "2026-11-17",
    "note": "By e-mail to the account manager.",
    "key": "V1",
}


@pytest.fixture
def pending(agency: Agency) -> int:
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    agency.person(HR, Role.EMPLOYER, "Harbor Bakery")
    agency.integration("Harbor Bakery", "Aetna")
    return agency.integration("Harbor Bakery", "Guardian", "pending")


def test_what_was_sent_is_recorded(agency: Agency, pending: int) -> None:
    agency.do(BROKER, communications.log, pending, **FORM)
    [logged] = agency.all(Communication)
    assert logged.kinds == ["new_enrollments", "terminations"]
    assert (logged.sent_on, logged.note) == (date(2026, 11, 17), "By e-mail to the account manager.")
    assert (logged.logged_by, logged.logged_at) == (BROKER, NOW)


def test_the_audit_log_tells_of_it_without_the_note(agency: Agency, pending: int) -> None:
    agency.do(BROKER, communications.log, pending, **FORM)
    [event] = agency.all(AuditEvent)
    assert (event.event, event.user_id, event.integration_id) == ("communication.logged", BROKER, pending)
    assert event.detail == {"kinds": ["new_enrollments", "terminations"], "sent_on": "2026-11-17"}


def test_a_form_that_arrives_twice_is_recorded_once(agency: Agency, pending: int) -> None:
    first = agency.do(BROKER, communications.log, pending, **FORM)
    assert agency.do(BROKER, communications.log, pending, **FORM) == first
    assert len(agency.all(Communication)) == 1
    assert len(agency.all(AuditEvent)) == 1


def test_another_form_with_the_same_content_is_recorded_too(agency: Agency, pending: int) -> None:
    for key in ("V1", "V2"):
        agency.do(BROKER, communications.log, pending, **{**FORM, "key": key})
    assert len(agency.all(Communication)) == 2


def test_an_active_integration_has_nothing_to_log(agency: Agency) -> None:
    active = agency.integration("Harbor Bakery", "Guardian")
    with pytest.raises(MovedOn, match="is Active"):
        agency.do(ADMIN, communications.log, active, **FORM)


def test_a_disabled_integration_can_be_logged(agency: Agency) -> None:
    disabled = agency.integration("Harbor Bakery", "Guardian", "disabled")
    agency.do(ADMIN, communications.log, disabled, **FORM)
    assert len(agency.all(Communication)) == 1


def test_an_employer_may_not_log(agency: Agency, pending: int) -> None:
    with pytest.raises(NotAllowed):
        agency.do(HR, communications.log, pending, **FORM)


def test_a_broker_cannot_log_for_an_employer_of_others(agency: Agency, pending: int) -> None:
    del pending
    elsewhere = agency.integration("Quill & Sons Printing", "Guardian", "pending")
    with pytest.raises(NotFound):
        agency.do(BROKER, communications.log, elsewhere, **FORM)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kinds", []),
        ("kinds", ["gossip"]),
        ("sent_on", None),
        ("sent_on", "soon"),
        ("sent_on", "1990-01-01"),
        ("sent_on", (NOW + 2 * DAY).date().isoformat()),
        ("note", "x" * (NOTE_LENGTH + 1)),
        ("note", "His SSN is 123-45-6789"),
        ("note", "123 45 6789"),
        ("note", "born 04/12/1988"),
        ("note", "DOB 1988-04-12"),
        ("note", "born on April 12, 1988"),
        ("note", "member 1234567890"),
        ("note", "told dana.reyes@carrier.example"),
    ],
)
def test_a_field_that_needs_another_value_is_named_and_nothing_is_kept(
    agency: Agency, pending: int, field: str, value: object
) -> None:
    with pytest.raises(Invalid) as refused:
        agency.do(BROKER, communications.log, pending, **{**FORM, field: value})
    assert list(refused.value.fields) == [field]
    assert str(value) not in refused.value.fields[field] or not value
    assert [*agency.all(Communication), *agency.all(AuditEvent), *agency.all(Seen)] == []


def test_every_wrong_field_is_named_at_once(agency: Agency, pending: int) -> None:
    with pytest.raises(Invalid) as refused:
        agency.do(BROKER, communications.log, pending, kinds=[], sent_on="", note="1988-04-12", key="V1")
    assert set(refused.value.fields) == {"kinds", "sent_on", "note"}


def test_today_can_be_chosen_where_the_day_has_begun_already(agency: Agency, pending: int) -> None:
    """In Auckland it is tomorrow by UTC."""
    agency.do(BROKER, communications.log, pending, **{**FORM, "sent_on": "2026-11-19"})
    assert len(agency.all(Communication)) == 1


def test_from_the_day_it_was_configured_on_what_was_sent_can_be_logged(agency: Agency) -> None:
    since = agency.integration("Harbor Bakery", "Guardian", "pending", configured_at=NOW - 5 * DAY)
    agency.do(ADMIN, communications.log, since, **{**FORM, "sent_on": "2026-11-13"})
    with pytest.raises(Invalid, match="not configured yet"):
        agency.do(ADMIN, communications.log, since, **{**FORM, "sent_on": "2026-11-11", "key": "V2"})


def test_where_that_is_not_known_a_year_back_can_be_logged(agency: Agency) -> None:
    unknown = agency.integration("Harbor Bakery", "Guardian", "disabled", configured_at=None)
    agency.do(ADMIN, communications.log, unknown, **{**FORM, "sent_on": "2025-11-18"})
    with pytest.raises(Invalid, match="more than a year ago"):
        agency.do(ADMIN, communications.log, unknown, **{**FORM, "sent_on": "2025-11-16", "key": "V2"})


def test_the_newest_are_shown_with_the_integration(agency: Agency, pending: int) -> None:
    for day in (10, 16, 12, 14):
        form = {**FORM, "sent_on": f"2026-11-{day}", "key": f"V{day}"}
        agency.do(BROKER, communications.log, pending, **form)
    view = agency.ask(BROKER, answer.integration, pending)
    assert isinstance(view, IntegrationView)
    assert [each.sent_on.day for each in view.communications] == [16, 14, 12]
    assert view.communications[0].sent == (KINDS["new_enrollments"], KINDS["terminations"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    ssn=st.from_regex(r"[0-9]{3}[- .]?[0-9]{2}[- .]?[0-9]{4}", fullmatch=True),
    before=st.sampled_from(["", "for ", "SSN: ", "(", "his number is "]),
    after=st.sampled_from(["", ".", " sent", ")"]),
)
def test_no_note_with_a_social_security_number_is_kept(ssn: str, before: str, after: str) -> None:
    refused = communications.refuse_note(f"{before}{ssn}{after}")
    assert refused
    assert ssn not in refused
