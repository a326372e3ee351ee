"""What the bot's own diagnosis says of the sandbox's showcase, at any moment a demo may be started."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.world.layout import SHOWCASE
from bot.sandbox.world.records import Integration, Message
from bot.sandbox.world.world import World
from services.cadence.expectation import expect
from services.ports import Status
from services.status.diagnosis import Case, CaseMessage, Verdict, diagnose

moments = st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 bounds of an aware strategy


def case_of(world: World, place: Integration, now: datetime) -> Case:
    zone = place.carrier.time_zone
    syncs = tuple(sync.synced_at for sync in world.syncs.values() if sync.integration_ref == place.ref)
    active = place.status is Status.ACTIVE
    return Case(
        employer=place.employer.name,
        carrier=place.carrier.name,
        plan=place.plan_name,
        status=place.status,
        group_number=place.group_number,
        configured_at=place.configured_at,
        active_at=place.active_at,
        disabled_at=place.disabled_at,
        disabled_by=place.disabled_by,
        last_sync_at=place.last_sync_at,
        expectation=expect(syncs, time_zone=zone, active_at=place.active_at, now=now) if active else None,
        syncs=syncs,
        messages=tuple(
            message_of(each, syncs) for each in world.messages.values() if each.integration is place
        ),
        change_queued=None,
        time_zone=zone,
    )


def message_of(message: Message, syncs: tuple[datetime, ...]) -> CaseMessage:
    resolved_at = message.resolved_at
    return CaseMessage(
        severity=message.kind.severity,
        kind=message.kind.name,
        state=message.state,
        received_at=message.received_at,
        resolved_at=resolved_at,
        assignee=message.assignee,
        cycles=sum(when > resolved_at for when in syncs) if resolved_at else 0,
    )


def verdict_on(world: World, pair: tuple[str, str], now: datetime) -> Verdict:
    [place] = [each for each in world.integrations.values() if (each.employer.ref, each.carrier.ref) == pair]
    return diagnose(case_of(world, place, now), now).verdict


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 99), moments)
def test_the_showcase_gets_six_different_verdicts(seed: int, now: datetime) -> None:
    world = World(seed, now)
    assert {name: verdict_on(world, pair, now) for name, pair in SHOWCASE.items()} == {
        "pending": Verdict.PENDING,
        "disabled": Verdict.DISABLED,
        "on_time": Verdict.WAIT,
        "late": Verdict.LATE,
        "came_back": Verdict.RESOLVE_AGAIN,
        "failure": Verdict.FAILURES_BLOCK,
    }


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 99), moments)
def test_two_more_carriers_are_in_worse_trouble(seed: int, now: datetime) -> None:
    world = World(seed, now)
    assert verdict_on(world, ("emp_quill", "car_kaiser"), now) is Verdict.LOST
    assert verdict_on(world, ("emp_tidewater", "car_anthem"), now) is Verdict.NEVER_SYNCED


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 99), moments)
def test_nobody_else_is_late(seed: int, now: datetime) -> None:
    world = World(seed, now)
    late = {
        place.ref
        for place in world.matching(Status.ACTIVE)
        if (due := case_of(world, place, now).expectation)
        and due.due_at
        and place.last_sync_at
        and now >= due.due_at
    }
    assert late == {"int_northwind_principal_life", "int_quill_kaiser_medical"}
