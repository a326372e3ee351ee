"""Turning integrations on and off and changing group numbers: from the button to the exchange and back."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.sandbox import cast
from bot.sandbox.workspace.driver import Person
from handlers.status.ids import StatusAction
from services.store.changes import Change
from services.store.people import AuditEvent
from tests.bot.patience import eventually
from tests.journeys.shown import Json, ask, said, top
from tests.journeys.whole import Whole

DONE = "Asked the exchange"


@pytest.fixture
def broker(whole: Whole) -> Person:
    return whole.acting(cast.BROKER)


def form(page: Person, pair: str, action: str) -> Json:
    page.press(ask(page, pair), action)
    return top(page)


def fill(page: Person, pair: str, action: str, number: str | None = None) -> None:
    view = form(page, pair, action)
    assert page.submit(view, {"group_number": number} if number else {}) == {}
    assert top(page)["title"]["text"] == DONE
    page.close_modal(top(page), everything=True)


def told(whole: Whole, member: cast.CastMember, words: str, seconds: float = 15) -> Json:
    """The person's own card, once it has these words."""

    def found() -> list[Json]:
        return [card for card in whole.cards(member.user_id) if words in said(card)]

    return eventually(found, seconds)[-1]


def changes(whole: Whole, number: str) -> list[Change]:
    return [each for each in whole.all(Change) if each.group_number == number]


def test_an_integration_is_turned_on_with_its_group_number_and_is_pending(
    whole: Whole, broker: Person
) -> None:
    assert "Never turned on" in ask(broker, "northwind cigna")["text"]
    fill(broker, "northwind cigna", StatusAction.TURN_ON, "C-778812")
    card = told(whole, cast.BROKER, "*Pending* since")
    assert "*Cigna* for *Northwind Freight*" in said(card)
    answer = said(ask(broker, "northwind cigna"))
    assert "🟡 Pending" in answer
    assert "C-778812" in answer
    [change] = changes(whole, "C-778812")
    entries = [row for row in whole.all(AuditEvent) if row.integration_id == change.integration_id]
    assert [each.event for each in entries] == ["integration.turn_on_asked", "integration.turned_on"]
    assert {(each.user_id, each.detail["group_number"]) for each in entries} == {
        (cast.BROKER.user_id, "C-778812")
    }


def test_the_agency_reads_in_the_audit_log_who_turned_what_on(whole: Whole) -> None:
    agency = whole.acting(cast.AGENCY)
    fill(agency, "oakline anthem", StatusAction.TURN_ON, "A-100200")
    agency.open_home()
    actor, where = rf"<@{cast.AGENCY.user_id}> \(Agency user\)", "Anthem Blue Cross, Oakline Furniture"
    entry = re.compile(rf"{actor} · \*Integration turned on\* · {where}")
    told(whole, cast.AGENCY, "*Anthem Blue Cross* for *Oakline Furniture*")
    eventually(lambda: refreshed(agency, entry))


def refreshed(person: Person, entry: re.Pattern[str]) -> re.Match[str] | None:
    person.open_home()
    return entry.search(said(person.home()))


def test_an_integration_is_turned_off_and_what_stops_is_said(whole: Whole, broker: Person) -> None:
    view = form(broker, "red rock kaiser", StatusAction.TURN_OFF)
    assert "Sending to Kaiser Permanente stops at once" in said(view)
    assert broker.submit(view) == {}
    told(whole, cast.BROKER, "*Disabled* since")
    assert "Turned off by hand" in ask(broker, "red rock kaiser")["text"]


def test_a_group_number_is_changed_at_the_exchange(whole: Whole, broker: Person) -> None:
    fill(broker, "harbor guardian", StatusAction.GROUP_NUMBER, "G-654321")
    told(whole, cast.BROKER, "*Group number changed* · *Guardian* for *Harbor Bakery*")
    assert "Group number G-654321" in said(ask(broker, "harbor guardian"))
    [place] = [each for each in whole.stage.world.integrations.values() if each.group_number == "G-654321"]
    assert place.employer.name == "Harbor Bakery"


def test_a_form_submitted_twice_at_once_asks_once(whole: Whole, broker: Person) -> None:
    """Fault 10."""
    view = form(broker, "harbor cigna", StatusAction.GROUP_NUMBER)
    body = {"view_id": view["id"], "values": broker._values(view, {"group_number": "C-313131"})}
    with ThreadPoolExecutor(2) as hands:
        list(hands.map(lambda _: broker._post("submit", body), range(2)))
    told(whole, cast.BROKER, "*Group number changed* · *Cigna* for *Harbor Bakery*")
    assert len(changes(whole, "C-313131")) == 1
    assert top(broker)["title"]["text"] == DONE


def test_a_redelivered_submission_asks_once_and_gets_the_same_answer(whole: Whole, broker: Person) -> None:
    fill(broker, "harbor principal", StatusAction.GROUP_NUMBER, "P-454545")
    told(whole, cast.BROKER, "*Group number changed* · *Principal* for *Harbor Bakery*")
    entry = whole.workspace.trace.entries("envelope", "view_submission group_number")[-1]
    first = whole.workspace.trace.entries("ack", "view_submission group_number")[-1]
    again = whole.deliver_again(entry)
    assert again.answer == first.answer
    assert len(changes(whole, "P-454545")) == 1


def test_a_change_that_the_exchange_refuses_says_why_and_changes_nothing(
    whole: Whole, broker: Person
) -> None:
    whole.cause("exchange_refuses", seconds=60)
    fill(broker, "juniper principal", StatusAction.TURN_ON, "P-999000")
    card = told(whole, cast.BROKER, "*Refused* · *Principal* for *Juniper Dental Group*")
    whole.cause("exchange_recovers")
    assert "The carrier does not know this employer under that number" in said(card)
    assert "Turned off for inactivity" in ask(broker, "juniper principal")["text"]
    broker.open_home()
    eventually(lambda: "*Change refused*" in said(broker.home()))


def test_while_the_exchange_is_away_a_change_waits_and_is_done_later(whole: Whole, broker: Person) -> None:
    whole.cause("exchange_error", seconds=60)
    fill(broker, "harbor kaiser", StatusAction.TURN_ON, "K-121212")
    waiting = told(whole, cast.BROKER, "*Waiting for the exchange* · *Kaiser Permanente* for *Harbor Bakery*")
    assert "Being turned on" in ask(broker, "harbor kaiser")["text"]
    told(whole, cast.BROKER, "The carrier exchange does not answer. Lastsync tries again by itself.")
    whole.cause("exchange_recovers")
    eventually(lambda: "*Pending* since" in said(same(whole, waiting["ts"])))
    assert len(changes(whole, "K-121212")) == 1


def same(whole: Whole, ts: str) -> Json:
    [card] = [each for each in whole.cards(cast.BROKER.user_id) if each["ts"] == ts]
    return card
