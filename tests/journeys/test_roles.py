"""What each role is shown by any way in, and what it is not, by a forged button neither."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bot.sandbox import cast
from bot.sandbox.workspace.driver import Person
from handlers.alerts.ids import AlertAction
from handlers.home.ids import HomeAction
from handlers.kit.ids import FindAction, pack
from handlers.messages.ids import MessagesAction
from handlers.people.ids import AuditAction, PeopleAction
from handlers.status.ids import StatusAction
from services.store.changes import Change
from services.store.exchange import Integration
from tests.bot.patience import eventually
from tests.journeys.shown import (
    EMPLOYERS,
    Json,
    ask,
    buttons,
    employers_in,
    labels,
    pages_of_all,
    press_old,
    said,
    their,
    top,
)
from tests.journeys.whole import Whole

FOREIGN = "int_quill_cigna_medical"  # with an employer that none of these works with
RESTRICTED = (cast.BROKER, cast.EMPLOYER, cast.READ_ONLY, cast.NEWCOMER)
OF_ONE = (
    StatusAction.INTEGRATION,
    StatusAction.HISTORY,
    MessagesAction.OPEN,
    StatusAction.TURN_ON,
    StatusAction.TURN_OFF,
    StatusAction.GROUP_NUMBER,
    StatusAction.LOG,
    AlertAction.OPEN,
    HomeAction.OPEN,
)


@pytest.fixture
def foreign(whole: Whole) -> Integration:
    [row] = [each for each in whole.all(Integration) if each.ref == FOREIGN]
    return row


def home(page: Person) -> Json:
    page.open_home()
    eventually(lambda: page.home() is not None)
    return page.home() or {}


def press_foreign(page: Person, action: str, value: str) -> str:
    """Press a forged button on an own answer. Return everything that comes of it."""
    answer = ask(page, "help")
    before = len(page.messages(answer["channel"]))
    press_old(page, answer, action, value)
    page.wait_for(lambda: len(page._messages[answer["channel"]]) > before or page._modals)
    shown = said(page.messages(answer["channel"])[-1]) + "".join(map(said, page.modals()))
    for view in page.modals()[-1:]:
        page.close_modal(view, everything=True)
    return shown


def names_in(shown: str) -> set[str]:
    return {name for name in EMPLOYERS.values() if name in shown.replace("&amp;", "&")}


@pytest.mark.parametrize("action", OF_ONE)
@pytest.mark.parametrize("member", RESTRICTED, ids=lambda member: member.name)
def test_a_forged_button_for_another_employers_integration_shows_nothing_of_it(
    whole: Whole, foreign: Integration, member: cast.CastMember, action: str
) -> None:
    shown = press_foreign(whole.acting(member), action, pack(integration=foreign.id))
    assert not names_in(shown) - their(member)
    assert "Cigna" not in shown
    assert whole.all(Change) == []


@pytest.mark.parametrize("action", [StatusAction.ALL, StatusAction.CHOOSE, HomeAction.OPEN])
@pytest.mark.parametrize("member", RESTRICTED, ids=lambda member: member.name)
def test_a_forged_button_for_another_employer_shows_nothing_of_it(
    whole: Whole, foreign: Integration, member: cast.CastMember, action: str
) -> None:
    value = pack(employer=foreign.employer_id, carrier=foreign.carrier_id)
    assert not names_in(press_foreign(whole.acting(member), action, value)) - their(member)


@pytest.mark.parametrize("action", [PeopleAction.OPEN, PeopleAction.EDIT, AuditAction.OPEN])
@pytest.mark.parametrize("member", RESTRICTED[1:], ids=lambda member: member.name)
def test_people_and_the_audit_log_are_not_opened_by_a_forged_button(
    whole: Whole, member: cast.CastMember, action: str
) -> None:
    shown = press_foreign(whole.acting(member), action, pack(person=cast.BROKER.user_id))
    assert "does not let you" in shown or "does not know your role" in shown
    assert cast.BROKER.user_id not in shown


@pytest.mark.parametrize("member", RESTRICTED, ids=lambda member: member.name)
def test_the_app_home_names_a_persons_own_employers_alone(whole: Whole, member: cast.CastMember) -> None:
    assert employers_in(home(whole.acting(member))) <= their(member)


def test_only_an_agency_user_finds_people_and_the_audit_log_on_the_app_home(whole: Whole) -> None:
    offered = {member.name: labels(home(whole.acting(member))) for member in cast.PEOPLE}
    assert [name for name, found in offered.items() if "People" in found] == ["dana"]
    assert {name for name, found in offered.items() if "Open audit log" in found} == {"dana", "marcus"}


def test_an_employer_user_meets_neither_pending_nor_disabled_nor_a_group_number(whole: Whole) -> None:
    page = whole.acting(cast.EMPLOYER)
    shown = [*pages_of_all(page), ask(page), ask(page, "harbor"), home(page)]
    words = "".join(said(each) for each in shown)
    assert not [word for word in ("Group number", "🟡", "⚪", "UnitedHealthcare", "Kaiser") if word in words]


@pytest.mark.parametrize("member", [cast.BROKER, cast.EMPLOYER], ids=lambda member: member.name)
def test_a_search_suggests_own_employers_alone(whole: Whole, member: cast.CastMember) -> None:
    page = whole.acting(member)
    page.press(ask(page), StatusAction.ALL)
    found = page.suggest(top(page), StatusAction.FILTER_EMPLOYER, "")
    found += page.suggest(top(page), StatusAction.FILTER_EMPLOYER, "o")
    page.close_modal(top(page), everything=True)
    assert {option["text"]["text"] for option in found} == their(member)


def test_a_broker_who_presses_a_card_of_another_employer_learns_nothing_more(whole: Whole) -> None:
    card = whole.wait_for_card("1 open Failure", "Cigna for Oakline Furniture")
    page = whole.acting(cast.BROKER)
    before = len(page.messages(cast.ALERTS.channel_id))
    page.press(card | {"channel": cast.ALERTS.channel_id}, AlertAction.OPEN)
    page.wait_for(lambda: len(page._messages[cast.ALERTS.channel_id]) > before)
    told = page.messages(cast.ALERTS.channel_id)[-1]
    assert employers_in(told) == set()
    assert page.modals() == []


@pytest.fixture
def with_a_role(whole: Whole) -> Iterator[Callable[[str, str], Person]]:
    """The newcomer, once the agency user gave them a role with an employer, as on the page."""
    agency = whole.acting(cast.AGENCY)

    def give(role: str, employer: str) -> Person:
        agency.press(home(agency), PeopleAction.OPEN)
        agency.press(top(agency), PeopleAction.EDIT)
        [option] = agency.suggest(top(agency), FindAction.EMPLOYER, employer)
        given = {"person": cast.NEWCOMER.user_id, "role": role, "employers": [option]}
        assert agency.submit(top(agency), given) == {}
        agency.close_modal(top(agency), everything=True)
        return whole.acting(cast.NEWCOMER)

    yield give
    take_the_role(agency)


def take_the_role(agency: Person) -> None:
    agency.press(home(agency), PeopleAction.OPEN)
    value = pack(person=cast.NEWCOMER.user_id)
    press_old(agency, top(agency), PeopleAction.REMOVE, value)
    assert f"<@{cast.NEWCOMER.user_id}>" not in "".join(
        block["text"]["text"] for block in top(agency)["blocks"] if block.get("accessory")
    )
    agency.close_modal(top(agency), everything=True)


GiveRole = Callable[[str, str], Person]


@pytest.mark.parametrize("role", ["broker", "stm"])
def test_a_new_role_holds_at_once_for_the_employer_that_was_given(
    whole: Whole, with_a_role: GiveRole, role: str
) -> None:
    assert "does not know your role" in ask(whole.acting(cast.NEWCOMER))["text"]
    newcomer = with_a_role(role, "sundial")
    assert employers_in(ask(newcomer)) == {"Sundial Solar"}
    offered = [button["action_id"] for button in buttons(ask(newcomer, "sundial kaiser"))]
    assert StatusAction.TURN_OFF in offered


def test_an_employer_user_whose_organisation_has_an_active_integration_sees_it(
    with_a_role: GiveRole,
) -> None:
    newcomer = with_a_role("employer", "sundial")
    answer = ask(newcomer, "sundial kaiser")
    assert employers_in(answer) == {"Sundial Solar"}
    assert labels(answer) == ["Messages", "Sync history"]
