"""Who may have which role."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.access import Role
from services.desk import Desk, Sessions
from services.errors import Invalid, NotAllowed, Refused
from services.people import roles
from services.store.people import AuditEvent, Person
from tests.agency import ADMIN, BROKER, HR, Agency, found


@pytest.fixture
def agency(sessions: Sessions) -> Agency:
    """On SQLite and on PostgreSQL."""
    return Agency(sessions)


def events(agency: Agency) -> list[tuple[str, dict[str, object]]]:
    return [(row.event, row.detail) for row in agency.all(AuditEvent)]


def without_admins(agency: Agency) -> Desk:
    """The same agency when its settings name nobody."""
    return Desk(agency.sessions, lambda: agency.now)


def test_a_broker_gets_the_employers_that_were_chosen(agency: Agency) -> None:
    harbor, quill = agency.employer("Harbor Bakery"), agency.employer("Quill & Sons")
    given_role = agency.do(ADMIN, roles.assign, BROKER, "broker", [quill, harbor])
    assert given_role.role is Role.BROKER
    assert [each.name for each in given_role.employers] == ["Harbor Bakery", "Quill & Sons"]
    assert agency.ask(ADMIN, roles.detail, BROKER) == given_role


def test_assigning_is_recorded_with_role_and_employers(agency: Agency) -> None:
    harbor = agency.employer("Harbor Bakery")
    agency.do(ADMIN, roles.assign, BROKER, "broker", [harbor])
    assert events(agency) == [
        ("person.assigned", {"person": BROKER, "role": "broker", "employers": [str(harbor)]})
    ]


def test_a_form_delivered_twice_leaves_one_audit_row(agency: Agency) -> None:
    harbor = agency.employer("Harbor Bakery")
    first = agency.do(ADMIN, roles.assign, BROKER, "broker", [harbor])
    assert agency.do(ADMIN, roles.assign, BROKER, "broker", [harbor]) == first
    assert len(events(agency)) == 1


def test_the_first_agency_user_is_recorded_though_they_have_no_employers(agency: Agency) -> None:
    agency.do(ADMIN, roles.assign, BROKER, "agency")
    assert events(agency) == [("person.assigned", {"person": BROKER, "role": "agency", "employers": []})]


def test_a_new_role_takes_the_place_of_the_old_one(agency: Agency) -> None:
    harbor, quill = agency.employer("Harbor Bakery"), agency.employer("Quill & Sons")
    agency.do(ADMIN, roles.assign, BROKER, "broker", [harbor, quill])
    agency.do(ADMIN, roles.assign, BROKER, "employer", [quill])
    line = agency.ask(ADMIN, roles.detail, BROKER)
    assert line
    assert (line.role, [each.id for each in line.employers]) == (Role.EMPLOYER, [quill])


def test_an_agency_user_keeps_no_list_of_employers(agency: Agency) -> None:
    harbor = agency.employer("Harbor Bakery")
    assert agency.do(ADMIN, roles.assign, BROKER, "agency", [harbor]).employer_count == 0


@pytest.mark.parametrize("role", ["broker", "stm", "employer", "read_only"])
def test_a_role_with_employers_needs_at_least_one(agency: Agency, role: str) -> None:
    with pytest.raises(Invalid) as refused:
        agency.do(ADMIN, roles.assign, BROKER, role)
    assert list(refused.value.fields) == ["employers"]


@pytest.mark.parametrize("role", ["employer", "read_only"])
def test_someone_of_one_organisation_has_one_employer(agency: Agency, role: str) -> None:
    two = [agency.employer("Harbor Bakery"), agency.employer("Quill & Sons")]
    with pytest.raises(Invalid) as refused:
        agency.do(ADMIN, roles.assign, HR, role, two)
    assert list(refused.value.fields) == ["employers"]


def test_an_employer_that_is_gone_is_not_assigned(agency: Agency) -> None:
    with pytest.raises(Invalid, match="no longer there"):
        agency.do(ADMIN, roles.assign, BROKER, "broker", [4711])


def test_more_employers_than_a_form_can_show_are_refused(agency: Agency) -> None:
    many = [agency.employer(f"Employer {number}") for number in range(roles.MOST_EMPLOYERS + 1)]
    with pytest.raises(Invalid, match="at most 100"):
        agency.do(ADMIN, roles.assign, BROKER, "broker", many)
    assert agency.do(ADMIN, roles.assign, BROKER, "broker", many[1:]).employer_count == len(many) - 1


@pytest.mark.parametrize("role", ["", "admin", "Broker", "owner; drop"])
def test_an_unknown_role_is_refused_under_its_field(agency: Agency, role: str) -> None:
    with pytest.raises(Invalid) as refused:
        agency.do(ADMIN, roles.assign, BROKER, role)
    assert list(refused.value.fields) == ["role"]


@pytest.mark.parametrize("nobody", ["", "U0LASTSYNC", roles.SLACKBOT])
def test_an_app_cannot_have_a_role(agency: Agency, nobody: str) -> None:
    with pytest.raises(Invalid) as refused:
        agency.do(ADMIN, roles.assign, nobody, "agency", bot_user_id="U0LASTSYNC")
    assert list(refused.value.fields) == ["person"]


def test_someone_named_in_admins_stays_an_agency_user(agency: Agency) -> None:
    harbor = agency.employer("Harbor Bakery")
    with pytest.raises(Invalid, match="ADMINS"):
        agency.do(ADMIN, roles.assign, ADMIN, "broker", [harbor])
    with pytest.raises(Refused, match="ADMINS"):
        agency.do(ADMIN, roles.remove, ADMIN)


def test_removing_is_recorded_once(agency: Agency) -> None:
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    agency.do(ADMIN, roles.remove, BROKER)
    agency.do(ADMIN, roles.remove, BROKER)
    assert [event for event, _ in events(agency)] == ["person.removed"]
    assert agency.all(Person) == []


def test_the_last_agency_user_cannot_leave_when_admins_is_empty(agency: Agency) -> None:
    agency.person(BROKER, Role.AGENCY)
    alone = without_admins(agency)
    with pytest.raises(Refused, match="only agency user"):
        alone.do(BROKER, roles.remove, BROKER)
    with pytest.raises(Invalid, match="only agency user"):
        alone.do(BROKER, roles.assign, BROKER, "broker", [agency.employer("Harbor Bakery")])


def test_one_of_two_agency_users_can_leave(agency: Agency) -> None:
    agency.person(BROKER, Role.AGENCY)
    agency.person(HR, Role.AGENCY)
    without_admins(agency).do(BROKER, roles.remove, BROKER)
    assert [person.user_id for person in agency.all(Person)] == [HR]


def test_the_last_agency_user_can_leave_while_admins_names_someone(agency: Agency) -> None:
    agency.person(BROKER, Role.AGENCY)
    agency.do(BROKER, roles.remove, BROKER)
    assert agency.all(Person) == []


@pytest.mark.parametrize("role", [Role.BROKER, Role.STM, Role.EMPLOYER, Role.READ_ONLY])
def test_only_agency_users_give_and_take_roles(agency: Agency, role: Role) -> None:
    agency.person(BROKER, role, "Harbor Bakery")
    for attempt in (
        lambda: agency.ask(BROKER, roles.listing),
        lambda: agency.ask(BROKER, roles.detail, BROKER),
        lambda: agency.do(BROKER, roles.assign, BROKER, "agency"),
        lambda: agency.do(BROKER, roles.remove, BROKER),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_the_list_starts_with_those_from_the_settings_and_turns_its_pages(agency: Agency) -> None:
    for number in range(roles.PAGE + 4):
        agency.person(f"U{number:03}", Role.BROKER, "Harbor Bakery")
    first, second = (agency.ask(ADMIN, roles.listing, page) for page in (0, 1))
    assert first.people[0] == roles.PersonLine(ADMIN, Role.AGENCY, by_settings=True)
    assert (len(first.people), len(second.people), first.pages, first.total) == (
        roles.PAGE,
        5,
        2,
        roles.PAGE + 5,
    )
    assert not {each.user_id for each in first.people} & {each.user_id for each in second.people}


def test_a_page_that_is_not_there_shows_the_nearest(agency: Agency) -> None:
    assert agency.ask(ADMIN, roles.listing, 99).page == 0
    assert agency.ask(ADMIN, roles.listing, -1).page == 0


def test_the_list_names_a_few_employers_and_counts_them_all(agency: Agency) -> None:
    names = [f"Employer {number}" for number in range(9)]
    agency.person(BROKER, Role.BROKER, *names)
    [_, line] = agency.ask(ADMIN, roles.listing).people
    assert (len(line.employers), line.employer_count) == (roles.SHOWN_EMPLOYERS, 9)


def test_two_agency_users_who_remove_each_other_at_once_do_not_both_succeed(agency: Agency) -> None:
    agency.person(BROKER, Role.AGENCY)
    agency.person(HR, Role.AGENCY)
    desk, together = without_admins(agency), Barrier(2)

    def removes(actor: str, whom: str) -> None:
        together.wait()
        with suppress(Refused):
            desk.do(actor, roles.remove, whom)

    with ThreadPoolExecutor(2) as pool:
        for attempt in [pool.submit(removes, BROKER, HR), pool.submit(removes, HR, BROKER)]:
            attempt.result()
    assert len(agency.all(Person)) == 1


USERS = st.sampled_from(["U1", "U2", "U3"])
STEPS = st.tuples(USERS, USERS, st.sampled_from([None, "agency", "broker"]))


@given(steps=st.lists(STEPS, max_size=12))
@settings(max_examples=25, deadline=None)
def test_whatever_they_do_somebody_can_still_give_roles(
    steps: list[tuple[str, str, str | None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    agency = found(tmp_path_factory.mktemp("agency"))
    agency.person("U1", Role.AGENCY)
    harbor, desk = agency.employer("Harbor Bakery"), without_admins(agency)
    for actor, whom, role in steps:
        with suppress(Refused):
            if role is None:
                desk.do(actor, roles.remove, whom)
            else:
                desk.do(actor, roles.assign, whom, role, [harbor])
    assert Role.AGENCY in {person.role for person in agency.all(Person)}
