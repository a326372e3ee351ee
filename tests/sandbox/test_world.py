"""The world as it begins."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.cast import BROKER, EMPLOYERS
from bot.sandbox.world.carriers import BY_REF, us_holidays
from bot.sandbox.world.layout import SHOWCASE
from bot.sandbox.world.records import Integration, Message
from bot.sandbox.world.world import World
from services.ports import Severity, Status

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 bounds of an aware strategy


@pytest.fixture(scope="module")
def world() -> World:
    return World(7, NOW)


def shown(world: World, name: str) -> Integration:
    [only] = [
        each
        for each in world.integrations.values()
        if (each.employer.ref, each.carrier.ref) == SHOWCASE[name]
    ]
    return only


def syncs_of(world: World, place: Integration) -> list[datetime]:
    return sorted(sync.synced_at for sync in world.syncs.values() if sync.integration_ref == place.ref)


def open_messages(world: World, place: Integration) -> list[Message]:
    return [
        message
        for message in world.messages.values()
        if message.integration is place and message.state == "open"
    ]


def working_days(since: datetime, now: datetime) -> int:
    days = (since.date() + timedelta(days=number) for number in range(1, (now - since).days + 2))
    return sum(day <= now.date() and us_holidays().is_working_day(day) for day in days)


def test_it_is_large_enough_to_be_believed(world: World) -> None:
    assert len({each.employer.ref for each in world.integrations.values()}) == len(EMPLOYERS) == 9
    assert len({each.carrier.ref for each in world.integrations.values()}) == 7
    assert len(world.integrations) >= 40
    assert len(world.messages) >= 25
    assert len(world.employees) == 150


def test_every_status_and_every_age_of_pending_occurs(world: World) -> None:
    assert Counter(each.status for each in world.integrations.values()).keys() == set(Status)
    pending = [each for each in world.integrations.values() if each.status is Status.PENDING]
    days = {(NOW - each.configured_at).days for each in pending if each.configured_at}
    assert {12, 44, 59, 60, 61} <= days


def test_disabled_has_three_reasons(world: World) -> None:
    disabled = [each for each in world.integrations.values() if each.status is Status.DISABLED]
    assert {each.disabled_by for each in disabled} == {"person", "inactivity", None}
    assert all((each.disabled_by is None) == (each.configured_at is None) for each in disabled)


def test_the_same_seed_gives_the_same_world() -> None:
    first, second = World(7, NOW), World(7, NOW)
    for stream in ("integrations", "syncs", "messages"):
        assert first.page(stream, None, None, 10_000) == second.page(stream, None, None, 10_000)
    assert first.employees == second.employees


def test_another_seed_gives_other_people() -> None:
    assert World(8, NOW).employees != World(7, NOW).employees


def test_a_world_begun_later_agrees_about_the_past() -> None:
    place = "int_harbor_cigna_medical"
    early, late = World(7, NOW), World(7, NOW + 3 * DAY)
    begin = NOW - 80 * DAY
    assert [when for when in syncs_of(early, early.integrations[place]) if when > begin] == [
        when for when in syncs_of(late, late.integrations[place]) if begin < when <= NOW
    ]


def test_refs_stay_the_same_whatever_seed_and_time() -> None:
    other = World(8, NOW + 100 * DAY)
    assert other.integrations.keys() == World(7, NOW).integrations.keys()
    assert other.messages.keys() == World(7, NOW).messages.keys()


@pytest.mark.parametrize(
    ("carrier", "weekdays"),
    [
        ("car_guardian", {1}),
        ("car_principal", {0, 1, 2, 3, 4}),
        ("car_uhc", {0, 1, 2, 3, 4}),
        ("car_kaiser", {0, 2, 4}),
        ("car_aetna", {3}),
        ("car_cigna", set(range(7))),
        ("car_anthem", set(range(7))),
    ],
)
def test_each_carrier_keeps_to_its_days(world: World, carrier: str, weekdays: set[int]) -> None:
    zone = ZoneInfo(BY_REF[carrier].time_zone)
    places = [each for each in world.integrations.values() if each.carrier.ref == carrier]
    days = {when.astimezone(zone).date() for each in places for when in syncs_of(world, each)}
    assert {day.weekday() for day in days} == weekdays
    if BY_REF[carrier].habit.rests_on_holidays:
        assert not any(day in us_holidays() for day in days)


def test_aetna_syncs_every_other_thursday(world: World) -> None:
    times = syncs_of(world, world.integrations["int_oakline_aetna_dental"])
    gaps = {round((later - earlier) / DAY) for earlier, later in pairwise(times)}
    assert gaps == {14}


def test_the_history_covers_ninety_days(world: World) -> None:
    times = syncs_of(world, world.integrations["int_harbor_cigna_medical"])
    assert len(times) == 90


def test_the_cast_of_the_showcase_belongs_to_the_broker() -> None:
    assert {employer for employer, _ in SHOWCASE.values()} <= set(BROKER.employer_refs)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 99), moments)
def test_the_showcase_is_true_at_any_moment(seed: int, now: datetime) -> None:
    world = World(seed, now)
    assert shown(world, "pending").status is Status.PENDING
    assert shown(world, "disabled").disabled_by == "person"
    late = shown(world, "late")
    assert late.last_sync_at is not None
    assert late.status is Status.ACTIVE
    assert 3 <= working_days(late.last_sync_at, now) <= 5
    assert open_messages(world, late) == []
    on_time = shown(world, "on_time")
    assert on_time.last_sync_at is not None
    assert now - on_time.last_sync_at < 7 * DAY + timedelta(hours=1)
    assert open_messages(world, on_time) == []
    failing = shown(world, "failure")
    failures = [each for each in open_messages(world, failing) if each.kind.severity is Severity.FAILURE]
    assert failures
    assert all(each.resolved_at is None for each in failures)
    assert failing.last_sync_at is not None
    assert working_days(failing.last_sync_at, now) <= 2  # its evening is the next day in UTC


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 99), moments)
def test_one_message_came_back_after_two_syncs(seed: int, now: datetime) -> None:
    world = World(seed, now)
    place = shown(world, "came_back")
    [message] = open_messages(world, place)
    assert message.resolved_at is not None
    assert message.received_at < message.resolved_at <= now - 9 * DAY
    assert len([when for when in syncs_of(world, place) if when > message.resolved_at]) == 2


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 99), moments)
def test_nothing_in_the_beginning_lies_in_the_future(seed: int, now: datetime) -> None:
    world = World(seed, now)
    for place in world.integrations.values():
        times = (place.configured_at, place.active_at, place.disabled_at, place.last_sync_at)
        assert all(when <= place.updated_at <= now for when in times if when)
    assert all(sync.synced_at <= sync.updated_at <= now for sync in world.syncs.values())
    for message in world.messages.values():
        assert message.received_at <= message.updated_at <= now


def test_every_private_value_is_on_the_list(world: World) -> None:
    private = world.private_values()
    for employee in world.employees:
        assert {employee.name, employee.ssn, employee.email, employee.birth_date.isoformat()} <= private
    dates = [each for each in world.messages.values() if each.kind.field == "birth_date"]
    assert dates
    assert all(each.carrier_value in private for each in dates)


def test_no_private_value_is_short_enough_to_occur_by_chance(world: World) -> None:
    assert min(len(value) for value in world.private_values()) >= 5


def test_social_security_numbers_are_ones_nobody_was_given(world: World) -> None:
    for employee in world.employees:
        area, group, _ = employee.ssn.split("-")
        assert area.startswith("9")
        assert int(group) < 50


def test_some_texts_are_hostile(world: World) -> None:
    texts = " ".join(message.text for message in world.messages.values())
    assert all(sign in texts for sign in ("<!channel>", '"', "🎂", "\u202e", "</script>"))
    assert max(len(message.text) for message in world.messages.values()) > 3000


def test_some_messages_are_the_middlewares_to_solve(world: World) -> None:
    assert {message.assignee for message in world.messages.values()} == {"platform", "middleware"}


HARBOR = "int_harbor_cigna_medical"


def sync(world: World, now: datetime) -> datetime:
    world.sync(world.integrations[HARBOR], now)
    return now + timedelta(hours=1)


def about(world: World, message: Message) -> list[Message]:
    what = (message.integration, message.employee, message.kind)
    return [each for each in world.messages.values() if (each.integration, each.employee, each.kind) == what]


@pytest.mark.parametrize(
    ("kind", "outcome", "state"),
    [
        ("name_spelling", "carrier", "resolved"),
        ("name_spelling", "platform", "open"),
        ("birth_date_mismatch", "platform", "resolved"),
        ("birth_date_mismatch", "carrier", "open"),
        ("annual_earnings_missing", "platform", "resolved"),
        ("annual_earnings_missing", "carrier", "resolved"),
    ],
)
def test_a_resolution_is_judged_at_the_carriers_next_sync(
    now: datetime, kind: str, outcome: str, state: str
) -> None:
    world = World(7, now)
    message = world.send(world.integrations[HARBOR], kind, now)
    world.resolve(message.ref, outcome, now)
    assert message.state == "resolved"
    sync(world, now + timedelta(hours=1))
    assert message.state == state
    sync(world, now + timedelta(hours=2))
    assert message.state == state


def test_what_keeps_being_wrong_is_sent_again_under_the_same_id_and_then_under_another(now: datetime) -> None:
    world = World(7, now)
    message = world.send(world.integrations[HARBOR], "name_spelling", now)
    for _ in range(2):
        world.resolve(message.ref, "platform", now + timedelta(minutes=1))
        now = sync(world, now + timedelta(hours=1))
    first, second = about(world, message)[-2:]
    assert (first.ref, first.state, first.resolved_at is None) == (message.ref, "resolved", False)
    assert (second.state, second.resolved_at, second.returns) == ("open", None, 2)
    assert second.received_at > first.resolved_at
    world.resolve(second.ref, "carrier", now)
    sync(world, now + timedelta(hours=1))
    assert {each.state for each in about(world, message)} == {"resolved"}


def test_one_that_was_replaced_does_not_come_back_under_its_old_id(now: datetime) -> None:
    world = World(7, now)
    place = world.integrations[HARBOR]
    message = world.send(place, "name_spelling", now)
    for hours in (1, 2):
        world.clear(message, now + timedelta(hours=hours))
        world.send_again(message, now + timedelta(hours=hours, minutes=5))
    assert message not in world.messages_of([place], "resolved")
