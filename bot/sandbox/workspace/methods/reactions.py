"""reactions.*: what the bot puts on messages, and takes off again."""

from __future__ import annotations

import re

from bot.sandbox.workspace.conversations import Channel
from bot.sandbox.workspace.errors import Json, SlackError
from bot.sandbox.workspace.methods.calls import Caller, Method, need, page

_NAME = re.compile(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?")


def _target(caller: Caller, arguments: Json) -> tuple[Channel, Json]:
    need(arguments, "channel", "timestamp")
    conversations = caller.workspace.conversations
    channel = conversations.get(str(arguments["channel"]))
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel, conversations.find(channel, str(arguments["timestamp"]))


def _name(arguments: Json) -> str:
    name = str(arguments["name"]).strip(":")
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name")
    return name


def _given(message: Json, name: str) -> Json | None:
    return next((one for one in message.get("reactions", []) if one["name"] == name), None)


def _add(caller: Caller, arguments: Json) -> Json:
    need(arguments, "name")
    channel, message = _target(caller, arguments)
    name, bot = _name(arguments), caller.workspace.bot_user_id
    given = _given(message, name)
    if given is None:
        given = {"name": name, "users": [], "count": 0}
        message.setdefault("reactions", []).append(given)
    if bot in given["users"]:
        raise SlackError("already_reacted")
    given["users"].append(bot)
    given["count"] += 1
    caller.workspace.conversations.show(channel, message)
    return {}


def _remove(caller: Caller, arguments: Json) -> Json:
    need(arguments, "name")
    channel, message = _target(caller, arguments)
    given, bot = _given(message, _name(arguments)), caller.workspace.bot_user_id
    if given is None or bot not in given["users"]:
        raise SlackError("no_reaction")
    given["users"].remove(bot)
    given["count"] -= 1
    message["reactions"] = [one for one in message["reactions"] if one["count"]]
    caller.workspace.conversations.show(channel, message)
    return {}


def _get(caller: Caller, arguments: Json) -> Json:
    channel, message = _target(caller, arguments)
    return {"type": "message", "channel": channel.id, "message": _shown(message)}


def _list(caller: Caller, arguments: Json) -> Json:
    user = str(arguments.get("user") or caller.workspace.bot_user_id)
    found = [
        {"type": "message", "channel": channel.id, "message": _shown(message)}
        for channel in caller.workspace.conversations.all()
        for message in channel.messages
        if any(user in one["users"] for one in message.get("reactions", []))
    ]
    return page(found, arguments, "items")


def _shown(message: Json) -> Json:
    return {name: value for name, value in message.items() if name != "metadata"}


METHODS = {
    "reactions.add": Method(_add, ("reactions:write",), tier=3, differs="any well-formed name is an emoji"),
    "reactions.remove": Method(_remove, ("reactions:write",), tier=2),
    "reactions.get": Method(_get, ("reactions:read",), tier=3, differs="messages alone, no files"),
    "reactions.list": Method(_list, ("reactions:read",), tier=2, differs="messages alone, no files"),
}
