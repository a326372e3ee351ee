"""Which channels hear of an alert, and when. Now is Wednesday, 11:00 in New York."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from services import subjects
from services.access import Actor
from services.alerts.lifecycle import Cause, raise_alert
from services.cards import delivery
from services.channels import routing
from services.channels.routing import Channels
from services.store.alerts import Alert, Card, Channel, Kind, Level, Mute
from services.store.people import Person
from tests.services.telling import ALERTS, DAY, KINDS, OPERATORS, Telling

OTHER = "C0OTHER"
NOBODY = Actor("", None)


def raised(telling: Telling, kind: Kind, cause: str = "batch:1", **about: int) -> None:
    with telling.rows.sessions.write() as session:
        raise_alert(session, telling.clock(), Cause(kind, cause, Level.DOWN, **about))


def test_the_alerts_channel_hears_everything_until_a_subscription_is_made_for_it(telling: Telling) -> None:
    telling.failing()
    telling.route()
    assert telling.told_channels() == {ALERTS}
    telling.subscribe(ALERTS, kinds=["pending"])
    telling.failing()
    telling.route()
    assert [each.subject for each in telling.cards()] == ["alert:1"]
    assert [each.recipients for each in telling.rows.all(Alert)] == [1, 0]


def test_a_subscription_elsewhere_leaves_the_alerts_channel_as_it_is(telling: Telling) -> None:
    telling.subscribe(OTHER)
    telling.failing()
    telling.route()
    assert telling.told_channels() == {ALERTS, OTHER}
    assert telling.alert().recipients == 2


def test_a_broker_takes_nothing_from_what_the_alerts_channel_hears(telling: Telling) -> None:
    mine, _ = telling.failing(), telling.failing()
    telling.rows.add(Person(user_id="U0BROKER", role="broker"))
    telling.subscribe(ALERTS, employers=[mine.employer_id], owner="U0BROKER")
    telling.route()
    assert {each.subject for each in telling.cards()} == {"alert:1", "alert:2"}


def test_where_no_channel_is_named_alerts_wait_for_the_first_one(telling: Telling) -> None:
    telling.channels = Channels()
    telling.failing()
    assert telling.route() == 0
    assert telling.alert().routed_at is None
    telling.channels = Channels(ALERTS)
    assert telling.route() == 1


def test_a_channel_hears_of_its_employers_its_carriers_and_its_kinds(telling: Telling) -> None:
    mine, other = telling.failing(), telling.failing()
    telling.late(employer_id=mine.employer_id)
    telling.sweep()
    telling.subscribe("C0EMPLOYER", employers=[mine.employer_id])
    telling.subscribe("C0CARRIER", carriers=[other.carrier_id])
    telling.subscribe("C0KIND", kinds=["last_sync"])
    telling.subscribe("C0BOTH", employers=[mine.employer_id], carriers=[other.carrier_id])
    telling.route()
    heard = {(each.channel_id, each.subject) for each in telling.cards() if each.channel_id != ALERTS}
    assert heard == {
        ("C0EMPLOYER", "alert:1"),
        ("C0EMPLOYER", "alert:3"),
        ("C0CARRIER", "alert:2"),
        ("C0KIND", "alert:3"),
    }


def test_what_is_about_no_carrier_is_heard_whatever_the_carriers(telling: Telling) -> None:
    integration = telling.on_time()
    telling.subscribe(OTHER, carriers=[integration.carrier_id])
    raised(telling, Kind.EMPLOYEES, employer_id=integration.employer_id)
    telling.route()
    assert OTHER in telling.told_channels()


def test_a_batch_of_several_employers_is_not_for_a_channel_of_one(telling: Telling) -> None:
    telling.subscribe(OTHER, employers=[telling.on_time().employer_id])
    raised(telling, Kind.EMPLOYEES)
    telling.route()
    assert telling.told_channels() == {ALERTS}


def test_the_owners_rights_when_it_is_routed_bound_what_is_heard(telling: Telling) -> None:
    mine, other = telling.failing(), telling.failing()
    telling.rows.person("U0BROKER", "broker", mine.employer_id)
    telling.subscribe("C0ALL", owner="U0BROKER")
    telling.subscribe("C0CHOSEN", owner="U0BROKER", employers=[mine.employer_id, other.employer_id])
    telling.route()
    heard = {(each.channel_id, each.subject) for each in telling.cards() if each.channel_id != ALERTS}
    assert heard == {("C0ALL", "alert:1"), ("C0CHOSEN", "alert:1")}


@pytest.mark.parametrize("role", [None, "employer", "read_only"])
def test_who_may_not_subscribe_any_more_has_no_channel_that_hears(telling: Telling, role: str | None) -> None:
    mine = telling.failing()
    telling.rows.person("U0BROKER", role or "broker", mine.employer_id)
    telling.subscribe(OTHER, owner="U0BROKER")
    if role is None:
        with telling.rows.sessions.write() as session:
            session.delete(session.query(Person).one())
    telling.route()
    assert telling.told_channels() == {ALERTS}


def test_a_muted_integration_is_told_of_nowhere_and_its_failures_are(telling: Telling) -> None:
    muted = telling.late()
    telling.rows.add(Mute(integration_id=muted.id, by="U1", at=telling.clock()))
    telling.sweep()
    telling.failing(employer_id=muted.employer_id, carrier_id=muted.carrier_id)
    telling.route()
    assert [each.subject for each in telling.cards()] == ["alert:2"]
    assert telling.alert(1).recipients == 0


def test_quiet_hours_hold_a_new_card_back_and_edits_go_on(telling: Telling) -> None:
    telling.subscribe(OTHER, quiet_from=time(10), quiet_until=time(12, 30))
    integration = telling.failing()
    telling.route()
    card = telling.rows.one(Card, channel_id=OTHER)
    released = datetime(2025, 3, 12, 16, 30, tzinfo=UTC)
    assert card.due_at == released
    telling.recount(integration)
    assert telling.rows.one(Card, channel_id=OTHER).due_at == released
    telling.clock.at = released
    telling.post()
    telling.clock.at = released + DAY - timedelta(hours=1)
    telling.recount(integration)
    assert telling.rows.one(Card, channel_id=OTHER).due_at == telling.clock()


def test_routing_anew_in_quiet_hours_edits_what_stands_there_at_once(telling: Telling) -> None:
    telling.subscribe(OTHER)
    telling.failing()
    telling.tell()
    telling.subscribe(OTHER, quiet_from=time(10), quiet_until=time(12, 30))
    with telling.rows.sessions.write() as session:
        session.query(Alert).one().routed_at = None
        first = session.get_one(Card, telling.rows.one(Card, channel_id=OTHER).id)
        first.shown = first.wanted
    telling.route()
    assert telling.rows.one(Card, channel_id=OTHER).due_at == telling.clock()


def test_of_two_subscriptions_of_a_channel_the_one_that_is_awake_lets_it_through(telling: Telling) -> None:
    telling.subscribe(OTHER, quiet_from=time(10), quiet_until=time(12, 30))
    telling.subscribe(OTHER)
    telling.late()
    telling.sweep()
    telling.route()
    card = telling.rows.one(Card, channel_id=OTHER)
    assert (card.due_at, card.wanted, telling.alert().recipients) == (telling.clock(), 1, 2)


def test_failures_that_come_within_twenty_seconds_are_gathered(telling: Telling) -> None:
    integration = telling.failing()
    telling.route()
    [card] = telling.cards()
    assert card.due_at == telling.clock() + timedelta(seconds=20)
    telling.clock.forward(seconds=10)
    telling.rows.message(integration.id)
    telling.recount(integration, came=1)
    telling.route()
    assert telling.cards()[0].due_at == card.due_at
    telling.clock.forward(seconds=10)
    telling.post()
    assert telling.facts("alert:1").total == 2
    assert telling.cards("event") == []


def test_an_alert_that_was_over_before_its_card_was_posted_is_not_posted(telling: Telling) -> None:
    integration = telling.failing()
    telling.route()
    telling.clear(integration)
    telling.clock.forward(minutes=1)
    telling.post()
    [card] = telling.cards()
    assert (card.ts, card.due_at) == (None, None)


def test_the_most_severe_goes_first(telling: Telling) -> None:
    telling.late(lost_at=telling.clock())
    telling.late()
    telling.carrier_of(3)
    telling.failing()
    telling.rows.integration(
        status="pending", configured_at=telling.clock() - 46 * DAY, watch_at=telling.clock()
    )
    telling.sweep()
    raised(telling, Kind.UNREACHABLE, "exchange")
    raised(telling, Kind.STATUS, "integration:1/x", employer_id=1, carrier_id=1, integration_id=1)
    telling.route()
    by_rank = sorted(telling.cards(), key=lambda each: (each.rank, each.id))
    found = [telling.alert(int(each.subject.partition(":")[2])) for each in by_rank]
    assert [(each.kind, each.level) for each in found] == [
        ("unreachable", "down"),
        ("last_sync", "lost"),
        ("carrier", "late"),
        ("last_sync", "late"),
        ("failures", "failure"),
        ("status", "down"),
        ("pending", "waiting"),
    ]


def test_what_is_out_of_reach_is_for_the_operators_alone(telling: Telling) -> None:
    telling.subscribe(OTHER, kinds=KINDS)
    raised(telling, Kind.UNREACHABLE, "exchange")
    telling.route()
    assert telling.told_channels() == {OPERATORS}


def test_without_an_operators_channel_the_alerts_channel_hears_it(telling: Telling) -> None:
    telling.channels = Channels(ALERTS)
    telling.subscribe(ALERTS, kinds=["pending"])
    raised(telling, Kind.UNREACHABLE, "exchange")
    telling.route()
    assert telling.told_channels() == {ALERTS}


def test_replicas_route_an_alert_once(telling: Telling) -> None:
    for _ in range(3):
        telling.failing()
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: telling.route(), range(8))) == 3
    assert [each.wanted for each in telling.cards()] == [1, 1, 1]


def broken(telling: Telling, channel_id: str = OTHER, code: str = "is_archived") -> None:
    with telling.rows.sessions.write() as session:
        routing.broken(session, NOBODY, telling.clock(), channel_id, code)


def notice(telling: Telling) -> int:
    with telling.rows.sessions.write() as session:
        return routing.tell_of_broken(session, telling.clock(), telling.channels)


def test_a_channel_that_takes_no_posts_is_told_of_once(telling: Telling) -> None:
    telling.subscribe(OTHER)
    broken(telling)
    assert [notice(telling), notice(telling)] == [1, 0]
    [card] = telling.cards("route")
    assert card.channel_id == OPERATORS
    told = telling.facts(card.subject, OPERATORS)
    assert (told.channel_id, told.code, told.subscriptions, told.mended) == (OTHER, "is_archived", 1, False)


def test_the_channels_own_notice_goes_to_an_agency_user(telling: Telling) -> None:
    telling.channels = replace(telling.channels, operators=None)
    telling.subscribe(ALERTS)
    broken(telling, ALERTS)
    notice(telling)
    assert [each.channel_id for each in telling.cards("route")] == ["U0AGENCY01"]


def test_a_channel_that_nobody_subscribed_and_that_has_no_cards_is_none_of_our_business(
    telling: Telling,
) -> None:
    broken(telling)
    assert telling.rows.all(Channel) == []


def test_a_mended_channel_says_so_on_the_notice_and_may_break_anew(telling: Telling) -> None:
    telling.subscribe(OTHER)
    broken(telling)
    notice(telling)
    telling.post()
    with telling.rows.sessions.write() as session:
        routing.mended(session, NOBODY, telling.clock(), OTHER)
    [card] = telling.cards("route")
    assert card.due_at == telling.clock()
    assert telling.facts(card.subject, OPERATORS).mended
    telling.post()
    telling.clock.forward(hours=1)
    broken(telling, code="not_in_channel")
    assert notice(telling) == 1
    told = [telling.facts(each.subject, OPERATORS).mended for each in telling.cards("route")]
    assert told == [True, False]


def test_a_post_that_goes_through_mends_the_channel_and_its_notice(telling: Telling) -> None:
    telling.subscribe(OTHER)
    broken(telling)
    notice(telling)
    telling.post()
    with telling.rows.sessions.write() as session:
        delivery.mend(session, OTHER, telling.clock())
    assert telling.rows.one(Channel, id=OTHER).told_at is None
    assert telling.cards("route")[0].due_at == telling.clock()


def test_one_that_was_mended_before_anybody_was_told_is_told_of_to_nobody(telling: Telling) -> None:
    telling.subscribe(OTHER)
    broken(telling)
    notice(telling)
    with telling.rows.sessions.write() as session:
        routing.mended(session, NOBODY, telling.clock(), OTHER)
    with telling.rows.sessions.read() as session:
        card = session.query(Card).one()
        assert subjects.read_card(session, card, telling.clock(), telling.channels) is None
