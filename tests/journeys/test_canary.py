"""Everything is tried, and what the exchange knows of people is then looked for in all that left the bot.

Looked in: every call to Slack and every acknowledgement, whole, with metadata and button values; the log as
it is written; and the bytes of the store.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.sandbox import cast
from bot.sandbox.workspace.blocks import interactive
from bot.sandbox.workspace.driver import Person
from bot.sandbox.world.carriers import CARRIERS
from bot.sandbox.world.faults import FAULTS
from bot.sandbox.world.kinds import KINDS
from bot.sandbox.world.people import Employee
from bot.sandbox.world.world import World
from handlers import SURFACE
from handlers.channels.ids import SampleAction, SubscriptionAction, SubscriptionForm, SubscriptionsAction
from handlers.home.ids import HomeAction
from handlers.kit.ids import FindAction
from handlers.people.ids import PeopleAction
from handlers.status.ids import CadenceAction, StatusAction, WindowAction
from services.ports import Severity
from services.store.alerts import Mute
from services.store.base import Base
from services.store.exchange import CarrierMessage
from services.store.people import AuditEvent
from tests.bot.patience import eventually
from tests.journeys.shown import EMPLOYEES, EMPLOYERS, MESSAGES, STATUS, Json, ask, room, top
from tests.journeys.walks import walk_employees, walk_messages
from tests.journeys.whole import Whole, running

MOST_ENTRIES = 10_000  # that the workspace's trace keeps
FILLED = {
    "group_number": "GN-2002",
    "kinds": ["terminations"],
    "note": "By e-mail",
    "sent_on": "2026-03-02",
    "outcome": "carrier",
    "reenrolment": "started",
    "employment": "checked",
    "earnings": "entered",
    "information": "entered",
    "dependent": "unchanged",
    "everyone": ["all"],
    "level": "Standard",
}
# Where an employee's name may stand: in the modals for those who may see it, and where the store keeps it.
NAMED_IN = ("Employee sync", "Sync history")
NAMED_AT = {("employees", "name"), ("employees", "sought"), ("selections", "filters")}
SEARCHED = {"external_select", "multi_external_select"}
TYPED = ("", "help", "zzz", "red", "😀 שלום", "<!channel>", "x" * 300, "guardian", "kaiser permanente")


def forms(whole: Whole) -> frozenset[str]:
    """Every private value in the ways in which it may be written."""
    world: World = whole.stage.world
    found = set(world.private_values()) | names(whole)
    for employee in world.employees:
        found.update(_written(employee))
    for row in whole.stage.hr.rows:
        found.update({row["Work Email"], row["Date of Birth"], row["Annual Salary"]})
    return frozenset(found - {""})


def names(whole: Whole) -> set[str]:
    """Those of HR's employees, in the ways in which they may be written."""
    both = {(row["First Name"], row["Last Name"]) for row in whole.stage.hr.rows}
    found = {f"{first} {last}" for first, last in both} | {f"{last}, {first}" for first, last in both}
    return {written for name in found for written in (name, name.upper(), name.lower())}


def _written(employee: Employee) -> Iterator[str]:
    digits = employee.ssn.replace("-", "")
    yield from (f"{digits[:3]} {digits[3:5]} {digits[5:]}", f"{digits[:3]}.{digits[3:5]}.{digits[5:]}")
    yield from (f"{employee.surname}, {employee.forename}", employee.name.upper(), employee.name.lower())
    yield from (f"${employee.annual_pay}", f"{employee.annual_pay}.00")
    for day in (employee.birth_date, employee.hired_on):
        yield from _dates(day)


def _dates(day: date) -> Iterator[str]:
    yield from (f"{day.month}/{day.day}/{day.year}", f"{day:%m-%d-%Y}", f"{day:%d.%m.%Y}")
    for month in (f"{day:%B}", f"{day:%b}"):
        yield from (f"{month} {day.day}, {day.year}", f"{day.day} {month} {day.year}")


def found_in(text: str, values: Iterable[str]) -> list[str]:
    """Those that stand in the text, and not as a part of a longer number or word."""
    here = [value for value in values if value in text]
    # Nor as the fraction of a second.
    return [value for value in here if re.search(rf"(?<!\w)(?<!\d\.){re.escape(value)}(?!\w)", text)]


def leaves(shown: object) -> Iterator[str]:
    """Every text in it, JSON in texts and keys included, as a reader would see it."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            yield from (str(name), *leaves(value))
    elif isinstance(shown, list):
        for each in shown:
            yield from leaves(each)
    else:
        yield unescape(str(shown))


def told(whole: Whole) -> list[Json]:
    """All that the bot has told Slack: its calls, and its answers to what Slack sent."""
    entries = whole.workspace.trace.entries()
    assert len(entries) < MOST_ENTRIES
    calls = [entry.body for entry in entries if entry.direction == "api"]
    return calls + [entry.answer for entry in entries if entry.direction == "ack"]


def sent(whole: Whole) -> str:
    return "\n".join(dict.fromkeys(text for each in told(whole) for text in leaves(each)))


def sent_in_public(whole: Whole) -> str:
    """The same without what is written in the modals that may name employees; their values remain."""
    return "\n".join(dict.fromkeys(text for each in told(whole) for text in leaves(unnamed(each))))


def unnamed(shown: Any, *, inside: bool = False) -> Any:
    if isinstance(shown, list):
        return [unnamed(each, inside=inside) for each in shown]
    if not isinstance(shown, dict):
        return shown
    inside = inside or (shown.get("type") == "modal" and shown["title"]["text"] in NAMED_IN)
    written = {"text", "initial_value"} if inside else set()
    return {
        name: unnamed(value, inside=inside)
        for name, value in shown.items()
        if not (name in written and isinstance(value, str))
    }


def stored(whole: Whole) -> str:
    """The bytes of the store and its log, with what JSON columns escape written out."""
    files = sorted(whole.store.parent.glob(f"{whole.store.name}*"))
    text = "\n".join(file.read_bytes().decode("utf-8", "replace") for file in files)
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)


def stored_elsewhere(whole: Whole) -> str:
    """What stands in all columns but those that hold employees' names."""
    with whole.bot.sessions.read() as session:
        texts = [
            str(value)
            for table in Base.metadata.sorted_tables
            for column in table.columns
            if (table.name, column.name) not in NAMED_AT
            for value in session.scalars(select(column))
        ]
    return "\n".join(texts)


def leaks(whole: Whole) -> dict[str, list[str]]:
    values, called = forms(whole), names(whole)
    places = {
        "Slack": [*found_in(sent_in_public(whole), called), *found_in(sent(whole), values - called)],
        "the log": found_in(whole.log.getvalue(), values),
        "the store": [*found_in(stored_elsewhere(whole), called), *found_in(stored(whole), values - called)],
    }
    return {name: found for name, found in places.items() if found}


class Explorer:
    """Presses whatever there is, once, and fills in whatever opens."""

    def __init__(self, page: Person) -> None:
        self._page = page
        self._done: set[tuple[str, str]] = set()

    def ask(self, text: str, command: str = STATUS) -> None:
        where = room(self._page.user_id)
        height = len(self._page.modals())
        for answer in self._page.command(f"{command} {text}".strip(), channel=where, patience=4):
            self.press_all(answer)
        while len(self._page.modals()) > height:
            self._go_through(self._page.modals()[-1])

    def press_all(self, shown: Json) -> None:
        """In a message every button, in a modal one of each sort."""
        for block, element in interactive(shown.get("blocks", [])):
            mark = element.get("value") if "channel" in shown else str(shown["title"])
            pressed = (element["action_id"], str(mark))
            if block["type"] == "input" or pressed in self._done:
                continue
            self._done.add(pressed)
            if "channel" in shown or shown["type"] == "home" or self._is_on_top(shown):
                self._press(shown, block, element)

    def _press(self, shown: Json, block: Json, element: Json) -> None:
        height = len(self._page.modals())
        action_id, block_id = element["action_id"], block["block_id"]
        if element["type"] == "external_select":
            for option in self._page.suggest(shown, action_id, "a", block_id)[:1]:
                self._page.press(shown, action_id, value=option, block_id=block_id)
        elif element["type"] == "static_select":
            self._page.press(shown, action_id, option=element["options"][-1]["value"], block_id=block_id)
        elif element["type"] == "overflow":
            for option in element["options"]:
                self._page.press(shown, action_id, option=option["value"], block_id=block_id)
        else:
            self._page.press(shown, action_id, block_id=block_id)
        while len(self._page.modals()) > height:
            self._go_through(self._page.modals()[-1])

    def _go_through(self, view: Json) -> None:
        """Press its buttons, those that come with each change of it too, send its form, close it."""
        tried = -1
        while self._is_on_top(view) and tried != len(self._done):
            tried = len(self._done)
            self.press_all(self._page.modals()[-1])
        view = self._page.modals()[-1]
        if self._is_on_top(view) and view["submit"]:
            for block, element in interactive(view["blocks"]):
                if element["type"] in SEARCHED:
                    self._page.suggest(view, element["action_id"], "a", block["block_id"])
            self._page.submit(view, fitting(view))
            while self._is_below(view):
                self._go_through(self._page.modals()[-1])
        for left in self._page.modals()[-1:]:
            self._page.close_modal(left)

    def _is_below(self, view: Json) -> bool:
        return view["id"] in [each["id"] for each in self._page.modals()][:-1]

    def _is_on_top(self, view: Json) -> bool:
        return [each["id"] for each in self._page.modals()][-1:] == [view["id"]]


def fitting(view: Json) -> Json:
    """What channels hear is filled in already; its kinds are others than those of what is told by hand."""
    if view["callback_id"] == SubscriptionForm.SUBSCRIPTION:
        return {}
    return {
        block["block_id"]: FILLED[block["block_id"]]
        for block in view["blocks"]
        if block["type"] == "input" and block["block_id"] in FILLED
    }


def try_everything(whole: Whole) -> None:
    explorers = {member.name: Explorer(whole.acting(member)) for member in cast.PEOPLE}
    names = [*EMPLOYERS.values(), *(f"{name} {c.name}" for name in EMPLOYERS.values() for c in CARRIERS[:3])]
    for text in (*TYPED, *names):
        explorers["dana"].ask(text)
    for name in ("marcus", "elena", "tomasz", "noor"):
        for text in (*TYPED, *list(EMPLOYERS.values())[:3]):
            explorers[name].ask(text)
    stir(whole)
    for explorer in explorers.values():
        for text in (*TYPED, "harbor failures", "quill warnings", "resolved"):
            explorer.ask(text, MESSAGES)
    Explorer(whole.acting(cast.AGENCY)).ask("harbor guardian")
    for card in whole.cards():
        explorers["dana"].press_all(card | {"channel": cast.ALERTS.channel_id})
        explorers["marcus"].press_all(card | {"channel": cast.ALERTS.channel_id})
    for text in ("", *EMPLOYERS.values()):
        explorers["dana"].ask(text)
    for member in cast.PEOPLE:
        look_at_home(whole, explorers[member.name], member)
    walk_by_hand(whole)
    walk_messages(whole)
    look_at_employees(whole, explorers.values())


def look_at_employees(whole: Whole, explorers: Iterable[Explorer]) -> None:
    for explorer in explorers:
        for text in ("", "help", "a", "tidewater", "nobody"):
            explorer.ask(text, EMPLOYEES)
    walk_employees(whole)


def look_at_home(whole: Whole, explorer: Explorer, member: cast.CastMember) -> None:
    page = whole.acting(member)
    page.open_home()
    eventually(lambda: page.home() is not None)
    explorer.press_all(page.home() or {})


def walk_by_hand(whole: Whole) -> None:
    """What the explorer does not come to: the way back, and a role that is given and taken."""
    page = whole.acting(cast.AGENCY)
    page.press(ask(page), StatusAction.ALL)
    page.press(top(page), StatusAction.NEXT)
    page.press(top(page), StatusAction.PREVIOUS)
    page.press(page.home() or {}, PeopleAction.OPEN)
    page.press(top(page), PeopleAction.EDIT)
    assert page.submit(top(page), {"person": cast.NEWCOMER.user_id, "role": "agency"}) == {}
    *_, (block, _) = [each for each in interactive(top(page)["blocks"]) if each[1]["text"]["text"] == "Edit"]
    page.press(top(page), PeopleAction.EDIT, block_id=block["block_id"])
    page.press(top(page), PeopleAction.REMOVE)
    page.close_modal(top(page), everything=True)
    set_a_cadence(page)
    plan_maintenance(whole, page)
    choose_what_channels_hear(whole, page)
    unmute(whole, page)


def set_a_cadence(page: Person) -> None:
    page.press(ask(page, "harbor guardian"), CadenceAction.OPEN)
    page.press(top(page), CadenceAction.KIND, option="daily")
    assert page.submit(top(page), {"at": "06:00"}) == {}
    page.close_modal(top(page), everything=True)
    page.press(ask(page, "harbor guardian"), CadenceAction.OPEN)
    page.press(top(page), CadenceAction.CLEAR)
    page.close_modal(top(page), everything=True)


def plan_maintenance(whole: Whole, page: Person) -> None:
    now = int(whole.workspace.clock().timestamp())
    page.press(ask(page, "harbor guardian"), CadenceAction.OPEN)
    page.press(top(page), CadenceAction.OPEN)
    page.press(top(page), WindowAction.PLAN)
    window = {"begins_at": now + 3600, "ends_at": now + 7200, "note": "A new system"}
    assert page.submit(top(page), window) == {}
    page.close_modal(top(page))
    page.press(top(page), CadenceAction.KIND, option="working_days")
    page.press(top(page), WindowAction.END)
    page.close_modal(top(page), everything=True)


def choose_what_channels_hear(whole: Whole, page: Person) -> None:
    """More than one page of it; the bot is asked to a channel, and loses one."""
    for _ in range(9):
        subscribe(page)
    page.command("/carrier-alerts", channel=room(page.user_id))
    page.press(top(page), SubscriptionsAction.NEXT)
    page.press(top(page), SubscriptionsAction.PREVIOUS)
    guardian = page.suggest(top(page), CadenceAction.CARRIER, "guardian")[0]
    page.press(top(page), CadenceAction.CARRIER, value=guardian)
    page.close_modal(top(page))
    block = next(each for each in top(page)["blocks"] if SubscriptionAction.EDIT in str(each))["block_id"]
    page.press(top(page), SubscriptionAction.EDIT, block_id=block)
    assert page.submit(top(page), {"quiet_from": "20:00", "quiet_until": "06:00"}) == {}
    page.press(top(page), SubscriptionAction.REMOVE)
    page.close_modal(top(page), everything=True)
    [answer] = page.command("/carrier-alerts test", channel=room(page.user_id))
    page.press(answer, SampleAction.ARRIVED)
    for event in ("archive_channel", "unarchive_channel", "remove_bot", "invite_bot"):
        whole.cause(f"slack_{event}", channel=cast.HARBOR.channel_id)


def subscribe(page: Person) -> None:
    page.command("/carrier-alerts", channel=room(page.user_id))
    page.press(top(page), SubscriptionAction.ADD)
    page.press(top(page), SubscriptionAction.WHOM, option="person")
    zone = page.suggest(top(page), FindAction.ZONE, "chicago")[0]
    harbor = page.suggest(top(page), FindAction.EMPLOYER, "harbor")
    chosen = {"mention": cast.BROKER.user_id, "time_zone": zone, "employers": harbor, "digest_at": "09:00"}
    assert page.submit(top(page), chosen) == {}
    page.close_modal(top(page), everything=True)


def unmute(whole: Whole, page: Person) -> None:
    with whole.bot.sessions.write() as session:
        session.add(Mute(integration_id=1, by=page.user_id, at=whole.workspace.clock()))
    page.open_home()
    eventually(lambda: HomeAction.UNMUTE in str(page.home()))
    page.press(page.home() or {}, HomeAction.UNMUTE)
    page.press(page.home() or {}, SubscriptionsAction.OPEN)
    page.close_modal(top(page), everything=True)


def stir(whole: Whole) -> None:
    """Every kind of message, and every way in which the exchange and Slack fail, with news in between."""
    for kind in KINDS.values():
        if kind.severity is not Severity.INFO:
            event = "failure_arrives" if kind.severity is Severity.FAILURE else "warning_arrives"
            whole.cause(event, kind=kind.name, employer="emp_harbor")
            whole.cause(event, kind=kind.name, employer="emp_oakline")
    for event in ("message_cleared", "message_comes_back", "pending_becomes_active"):
        whole.cause(event)
    for fault in FAULTS:
        whole.cause(fault, seconds=60)
        whole.cause("failure_arrives", employer="emp_redwood")
        whole.acting(cast.AGENCY).command(f"{STATUS} redwood", channel="general")
        calls = poll_count(whole)
        if fault != "exchange_times_out":
            eventually(lambda seen=calls: poll_count(whole) > seen)  # type: ignore[misc]
    whole.cause("exchange_recovers")
    whole.cause("slack_lose_answers", count=1)
    whole.cause("failure_arrives", employer="emp_sundial")
    whole.cause("slack_errors", seconds=1)
    Explorer(whole.acting(cast.BROKER)).ask("harbor cigna")
    known = len(whole.stage.world.messages)
    eventually(lambda: len(whole.all(CarrierMessage)) == known)


def poll_count(whole: Whole) -> float:
    runs = whole.bot.metrics.runs.labels("poll", "done")
    return float(runs._value.get())


# The workspace has no private channels, and deletes none.
NEVER_SENT = {"channel_deleted", "group_left", "group_archive", "group_deleted", "group_unarchive"}


def everything() -> set[str]:
    """The whole surface, by the names under which the workspace notes it."""
    return {
        *(f"block_actions {action}" for action in SURFACE.actions),
        *(f"block_suggestion {action}" for action in SURFACE.options),
        *(f"view_submission {view}" for view in SURFACE.views),
        *(SURFACE.events.keys() - NEVER_SENT),
        *SURFACE.commands,
    }


def test_nothing_private_of_anybody_leaves_the_bot_or_stays_in_it(whole: Whole) -> None:
    try_everything(whole)
    tried = {entry.name for entry in whole.workspace.trace.entries("envelope")}
    assert not (everything() - tried), sorted(everything() - tried)
    assert "failed" in whole.log.getvalue()
    assert whole.all(AuditEvent)
    assert "unexpected error" not in whole.log.getvalue()
    assert leaks(whole) == {}


def test_texts_do_arrive_masked_and_not_just_empty(whole: Whole) -> None:
    eventually(lambda: whole.all(CarrierMessage))
    assert any("withheld]" in message.text for message in whole.all(CarrierMessage))


CLASSES = ("name", "email", "ssn", "pay", "birth_date")


def value_of(employee: Employee, kind: str) -> str:
    return str(getattr(employee, kind))


@pytest.fixture
def leaky(tmp_path: Path) -> Iterator[Whole]:
    with running(tmp_path) as started:
        yield started


def test_the_canary_finds_what_is_planted(leaky: Whole) -> None:
    assert leaks(leaky) == {}
    employee = leaky.stage.world.employees[3]
    values = [value_of(employee, kind) for kind in CLASSES]
    button = {"type": "button", "text": {"type": "plain_text", "text": "Open"}, "action_id": "x"}
    block = {"type": "actions", "elements": [button | {"value": json.dumps(values)}]}
    client = leaky.bot.identity._client
    client.chat_postMessage(channel=cast.GENERAL.channel_id, text="?", blocks=[block])
    logging.getLogger("bot").warning("about %s", values[0])
    with leaky.bot.sessions.write() as session:
        session.add(audit_event(leaky, values))
    found = leaks(leaky)
    assert set(found) == {"Slack", "the log", "the store"}
    assert set(values) <= set(found["Slack"])
    assert values[0] in found["the log"]
    assert set(values) <= set(found["the store"])


def audit_event(whole: Whole, values: list[Any]) -> AuditEvent:
    return AuditEvent(at=whole.workspace.clock(), event="test", user_id="U1", detail={"values": values})
