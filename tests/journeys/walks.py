"""Ways through the surface that pressing whatever there is does not find: for the canary."""

from __future__ import annotations

from bot.sandbox import cast
from handlers.ids import Action
from services.models import CarrierMessage
from tests.bot.patience import eventually
from tests.journeys.shown import Json, messages, top
from tests.journeys.whole import Whole

KIND = "gender_mismatch"
PLACE = {"employer": "emp_sundial", "carrier": "car_kaiser"}
EMPLOYER = "sundial"


def walk_messages(whole: Whole) -> None:
    """Lists of more than a page, a Failure after the other, several in one go, and one for Operations."""
    page = whole.acting(cast.AGENCY)
    page.press(messages(page, "red"), Action.MESSAGES_CHOOSE)
    for _ in range(9):
        whole.cause("warning_arrives", kind=KIND, **PLACE)
    eventually(lambda: len(open_ones(whole)) == len(known(whole)), 15)
    page.press(messages(page), Action.MESSAGES_OPEN)
    for action in (Action.MESSAGES_NEXT, Action.MESSAGES_PREVIOUS, Action.MESSAGE_OPEN, Action.MESSAGE_NEXT):
        page.press(top(page), action)
    page.close_modal(top(page), everything=True)
    page.press(messages(page, EMPLOYER), Action.MESSAGES_OPEN)
    page.press(top(page), Action.MESSAGES_FILTER_KIND, option=KIND)
    for action in (Action.MESSAGES_TICK, Action.MESSAGES_TICK_NEXT, Action.MESSAGES_TICK_PREVIOUS):
        page.press(top(page), action)
    assert page.submit(top(page), {"which": "all"}) == {}
    assert page.submit(top(page), {"outcome": "platform", "note": "Checked by hand"}) == {}
    page.close_modal(top(page), everything=True)
    escalate(whole)


def escalate(whole: Whole) -> None:
    """Everything was resolved by now; one of it comes back."""
    whole.cause("message_comes_back", employer="emp_juniper", carrier="car_guardian")
    page = whole.acting(cast.AGENCY)
    eventually(lambda: came_back(messages(page, "juniper guardian")), 15)
    shown = messages(page, "juniper guardian")
    page.press(shown, Action.MESSAGE_OPEN, block_id=came_back(shown))
    page.press(top(page), Action.MESSAGE_ESCALATE)
    assert page.submit(top(page)) == {}
    page.close_modal(top(page), everything=True)


def came_back(shown: Json) -> str | None:
    rows = [block for block in shown["blocks"] if "Came back" in block.get("text", {}).get("text", "")]
    return rows[0]["block_id"] if rows else None


def known(whole: Whole) -> list[str]:
    return [ref for ref, message in whole.stage.world.messages.items() if message.kind.name == KIND]


def open_ones(whole: Whole) -> list[CarrierMessage]:
    return [message for message in whole.all(CarrierMessage) if message.kind == KIND]
