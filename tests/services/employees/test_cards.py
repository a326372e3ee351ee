"""What a batch's card tells, and when it is shown anew."""

from __future__ import annotations

from datetime import timedelta

from services import subjects
from services.employees import cards
from services.employees.cards import BatchCard
from services.errors import Unavailable
from services.store.alerts import Card
from services.store.employees import Batch
from tests.platform import record
from tests.workforce import ADMIN, Workforce


def told(workforce: Workforce) -> BatchCard:
    card = workforce.all(Card)[-1]
    with workforce.sessions.read() as session:
        found = subjects.read_card(session, card, workforce.clock())
    assert isinstance(found, BatchCard)
    return found


def test_the_summary_tells_linked_and_created_apart_and_counts_the_reasons(workforce: Workforce) -> None:
    workforce.platform.add("worker1001@harbor.example")
    workforce.hire(4)
    workforce.hr.put(record("2001", gender=None), record("2002", gender=None), record("2003", level="X"))
    workforce.sync_all()
    summary = told(workforce)
    assert (summary.total, summary.successful, summary.failed, summary.in_progress) == (7, 4, 3, 0)
    assert (summary.linked, summary.created) == (1, 3)
    assert summary.reasons == (("missing", "gender", 2), ("no_package", "level", 1))
    assert summary.ended_at is not None
    assert summary.asked_by == ADMIN


def test_while_it_runs_it_tells_rate_and_time_left(workforce: Workforce) -> None:
    workforce.hire(4)
    workforce.read()
    workforce.start()
    assert told(workforce).rate is None
    workforce.clock.forward(seconds=4)
    posts = iter([None, None])
    workforce.platform.before = lambda what, _: next(posts, None) if what == "find" else None
    workforce.hr.remove("1003")
    workforce.hr.remove("1004")
    workforce.send()
    progress = told(workforce)
    assert (progress.finished, progress.rate) == (4, 1.0)


def test_while_the_platform_is_away_it_says_what_the_rest_waits_for(workforce: Workforce) -> None:
    workforce.hire(5)
    workforce.read()
    workforce.start()

    def away(_what: str, _email: str) -> None:
        raise Unavailable("The Benefits platform does not answer.")

    workforce.platform.before = away
    workforce.send()
    assert told(workforce).waiting_for == "The Benefits platform does not answer."
    assert told(workforce).time_left is None
    workforce.clock.forward(minutes=16)
    assert told(workforce).stuck == 5


def test_the_card_is_shown_anew_at_most_once_a_second_and_at_the_end(workforce: Workforce) -> None:
    workforce.hire(40)
    workforce.read()
    workforce.start()
    wanted = [workforce.one(Card).wanted]
    with workforce.replica() as sync:
        for _ in range(8):
            sync.tell()
            workforce.clock.forward(milliseconds=500)
        assert workforce.one(Card).wanted == wanted[0]
        sync.send()
        told_ends = [sync.tell() for _ in range(6) if workforce.clock.forward(milliseconds=500)]
    assert sum(told_ends) == 1
    assert workforce.one(Card).wanted == wanted[0] + 1
    assert workforce.one(Batch).ended_at is not None


def test_two_replicas_show_one_advance_once(workforce: Workforce) -> None:
    workforce.hire(3)
    workforce.read()
    workforce.start()
    workforce.send()
    workforce.clock.forward(seconds=3)
    assert [workforce.tell(), workforce.tell()] == [1, 0]


def test_a_batch_that_stands_still_is_shown_anew_each_half_minute(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.read()
    workforce.start()
    wanted = workforce.one(Card).wanted
    for _ in range(60):
        workforce.clock.forward(seconds=1)
        workforce.tell()
    assert workforce.one(Card).wanted == wanted + 2


def test_a_batch_that_hr_caused_has_no_card_to_fill(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.sync_all()
    workforce.hr.change("1001", title="Dr")
    workforce.read()
    batch = workforce.all(Batch)[-1]
    with workforce.sessions.read() as session:
        assert cards.read_card(session, batch.id, 1, workforce.clock()) is None
    assert len(workforce.all(Card)) == 1


def test_no_card_holds_a_name(workforce: Workforce) -> None:
    workforce.hire(2, date_of_birth=None, name="Grace Hopper")
    workforce.sync_all()
    assert "Grace" not in repr(told(workforce))
    assert timedelta(0) <= (told(workforce).ended_at or workforce.clock()) - told(workforce).asked_at
