"""What the demo serves when it joins another Slack: the list of events, and causing one. There is no page."""

from __future__ import annotations

import hmac
from functools import partial

from aiohttp import web

from bot.sandbox.workspace import Stir
from bot.sandbox.workspace.guards import only_this_machine, token_of

_HELP = "Cause events with POST /sandbox/events; GET lists them. X-Sandbox-Token carries the token.\n"


def events_app(stir: Stir, token: str) -> web.Application:
    """`/sandbox/events` as the workspace has it, without the events of a Slack that is not ours."""
    app = web.Application(middlewares=[only_this_machine])
    app.router.add_get("/", _help)
    app.router.add_get("/sandbox/events", partial(_menu, stir, token))
    app.router.add_post("/sandbox/events", partial(_cause, stir, token))
    return app


async def _help(_: web.Request) -> web.Response:
    return web.Response(text=_HELP)


async def _menu(stir: Stir, token: str, request: web.Request) -> web.Response:
    _require(token, request)
    return web.json_response({"groups": stir.menu()})


async def _cause(stir: Stir, token: str, request: web.Request) -> web.Response:
    _require(token, request)
    try:
        text = stir.cause(*_asked(await request.json()))
    except ValueError as error:
        return web.json_response({"ok": False, "error": "not_possible", "text": str(error)}, status=400)
    return web.json_response({"ok": True, "text": text})


def _asked(body: object) -> tuple[str, dict[str, str]]:
    if not isinstance(body, dict):
        raise ValueError("Send a JSON object with the event's name.")  # noqa: TRY004  told to the caller like the rest
    params = {str(name): str(value) for name, value in body.items() if name != "event" and value is not None}
    return str(body.get("event")), params


def _require(token: str, request: web.Request) -> None:
    if not hmac.compare_digest(token_of(request).encode(), token.encode()):
        raise web.HTTPForbidden(text=_HELP)
