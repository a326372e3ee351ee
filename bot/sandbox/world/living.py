"""What happens in the sandbox by itself: a little in the first minute, then something every few minutes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from bot.sandbox.world.kinds import of_severity
from bot.sandbox.world.layout import SHOWCASE
from bot.sandbox.world.records import Integration, Message
from services.ports import Severity, Status

if TYPE_CHECKING:
    from bot.sandbox.world.world import World

MOST_OPEN = 5  # messages of its own that it leaves open
_SHOWN = frozenset(SHOWCASE.values())


class Life:
    """Events at fixed moments by seed. It leaves the showcase alone: those pairs keep their verdicts."""

    def __init__(self, seed: int, now: datetime) -> None:
        self._rng = Random(f"life/{seed}")
        self._own: list[Message] = []
        self._first: list[tuple[datetime, Callable[[World, datetime], None]]] = [
            (now + timedelta(seconds=10), self._failure_at_harbor),
            (now + timedelta(seconds=20), self._a_sync),
            (now + timedelta(seconds=35), self._a_warning),
            (now + timedelta(seconds=55), self._a_sync),
        ]
        self._next = now + timedelta(seconds=120)

    def go_on(self, world: World, now: datetime) -> None:
        while self._first and self._first[0][0] <= now:
            self._first.pop(0)[1](world, now)
        if self._next <= now:
            self._rng.choice((self._a_sync, self._a_sync, self._a_warning, self._a_failure))(world, now)
            self._next = now + timedelta(seconds=self._rng.randint(90, 240))

    def _failure_at_harbor(self, world: World, now: datetime) -> None:
        self._send(world, world.matching(Status.ACTIVE, "car_cigna", "emp_harbor"), Severity.FAILURE, now)

    def _a_failure(self, world: World, now: datetime) -> None:
        self._send(world, _places(world), Severity.FAILURE, now)

    def _a_warning(self, world: World, now: datetime) -> None:
        self._send(world, _places(world), Severity.WARNING, now)

    def _send(self, world: World, places: list[Integration], severity: Severity, now: datetime) -> None:
        self._own = [message for message in self._own if message.state == "open"]
        if len(self._own) >= MOST_OPEN:
            world.clear(self._own.pop(0), now)
        elif places:
            kind = self._rng.choice(of_severity(severity))
            self._own.append(world.send(self._rng.choice(places), kind.name, now))

    def _a_sync(self, world: World, now: datetime) -> None:
        """Of a carrier that syncs every day, where one more sync surprises nobody."""
        daily = [place for place in _places(world) if len(place.carrier.habit.weekdays) == 7]  # noqa: PLR2004 days
        if daily:
            world.sync(self._rng.choice(daily), now)


def _places(world: World) -> list[Integration]:
    return [
        place
        for place in world.matching(Status.ACTIVE)
        if (place.employer.ref, place.carrier.ref) not in _SHOWN and not place.silent
    ]
