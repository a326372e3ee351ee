"""An employee's way from HR to the Benefits platform, with one replica and nothing failing by itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from services.employees.listing import State
from services.employees.validation import remedy
from services.errors import Doubtful, Rejected, Unavailable
from services.ports import EmployeeKey, SetAside
from services.store.employees import Attempt, Batch, Employee
from services.store.exchange import Reading
from tests.platform import EMPLOYER, record
from tests.rows import NOW
from tests.workforce import Workforce


def test_new_employees_appear_as_not_syncing_and_are_not_sent(workforce: Workforce) -> None:
    workforce.hire(3)
    assert workforce.read() == 3
    workforce.send()
    assert workforce.counts().not_syncing == 3
    assert workforce.platform.calls == []


def test_an_account_that_exists_is_linked_and_otherwise_one_is_created(workforce: Workforce) -> None:
    account_id = workforce.platform.add("worker1001@harbor.example")
    workforce.hire(2)
    workforce.sync_all()
    assert workforce.outcomes() == Counter(linked=1, created=1)
    assert workforce.one(Employee, ref="1001").account_id == account_id
    assert len(workforce.platform.accounts) == 2
    assert workforce.operations(["1001"]) == ["find", "patch"]
    assert workforce.operations(["1002"]) == ["find", "post"]


def test_later_updates_use_the_account_and_never_look_the_e_mail_up_again(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.sync_all()
    workforce.platform.calls.clear()
    workforce.hr.change("1001", email="new.address@harbor.example")
    workforce.read()
    workforce.finish()
    assert workforce.platform.calls == [("patch", "new.address@harbor.example")]
    assert workforce.history().attempts[0].outcome == "updated"
    assert [each.because for each in workforce.history().attempts] == ["hr", "sync"]


def test_an_unchanged_record_is_not_sent_again(workforce: Workforce) -> None:
    workforce.hire(2)
    workforce.sync_all()
    for _ in range(3):
        workforce.read()
        workforce.send()
    assert len(workforce.all(Attempt)) == 2


def test_a_change_while_the_record_is_being_sent_is_sent_next(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.read()
    workforce.start()
    workforce.platform.after = lambda what, _: (
        workforce.hr.change("1001", title="Dr") if what == "post" else None
    )
    workforce.finish()
    workforce.platform.after = lambda *_: None
    workforce.read()
    workforce.finish()
    assert [each.outcome for each in workforce.history().attempts] == ["updated", "created"]


def test_a_leave_date_closes_the_account_on_the_day_after_it(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.sync_all()
    last_day = workforce.clock().date() + timedelta(days=3)
    workforce.hr.change("1001", leave_date=last_day)
    workforce.read()
    workforce.finish()
    [account] = workforce.platform.accounts.values()
    assert account.active
    workforce.clock.forward(days=3)
    workforce.read()
    assert workforce.counts().in_progress == 0
    workforce.clock.forward(days=1)
    workforce.read()
    workforce.finish()
    assert not account.active
    assert workforce.history().attempts[0].outcome == "closed"


@pytest.mark.parametrize("wrong", [{"gender": None}, {"email": ""}, {"email": "worker1002@harbor.example"}])
def test_a_leavers_account_is_closed_whatever_else_is_wrong_with_the_record(
    workforce: Workforce, wrong: dict[str, Any]
) -> None:
    workforce.hire(2)
    workforce.sync_all()
    yesterday = workforce.clock().date() - timedelta(days=1)
    workforce.hr.put(record("1001", leave_date=yesterday, **wrong))
    workforce.read()
    workforce.finish()
    assert workforce.history("1001").attempts[0].outcome == "closed"
    assert [each.active for each in workforce.platform.accounts.values()] == [False, True]
    workforce.read()
    assert workforce.counts().in_progress == 0


def test_a_leaver_who_is_gone_from_hr_is_closed_on_the_day_after_the_leave_date(workforce: Workforce) -> None:
    workforce.hire(2)
    workforce.sync_all()
    workforce.hr.change("1001", leave_date=workforce.clock().date())
    workforce.read()
    workforce.finish()
    workforce.hr.remove("1001")
    workforce.hr.remove("1002")
    workforce.read()
    assert workforce.counts().in_progress == 0
    workforce.clock.forward(days=1)
    workforce.read()
    workforce.finish()
    assert [each.active for each in workforce.platform.accounts.values()] == [False, True]
    assert workforce.operations()[-1] == "close"


def test_a_leaver_whose_row_cannot_be_read_any_more_is_closed_on_the_day_after_the_leave_date(
    workforce: Workforce,
) -> None:
    workforce.hire(1)
    workforce.sync_all()
    workforce.hr.change("1001", leave_date=workforce.clock().date())
    workforce.read()
    workforce.finish()
    workforce.hr.remove("1001")
    workforce.hr.aside = [SetAside(f"{EMPLOYER}/1001", "line 2: date of birth: is no date")]
    workforce.clock.forward(days=1)
    for _ in range(2):
        workforce.read()
        workforce.finish()
    [account] = workforce.platform.accounts.values()
    assert not account.active
    assert len(workforce.all(Attempt)) == 3


def test_whoever_has_an_account_is_brought_up_to_date_whoever_else_has_the_address(
    workforce: Workforce,
) -> None:
    workforce.hire(1)
    workforce.sync_all()
    workforce.hr.put(record("1002", email="worker1001@harbor.example"))
    workforce.hr.change("1001", title="Dr")
    workforce.read()
    workforce.start()
    workforce.finish()
    assert workforce.history("1001").attempts[0].outcome == "updated"
    assert workforce.history("1002").attempts[0].kind == "email_shared"


def test_a_leave_date_taken_back_opens_the_account_again(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.sync_all()
    workforce.hr.change("1001", leave_date=workforce.clock().date() - timedelta(days=1))
    workforce.read()
    workforce.finish()
    workforce.hr.change("1001", leave_date=None)
    workforce.read()
    workforce.finish()
    [account] = workforce.platform.accounts.values()
    assert account.active


def test_whoever_left_without_an_account_gets_none(workforce: Workforce) -> None:
    workforce.hire(1, leave_date=workforce.clock().date() - timedelta(days=1))
    workforce.sync_all()
    [attempt] = workforce.history().attempts
    assert (attempt.state, attempt.origin, attempt.kind) == (State.FAILED, "hr", "left")
    assert workforce.platform.accounts == {}


def test_whoever_is_gone_from_hr_is_no_leaver(workforce: Workforce) -> None:
    workforce.hire(2)
    workforce.sync_all()
    workforce.hr.remove("1001")
    workforce.read()
    workforce.send()
    assert workforce.history("1001").line.gone
    assert not workforce.history("1002").line.gone
    assert all(each.active for each in workforce.platform.accounts.values())
    assert len(workforce.all(Attempt)) == 2


def test_whoever_goes_before_the_sending_fails_and_is_sent_once_there_again(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.read()
    workforce.start()
    kept = workforce.hr.rows.pop(EmployeeKey(EMPLOYER, "1001"))
    workforce.finish()
    assert workforce.history().attempts[0].kind == "gone"
    workforce.read()
    assert workforce.counts().failed == 1
    workforce.hr.put(kept)
    workforce.read()
    workforce.finish()
    assert workforce.counts().successful == 1


@pytest.mark.parametrize(
    ("wrong", "field", "kind"),
    [
        ({"date_of_birth": None}, "date_of_birth", "missing"),
        ({"email": ""}, "email", "missing"),
        ({"email": "no address"}, "email", "email_shape"),
        ({"pay_frequency": "Now and then"}, "pay_frequency", "not_in_list"),
        ({"level": "Platinum"}, "level", "no_package"),
    ],
)
def test_hrs_own_check_refuses_before_anything_is_sent(
    workforce: Workforce, wrong: dict[str, object], field: str, kind: str
) -> None:
    workforce.hire(1, **wrong)
    workforce.sync_all()
    [attempt] = workforce.history().attempts
    assert (attempt.state, attempt.origin, attempt.field, attempt.kind) == (State.FAILED, "hr", field, kind)
    assert attempt.reason
    assert attempt.remedy
    assert workforce.platform.calls == []


def test_a_corrected_record_is_sent_again_by_itself_and_a_wrong_one_is_not(workforce: Workforce) -> None:
    workforce.hire(1, gender=None)
    workforce.sync_all()
    workforce.read()
    assert workforce.counts().in_progress == 0
    workforce.hr.change("1001", gender="Male")
    workforce.read()
    workforce.finish()
    assert workforce.counts().successful == 1


def test_two_records_with_one_address_are_both_refused(workforce: Workforce) -> None:
    workforce.hr.put(record("1001", email="Both@harbor.example"), record("1002", email="both@harbor.example"))
    workforce.hire(1, first=1003)
    workforce.sync_all()
    assert workforce.states() == {"1001": "failed", "1002": "failed", "1003": "successful"}
    assert {each.kind for each in workforce.all(Attempt)} == {"email_shared", None}
    assert len(workforce.platform.accounts) == 1


def test_whoever_shared_an_address_is_sent_once_the_other_has_another(workforce: Workforce) -> None:
    workforce.hr.put(*(record(each, email="both@harbor.example") for each in ("1001", "1002", "1003")))
    workforce.sync_all()
    workforce.hr.change("1002", email="own@harbor.example")
    workforce.read()
    workforce.finish()
    workforce.hr.remove("1003")
    workforce.read()
    workforce.read()
    workforce.finish()
    states = workforce.states()
    assert (states["1001"], states["1002"]) == ("successful", "successful")


@pytest.mark.parametrize("wrong", [{"gender": "Other"}, {"level": "Platinum"}])
def test_other_rules_send_whoever_failed_only_because_of_the_former_ones(
    workforce: Workforce, wrong: dict[str, Any]
) -> None:
    workforce.hire(1, **wrong)
    workforce.hire(1, first=1002)
    workforce.sync_all()
    assert workforce.states() == {"1001": "failed", "1002": "successful"}
    genders = workforce.rules.picklists["gender"] | {"other"}
    workforce.rules = replace(
        workforce.rules,
        picklists={**workforce.rules.picklists, "gender": genders},
        levels={**workforce.rules.levels, "Platinum": "platinum"},
    )
    for _ in range(2):
        workforce.read()
        workforce.finish()
    assert workforce.states()["1001"] == "successful"
    assert len(workforce.all(Attempt)) == 3


def test_another_package_of_a_level_is_sent_to_those_who_have_it(workforce: Workforce) -> None:
    workforce.hire(1, level="Standard")
    workforce.hire(1, first=1002, level="Essential")
    workforce.sync_all()
    workforce.rules = replace(workforce.rules, levels={**workforce.rules.levels, "Standard": "gold"})
    workforce.read()
    workforce.finish()
    assert [each.package for each in workforce.platform.accounts.values()] == ["gold", "essential"]


def test_an_account_that_is_gone_is_looked_up_anew_when_somebody_tries_again(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.sync_all()
    workforce.platform.accounts.clear()
    workforce.hr.change("1001", title="Dr")
    workforce.read()
    workforce.finish()
    attempt = workforce.history().attempts[0]
    assert (attempt.kind, attempt.remedy) == ("account_gone", remedy("account_gone", None))
    workforce.try_again()
    workforce.finish()
    assert workforce.history().attempts[0].outcome == "created"
    assert workforce.one(Employee, ref="1001").account_id in workforce.platform.accounts


def test_what_the_platform_answers_not_about_the_employee_is_for_whoever_runs_it(
    workforce: Workforce,
) -> None:
    def say(what: str, _email: str) -> None:
        if what == "find":
            raise Rejected(
                "The Benefits platform answered with accounts that were not asked for.", "filter_ignored"
            )

    workforce.platform.before = say
    workforce.hire(1)
    workforce.sync_all()
    assert workforce.history().attempts[0].kind == "platform_trouble"
    assert workforce.history().attempts[0].remedy == remedy("platform_trouble", None)


def test_an_account_that_another_employee_has_is_not_linked(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.sync_all()
    workforce.hr.change("1001", email="moved@harbor.example")
    workforce.read()  # the change waits: meanwhile somebody else has the old address
    workforce.hr.put(record("1002", email="worker1001@harbor.example"))
    workforce.read()
    workforce.platform.before = lambda what, _: _refuse() if what == "patch" else None
    workforce.start()
    workforce.finish()
    attempt = workforce.history("1002").attempts[0]
    assert (attempt.origin, attempt.kind) == ("benefits", "email_taken")
    assert attempt.reason == "This e-mail belongs to another account."


def _refuse() -> None:
    raise Rejected("The platform has no such user.", "not_found")


def test_an_account_that_was_created_for_somebody_else_is_not_linked(workforce: Workforce) -> None:
    workforce.platform.add("worker1001@harbor.example", EmployeeKey("emp_other", "77"))
    workforce.hire(1)
    workforce.sync_all()
    assert workforce.history().attempts[0].kind == "email_taken"


def test_an_address_that_the_look_up_does_not_show_belongs_to_another_account(workforce: Workforce) -> None:
    workforce.platform.add("worker1001@harbor.example")
    workforce.platform.hidden.add("worker1001@harbor.example")
    workforce.hire(1)
    workforce.sync_all()
    attempt = workforce.history().attempts[0]
    assert (attempt.state, attempt.origin, attempt.kind) == (State.FAILED, "benefits", "email_taken")


def test_what_the_platform_refuses_is_told_in_its_words(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.platform.before = lambda what, _: _refuse() if what == "post" else None
    workforce.sync_all()
    attempt = workforce.history().attempts[0]
    assert (attempt.origin, attempt.kind, attempt.reason) == (
        "benefits",
        "refused",
        "The platform has no such user.",
    )


def test_without_an_answer_the_employee_waits_and_says_for_what(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.read()
    workforce.start()
    workforce.platform.before = lambda *_: _raise(Unavailable("The platform asks to wait.", retry_after=90))
    workforce.send()
    [attempt] = workforce.history().attempts
    assert (attempt.state, attempt.reason) == (State.IN_PROGRESS, "The platform asks to wait.")
    workforce.clock.forward(seconds=89)
    assert workforce.send() == 0
    workforce.platform.before = lambda *_: None
    workforce.clock.forward(seconds=2)
    assert workforce.send() == 1
    assert workforce.history().attempts[0].reason is None


def _raise(error: Exception) -> None:
    raise error


def test_after_fifteen_minutes_an_employee_is_stuck_and_still_looked_at(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.read()
    workforce.start()
    workforce.platform.before = lambda *_: _raise(Doubtful("No answer came."))
    for _ in range(16):
        workforce.send()
        workforce.clock.forward(minutes=1)
    assert workforce.counts().stuck == 1
    assert workforce.history().attempts[0].stuck
    workforce.platform.before = lambda *_: None
    workforce.clock.forward(minutes=5)
    workforce.send()
    assert workforce.counts().successful == 1


def test_hr_that_cannot_be_read_says_so_and_loses_nobody(workforce: Workforce) -> None:
    workforce.hire(2)
    workforce.read()
    workforce.start()
    workforce.hr.trouble = Unavailable("The HR file cannot be read.")
    workforce.send()
    assert workforce.read() == 0
    assert workforce.counts().in_progress == 2
    workforce.hr.trouble = None
    workforce.clock.forward(minutes=5)
    workforce.read()
    workforce.finish()
    assert workforce.counts().successful == 2


def test_a_batch_that_hr_caused_belongs_to_nobody_and_there_is_one_for_many(workforce: Workforce) -> None:
    workforce.hire(3)
    workforce.sync_all()
    for ref in ("1001", "1002"):
        workforce.hr.change(ref, title="Dr")
    workforce.read()
    batch = workforce.all(Batch)[-1]
    assert (batch.because, batch.asked_by, batch.total) == ("hr", None, 2)


def test_since_when_the_platform_is_away_is_known_until_it_answers_again(workforce: Workforce) -> None:
    workforce.hire(3)
    workforce.read()
    workforce.start()
    workforce.platform.before = lambda *_: _raise(Unavailable("The platform does not answer."))
    with workforce.replica() as sync:
        sync.send()
        reading = workforce.one(Reading, stream="benefits")
        assert (reading.failing_since, reading.failure) == (NOW, "The platform does not answer.")
        workforce.platform.before = lambda *_: None
        workforce.clock.forward(minutes=1)
        sync.send()
    assert workforce.one(Reading, stream="benefits").failing_since is None


def test_hr_that_does_not_answer_is_not_told_of_the_platform(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.read()
    workforce.start()
    workforce.hr.trouble = Unavailable("The HR file cannot be read.")
    workforce.send()
    assert [each.stream for each in workforce.all(Reading)] == ["hr"]
    assert workforce.history().attempts[0].reason == "The HR file cannot be read."


def test_a_platform_that_does_not_say_what_it_can_do_is_asked_nothing_else(workforce: Workforce) -> None:
    workforce.hire(2)
    workforce.read()
    workforce.start()
    workforce.platform.unknown = Unavailable("The platform does not answer.")
    assert workforce.send() == 0
    assert workforce.one(Reading, stream="benefits").failing_since == NOW
    assert {each.attempts for each in workforce.all(Attempt)} == {0}
    workforce.platform.unknown = None
    assert workforce.send() == 2
    assert workforce.one(Reading, stream="benefits").failing_since is None


def test_another_replica_notes_that_the_platform_answers_again(workforce: Workforce) -> None:
    workforce.hire(2)
    workforce.read()
    workforce.start()
    workforce.platform.unknown = Unavailable("The platform does not answer.")
    with workforce.replica() as killed:
        killed.send()
    workforce.platform.unknown = None
    with workforce.replica() as another:
        another.send()
    assert workforce.one(Reading, stream="benefits").failing_since is None


def test_a_few_are_shared_by_all_the_lanes(workforce: Workforce) -> None:
    """Behind a platform that takes its time, forty employees on two of eight lanes would wait for nothing."""
    meeting = Barrier(8, timeout=20)

    def meet(operation: str, _email: str) -> None:
        if operation == "post":
            meeting.wait()

    workforce.hire(40)
    workforce.read()
    workforce.start()
    workforce.platform.before = meet
    with workforce.replica(at_once=8) as sync:
        assert sync.send() == 40
