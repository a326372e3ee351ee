"""Who looks at the page now, and what each must be told. Order is kept for each of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection

from bot.sandbox.workspace.errors import Json


class Onlooker:
    """One open page, acting as one person."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.outbox: asyncio.Queue[Json] = asyncio.Queue()


class Live:
    def __init__(self) -> None:
        self._onlookers: set[Onlooker] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: int | None = None

    def attach_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    def join(self, onlooker: Onlooker) -> None:
        self._onlookers.add(onlooker)

    def leave(self, onlooker: Onlooker) -> None:
        self._onlookers.discard(onlooker)

    def tell(self, event: Json, to: Collection[str] | None = None) -> None:
        """Send to everyone, or to the pages that act as one of these people."""
        self.run(lambda: self._tell(event, to))

    def run(self, action: Callable[[], None]) -> None:
        """Do it in the server's own thread: tests and the sandbox world call from others."""
        if self._loop is None or threading.get_ident() == self._thread:
            action()
        else:
            self._loop.call_soon_threadsafe(action)

    def _tell(self, event: Json, to: Collection[str] | None) -> None:
        for onlooker in self._onlookers:
            if to is None or onlooker.user in to:
                onlooker.outbox.put_nowait(event)
