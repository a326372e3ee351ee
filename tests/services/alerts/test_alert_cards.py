"""What a carrier's card tells in a channel is bounded by what that channel hears."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.alerts.carrier import CarrierCard
from services.alerts.lifecycle import Cause, raise_alert
from services.employees.alerts import EmployeesCard
from services.store.alerts import Kind, Level
from services.store.exchange import Integration
from tests.services.telling import ALERTS, DAY, HOUR, Telling

OTHER = "C0OTHER"


@pytest.fixture
def found(telling: Telling) -> list[Integration]:
    """Four late ones and two on time, of six employers."""
    made = telling.carrier_of(4, 2)
    telling.sweep()
    return made


def carrier(telling: Telling, channel_id: str = OTHER) -> CarrierCard:
    facts: CarrierCard = telling.facts("alert:1", channel_id)
    return facts


@pytest.mark.usefixtures("found")
def test_who_hears_everything_is_told_of_all(telling: Telling) -> None:
    facts = carrier(telling, ALERTS)
    assert (facts.late, facts.of, facts.employers, facts.carrier) == (4, 6, 4, "Guardian")
    assert (facts.expected_at, facts.last_sync_at) == (telling.clock() - HOUR, telling.clock() - HOUR)


def test_a_channel_of_one_employer_is_told_of_that_one(telling: Telling, found: list[Integration]) -> None:
    telling.subscribe(OTHER, employers=[found[0].employer_id])
    facts = carrier(telling)
    assert (facts.late, facts.of, facts.employers, facts.names) == (1, 1, 1, ("Harbor Bakery",))
    assert facts.last_sync_at == telling.clock() - 2 * DAY


def test_what_it_hears_of_other_kinds_widens_nothing(telling: Telling, found: list[Integration]) -> None:
    telling.subscribe(OTHER, kinds=["failures"])
    telling.subscribe(OTHER, kinds=["last_sync"], employers=[found[0].employer_id])
    telling.subscribe(OTHER, kinds=["last_sync"], carriers=[telling.rows.carrier()])
    assert carrier(telling).of == 1


def test_two_subscriptions_that_hear_it_are_added(telling: Telling, found: list[Integration]) -> None:
    for each in found[:2]:
        telling.subscribe(OTHER, employers=[each.employer_id])
    assert carrier(telling).of == 2


def test_the_owners_rights_bound_it_now(telling: Telling, found: list[Integration]) -> None:
    telling.rows.person("U0BROKER", "broker", found[0].employer_id, found[5].employer_id)
    telling.subscribe(OTHER, owner="U0BROKER")
    facts = carrier(telling)
    assert (facts.late, facts.of) == (1, 2)


def test_five_employers_are_named(telling: Telling) -> None:
    chain = telling.rows.carrier()
    for number in range(7):
        telling.late(carrier_id=chain, employer_id=telling.rows.employer(f"Employer {number}"))
    telling.sweep()
    facts = carrier(telling, ALERTS)
    assert (facts.employers, facts.names) == (7, tuple(f"Employer {number}" for number in range(5)))


def test_active_ones_of_which_nothing_is_expected_are_counted_too(
    telling: Telling, found: list[Integration]
) -> None:
    telling.rows.integration(carrier_id=found[0].carrier_id)
    telling.rows.integration(carrier_id=found[0].carrier_id, status="pending")
    assert carrier(telling, ALERTS).of == 7


def test_the_carriers_end_says_for_how_long_it_was_late(telling: Telling, found: list[Integration]) -> None:
    telling.clock.forward(hours=1)
    telling.sync(*(each.id for each in found))
    facts = carrier(telling, ALERTS)
    assert (facts.closed_because, facts.lasted) == ("synced", timedelta(hours=2))


def test_a_batch_is_told_of_in_numbers_and_reasons(telling: Telling) -> None:
    employer = telling.rows.employer()
    theirs = {"failed": 4, "stuck": 1, "reasons": {"postal_code": 1, "date_of_birth": 3}}
    detail = {"batch": 7, "employers": {str(employer): theirs}}
    cause = Cause(Kind.EMPLOYEES, "batch:7", Level.STUCK, employer_id=employer, detail=detail)
    with telling.rows.sessions.write() as session:
        raise_alert(session, telling.clock(), cause)
    facts: EmployeesCard = telling.facts("alert:1")
    assert (facts.employer, facts.batch_id, facts.failed, facts.stuck) == ("Harbor Bakery", 7, 4, 1)
    assert facts.reasons == (("date_of_birth", 3), ("postal_code", 1))


@pytest.mark.parametrize("mention", [None, "here", "U0SOMEBODY", "S0TEAM"])
def test_the_card_calls_whom_the_channel_called_until_it_is_closed(
    telling: Telling, mention: str | None
) -> None:
    telling.subscribe(OTHER, mention=mention)
    integration = telling.late()
    telling.sweep()
    assert telling.facts("alert:1", OTHER).mention == mention
    telling.sync(integration.id)
    assert telling.facts("alert:1", OTHER).mention is None


def test_a_subscription_that_does_not_hear_it_calls_nobody(telling: Telling) -> None:
    telling.subscribe(OTHER, kinds=["last_sync"])
    telling.subscribe(OTHER, kinds=["failures"], mention="here")
    telling.late()
    telling.sweep()
    assert telling.facts("alert:1", OTHER).mention is None
