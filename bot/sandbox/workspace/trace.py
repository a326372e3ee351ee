"""What passed between the workspace and the bot: for the page's inspector and for assertions."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from bot.sandbox.workspace.errors import Json

_KEPT = 10_000


@dataclass(frozen=True)
class Entry:
    """`direction` is envelope (to the bot), ack (its answer) or api (its call).

    `body` is what was sent, `answer` what came back. Tokens are in neither.
    """

    number: int
    at: datetime
    direction: str
    name: str
    ms: float
    ok: bool
    detail: str
    body: Json
    answer: Json

    def wire(self) -> Json:
        shown = {"number": self.number, "at": self.at.isoformat()}
        shown |= {"direction": self.direction, "name": self.name}
        return {**shown, "ms": round(self.ms, 1), "ok": self.ok, "detail": self.detail}


class Trace:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._numbers = count(1)
        self.listener: Callable[[Entry], None] = lambda _entry: None

    def add(
        self,
        direction: str,
        name: str,
        body: Json,
        answer: Json | None = None,
        *,
        ms: float = 0.0,
        ok: bool = True,
        detail: str = "",
    ) -> None:
        without_token = {key: value for key, value in body.items() if key != "token"}
        number = next(self._numbers)
        entry = Entry(number, self._clock(), direction, name, ms, ok, detail, without_token, answer or {})
        self._entries.append(entry)
        self.listener(entry)

    def find(self, number: int) -> Entry | None:
        return next((entry for entry in list(self._entries) if entry.number == number), None)

    def entries(self, direction: str | None = None, name: str | None = None) -> list[Entry]:
        """Oldest first; only those of a direction or name when given."""
        chosen = [entry for entry in list(self._entries) if direction in {None, entry.direction}]
        return [entry for entry in chosen if name in {None, entry.name}]
