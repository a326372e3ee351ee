"""From Not syncing to the Benefits platform's own records: searched, given a Level, sent, explained."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from bot.sandbox import cast
from bot.sandbox.workspace.driver import Person
from handlers.employees.ids import EmployeeAction, EmployeesAction
from services.store.employees import Attempt, Employee
from tests.bot.patience import eventually
from tests.journeys.shown import Json, employees, said, top
from tests.journeys.whole import Whole

NEWCOMERS = 40  # of the sandbox's HR file, at Tidewater Robotics
TOGETHER = 60


@pytest.fixture
def dana(whole: Whole) -> Person:
    return whole.acting(cast.AGENCY)


def tabs(page: Person) -> list[str]:
    return [element["text"]["text"] for element in top(page)["blocks"][0]["elements"]]


def card(page: Person) -> Json:
    """The newest progress message in the person's direct messages."""
    found = [each for each in page.messages() if "Successful" in said(each) and "Failed" in said(each)]
    return found[-1] if found else {}


def summary(page: Person, total: int) -> str:
    """What the newest progress message ends as."""
    return eventually(lambda: text if f"{total} employees done" in (text := said(card(page))) else None, 40)


def ways(whole: Whole, shown: Json) -> list[str]:
    """What the message said first, and each time that it was edited."""
    calls = [entry for entry in whole.workspace.trace.entries("api") if entry.name.startswith("chat.")]
    told = [entry.body for entry in calls if str(shown["ts"]) in json.dumps([entry.body, entry.answer])]
    return [str(each.get("text")) for each in told]


def users(whole: Whole) -> dict[str, Json]:
    """The accounts of the Benefits platform, by its own id."""
    return {str(user["id"]): user for user in whole.stage.platform.users}


def attempts(whole: Whole) -> dict[str, Attempt]:
    """Each employee's newest attempt, by HR's number."""
    refs = {each.id: each.ref for each in whole.all(Employee)}
    return {refs[each.employee_id]: each for each in whole.all(Attempt) if each.newest}


@dataclass
class Walk:
    """What was shown on the way, and the platform's accounts before and after."""

    level: str
    confirmed: str
    told: str
    ways: list[str]
    before: dict[str, Json]
    between: dict[str, Json]
    rest: str
    rest_card: Json


@pytest.fixture(scope="module")
def walk(whole: Whole) -> Walk:
    """Forty newcomers get a Level and are synced; then ten others, with the mistakes that HR systems have."""
    dana = whole.acting(cast.AGENCY)
    eventually(lambda: len(whole.all(Employee)) == TOGETHER)
    before = users(whole)
    employees(dana)
    assert tabs(dana)[0] == f"Not syncing {TOGETHER}"
    dana.press(top(dana), EmployeesAction.SEARCH, value="tidewater", values={"Search": "tidewater"})
    assert tabs(dana)[0] == f"Not syncing {NEWCOMERS}"
    dana.press(top(dana), EmployeesAction.LEVEL, values={"everyone": ["all"]})
    assert dana.submit(top(dana), {"level": "Enhanced"}) == {}
    level = said(top(dana))
    dana.close_modal(top(dana))
    assert dana.submit(top(dana), {"everyone": ["all"]}) == {}
    confirmed = said(top(dana))
    assert dana.submit(top(dana)) == {}
    dana.close_modal(top(dana), everything=True)
    told, moved, between = summary(dana, NEWCOMERS), ways(whole, card(dana)), users(whole)
    assert dana.submit(employees(dana, "harbor"), {"everyone": ["all"]}) == {}
    assert dana.submit(top(dana)) == {}
    dana.close_modal(top(dana), everything=True)
    rest = summary(dana, 10)
    return Walk(level, confirmed, told, moved, before, between, rest, card(dana))


def test_forty_are_searched_given_a_level_confirmed_and_sent(walk: Walk) -> None:
    assert "40 employees have the Benefits Level *Enhanced* now" in walk.level
    assert "You are about to send *40 employees*" in walk.confirmed
    assert "2 cannot be sent with what HR has" in walk.confirmed
    assert "*38 Successful*\\n38 created" in walk.told
    assert "*2 Failed*" in walk.told
    assert "The date of birth is missing" in walk.told
    assert "The pay frequency is not one" in walk.told


def test_the_progress_is_one_message_that_moves(walk: Walk) -> None:
    counts = [int(text.split(" ")[0]) for text in walk.ways if "sent to the Benefits platform" in text]
    assert len(set(counts)) > 1
    assert counts == sorted(counts)
    assert walk.ways[-1] == "38 Successful, 2 Failed of 40 employees."


def test_the_platforms_own_records_agree_with_what_was_told(whole: Whole, walk: Walk) -> None:
    created = [walk.between[each] for each in walk.between.keys() - walk.before.keys()]
    assert len(created) == NEWCOMERS - 2
    assert all("enhanced" in str(user) for user in created)
    agree(whole)


def test_of_the_rest_some_are_linked_and_the_failed_say_why(whole: Whole, walk: Walk) -> None:
    linked = [each for each in whole.all(Attempt) if each.outcome == "linked"]
    assert f"{len(linked)} linked" in walk.rest
    account = {each.id: each.account_id for each in whole.all(Employee)}
    assert linked
    assert {account[each.employee_id] for each in linked} <= walk.before.keys()
    for why in (
        "The date of birth is missing",
        "The pay frequency is not one that the Benefits platform knows",
        "The Benefits Level has no package at the Benefits platform",
        "This e-mail belongs to another account",
    ):
        assert why in walk.rest


def agree(whole: Whole) -> None:
    """Each account that the store knows is there, with that employee's e-mail, and is nobody else's."""
    known = users(whole)
    mails = {row["Employee Number"]: row["Work Email"] for row in whole.stage.hr.rows}
    having = [each for each in whole.all(Employee) if each.account_id]
    assert len({each.account_id for each in having}) == len(having)
    for each in having:
        assert known[str(each.account_id)]["userName"].casefold() == mails[each.ref].casefold()
    done = {each.employee_id for each in attempts(whole).values() if each.state == "successful"}
    assert done <= {each.id for each in having}


def test_see_failures_leads_to_the_failed_of_that_sync_and_a_history(dana: Person, walk: Walk) -> None:
    dana.press(walk.rest_card, EmployeesAction.OPEN)
    assert tabs(dana)[3].startswith("Failed ")
    assert "Only those of the sync that you came from" in said(top(dana))
    rows = [
        block
        for block in top(dana)["blocks"]
        if block.get("accessory", {}).get("action_id") == EmployeeAction.OPEN
    ]
    [taken] = [block for block in rows if "belongs to another account" in said({"blocks": [block]})]
    dana.press(top(dana), EmployeeAction.OPEN, block_id=taken["block_id"])
    assert "Benefits platform: E-mail address: This e-mail belongs to another account." in said(top(dana))
    dana.close_modal(top(dana), everything=True)


def test_try_again_refuses_until_hr_is_right(whole: Whole, dana: Person, walk: Walk) -> None:
    del walk
    dana.press(employees(dana, "tidewater"), EmployeesAction.FAILED)
    dana.press(top(dana), EmployeeAction.OPEN)
    dana.press(top(dana), EmployeeAction.AGAIN)
    assert "Correct that first." in said(top(dana))
    dana.close_modal(top(dana), everything=True)
    failed = sum(each.state == "failed" for each in attempts(whole).values())
    whole.cause("hr_corrects")
    eventually(lambda: sum(each.state == "failed" for each in attempts(whole).values()) < failed)
    agree(whole)


def test_the_alert_counts_and_names_nobody(whole: Whole, walk: Walk) -> None:
    del walk
    found = eventually(lambda: [each for each in whole.cards() if "Employees of" in each["text"]], 40)
    names = {each.name for each in whole.all(Employee)}
    assert not [name for each in found for name in names if name in said(each)]


def test_a_read_only_user_sees_their_own_and_cannot_press(whole: Whole) -> None:
    page = whole.acting(cast.READ_ONLY)
    shown = employees(page)
    assert "You look on here." in said(shown)
    assert "Tidewater" not in said(shown)
    assert "Sync…" not in said(shown)
    assert sum(int(tab.rsplit(" ", 1)[1].replace(",", "")) for tab in tabs(page)[:4]) == 10
    page.close_modal(top(page), everything=True)


def test_an_employer_user_is_told_kindly(whole: Whole) -> None:
    page = whole.acting(cast.EMPLOYER)
    [answer] = page.command("/sync-employees", channel=cast.HARBOR.name)
    assert "does not let you see employees' sync states" in answer["text"]
    assert page.modals() == []
