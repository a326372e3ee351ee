"""How the pretend exchange can fail, and the lies that it tells then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

FAULTS = {
    "exchange_error": "The exchange answers 500",
    "exchange_throttles": "The exchange answers 429",
    "exchange_times_out": "The exchange does not answer",
    "exchange_hangs_up": "The exchange drops every connection",
    "exchange_garbage": "The exchange answers with a web page",
    "exchange_lies": "The exchange mixes nonsense into its answers",
    "exchange_loops": "The exchange's paging goes round in a circle",
    "exchange_refuses": "The exchange refuses every change",
}


class Faults:
    """One fault at a time, until its end."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kind: str | None = None
        self._until: datetime | None = None

    def start(self, kind: str, now: datetime, seconds: float) -> None:
        if kind not in FAULTS:
            raise ValueError("There is no such fault.")
        with self._lock:
            self._kind, self._until = kind, now + timedelta(seconds=seconds)

    def stop(self) -> None:
        """Nobody is there any more, until `recover`."""
        with self._lock:
            self._kind, self._until = "exchange_hangs_up", datetime.max.replace(tzinfo=UTC)

    def recover(self) -> None:
        with self._lock:
            self._kind = self._until = None

    def current(self, now: datetime) -> str | None:
        with self._lock:
            return self._kind if self._until and now < self._until else None

    def seconds_left(self, now: datetime) -> int:
        with self._lock:
            return max(1, round((self._until - now).total_seconds())) if self._until else 1


def with_lies(items: list[dict[str, Any]]) -> list[object]:
    """The true items, and among them what an exchange must never send: each kind of lie once."""
    if not items:
        return ["nothing", None, {"id": 7}]
    true = items[0]
    enum = "status" if "status" in true else "severity" if "severity" in true else "integration_id"
    nameless = {key: value for key, value in true.items() if key != "id"}
    return [
        true | {"id": "lie_1", enum: "sleeping?"},
        true | {"id": "lie_2", "updated_at": "2099-01-01T00:00:00Z"},
        true | {"id": "lie_3", "updated_at": 1767225600},
        true | {"id": ["lie_4"]},
        nameless,
        "not even an item",
        *items,
        true,
    ]
