"""Giving and taking roles, from the Home tab to the audit log."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox import cast
from bot.sandbox.workspace.driver import Person as Page
from handlers.kit.ids import FindAction
from handlers.people.ids import PeopleAction
from services.store.people import AuditEvent, Person
from tests.agency import Agency
from tests.handlers.pages import As


@pytest.fixture
def agency_user(acting: As) -> Page:
    return acting(cast.AGENCY)


def people(page: Page) -> dict[str, Any]:
    page.press(home(page), PeopleAction.OPEN)
    return top(page)


def home(page: Page) -> dict[str, Any]:
    page.open_home()
    page.wait_for(lambda: page._home)
    view = page.home()
    assert view
    return view


def top(page: Page) -> dict[str, Any]:
    return page.modals()[-1]


def said(view: dict[str, Any]) -> str:
    return "\n".join(block["text"]["text"] for block in view["blocks"] if block["type"] == "section")


def form(page: Page, user_id: str | None = None) -> dict[str, Any]:
    """The form of someone new, or of someone who is on the list."""
    view = people(page)
    for block in view["blocks"]:
        if user_id and user_id in block.get("text", {}).get("text", ""):
            page.press(view, PeopleAction.EDIT, block_id=block["block_id"])
            return top(page)
    page.press(view, PeopleAction.EDIT)
    return top(page)


def employer(page: Page, view: dict[str, Any], name: str) -> dict[str, Any]:
    [option] = page.suggest(view, FindAction.EMPLOYER, name)
    return option


def roles(agency: Agency) -> dict[str, str]:
    return {person.user_id: person.role for person in agency.all(Person)}


def test_the_list_shows_who_has_which_role(agency_user: Page) -> None:
    shown = said(people(agency_user))
    assert f"<@{cast.BROKER.user_id}> · *Broker*\nSees Harbor Bakery and Juniper Dental Group." in shown
    assert cast.NEWCOMER.user_id not in shown


def test_a_newcomer_gets_a_role_and_the_list_says_so(agency_user: Page, agency: Agency) -> None:
    view = form(agency_user)
    harbor = employer(agency_user, view, "harbor")
    values = {"person": cast.NEWCOMER.user_id, "role": "broker", "employers": [harbor]}
    assert agency_user.submit(view, values) == {}
    assert f"✅ <@{cast.NEWCOMER.user_id}> is now Broker." in said(top(agency_user))
    assert roles(agency)[cast.NEWCOMER.user_id] == "broker"
    assert [row.event for row in agency.all(AuditEvent)] == ["person.assigned"]


def test_what_is_missing_is_said_under_its_field(agency_user: Page, agency: Agency) -> None:
    values = {"person": cast.NEWCOMER.user_id, "role": "broker"}
    errors = agency_user.submit(form(agency_user), values)
    assert list(errors) == ["employers"]
    assert cast.NEWCOMER.user_id not in roles(agency)


def test_the_bot_itself_gets_no_role(agency_user: Page) -> None:
    errors = agency_user.submit(form(agency_user), {"person": cast.BOT_USER_ID, "role": "agency"})
    assert errors == {"person": "Choose a person. An app cannot have a role."}


def test_the_form_of_someone_with_a_role_is_filled_in(agency_user: Page, agency: Agency) -> None:
    view = form(agency_user, cast.BROKER.user_id)
    assert agency_user.submit(view, {"role": "stm"}) == {}
    assert roles(agency)[cast.BROKER.user_id] == "stm"
    [row] = agency.all(AuditEvent)
    assert len(row.detail["employers"]) == 2


def test_a_role_is_taken_away(agency_user: Page, agency: Agency) -> None:
    agency_user.press(form(agency_user, cast.BROKER.user_id), PeopleAction.REMOVE)
    assert f"✅ <@{cast.BROKER.user_id}> has no role any more." in said(top(agency_user))
    assert cast.BROKER.user_id not in roles(agency)
    assert [row.event for row in agency.all(AuditEvent)] == ["person.removed"]


def test_the_form_leads_back_to_the_list(agency_user: Page) -> None:
    agency_user.press(form(agency_user), PeopleAction.OPEN)
    assert "*Broker*" in said(top(agency_user))
    assert len(agency_user.modals()) == 1


def test_a_right_that_is_gone_is_noticed_when_the_form_is_sent(agency_user: Page, agency: Agency) -> None:
    view = form(agency_user)
    agency.do(cast.AGENCY.user_id, _step_down, cast.AGENCY.user_id)
    agency_user.submit(view, {"person": cast.NEWCOMER.user_id, "role": "agency"})
    assert "does not let you assign people to roles" in said(top(agency_user))
    assert cast.NEWCOMER.user_id not in roles(agency)


def _step_down(session: Any, actor: Any, now: Any, user_id: str) -> None:
    del actor, now
    session.query(Person).filter_by(user_id=user_id).update({"role": "stm"})


@pytest.mark.parametrize("member", [cast.BROKER, cast.EMPLOYER, cast.READ_ONLY, cast.NEWCOMER])
def test_only_an_agency_user_is_offered_people(acting: As, member: cast.CastMember) -> None:
    page = acting(member)
    view = home(page)
    with pytest.raises(LookupError):
        page.press(view, PeopleAction.OPEN)
