"""Employees on their way with several replicas at once, killed anywhere, and a platform that fails.

Faults 11 to 13 of the list, with a store of either kind. Real processes: test_employee_crashes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from threading import Lock
from typing import Any

import pytest

from services import outbox
from services.desk import Sessions
from services.errors import Doubtful, Outside, Rejected, Unavailable
from services.store.employees import Attempt, Employee
from tests.outside import Killed
from tests.rows import Clock
from tests.workforce import Workforce


@pytest.fixture
def workforce(sessions: Sessions, clock: Clock) -> Workforce:
    return Workforce(sessions, clock)


def one_account_each(workforce: Workforce) -> bool:
    emails = Counter(each.email for each in workforce.platform.accounts.values())
    linked = {each.account_id for each in workforce.all(Employee)}
    return set(emails.values()) == {1} and linked == set(workforce.platform.accounts)


def once(error: BaseException, operation: str, number: int = 1) -> Callable[[str, str], None]:
    """Raise at the so-manieth call of that operation, and never again."""
    left, lock = [number], Lock()

    def strike(what: str, _email: str) -> None:
        with lock:
            left[0] -= what == operation
            now = left[0] == 0 and what == operation
        if now:
            raise error

    return strike


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("operation", ["find", "post"])
@pytest.mark.parametrize("number", [1, 7, 20, 21, 45])
def test_dying_at_employee_k_the_rest_goes_on_from_there(
    workforce: Workforce, moment: str, operation: str, number: int
) -> None:
    """Fault 11. Killed before and after look-up and creation at k of 45: 45 accounts, one each."""
    workforce.hire(45)
    workforce.read()
    workforce.start()
    setattr(workforce.platform, moment, once(Killed(), operation, number))
    with pytest.raises(Killed):
        workforce.send()
    workforce.platform.before = workforce.platform.after = lambda *_: None
    workforce.clock.forward(seconds=outbox.LEASE.total_seconds())
    workforce.finish()
    assert len(workforce.platform.accounts) == 45
    assert one_account_each(workforce)
    # Whoever was settled before is not asked for again: only the group of the killed one, 20 or the rest.
    assert len(workforce.operations()) <= 2 * (45 + 25)
    assert len(workforce.all(Attempt)) == 45


def test_what_a_killed_replica_held_is_free_after_its_lease_and_not_before(workforce: Workforce) -> None:
    """Fault 11. The lease is two minutes."""
    workforce.hire(5)
    workforce.read()
    workforce.start()
    workforce.platform.after = once(Killed(), "post")
    with pytest.raises(Killed):
        workforce.send()
    workforce.clock.forward(seconds=outbox.LEASE.total_seconds() - 1)
    assert workforce.send() == 0
    workforce.clock.forward(seconds=1)
    assert workforce.send() == 5
    assert one_account_each(workforce)


def test_an_account_that_was_created_before_the_crash_is_told_as_created(workforce: Workforce) -> None:
    """Fault 11. It carries the employee's own key, so the summary agrees with the platform's records."""
    workforce.hire(1)
    workforce.read()
    workforce.start()
    workforce.platform.after = once(Killed(), "post")
    with pytest.raises(Killed):
        workforce.send()
    workforce.clock.forward(minutes=3)
    workforce.finish()
    assert workforce.operations() == ["find", "post", "find", "patch"]
    assert workforce.outcomes() == Counter(created=1)


def test_a_creation_whose_answer_is_lost_is_looked_up_and_not_repeated(workforce: Workforce) -> None:
    """Fault 12. A kept connection dies on the POST (3 of 11 pooled runs at 50 in flight): GET before POST."""
    workforce.hire(30)
    workforce.read()
    workforce.start()
    workforce.platform.after = lambda what, email: (
        _lose() if what == "post" and email[6:10] in {"1003", "1010", "1029"} else None
    )
    workforce.send()
    workforce.platform.after = lambda *_: None
    workforce.clock.forward(minutes=1)
    workforce.finish()
    assert workforce.operations(["1010"]) == ["find", "post", "find", "patch"]
    assert len(workforce.platform.accounts) == 30
    assert one_account_each(workforce)


def _lose() -> None:
    raise Doubtful("No answer came.")


def test_a_creation_that_another_replica_won_ends_in_one_linked_account(workforce: Workforce) -> None:
    """Fault 12. Looked up and not there, then refused for uniqueness: looked up again, linked."""
    workforce.hire(1)
    workforce.read()
    workforce.start()
    workforce.platform.before = lambda what, email: (
        workforce.platform.add(email) and None if what == "post" else None
    )
    workforce.finish()
    assert workforce.outcomes() == Counter(linked=1)
    assert one_account_each(workforce)


def test_each_employee_has_an_outcome_of_its_own_and_the_totals_reconcile(workforce: Workforce) -> None:
    """Fault 13. Of 60, some answered 429, 500, nothing, refusals: only those are tried again."""
    random = Random(13)  # noqa: S311  seeded on purpose
    fate = {
        str(ref): random.choice(["well", "well", "busy", "broken", "lost", "no"]) for ref in range(1001, 1061)
    }
    workforce.hire(60)
    workforce.read()
    workforce.start()
    struck: Counter[str] = Counter()

    def fail(what: str, email: str) -> None:
        ref = email[6:10]
        if what == "post" and fate[ref] != "well":
            struck[ref] += 1
            if fate[ref] == "no" or struck[ref] <= 2:
                error = _FATES[fate[ref]]()
                raise error

    workforce.platform.before = fail
    workforce.finish()
    refused = [ref for ref, each in fate.items() if each == "no"]
    states = workforce.states()
    assert {ref for ref, state in states.items() if state == "failed"} == set(refused)
    counts = workforce.counts()
    assert (counts.successful, counts.failed, counts.in_progress) == (60 - len(refused), len(refused), 0)
    assert len(workforce.platform.accounts) == 60 - len(refused)
    posts = Counter(email[6:10] for what, email in workforce.platform.calls if what == "post")
    assert all(posts[ref] == 1 for ref, each in fate.items() if each in {"well", "no"})
    assert one_account_each_of(workforce, refused)


_FATES: dict[str, Callable[[], Outside]] = {
    "busy": lambda: Unavailable("The platform asks to wait.", retry_after=5),
    "broken": lambda: Unavailable("The platform answered 500."),
    "lost": lambda: Doubtful("No answer came."),
    "no": lambda: Rejected("The platform refuses the record.", "invalidValue"),
}


def one_account_each_of(workforce: Workforce, without: list[str]) -> bool:
    linked = {each.ref: each.account_id for each in workforce.all(Employee)}
    return all((linked[ref] is None) == (ref in without) for ref in linked)


def test_one_bad_record_that_breaks_the_client_stops_nobody_else_and_fails_in_the_end(
    workforce: Workforce,
) -> None:
    """Fault 13 and 15. Garbage that nobody foresaw: five tries, then Failed."""
    workforce.hire(8)
    workforce.read()
    workforce.start()
    workforce.platform.before = lambda what, email: _break() if what == "post" and "1004" in email else None
    workforce.finish()
    assert workforce.states().pop("1004") == "failed"
    assert workforce.counts().successful == 7
    assert len(workforce.operations(["1004"])) == 2 * outbox.TRIES


def _break() -> None:
    raise ValueError("no JSON")


def test_a_platform_that_is_away_is_left_alone_and_nobody_is_lost(workforce: Workforce) -> None:
    """Fault 13. Three in a row without an answer, and the group waits: not a thousand calls into nothing."""
    workforce.hire(200)
    workforce.read()
    workforce.start()
    workforce.platform.before = lambda *_: _away()
    with workforce.replica() as sync:
        for _ in range(10):
            sync.send()
            workforce.clock.forward(seconds=1)
    assert len(workforce.platform.calls) <= 60
    workforce.platform.before = lambda *_: None
    workforce.clock.forward(minutes=5)
    workforce.finish()
    assert one_account_each(workforce)
    assert workforce.counts().successful == 200


def _away() -> None:
    raise Unavailable("The platform does not answer.")


def test_a_replica_that_wakes_after_its_lease_sends_nothing_more(workforce: Workforce) -> None:
    """Fault 5. Lease and time are checked before each call."""
    workforce.hire(10)
    workforce.read()
    workforce.start()
    sleeping = [True]

    def sleep(what: str, _email: str) -> None:
        if what == "post" and sleeping.pop() if sleeping else False:
            workforce.clock.forward(minutes=3)
            with workforce.replica("two") as other:
                other.send()

    workforce.platform.after = sleep
    with workforce.replica() as sync:
        sync.send()
    assert len([what for what, _ in workforce.platform.calls if what == "post"]) == 10
    workforce.finish()
    assert one_account_each(workforce)
    assert len(workforce.platform.accounts) == 10


@pytest.mark.parametrize("most", [1, 25])
def test_many_replicas_at_once_send_each_employee_once(workforce: Workforce, most: int) -> None:
    workforce.hire(300)
    workforce.read()
    workforce.start()
    workforce.platform.most = most

    def work(name: str) -> int:
        with workforce.replica(name, at_once=2) as sync:
            return sync.send()

    with ThreadPoolExecutor(3) as pool:
        ended = sum(pool.map(work, ["one", "two", "three"]))
    assert ended == 300
    posts = Counter(email for what, email in workforce.platform.calls if what == "post")
    assert set(posts.values()) == {1}
    assert one_account_each(workforce)


def test_stopping_gives_back_at_once_what_was_not_sent(workforce: Workforce) -> None:
    workforce.hire(10)
    workforce.read()
    workforce.start()
    with workforce.replica() as sync:
        workforce.platform.after = lambda what, _: sync.stop() if what == "post" else None
        assert sync.send() == 1
    workforce.platform.after = lambda *_: None
    assert workforce.send() == 9
    assert {each.attempts for each in workforce.all(Attempt)} == {1}


def test_pressing_sync_at_once_in_two_replicas_queues_each_once(workforce: Workforce) -> None:
    workforce.hire(100)
    workforce.read()

    def press(_: Any) -> int:
        return workforce.start().queued

    with ThreadPoolExecutor(4) as pool:
        results = [pool.submit(press, each) for each in range(4)]
    queued = [each.result() for each in results if each.exception() is None]
    assert sum(queued) == 100
    assert len(workforce.all(Attempt)) == 100


def test_two_employees_who_come_to_one_account_at_once_are_told_apart(workforce: Workforce) -> None:
    """The address moves in HR from one to the other while both are on the way: the index decides."""
    account_id = workforce.platform.add("worker1001@harbor.example")
    workforce.hire(2)
    workforce.read()
    workforce.start()

    def swap(what: str, email: str) -> None:
        if what == "patch" and "1001" in email and not swapped:
            swapped.append(email)
            other = workforce.one(Employee, ref="1002")
            with workforce.sessions.write() as session:
                session.get_one(Employee, other.id).account_id = account_id

    swapped: list[str] = []
    workforce.platform.after = swap
    workforce.send()
    first = workforce.history("1001").attempts[0]
    assert (first.state, first.kind) == ("failed", "email_taken")
    assert timedelta(0) <= workforce.clock() - first.asked_at
