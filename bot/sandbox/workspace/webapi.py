"""Slack's Web API at /api/<method>: read the call, check token, scopes and faults, answer as Slack does."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.workspace.errors import Json, RateLimited, SlackError
from bot.sandbox.workspace.methods import METHODS, Caller, Method
from bot.sandbox.workspace.state import Workspace

_DECODED = {
    "blocks": "invalid_blocks_format",
    "attachments": "invalid_attachments",
    "metadata": "invalid_metadata_format",
    "view": "invalid_arguments",
    "message": "invalid_arguments",
}


@dataclass(frozen=True)
class _Failure(Exception):
    status: int
    headers: dict[str, str]
    body: str


def _decoded(name: str, value: object) -> object:
    if name not in _DECODED or not isinstance(value, str) or not value.strip():
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise SlackError(_DECODED[name]) from None


async def _body(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    text = await request.text()
    if not text.strip():  # the SDK posts an empty body as JSON when there are no arguments
        return {}
    try:
        body = json.loads(text)
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return body


async def _arguments(request: web.Request) -> Json:
    given = {**request.query, **await _body(request)}
    return {name: _decoded(name, value) for name, value in given.items() if value is not None}


def _token(request: web.Request, arguments: Json) -> str:
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() or str(arguments.get("token", ""))


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _authenticate(workspace: Workspace, method: Method, token: str) -> None:
    if method.token == "none":  # noqa: S105 - the kind of token, not a token
        return
    if not token:
        raise SlackError("not_authed")
    is_bot, is_app = _same(token, workspace.bot_token), _same(token, workspace.app_token)
    if not (is_bot or is_app):
        raise SlackError("invalid_auth")
    if workspace.faults.token_revoked:
        raise SlackError("token_revoked")
    if is_bot != (method.token == "bot"):  # noqa: S105
        raise SlackError("not_allowed_token_type")
    workspace.need(*method.scopes)


async def _suffer_faults(workspace: Workspace, method: Method) -> None:
    """Faults meet the bot's calls; its app token still opens sockets, so that the two can be told apart."""
    if method.token != "bot":  # noqa: S105
        return
    faults = workspace.faults
    slow = faults.active("slow")
    if slow is not None:
        await asyncio.sleep(slow.amount)
    if faults.active("errors"):
        raise _Failure(500, {}, "<html><body>Server Error</body></html>")
    if faults.active("rate_limited"):
        raise RateLimited(max(1, round(faults.seconds_left("rate_limited"))))


async def _answer(workspace: Workspace, name: str, request: web.Request) -> tuple[Json, Json]:
    """The arguments, without the token, and the answer."""
    arguments: Json = {}
    method = METHODS.get(name)
    if method is None:
        return {}, SlackError("unknown_method", req_method=name).answer()
    try:
        arguments = await _arguments(request)
        token = _token(request, arguments)
        arguments.pop("token", None)
        _authenticate(workspace, method, token)
        if method.a_minute:
            workspace.pace.call(name, method.a_minute)
        await _suffer_faults(workspace, method)
        return arguments, {"ok": True, **method.call(Caller(workspace, request.host), arguments)}
    except RateLimited:
        raise
    except SlackError as error:
        return arguments, error.answer()


def _headers(workspace: Workspace, name: str) -> dict[str, str]:
    method = METHODS.get(name)
    accepted = ",".join(method.accepted) if method else ""
    return {"x-oauth-scopes": ",".join(sorted(workspace.scopes)), "x-accepted-oauth-scopes": accepted}


async def handle(workspace: Workspace, request: web.Request) -> web.Response:
    name, started = request.match_info["method"], time.perf_counter()
    try:
        arguments, answer = await _answer(workspace, name, request)
    except RateLimited as limited:
        workspace.trace.add("api", name, {}, ok=False, detail=f"ratelimited, wait {limited.retry_after} s")
        headers = {"Retry-After": str(limited.retry_after)}
        return web.json_response(limited.answer(), status=429, headers=headers)
    except _Failure as failure:
        workspace.trace.add("api", name, {}, ok=False, detail=f"HTTP {failure.status}")
        return web.Response(status=failure.status, text=failure.body, content_type="text/html")
    took = (time.perf_counter() - started) * 1000
    detail = answer.get("error", "")
    workspace.trace.add("api", name, arguments, answer, ms=took, ok=answer["ok"], detail=detail)
    if name == "chat.postMessage" and answer["ok"] and workspace.faults.loses_this_answer():
        _cut(request)
    return web.json_response(answer, headers=_headers(workspace, name))


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
