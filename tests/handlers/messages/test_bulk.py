"""Several messages of one kind resolved in one go: ticked over pages, or all of them."""

from __future__ import annotations

import pytest

from bot.sandbox.workspace.driver import Person
from handlers.messages.ids import MessagesAction
from services.store.alerts import Card
from services.store.messages import Resolution
from tests.agency import DAY, NOW, Agency, daily
from tests.handlers.pages import Json, answer_to, said, top


@pytest.fixture
def spelled(agency: Agency) -> list[int]:
    """Ten Warnings of one kind at two employers, the oldest first; and a Failure of another kind."""
    harbor = agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW))
    juniper = agency.integration("Juniper Dental Group", "Guardian", syncs=daily(NOW))
    agency.message(harbor)
    return [
        agency.message(
            juniper if number % 2 else harbor,
            "warning",
            kind="name_spelling",
            employee_ref=f"emp-{number}",
            received_at=NOW - (20 - number) * DAY,
        )
        for number in range(10)
    ]


def ask_which(page: Person) -> Json:
    page.press(answer_to(page, "/carrier-messages"), MessagesAction.OPEN)
    page.press(top(page), MessagesAction.FILTER_KIND, option="name_spelling")
    page.press(top(page), MessagesAction.TICK)
    return top(page)


def test_several_are_offered_once_a_kind_is_chosen(broker: Person, spelled: list[int]) -> None:
    del spelled
    broker.press(answer_to(broker, "/carrier-messages"), MessagesAction.OPEN)
    assert MessagesAction.TICK not in said(top(broker))
    assert "Choose a kind to resolve several" in said(top(broker))
    broker.press(top(broker), MessagesAction.FILTER_KIND, option="name_spelling")
    assert MessagesAction.TICK in said(top(broker))


def test_what_is_ticked_on_two_pages_is_counted_and_resolved(
    agency: Agency, broker: Person, spelled: list[int]
) -> None:
    view = ask_which(broker)
    first, second, last = spelled[0], spelled[1], spelled[9]
    ticked = {"ticked": [str(first), str(second)]}
    broker.press(view, MessagesAction.TICK_NEXT, values=ticked)
    broker.press(top(broker), MessagesAction.TICK_PREVIOUS, values={"ticked": [str(last)]})
    assert broker.submit(top(broker), {"ticked": [str(second)]}) == {}
    assert "*2 messages*: name spelling, at 1 employer with 1 carrier" in said(top(broker))
    assert top(broker)["submit"]["text"] == "Resolve 2"
    assert broker.submit(top(broker), {"outcome": "carrier", "note": "Checked"}) == {}
    assert "2 resolutions on the way" in said(top(broker))
    assert sorted(made.message_id for made in agency.all(Resolution)) == [second, last]


def test_all_of_a_kind_are_counted_and_resolved(agency: Agency, broker: Person, spelled: list[int]) -> None:
    assert broker.submit(ask_which(broker), {"which": "all"}) == {}
    assert "*10 messages*: name spelling, at 2 employers with 1 carrier" in said(top(broker))
    assert broker.submit(top(broker), {"outcome": "platform"}) == {}
    assert sorted(made.message_id for made in agency.all(Resolution)) == spelled
    assert [card.subject for card in agency.all(Card) if card.subject.startswith("bulk:")] == ["bulk:1"]
    broker.close_modal(top(broker))
    assert "on its way to the exchange" in said(top(broker))


def test_nothing_ticked_is_refused_at_the_field(broker: Person, spelled: list[int]) -> None:
    del spelled
    assert list(broker.submit(ask_which(broker))) == ["ticked"]


def test_a_note_with_a_social_security_number_resolves_none(
    agency: Agency, broker: Person, spelled: list[int]
) -> None:
    del spelled
    broker.submit(ask_which(broker), {"which": "all"})
    assert list(broker.submit(top(broker), {"outcome": "carrier", "note": "123 45 6789"})) == ["note"]
    assert agency.all(Resolution) == []


def test_what_was_resolved_meanwhile_is_left_out_and_said(
    agency: Agency, broker: Person, spelled: list[int]
) -> None:
    view = ask_which(broker)
    agency.close(spelled[0])
    broker.submit(view, {"ticked": [str(spelled[0]), str(spelled[1])]})
    assert "*1 message*" in said(top(broker))
    assert "1 of those that were ticked" in said(top(broker))
