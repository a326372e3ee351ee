"""Ways through the surface that pressing whatever there is does not find: for the canary."""

from __future__ import annotations

from bot.sandbox import cast
from handlers.employees.ids import EmployeeAction, EmployeesAction
from handlers.messages.ids import MessageAction, MessagesAction
from services.store.employees import Attempt, Employee
from services.store.exchange import CarrierMessage
from tests.bot.patience import eventually
from tests.journeys.shown import Json, employees, messages, said, top
from tests.journeys.whole import Whole

KIND = "gender_mismatch"
PLACE = {"employer": "emp_sundial", "carrier": "car_kaiser"}
EMPLOYER = "sundial"


def walk_messages(whole: Whole) -> None:
    """Lists of more than a page, a Failure after the other, several in one go, and one for Operations."""
    page = whole.acting(cast.AGENCY)
    page.press(messages(page, "red"), MessagesAction.CHOOSE)
    for _ in range(9):
        whole.cause("warning_arrives", kind=KIND, **PLACE)
    eventually(lambda: len(open_ones(whole)) == len(known(whole)))
    page.press(messages(page), MessagesAction.OPEN)
    for action in (MessagesAction.NEXT, MessagesAction.PREVIOUS, MessageAction.OPEN, MessageAction.NEXT):
        page.press(top(page), action)
    page.close_modal(top(page), everything=True)
    page.press(messages(page, EMPLOYER), MessagesAction.OPEN)
    page.press(top(page), MessagesAction.FILTER_KIND, option=KIND)
    for action in (MessagesAction.TICK, MessagesAction.TICK_NEXT, MessagesAction.TICK_PREVIOUS):
        page.press(top(page), action)
    assert page.submit(top(page), {"which": "all"}) == {}
    assert page.submit(top(page), {"outcome": "platform", "note": "Checked by hand"}) == {}
    page.close_modal(top(page), everything=True)
    escalate(whole)


def escalate(whole: Whole) -> None:
    """Everything was resolved by now; one of it comes back."""
    whole.cause("message_comes_back", employer="emp_juniper", carrier="car_guardian")
    page = whole.acting(cast.AGENCY)
    eventually(lambda: came_back(messages(page, "juniper guardian")))
    shown = messages(page, "juniper guardian")
    page.press(shown, MessageAction.OPEN, block_id=came_back(shown))
    page.press(top(page), MessageAction.ESCALATE)
    assert page.submit(top(page)) == {}
    page.close_modal(top(page), everything=True)


def came_back(shown: Json) -> str | None:
    rows = [block for block in shown["blocks"] if "Came back" in block.get("text", {}).get("text", "")]
    return rows[0]["block_id"] if rows else None


def walk_employees(whole: Whole) -> None:
    """A search, pages, ticks, a Level, some who Failed, some who are stuck, and a long history."""
    page = whole.acting(cast.AGENCY)
    eventually(lambda: whole.all(Attempt) and not [each for each in whole.all(Attempt) if each.due_at], 60)
    page.press(employees(page), EmployeesAction.SUCCESSFUL)
    page.press(top(page), EmployeesAction.NEXT)
    page.press(top(page), EmployeesAction.PREVIOUS)
    page.press(top(page), EmployeesAction.LEVEL, values={"everyone": ["all"]})
    assert page.submit(top(page), {"level": "Standard"}) == {}
    page.close_modal(top(page))
    [someone] = [each for each in whole.all(Employee) if each.ref == "tw_040"]
    page.press(top(page), EmployeesAction.SEARCH, value=someone.name, values={"Search": someone.name})
    page.close_modal(top(page), everything=True)
    for _ in range(9):
        send(whole, someone.id)
    page.press(employees(page, someone.ref), EmployeesAction.FAILED)
    page.press(top(page), EmployeeAction.OPEN)
    for action in (EmployeeAction.NEXT, EmployeeAction.PREVIOUS, EmployeeAction.AGAIN):
        page.press(top(page), action)
    page.close_modal(top(page), everything=True)
    get_stuck(whole)


def send(whole: Whole, employee_id: int) -> None:
    page, tried = whole.acting(cast.AGENCY), len(whole.all(Attempt))
    page.press(employees(page, "tw_040"), EmployeesAction.FAILED)
    if EmployeeAction.OPEN not in said(top(page)):
        page.press(top(page), EmployeesAction.NOT_SYNCING)
    assert page.submit(top(page), {"everyone": ["all"]}) == {}
    assert page.submit(top(page)) == {}
    page.close_modal(top(page), everything=True)
    eventually(lambda: len(whole.all(Attempt)) > tried and is_finished(whole, employee_id))


def is_finished(whole: Whole, employee_id: int) -> bool:
    newest = [each for each in whole.all(Attempt) if each.newest and each.employee_id == employee_id]
    return bool(newest) and newest[0].state != "in_progress"


def get_stuck(whole: Whole) -> None:
    """The platform is away, and a quarter of an hour goes by."""
    page = whole.acting(cast.AGENCY)
    whole.cause("benefits_away", seconds=60)
    page.press(employees(page, "harbor"), EmployeesAction.SUCCESSFUL)
    assert page.submit(top(page), {"everyone": ["all"]}) == {}
    assert page.submit(top(page)) == {}
    page.close_modal(top(page), everything=True)
    whole.cause("time_passes", passage="hour")
    page.press(employees(page, "harbor"), EmployeesAction.STUCK)
    page.press(top(page), EmployeeAction.OPEN)
    page.close_modal(top(page), everything=True)
    whole.cause("benefits_recovers")


def known(whole: Whole) -> list[str]:
    return [ref for ref, message in whole.stage.world.messages.items() if message.kind.name == KIND]


def open_ones(whole: Whole) -> list[CarrierMessage]:
    return [message for message in whole.all(CarrierMessage) if message.kind == KIND]
