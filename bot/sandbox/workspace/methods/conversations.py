"""conversations.*: what the bot can read about channels and their history."""

from __future__ import annotations

from bot.sandbox.workspace.conversations import Channel
from bot.sandbox.workspace.errors import Json, SlackError
from bot.sandbox.workspace.methods.calls import Caller, Method, need, page, truth
from bot.sandbox.workspace.state import Workspace


def _scoped(workspace: Workspace, channel: Channel, right: str) -> None:
    workspace.need(f"im:{right}" if channel.user else f"channels:{right}")


def _wire(workspace: Workspace, channel: Channel) -> Json:
    direct = channel.user is not None
    shape: Json = {
        "id": channel.id,
        "is_channel": not direct,
        "is_im": direct,
        "is_private": direct,
        "is_archived": channel.is_archived,
        "is_member": channel.bot_is_member,
        "context_team_id": workspace.team["id"],
    }
    if direct:
        return {**shape, "user": channel.user}
    topic = {"value": channel.topic, "creator": "", "last_set": 0}
    return {**shape, "name": channel.name, "name_normalized": channel.name, "topic": topic}


def _info(caller: Caller, arguments: Json) -> Json:
    need(arguments, "channel")
    channel = caller.workspace.conversations.get(str(arguments["channel"]))
    _scoped(caller.workspace, channel, "read")
    return {"channel": _wire(caller.workspace, channel)}


def _list(caller: Caller, arguments: Json) -> Json:
    workspace = caller.workspace
    kinds = set(str(arguments.get("types") or "public_channel").split(","))
    workspace.need(*(("channels:read",) if "public_channel" in kinds else ()))
    workspace.need(*(("im:read",) if "im" in kinds else ()))
    chosen = [
        one for one in workspace.conversations.all() if ("im" if one.user else "public_channel") in kinds
    ]
    if truth(arguments, "exclude_archived"):
        chosen = [channel for channel in chosen if not channel.is_archived]
    return page([_wire(workspace, channel) for channel in chosen], arguments, "channels")


def _open(caller: Caller, arguments: Json) -> Json:
    users = str(arguments.get("users") or "").split(",")
    if "channel" in arguments:
        channel = caller.workspace.conversations.get(str(arguments["channel"]))
    elif len(users) == 1 and users[0] in caller.workspace.people:
        channel = caller.workspace.conversations.get(users[0])
    else:
        raise SlackError("user_not_found" if users != [""] else "users_list_not_supplied")
    return {"channel": {"id": channel.id}, "no_op": True, "already_open": True}


def _members(caller: Caller, arguments: Json) -> Json:
    need(arguments, "channel")
    workspace = caller.workspace
    channel = workspace.conversations.get(str(arguments["channel"]))
    _scoped(workspace, channel, "read")
    people = [user for user in workspace.people if user in channel.members]
    everyone = [*people, *([workspace.bot_user_id] if channel.bot_is_member else [])]
    paged = page([{"id": user} for user in everyone], arguments, "members")
    return {**paged, "members": [member["id"] for member in paged["members"]]}


def _readable(caller: Caller, arguments: Json) -> Channel:
    need(arguments, "channel")
    channel = caller.workspace.conversations.get(str(arguments["channel"]))
    _scoped(caller.workspace, channel, "history")
    if not channel.bot_is_member:
        raise SlackError("not_in_channel")
    return channel


def _within(message: Json, arguments: Json) -> bool:
    ts, inclusive = float(message["ts"]), truth(arguments, "inclusive")
    oldest, latest = float(arguments.get("oldest") or 0), float(arguments.get("latest") or "inf")
    return oldest < ts < latest or (inclusive and ts in {oldest, latest})


def _shown(messages: list[Json], arguments: Json) -> list[Json]:
    """What the API shows of messages: nothing ephemeral, and metadata only on request."""
    lasting = [one for one in messages if not one.get("is_ephemeral") and _within(one, arguments)]
    hidden = set() if truth(arguments, "include_all_metadata") else {"metadata"}
    return [{name: value for name, value in one.items() if name not in hidden} for one in lasting]


def _is_in_channel(message: Json) -> bool:
    return message.get("thread_ts") in {None, message["ts"]} or message.get("subtype") == "thread_broadcast"


def _history(caller: Caller, arguments: Json) -> Json:
    channel = _readable(caller, arguments)
    roots = [one for one in channel.messages if _is_in_channel(one)]
    paged = page(_shown(roots, arguments)[::-1], arguments, "messages")
    return {**paged, "has_more": bool(paged["response_metadata"]["next_cursor"])}


def _replies(caller: Caller, arguments: Json) -> Json:
    need(arguments, "ts")
    channel = _readable(caller, arguments)
    ts = str(arguments["ts"])
    thread = [one for one in channel.messages if ts in {one["ts"], one.get("thread_ts")}]
    if not thread:
        raise SlackError("thread_not_found")
    paged = page(_shown(thread, arguments), arguments, "messages", default=1000)
    return {**paged, "has_more": bool(paged["response_metadata"]["next_cursor"])}


METHODS = {
    "conversations.info": Method(
        _info, tier=3, by_kind="read", differs="no counts of members or unread messages"
    ),
    "conversations.list": Method(
        _list, tier=2, by_kind="read", differs="public channels and direct messages alone"
    ),
    "conversations.open": Method(
        _open, ("im:write",), tier=3, differs="direct messages exist from the start: it only finds them"
    ),
    "conversations.members": Method(_members, tier=4, by_kind="read"),
    "conversations.history": Method(_history, tier=3, by_kind="history"),
    "conversations.replies": Method(_replies, tier=3, by_kind="history"),
}
