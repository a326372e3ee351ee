"""chat.*: what the bot says, changes and takes back."""

from __future__ import annotations

from bot.sandbox.workspace.blocks import identified
from bot.sandbox.workspace.conversations import Channel
from bot.sandbox.workspace.errors import Json, SlackError, refused
from bot.sandbox.workspace.methods.calls import Caller, Method, need, truth
from bot.sandbox.workspace.state import Workspace
from handlers.kit import limits
from handlers.kit.blockkit import problems


def content(given: Json) -> Json:
    """The text, blocks and attachments of a message, checked and stored as Slack does."""
    blocks, attachments, text = given.get("blocks"), given.get("attachments"), given.get("text")
    if not (text or blocks or attachments):
        raise SlackError("no_text")
    if len(attachments or []) > limits.MESSAGE_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    stored: Json = {"text": str(text or "")[: limits.MESSAGE_TEXT_KEPT]}
    if blocks is not None:
        stored["blocks"] = checked_blocks(blocks)
    return stored | ({"attachments": attachments} if attachments else {})


def checked_blocks(blocks: object) -> list[Json]:
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    found = problems("message", {"text": "-", "blocks": blocks})
    if found:
        raise refused("invalid_blocks", found)
    return identified(blocks)


def _metadata(arguments: Json) -> Json:
    metadata = arguments.get("metadata")
    if metadata is None:
        return {}
    shape = isinstance(metadata, dict) and isinstance(metadata.get("event_type"), str)
    if not shape or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_schema")
    return {"metadata": metadata}


def open_channel(workspace: Workspace, key: str, user: str | None = None) -> Channel:
    """A channel that the bot may write to now."""
    channel = workspace.conversations.get(key)
    if channel.is_archived:
        raise SlackError("is_archived")
    if not channel.bot_is_member and "chat:write.public" not in workspace.scopes:
        raise SlackError("not_in_channel")
    if user is not None and user not in channel.members:
        raise SlackError("user_not_in_channel")
    return channel


def thread(workspace: Workspace, channel: Channel, arguments: Json) -> Json:
    thread_ts = arguments.get("thread_ts")
    if not thread_ts:
        return {}
    try:
        parent = workspace.conversations.find(channel, str(thread_ts))
    except SlackError:
        raise SlackError("thread_not_found") from None
    aloud = {"subtype": "thread_broadcast"} if truth(arguments, "reply_broadcast") else {}
    return {"thread_ts": parent.get("thread_ts", parent["ts"]), **aloud}


def _post(caller: Caller, arguments: Json) -> Json:
    need(arguments, "channel")
    workspace = caller.workspace
    channel = open_channel(workspace, str(arguments["channel"]))
    message = {**content(arguments), **_metadata(arguments), **thread(workspace, channel, arguments)}
    workspace.pace.post(channel.id)
    posted = workspace.post_as_bot(channel, message)
    workspace.on_bot_message(channel, posted)
    return {"channel": channel.id, "ts": posted["ts"], "message": _shown(posted)}


def _post_ephemeral(caller: Caller, arguments: Json) -> Json:
    need(arguments, "channel", "user")
    workspace = caller.workspace
    user = str(arguments["user"])
    if user not in workspace.people:
        raise SlackError("user_not_in_channel")
    channel = open_channel(workspace, str(arguments["channel"]), user)
    message = {**content(arguments), **thread(workspace, channel, arguments)}
    return {"message_ts": workspace.post_as_bot(channel, message, user)["ts"]}


def _own_message(workspace: Workspace, arguments: Json, refusal: str) -> tuple[Channel, Json]:
    key = str(arguments["channel"])
    if key.startswith("U"):
        raise SlackError("channel_not_found")
    channel = workspace.conversations.get(key)
    message = workspace.conversations.find(channel, str(arguments["ts"]))
    if message.get("bot_id") != workspace.bot_id:
        raise SlackError(refusal)
    return channel, message


def _update(caller: Caller, arguments: Json) -> Json:
    need(arguments, "channel", "ts")
    workspace = caller.workspace
    channel, message = _own_message(workspace, arguments, "cant_update_message")
    if channel.is_archived:
        raise SlackError("is_archived")
    if len(str(arguments.get("text", ""))) > limits.MESSAGE_TEXT:
        raise SlackError("msg_too_long")
    changes = {**content(arguments), **_metadata(arguments)}
    if "text" not in arguments:
        changes.pop("text")
    workspace.conversations.change(channel, message, changes, workspace.bot_user_id)
    shown = _shown(message)
    return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": shown}


def _delete(caller: Caller, arguments: Json) -> Json:
    need(arguments, "channel", "ts")
    channel, message = _own_message(caller.workspace, arguments, "cant_delete_message")
    caller.workspace.conversations.remove(channel, message)
    return {"channel": channel.id, "ts": message["ts"]}


def _shown(message: Json) -> Json:
    return {name: value for name, value in message.items() if name != "metadata"}


METHODS = {
    "chat.postMessage": Method(
        _post,
        ("chat:write",),
        differs="no `username`, `icon_*`, `unfurl_*`, `parse` or `link_names`; `mrkdwn` is always on",
    ),
    "chat.postEphemeral": Method(_post_ephemeral, ("chat:write",), tier=4),
    "chat.update": Method(
        _update, ("chat:write",), tier=3, differs="a message can be edited for ever; `file_ids` is not read"
    ),
    "chat.delete": Method(_delete, ("chat:write",), tier=3),
}
