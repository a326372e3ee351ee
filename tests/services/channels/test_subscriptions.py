"""What a channel hears, as people choose it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from services.access import Actor, Role
from services.cards import delivery
from services.channels import subscriptions
from services.channels.subscriptions import KINDS, SubscriptionView, Wish
from services.errors import Invalid, NotAllowed, NotFound
from services.store.alerts import Card, Channel, Kind, Subscription
from services.store.people import AuditEvent
from tests.services.telling import AGENCY, ALERTS, Telling

CHANNEL = "C0BAKERY"
WISH = Wish(CHANNEL, KINDS)


@pytest.fixture
def mine(telling: Telling) -> int:
    return telling.on_time().employer_id


@pytest.fixture
def broker(mine: int) -> Actor:
    return Actor("U0BROKER", Role.BROKER, frozenset({mine}))


def do(telling: Telling, use_case: Callable[..., Any], actor: Actor, *args: Any, **kwargs: Any) -> Any:
    with telling.rows.sessions.write() as session:
        return use_case(session, actor, telling.clock(), *args, **kwargs)


def save(
    telling: Telling, wish: Wish = WISH, actor: Actor = AGENCY, key: str = "V1", changed: int | None = None
) -> SubscriptionView:
    made: SubscriptionView = do(telling, subscriptions.save, actor, wish, changed, key=key)
    return made


def test_a_subscription_keeps_all_that_was_chosen(telling: Telling, mine: int) -> None:
    carrier = telling.on_time(employer_id=mine).carrier_id
    wish = Wish(
        CHANNEL,
        (Kind.FAILURES, Kind.LAST_SYNC),
        (mine,),
        (carrier,),
        mention="S0TEAM",
        time_zone="America/Chicago",
        quiet_from=time(20),
        quiet_until=time(7),
        digest_at=time(8, 30),
    )
    made = save(telling, wish)
    assert made == do(telling, subscriptions.detail, AGENCY, made.id)
    assert (made.kinds, made.mention, made.time_zone) == (
        (Kind.LAST_SYNC, Kind.FAILURES),
        "S0TEAM",
        "America/Chicago",
    )
    assert (made.quiet_from, made.quiet_until, made.digest_at) == (time(20), time(7), time(8, 30))
    assert [each.id for each in (*made.employers, *made.carriers)] == [mine, carrier]
    thursday = datetime(2025, 3, 13, 13, 30, tzinfo=UTC)
    assert telling.rows.one(Subscription).next_digest_at == thursday
    assert telling.rows.one(AuditEvent).event == "subscription.made"


def test_a_change_replaces_what_was_chosen(telling: Telling, mine: int) -> None:
    made = save(telling, replace(WISH, employer_ids=(mine,), digest_at=time(9)))
    other = telling.on_time().employer_id
    changed = save(telling, replace(WISH, employer_ids=(other,)), key="V2", changed=made.id)
    assert (changed.id, [each.id for each in changed.employers], changed.digest_at) == (
        made.id,
        [other],
        None,
    )
    assert telling.rows.one(Subscription).next_digest_at is None
    assert [each.event for each in telling.rows.all(AuditEvent)][1:] == ["subscription.changed"]


def test_the_same_form_twice_makes_one(telling: Telling) -> None:
    assert save(telling) == save(telling)
    assert len(telling.rows.all(Subscription)) == len(telling.rows.all(AuditEvent)) == 1


def test_a_form_delivered_several_times_at_once_makes_one(telling: Telling) -> None:
    with ThreadPoolExecutor(4) as pool:
        views = list(pool.map(lambda _: save(telling), range(8)))
    assert {each.id for each in views} == {1}
    assert len(telling.rows.all(Subscription)) == len(telling.rows.all(AuditEvent)) == 1


def test_a_change_delivered_several_times_at_once_is_one(telling: Telling) -> None:
    made = save(telling)
    wish = replace(WISH, kinds=(Kind.PENDING,))
    with ThreadPoolExecutor(4) as pool:
        views = list(pool.map(lambda _: save(telling, wish, key="V2", changed=made.id), range(8)))
    assert {each.kinds for each in views} == {(Kind.PENDING,)}
    assert len(telling.rows.all(AuditEvent)) == 2


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"channel_id": "U0SOMEBODY"}, "channel"),
        ({"kinds": ()}, "kinds"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"mention": "everyone"}, "mention"),
        ({"quiet_from": time(20)}, "quiet_until"),
        ({"quiet_until": time(7)}, "quiet_from"),
        ({"quiet_from": time(7), "quiet_until": time(7)}, "quiet_until"),
        ({"employer_ids": (999,)}, "employers"),
        ({"carrier_ids": (999,)}, "carriers"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_was_entered(
    telling: Telling, columns: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        save(telling, replace(WISH, **columns))
    assert set(refused.value.fields) == {field}
    assert telling.rows.all(Subscription) == []


def test_a_digest_alone_is_enough(telling: Telling) -> None:
    assert save(telling, replace(WISH, kinds=(), digest_at=time(9))).kinds == ()


def test_one_may_subscribe_a_channel_only_to_what_one_may_see(
    telling: Telling, broker: Actor, mine: int
) -> None:
    other = telling.on_time()
    for columns, field in [
        ({"employer_ids": (mine, other.employer_id)}, "employers"),
        ({"carrier_ids": (other.carrier_id,)}, "carriers"),
    ]:
        with pytest.raises(Invalid) as refused:
            save(telling, replace(WISH, **columns), broker)
        assert set(refused.value.fields) == {field}
    made = save(telling, replace(WISH, employer_ids=(mine,)), broker)
    assert (made.owner, made.may_edit) == (broker.user_id, True)


@pytest.mark.parametrize("role", [Role.EMPLOYER, Role.READ_ONLY])
def test_employer_and_hr_users_subscribe_nothing(telling: Telling, mine: int, role: Role) -> None:
    actor = Actor("U0HR", role, frozenset({mine}))
    with pytest.raises(NotAllowed):
        save(telling, WISH, actor)
    with pytest.raises(NotAllowed):
        do(telling, subscriptions.listing, actor)
    with pytest.raises(NotAllowed):
        do(telling, subscriptions.test, actor, CHANNEL, key="K")
    do(telling, subscriptions.offer, actor, CHANNEL)
    assert telling.rows.all(Card) == []


def test_others_subscriptions_are_shown_to_the_agency_alone(telling: Telling, broker: Actor) -> None:
    agencys, brokers = save(telling), save(telling, WISH, broker, "V2")
    assert [each.id for each in do(telling, subscriptions.listing, broker).lines] == [brokers.id]
    assert [each.id for each in do(telling, subscriptions.listing, AGENCY).lines] == [agencys.id, brokers.id]
    for use_case in (subscriptions.detail, subscriptions.remove):
        with pytest.raises(NotFound):
            do(telling, use_case, broker, agencys.id)
    with pytest.raises(NotFound):
        save(telling, WISH, broker, "V3", changed=agencys.id)


def test_an_agency_users_change_leaves_the_subscription_its_owner(telling: Telling, broker: Actor) -> None:
    made = save(telling, WISH, broker)
    assert save(telling, WISH, AGENCY, "V2", changed=made.id).owner == broker.user_id


def test_a_removed_subscription_is_gone_and_its_cards_stay(telling: Telling) -> None:
    made = save(telling)
    telling.failing()
    telling.tell()
    do(telling, subscriptions.remove, AGENCY, made.id)
    assert telling.rows.all(Subscription) == []
    assert {each.channel_id for each in telling.cards()} == {CHANNEL, "C0ALERTS"}
    assert [each.event for each in telling.rows.all(AuditEvent)][1:] == ["subscription.removed"]
    with pytest.raises(NotFound):
        do(telling, subscriptions.remove, AGENCY, made.id)


def test_subscriptions_page(telling: Telling) -> None:
    for number in range(10):
        save(telling, replace(WISH, channel_id=f"C0{number:02}"), key=f"V{number}")
    first, second = (do(telling, subscriptions.listing, AGENCY, page) for page in (1, 2))
    assert [len(first.lines), len(second.lines)] == [8, 2]
    assert first.place.total == 10


def test_a_channel_hears_at_once_what_is_open_of_what_it_chose(telling: Telling) -> None:
    mine, _ = telling.failing(), telling.failing()
    telling.tell()
    save(telling, Wish(CHANNEL, KINDS, (mine.employer_id,)))
    telling.route()
    assert [each.subject for each in telling.cards() if each.channel_id == CHANNEL] == ["alert:1"]
    telling.post()
    save(telling, Wish(CHANNEL, KINDS, (mine.employer_id,)), key="V2")
    assert telling.route() == 0


@pytest.mark.parametrize("kinds", [(Kind.PENDING,), (Kind.LAST_SYNC,)])
def test_of_other_kinds_it_hears_nothing(telling: Telling, kinds: tuple[Kind, ...]) -> None:
    telling.failing()
    telling.tell()
    save(telling, Wish(CHANNEL, kinds))
    assert telling.route() == 0


def test_the_alerts_channel_hears_the_rest_once_its_subscription_is_removed(telling: Telling) -> None:
    made = save(telling, Wish(ALERTS, (Kind.PENDING,)))
    telling.failing()
    telling.tell()
    assert telling.told_channels() == set()
    do(telling, subscriptions.remove, AGENCY, made.id)
    telling.route()
    assert telling.told_channels() == {ALERTS}


def test_who_invites_the_bot_back_to_a_channel_that_hears_is_asked_nothing(telling: Telling) -> None:
    save(telling)
    do(telling, subscriptions.offer, AGENCY, CHANNEL)
    assert telling.cards() == []


def test_a_sample_takes_the_path_of_alerts_and_arrives(telling: Telling) -> None:
    sample = do(telling, subscriptions.test, AGENCY, CHANNEL, key="K")
    assert sample == do(telling, subscriptions.test, AGENCY, CHANNEL, key="K")
    assert (sample.state, len(telling.cards("sample"))) == ("waiting", 1)
    told = telling.facts(f"sample:{sample.id}", CHANNEL)
    assert (told.channel_id, told.requested_by) == (CHANNEL, AGENCY.user_id)
    telling.post()
    assert do(telling, subscriptions.arrived, AGENCY, sample.id).state == "arrived"


def test_a_sample_goes_to_a_channel(telling: Telling) -> None:
    with pytest.raises(Invalid) as refused:
        do(telling, subscriptions.test, AGENCY, "D0MESSAGES", key="K")
    assert set(refused.value.fields) == {"channel"}


def test_a_sample_that_slack_refuses_says_why(telling: Telling) -> None:
    sample = do(telling, subscriptions.test, AGENCY, CHANNEL, key="K")
    telling.rows.add(Channel(id=CHANNEL, broken_at=telling.clock(), broken_code="not_in_channel"))
    seen = do(telling, subscriptions.arrived, AGENCY, sample.id)
    assert (seen.state, seen.code) == ("failed", "not_in_channel")


def test_somebody_elses_sample_is_not_told_of(telling: Telling, broker: Actor) -> None:
    sample = do(telling, subscriptions.test, AGENCY, CHANNEL, key="K")
    with pytest.raises(NotFound):
        do(telling, subscriptions.arrived, broker, sample.id)


def test_who_invites_the_bot_is_offered_the_form_in_their_own_messages(
    telling: Telling, broker: Actor
) -> None:
    do(telling, subscriptions.offer, broker, CHANNEL)
    [card] = telling.cards("offer")
    assert card.channel_id == broker.user_id
    assert telling.facts(card.subject, card.channel_id).channel_id == CHANNEL


def test_a_broken_channel_says_so_on_its_subscription_until_it_is_mended(telling: Telling) -> None:
    made = save(telling)
    telling.rows.add(Channel(id=CHANNEL, broken_at=telling.clock(), broken_code="is_archived"))
    assert do(telling, subscriptions.detail, AGENCY, made.id).broken_code == "is_archived"
    with telling.rows.sessions.write() as session:
        delivery.mend(session, CHANNEL, telling.clock() + timedelta(hours=1))
    assert do(telling, subscriptions.detail, AGENCY, made.id).broken_code is None
