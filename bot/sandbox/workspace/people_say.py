"""What happens when a person writes: a message, or a slash command."""

from __future__ import annotations

from bot.sandbox.workspace import news, payloads
from bot.sandbox.workspace.conversations import Channel
from bot.sandbox.workspace.errors import Json, SlackError
from bot.sandbox.workspace.methods.chat import content
from bot.sandbox.workspace.state import Command, Workspace


async def say(workspace: Workspace, user: str, channel_id: str, text: str, thread_ts: str | None) -> Json:
    channel = _place(workspace, user, channel_id)
    if not text.startswith("/"):
        return _say_aloud(workspace, user, channel, text, thread_ts)
    name, _, rest = text.partition(" ")
    command = workspace.commands.get(name)
    if command is None:
        sentence = (
            f"{name} is not a valid command. In Slack, all messages that start with the “/” character "
            "are interpreted as commands."
        )
        return _refuse(workspace, user, channel, "unknown_command", sentence)
    if thread_ts:
        return _refuse(workspace, user, channel, "in_thread", f"{name} is not supported in threads. Sorry!")
    return await _command(workspace, command, user, channel, rest.strip())


def _place(workspace: Workspace, user: str, channel_id: str) -> Channel:
    channel = workspace.conversations.get(channel_id)
    if user not in channel.members:
        raise SlackError("channel_not_found")
    return channel


def _refuse(workspace: Workspace, user: str, channel: Channel, error: str, sentence: str) -> Json:
    workspace.notice(user, sentence, channel.id)
    return {"ok": False, "error": error, "text": sentence}


async def _command(workspace: Workspace, command: Command, user: str, channel: Channel, text: str) -> Json:
    payload = payloads.command(workspace, command, user, channel, text)
    outcome = await workspace.delivery.send("slash_commands", f"{command.name} {text}".strip(), payload)
    error = outcome.error or _answered(workspace, user, channel, outcome.answer)
    if error:
        sentence = f"{command.name} failed with the error “{error}”"
        return _refuse(workspace, user, channel, error, sentence)
    return {"ok": True}


def _answered(workspace: Workspace, user: str, channel: Channel, answer: Json) -> str:
    """Show what rode on the ack. Return Slack's error code when it cannot be shown."""
    if not any(answer.get(part) for part in ("text", "blocks", "attachments")):
        return ""
    try:
        shown = content(answer)
    except SlackError as error:
        return error.code
    workspace.post_as_bot(channel, shown, None if answer.get("response_type") == "in_channel" else user)
    return ""


def _say_aloud(workspace: Workspace, user: str, channel: Channel, text: str, thread_ts: str | None) -> Json:
    if channel.is_archived:
        raise SlackError("is_archived")
    encoded = payloads.with_mentions(workspace, payloads.escaped(text))
    said = {"user": user, "text": encoded, "team": workspace.team["id"]}
    threaded = {"thread_ts": thread_ts} if thread_ts else {}
    message = workspace.conversations.add(channel, {**said, **threaded})
    report_message(workspace, channel, message)
    if f"<@{workspace.bot_user_id}>" in encoded:
        news.send(workspace, "app_mention", {**message, "type": "app_mention", "channel": channel.id})
    return {"ok": True, "ts": message["ts"]}


def report_message(workspace: Workspace, channel: Channel, message: Json) -> None:
    """The message event, where the bot is a member and subscribed to it."""
    if channel.bot_is_member:
        kind = "im" if channel.user else "channel"
        name = "message.im" if channel.user else "message.channels"
        news.send(workspace, name, {**message, "channel": channel.id, "channel_type": kind})


def app_home_opened(workspace: Workspace, user: str, tab: str) -> Json:
    direct = workspace.conversations.get(user)
    view = workspace.views.home(user)
    seen = {"view": dict(view)} if view is not None and tab == "home" else {}
    what = {"type": "app_home_opened", "user": user, "channel": direct.id, "tab": tab, **seen}
    news.send(workspace, "app_home_opened", what)
    return {"ok": True}
