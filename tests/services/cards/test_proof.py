"""The auditor's questions: each finds its own exception, and a sound store has none. Fault 18."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.cards import proof as auditor
from services.store.alerts import Alert, Card, Channel, Mute
from services.store.changes import Change
from services.store.exchange import Integration, Reading
from tests.rows import Clock, Rows
from tests.services.telling import Telling

LONG_AGO = timedelta(hours=1)


def proved(rows: Rows, clock: Clock) -> auditor.Proof:
    with rows.sessions.read() as session:
        return auditor.prove(session, clock())


def found(rows: Rows, clock: Clock) -> dict[str, int]:
    return {name: count for name, count in proved(rows, clock).counts.items() if count}


def late(rows: Rows, clock: Clock, **columns: Any) -> int:
    """An integration that should have synced an hour ago, as the freshness job leaves it."""
    rows.add(Reading(stream="syncs", read_at=clock()))
    usual = {"due_at": clock() - LONG_AGO, "lost_at": clock() + LONG_AGO, "watch_at": clock() + LONG_AGO}
    return rows.integration(**(usual | columns)).id


def alert(rows: Rows, at: datetime, **columns: Any) -> int:
    integration = rows.integration()
    usual = {
        "kind": "last_sync",
        "cause": f"integration:{integration.id}",
        "level": "late",
        "employer_id": integration.employer_id,
        "carrier_id": integration.carrier_id,
        "integration_id": integration.id,
        "opened_at": at,
        "routed_at": at,
        "recipients": 1,
    }
    row = Alert(**(usual | columns))
    rows.add(row)
    return row.id


def card(rows: Rows, at: datetime, subject: str = "change:1", **columns: Any) -> None:
    """A card that is wanted since `at`, and not shown."""
    usual = {
        "key": subject,
        "subject": subject,
        "channel_id": "C1",
        "wanted": 1,
        "wanted_at": at,
        "due_at": at,
    }
    rows.add(Card(**(usual | columns)))


def shown(rows: Rows, at: datetime, alert_id: int) -> None:
    card(rows, at, f"alert:{alert_id}", shown=1, ts="1.0", due_at=None)


def test_an_empty_store_is_sound(rows: Rows, clock: Clock) -> None:
    proof = proved(rows, clock)
    assert proof.holds
    assert set(proof.counts.values()) == {0}


def test_a_late_integration_with_an_alert_that_is_shown_is_sound(rows: Rows, clock: Clock) -> None:
    alert_id = alert(rows, clock() - LONG_AGO, integration_id=late(rows, clock))
    shown(rows, clock() - LONG_AGO, alert_id)
    assert proved(rows, clock).holds


def test_what_is_due_and_was_not_looked_at_is_found(rows: Rows, clock: Clock) -> None:
    late(rows, clock, watch_at=clock() - LONG_AGO)
    assert found(rows, clock) == {"unseen": 1}


def test_nothing_is_late_that_the_exchange_was_not_asked_about(rows: Rows, clock: Clock) -> None:
    late(rows, clock, watch_at=clock() - LONG_AGO)
    with rows.sessions.write() as session:
        session.get_one(Reading, "syncs").read_at = clock() - 2 * LONG_AGO
    assert proved(rows, clock).holds


def test_a_late_integration_without_an_alert_is_found(rows: Rows, clock: Clock) -> None:
    late(rows, clock)
    assert found(rows, clock) == {"untold": 1}


def test_a_moment_after_it_became_late_it_is_no_exception_yet(rows: Rows, clock: Clock) -> None:
    late(rows, clock, due_at=clock() - timedelta(minutes=1))
    assert proved(rows, clock).holds


def test_an_open_alert_without_a_channel_is_found_where_others_have_one(rows: Rows, clock: Clock) -> None:
    alert(rows, clock() - LONG_AGO, routed_at=None, recipients=0)
    assert proved(rows, clock).holds
    shown(rows, clock(), alert(rows, clock() - LONG_AGO))
    assert found(rows, clock) == {"unrouted": 1}


def test_a_routed_alert_without_a_card_is_found(rows: Rows, clock: Clock) -> None:
    alert(rows, clock() - LONG_AGO)
    assert found(rows, clock) == {"cardless": 1}


def test_an_alert_that_one_of_two_channels_has_is_found(rows: Rows, clock: Clock) -> None:
    shown(rows, clock(), alert(rows, clock() - LONG_AGO, recipients=2))
    assert found(rows, clock) == {"cardless": 1}


def test_a_late_integration_may_be_told_of_by_its_carriers_alert(rows: Rows, clock: Clock) -> None:
    late(rows, clock)
    carrier = {"kind": "carrier", "carrier_id": rows.all(Integration)[0].carrier_id, "integration_id": None}
    alert(rows, clock(), recipients=0, **carrier)
    assert proved(rows, clock).holds


@pytest.mark.parametrize("kind", ["pending", "status"])
def test_an_alert_about_something_else_tells_of_no_missing_sync(rows: Rows, clock: Clock, kind: str) -> None:
    alert(rows, clock(), recipients=0, kind=kind, integration_id=late(rows, clock))
    assert found(rows, clock) == {"untold": 1}


def test_what_is_folded_muted_snoozed_or_heard_by_nobody_is_sound(telling: Telling, clock: Clock) -> None:
    """Each minute for a day: a carrier that is late, one that is muted, news, and channels that differ."""
    telling.read_at(clock())
    telling.subscribe("C0BAKERY", employers=[telling.rows.employer()])
    folded = telling.carrier_of(4, 1)
    muted = telling.late()
    telling.rows.add(Mute(integration_id=muted.id, by="U1", at=clock()))
    telling.failing()
    for hour in range(24):
        clock.forward(hours=1)
        telling.read_on()
        while telling.sweep():
            pass
        if hour == 2:
            telling.sync(*(each.id for each in folded[:3]))
        telling.wake()
        telling.tell()
        assert found(telling.rows, clock) == {}
    assert {each.kind for each in telling.rows.all(Alert)} == {"carrier", "last_sync", "failures"}


def test_an_alert_that_no_channel_hears_needs_no_card(rows: Rows, clock: Clock) -> None:
    alert(rows, clock() - LONG_AGO, recipients=0)
    assert proved(rows, clock).holds


def test_a_closed_alert_needs_no_card(rows: Rows, clock: Clock) -> None:
    alert(rows, clock() - LONG_AGO, closed_at=clock(), closed_because="synced")
    assert proved(rows, clock).holds


@pytest.mark.parametrize(
    ("columns", "is_stale"),
    [
        ({}, True),
        ({"ts": "1.0", "wanted": 2, "shown": 1}, True),
        ({"attempts": 4}, True),
        ({"shown": 1}, False),
        ({"due_at": timedelta(hours=9)}, False),
        ({"wanted_at": timedelta(0), "due_at": timedelta(0)}, False),
        ({"due_at": timedelta(minutes=-1)}, False),
        ({"due_at": timedelta(minutes=-1), "attempts": 3}, True),
    ],
    ids=["new", "edit", "tried", "shown", "quiet", "just wanted", "just released", "put off again"],
)
def test_a_card_that_shows_too_little_for_too_long_is_found(
    rows: Rows, clock: Clock, columns: dict[str, Any], *, is_stale: bool
) -> None:
    times = {name: clock() + each for name, each in columns.items() if isinstance(each, timedelta)}
    card(rows, clock() - LONG_AGO, **(columns | times))
    assert found(rows, clock) == ({"stale": 1} if is_stale else {})


@pytest.mark.parametrize(
    "state", [{"held_until": timedelta(minutes=1)}, {"broken_at": -timedelta(minutes=9)}]
)
def test_a_channel_that_takes_nothing_excuses_its_cards(
    rows: Rows, clock: Clock, state: dict[str, timedelta]
) -> None:
    rows.add(Channel(id="C1", **{name: clock() + each for name, each in state.items()}))
    card(rows, clock() - LONG_AGO)
    assert proved(rows, clock).holds


def test_a_queue_that_its_pace_explains_is_none(rows: Rows, clock: Clock) -> None:
    at = clock() - timedelta(minutes=10)
    for number in range(300):
        card(rows, at, f"change:{number}")
    assert proved(rows, clock).holds


def test_a_card_that_was_set_aside_is_found_for_a_day(rows: Rows, clock: Clock) -> None:
    card(rows, clock(), due_at=None, failure="KeyError")
    assert found(rows, clock) == {"set_aside": 1}
    clock.forward(days=1)
    assert proved(rows, clock).holds


def test_work_whose_holder_is_gone_and_that_nobody_takes_over_is_found(rows: Rows, clock: Clock) -> None:
    integration = rows.integration()
    left = {"due_at": clock() - LONG_AGO, "lease_until": clock() - LONG_AGO, "lease_by": "gone"}
    asked = {"requested_by": "U1", "requested_at": clock(), "state": "queued", "key": "k"}
    rows.add(Change(integration_id=integration.id, kind="deactivate", **asked, **left))
    assert found(rows, clock) == {"forgotten": 1}


def test_the_schema_lets_no_cause_have_two_open_alerts(rows: Rows, clock: Clock) -> None:
    assert proved(rows, clock).counts["twice"] == 0


def test_what_is_found_is_said(rows: Rows, clock: Clock) -> None:
    late(rows, clock)
    card(rows, clock() - LONG_AGO)
    card(rows, clock() - LONG_AGO, "change:2")
    assert proved(rows, clock).gaps == (
        "1 late integration has no alert.",
        "2 cards show too little for too long.",
    )
