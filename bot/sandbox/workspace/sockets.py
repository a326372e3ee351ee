"""Socket Mode: the bot's websockets. Each envelope goes to one of them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

from aiohttp import WSMsgType, web

from bot.sandbox.workspace.errors import Json
from bot.sandbox.workspace.faults import Faults
from handlers.kit import limits

_CLOSED_BY_SERVER = 1001
_GRACE_SECONDS = {"warning": 10.0, "refresh_requested": 0.5}
_CLOSING_SECONDS = 0.5  # a client that does not answer the closing handshake must not hold up the end


class Unanswered(Exception):
    """`code` is what Slack shows to the person; `reason` what it writes into the retry.

    `final`: the app asked not to be told again.
    """

    def __init__(self, code: str, reason: str, *, final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason
        self.final = final


class Sockets:
    def __init__(self, faults: Faults, app_id: str) -> None:
        self._faults = faults
        self._app_id = app_id
        self._open: list[web.WebSocketResponse] = []
        self._turn = 0
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._sent_over: dict[str, web.WebSocketResponse] = {}
        self._endings: set[asyncio.Task[None]] = set()
        self.on_change: Callable[[], None] = lambda: None

    @property
    def count(self) -> int:
        return len(self._open)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False, timeout=_CLOSING_SECONDS)
        await socket.prepare(request)
        if self.count >= limits.SOCKET_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self._open.append(socket)
        self.on_change()
        try:
            await socket.send_json(self._hello(request.host))
            await self._listen(socket)
        finally:
            self._gone(socket)
        return socket

    async def send(self, envelope: Json, seconds: float) -> Json:
        """Deliver to one connection and return the ack's payload."""
        if not self._open:
            raise Unanswered("dispatch_failed", "connection_failed")
        self._turn += 1
        socket = self._open[self._turn % len(self._open)]
        envelope_id = envelope["envelope_id"]
        waiting = self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
        self._sent_over[envelope_id] = socket
        try:
            await socket.send_json(envelope)
            return await asyncio.wait_for(waiting, seconds)
        except TimeoutError:
            raise Unanswered("operation_timeout", "timeout") from None
        except ConnectionError:
            raise Unanswered("dispatch_failed", "connection_failed") from None
        finally:
            self._waiting.pop(envelope_id, None)
            self._sent_over.pop(envelope_id, None)

    async def ask_to_reconnect(self, reason: str = "refresh_requested") -> None:
        """`reason` is warning, refresh_requested or link_disabled. Slack then ends the connection itself."""
        farewell = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
        for socket in list(self._open):
            await socket.send_json(farewell)
            task = asyncio.create_task(self._end_later(socket, _GRACE_SECONDS.get(reason, 0.0)))
            self._endings.add(task)
            task.add_done_callback(self._endings.discard)

    def drop(self) -> None:
        """Cut the connections without a closing handshake, as a lost network does."""
        for socket in list(self._open):
            if socket._req is not None and socket._req.transport is not None:  # noqa: SLF001 - aiohttp offers no abrupt end
                socket._req.transport.abort()  # noqa: SLF001
            self._gone(socket)

    async def close(self) -> None:
        for ending in list(self._endings):
            ending.cancel()
        await asyncio.gather(*(socket.close(code=_CLOSED_BY_SERVER) for socket in list(self._open)))

    async def _end_later(self, socket: web.WebSocketResponse, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await socket.close(code=_CLOSED_BY_SERVER)

    def _hello(self, host: str) -> Json:
        debug = {"host": host, "build_number": 1, "approximate_connection_time": 3600}
        return {
            "type": "hello",
            "num_connections": self.count,
            "debug_info": debug,
            "connection_info": {"app_id": self._app_id},
        }

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if self._faults.sockets_silent:
                continue
            if message.type is WSMsgType.PING:
                await socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._take_ack(message.json())

    def _take_ack(self, ack: Json) -> None:
        waiting = self._waiting.get(str(ack.get("envelope_id")))
        if waiting is not None and not waiting.done():
            waiting.set_result(ack.get("payload") or {})

    def _gone(self, socket: web.WebSocketResponse) -> None:
        if socket not in self._open:
            return
        self._open.remove(socket)
        for envelope_id, used in list(self._sent_over.items()):
            waiting = self._waiting.get(envelope_id)
            if used is socket and waiting is not None and not waiting.done():
                waiting.set_exception(ConnectionError("the socket is gone"))
        self.on_change()


def envelope(kind: str, payload: Json, *, wants_answer: bool) -> Json:
    return {
        "envelope_id": secrets.token_hex(16),
        "type": kind,
        "accepts_response_payload": wants_answer,
        "payload": payload,
    }
