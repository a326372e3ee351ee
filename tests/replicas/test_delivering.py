"""Cards on their way to Slack: several replicas at once, killed anywhere, with Slack failing."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random
from threading import Event, Lock

import pytest

from services import outbox
from services.alerts.failures import FailuresCard
from services.errors import Doubtful, Rejected, Unavailable
from services.ports import ChatMessage
from services.store.alerts import Card, Channel
from services.store.exchange import Integration
from services.subjects import AnyCard
from tests.outside import Killed
from tests.replicas.office import ALERTS, OPERATORS, Office, failing, show


def test_an_open_alert_is_posted_once(office: Office) -> None:
    office.alert()
    assert office.replica().deliver() == 1
    assert office.replica().deliver() == 0
    assert office.chat.texts(ALERTS) == ["Harbor Bakery Guardian: 1 open v1"]


def test_changes_before_the_first_post_make_one_message(office: Office) -> None:
    integration_id = office.alert()
    for _ in range(5):
        office.change_alert(integration_id)
    office.replica().deliver()
    assert office.chat.texts(ALERTS) == ["Harbor Bakery Guardian: 6 open v6"]
    assert [each for each, _ in office.chat.calls] == ["post"]


def test_changes_after_the_post_are_one_edit(office: Office) -> None:
    integration_id = office.alert()
    office.replica().deliver()
    for _ in range(5):
        office.change_alert(integration_id)
    office.replica().deliver()
    assert office.chat.texts(ALERTS) == ["Harbor Bakery Guardian: 6 open v6"]
    assert [each for each, _ in office.chat.calls] == ["post", "edit"]


def test_changes_while_the_card_is_being_posted_are_one_edit_a_moment_later(office: Office) -> None:
    integration_id = office.alert()
    office.chat.after = lambda operation, _: (
        office.change_alert(integration_id) if operation == "post" else None
    )
    office.replica().deliver()
    assert office.replica().deliver() == 0
    office.clock.forward(seconds=1)
    office.replica().deliver()
    assert office.chat.texts(ALERTS) == ["Harbor Bakery Guardian: 2 open v2"]
    card = office.one(Card)
    assert (card.wanted, card.shown, card.due_at) == (2, 2, None)


def test_a_channel_hears_one_new_message_a_second_in_order(office: Office) -> None:
    for _ in range(3):
        office.alert()
        office.clock.forward(milliseconds=1)
    wanted = [card.key for card in office.all(Card)]
    for heard in (1, 2, 3):
        office.replica().deliver()
        assert [each.key for each in office.chat.channels[ALERTS]] == wanted[:heard]
        office.clock.forward(seconds=1)


def test_another_channel_does_not_wait_for_a_slow_one(office: Office) -> None:
    for _ in range(3):
        office.alert()
    office.alert("C0OTHER001")
    office.replica().deliver()
    assert len(office.chat.texts(ALERTS)) == 1
    assert len(office.chat.texts("C0OTHER001")) == 1


def test_edits_are_not_paced(office: Office) -> None:
    ids = [office.alert() for _ in range(8)]
    office.deliver_until_calm()
    for each in ids:
        office.change_alert(each)
    assert office.replica().deliver() == 8


def test_when_slack_asks_to_wait_every_replica_waits_in_that_channel_alone(office: Office) -> None:
    first = office.alert("C0OTHER001")
    office.deliver_until_calm()
    office.alert()
    office.chat.before = lambda _, channel: (
        failing(Unavailable("Slack asks to wait.", retry_after=30))("", "") if channel == ALERTS else None
    )
    office.replica().deliver()
    office.chat.before = lambda *_: None
    office.change_alert(first)
    office.clock.forward(seconds=29)
    office.alert()
    assert office.replica("two").deliver() == 1
    assert office.chat.texts(ALERTS) == []
    office.clock.forward(seconds=1)
    assert office.replica("two").deliver() == 1


def test_a_message_that_somebody_deleted_is_posted_anew(office: Office) -> None:
    integration_id = office.alert()
    office.replica().deliver()
    office.chat.channels[ALERTS].clear()
    office.change_alert(integration_id)
    office.deliver_until_calm()
    assert office.chat.texts(ALERTS) == ["Harbor Bakery Guardian: 2 open v2"]


@pytest.mark.parametrize("code", ["channel_not_found", "is_archived", "not_in_channel", "token_revoked"])
def test_a_channel_that_takes_no_posts_is_marked_and_left_alone(office: Office, code: str) -> None:
    office.alert()
    office.alert()
    office.chat.before = lambda *_: failing(Rejected("Slack refused.", code))("", "")
    office.replica().deliver()
    office.clock.forward(seconds=59)
    office.replica().deliver()
    assert len(office.chat.calls) == 1
    assert office.one(Channel).broken_code == code


def test_a_broken_channel_is_tried_again_after_a_minute_and_mends_itself(office: Office) -> None:
    office.alert()
    office.chat.before = failing(Rejected("Slack refused.", "not_in_channel"))
    office.replica().deliver()
    office.clock.forward(minutes=1)
    office.replica().deliver()
    assert len(office.chat.texts(ALERTS)) == 1
    assert office.one(Channel).broken_at is None


def test_a_card_that_cannot_be_rendered_is_set_aside_and_blocks_no_other(office: Office) -> None:
    poison = office.alert()
    office.alert()
    employer_id = office.one(Integration, id=poison).employer_id

    def show_others(facts: AnyCard) -> ChatMessage:
        if isinstance(facts, FailuresCard) and facts.employer_id == employer_id:
            raise KeyError("carrier")
        return show(facts)

    office.show = show_others
    office.deliver_until_calm()
    assert len(office.chat.texts(ALERTS)) == 1
    card = office.all(Card)[0]
    assert (card.due_at, card.failure, card.shown) == (None, "KeyError", 0)
    assert office.chat.texts(OPERATORS) == [f"{card.subject}: KeyError"]


def test_operators_hear_once_of_a_card_that_was_set_aside_and_when_it_is_shown(office: Office) -> None:
    """Fault 15."""
    integration_id = office.alert()
    office.chat.before = lambda _, channel: (
        failing(Rejected("Slack refused.", "invalid_blocks"))("", "") if channel == ALERTS else None
    )
    office.deliver_until_calm()
    office.change_alert(integration_id)
    office.deliver_until_calm()
    assert len(office.chat.texts(OPERATORS)) == 1
    office.chat.before = lambda *_: None
    office.change_alert(integration_id)
    office.deliver_until_calm()
    assert office.chat.texts(OPERATORS) == [f"{office.all(Card)[0].subject}: shown"]


def test_a_notice_that_cannot_be_shown_is_told_to_nobody(office: Office) -> None:
    """Fault 15: where nothing can be shown at all, there is no end of notices about notices."""
    office.alert()
    office.chat.before = lambda *_: failing(Rejected("Slack refused.", "invalid_blocks"))("", "")
    office.deliver_until_calm()
    assert [card.subject.partition(":")[0] for card in office.all(Card)] == ["alert", "aside"]


def test_a_card_that_was_set_aside_is_tried_again_when_it_changes(office: Office) -> None:
    integration_id = office.alert()
    office.show = lambda _: ChatMessage(str(1 // 0), [])
    office.deliver_until_calm()
    office.show = show
    office.change_alert(integration_id)
    office.deliver_until_calm()
    assert len(office.chat.texts(ALERTS)) == 1


def test_a_card_that_slack_refuses_for_its_content_is_set_aside(office: Office) -> None:
    office.alert()
    office.chat.before = lambda *_: failing(Rejected("Slack refused.", "invalid_blocks"))("", "")
    office.deliver_until_calm()
    assert office.chat.calls.count(("post", ALERTS)) == outbox.TRIES
    assert office.all(Card)[0].failure == "invalid_blocks"


def test_an_outage_of_slack_loses_nothing_and_sets_nothing_aside(office: Office) -> None:
    """Fault 9: an hour without Slack, then everything in order."""
    for _ in range(3):
        office.alert()
    office.chat.before = lambda *_: failing(Unavailable("Slack does not answer."))("", "")
    for _ in range(60):
        office.replica().deliver()
        office.clock.forward(minutes=1)
    tried = len(office.chat.calls)
    office.chat.before = lambda *_: None
    office.deliver_until_calm()
    assert len(office.chat.texts(ALERTS)) == 3
    assert tried <= 3 * 40


@pytest.mark.parametrize(
    "end",
    [Doubtful("No answer came."), Killed(), TimeoutError("a surprise")],
    ids=lambda end: type(end).__name__,
)
def test_a_post_without_an_answer_is_looked_up_and_not_repeated(office: Office, end: BaseException) -> None:
    """Faults 1 and 2."""
    office.alert()
    office.chat.after = failing(end)
    with suppress(Killed):
        office.replica().deliver()
    office.clock.forward(seconds=outbox.LEASE.total_seconds())
    office.deliver_until_calm()
    assert len(office.chat.texts(ALERTS)) == 1
    assert "find" in [each for each, _ in office.chat.calls]


def test_a_post_that_never_happened_is_made_after_the_look_up(office: Office) -> None:
    office.alert()
    office.chat.before = failing(Doubtful("No answer came."))
    office.deliver_until_calm()
    assert len(office.chat.texts(ALERTS)) == 1


def test_a_look_up_that_fails_leaves_the_post_in_doubt(office: Office) -> None:
    office.alert()
    office.chat.after = failing(Doubtful("No answer came."))
    office.replica().deliver()
    office.chat.before = failing(
        Unavailable("Slack does not answer."), Rejected("Slack refused.", "fatal_error")
    )
    office.deliver_until_calm()
    assert len(office.chat.texts(ALERTS)) == 1


def test_a_replica_that_wakes_after_its_lease_posts_nothing(office: Office) -> None:
    office.alert()

    def sleep_through_the_lease(facts: AnyCard) -> ChatMessage:
        office.show = show
        office.clock.forward(seconds=outbox.LEASE.total_seconds())
        assert office.replica("two").deliver() == 1
        return show(facts)

    office.show = sleep_through_the_lease
    assert office.replica("one").deliver() == 0
    assert [each for each, _ in office.chat.calls] == ["post"]


def test_a_replica_whose_lease_is_nearly_over_leaves_the_card_to_others(office: Office) -> None:
    office.alert()

    def dawdle(facts: AnyCard) -> ChatMessage:
        office.clock.forward(seconds=(outbox.LEASE - outbox.LONGEST_CALL).total_seconds() + 1)
        return show(facts)

    office.show = dawdle
    assert office.replica().deliver() == 0
    assert office.chat.calls == []


class Storm:
    """A twentieth of Slack's calls ends in a crash or without an answer, before or after its effect."""

    def __init__(self, office: Office) -> None:
        self.office, self.ids = office, [office.alert(f"C{number % 12:09}") for number in range(60)]
        self.random, self.lock = Random(7), Lock()  # noqa: S311  seeded on purpose
        self.crashes, self.over = 0, Event()
        office.chat.before = office.chat.after = self.strike

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
                self.office.replica(name).deliver()

    def stir(self) -> None:
        for number in range(300):
            self.office.change_alert(self.ids[number % 60])
            if number % 2 == 0:
                self.office.clock.forward(seconds=1)
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
        self.office.chat.before = self.office.chat.after = lambda *_: None
        self.office.clock.forward(seconds=outbox.LEASE.total_seconds())


def test_four_replicas_that_die_while_posting_show_every_card_once_and_truly(office: Office) -> None:
    storm = Storm(office)
    storm.blow()
    office.deliver_until_calm()
    posted = [each for channel in office.chat.channels.values() for each in channel]
    assert storm.crashes > 5
    assert Counter(each.key for each in posted) == Counter(card.key for card in office.all(Card))
    assert Counter(each.text for each in posted) == office.true_texts()


def test_two_replicas_at_once_post_a_card_once(office: Office) -> None:
    for number in range(20):
        office.alert(f"C{number:09}")
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(office.replica(f"replica {each}").deliver) for each in range(4)]
    assert sum(each.result() for each in done) == 20
    assert all(len(each) == 1 for each in office.chat.channels.values())


def test_a_look_up_that_takes_long_is_followed_by_a_lease_of_its_own(office: Office) -> None:
    office.alert()
    office.chat.before = failing(Doubtful("Slack did not answer."))
    office.replica().deliver()
    office.clock.forward(minutes=10)

    def slow(operation: str, _channel: str) -> None:
        if operation == "find":
            office.clock.forward(seconds=100)

    office.chat.before = slow
    office.deliver_until_calm()
    assert len(office.chat.texts(ALERTS)) == 1
    assert [each for each, _ in office.chat.calls] == ["post", "find", "post"]


def test_a_failure_that_clears_before_its_card_is_posted_is_never_told(office: Office) -> None:
    office.clear(office.alert())
    office.deliver_until_calm()
    assert office.chat.calls == []


def test_a_doubtful_post_that_is_not_there_is_not_made_once_its_cause_is_gone(office: Office) -> None:
    integration_id = office.alert()
    office.chat.before = failing(Doubtful("No answer came."))
    office.replica().deliver()
    office.clear(integration_id)
    office.deliver_until_calm()
    assert office.chat.texts(ALERTS) == []


def test_a_doubtful_post_that_is_there_is_closed_when_its_cause_is_gone(office: Office) -> None:
    integration_id = office.alert()
    office.chat.after = failing(Doubtful("No answer came."))
    office.replica().deliver()
    office.clear(integration_id)
    office.deliver_until_calm()
    [text] = office.chat.texts(ALERTS)
    assert "closed" in text


def test_without_the_right_to_look_up_a_doubtful_post_is_made_again(office: Office) -> None:
    office.alert()
    office.chat.after = failing(Doubtful("No answer came."))
    office.chat.before = lambda operation, _: (
        failing(Rejected("Slack refused.", "missing_scope"))("", "") if operation == "find" else None
    )
    office.deliver_until_calm()
    assert len(office.chat.texts(ALERTS)) == 2
    assert office.all(Channel)[0].broken_at is None


def test_looking_up_can_be_switched_off(office: Office) -> None:
    office.look_up = False
    office.alert()
    office.chat.after = failing(Doubtful("No answer came."))
    office.deliver_until_calm()
    assert [each for each, _ in office.chat.calls] == ["post", "post"]


def sleep_through(office: Office, meanwhile: str) -> None:
    """The first replica's `meanwhile` call reaches Slack only after its lease, when another has worked."""
    awake = office.chat.before

    def sleep(operation: str, _channel: str) -> None:
        if operation == meanwhile:
            office.chat.before = awake
            office.clock.forward(seconds=outbox.LEASE.total_seconds())
            office.deliver_until_calm()

    office.chat.before = sleep
    office.replica("sleeper").deliver()
    office.deliver_until_calm()


def test_a_post_that_arrives_after_its_lease_is_taken_back(office: Office) -> None:
    """Fault 5: nothing can stop a call that a paused process has begun; so it is undone."""
    office.alert()
    sleep_through(office, "post")
    assert office.chat.texts(ALERTS) == ["Harbor Bakery Guardian: 1 open v1"]
    assert "delete" in [each for each, _ in office.chat.calls]
    assert office.chat.channels[ALERTS][0].ts == office.one(Card).ts


def test_a_late_post_of_what_is_over_is_taken_back(office: Office) -> None:
    """Fault 5."""
    integration_id = office.alert()
    awake = office.chat.before

    def sleep(_operation: str, _channel: str) -> None:
        office.chat.before = awake
        office.clock.forward(seconds=outbox.LEASE.total_seconds())
        office.clear(integration_id)
        office.deliver_until_calm()

    office.chat.before = sleep
    office.replica("sleeper").deliver()
    office.deliver_until_calm()
    assert office.chat.texts(ALERTS) == []


def test_an_edit_that_arrives_after_its_lease_is_written_over_with_the_truth(office: Office) -> None:
    """Fault 5."""
    integration_id = office.alert()
    office.deliver_until_calm()
    office.change_alert(integration_id)
    awake = office.chat.before

    def sleep(_operation: str, _channel: str) -> None:
        office.chat.before = awake
        office.clock.forward(seconds=outbox.LEASE.total_seconds())
        office.change_alert(integration_id)
        office.deliver_until_calm()

    office.chat.before = sleep
    office.replica("sleeper").deliver()
    office.deliver_until_calm()
    assert office.chat.texts(ALERTS) == ["Harbor Bakery Guardian: 3 open v3"]
