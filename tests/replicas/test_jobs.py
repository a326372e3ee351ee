"""Reading the exchange, finding who is late, forgetting: as replicas do it, with streams failing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.errors import Unavailable
from services.ports import Page, SyncItem
from services.store.alerts import Alert, Card
from services.store.exchange import Integration, Reading, SetAsideItem, Sync
from services.store.people import Seen
from tests.outside import integration_item, message_item, working_days
from tests.replicas.office import ALERTS, Office


def news(office: Office, *syncs: datetime, **columns: Any) -> None:
    """Have the exchange report one integration and its syncs."""
    office.exchange.integration_pages = [Page([integration_item(**columns)])]
    office.exchange.sync_pages = [
        Page([SyncItem("int_a", each) for each in syncs], updated_to=office.clock())
    ]


def test_a_carrier_that_goes_silent_is_late_then_lost_then_closed_when_it_syncs(office: Office) -> None:
    news(office, *working_days(office.clock()))
    office.replica().poll()
    told = []
    for _ in range(20):
        office.clock.forward(days=1)
        office.exchange.sync_pages = []
        office.replica().poll()
        office.replica().freshness()
        office.deliver_until_calm()
        told += [text for text in office.chat.texts(ALERTS) if text not in told]
    news(office, office.clock())
    office.replica().poll()
    office.deliver_until_calm()
    told += office.chat.texts(ALERTS)
    assert [text.split(": ")[1] for text in told] == ["late v1", "lost v2", "synced v3"]
    assert len(office.chat.channels[ALERTS]) == 1


def test_a_silent_exchange_makes_no_carrier_late(office: Office) -> None:
    news(office, *working_days(office.clock()))
    office.replica().poll()
    office.exchange.sync_pages = [Unavailable("The exchange does not answer.")]
    for _ in range(20):
        office.clock.forward(days=1)
        office.replica().poll()
        office.replica().freshness()
    assert office.all(Alert) == []


def test_catching_up_after_days_makes_nobody_late_on_the_way(office: Office) -> None:
    """Fault 7: every replica was down for two weeks."""
    start = office.clock()
    news(office, *working_days(start))
    office.replica().poll()
    office.clock.forward(days=14)
    office.replica().freshness()
    news(office, *working_days(office.clock(), days=14))
    office.replica().poll()
    office.replica().freshness()
    assert office.all(Alert) == []


def test_a_first_reading_of_old_history_alerts_only_what_is_late_at_its_end(office: Office) -> None:
    times = working_days(office.clock())
    news(office)
    office.exchange.sync_pages = [Page([SyncItem("int_a", each)]) for each in times]
    office.exchange.between = office.replica("two").freshness
    office.replica().poll()
    office.replica().freshness()
    assert office.all(Alert) == []


def test_the_freshness_job_looks_once_at_what_it_has_alerted(office: Office) -> None:
    office.add(Reading(stream="syncs", read_at=office.clock()))
    office.integration(
        due_at=office.clock() - timedelta(hours=1),
        watch_at=office.clock() - timedelta(hours=1),
        lost_at=office.clock() + timedelta(days=3),
    )
    assert [office.replica().freshness() for _ in range(3)] == [1, 0, 0]
    kept = office.one(Integration)
    assert (kept.watch_at, kept.due_at) == (kept.lost_at, office.clock() - timedelta(hours=1))


def test_replicas_that_look_at_once_open_one_alert_a_cause(office: Office) -> None:
    """Fault 4."""
    office.add(Reading(stream="syncs", read_at=office.clock()))
    for _ in range(30):
        office.integration(due_at=office.clock(), watch_at=office.clock())
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(office.replica(f"replica {each}").freshness) for each in range(4)]
    assert sum(each.result() for each in done) == 30
    assert len(office.all(Alert)) == len(office.all(Card)) == 30


def test_without_an_alerts_channel_alerts_are_opened_and_later_posted_where_one_is_set(
    office: Office,
) -> None:
    office.exchange.integration_pages = [Page([integration_item()])]
    office.exchange.message_pages = [Page([message_item()])]
    office.replica(channel=None).poll()
    assert (len(office.all(Alert)), office.all(Card)) == (1, [])
    office.replica().freshness()
    office.replica().deliver()
    assert len(office.chat.texts(ALERTS)) == 1


def test_failures_that_clear_close_the_card(office: Office) -> None:
    office.exchange.integration_pages = [Page([integration_item()])]
    office.exchange.message_pages = [Page([message_item("msg_a"), message_item("msg_b")])]
    office.replica().poll()
    office.deliver_until_calm()
    over: dict[str, Any] = {"state": "resolved", "resolved_at": office.clock(), "updated_at": office.clock()}
    for ref, text in (("msg_a", "1 open v2"), ("msg_b", "0 closed v3")):
        office.exchange.message_pages = [Page([message_item(ref, **over)])]
        office.replica().poll()
        office.deliver_until_calm()
        assert office.chat.texts(ALERTS) == [f"Harbor Bakery Guardian: {text}"]


def test_polling_the_same_again_edits_no_card(office: Office) -> None:
    office.exchange.integration_pages = [Page([integration_item()])]
    office.exchange.message_pages = [Page([message_item("msg_a"), message_item("msg_b")])]
    for _ in range(3):
        office.replica().poll()
        office.deliver_until_calm()
    assert [each for each, _ in office.chat.calls] == ["post"]


def test_a_poll_that_dies_midway_goes_on_from_where_it_began(office: Office) -> None:
    times = working_days(office.clock())
    news(office)
    whole = [Page([SyncItem("int_a", each)], updated_to=each) for each in times]
    office.exchange.sync_pages = [*whole[:3], Unavailable("The exchange does not answer.")]
    office.replica().poll()
    reading = office.one(Reading, stream="syncs")
    assert (len(office.all(Sync)), reading.since, reading.read_at) == (3, None, None)
    office.exchange.sync_pages = list(whole)
    office.replica().poll()
    assert len(office.all(Sync)) == len(times)
    assert office.one(Reading, stream="syncs").since == times[-1]


def test_the_next_reading_starts_where_the_last_complete_one_ended(office: Office) -> None:
    news(office, office.clock())
    office.replica().poll()
    office.replica().poll()
    assert [since for stream, since in office.exchange.asked if stream == "syncs"] == [None, office.clock()]


@pytest.mark.parametrize("error", [Unavailable("The exchange does not answer."), ValueError("a surprise")])
def test_a_failing_stream_stops_no_other_and_says_since_when(office: Office, error: Exception) -> None:
    news(office)
    office.exchange.sync_pages = [error]
    office.exchange.message_pages = [Page([message_item()])]
    since = office.clock()
    office.replica().poll()
    office.clock.forward(minutes=5)
    office.replica().poll()
    states = {each.stream: each for each in office.all(Reading)}
    assert len(office.all(Alert)) == 1
    assert (states["syncs"].failing_since, states["messages"].failing_since) == (since, None)
    assert "surprise" not in (states["syncs"].failure or "")
    office.exchange.sync_pages = []
    office.replica().poll()
    assert (
        office.one(Reading, stream="syncs").failing_since,
        office.one(Reading, stream="syncs").failure,
    ) == (
        None,
        None,
    )


def test_a_sync_that_comes_before_its_integration_is_taken_once_that_is_known(office: Office) -> None:
    office.exchange.sync_pages = [Page([SyncItem("int_a", office.clock())], updated_to=office.clock())]
    office.replica().poll()
    office.exchange.integration_pages = [Page([integration_item()])]
    office.replica().poll()
    assert len(office.all(Sync)) == 1
    assert office.exchange.asked[-2] == ("syncs", None)


def test_replicas_that_poll_at_once_agree(office: Office) -> None:
    times = working_days(office.clock())
    refs = [f"int_{each}" for each in range(20)]
    office.exchange.integration_pages = [
        Page([integration_item(each, employer_ref=f"emp_{each}") for each in refs])
    ]
    office.exchange.sync_pages = [Page([SyncItem(each, at) for each in refs]) for at in times]
    office.exchange.message_pages = [Page([message_item(f"msg_{each}", each) for each in refs])]
    with ThreadPoolExecutor(3) as pool:
        done = [pool.submit(office.replica(f"replica {each}").poll) for each in range(3)]
    assert {each.result() for each in done} == {20 + 20 * len(times) + 20}
    assert len(office.all(Sync)) == 20 * len(times)
    assert len(office.all(Alert)) == len(office.all(Card)) == 20


def test_what_is_too_old_is_forgotten_and_the_rest_is_kept(office: Office) -> None:
    now, each = office.clock(), office.integration().id
    office.add(
        Seen(key="old", at=now - timedelta(days=2, seconds=1)),
        Seen(key="new", at=now - timedelta(days=2)),
        Sync(integration_id=each, synced_at=now - timedelta(days=401)),
        Sync(integration_id=each, synced_at=now - timedelta(days=399)),
        SetAsideItem(stream="syncs", ref="a", reason="r", last_at=now - timedelta(days=91)),
        SetAsideItem(stream="syncs", ref="b", reason="r", last_at=now - timedelta(days=89)),
    )
    assert office.replica().prune() == 3
    assert [row.key for row in office.all(Seen)] == ["new"]
    assert len(office.all(Sync)) == len(office.all(SetAsideItem)) == 1


def test_more_than_one_batch_is_forgotten(office: Office) -> None:
    old = office.clock() - timedelta(days=3)
    office.add(*(Seen(key=str(number), at=old) for number in range(2500)))
    assert office.replica().prune() == 2500
    assert office.all(Seen) == []
