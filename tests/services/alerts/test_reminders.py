"""What is said again: repeats, reminders and the end of a snooze. Now is Wednesday, 11:00 in New York."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta

import pytest

from services.alerts.actions import Snooze
from services.store.alerts import Alert, AlertEvent, Card
from services.store.people import PersonZone
from tests.services.telling import AGENCY, ALERTS, DAY, HOUR, Telling

THURSDAY_NINE = datetime(2025, 3, 13, 13, 0, tzinfo=UTC)
FRIDAY_NINE = THURSDAY_NINE + DAY
MONDAY_NINE = THURSDAY_NINE + 4 * DAY


def at(telling: Telling, when: datetime) -> None:
    telling.clock.at = when
    telling.wake()


def test_failures_that_nobody_took_in_hand_are_repeated_each_working_morning(telling: Telling) -> None:
    telling.failing()
    telling.tell()
    for day in range(5):
        at(telling, THURSDAY_NINE + day * DAY)
    told = telling.rows.all(AlertEvent)
    assert [each.at for each in told] == [THURSDAY_NINE, FRIDAY_NINE, MONDAY_NINE]
    assert {each.what for each in told} == {"repeated"}
    [alert_card] = telling.cards()
    assert [(each.under, each.broadcast) for each in telling.broadcast()] == [(alert_card.id, True)] * 3


def test_failures_that_came_this_morning_are_not_repeated_this_morning(telling: Telling) -> None:
    telling.clock.at = THURSDAY_NINE - timedelta(minutes=10)
    telling.failing()
    telling.tell()
    at(telling, THURSDAY_NINE)
    assert telling.story() == []
    assert telling.alert().wake_at == FRIDAY_NINE


def test_after_a_weekend_away_the_repeat_waits_for_mondays_morning(telling: Telling) -> None:
    telling.failing()
    telling.tell()
    at(telling, FRIDAY_NINE + DAY)
    assert telling.story() == []
    at(telling, MONDAY_NINE - 6 * HOUR)
    assert (telling.story(), telling.alert().wake_at) == ([], MONDAY_NINE)
    at(telling, MONDAY_NINE)
    assert telling.story() == ["repeated"]


def test_whatever_the_number_of_replicas_a_morning_has_one_repeat(telling: Telling) -> None:
    telling.failing()
    telling.tell()
    telling.clock.at = THURSDAY_NINE
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: telling.wake(), range(8)))
    assert telling.story() == ["repeated"]
    assert len(telling.broadcast()) == 1


def test_the_same_day_is_told_of_once_even_if_it_is_woken_again(telling: Telling) -> None:
    telling.failing()
    telling.tell()
    at(telling, THURSDAY_NINE)
    with telling.rows.sessions.write() as session:
        session.get_one(Alert, 1).wake_at = THURSDAY_NINE
    telling.wake()
    assert telling.story() == ["repeated"]


def test_failures_that_only_wait_for_the_next_sync_are_not_repeated(telling: Telling) -> None:
    integration = telling.failing()
    telling.tell()
    telling.move(integration, state="resolved")
    at(telling, THURSDAY_NINE)
    assert telling.story() == []
    assert telling.alert().wake_at == FRIDAY_NINE


def test_a_late_sync_is_not_repeated(telling: Telling) -> None:
    telling.late()
    telling.sweep()
    telling.tell()
    at(telling, MONDAY_NINE)
    assert telling.story() == []


def test_an_acknowledgement_is_reminded_of_after_two_working_days(telling: Telling) -> None:
    telling.failing()
    telling.tell()
    telling.clock.at = FRIDAY_NINE - timedelta(minutes=10)
    telling.acknowledge()
    for day in (FRIDAY_NINE, MONDAY_NINE, MONDAY_NINE + DAY, MONDAY_NINE + 2 * DAY):
        at(telling, day)
    told = [(each.what, each.at, each.by) for each in telling.rows.all(AlertEvent)]
    assert told[1:] == [("reminded", MONDAY_NINE + DAY, AGENCY.user_id)]


def test_the_reminder_comes_at_nine_where_that_person_is(telling: Telling) -> None:
    zone = PersonZone(user_id=AGENCY.user_id, time_zone="America/Los_Angeles", read_at=telling.clock())
    telling.rows.add(zone)
    telling.late()
    telling.sweep()
    assert telling.acknowledge().acknowledged_at == telling.clock()
    assert telling.alert().wake_at == FRIDAY_NINE + 3 * HOUR


def test_new_failures_end_an_acknowledgement_and_are_repeated_the_next_morning(telling: Telling) -> None:
    integration = telling.failing()
    telling.tell()
    telling.acknowledge()
    telling.rows.message(integration.id)
    telling.recount(integration, came=1)
    assert telling.alert().wake_at == THURSDAY_NINE
    at(telling, THURSDAY_NINE)
    assert telling.story() == ["acknowledged", "more", "repeated"]


def test_what_is_lost_has_no_reminder_of_the_acknowledgement_it_lifted(telling: Telling) -> None:
    telling.late()
    telling.sweep()
    telling.acknowledge()
    telling.clock.forward(hours=3)
    telling.sweep()
    assert telling.alert().wake_at is None


def test_a_snooze_ends_aloud_while_the_cause_is_there(telling: Telling) -> None:
    telling.late()
    telling.sweep()
    telling.tell()
    telling.snooze(Snooze.HOUR)
    telling.clock.forward(minutes=59)
    assert telling.wake() == 0
    telling.clock.forward(minutes=1)
    assert telling.wake() == 1
    alert = telling.alert()
    assert (alert.snoozed_until, alert.snoozed_by, alert.wake_at, alert.version) == (None, None, None, 3)
    assert telling.story() == ["snoozed", "woke"]
    assert [each.channel_id for each in telling.broadcast()] == [ALERTS]


def test_a_snooze_whose_cause_is_gone_ends_in_silence(telling: Telling) -> None:
    integration = telling.late()
    telling.sweep()
    telling.tell()
    telling.snooze(Snooze.HOUR)
    telling.sync(integration.id)
    telling.clock.forward(hours=2)
    assert telling.wake() == 0
    assert telling.story() == ["snoozed", "closed"]


def test_while_it_is_snoozed_nothing_is_repeated(telling: Telling) -> None:
    telling.failing()
    telling.tell()
    telling.snooze(Snooze.TOMORROW)
    telling.clock.at = THURSDAY_NINE - HOUR
    assert telling.wake() == 0
    at(telling, THURSDAY_NINE)
    assert telling.story() == ["snoozed", "woke"]
    assert telling.alert().wake_at == FRIDAY_NINE


def test_failures_that_come_during_a_snooze_do_not_end_it(telling: Telling) -> None:
    integration = telling.failing()
    telling.tell()
    telling.acknowledge()
    until = telling.snooze(Snooze.HOUR).snoozed_until
    telling.rows.message(integration.id)
    telling.recount(integration, came=1)
    assert (telling.alert().acknowledged_by, telling.alert().wake_at) == (None, until)


def test_a_reply_aloud_waits_for_the_end_of_quiet_hours(telling: Telling) -> None:
    quiet = {"quiet_from": time(8), "quiet_until": time(10)}
    telling.subscribe(ALERTS, **quiet)
    telling.failing()
    telling.tell()
    at(telling, THURSDAY_NINE)
    assert [each.due_at for each in telling.broadcast()] == [THURSDAY_NINE + HOUR]


def test_quiet_hours_of_a_subscription_that_does_not_hear_it_hold_nothing_back(telling: Telling) -> None:
    telling.subscribe(ALERTS, kinds=["failures"])
    telling.subscribe(ALERTS, kinds=["pending"], quiet_from=time(8), quiet_until=time(10))
    telling.failing()
    telling.tell()
    at(telling, THURSDAY_NINE)
    assert [each.due_at for each in telling.broadcast()] == [THURSDAY_NINE]


def test_a_channel_that_does_not_hear_it_any_more_keeps_its_card_and_is_told_no_more(
    telling: Telling,
) -> None:
    telling.failing()
    telling.tell()
    telling.subscribe(ALERTS, kinds=["pending"])
    at(telling, THURSDAY_NINE)
    assert (len(telling.cards()), telling.broadcast()) == (1, [])


def test_a_card_that_was_never_posted_is_given_no_reply(telling: Telling) -> None:
    telling.failing()
    telling.route()
    at(telling, THURSDAY_NINE)
    assert (telling.story(), telling.cards("event")) == (["repeated"], [])


@pytest.mark.parametrize("state", ["open", "closed"])
def test_a_repeat_that_comes_too_late_says_nothing(telling: Telling, state: str) -> None:
    integration = telling.failing()
    telling.tell()
    at(telling, THURSDAY_NINE)
    if state == "closed":
        telling.clear(integration)
    telling.post()
    reply = telling.rows.one(Card, subject="event:1")
    assert (reply.ts is None) is (state == "closed")


def test_a_morning_with_many_repeats_says_five_of_them_in_the_channel_and_all_in_the_threads(
    telling: Telling,
) -> None:
    for _ in range(8):
        telling.failing()
    telling.tell()
    at(telling, THURSDAY_NINE)
    replies = [card for card in telling.rows.all(Card) if card.under is not None]
    assert (len(replies), sum(card.broadcast for card in replies)) == (8, 5)
    at(telling, FRIDAY_NINE)
    replies = [card for card in telling.rows.all(Card) if card.under is not None]
    assert (len(replies), sum(card.broadcast for card in replies)) == (16, 10)
