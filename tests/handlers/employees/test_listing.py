"""`/sync-employees`: the four states, whom one sees, ticking and sending, Levels, histories."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt import App
from sqlalchemy import delete, update

from bot.sandbox import cast
from bot.sandbox.workspace.driver import Person
from handlers import renderer
from handlers.alerts.ids import AlertAction
from handlers.employees.ids import EmployeeAction, EmployeesAction
from services import subjects
from services.errors import Rejected, Unavailable
from services.store.alerts import Alert, Card
from services.store.employees import Attempt, Batch, Employee, Selection
from services.store.people import PersonEmployer
from tests.agency import Agency
from tests.handlers.pages import As, Json, said, top
from tests.handlers.staff import JUNIPER, QUILL, Staff

COMMAND = "/sync-employees"
CHANNEL = cast.ALERTS.channel_id


@pytest.fixture
def staff(agency: Agency) -> Staff:
    """Twelve at Harbor Bakery, who never synced; and HR was read."""
    staff = Staff(agency)
    staff.hire(12)
    staff.read()
    return staff


@pytest.fixture
def dana(acting: As) -> Person:
    return acting(cast.AGENCY)


def listed(page: Person, text: str = "") -> Json:
    """The modal that the command opens."""
    assert page.command(f"{COMMAND} {text}".strip(), channel="general") == []
    return top(page)


def tabs(view: Json) -> list[str]:
    return [element["text"]["text"] for element in view["blocks"][0]["elements"]]


def offered(view: Json) -> list[Json]:
    """The tick boxes of a page."""
    return [
        option
        for block in view["blocks"]
        if block["block_id"] == "employees"
        for option in block["element"]["options"]
    ]


def sync_all(page: Person, text: str = "") -> None:
    """Everyone in the filter: Sync, Confirm Sync."""
    assert page.submit(listed(page, text), {"everyone": ["all"]}) == {}
    assert page.submit(top(page)) == {}
    page.close_modal(top(page), everything=True)


def history(page: Person, state: str = EmployeesAction.FAILED) -> Json:
    page.press(listed(page), state)
    page.press(top(page), EmployeeAction.OPEN)
    return top(page)


def history_of(page: Person, text: str) -> Json:
    page.press(listed(page, text), EmployeeAction.OPEN)
    return top(page)


# ── the list


def test_the_modal_has_the_four_states_with_their_counts(dana: Person, staff: Staff) -> None:
    del staff
    view = listed(dana)
    assert tabs(view) == ["Not syncing 12", "In progress 0", "Successful 0", "Failed 0"]
    assert len(offered(view)) == 10
    assert "12 Not syncing · page 1 of 2" in said(view)
    assert "Nobody's sync can be switched off here" in said(view)
    assert "leave date" in said(view)


def test_help_says_what_the_command_does(dana: Person) -> None:
    [answer] = dana.command(f"{COMMAND} help", channel="general")
    assert "sends employees from HR to the Benefits platform" in said(answer)
    assert answer["is_ephemeral"]


def test_where_it_is_not_set_up_it_says_who_can_do_so(dana: Person, agency: Agency) -> None:
    del agency
    [answer] = dana.command(COMMAND, channel="general")
    assert "Employee sync is not set up here." in answer["text"]
    assert "HR_SOURCE" in answer["text"]
    assert dana.modals() == []


@pytest.mark.parametrize("member", [cast.EMPLOYER, cast.NEWCOMER])
def test_who_has_no_right_is_told_so_kindly(acting: As, staff: Staff, member: cast.CastMember) -> None:
    del staff
    page = acting(member)
    [answer] = page.command(COMMAND, channel="general")
    assert "role" in answer["text"]
    assert page.modals() == []


def test_a_broker_sees_their_own_employers_alone(broker: Person, dana: Person, staff: Staff) -> None:
    staff.hire(3, QUILL, first=3001)
    staff.hire(2, JUNIPER, first=2001)
    staff.read()
    assert tabs(listed(broker))[0] == "Not syncing 14"
    assert tabs(listed(dana))[0] == "Not syncing 17"
    assert tabs(listed(broker, "3001"))[0] == "Not syncing 0"


def test_the_search_finds_by_name_number_and_employer(dana: Person, staff: Staff) -> None:
    staff.hire(2, JUNIPER, first=2001)
    staff.read()
    assert [option["value"] for option in offered(listed(dana, "worker1003"))] == [str(staff.id("1003"))]
    view = listed(dana)
    dana.press(view, EmployeesAction.SEARCH, value="juniper", values={"Search": "juniper"})
    assert tabs(top(dana))[0] == "Not syncing 2"
    dana.press(top(dana), EmployeesAction.FIND, values={"Search": "2002"})
    assert tabs(top(dana))[0] == "Not syncing 1"
    dana.press(top(dana), EmployeesAction.CLEAR)
    assert tabs(top(dana))[0] == "Not syncing 14"


def test_a_search_that_finds_nobody_leaves_the_box_to_search_again(dana: Person, staff: Staff) -> None:
    del staff
    view = listed(dana, "nobody of this name")
    assert "Nobody here is not syncing and fits these filters." in said(view)
    assert view["submit"]["text"] == "Search"
    assert dana.submit(view, {"Search": "1004"}) == {}
    assert tabs(top(dana))[0] == "Not syncing 1"
    assert top(dana)["submit"]["text"] == "Sync…"


def test_what_is_searched_for_travels_in_no_value_and_no_metadata(dana: Person, staff: Staff) -> None:
    staff.hire(12, first=10031)
    staff.read()
    view = listed(dana, "worker1003")
    assert dana.submit(view, {"everyone": ["all"]}) == {}
    elements = [element for block in view["blocks"] for element in block.get("elements", [])]
    carried = [element["value"] for element in elements if "value" in element]
    carried += [each["private_metadata"] for each in dana.modals()]
    assert len(carried) > 6
    assert "worker" not in " ".join(carried).lower()


def test_a_list_under_a_form_keeps_its_search(dana: Person, staff: Staff) -> None:
    del staff
    assert dana.submit(listed(dana, "worker1003"), {"everyone": ["all"]}) == {}
    assert dana.submit(top(dana)) == {}
    dana.close_modal(top(dana))
    assert tabs(top(dana))[:2] == ["Not syncing 0", "In progress 1"]


def test_levels_and_employers_narrow_the_list(dana: Person, staff: Staff) -> None:
    staff.hire(2, JUNIPER, first=2001, level="Enhanced")
    staff.read()
    view = listed(dana)
    dana.press(view, EmployeesAction.FILTER_LEVEL, option="=Enhanced")
    assert tabs(top(dana))[0] == "Not syncing 2"
    dana.press(top(dana), EmployeesAction.FILTER_LEVEL, option="=-")
    assert tabs(top(dana))[0] == "Not syncing 12"
    dana.press(top(dana), EmployeesAction.FILTER_LEVEL, option="*")
    [juniper] = dana.suggest(top(dana), EmployeesAction.FILTER_EMPLOYER, "juni")
    dana.press(top(dana), EmployeesAction.FILTER_EMPLOYER, value=juniper)
    assert tabs(top(dana))[0] == "Not syncing 2"


def test_who_sees_one_employer_is_not_asked_which(acting: As, dana: Person, staff: Staff) -> None:
    del staff
    for page in (acting(cast.READ_ONLY), dana):
        assert EmployeesAction.FILTER_EMPLOYER not in said(listed(page))


def test_a_list_opens_where_somebody_is(dana: Person, staff: Staff) -> None:
    staff.change("1001", gender=None)
    staff.read()
    sync_all(dana)
    staff.finish()
    assert "1 Failed · page" in said(listed(dana))
    assert "1 Successful · page" in said(listed(dana, "1002"))


# ── choosing and sending


def test_ticks_on_two_pages_are_confirmed_with_their_count_and_sent(
    dana: Person, staff: Staff, agency: Agency
) -> None:
    del staff
    first = [option["value"] for option in offered(listed(dana))]
    dana.press(top(dana), EmployeesAction.NEXT, values={"employees": first[:2]})
    assert "2 employees ticked on other pages" in said(top(dana))
    second = [option["value"] for option in offered(top(dana))]
    assert dana.submit(top(dana), {"employees": second[:1]}) == {}
    assert top(dana)["title"]["text"] == "Confirm Sync"
    assert "You are about to send *3 employees*" in said(top(dana))
    assert top(dana)["submit"]["text"] == "Sync 3"
    assert agency.all(Attempt) == []
    assert dana.submit(top(dana)) == {}
    assert "3 employees on the way" in said(top(dana))
    assert sorted(each.employee_id for each in agency.all(Attempt)) == sorted(
        int(value) for value in [*first[:2], *second[:1]]
    )
    dana.close_modal(top(dana))
    assert tabs(top(dana)) == ["Not syncing 9", "In progress 3", "Successful 0", "Failed 0"]


def test_unticking_on_the_way_back_counts(dana: Person, staff: Staff) -> None:
    del staff
    first = [option["value"] for option in offered(listed(dana))]
    dana.press(top(dana), EmployeesAction.NEXT, values={"employees": first[:2]})
    dana.press(top(dana), EmployeesAction.PREVIOUS)
    assert dana.submit(top(dana), {"employees": first[1:2]}) == {}
    assert "*1 employee*" in said(top(dana))


def test_all_in_the_filter_are_sent_and_not_what_fits_on_a_page(
    dana: Person, staff: Staff, agency: Agency
) -> None:
    staff.hire(300, first=5001)
    staff.read()
    assert dana.submit(listed(dana, "worker5"), {"everyone": ["all"]}) == {}
    assert "*300 employees*" in said(top(dana))
    assert "all in the filter" in said(top(dana))
    assert dana.submit(top(dana)) == {}
    assert len(agency.all(Attempt)) == 300
    dana.close_modal(top(dana))
    assert tabs(top(dana))[:2] == ["Not syncing 0", "In progress 300"]


def test_all_stays_chosen_over_a_page_and_not_over_a_filter(dana: Person, staff: Staff) -> None:
    del staff
    dana.press(listed(dana), EmployeesAction.NEXT, values={"everyone": ["all"]})
    assert dana.submit(top(dana)) == {}
    assert "*12 employees*" in said(top(dana))
    dana.close_modal(top(dana))
    dana.press(top(dana), EmployeesAction.FIND, values={"Search": "1001"})
    assert list(dana.submit(top(dana))) == ["employees"]


def test_nobody_ticked_is_refused_at_the_boxes(dana: Person, staff: Staff, agency: Agency) -> None:
    del staff
    assert list(dana.submit(listed(dana))) == ["employees"]
    assert agency.all(Selection) == []


def test_another_state_unticks(dana: Person, staff: Staff) -> None:
    del staff
    first = [option["value"] for option in offered(listed(dana))]
    dana.press(top(dana), EmployeesAction.FAILED, values={"employees": first[:2]})
    dana.press(top(dana), EmployeesAction.NOT_SYNCING)
    assert list(dana.submit(top(dana))) == ["employees"]


def test_the_confirmation_says_who_will_fail_and_who_has_left(dana: Person, staff: Staff) -> None:
    left = (staff.agency.now - timedelta(days=9)).date()
    staff.change("1001", gender=None)
    staff.change("1002", leave_date=left)
    staff.change("1003", leave_date=left)
    staff.read()
    with staff.agency.sessions.write() as session:
        session.execute(update(Employee).where(Employee.ref == "1003").values(account_id="acc-1"))
    assert dana.submit(listed(dana), {"everyone": ["all"]}) == {}
    assert "2 cannot be sent with what HR has, and will end as Failed" in said(top(dana))
    assert "1 has left: the account is closed." in said(top(dana))
    assert "Of Harbor Bakery" in said(top(dana))


def test_a_form_that_comes_twice_is_one_batch(dana: Person, staff: Staff, agency: Agency) -> None:
    del staff
    assert dana.submit(listed(dana), {"everyone": ["all"]}) == {}
    form = top(dana)
    assert dana.submit(form) == {}
    dana.submit(form)
    assert [each.total for each in agency.all(Batch)] == [12]


def test_more_than_were_confirmed_are_not_sent(dana: Person, staff: Staff, agency: Agency) -> None:
    assert dana.submit(listed(dana), {"everyone": ["all"]}) == {}
    staff.hire(1, first=9001)
    staff.read()
    dana.submit(top(dana))
    assert "13 employees match now, and you confirmed 12" in said(top(dana))
    assert agency.all(Attempt) == []


# ── Levels


def test_one_gets_a_level_before_the_first_sync(dana: Person, staff: Staff, agency: Agency) -> None:
    chosen = str(staff.id("1003"))
    dana.press(listed(dana), EmployeesAction.LEVEL, values={"employees": [chosen]})
    assert top(dana)["submit"]["text"] == "Assign to 1"
    assert dana.submit(top(dana), {"level": "Enhanced"}) == {}
    assert "1 employee has the Benefits Level *Enhanced* now" in said(top(dana))
    assert "with their first sync" in said(top(dana))
    assert {each.ref: each.level for each in agency.all(Employee)}["1003"] == "Enhanced"
    assert agency.all(Attempt) == []
    dana.close_modal(top(dana))
    assert "Enhanced" in said(top(dana))


def test_many_who_sync_already_are_sent_with_their_level(dana: Person, staff: Staff) -> None:
    sync_all(dana)
    staff.finish()
    dana.press(listed(dana), EmployeesAction.LEVEL, values={"everyone": ["all"]})
    assert dana.submit(top(dana), {"level": "Standard"}) == {}
    assert "12 employees have the Benefits Level *Standard* now" in said(top(dana))
    assert "12 employees synced before: sent with it now" in said(top(dana))
    staff.finish()
    assert {held.package for held in staff.platform.accounts.values()} == {"standard"}


def test_a_level_can_be_taken_away(dana: Person, staff: Staff, agency: Agency) -> None:
    staff.hire(1, first=4001, level="Standard")
    staff.read()
    chosen = str(staff.id("4001"))
    dana.press(listed(dana, "4001"), EmployeesAction.LEVEL, values={"employees": [chosen]})
    assert dana.submit(top(dana), {"level": "none"}) == {}
    assert "no Benefits Level of their own" in said(top(dana))
    assert {each.ref: each.level for each in agency.all(Employee)}["4001"] is None


def test_a_level_for_nobody_says_so_on_top(dana: Person, staff: Staff) -> None:
    del staff
    dana.press(listed(dana), EmployeesAction.LEVEL)
    assert "Tick at least one employee" in said(top(dana))


# ── one employee


@pytest.fixture
def failing(dana: Person, staff: Staff) -> Staff:
    """1001 has no gender in HR; all were sent."""
    staff.change("1001", gender=None)
    staff.read()
    sync_all(dana)
    staff.finish()
    return staff


def test_a_failed_row_opens_its_history_with_reason_and_remedy(dana: Person, failing: Staff) -> None:
    del failing
    shown = said(history(dana))
    assert "Sync history" in top(dana)["title"]["text"]
    assert "HR check: Gender: The gender is missing." in shown
    assert "→ Enter the gender in HR." in shown
    assert "no Benefits account yet" in shown


def test_try_again_says_why_not_while_the_record_is_wrong(
    dana: Person, failing: Staff, agency: Agency
) -> None:
    del failing
    before = len(agency.all(Attempt))
    dana.press(history(dana), EmployeeAction.AGAIN)
    assert "The gender is missing. Correct that first." in said(top(dana))
    assert len(agency.all(Attempt)) == before


@pytest.fixture
def refused(dana: Person, staff: Staff) -> Staff:
    """The platform refused 1001, for a reason that is gone now."""

    def refuse(_what: str, email: str) -> None:
        if email == "worker1001@harbor.example":
            raise Rejected("The Benefits platform did not take the record.")

    staff.platform.before = refuse
    sync_all(dana)
    staff.finish()
    staff.platform.before = lambda *_: None
    return staff


def test_try_again_sends_what_is_right_now_and_shows_it(dana: Person, refused: Staff) -> None:
    view = history(dana)
    assert "Benefits platform: The Benefits platform did not take the record." in said(view)
    dana.press(view, EmployeeAction.AGAIN)
    assert "⏳ In progress" in said(top(dana))
    assert EmployeeAction.AGAIN not in said(top(dana))
    refused.finish()
    assert len(refused.platform.named("worker1001@harbor.example")) == 1
    dana.close_modal(top(dana), everything=True)
    assert "*🟢 Successful* · A new account was created" in said(history_of(dana, "1001"))


def test_a_second_press_of_try_again_sends_nobody_twice(dana: Person, refused: Staff, agency: Agency) -> None:
    del refused
    view = history(dana)
    before = len(agency.all(Attempt))
    dana.press(view, EmployeeAction.AGAIN)
    dana.press(view, EmployeeAction.AGAIN)
    assert len(agency.all(Attempt)) == before + 1


def test_a_long_history_has_pages(dana: Person, failing: Staff, agency: Agency) -> None:
    for _ in range(9):
        dana.submit(listed(dana, "1001"), {"everyone": ["all"]})
        dana.submit(top(dana))
        dana.close_modal(top(dana), everything=True)
        failing.finish()
    view = history(dana)
    assert "10 attempts" in said(view)
    dana.press(view, EmployeeAction.NEXT)
    assert "*🔴 Failed*" in said(top(dana))
    dana.press(top(dana), EmployeeAction.PREVIOUS)
    assert EmployeeAction.NEXT in said(top(dana))
    del agency


def test_another_employers_history_is_not_there(
    broker: Person, dana: Person, failing: Staff, agency: Agency
) -> None:
    """A row of a list that was opened while the employer was still theirs."""
    view = listed(broker)
    broker.press(view, EmployeesAction.FAILED)
    old = top(broker)
    with agency.sessions.write() as session:
        session.execute(delete(PersonEmployer))
    broker.press(old, EmployeeAction.OPEN)
    assert "That employee is not among those you may see." in said(top(broker))
    del dana, failing


# ── who looks on


def test_a_reader_looks_and_finds_nothing_to_press(acting: As, failing: Staff) -> None:
    del failing
    page = acting(cast.READ_ONLY)
    view = listed(page)
    assert "You look on here." in said(view)
    assert offered(view) == []
    assert view["submit"]["text"] == "Search"
    for refused in (EmployeesAction.LEVEL, "everyone", "Sync…"):
        assert refused not in said(view)
    page.press(view, EmployeesAction.FAILED)
    page.press(top(page), EmployeeAction.OPEN)
    assert "The gender is missing." in said(top(page))
    assert EmployeeAction.AGAIN not in said(top(page))


# ── stuck, and trouble outside


def test_the_stuck_are_said_and_shown(dana: Person, staff: Staff, agency: Agency) -> None:
    def away(_what: str, _email: str) -> None:
        raise Unavailable("The Benefits platform does not answer.")

    staff.platform.before = away
    sync_all(dana)
    staff.send()
    agency.now += timedelta(minutes=16)
    view = listed(dana)
    assert tabs(view)[-1] == "Stuck 12"
    dana.press(view, EmployeesAction.STUCK)
    assert "it is looked at again by itself" in said(top(dana))
    dana.press(top(dana), EmployeeAction.OPEN)
    assert "Waits: The Benefits platform does not answer." in said(top(dana))


def test_an_hr_that_cannot_be_read_is_said(dana: Person, staff: Staff) -> None:
    staff.hr.trouble = Unavailable("The HR file is not there.")
    staff.read()
    assert "⚠️ The HR file is not there." in said(listed(dana))


# ── cards and the App Home


@pytest.fixture
def post(app: App, agency: Agency) -> Any:
    """Post the card of a subject to the alerts channel, as the deliverer would: `post("batch:1")`."""

    def posted(subject: str) -> str:
        card = Card(key="k", subject=subject, channel_id=CHANNEL, wanted=1, wanted_at=agency.now)
        with agency.sessions.read() as session:
            message = renderer().card(subjects.read_card(session, card, agency.now))
        app.client.chat_postMessage(channel=CHANNEL, text=message.text, blocks=message.blocks)
        return said({"text": message.text, "blocks": message.blocks})

    return posted


def shown_in_channel(page: Person) -> Json:
    [found] = [each for each in page.messages(CHANNEL) if not each.get("is_ephemeral")]
    return found


def test_the_card_of_a_batch_is_for_who_pressed_and_leads_to_its_failed(
    dana: Person, failing: Staff, agency: Agency, post: Any
) -> None:
    del failing
    assert {card.subject: card.channel_id for card in agency.all(Card)}["batch:1"] == dana.user_id
    assert "*1 Failed*" in post("batch:1")
    dana.press(shown_in_channel(dana), EmployeesAction.OPEN)
    assert tabs(top(dana)) == ["Not syncing 0", "In progress 0", "Successful 11", "Failed 1"]
    assert "Only those of the sync that you came from" in said(top(dana))
    assert "1001" in said(top(dana))


def test_the_alert_opens_the_failed_of_its_batch(dana: Person, failing: Staff, post: Any) -> None:
    [alert] = failing.agency.all(Alert)
    shown = post(f"alert:{alert.id}")
    assert "worker" not in shown.lower()
    dana.press(shown_in_channel(dana), AlertAction.OPEN)
    assert "1 Failed · page 1 of 1" in said(top(dana))


@pytest.mark.parametrize("member", [cast.AGENCY, cast.BROKER, cast.READ_ONLY])
def test_home_says_who_does_not_get_there_and_leads_to_them(
    acting: As, failing: Staff, member: cast.CastMember
) -> None:
    failing.hire(2, first=8001)
    failing.read()
    page = acting(member)
    page.open_home()
    page.wait_for(lambda: page._home)
    view = page.home() or {}
    assert "🔴 *1 Failed*   ⚪ 2 Not syncing" in json.dumps(view["blocks"], ensure_ascii=False)
    page.press(view, EmployeesAction.OPEN)
    assert "The gender is missing." in said(top(page))


def test_home_says_nothing_of_employees_without_the_right(acting: As, failing: Staff) -> None:
    del failing
    page = acting(cast.EMPLOYER)
    page.open_home()
    page.wait_for(lambda: page._home)
    assert EmployeesAction.OPEN not in json.dumps(page.home())
