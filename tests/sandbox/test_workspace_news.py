"""What Slack tells the bot of its channels: archived, opened again, removed from, invited to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt import App

from bot.sandbox.cast import ALERTS, BOT_USER_ID, BROKER
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.driver import Person

Json = dict[str, Any]
EVENTS = ("channel_archive", "channel_unarchive", "channel_left", "member_joined_channel")


@pytest.fixture
def heard(app: App, workspace: Workspace, connect: Callable[[], object]) -> list[Json]:
    workspace.events |= set(EVENTS)
    events: list[Json] = []

    def note(event: Json) -> None:
        events.append(event)

    for name in EVENTS:
        app.event(name)(note)
    connect()
    return events


def test_the_bot_hears_of_each_change_of_a_channel_once(broker: Person, heard: list[Json]) -> None:
    for event in ("archive_channel", "unarchive_channel", "remove_bot", "invite_bot"):
        for _ in range(2):
            broker.cause(f"slack_{event}", channel=ALERTS.channel_id)
        broker.wait_for(lambda: heard and heard[-1]["channel"] == ALERTS.channel_id)
    broker.wait_for(lambda: len(heard) == 4)
    assert {event["type"] for event in heard} == set(EVENTS)


def test_an_invitation_names_who_joined_and_who_invited(broker: Person, heard: list[Json]) -> None:
    broker.cause("slack_remove_bot", channel=ALERTS.channel_id)
    broker.cause("slack_invite_bot", channel=ALERTS.channel_id, person=BROKER.user_id)
    broker.wait_for(lambda: any(event["type"] == "member_joined_channel" for event in heard))
    [joined] = [event for event in heard if event["type"] == "member_joined_channel"]
    assert joined["user"] == BOT_USER_ID
    assert joined["inviter"] == BROKER.user_id
    assert joined["channel_type"] == "C"


def test_nobody_who_does_not_exist_invites(broker: Person, workspace: Workspace) -> None:
    answer = broker.cause("slack_invite_bot", channel=ALERTS.channel_id, person="U0NOBODY01")
    assert answer["text"] == "Choose a person."
    assert workspace.conversations.get(ALERTS.channel_id).bot_is_member


def test_where_the_bot_is_not_it_hears_of_nothing(broker: Person, heard: list[Json]) -> None:
    broker.cause("slack_remove_bot", channel=ALERTS.channel_id)
    broker.cause("slack_archive_channel", channel=ALERTS.channel_id)
    broker.cause("slack_unarchive_channel", channel=ALERTS.channel_id)
    broker.cause("slack_invite_bot", channel=ALERTS.channel_id)
    broker.wait_for(lambda: len(heard) == 2)
    assert {event["type"] for event in heard} == {"channel_left", "member_joined_channel"}
