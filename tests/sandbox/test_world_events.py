"""Stirring the world, as the page and `POST /sandbox/events` do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox.clock import SandboxClock
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.events_menu import menu
from bot.sandbox.world.events import Stirring
from bot.sandbox.world.faults import FAULTS, Faults
from bot.sandbox.world.world import World
from services.ports import Severity, Status

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return World(7, NOW)


@pytest.fixture
def faults() -> Faults:
    return Faults()


LONGEST = 80  # characters that two lines of the panel take


@pytest.fixture
def stirring(world: World, faults: Faults) -> Stirring:
    return Stirring(world, faults, SandboxClock(lambda: NOW))


def test_every_event_of_the_menu_can_be_caused_as_it_is_offered(stirring: Stirring) -> None:
    for group in stirring.menu():
        for event in group["events"]:
            params = {param["name"]: param["default"] for param in event["params"]}
            assert stirring.cause(event["name"], params).endswith(".")


def test_every_group_says_what_it_shows(stirring: Stirring) -> None:
    groups = menu(Workspace(), stirring)
    shown = [group["shows"] for group in groups]
    assert all(words[0].isupper() and len(words) <= LONGEST for words in shown)
    assert len(set(shown)) == len(groups)


def test_a_select_offers_its_default(stirring: Stirring) -> None:
    params = [param for group in stirring.menu() for event in group["events"] for param in event["params"]]
    for param in params:
        if param["type"] == "select":
            assert param["default"] in {option["value"] for option in param["options"]}


def test_a_carrier_syncs_now_for_one_employer(stirring: Stirring, world: World) -> None:
    said = stirring.cause("carrier_syncs", {"carrier": "car_principal", "employer": "emp_northwind"})
    assert said == "Principal synced for Northwind Freight."
    assert world.integrations["int_northwind_principal_life"].last_sync_at == NOW
    assert world.integrations["int_harbor_principal_life"].last_sync_at != NOW


def test_a_carrier_syncs_now_for_everybody(stirring: Stirring, world: World) -> None:
    stirring.cause("carrier_syncs", {"carrier": "car_guardian", "employer": "any"})
    places = world.matching(Status.ACTIVE, "car_guardian")
    assert len(places) > 3
    assert {place.last_sync_at for place in places} == {NOW}


def test_without_a_carrier_every_one_syncs_and_that_is_said(stirring: Stirring, world: World) -> None:
    assert stirring.cause("carrier_syncs", {}) == "Every carrier synced for 9 employers."
    assert (
        stirring.cause("carrier_syncs", {"employer": "emp_harbor"})
        == "Every carrier synced for Harbor Bakery."
    )
    assert {place.last_sync_at for place in world.matching(Status.ACTIVE)} == {NOW}


def test_a_silent_carrier_misses_its_syncs_until_it_speaks(stirring: Stirring, world: World) -> None:
    place = world.integrations["int_harbor_cigna_medical"]
    before = place.last_sync_at
    stirring.cause("carrier_goes_silent", {"carrier": "car_cigna"})
    world.tick(NOW + timedelta(days=2))
    assert place.last_sync_at == before
    stirring.cause("carrier_speaks_again", {"carrier": "car_cigna"})
    world.tick(NOW + timedelta(days=3))
    assert place.last_sync_at != before


def test_a_silence_is_said_to_show_only_after_the_carriers_own_habit(stirring: Stirring) -> None:
    said = stirring.cause("carrier_goes_silent", {"carrier": "car_cigna", "employer": "emp_harbor"})
    when = "it is late when its own next days have passed. Let time pass to see it"
    assert said == f"Cigna is silent for Harbor Bakery from now on: {when}."


@pytest.mark.parametrize(
    ("event", "kind", "severity"),
    [
        ("failure_arrives", "ssn_discrepancy", Severity.FAILURE),
        ("warning_arrives", "name_spelling", Severity.WARNING),
    ],
)
def test_a_message_of_a_chosen_kind_arrives(
    stirring: Stirring, world: World, event: str, kind: str, severity: Severity
) -> None:
    stirring.cause(event, {"carrier": "car_uhc", "employer": "emp_northwind", "kind": kind})
    newest = max(world.messages.values(), key=lambda message: message.updated_at)
    assert (newest.kind.name, newest.kind.severity, newest.state) == (kind, severity, "open")
    assert newest.integration.ref == "int_northwind_uhc_medical"


def test_a_carrier_closes_the_failure_first(stirring: Stirring, world: World) -> None:
    stirring.cause("message_cleared", {"carrier": "car_uhc", "employer": "emp_redrock"})
    closed = max(world.messages.values(), key=lambda message: message.updated_at)
    assert (closed.state, closed.kind.severity, closed.outcome) == ("resolved", Severity.FAILURE, None)


def test_a_resolved_message_comes_back_with_a_sync(stirring: Stirring, world: World) -> None:
    stirring.cause("message_comes_back", {"carrier": "car_principal", "employer": "emp_harbor"})
    assert world.messages["msg_0008"].state == "open"
    assert world.integrations["int_harbor_principal_life"].last_sync_at == NOW


def test_a_pending_integration_becomes_active(stirring: Stirring, world: World) -> None:
    stirring.cause("pending_becomes_active", {"carrier": "car_aetna", "employer": "emp_juniper"})
    assert world.integrations["int_juniper_aetna_medical"].status is Status.ACTIVE


@pytest.mark.parametrize("fault", FAULTS)
def test_the_exchange_fails_for_as_long_as_it_is_told(stirring: Stirring, faults: Faults, fault: str) -> None:
    stirring.cause(fault, {"seconds": "20"})
    assert faults.current(NOW + timedelta(seconds=19)) == fault
    assert faults.current(NOW + timedelta(seconds=20)) is None


def test_the_exchange_recovers_when_told(stirring: Stirring, faults: Faults) -> None:
    stirring.cause("exchange_error", {})
    stirring.cause("exchange_recovers", {})
    assert faults.current(NOW) is None


@pytest.mark.parametrize(
    ("event", "params"),
    [
        ("moon_falls", {}),
        ("carrier_syncs", {"carrier": "car_none"}),
        ("carrier_syncs", {"carrier": "car_aetna", "employer": "emp_harbor"}),
        ("failure_arrives", {"kind": "name_spelling"}),
        ("message_comes_back", {"carrier": "car_guardian", "employer": "emp_redrock"}),
        ("exchange_error", {"seconds": "0"}),
        ("exchange_error", {"seconds": "for ever"}),
        ("exchange_error", {"seconds": "²"}),
    ],
)
def test_what_cannot_be_caused_is_said_in_a_sentence(
    stirring: Stirring, event: str, params: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        stirring.cause(event, params)


def test_those_who_listen_hear_every_sentence_and_no_private_value(stirring: Stirring, world: World) -> None:
    heard: list[str] = []
    stirring.subscribe(heard.append)
    events = [event["name"] for group in stirring.menu() for event in group["events"]]
    said = [stirring.cause(event, {}) for event in events]
    world.tick(NOW + timedelta(minutes=30))
    assert len(heard) > 20
    assert not [
        sentence for sentence in heard + said for value in world.private_values() if value in sentence
    ]


def test_a_stopped_exchange_stays_away_until_it_is_started_again(stirring: Stirring, faults: Faults) -> None:
    stirring.cause("exchange_stops", {})
    assert faults.current(NOW + timedelta(days=900)) == "exchange_hangs_up"
    stirring.cause("exchange_recovers", {})
    assert faults.current(NOW) is None
