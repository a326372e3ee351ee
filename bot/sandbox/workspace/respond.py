"""response_url: five answers in half an hour to where an interaction came from."""

from __future__ import annotations

import json

from aiohttp import web

from bot.sandbox.workspace.conversations import Channel
from bot.sandbox.workspace.errors import Json, SlackError
from bot.sandbox.workspace.methods.calls import truth
from bot.sandbox.workspace.methods.chat import content
from bot.sandbox.workspace.state import Workspace
from bot.sandbox.workspace.tickets import ResponseUrl

_GONE = frozenset({"no_such_url", "expired_url", "used_url"})


async def handle(workspace: Workspace, request: web.Request) -> web.Response:
    try:
        body = json.loads(await request.text() or "{}")
        _apply(workspace, workspace.response_urls.use(request.match_info["key"]), body)
    except SlackError as error:
        workspace.trace.add("api", "response_url", {}, ok=False, detail=error.code)
        return web.json_response(error.answer(), status=404 if error.code in _GONE else 400)
    except ValueError:
        return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
    workspace.trace.add("api", "response_url", body)
    return web.Response(text="ok")


def _apply(workspace: Workspace, target: ResponseUrl, body: Json) -> None:
    channel = workspace.conversations.get(target.channel)
    original = target.ts or target.ephemeral_id
    if original is not None and truth(body, "delete_original"):
        message = workspace.conversations.find(channel, original)
        workspace.conversations.remove(channel, message)
    elif original is not None and truth(body, "replace_original"):
        _replace(workspace, channel, original, body)
    else:
        _add(workspace, channel, target, body)


def _replace(workspace: Workspace, channel: Channel, original: str, body: Json) -> None:
    """An ephemeral message stays one, whatever response_type says."""
    message = workspace.conversations.find(channel, original)
    shown = content(body)
    shown.setdefault("blocks", [])
    editor = None if message.get("is_ephemeral") else workspace.bot_user_id
    workspace.conversations.change(channel, message, shown, editor)


def _add(workspace: Workspace, channel: Channel, target: ResponseUrl, body: Json) -> None:
    to = None if body.get("response_type") == "in_channel" else target.user
    thread_ts = body.get("thread_ts") or target.thread_ts
    threaded = {"thread_ts": thread_ts} if thread_ts else {}
    workspace.post_as_bot(channel, {**content(body), **threaded}, to)
