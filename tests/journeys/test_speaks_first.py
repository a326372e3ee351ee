"""With nobody asking: cards appear, follow what happens, and are there once whatever fails around them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.sandbox import cast
from handlers import renderer
from services import subjects
from services.store.alerts import Card
from services.store.exchange import Reading, SetAsideItem
from tests.bot.patience import eventually
from tests.journeys.shown import Json, said
from tests.journeys.whole import Whole, running

UNTOUCHED = 60  # seconds; what a newcomer is promised
LATE = {"carrier": "car_principal", "employer": "emp_northwind"}
# Two pairs without a Failure of their own, where the sandbox's own life sends none in the first minutes.
ONE = {"carrier": "car_guardian", "employer": "emp_harbor"}
OTHER = {"carrier": "car_guardian", "employer": "emp_northwind"}
ONE_NAME, OTHER_NAME = "Guardian for Harbor Bakery", "Guardian for Northwind Freight"


@pytest.fixture
def calm(whole: Whole) -> Iterator[Whole]:
    """Every card is posted, and nothing fails. Afterwards: the same, whatever was done to it."""
    settle(whole)
    yield whole
    for each in ("slack_mend", "exchange_recovers"):
        whole.cause(each)


def settle(whole: Whole) -> None:
    """Wait until every card is shown, once, and says what is true now."""
    eventually(lambda: whole.cards() and not waiting(whole))
    with suppress(AssertionError):  # the world goes on: what changes in this moment is shown in the next
        eventually(lambda: not amiss(whole))
    assert amiss(whole) == []


def waiting(whole: Whole) -> list[str]:
    return [card.subject for card in whole.all(Card) if card.due_at or card.shown < card.wanted]


def amiss(whole: Whole) -> list[str]:
    """What is posted twice, posted without being known, missing, or stale."""
    posted = [*whole.cards(), *whole.cards(cast.BROKER.user_id), *whole.cards(cast.AGENCY.user_id)]
    times = Counter(message["metadata"]["event_payload"]["key"] for message in posted)
    known = {card.key: card for card in whole.all(Card)}
    wrong = [f"{key} is there {count} times" for key, count in times.items() if count > 1]
    wrong += [f"{card.subject} is missing" for key, card in known.items() if key not in times]
    wrong += [f"{key} is unknown" for key in times if key not in known]
    stale = (m for m in posted if m["metadata"]["event_payload"]["key"] in known and not is_true(whole, m))
    return wrong + [f"stale: {message['text']}" for message in stale]


def is_true(whole: Whole, message: Json) -> bool:
    """Whether the message reads as it would if it were written now."""
    key = message["metadata"]["event_payload"]["key"]
    with whole.bot.sessions.read() as session:
        card = next(each for each in session.query(Card) if each.key == key)
        now = renderer().card(subjects.read_card(session, card, whole.workspace.clock()))
    return bool(message["text"] == now.text and unnamed(message["blocks"]) == unnamed(now.blocks))


def unnamed(blocks: list[Json]) -> list[Json]:
    """Slack gives an id to each block that has none."""
    return [{name: part for name, part in each.items() if name != "block_id"} for each in blocks]


def refused_calls(whole: Whole) -> int:
    calls = whole.workspace.trace.entries("api")
    return sum(call.name in {"chat.postMessage", "chat.update"} and not call.ok for call in calls)


def exchange_fails(whole: Whole) -> bool:
    return any(reading.failing_since for reading in whole.all(Reading))


def test_untouched_the_channel_holds_a_last_sync_card_and_a_failure_card(tmp_path: Path) -> None:
    with running(tmp_path) as whole:
        whole.wait_for_card("Late: Principal for Northwind Freight", seconds=UNTOUCHED)
        assert eventually(lambda: open_cards(whole, ""), UNTOUCHED)


def test_a_sync_closes_the_late_card_in_its_place_and_says_how_long_it_was_late(calm: Whole) -> None:
    late = calm.wait_for_card("Late: Principal for Northwind Freight")
    calm.cause("carrier_syncs", **LATE)
    closed = calm.wait_for_card("Synced again: Principal for Northwind Freight")
    assert closed["ts"] == late["ts"]
    assert "It had been late for" in said(closed)
    assert "Acknowledge" not in said(closed)
    settle(calm)


def test_a_failure_that_the_carrier_closes_closes_its_card(calm: Whole) -> None:
    calm.cause("failure_arrives", **OTHER)
    opened = calm.wait_for_card("1 open Failure", OTHER_NAME)
    calm.cause("message_cleared", **OTHER)
    eventually(lambda: is_cleared(calm, opened["ts"]))
    settle(calm)


def is_cleared(whole: Whole, ts: str) -> bool:
    [card] = [each for each in whole.cards() if each["ts"] == ts]
    return bool(card["text"].startswith("Cleared: ")) and "It took" in said(card)


def open_cards(whole: Whole, name: str) -> list[Json]:
    return [card for card in whole.cards() if re.match(rf"\d+ open Failures?: {name}", card["text"])]


@pytest.mark.parametrize(("fault", "seconds"), [("slack_rate_limited", 3), ("slack_errors", 60)])
def test_while_slack_refuses_cards_wait_and_then_come_once(calm: Whole, fault: str, seconds: int) -> None:
    calm.cause("failure_arrives", **OTHER)
    [opened] = eventually(lambda: open_cards(calm, OTHER_NAME))
    before = refused_calls(calm)
    calm.cause(fault, seconds=seconds)
    calm.cause("failure_arrives", **ONE)
    calm.cause("message_cleared", **OTHER)
    eventually(lambda: refused_calls(calm) > before)
    if fault != "slack_rate_limited":  # that one ends when Slack said that it would
        calm.cause("slack_mend")
    eventually(lambda: open_cards(calm, ONE_NAME))
    eventually(lambda: is_cleared(calm, opened["ts"]))
    calm.cause("message_cleared", **ONE)
    eventually(lambda: not open_cards(calm, ONE_NAME))
    settle(calm)


def test_a_post_whose_answer_is_lost_is_not_repeated(calm: Whole) -> None:
    calm.cause("slack_lose_answers", count=2)
    calm.cause("failure_arrives", **ONE)
    calm.cause("failure_arrives", **OTHER)
    eventually(lambda: open_cards(calm, ONE_NAME) and open_cards(calm, OTHER_NAME))
    calm.cause("message_cleared", **ONE)
    calm.cause("message_cleared", **OTHER)
    eventually(lambda: not open_cards(calm, ONE_NAME) and not open_cards(calm, OTHER_NAME))
    settle(calm)


@pytest.mark.parametrize(
    "fault",
    ["exchange_error", "exchange_throttles", "exchange_hangs_up", "exchange_garbage", "exchange_loops"],
)
def test_what_happened_while_the_exchange_was_out_of_order_is_told_afterwards(
    calm: Whole, fault: str
) -> None:
    calm.cause("failure_arrives", **OTHER)
    [opened] = eventually(lambda: open_cards(calm, OTHER_NAME))
    calm.cause(fault, seconds=60)
    eventually(lambda: exchange_fails(calm))
    calm.cause("failure_arrives", **ONE)
    calm.cause("message_cleared", **OTHER)
    calm.cause("exchange_recovers")
    eventually(lambda: open_cards(calm, ONE_NAME))
    eventually(lambda: is_cleared(calm, opened["ts"]))
    calm.cause("message_cleared", **ONE)
    eventually(lambda: not open_cards(calm, ONE_NAME))
    settle(calm)


def test_lies_are_set_aside_and_true_news_among_them_is_told(calm: Whole) -> None:
    calm.cause("exchange_lies", seconds=60)
    calm.cause("failure_arrives", **ONE)
    eventually(lambda: open_cards(calm, ONE_NAME))
    eventually(lambda: {item.stream for item in calm.all(SetAsideItem)} >= {"messages", "syncs"})
    calm.cause("message_cleared", **ONE)
    eventually(lambda: not open_cards(calm, ONE_NAME))
    assert not [card for card in calm.cards() if "lie_" in said(card)]
    settle(calm)
