"""The Exchange API (docs/exchange-api.yaml), served over the sandbox's world.

    app.add_subapp("/exchange", routes(world, faults, token))

While it runs, the world ticks. Faults are whatever `faults` says at the moment of a request.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime
from hmac import compare_digest
from http import HTTPStatus
from typing import Annotated, Any, Literal, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from bot.sandbox.world.faults import Faults, with_lies
from bot.sandbox.world.world import Key, Refusal, World
from services.desk import Clock

MOST_ITEMS, USUAL_ITEMS = 500, 100
MOST_KEYS = 5000  # of idempotency, remembered
LONGEST_SILENCE = 60.0  # seconds that a request hangs, at most
_TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,512}")
_LIMIT = re.compile(r"[0-9]{1,4}")
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TITLES = {status.value: status.phrase for status in HTTPStatus}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class GroupNumber(_Body):
    group_number: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9 ._/-]{0,62}[A-Za-z0-9])?$")
    ]


class Resolution(_Body):
    outcome: Literal["platform", "carrier"]
    note: Annotated[str, StringConstraints(max_length=2000)] | None = None


Body = TypeVar("Body", bound=_Body)


def routes(
    world: World,
    faults: Faults,
    token: str,
    *,
    clock: Clock = lambda: datetime.now(UTC),
    tick_seconds: float | None = 1.0,
) -> web.Application:
    """`tick_seconds=None` leaves the passing of time to whoever calls `world.tick`."""
    exchange = _Exchange(world, faults, clock)
    app = web.Application(middlewares=[_problems, _token_check(token), exchange.fail_if_told])
    app.router.add_get("/v1/{stream:integrations|syncs|messages}", exchange.read, allow_head=False)
    app.router.add_patch("/v1/integrations/{id}", exchange.change_group_number)
    app.router.add_put("/v1/integrations/{id}/activation", exchange.turn_on)
    app.router.add_delete("/v1/integrations/{id}/activation", exchange.turn_off)
    app.router.add_post("/v1/messages/{id}/resolution", exchange.resolve)
    if tick_seconds is not None:
        app.cleanup_ctx.append(_ticking(world, clock, tick_seconds))
    return app


class _Exchange:
    def __init__(self, world: World, faults: Faults, clock: Clock) -> None:
        self._world = world
        self._faults = faults
        self._clock = clock
        self._answers: OrderedDict[str, tuple[object, web.Response]] = OrderedDict()

    async def read(self, request: web.Request) -> web.Response:
        stream, query = request.match_info["stream"], _query(request)
        fault = self._faults.current(self._clock())
        # An exchange whose paging loops has forgotten where its cursors lead.
        after = None if fault == "exchange_loops" else _position(query.get("cursor"), stream)
        items, last = self._world.page(stream, _since(query), after, _limit(query))
        cursor = _cursor(stream, last) if last else None
        if fault == "exchange_loops":
            cursor = "cm91bmQtYW5kLXJvdW5k"
        shown = with_lies(items) if fault == "exchange_lies" else items
        return web.json_response({"items": shown, "next_cursor": cursor})

    async def turn_on(self, request: web.Request) -> web.Response:
        body = await _body(request, GroupNumber)
        ref = request.match_info["id"]
        return self._once(request, body, lambda: self._world.turn_on(ref, body.group_number, self._clock()))

    async def turn_off(self, request: web.Request) -> web.Response:
        ref = request.match_info["id"]
        return self._once(request, None, lambda: self._world.turn_off(ref, self._clock()))

    async def change_group_number(self, request: web.Request) -> web.Response:
        body = await _body(request, GroupNumber)
        ref = request.match_info["id"]
        return self._once(
            request, body, lambda: self._world.change_group_number(ref, body.group_number, self._clock())
        )

    async def resolve(self, request: web.Request) -> web.Response:
        body = await _body(request, Resolution)
        ref = request.match_info["id"]
        return self._once(request, body, lambda: self._world.resolve(ref, body.outcome, self._clock()))

    def _once(
        self, request: web.Request, body: _Body | None, act: Callable[[], dict[str, Any]]
    ) -> web.Response:
        """The same key with the same request: the same answer, and nothing happens again."""
        key = request.headers.get("Idempotency-Key", "")
        if not _KEY.fullmatch(key):
            raise Refusal(400, "no-key", "A write needs an Idempotency-Key, a UUID in lower case.")
        asked = (request.method, request.path, body)
        if key in self._answers:
            before, answer = self._answers[key]
            if before != asked:
                raise Refusal(422, "key-used", "This Idempotency-Key was used for another request.")
            return _copy(answer)
        if self._faults.current(self._clock()) == "exchange_refuses":
            raise Refusal(422, "not-known", "The carrier does not know this employer under that number.")
        answer = web.json_response(act())
        self._answers[key] = (asked, answer)
        if len(self._answers) > MOST_KEYS:
            self._answers.popitem(last=False)
        return _copy(answer)

    @property
    def fail_if_told(self) -> Middleware:
        @web.middleware
        async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
            failure = await self._failure(request)
            return failure if failure is not None else await handler(request)

        return middleware

    async def _failure(self, request: web.Request) -> web.StreamResponse | None:
        fault = self._faults.current(self._clock())
        if fault == "exchange_times_out":
            await self._hang()
        if fault == "exchange_hangs_up" and request.transport is not None:
            request.transport.abort()
        if fault == "exchange_error":
            return _problem(500, "broken", "Something failed here. Nothing was changed.")
        if fault == "exchange_throttles":
            wait = str(self._faults.seconds_left(self._clock()))
            return _problem(429, "too-many", "Too many requests. Ask again later.", {"Retry-After": wait})
        if fault == "exchange_garbage":
            return web.Response(text="<!doctype html><title>Sign in</title>", content_type="text/html")
        return None

    async def _hang(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_SILENCE):
                # The fault ends by a clock that is passed in, so there is no event to wait for.
                while self._faults.current(self._clock()) == "exchange_times_out":  # noqa: ASYNC110
                    await asyncio.sleep(0.1)


def _ticking(world: World, clock: Clock, seconds: float) -> Callable[[web.Application], AsyncIterator[None]]:
    async def tick_on() -> None:
        while True:
            world.tick(clock())
            await asyncio.sleep(seconds)

    async def context(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(tick_on())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return context


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every refusal leaves as a problem document, those of aiohttp too."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return _problem(refusal.status, refusal.code, refusal.detail)
    except web.HTTPException as refusal:
        headers = {"Allow": refusal.headers["Allow"]} if "Allow" in refusal.headers else {}
        return _problem(refusal.status, "http", f"{refusal.reason}.", headers)


def _token_check(token: str) -> Middleware:
    expected = f"Bearer {token}".encode()

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode(errors="surrogateescape")
        if compare_digest(given, expected):
            return await handler(request)
        return _problem(401, "no-token", "This token is not known here.", {"WWW-Authenticate": "Bearer"})

    return middleware


def _problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> web.Response:
    body = {"type": f"/problems/{code}", "title": _TITLES[status], "status": status, "detail": detail}
    return web.json_response(body, status=status, headers=headers, content_type="application/problem+json")


def _copy(answer: web.Response) -> web.Response:
    """A response object is sent once; its body may be sent again."""
    return web.Response(body=answer.body, status=answer.status, content_type="application/json")


async def _body(request: web.Request, kind: type[Body]) -> Body:
    if request.content_type != "application/json":
        raise Refusal(415, "not-json", "The body must be application/json.")
    try:
        return kind.model_validate_json(await request.read())
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"]) or "body"
        raise Refusal(400, "bad-body", f"{field} is not as described in the contract.") from None


def _query(request: web.Request) -> dict[str, str]:
    known = {"cursor", "limit", "updated_since"}
    if len(set(request.query)) != len(request.query) or not known.issuperset(request.query):
        raise Refusal(400, "bad-query", "The parameters are cursor, limit and updated_since, each once.")
    return dict(request.query)


def _limit(query: dict[str, str]) -> int:
    given = query.get("limit", str(USUAL_ITEMS))
    if not _LIMIT.fullmatch(given) or not 1 <= int(given) <= MOST_ITEMS:
        raise Refusal(400, "bad-limit", f"limit is a whole number from 1 to {MOST_ITEMS}.")
    return int(given)


def _since(query: dict[str, str]) -> datetime | None:
    given = query.get("updated_since")
    if given is None:
        return None
    try:
        if _TIME.fullmatch(given):
            return datetime.fromisoformat(given)
    except ValueError:
        pass
    raise Refusal(400, "bad-time", "updated_since is a time such as 2026-03-02T06:00:00Z.")


def _cursor(stream: str, last: Key) -> str:
    written = json.dumps([stream, last[0].isoformat(), last[1]], separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _position(cursor: str | None, stream: str) -> Key | None:
    if cursor is None:
        return None
    try:
        if _CURSOR.fullmatch(cursor):
            padded = cursor + "=" * (-len(cursor) % 4)
            of_stream, when, ref = json.loads(base64.urlsafe_b64decode(padded))
            if of_stream == stream and isinstance(ref, str):
                return datetime.fromisoformat(when).astimezone(UTC), ref
    except (ValueError, TypeError, OverflowError):
        pass
    raise Refusal(400, "bad-cursor", "This cursor was not given out for this list.")
