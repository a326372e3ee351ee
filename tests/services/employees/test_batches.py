"""What people ask of the sync: choosing, confirming, Levels, trying again; and who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.employees import batches, listing
from services.employees.listing import NO_LEVEL, Filters, NotSetUp, State
from services.errors import Invalid, MovedOn, NoRole, NotAllowed, NotFound, Refused
from services.store.alerts import Card
from services.store.employees import Attempt, Batch, Employee
from services.store.people import AuditEvent
from tests.platform import record
from tests.workforce import ADMIN, BROKER, HR_ADMIN, NOBODY, READER, Workforce

ELSEWHERE = "emp_2"


def page(workforce: Workforce, user_id: str = ADMIN, **filters: Any) -> listing.EmployeesPage:
    return workforce.desk.ask(user_id, listing.page, Filters(**filters))


def test_the_list_shows_ten_of_a_state_with_the_counts_of_all(workforce: Workforce) -> None:
    workforce.hire(23)
    workforce.read()
    found = page(workforce)
    assert [line.ref for line in found.lines] == [str(each) for each in range(1001, 1011)]
    assert (found.counts.not_syncing, found.place.pages, found.place.total) == (23, 3, 23)
    assert found.as_of == workforce.clock()


@pytest.mark.parametrize("typed", ["lovelace", "LOVÉLACE ada", "7001", "ada 70", "quill ada"])
def test_search_finds_by_parts_of_name_number_and_employer(workforce: Workforce, typed: str) -> None:
    workforce.hr.put(record("7001", ELSEWHERE, name="Ada Lovelace"))
    workforce.hire(3)
    workforce.read()
    assert [line.ref for line in page(workforce, search=typed).lines] == ["7001"]


@pytest.mark.parametrize("typed", ["café", "Café rouge"])
def test_an_employer_is_found_with_the_accents_of_its_name(workforce: Workforce, typed: str) -> None:
    workforce.employer("Café Rouge")
    workforce.hr.put(record("7001", "emp_3"))
    workforce.hire(1)
    workforce.read()
    assert [line.ref for line in page(workforce, search=typed).lines] == ["7001"]


@pytest.mark.parametrize("typed", ["%", "_", "no such one"])
def test_search_takes_signs_as_they_are(workforce: Workforce, typed: str) -> None:
    workforce.hire(2)
    workforce.read()
    assert page(workforce, search=typed).lines == ()


def test_the_level_filter_knows_those_without_one(workforce: Workforce) -> None:
    workforce.hr.put(record("1", level="Standard"), record("2"))
    workforce.read()
    assert [line.ref for line in page(workforce, level="Standard").lines] == ["1"]
    assert [line.ref for line in page(workforce, level=NO_LEVEL).lines] == ["2"]
    assert page(workforce).assignable == ("Enhanced", "Essential", "Executive", "Standard")


def test_people_see_the_employees_of_their_employers_alone(workforce: Workforce) -> None:
    workforce.hr.put(record("1"), record("2", ELSEWHERE))
    workforce.read()
    assert [line.ref for line in page(workforce, BROKER).lines] == ["1"]
    assert [line.ref for line in page(workforce, READER).lines] == ["1"]
    assert not page(workforce, READER).may_sync
    assert [line.ref for line in page(workforce, ADMIN).lines] == ["1", "2"]
    with pytest.raises(NotAllowed):
        page(workforce, HR_ADMIN)
    with pytest.raises(NoRole):
        page(workforce, NOBODY)
    with pytest.raises(NotFound):
        workforce.desk.ask(BROKER, listing.find, workforce.id("2"))


def test_a_ticked_employee_of_another_employer_is_not_sent(workforce: Workforce) -> None:
    workforce.hr.put(record("1"), record("2", ELSEWHERE))
    workforce.read()
    assert workforce.tick("1", "2", user_id=BROKER).count == 1
    with pytest.raises(Invalid):
        workforce.tick("2", user_id=BROKER)
    assert workforce.everyone(BROKER).count == 1


@pytest.mark.parametrize("user_id", [READER, HR_ADMIN])
def test_who_may_not_sync_can_choose_start_or_assign_nothing(workforce: Workforce, user_id: str) -> None:
    workforce.hire(1)
    workforce.read()
    chosen = workforce.tick("1001")
    asked: list[Callable[[], object]] = [
        lambda: workforce.everyone(user_id),
        lambda: workforce.desk.do(user_id, batches.start, chosen.id),
        lambda: workforce.desk.do(user_id, batches.assign_level, chosen.id, "Standard"),
        lambda: workforce.desk.do(user_id, batches.try_again, workforce.id("1001"), 1),
    ]
    for each in asked:
        with pytest.raises(NotAllowed):
            each()
    assert workforce.all(Attempt) == []


def test_a_selection_belongs_to_who_made_it(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.read()
    chosen = workforce.everyone(ADMIN)
    with pytest.raises(MovedOn):
        workforce.desk.do(BROKER, batches.start, chosen.id)


def test_without_an_hr_source_every_question_says_that_it_is_not_set_up(workforce: Workforce) -> None:
    with pytest.raises(NotSetUp, match="HR_SOURCE"):
        page(workforce)
    with pytest.raises(NotSetUp):
        workforce.everyone()


def test_confirming_says_how_many_are_sent_and_how_many_lack_something(workforce: Workforce) -> None:
    workforce.hire(4)
    workforce.hr.put(record("2001", gender=None), record("2002", level="Platinum"))
    workforce.hr.put(record("2003", email="twin@harbor.example"), record("2004", email="twin@harbor.example"))
    workforce.read()
    workforce.desk.do(ADMIN, batches.start, workforce.tick("1001").id)
    chosen = workforce.tick("1001", "1002", "1003", "1004", "2001", "2002", "2003", "2004")
    assert (chosen.count, chosen.in_progress, chosen.incomplete) == (7, 1, 4)
    assert chosen.employers == ("Harbor Bakery",)


def test_all_in_the_filter_are_sent_thousands_at_once(workforce: Workforce) -> None:
    workforce.hire(1200)
    workforce.hire(1, first=9000, title="Dr", name="Grace Hopper")
    workforce.read()
    started = workforce.start(search="worker")
    assert started.queued == 1200
    counts = workforce.counts()
    assert (counts.in_progress, counts.not_syncing) == (1200, 1)


def test_the_same_form_sent_twice_is_one_batch(workforce: Workforce) -> None:
    workforce.hire(2)
    workforce.read()
    chosen = workforce.everyone()
    first = workforce.desk.do(ADMIN, batches.start, chosen.id, "V1")
    assert workforce.desk.do(ADMIN, batches.start, chosen.id, "V1").batch_id == first.batch_id
    assert len(workforce.all(Batch)) == 1
    assert len(workforce.all(Attempt)) == 2


def test_whoever_is_on_the_way_is_not_queued_twice(workforce: Workforce) -> None:
    workforce.hire(3)
    workforce.read()
    one = workforce.tick("1001", "1002", "1003")
    other = workforce.tick("1002")
    workforce.desk.do(ADMIN, batches.start, other.id)
    started = workforce.desk.do(ADMIN, batches.start, one.id)
    assert (started.queued, started.in_progress) == (2, 1)
    with pytest.raises(MovedOn):
        workforce.desk.do(ADMIN, batches.start, one.id)
    assert len(workforce.all(Attempt)) == 3


def test_no_more_are_sent_than_were_confirmed(workforce: Workforce) -> None:
    workforce.hire(2)
    workforce.read()
    chosen = workforce.everyone()
    workforce.hire(1, first=3001)
    workforce.read()
    with pytest.raises(MovedOn, match="3 employees match now, and you confirmed 2"):
        workforce.desk.do(ADMIN, batches.start, chosen.id)
    assert workforce.all(Batch) == []


def test_what_was_asked_is_in_the_audit_log_by_employer_and_without_names(workforce: Workforce) -> None:
    workforce.hr.put(record("1"), record("2"), record("3", ELSEWHERE))
    workforce.read()
    workforce.start()
    events = workforce.all(AuditEvent)
    assert {(each.event, each.employer_id, each.detail["employees"]) for each in events} == {
        ("employees.sync_started", workforce.employer_id, 2),
        ("employees.sync_started", workforce.elsewhere, 1),
    }


def test_a_batch_has_a_card_with_who_asked_for_it(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.read()
    started = workforce.start(BROKER)
    card = workforce.one(Card)
    assert (card.subject, card.channel_id) == (f"batch:{started.batch_id}", BROKER)


def test_a_level_is_kept_for_those_who_do_not_sync_and_sent_for_those_who_do(workforce: Workforce) -> None:
    workforce.hire(2)
    workforce.read()
    workforce.desk.do(ADMIN, batches.start, workforce.tick("1001").id)
    workforce.finish()
    chosen = workforce.tick("1001", "1002")
    given = workforce.desk.do(ADMIN, batches.assign_level, chosen.id, "Enhanced")
    assert (given.assigned, given.queued) == (2, 1)
    workforce.finish()
    [account] = workforce.platform.accounts.values()
    assert account.package == "enhanced"
    assert {each.level for each in workforce.all(Employee)} == {"Enhanced"}
    assert workforce.history("1001").attempts[0].because == "level"


def test_a_level_is_given_to_all_of_a_filter_by_level_and_state(workforce: Workforce) -> None:
    workforce.hire(3, level="Standard")
    workforce.hire(1, first=2001)
    workforce.sync_all()
    chosen = workforce.everyone(state=State.SUCCESSFUL, level="Standard")
    given = workforce.desk.do(ADMIN, batches.assign_level, chosen.id, "Executive")
    assert (given.assigned, given.queued) == (3, 3)
    workforce.finish()
    packages = sorted(each.package or "" for each in workforce.platform.accounts.values())
    assert packages == ["", "executive", "executive", "executive"]


def test_a_level_that_is_taken_away_and_the_same_level_again_send_nobody_for_nothing(
    workforce: Workforce,
) -> None:
    workforce.hire(1, level="Standard")
    workforce.sync_all()
    same = workforce.desk.do(ADMIN, batches.assign_level, workforce.tick("1001").id, "Standard")
    assert (same.batch_id, same.queued) == (None, 0)
    gone = workforce.desk.do(ADMIN, batches.assign_level, workforce.tick("1001").id, None)
    assert gone.queued == 1


def test_a_level_without_a_package_cannot_be_assigned(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.read()
    with pytest.raises(Invalid):
        workforce.desk.do(ADMIN, batches.assign_level, workforce.tick("1001").id, "Platinum")


def test_an_assigned_level_counts_until_hr_itself_changes_it(workforce: Workforce) -> None:
    workforce.hire(1, level="Standard")
    workforce.read()
    workforce.desk.do(ADMIN, batches.assign_level, workforce.tick("1001").id, "Executive")
    workforce.hr.change("1001", title="Dr")
    workforce.read()
    assert workforce.one(Employee).level == "Executive"
    workforce.hr.change("1001", level="Essential")
    workforce.read()
    assert workforce.one(Employee).level == "Essential"


def test_trying_again_refuses_while_hrs_record_is_wrong_and_says_why(workforce: Workforce) -> None:
    workforce.hire(1, date_of_birth=None)
    workforce.sync_all()
    with pytest.raises(Refused, match=r"Not sent, as HR was read .*: The date of birth is missing\."):
        workforce.try_again()
    assert len(workforce.all(Attempt)) == 1


def test_trying_again_sends_once_however_often_it_is_pressed(workforce: Workforce) -> None:
    workforce.platform.add("worker1001@harbor.example")
    workforce.platform.hidden.add("worker1001@harbor.example")
    workforce.hire(1)
    workforce.sync_all()
    workforce.platform.hidden.clear()
    newest_id = workforce.history().newest_id or 0
    first = workforce.try_again()
    second = workforce.desk.do(ADMIN, batches.try_again, workforce.id("1001"), newest_id)
    assert (first.queued, second.queued, second.batch_id) == (1, 0, first.batch_id)
    workforce.finish()
    assert [each.because for each in workforce.history().attempts] == ["again", "sync"]
    with pytest.raises(MovedOn):
        workforce.desk.do(ADMIN, batches.try_again, workforce.id("1001"), newest_id)


def test_the_history_names_who_asked_and_what_to_do(workforce: Workforce) -> None:
    workforce.hire(1, level="Platinum")
    workforce.read()
    workforce.start(BROKER)
    workforce.finish()
    view = workforce.history()
    [line] = view.attempts
    assert (line.because, line.by, line.kind) == ("sync", BROKER, "no_package")
    assert line.remedy == "Assign another Level, or have a package added for this one."
    assert view.may_try_again
    assert view.to_mend == ("The Benefits Level has no package at the Benefits platform.",)
