"""The thread under an alert's card."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.alerts.timeline import What
from services.store.alerts import AlertEvent
from tests.services.telling import AGENCY, DAY, HOUR, Telling


def test_each_step_is_a_reply_under_each_card(telling: Telling) -> None:
    telling.subscribe("C0OTHER")
    integration = telling.late()
    telling.sweep()
    telling.tell()
    telling.acknowledge(note="On it.")
    telling.clock.forward(hours=3)
    telling.sweep()
    telling.sync(integration.id)
    assert telling.story() == ["acknowledged", "lost", "closed"]
    replies = telling.cards("event")
    assert len(replies) == 6
    assert {each.under for each in replies} == {each.id for each in telling.cards()}
    assert not any(each.broadcast for each in replies)


def test_what_was_not_posted_yet_has_no_thread(telling: Telling) -> None:
    telling.late()
    telling.sweep()
    telling.route()
    telling.acknowledge()
    assert (telling.story(), telling.cards("event")) == (["acknowledged"], [])


def test_a_post_in_doubt_has_one(telling: Telling) -> None:
    telling.late()
    telling.sweep()
    telling.route()
    with telling.rows.sessions.write() as session:
        card = session.merge(telling.cards()[0])
        card.doubtful = True
    telling.acknowledge()
    assert [each.under for each in telling.cards("event")] == [1]


def test_a_reply_tells_who_did_what_and_when(telling: Telling) -> None:
    telling.late()
    telling.sweep()
    telling.tell()
    telling.acknowledge(note="On it.")
    told = telling.facts("event:1")
    assert (told.what, told.by, told.at, told.broadcast) == (
        "acknowledged",
        AGENCY.user_id,
        telling.clock(),
        False,
    )
    assert (told.kind, told.employer, told.carrier, told.mention) == (
        "last_sync",
        "Harbor Bakery",
        "Guardian",
        None,
    )
    assert told.detail["note"] == "On it."


def test_more_failures_and_those_that_came_back_are_told_apart(telling: Telling) -> None:
    integration = telling.failing()
    telling.tell()
    telling.recount(integration, came=3, back=1)
    events = telling.rows.all(AlertEvent)
    assert [(each.what, each.detail) for each in events] == [("more", {"n": 2}), ("back", {"n": 1})]
    assert [telling.facts(f"event:{each.id}").detail["n"] for each in events] == [2, 1]


def test_what_only_came_back_is_no_more(telling: Telling) -> None:
    integration = telling.failing()
    telling.recount(integration, came=1, back=1)
    assert telling.story() == ["back"]


def test_the_first_failures_are_told_by_the_card_itself(telling: Telling) -> None:
    integration = telling.rows.integration()
    telling.rows.message(integration.id)
    telling.recount(integration, came=1)
    assert telling.story() == []


@pytest.mark.parametrize("kind", ["last_sync", "failures"])
def test_the_end_says_for_how_long_it_was_so_as_the_card_does(telling: Telling, kind: str) -> None:
    if kind == "last_sync":
        integration = telling.late()
        telling.sweep()
        telling.tell()
        telling.sync(integration.id)
        lasted = HOUR + timedelta(seconds=20)
    else:
        integration = telling.failing()
        telling.tell()
        telling.clear(integration)
        lasted = 3 * HOUR + timedelta(seconds=20)
    assert telling.facts("event:1").detail["lasted"] == lasted.total_seconds()
    assert telling.facts("alert:1").lasted == lasted


def test_a_repeat_says_how_many_there_are_and_whom_the_channel_has_called(telling: Telling) -> None:
    telling.subscribe("C0ALERTS", mention="S0TEAM")
    telling.failing()
    telling.tell()
    telling.clock.forward(hours=24)
    telling.wake()
    told = telling.facts("event:1")
    assert (told.what, told.broadcast, told.total, told.mention) == ("repeated", True, 1, "S0TEAM")


def test_a_new_episode_has_a_card_and_a_thread_of_its_own(telling: Telling) -> None:
    integration = telling.late()
    telling.sweep()
    telling.tell()
    telling.sync(integration.id)
    telling.clock.forward(days=1)
    telling.sweep()
    telling.tell()
    first, second = telling.cards()
    assert first.ts != second.ts
    assert (telling.facts("alert:1").again, telling.facts("alert:2").again) == (0, 1)
    telling.sync(integration.id)
    assert [each.under for each in telling.cards("event")] == [first.id, second.id]
    assert telling.story() == ["closed", "closed"]


def test_episodes_of_long_ago_are_not_counted(telling: Telling) -> None:
    integration = telling.late()
    telling.sweep()
    telling.sync(integration.id)
    telling.clock.forward(days=9)
    telling.follow(integration.id, due_at=telling.clock() - HOUR, watch_at=telling.clock() - HOUR)
    telling.sweep()
    assert telling.clock() - telling.alert(1).opened_at > 7 * DAY
    assert telling.facts("alert:2").again == 0


def test_every_step_has_a_word_of_its_own() -> None:
    assert len({each.value for each in What}) == len(What)
    assert max(len(each) for each in What) <= 16
