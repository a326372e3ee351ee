from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services import outbox
from services.cards import cards, delivery
from services.desk import Sessions
from services.errors import Rejected, Unavailable
from services.store.alerts import Card, Channel
from services.store.changes import Change
from tests.rows import Clock, Rows

LEASE_S = outbox.LEASE.total_seconds()


@pytest.fixture
def store(rows: Rows, clock: Clock) -> Rows:
    assert rows.now == clock()
    return rows


def wanted(store: Rows, clock: Clock, *subjects: str, channel: str = "C1") -> None:
    with store.sessions.write() as session:
        cards.want_all(session, subjects, channel, clock())


def claim(sessions: Sessions, clock: Clock, by: str = "one") -> list[int]:
    with sessions.write() as session:
        return delivery.claim_cards(session, clock(), by=by)


def subjects(store: Rows, ids: list[int]) -> list[str]:
    with store.sessions.read() as session:
        return [session.get_one(Card, each).subject for each in ids]


def test_what_is_not_due_is_not_claimed(store: Rows, clock: Clock) -> None:
    wanted(store, clock, "alert:1")
    with store.sessions.write() as session:
        session.scalars(select(Card)).one().due_at = clock() + timedelta(seconds=1)
    assert claim(store.sessions, clock) == []
    clock.forward(seconds=1)
    assert len(claim(store.sessions, clock)) == 1


def test_a_claimed_row_is_not_claimed_again_until_its_lease_is_over(store: Rows, clock: Clock) -> None:
    wanted(store, clock, "alert:1")
    assert len(claim(store.sessions, clock)) == 1
    clock.forward(seconds=LEASE_S - 1)
    assert claim(store.sessions, clock, "two") == []
    clock.forward(seconds=1)
    assert len(claim(store.sessions, clock, "two")) == 1
    assert store.one(Card).attempts == 2


def test_the_oldest_wanted_card_of_a_channel_comes_first(store: Rows, clock: Clock) -> None:
    for number in (3, 1, 2):
        wanted(store, clock, f"alert:{number}")
        clock.forward(seconds=1)
    assert subjects(store, claim(store.sessions, clock)) == ["alert:3"]


def test_a_later_post_waits_while_an_earlier_one_is_under_way(store: Rows, clock: Clock) -> None:
    wanted(store, clock, "alert:1", "alert:2")
    claim(store.sessions, clock, "one")
    assert claim(store.sessions, clock, "two") == []


def test_a_card_that_backs_off_lets_the_next_one_through(store: Rows, clock: Clock) -> None:
    wanted(store, clock, "alert:1", "alert:2")
    first = claim(store.sessions, clock)[0]
    with store.sessions.write() as session:
        error = Unavailable("No answer.")
        delivery.settle_failed(session, first, clock(), by="one", sending=None, error=error)
    assert subjects(store, claim(store.sessions, clock)) == ["alert:2"]


def test_each_channel_has_one_post_claimed_at_a_time(store: Rows, clock: Clock) -> None:
    for number in range(8):
        wanted(store, clock, f"alert:{number}", f"alert:1{number}", channel=f"C{number % 4}")
    assert len(claim(store.sessions, clock)) == 4


@pytest.mark.parametrize(
    ("state", "ready"),
    [
        ({"next_post_at": timedelta(seconds=1)}, False),
        ({"next_post_at": timedelta(0)}, True),
        ({"held_until": timedelta(seconds=1)}, False),
        ({"held_until": timedelta(0)}, True),
        ({"broken_at": -timedelta(hours=9), "held_until": timedelta(seconds=1)}, False),
        ({"broken_at": -timedelta(hours=9), "held_until": timedelta(0)}, True),
    ],
)
@pytest.mark.parametrize("ts", [None, "1.0"])
def test_a_channel_says_whether_a_card_is_ready(
    store: Rows, clock: Clock, state: dict[str, timedelta], ts: str | None, *, ready: bool
) -> None:
    store.add(Channel(id="C1", **{name: clock() + offset for name, offset in state.items()}))
    wanted(store, clock, "alert:1")
    with store.sessions.write() as session:
        session.scalars(select(Card)).one().ts = ts
    edits_are_not_paced = ts is not None and "next_post_at" in state
    assert bool(claim(store.sessions, clock)) is (ready or edits_are_not_paced)


def test_many_claimers_share_the_work_without_overlap(store: Rows, clock: Clock) -> None:
    for number in range(40):
        wanted(store, clock, f"alert:{number}", channel=f"C{number}")

    def take(name: str) -> list[int]:
        taken: list[int] = []
        while ids := claim(store.sessions, clock, name):
            taken += ids
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [each for ids in pool.map(take, "abcd") for each in ids]
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 40


def test_changes_are_claimed_by_the_same_function(store: Rows, clock: Clock) -> None:
    integration = store.integration()
    store.add(
        Change(
            integration_id=integration.id,
            kind="deactivate",
            state="queued",
            key="k",
            requested_by="U1",
            requested_at=clock(),
            due_at=clock(),
        )
    )
    with store.sessions.write() as session:
        assert len(outbox.claim(session, Change, clock(), by="one")) == 1
        assert outbox.claim(session, Change, clock(), by="two") == []


def test_who_lost_the_lease_settles_nothing(store: Rows, clock: Clock) -> None:
    wanted(store, clock, "alert:1")
    card_id = claim(store.sessions, clock, "one")[0]
    clock.forward(seconds=LEASE_S)
    claim(store.sessions, clock, "two")
    with store.sessions.write() as session:
        assert not delivery.settle_shown(session, card_id, clock(), by="one", ts="1.0", version=1)
        refused = Rejected("Slack refused.", "is_archived")
        delivery.settle_failed(session, card_id, clock(), by="one", sending=None, error=refused)
    card = store.one(Card)
    assert (card.ts, card.shown, card.lease_by) == (None, 0, "two")
    assert store.all(Channel) == []


def test_what_is_wanted_while_a_card_is_shown_makes_one_edit_a_moment_later(
    store: Rows, clock: Clock
) -> None:
    wanted(store, clock, "alert:1")
    card_id = claim(store.sessions, clock)[0]
    wanted(store, clock, "alert:1")
    with store.sessions.write() as session:
        delivery.settle_shown(session, card_id, clock(), by="one", ts="1.0", version=1)
    card = store.one(Card)
    assert (card.wanted, card.shown, card.due_at) == (2, 1, clock() + delivery.PACE)


def test_what_was_rendered_before_more_was_wanted_is_not_sent(store: Rows, clock: Clock) -> None:
    wanted(store, clock, "alert:1")
    card_id = claim(store.sessions, clock)[0]
    wanted(store, clock, "alert:1")
    with store.sessions.write() as session:
        assert delivery.begin(session, card_id, clock(), by="one", version=1) is None
    card = store.one(Card)
    assert (card.doubtful, card.due_at, card.lease_by, card.attempts) == (False, clock(), None, 0)


def test_the_lower_rank_is_posted_first(store: Rows, clock: Clock) -> None:
    for rank in (5, 1, 3):
        wanted(store, clock, f"alert:{rank}")
        with store.sessions.write() as session:
            session.scalars(select(Card).where(Card.subject == f"alert:{rank}")).one().rank = rank
    assert subjects(store, claim(store.sessions, clock)) == ["alert:1"]


def reply(store: Rows, clock: Clock, **columns: Any) -> tuple[int, int]:
    """A card and a reply to it, which is the sooner one by rank."""
    wanted(store, clock, "alert:1", "event:1")
    with store.sessions.write() as session:
        parent, below = session.scalars(select(Card).order_by(Card.subject)).all()
        below.under, below.rank = parent.id, 0
        for name, value in columns.items():
            setattr(parent, name, value)
        return parent.id, below.id


def test_a_reply_waits_until_what_it_replies_to_is_posted(store: Rows, clock: Clock) -> None:
    parent, below = reply(store, clock)
    assert claim(store.sessions, clock, "one") == [parent]
    with store.sessions.write() as session:
        delivery.settle_shown(session, parent, clock(), by="one", ts="1.0", version=1)
    assert claim(store.sessions, clock, "two") == [below]
    with store.sessions.write() as session:
        sending = delivery.begin(session, below, clock(), by="two", version=1)
    assert sending is not None
    assert (sending.thread, sending.ts) == ("1.0", None)


def test_what_has_nothing_to_tell_any_more_is_withdrawn_with_its_replies(store: Rows, clock: Clock) -> None:
    parent, _ = reply(store, clock)
    claim(store.sessions, clock, "one")
    with store.sessions.write() as session:
        delivery.withdraw(session, parent, clock(), by="one", version=1)
    assert [(each.due_at, each.ts, each.shown) for each in store.all(Card)] == [(None, None, 1)] * 2
    clock.forward(minutes=5)
    assert claim(store.sessions, clock, "two") == []


def test_a_reply_to_a_message_that_somebody_deleted_has_that_posted_anew(store: Rows, clock: Clock) -> None:
    parent, below = reply(store, clock, ts="1.0", due_at=None, shown=1)
    assert claim(store.sessions, clock, "one") == [below]
    with store.sessions.write() as session:
        sending = delivery.begin(session, below, clock(), by="one", version=1)
        gone = Rejected("Slack refused.", "thread_not_found")
        delivery.settle_failed(session, below, clock(), by="one", sending=sending, error=gone)
    clock.forward(seconds=1)
    assert claim(store.sessions, clock, "two") == [parent]


def test_a_card_in_a_pause_keeps_it_when_it_is_wanted_again(store: Rows, clock: Clock) -> None:
    wanted(store, clock, "alert:1")
    card_id = claim(store.sessions, clock)[0]
    with store.sessions.write() as session:
        error = Unavailable("Slack asks to wait.", retry_after=30)
        delivery.settle_failed(session, card_id, clock(), by="one", sending=None, error=error)
    paused = store.one(Card)
    wanted(store, clock, "alert:1")
    card = store.one(Card)
    assert (card.wanted, card.due_at) == (2, clock() + timedelta(seconds=30))
    assert (card.due_at, card.wanted_at) == (paused.due_at, paused.wanted_at)


def test_the_reason_of_a_failure_holds_none_of_its_text(store: Rows, clock: Clock) -> None:
    wanted(store, clock, "alert:1")
    card_id = claim(store.sessions, clock)[0]
    with store.sessions.write() as session:
        error = ValueError("Jane Doe 123-45-6789")
        delivery.settle_failed(session, card_id, clock(), by="one", sending=None, error=error)
    assert store.one(Card).failure == "ValueError"


def test_the_oldest_waiting_card_and_their_number_are_known(store: Rows, clock: Clock) -> None:
    with store.sessions.read() as session:
        assert delivery.waiting(session) == (None, 0)
    since = clock()
    wanted(store, clock, "alert:1")
    clock.forward(minutes=5)
    wanted(store, clock, "alert:2", "alert:1")
    with store.sessions.read() as session:
        assert delivery.waiting(session) == (since, 2)


def test_a_channel_that_takes_no_posts_is_tried_after_1_5_and_15_minutes_then_hourly(
    store: Rows, clock: Clock
) -> None:
    wanted(store, clock, "alert:1")
    tried: list[timedelta] = []
    for _ in range(6):
        began = clock()
        while not (ids := claim(store.sessions, clock)):
            clock.forward(seconds=30)
        tried.append(clock() - began)
        with store.sessions.write() as session:
            refused = Rejected("Slack refused.", "org_login_required")
            delivery.settle_failed(session, ids[0], clock(), by="one", sending=None, error=refused)
    assert [each // timedelta(minutes=1) for each in tried] == [0, 1, 5, 15, 60, 60]


def test_a_closed_channel_is_named_with_what_waits_for_it(store: Rows, clock: Clock) -> None:
    wanted(store, clock, "alert:1", "alert:2")
    wanted(store, clock, "alert:1", channel="C2")
    store.add(
        Channel(id="C2", held_until=clock() + timedelta(minutes=1)), Channel(id="C3", broken_at=clock())
    )
    ids = claim(store.sessions, clock)
    with store.sessions.write() as session:
        refused = Rejected("Slack refused.", "is_archived")
        delivery.settle_failed(session, ids[0], clock(), by="one", sending=None, error=refused)
    with store.sessions.read() as session:
        named = [(each.id, each.code, each.waiting) for each in delivery.closed_channels(session, clock())]
    assert named == [("C1", "is_archived", 2), ("C2", None, 1)]
