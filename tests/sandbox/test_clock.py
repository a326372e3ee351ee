"""Setting the sandbox's time forward, and what has happened meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox.clock import PASSAGES, SandboxClock
from bot.sandbox.world.events import Stirring
from bot.sandbox.world.faults import Faults
from bot.sandbox.world.world import World

FRIDAY = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)


def test_it_runs_as_the_machine_does() -> None:
    clock = SandboxClock()
    before = datetime.now(UTC)
    assert before <= clock() <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("passage", "then"),
    [
        ("hour", FRIDAY + timedelta(hours=1)),
        ("day", FRIDAY + timedelta(days=1)),
        ("week", FRIDAY + timedelta(weeks=1)),
        ("morning", datetime(2026, 3, 7, 14, 0, tzinfo=UTC)),
        ("working_day", datetime(2026, 3, 9, 13, 0, tzinfo=UTC)),  # behind the change to summer time
    ],
)
def test_it_is_set_forward(passage: str, then: datetime) -> None:
    clock = SandboxClock(lambda: FRIDAY)
    assert clock.let_pass(passage) == then == clock()


def test_every_passage_leads_forward_from_any_hour() -> None:
    for hours in range(0, 24 * 8, 5):
        start = FRIDAY + timedelta(hours=hours)
        for passage in PASSAGES:
            assert SandboxClock(lambda start=start: start).let_pass(passage) > start


def test_what_passed_adds_up() -> None:
    clock = SandboxClock(lambda: FRIDAY)
    clock.let_pass("week")
    assert clock.let_pass("day") == FRIDAY + timedelta(days=8)


def test_carriers_have_synced_by_their_habits_when_a_week_has_passed() -> None:
    clock = SandboxClock(lambda: FRIDAY)
    world = World(7, FRIDAY)
    known = set(world.syncs)
    said = Stirring(world, Faults(), clock).cause("time_passes", {"passage": "week"})
    assert said == "It is now Friday, March 13, 11:00 in New York."
    new = [sync.synced_at for ref, sync in world.syncs.items() if ref not in known]
    assert len({when.date() for when in new}) > 5
    assert min(new) > FRIDAY
    assert max(new) <= FRIDAY + timedelta(weeks=1)


def test_a_silent_carrier_has_not_synced_however_much_time_has_passed() -> None:
    clock = SandboxClock(lambda: FRIDAY)
    world = World(7, FRIDAY)
    stirring = Stirring(world, Faults(), clock)
    stirring.cause("carrier_goes_silent", {"carrier": "car_cigna", "employer": "any"})
    stirring.cause("time_passes", {"passage": "week"})
    cigna = [
        each for each in world.integrations.values() if each.carrier.ref == "car_cigna" and each.last_sync_at
    ]
    assert cigna
    assert all(each.last_sync_at <= FRIDAY for each in cigna if each.last_sync_at)
