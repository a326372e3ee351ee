"""Events that Slack sends by itself, as far as the bot is subscribed to them."""

from __future__ import annotations

from bot.sandbox.workspace import payloads
from bot.sandbox.workspace.conversations import Channel
from bot.sandbox.workspace.errors import Json
from bot.sandbox.workspace.state import Workspace

# What it sends, and when; for docs/workspace.md.
EVENTS = {
    "app_home_opened": "somebody opens the bot's Home or Messages tab",
    "app_mention": "somebody names the bot in a message",
    "channel_archive": "a channel with the bot in it is archived",
    "channel_left": "the bot is removed from a channel",
    "channel_unarchive": "a channel with the bot in it is opened again",
    "member_joined_channel": "the bot is invited to a channel",
    "message.channels": "somebody, or the bot, writes in a channel with the bot in it",
    "message.im": "somebody, or the bot, writes in the direct messages with the bot",
}


def send(workspace: Workspace, name: str, what: Json) -> None:
    if name in workspace.events:
        workspace.delivery.send_event(name, payloads.event(workspace, what))


def archived(workspace: Workspace, channel: Channel, by: str) -> None:
    if channel.bot_is_member:
        what = {"type": "channel_archive", "channel": channel.id, "user": by, "is_moved": 0}
        send(workspace, "channel_archive", what)


def opened_again(workspace: Workspace, channel: Channel, by: str) -> None:
    if channel.bot_is_member:
        send(workspace, "channel_unarchive", {"type": "channel_unarchive", "channel": channel.id, "user": by})


def bot_removed(workspace: Workspace, channel: Channel, by: str) -> None:
    send(workspace, "channel_left", {"type": "channel_left", "channel": channel.id, "actor_id": by})


def bot_invited(workspace: Workspace, channel: Channel, by: str) -> None:
    what = {
        "type": "member_joined_channel",
        "user": workspace.bot_user_id,
        "channel": channel.id,
        "channel_type": "C",
        "team": workspace.team["id"],
        "inviter": by,
    }
    send(workspace, "member_joined_channel", what)
