"""What can go wrong with Slack, on demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

Clock = Callable[[], datetime]


@dataclass
class Spell:
    """Something that lasts until a moment. `amount` is in seconds where it slows things down."""

    until: datetime
    amount: float = 0.0


class Faults:
    """The state of the faults. `lost_answers` counts posts that are kept while their answer is lost."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._spells: dict[str, Spell] = {}
        self.lost_answers = 0
        self.token_revoked = False
        self.sockets_silent = False

    def begin(self, name: str, seconds: float, amount: float = 0.0) -> None:
        """`name` is rate_limited, errors or slow."""
        self._spells[name] = Spell(self._clock() + timedelta(seconds=seconds), amount)

    def active(self, name: str) -> Spell | None:
        spell = self._spells.get(name)
        return spell if spell is not None and self._clock() < spell.until else None

    def seconds_left(self, name: str) -> float:
        spell = self.active(name)
        return (spell.until - self._clock()).total_seconds() if spell else 0.0

    def loses_this_answer(self) -> bool:
        if self.lost_answers > 0:
            self.lost_answers -= 1
            return True
        return False

    def end_all(self) -> None:
        self._spells.clear()
        self.lost_answers = 0
        self.token_revoked = False
        self.sockets_silent = False
