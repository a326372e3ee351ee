"""What alerts show over days: one card for a silent carrier, one employer's channel, and hours of quiet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox import cast
from bot.sandbox.workspace.driver import Person
from handlers.alerts.ids import AlertAction
from handlers.channels.ids import SubscriptionAction
from handlers.kit.ids import FindAction
from tests.bot.patience import eventually
from tests.journeys.shown import Json, said, top
from tests.journeys.whole import Whole

SILENT = "Guardian"
HERE = {"carrier": "car_guardian", "employer": "emp_harbor"}
ELSEWHERE = {"carrier": "car_guardian", "employer": "emp_northwind"}
HARBOR, ALERTS, OPERATORS = (each.channel_id for each in (cast.HARBOR, cast.ALERTS, cast.OPERATORS))
HALF_AN_HOUR = timedelta(minutes=30)


def posts(whole: Whole, channel: str, *words: str) -> list[Json]:
    """What stands in a channel and has these words; the replies in threads are not among it."""
    found = [each for each in whole.cards(channel) if each.get("thread_ts") in {None, each["ts"]}]
    return [each for each in found if all(word in said(each) for word in words)]


def standing(whole: Whole, channel: str) -> set[str]:
    return {each["ts"] for each in posts(whole, channel)}


def shown(page: Person, channel: str, ts: str) -> Json:
    return next(each for each in page.messages(channel) if each["ts"] == ts)


def replies(whole: Whole, channel: str, ts: str) -> list[str]:
    found = whole.workspace.channel_messages(channel)
    return [each["text"] for each in found if each.get("thread_ts") == ts and each["ts"] != ts]


def open_carrier_card(whole: Whole) -> Json | None:
    found = [each for each in posts(whole, ALERTS) if re.match(f"(Late|Lost): {SILENT} at", each["text"])]
    assert len(found) <= 1
    return found[0] if found else None


def days_pass_until(whole: Whole, condition: Callable[[], Any]) -> Any:
    """A week, then day after day: a carrier that syncs weekly is late by then, and not lost yet."""
    for passage in ("week", *("day",) * 5):
        whole.cause("time_passes", passage=passage)
        with suppress(AssertionError):
            return eventually(condition)
    return eventually(condition)


def subscribe(whole: Whole, **values: Any) -> None:
    """The broker subscribes the bakery's channel to the bakery's alerts."""
    broker = whole.acting(cast.BROKER)
    broker.command("/carrier-alerts", channel=HARBOR, patience=4)
    broker.press(top(broker), SubscriptionAction.ADD)
    employers = broker.suggest(top(broker), FindAction.EMPLOYER, "harbor")
    assert broker.submit(top(broker), {"employers": employers, **values}) == {}
    broker.close_modal(top(broker), everything=True)


@pytest.fixture
def desk(whole: Whole) -> Iterator[Whole]:
    """Afterwards nothing is subscribed, and what was sent has cleared."""
    yield whole
    broker = whole.acting(cast.BROKER)
    broker.command("/carrier-alerts", channel=HARBOR, patience=4)
    broker.press(top(broker), SubscriptionAction.REMOVE)
    broker.close_modal(top(broker), everything=True)
    for place in (HERE, ELSEWHERE):
        whole.acting(cast.AGENCY).cause("message_cleared", **place)


def test_a_second_channel_hears_of_its_one_employer_and_of_no_other(desk: Whole) -> None:
    subscribe(desk)
    desk.cause("failure_arrives", **ELSEWHERE)
    desk.cause("failure_arrives", **HERE)
    eventually(lambda: posts(desk, HARBOR, "1 open Failure", "Guardian for Harbor Bakery"))
    eventually(lambda: posts(desk, ALERTS, "1 open Failure", "Guardian for Northwind Freight"))
    heard = "".join(said(each) for each in posts(desk, HARBOR))
    assert not [each.name for each in cast.EMPLOYERS if each.name in heard and each.ref != "emp_harbor"]


def test_quiet_hours_hold_a_card_back_and_release_it(desk: Whole) -> None:
    here = desk.stage.clock().astimezone(ZoneInfo("America/New_York"))
    begins = here - timedelta(minutes=here.minute % 30)
    ends = begins + 2 * HALF_AN_HOUR
    subscribe(desk, quiet_from=f"{begins:%H:%M}", quiet_until=f"{ends:%H:%M}")
    eventually(lambda: not posts(desk, ALERTS, "1 open Failure", "Guardian for Harbor Bakery"))
    before, loud = standing(desk, HARBOR), standing(desk, ALERTS)
    desk.cause("failure_arrives", **HERE)
    eventually(lambda: standing(desk, ALERTS) - loud)
    assert standing(desk, HARBOR) == before
    desk.cause("time_passes", passage="hour")
    released = eventually(lambda: posts(desk, HARBOR, "1 open Failure", "Guardian for Harbor Bakery"))
    assert {each["ts"] for each in released} - before


def test_that_a_channel_takes_no_posts_is_told_once_and_taken_back_in_place(desk: Whole) -> None:
    subscribe(desk)
    desk.cause("slack_archive_channel", channel=HARBOR)
    [notice] = eventually(lambda: posts(desk, OPERATORS, "Takes no posts"))
    desk.cause("slack_unarchive_channel", channel=HARBOR)
    [mended] = eventually(lambda: posts(desk, OPERATORS, "Posts again"))
    assert mended["ts"] == notice["ts"]


def test_a_silent_carrier_is_one_card_that_is_acknowledged_snoozed_and_closed_by_the_sync(
    whole: Whole,
) -> None:
    whole.cause("carrier_goes_silent", carrier="car_guardian")
    ts = days_pass_until(whole, lambda: open_carrier_card(whole))["ts"]
    assert not [each for each in posts(whole, ALERTS) if re.match(f"(Late|Lost): {SILENT} for", each["text"])]
    page = whole.acting(cast.AGENCY)
    page.press(shown(page, ALERTS, ts), AlertAction.ACKNOWLEDGE)
    eventually(lambda: f"Acknowledged by <@{cast.AGENCY.user_id}>" in said(shown(page, ALERTS, ts)))
    page.press(shown(page, ALERTS, ts), AlertAction.SNOOZE, option="Until the next expected sync")
    eventually(lambda: f"Snoozed by <@{cast.AGENCY.user_id}> until" in said(shown(page, ALERTS, ts)))
    whole.cause("carrier_speaks_again", carrier="car_guardian")
    whole.cause("carrier_syncs", carrier="car_guardian")
    eventually(lambda: shown(page, ALERTS, ts)["text"] == "Syncs again: Guardian.")
    assert "It lasted" in said(shown(page, ALERTS, ts))
    told = eventually(lambda: [each for each in replies(whole, ALERTS, ts) if "Closed." in each])
    assert "It lasted" in told[0]
    story = " ".join(replies(whole, ALERTS, ts))
    assert story.index("Acknowledged") < story.index("Snoozed until") < story.index("Closed.")
    assert "<@" not in story
