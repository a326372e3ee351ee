"""Getting commands, interactions and events to the bot, and events again when they are not acked."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from bot.sandbox.workspace.errors import Json
from bot.sandbox.workspace.signed_http import SignedHttp
from bot.sandbox.workspace.sockets import Sockets, Unanswered, envelope
from bot.sandbox.workspace.trace import Trace
from handlers.kit import limits

REDELIVERY_SECONDS = (0.0, 60.0, 300.0)


@dataclass(frozen=True)
class Outcome:
    """`answer` is the ack's payload; `error` Slack's code when there was no ack."""

    answer: Json = field(default_factory=dict)
    error: str = ""

    @property
    def acked(self) -> bool:
        return not self.error


class Delivery:
    """`speed` divides the waits between redeliveries: 60 turns a minute into a second."""

    def __init__(self, sockets: Sockets, trace: Trace) -> None:
        self._sockets = sockets
        self._trace = trace
        self._background: set[asyncio.Task[None]] = set()
        self.http: SignedHttp | None = None
        self.ack_seconds = limits.ACK_SECONDS
        self.speed = 1.0

    @property
    def connected(self) -> bool:
        return self.http is not None or self._sockets.count > 0

    async def send(self, kind: str, name: str, payload: Json) -> Outcome:
        """Deliver once and wait for the ack."""
        try:
            return Outcome(await self._attempt(kind, name, payload, None))
        except Unanswered as unanswered:
            return Outcome(error=unanswered.code)

    def send_event(self, name: str, payload: Json) -> None:
        """Deliver until it is acked, at most four times, in the background."""
        task = asyncio.get_running_loop().create_task(self._insist(name, payload))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def close(self) -> None:
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        if self.http is not None:
            await self.http.close()

    async def _insist(self, name: str, payload: Json) -> None:
        retry: tuple[int, str] | None = None
        for number, pause in enumerate((*REDELIVERY_SECONDS, None), start=1):
            try:
                await self._attempt("events_api", name, payload, retry)
            except Unanswered as unanswered:
                if unanswered.final:
                    return
                retry = (number, unanswered.reason)
            else:
                return
            if pause is not None:
                await asyncio.sleep(pause / self.speed)

    async def _attempt(self, kind: str, name: str, payload: Json, retry: tuple[int, str] | None) -> Json:
        detail = f"attempt {retry[0] + 1}, {retry[1]}" if retry else ""
        self._trace.add("envelope", name, payload, detail=detail)
        started = time.perf_counter()
        try:
            answer = await self._transport(kind, payload, retry)
        except Unanswered as unanswered:
            took = (time.perf_counter() - started) * 1000
            self._trace.add("ack", name, {}, ms=took, ok=False, detail=unanswered.code)
            raise
        took = (time.perf_counter() - started) * 1000
        self._trace.add("ack", name, {}, answer, ms=took)
        return answer

    async def _transport(self, kind: str, payload: Json, retry: tuple[int, str] | None) -> Json:
        if self.http is not None:
            return await self.http.send(kind, payload, self.ack_seconds, retry)
        sent = envelope(kind, payload, wants_answer=kind != "events_api")
        if kind == "events_api":
            sent |= {"retry_attempt": retry[0] if retry else 0, "retry_reason": retry[1] if retry else ""}
        return await self._sockets.send(sent, self.ack_seconds)
