"""What Slack sends to the bot, field by field as Slack has it."""

from __future__ import annotations

import re
import secrets

from bot.sandbox.workspace.conversations import Channel
from bot.sandbox.workspace.errors import Json
from bot.sandbox.workspace.state import Command, Workspace

_MENTION = re.compile(r"(?<![\w<|])([@#])([\w.-]+)")


def _frame(workspace: Workspace, kind: str, user: str) -> Json:
    """What all interactions have in common."""
    person = workspace.people[user]
    team = workspace.team
    who = {"id": user, "username": person.name, "name": person.name, "team_id": team["id"]}
    return {
        "type": kind,
        "user": who,
        "api_app_id": workspace.app_id,
        "token": workspace.verification_token,
        "team": {"id": team["id"], "domain": team["domain"]},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def with_mentions(workspace: Workspace, text: str) -> str:
    """@name and #channel as Slack encodes them; names that nobody has stay as they were typed."""
    users = {person.name: f"<@{person.user_id}>" for person in workspace.people.values()}
    users[workspace.bot_name.lower()] = f"<@{workspace.bot_user_id}>"
    named = [channel for channel in workspace.conversations.all() if channel.user is None]
    channels = {channel.name: f"<#{channel.id}|{channel.name}>" for channel in named}

    def encoded(match: re.Match[str]) -> str:
        sigil, name = match.groups()
        return (users if sigil == "@" else channels).get(name.lower(), match.group())

    return _MENTION.sub(encoded, text)


def escaped(text: str) -> str:
    """The three characters that Slack encodes in what people write."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def command(workspace: Workspace, what: Command, user: str, channel: Channel, text: str) -> Json:
    response_path = workspace.response_urls.issue(user, channel.id)
    return {
        "token": workspace.verification_token,
        "team_id": workspace.team["id"],
        "team_domain": workspace.team["domain"],
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": user,
        "user_name": workspace.people[user].name,
        "command": what.name,
        "text": with_mentions(workspace, text) if what.should_escape else text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": workspace.base_url + response_path,
        "trigger_id": workspace.triggers.issue(user),
    }


def from_message(channel: Channel, message: Json) -> Json:
    """The parts of a block_actions or block_suggestion payload that say which message it came from."""
    ephemeral = bool(message.get("is_ephemeral"))
    container = {"type": "message", "message_ts": message["ts"], "channel_id": channel.id}
    place: Json = {
        "container": {**container, "is_ephemeral": ephemeral},
        "channel": {"id": channel.id, "name": channel.name},
    }
    if not ephemeral:  # Slack does not give ephemeral messages back
        place["message"] = dict(message)
    return place


def from_view(view: Json) -> Json:
    return {"container": {"type": "view", "view_id": view["id"]}, "view": dict(view)}


def block_actions(workspace: Workspace, user: str, place: Json, action: Json, values: Json) -> Json:
    frame = _frame(workspace, "block_actions", user)
    action = {**action, "action_ts": workspace.conversations.next_ts()}
    state = {} if "view" in place else {"state": {"values": values}}
    return {**frame, **place, **state, "trigger_id": workspace.triggers.issue(user), "actions": [action]}


def block_suggestion(workspace: Workspace, user: str, place: Json, asked: Json) -> Json:
    return {**_frame(workspace, "block_suggestion", user), **place, **asked}


def view_submission(workspace: Workspace, user: str, view: Json) -> Json:
    frame = _frame(workspace, "view_submission", user)
    trigger_id = workspace.triggers.issue(user)
    return {**frame, "trigger_id": trigger_id, "view": dict(view), "response_urls": []}


def view_closed(workspace: Workspace, user: str, view: Json, *, is_cleared: bool) -> Json:
    return {**_frame(workspace, "view_closed", user), "view": dict(view), "is_cleared": is_cleared}


def event(workspace: Workspace, what: Json) -> Json:
    team_id = workspace.team["id"]
    stamp = workspace.conversations.next_ts()
    authorization = {
        "enterprise_id": None,
        "team_id": team_id,
        "user_id": workspace.bot_user_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": workspace.verification_token,
        "team_id": team_id,
        "api_app_id": workspace.app_id,
        "event": {**what, "event_ts": stamp},
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(6).upper()}",
        "event_time": int(float(stamp)),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
    }
