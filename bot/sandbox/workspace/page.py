"""The page's side of the server: its files, its websocket and its verbs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import WSMsgType, web

from bot.sandbox.workspace import events_menu, people_do, people_say
from bot.sandbox.workspace.errors import Json, SlackError
from bot.sandbox.workspace.guards import require_token, token_of
from bot.sandbox.workspace.live import Onlooker
from bot.sandbox.workspace.people import page_user
from bot.sandbox.workspace.state import Workspace

STATIC = Path(__file__).parent / "static"
_TRACE_SHOWN = 200
_Verb = Callable[[Workspace, str, Json], Awaitable[Json]]


async def _say(workspace: Workspace, user: str, body: Json) -> Json:
    text, thread_ts = str(body["text"]), body.get("thread_ts")
    return await people_say.say(workspace, user, str(body["channel"]), text, thread_ts)


async def _home(workspace: Workspace, user: str, body: Json) -> Json:
    return people_say.app_home_opened(workspace, user, str(body.get("tab") or "home"))


_VERBS: dict[str, _Verb] = {
    "say": _say,
    "home": _home,
    "action": people_do.act,
    "suggest": people_do.suggest,
    "submit": people_do.submit,
    "close": people_do.close,
}


async def index(workspace: Workspace, request: web.Request) -> web.StreamResponse:
    require_token(workspace, token_of(request))
    return web.FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-store"})


async def _json(request: web.Request) -> Json:
    try:
        body = json.loads(await request.text())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise SlackError("invalid_json")
    return body


def _acting(workspace: Workspace, body: Json) -> str:
    user = str(body.get("user"))
    if user not in workspace.people:
        raise SlackError("user_not_found")
    return user


async def verb(workspace: Workspace, request: web.Request) -> web.Response:
    require_token(workspace, token_of(request))
    do = _VERBS.get(request.match_info["verb"])
    if do is None:
        raise web.HTTPNotFound
    try:
        body = await _json(request)
        return web.json_response(await do(workspace, _acting(workspace, body), body))
    except SlackError as error:
        sentence = f"Slack refused: {error.code}."
        return web.json_response({"text": sentence, **error.answer()}, status=400)
    except KeyError as error:
        sentence = f"The field {error} is missing."
        return web.json_response({"ok": False, "error": "invalid_arguments", "text": sentence}, status=400)


def _hello(workspace: Workspace, user: str) -> Json:
    channels = workspace.conversations.visible_to(user)
    messages = {
        channel.id: [one for one in channel.messages if one.get("to") in {None, user}] for channel in channels
    }
    return {
        "type": "hello",
        "team": {"id": workspace.team["id"], "name": workspace.team["name"]},
        "me": page_user(workspace.people[user]),
        "people": [page_user(person) for person in workspace.people.values()],
        "users": workspace.page_users(),
        "channels": [channel.wire() for channel in channels],
        "messages": messages,
        "home": workspace.views.home(user),
        "modals": workspace.views.stack(user),
        "commands": [command.wire() for command in workspace.commands.values()],
        "bot": workspace.bot_state(),
        "now": workspace.clock().timestamp(),
        "trace": [entry.wire() for entry in workspace.trace.entries()[-_TRACE_SHOWN:]],
    }


async def live(workspace: Workspace, request: web.Request) -> web.WebSocketResponse:
    require_token(workspace, token_of(request))
    socket = web.WebSocketResponse(heartbeat=30, timeout=0.5, max_msg_size=64 * 1024)
    await socket.prepare(request)
    onlooker = Onlooker(next(iter(workspace.people)))
    workspace.live.join(onlooker)
    onlooker.outbox.put_nowait(_hello(workspace, onlooker.user))
    sending = asyncio.create_task(_send_all(socket, onlooker))
    request.app[PAGE_SOCKETS].add(socket)
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                _heed(workspace, onlooker, message.json())
    finally:
        request.app[PAGE_SOCKETS].discard(socket)
        workspace.live.leave(onlooker)
        sending.cancel()
    return socket


async def show_passage(workspace: Workspace, request: web.Request) -> web.Response:
    """What was sent and what came back, for the inspector."""
    require_token(workspace, token_of(request))
    entry = workspace.trace.find(int(request.match_info["number"]))
    if entry is None:
        return web.json_response({"ok": False, "text": "It passed too long ago to be shown."}, status=404)
    return web.json_response({"ok": True, "body": entry.body, "answer": entry.answer})


async def _send_all(socket: web.WebSocketResponse, onlooker: Onlooker) -> None:
    while not socket.closed:
        event = await onlooker.outbox.get()
        try:
            await socket.send_json(event)
        except ConnectionError:
            return


def _heed(workspace: Workspace, onlooker: Onlooker, message: Json) -> None:
    """`sync` comes back in order, so that a test knows when it has seen everything before."""
    if message.get("type") == "act" and message.get("user") in workspace.people:
        onlooker.user = message["user"]
        onlooker.outbox.put_nowait(_hello(workspace, onlooker.user))
    elif message.get("type") == "sync":
        onlooker.outbox.put_nowait({"type": "sync", "id": message.get("id")})


async def show_menu(
    workspace: Workspace, stir: events_menu.Stir | None, request: web.Request
) -> web.StreamResponse:
    require_token(workspace, token_of(request))
    return web.json_response({"groups": events_menu.menu(workspace, stir)})


async def cause_event(
    workspace: Workspace, stir: events_menu.Stir | None, request: web.Request
) -> web.StreamResponse:
    require_token(workspace, token_of(request))
    try:
        body = await _json(request)
        params = {name: str(value) for name, value in body.items() if name != "event" and value is not None}
        text = await events_menu.cause(workspace, stir, str(body.get("event")), params)
    except SlackError as error:
        return web.json_response({"text": f"Slack refused: {error.code}.", **error.answer()}, status=400)
    except ValueError as error:
        return web.json_response({"ok": False, "error": "not_possible", "text": str(error)}, status=400)
    return web.json_response({"ok": True, "text": text})


PAGE_SOCKETS: web.AppKey[set[web.WebSocketResponse]] = web.AppKey("page_sockets")
