"""The jobs as replicas run them: several at once, killed anywhere, with Slack and the exchange failing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from threading import Event, Lock
from typing import Any

import pytest
from outside import FakeChat, FakeExchange, Killed, integration_item, message_item, working_days
from rows import Clock, Rows

from bot.jobs import Jobs
from services import alerts, cards, changes, delivery
from services.access import Actor, Role
from services.cards import Facts, FailuresFacts, LastSyncFacts
from services.desk import Sessions
from services.errors import Doubtful, Rejected, Unavailable
from services.models import (
    Alert,
    Card,
    Change,
    Channel,
    Integration,
    Reading,
    Seen,
    SetAsideItem,
    Sync,
)
from services.ports import ChatMessage, Page, Status, SyncItem

ALERTS = "C0ALERTS01"
AGENCY = Actor("U0AGENCY01", Role.AGENCY, None)


def show(facts: Facts) -> ChatMessage:
    """What a card says, in one line."""
    if isinstance(facts, FailuresFacts):
        over = "closed" if facts.closed_at else "open"
        return ChatMessage(f"{facts.employer} {facts.carrier}: {facts.total} {over} v{facts.version}", [])
    if isinstance(facts, LastSyncFacts):
        over = facts.closed_because or facts.level
        return ChatMessage(f"{facts.employer} {facts.carrier}: {over} v{facts.version}", [])
    return ChatMessage(f"{facts.kind}: {facts.state}, {facts.status}, {facts.reason}", [])


class Desk(Rows):
    """A store with an exchange and a Slack beside it, and replicas that work on it."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        super().__init__(sessions, clock.at)
        self.clock, self.chat, self.exchange = clock, FakeChat(), FakeExchange()
        self.show: Callable[[Facts], ChatMessage] = show

    def replica(self, name: str = "one", channel: str | None = ALERTS) -> Jobs:
        return Jobs(
            self.sessions,
            self.clock,
            self.exchange,
            self.chat,
            lambda facts: self.show(facts),  # noqa: PLW0108  a test may change it later
            alerts_channel=channel,
            replica=name,
        )

    def alert(self, channel: str = ALERTS) -> int:
        """An open Failures alert that the channel must show."""
        integration = self.integration()
        self.message(integration.id)
        with self.sessions.write() as session:
            alerts.follow_failures(session, self.clock(), {(integration.employer_id, integration.carrier_id)})
            alerts.route(session, self.clock(), channel)
        return integration.id

    def change_alert(self, integration_id: int) -> None:
        """One more Failure."""
        self.message(integration_id)
        integration = self.one(Integration, id=integration_id)
        with self.sessions.write() as session:
            alerts.follow_failures(session, self.clock(), {(integration.employer_id, integration.carrier_id)})

    def deliver_until_calm(self, seconds: int = 600) -> None:
        """Let the time go on and a replica work until every card shows what it must."""
        for _ in range(seconds):
            self.replica().deliver()
            if all(card.due_at is None for card in self.all(Card)):
                return
            self.clock.forward(seconds=1)
        raise AssertionError("some cards are still due")

    def true_texts(self) -> Counter[str]:
        with self.sessions.read() as session:
            every = [session.get_one(Card, card.id) for card in self.all(Card)]
            return Counter(show(cards.facts(session, card, self.clock())).text for card in every)


@pytest.fixture
def desk(sessions: Sessions, clock: Clock) -> Desk:
    return Desk(sessions, clock)


def failing(*errors: BaseException) -> Callable[[str, str], None]:
    """Raise one error after the other, then no more."""
    left, lock = list(errors), Lock()

    def fail(_operation: str, _channel: str) -> None:
        with lock:
            error = left.pop(0) if left else None
        if error:
            raise error

    return fail


# Deliver


def test_an_open_alert_is_posted_once(desk: Desk) -> None:
    desk.alert()
    assert desk.replica().deliver() == 1
    assert desk.replica().deliver() == 0
    assert desk.chat.texts(ALERTS) == ["Harbor Bakery Guardian: 1 open v1"]


def test_changes_before_the_first_post_make_one_message(desk: Desk) -> None:
    integration_id = desk.alert()
    for _ in range(5):
        desk.change_alert(integration_id)
    desk.replica().deliver()
    assert desk.chat.texts(ALERTS) == ["Harbor Bakery Guardian: 6 open v6"]
    assert [each for each, _ in desk.chat.calls] == ["post"]


def test_changes_after_the_post_are_one_edit(desk: Desk) -> None:
    integration_id = desk.alert()
    desk.replica().deliver()
    for _ in range(5):
        desk.change_alert(integration_id)
    desk.replica().deliver()
    assert desk.chat.texts(ALERTS) == ["Harbor Bakery Guardian: 6 open v6"]
    assert [each for each, _ in desk.chat.calls] == ["post", "edit"]


def test_a_change_while_the_card_is_being_posted_is_shown_next(desk: Desk) -> None:
    integration_id = desk.alert()
    desk.chat.after = lambda operation, _: desk.change_alert(integration_id) if operation == "post" else None
    desk.replica().deliver()
    assert desk.chat.texts(ALERTS) == ["Harbor Bakery Guardian: 2 open v2"]
    card = desk.one(Card)
    assert (card.wanted, card.shown, card.due_at) == (2, 2, None)


def test_a_channel_hears_one_new_message_a_second_in_order(desk: Desk) -> None:
    for _ in range(3):
        desk.alert()
        desk.clock.forward(milliseconds=1)
    wanted = [card.key for card in desk.all(Card)]
    for heard in (1, 2, 3):
        desk.replica().deliver()
        assert [each.key for each in desk.chat.channels[ALERTS]] == wanted[:heard]
        desk.clock.forward(seconds=1)


def test_another_channel_does_not_wait_for_a_slow_one(desk: Desk) -> None:
    for _ in range(3):
        desk.alert()
    desk.alert("C0OTHER001")
    desk.replica().deliver()
    assert len(desk.chat.texts(ALERTS)) == 1
    assert len(desk.chat.texts("C0OTHER001")) == 1


def test_edits_are_not_paced(desk: Desk) -> None:
    ids = [desk.alert() for _ in range(8)]
    desk.deliver_until_calm()
    for each in ids:
        desk.change_alert(each)
    assert desk.replica().deliver() == 8


def test_when_slack_asks_to_wait_every_replica_waits_in_that_channel_alone(desk: Desk) -> None:
    first = desk.alert("C0OTHER001")
    desk.deliver_until_calm()
    desk.alert()
    desk.chat.before = lambda _, channel: (
        failing(Unavailable("Slack asks to wait.", retry_after=30))("", "") if channel == ALERTS else None
    )
    desk.replica().deliver()
    desk.chat.before = lambda *_: None
    desk.change_alert(first)
    desk.clock.forward(seconds=29)
    desk.alert()
    assert desk.replica("two").deliver() == 1
    assert desk.chat.texts(ALERTS) == []
    desk.clock.forward(seconds=1)
    assert desk.replica("two").deliver() == 1


def test_a_message_that_somebody_deleted_is_posted_anew(desk: Desk) -> None:
    integration_id = desk.alert()
    desk.replica().deliver()
    desk.chat.channels[ALERTS].clear()
    desk.change_alert(integration_id)
    desk.deliver_until_calm()
    assert desk.chat.texts(ALERTS) == ["Harbor Bakery Guardian: 2 open v2"]


@pytest.mark.parametrize("code", ["channel_not_found", "is_archived", "not_in_channel", "token_revoked"])
def test_a_channel_that_takes_no_posts_is_marked_and_left_alone(desk: Desk, code: str) -> None:
    desk.alert()
    desk.alert()
    desk.chat.before = lambda *_: failing(Rejected("Slack refused.", code))("", "")
    desk.replica().deliver()
    desk.clock.forward(minutes=59)
    desk.replica().deliver()
    assert len(desk.chat.calls) == 1
    assert desk.one(Channel).broken_code == code


def test_a_broken_channel_is_tried_again_after_an_hour_and_mends_itself(desk: Desk) -> None:
    desk.alert()
    desk.chat.before = failing(Rejected("Slack refused.", "not_in_channel"))
    desk.replica().deliver()
    desk.clock.forward(hours=1)
    desk.replica().deliver()
    assert len(desk.chat.texts(ALERTS)) == 1
    assert desk.one(Channel).broken_at is None


def test_a_card_that_cannot_be_rendered_is_set_aside_and_blocks_no_other(desk: Desk) -> None:
    poison = desk.alert()
    desk.alert()
    employer_id = desk.one(Integration, id=poison).employer_id

    def show_others(facts: Facts) -> ChatMessage:
        if isinstance(facts, FailuresFacts) and facts.employer_id == employer_id:
            raise KeyError("carrier")
        return show(facts)

    desk.show = show_others
    desk.deliver_until_calm()
    assert len(desk.chat.texts(ALERTS)) == 1
    card = desk.all(Card)[0]
    assert (card.due_at, card.failure, card.shown) == (None, "KeyError", 0)


def test_a_card_that_was_set_aside_is_tried_again_when_it_changes(desk: Desk) -> None:
    integration_id = desk.alert()
    desk.show = lambda _: ChatMessage(str(1 // 0), [])
    desk.deliver_until_calm()
    desk.show = show
    desk.change_alert(integration_id)
    desk.deliver_until_calm()
    assert len(desk.chat.texts(ALERTS)) == 1


def test_a_card_that_slack_refuses_for_its_content_is_set_aside(desk: Desk) -> None:
    desk.alert()
    desk.chat.before = lambda *_: failing(Rejected("Slack refused.", "invalid_blocks"))("", "")
    desk.deliver_until_calm()
    assert len(desk.chat.calls) == delivery.TRIES
    assert desk.one(Card).failure == "invalid_blocks"


def test_an_outage_of_slack_loses_nothing_and_sets_nothing_aside(desk: Desk) -> None:
    for _ in range(3):
        desk.alert()
    desk.chat.before = lambda *_: failing(Unavailable("Slack does not answer."))("", "")
    for _ in range(60):
        desk.replica().deliver()
        desk.clock.forward(minutes=1)
    tried = len(desk.chat.calls)
    desk.chat.before = lambda *_: None
    desk.deliver_until_calm()
    assert len(desk.chat.texts(ALERTS)) == 3
    assert tried <= 3 * 40


@pytest.mark.parametrize(
    "end",
    [Doubtful("No answer came."), Killed(), TimeoutError("a surprise")],
    ids=lambda end: type(end).__name__,
)
def test_a_post_without_an_answer_is_looked_up_and_not_repeated(desk: Desk, end: BaseException) -> None:
    desk.alert()
    desk.chat.after = failing(end)
    with suppress(Killed):
        desk.replica().deliver()
    desk.clock.forward(seconds=delivery.LEASE.total_seconds())
    desk.deliver_until_calm()
    assert len(desk.chat.texts(ALERTS)) == 1
    assert "find" in [each for each, _ in desk.chat.calls]


def test_a_post_that_never_happened_is_made_after_the_look_up(desk: Desk) -> None:
    desk.alert()
    desk.chat.before = failing(Doubtful("No answer came."))
    desk.deliver_until_calm()
    assert len(desk.chat.texts(ALERTS)) == 1


def test_a_look_up_that_fails_leaves_the_post_in_doubt(desk: Desk) -> None:
    desk.alert()
    desk.chat.after = failing(Doubtful("No answer came."))
    desk.replica().deliver()
    desk.chat.before = failing(
        Unavailable("Slack does not answer."), Rejected("Slack refused.", "fatal_error")
    )
    desk.deliver_until_calm()
    assert len(desk.chat.texts(ALERTS)) == 1


def test_a_replica_that_wakes_after_its_lease_posts_nothing(desk: Desk) -> None:
    desk.alert()

    def sleep_through_the_lease(facts: Facts) -> ChatMessage:
        desk.show = show
        desk.clock.forward(seconds=delivery.LEASE.total_seconds())
        assert desk.replica("two").deliver() == 1
        return show(facts)

    desk.show = sleep_through_the_lease
    assert desk.replica("one").deliver() == 0
    assert [each for each, _ in desk.chat.calls] == ["post"]


def test_a_replica_whose_lease_is_nearly_over_leaves_the_card_to_others(desk: Desk) -> None:
    desk.alert()

    def dawdle(facts: Facts) -> ChatMessage:
        desk.clock.forward(seconds=(delivery.LEASE - delivery.LONGEST_CALL).total_seconds() + 1)
        return show(facts)

    desk.show = dawdle
    assert desk.replica().deliver() == 0
    assert desk.chat.calls == []


class Storm:
    """A twentieth of Slack's calls ends in a crash or without an answer, before or after its effect."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.ids = desk, [desk.alert(f"C{number % 12:09}") for number in range(60)]
        self.random, self.lock = Random(7), Lock()  # noqa: S311  seeded on purpose
        self.crashes, self.over = 0, Event()
        desk.chat.before = desk.chat.after = self.strike

    def strike(self, _operation: str, _channel: str) -> None:
        with self.lock:
            drawn = self.random.random()
            self.crashes += drawn < 0.05
        if drawn < 0.03:
            raise Killed
        if drawn < 0.05:
            raise Doubtful("No answer came.")

    def work(self, name: str) -> None:
        while not self.over.is_set():
            with suppress(Killed):
                self.desk.replica(name).deliver()

    def stir(self) -> None:
        for number in range(300):
            self.desk.change_alert(self.ids[number % 60])
            if number % 2 == 0:
                self.desk.clock.forward(seconds=1)
        self.over.set()

    def blow(self) -> None:
        with ThreadPoolExecutor(5) as pool:
            workers = [pool.submit(self.work, f"replica {each}") for each in range(4)]
            try:
                self.stir()
            finally:
                self.over.set()
        for done in workers:
            done.result()
        self.desk.chat.before = self.desk.chat.after = lambda *_: None
        self.desk.clock.forward(seconds=delivery.LEASE.total_seconds())


def test_four_replicas_that_die_while_posting_show_every_card_once_and_truly(desk: Desk) -> None:
    storm = Storm(desk)
    storm.blow()
    desk.deliver_until_calm()
    posted = [each for channel in desk.chat.channels.values() for each in channel]
    assert storm.crashes > 5
    assert Counter(each.key for each in posted) == Counter(card.key for card in desk.all(Card))
    assert Counter(each.text for each in posted) == desk.true_texts()


def test_two_replicas_at_once_post_a_card_once(desk: Desk) -> None:
    for number in range(20):
        desk.alert(f"C{number:09}")
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(desk.replica(f"replica {each}").deliver) for each in range(4)]
    assert sum(each.result() for each in done) == 20
    assert all(len(each) == 1 for each in desk.chat.channels.values())


# Poll and freshness


def news(desk: Desk, *syncs: datetime, **columns: Any) -> None:
    """Have the exchange report one integration and its syncs."""
    desk.exchange.integration_pages = [Page([integration_item(**columns)])]
    desk.exchange.sync_pages = [Page([SyncItem("int_a", each) for each in syncs], updated_to=desk.clock())]


def test_a_carrier_that_goes_silent_is_late_then_lost_then_closed_when_it_syncs(desk: Desk) -> None:
    news(desk, *working_days(desk.clock()))
    desk.replica().poll()
    told = []
    for _ in range(20):
        desk.clock.forward(days=1)
        desk.exchange.sync_pages = []
        desk.replica().poll()
        desk.replica().freshness()
        desk.deliver_until_calm()
        told += [text for text in desk.chat.texts(ALERTS) if text not in told]
    news(desk, desk.clock())
    desk.replica().poll()
    desk.deliver_until_calm()
    told += desk.chat.texts(ALERTS)
    assert [text.split(": ")[1] for text in told] == ["late v1", "lost v2", "synced v3"]
    assert len(desk.chat.channels[ALERTS]) == 1


def test_a_silent_exchange_makes_no_carrier_late(desk: Desk) -> None:
    news(desk, *working_days(desk.clock()))
    desk.replica().poll()
    desk.exchange.sync_pages = [Unavailable("The exchange does not answer.")]
    for _ in range(20):
        desk.clock.forward(days=1)
        desk.replica().poll()
        desk.replica().freshness()
    assert desk.all(Alert) == []


def test_catching_up_after_days_makes_nobody_late_on_the_way(desk: Desk) -> None:
    start = desk.clock()
    news(desk, *working_days(start))
    desk.replica().poll()
    desk.clock.forward(days=14)
    desk.replica().freshness()
    news(desk, *working_days(desk.clock(), days=14))
    desk.replica().poll()
    desk.replica().freshness()
    assert desk.all(Alert) == []


def test_a_first_reading_of_old_history_alerts_only_what_is_late_at_its_end(desk: Desk) -> None:
    times = working_days(desk.clock())
    news(desk)
    desk.exchange.sync_pages = [Page([SyncItem("int_a", each)]) for each in times]
    desk.exchange.between = desk.replica("two").freshness
    desk.replica().poll()
    desk.replica().freshness()
    assert desk.all(Alert) == []


def test_the_freshness_job_looks_once_at_what_it_has_alerted(desk: Desk) -> None:
    desk.add(Reading(stream="syncs", read_at=desk.clock()))
    desk.integration(
        due_at=desk.clock() - timedelta(hours=1),
        watch_at=desk.clock() - timedelta(hours=1),
        lost_at=desk.clock() + timedelta(days=3),
    )
    assert [desk.replica().freshness() for _ in range(3)] == [1, 0, 0]
    kept = desk.one(Integration)
    assert (kept.watch_at, kept.due_at) == (kept.lost_at, desk.clock() - timedelta(hours=1))


def test_replicas_that_look_at_once_open_one_alert_a_cause(desk: Desk) -> None:
    desk.add(Reading(stream="syncs", read_at=desk.clock()))
    for _ in range(30):
        desk.integration(due_at=desk.clock(), watch_at=desk.clock())
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(desk.replica(f"replica {each}").freshness) for each in range(4)]
    assert sum(each.result() for each in done) == 30
    assert len(desk.all(Alert)) == len(desk.all(Card)) == 30


def test_without_an_alerts_channel_alerts_are_opened_and_later_posted_where_one_is_set(desk: Desk) -> None:
    desk.exchange.integration_pages = [Page([integration_item()])]
    desk.exchange.message_pages = [Page([message_item()])]
    desk.replica(channel=None).poll()
    assert (len(desk.all(Alert)), desk.all(Card)) == (1, [])
    desk.replica().freshness()
    desk.replica().deliver()
    assert len(desk.chat.texts(ALERTS)) == 1


def test_failures_that_clear_close_the_card(desk: Desk) -> None:
    desk.exchange.integration_pages = [Page([integration_item()])]
    desk.exchange.message_pages = [Page([message_item("msg_a"), message_item("msg_b")])]
    desk.replica().poll()
    desk.deliver_until_calm()
    over: dict[str, Any] = {"state": "resolved", "resolved_at": desk.clock(), "updated_at": desk.clock()}
    for ref, text in (("msg_a", "1 open v2"), ("msg_b", "0 closed v3")):
        desk.exchange.message_pages = [Page([message_item(ref, **over)])]
        desk.replica().poll()
        desk.deliver_until_calm()
        assert desk.chat.texts(ALERTS) == [f"Harbor Bakery Guardian: {text}"]


def test_polling_the_same_again_edits_no_card(desk: Desk) -> None:
    desk.exchange.integration_pages = [Page([integration_item()])]
    desk.exchange.message_pages = [Page([message_item("msg_a"), message_item("msg_b")])]
    for _ in range(3):
        desk.replica().poll()
        desk.deliver_until_calm()
    assert [each for each, _ in desk.chat.calls] == ["post"]


def test_a_poll_that_dies_midway_goes_on_from_where_it_began(desk: Desk) -> None:
    times = working_days(desk.clock())
    news(desk)
    whole = [Page([SyncItem("int_a", each)], updated_to=each) for each in times]
    desk.exchange.sync_pages = [*whole[:3], Unavailable("The exchange does not answer.")]
    desk.replica().poll()
    reading = desk.one(Reading, stream="syncs")
    assert (len(desk.all(Sync)), reading.since, reading.read_at) == (3, None, None)
    desk.exchange.sync_pages = list(whole)
    desk.replica().poll()
    assert len(desk.all(Sync)) == len(times)
    assert desk.one(Reading, stream="syncs").since == times[-1]


def test_the_next_reading_starts_where_the_last_complete_one_ended(desk: Desk) -> None:
    news(desk, desk.clock())
    desk.replica().poll()
    desk.replica().poll()
    assert [since for stream, since in desk.exchange.asked if stream == "syncs"] == [None, desk.clock()]


@pytest.mark.parametrize("error", [Unavailable("The exchange does not answer."), ValueError("a surprise")])
def test_a_failing_stream_stops_no_other_and_says_since_when(desk: Desk, error: Exception) -> None:
    news(desk)
    desk.exchange.sync_pages = [error]
    desk.exchange.message_pages = [Page([message_item()])]
    since = desk.clock()
    desk.replica().poll()
    desk.clock.forward(minutes=5)
    desk.replica().poll()
    states = {each.stream: each for each in desk.all(Reading)}
    assert len(desk.all(Alert)) == 1
    assert (states["syncs"].failing_since, states["messages"].failing_since) == (since, None)
    assert "surprise" not in (states["syncs"].failure or "")
    desk.exchange.sync_pages = []
    desk.replica().poll()
    assert (desk.one(Reading, stream="syncs").failing_since, desk.one(Reading, stream="syncs").failure) == (
        None,
        None,
    )


def test_a_sync_that_comes_before_its_integration_is_taken_once_that_is_known(desk: Desk) -> None:
    desk.exchange.sync_pages = [Page([SyncItem("int_a", desk.clock())], updated_to=desk.clock())]
    desk.replica().poll()
    desk.exchange.integration_pages = [Page([integration_item()])]
    desk.replica().poll()
    assert len(desk.all(Sync)) == 1
    assert desk.exchange.asked[-2] == ("syncs", None)


def test_replicas_that_poll_at_once_agree(desk: Desk) -> None:
    times = working_days(desk.clock())
    refs = [f"int_{each}" for each in range(20)]
    desk.exchange.integration_pages = [
        Page([integration_item(each, employer_ref=f"emp_{each}") for each in refs])
    ]
    desk.exchange.sync_pages = [Page([SyncItem(each, at) for each in refs]) for at in times]
    desk.exchange.message_pages = [Page([message_item(f"msg_{each}", each) for each in refs])]
    with ThreadPoolExecutor(3) as pool:
        done = [pool.submit(desk.replica(f"replica {each}").poll) for each in range(3)]
    assert {each.result() for each in done} == {20 + 20 * len(times) + 20}
    assert len(desk.all(Sync)) == 20 * len(times)
    assert len(desk.all(Alert)) == len(desk.all(Card)) == 20


# Changes


@pytest.fixture
def disabled(desk: Desk) -> int:
    item = integration_item(status=Status.DISABLED, group_number=None)
    desk.exchange.items[item.ref] = item
    desk.exchange.integration_pages = [Page([item])]
    desk.replica().poll()
    return desk.one(Integration).id


def ask(desk: Desk, integration_id: int, kind: str = "activate", number: str | None = "G-77") -> None:
    with desk.sessions.write() as session:
        changes.request(session, AGENCY, desk.clock(), integration_id, kind, number)


def own_card(desk: Desk) -> list[str]:
    desk.deliver_until_calm()
    return desk.chat.texts(AGENCY.user_id)


def test_a_change_is_sent_and_its_answer_is_news(desk: Desk, disabled: int) -> None:
    ask(desk, disabled)
    assert own_card(desk) == ["activate: queued, disabled, None"]
    assert desk.replica().send_changes() == 1
    kept = desk.one(Integration)
    assert (kept.status, kept.group_number) == ("pending", "G-77")
    assert own_card(desk) == ["activate: done, pending, None"]


@pytest.mark.parametrize(
    ("kind", "number", "effect"),
    [
        ("deactivate", None, "deactivate int_a"),
        ("group_number", "G-78", "group number int_a G-78"),
    ],
)
def test_every_kind_of_change_reaches_the_exchange(
    desk: Desk, disabled: int, kind: str, number: str | None, effect: str
) -> None:
    active = replace(integration_item(), updated_at=desk.clock())
    desk.exchange.items["int_a"], desk.exchange.integration_pages = active, [Page([active])]
    desk.replica().poll()
    ask(desk, disabled, kind, number)
    desk.replica().send_changes()
    assert desk.exchange.effects == [effect]


def test_a_change_that_the_exchange_refuses_says_why(desk: Desk, disabled: int) -> None:
    def refuse(_what: str) -> None:
        raise Rejected("Guardian knows no such group number.")

    desk.exchange.answer = refuse
    ask(desk, disabled)
    desk.replica().send_changes()
    assert desk.one(Change).state == "refused"
    assert own_card(desk) == ["activate: refused, disabled, Guardian knows no such group number."]


def test_while_the_exchange_is_away_the_change_waits_and_its_card_says_so(desk: Desk, disabled: int) -> None:
    def away(_what: str) -> None:
        raise Unavailable("The exchange asks to wait.", retry_after=40)

    desk.exchange.answer = away
    ask(desk, disabled)
    desk.replica().send_changes()
    assert desk.one(Change).due_at == desk.clock() + timedelta(seconds=40)
    assert own_card(desk) == ["activate: queued, disabled, The exchange asks to wait."]
    desk.exchange.answer = lambda _: None
    desk.clock.forward(seconds=40)
    desk.replica().send_changes()
    assert own_card(desk) == ["activate: done, pending, None"]


@pytest.mark.parametrize(
    "end", [Killed(), Unavailable("No answer."), TimeoutError()], ids=lambda end: type(end).__name__
)
def test_a_change_whose_answer_was_lost_has_the_effect_of_once(
    desk: Desk, disabled: int, end: BaseException
) -> None:
    ends = [end]

    def lose(_what: str) -> None:
        if ends:
            raise ends.pop()

    desk.exchange.afterwards = lose
    ask(desk, disabled)
    with suppress(Killed):
        desk.replica().send_changes()
    desk.clock.forward(minutes=10)
    assert desk.replica("two").send_changes() == 1
    assert desk.exchange.effects == ["activate int_a G-77"]
    assert list(desk.exchange.keys.values()) == [2]


def test_replicas_that_send_at_once_send_each_change_once(desk: Desk, disabled: int) -> None:
    ask(desk, disabled)
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(desk.replica(f"replica {each}").send_changes) for each in range(4)]
    assert sum(each.result() for each in done) == 1
    assert list(desk.exchange.keys.values()) == [1]


# Prune


def test_what_is_too_old_is_forgotten_and_the_rest_is_kept(desk: Desk) -> None:
    now, each = desk.clock(), desk.integration().id
    desk.add(
        Seen(key="old", at=now - timedelta(days=2, seconds=1)),
        Seen(key="new", at=now - timedelta(days=2)),
        Sync(integration_id=each, synced_at=now - timedelta(days=401)),
        Sync(integration_id=each, synced_at=now - timedelta(days=399)),
        SetAsideItem(stream="syncs", ref="a", reason="r", last_at=now - timedelta(days=91)),
        SetAsideItem(stream="syncs", ref="b", reason="r", last_at=now - timedelta(days=89)),
    )
    assert desk.replica().prune() == 3
    assert [row.key for row in desk.all(Seen)] == ["new"]
    assert len(desk.all(Sync)) == len(desk.all(SetAsideItem)) == 1


def test_more_than_one_batch_is_forgotten(desk: Desk) -> None:
    old = desk.clock() - timedelta(days=3)
    desk.add(*(Seen(key=str(number), at=old) for number in range(2500)))
    assert desk.replica().prune() == 2500
    assert desk.all(Seen) == []
