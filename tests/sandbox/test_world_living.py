"""The world as time passes, and as people and carriers act."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from bot.sandbox.world.layout import SHOWCASE
from bot.sandbox.world.records import Integration
from bot.sandbox.world.world import DEMO_ACTIVATION, Refusal, World
from services.ports import Severity, Status

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
DISABLED = "int_northwind_kaiser_medical"
ACTIVE = "int_harbor_cigna_medical"


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@pytest.fixture
def world() -> World:
    return World(7, NOW)


@pytest.fixture
def heard(world: World) -> list[str]:
    sentences: list[str] = []
    world.listen(sentences.append)
    return sentences


def live(world: World, until: float, every: float = 1.0) -> None:
    for step in range(1, int(until / every) + 1):
        world.tick(NOW + seconds(step * every))


def shown(world: World) -> list[Integration]:
    pairs = set(SHOWCASE.values())
    return [each for each in world.integrations.values() if (each.employer.ref, each.carrier.ref) in pairs]


def test_a_failure_arrives_within_ten_seconds(world: World) -> None:
    before = set(world.messages)
    live(world, 10)
    [new] = set(world.messages) - before
    assert world.messages[new].kind.severity is Severity.FAILURE
    assert world.messages[new].integration.ref == ACTIVE


def test_a_carrier_syncs_within_twenty_seconds(world: World, heard: list[str]) -> None:
    live(world, 20)
    assert any("synced for" in sentence for sentence in heard)


def test_the_same_seed_lives_the_same_life(heard: list[str], world: World) -> None:
    again: list[str] = []
    other = World(7, NOW)
    other.listen(again.append)
    live(world, 1200, every=5)
    live(other, 1200, every=5)
    assert heard == again
    assert len(heard) > 5


def test_what_happens_by_itself_leaves_the_showcase_alone(world: World) -> None:
    before = [(each.status, each.last_sync_at, each.silent) for each in shown(world)]
    count = len([each for each in world.messages.values() if each.integration in shown(world)])
    live(world, 3600, every=10)
    assert [(each.status, each.last_sync_at, each.silent) for each in shown(world)] == before
    assert len([each for each in world.messages.values() if each.integration in shown(world)]) == count


def test_a_world_left_alone_for_a_day_is_not_buried_in_messages(world: World) -> None:
    before = len([each for each in world.messages.values() if each.state == "open"])
    live(world, 86_400, every=60)
    after = len([each for each in world.messages.values() if each.state == "open"])
    assert after <= before + 5


def test_carriers_go_on_syncing_by_habit(world: World) -> None:
    world.tick(NOW + timedelta(days=1))
    last = world.integrations["int_harbor_principal_life"].last_sync_at
    assert last is not None
    assert last.astimezone(UTC).date() == (NOW + timedelta(days=1)).date()


def test_a_late_carrier_stays_silent_until_it_syncs(world: World) -> None:
    late = world.integrations["int_northwind_principal_life"]
    before = late.last_sync_at
    world.tick(NOW + timedelta(days=1))
    assert late.last_sync_at == before
    world.sync(late, NOW + timedelta(days=1))
    assert late.last_sync_at == NOW + timedelta(days=1)
    world.tick(NOW + timedelta(days=2))
    assert late.last_sync_at > NOW + timedelta(days=1)


def test_time_that_goes_back_changes_nothing(world: World, heard: list[str]) -> None:
    live(world, 60)
    said = len(heard)
    world.tick(NOW)
    assert len(heard) == said


def test_every_change_is_stamped_later_than_the_one_before(world: World) -> None:
    place = world.integrations[ACTIVE]
    stamps = []
    for _ in range(5):
        world.send(place, "gender_mismatch", NOW)
        stamps.append(max(message.updated_at for message in world.messages.values()))
    assert stamps == sorted(set(stamps))


def test_turning_on_leads_to_pending_and_after_a_while_to_active(world: World) -> None:
    assert world.turn_on(DISABLED, "G-1", NOW)["status"] == "pending"
    world.tick(NOW + DEMO_ACTIVATION - seconds(1))
    assert world.integrations[DISABLED].status is Status.PENDING
    world.tick(NOW + DEMO_ACTIVATION)
    assert world.integrations[DISABLED].status is Status.ACTIVE


def test_turning_off_before_the_carrier_answers_leaves_it_off(world: World) -> None:
    world.turn_on(DISABLED, "G-1", NOW)
    world.turn_off(DISABLED, NOW)
    world.tick(NOW + 2 * DEMO_ACTIVATION)
    assert world.integrations[DISABLED].status is Status.DISABLED


def test_turning_off_forgets_the_group_number(world: World) -> None:
    off = world.turn_off(ACTIVE, NOW)
    assert (off["status"], off["group_number"], off["disabled_by"]) == ("disabled", None, "person")


def test_turning_on_twice_changes_nothing_more(world: World) -> None:
    first = world.turn_on(DISABLED, "G-1", NOW)
    assert world.turn_on(DISABLED, "G-1", NOW + seconds(5)) == first


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda world: world.turn_on(ACTIVE, "another", NOW), "already-on"),
        (lambda world: world.change_group_number(DISABLED, "G-1", NOW), "turned-off"),
        (lambda world: world.turn_off("int_none", NOW), "not-there"),
        (lambda world: world.resolve("msg_none", "platform", NOW), "not-there"),
        (lambda world: world.resolve("msg_0008", "platform", NOW), "already-resolved"),
        (lambda world: world.resolve("msg_0011", "platform", NOW), "not-yours"),
    ],
)
def test_what_cannot_be_is_refused_with_a_code(world: World, act: object, code: str) -> None:
    assert callable(act)
    with pytest.raises(Refusal) as raised:
        act(world)
    assert raised.value.code == code


def test_a_resolved_message_that_comes_back_keeps_its_resolution(world: World) -> None:
    message = world.messages["msg_0008"]
    resolved_at = message.resolved_at
    world.send_again(message, NOW)
    assert (message.state, message.resolved_at) == ("open", resolved_at)
    assert message.integration.last_sync_at == NOW


def test_pages_cover_everything_once(world: World) -> None:
    seen: list[str] = []
    after = None
    while True:
        items, after = world.page("syncs", None, after, 97)
        seen += [item["id"] for item in items]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == len(world.syncs)


def test_what_changes_during_a_reading_is_seen_further_on(world: World) -> None:
    items, after = world.page("integrations", None, None, 20)
    changed = items[0]["id"]
    world.change_group_number("int_harbor_uhc_vision", "G-9", NOW)
    world.integrations[changed].updated_at = NOW + seconds(1)
    rest, _ = world.page("integrations", None, after, 500)
    assert {changed, "int_harbor_uhc_vision"} <= {item["id"] for item in rest}


def test_it_may_be_stirred_and_read_from_many_threads(world: World) -> None:
    place = world.integrations[ACTIVE]
    before = len(world.messages)

    def stir() -> None:
        for number in range(50):
            world.send(place, "gender_mismatch", NOW + seconds(number))
            world.page("messages", None, None, 50)

    threads = [Thread(target=stir) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(world.messages) == before + 200
