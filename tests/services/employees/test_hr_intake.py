"""Reading HR: what is new, what changed, what is set aside, and what it costs."""

from __future__ import annotations

from sqlalchemy import event

from services import streams
from services.employees import hr_intake
from services.employees.hr_intake import TWICE, UNKNOWN_EMPLOYER
from services.employees.validation import Rules
from services.errors import Unavailable
from services.ports import Page, SetAside
from services.store.employees import Attempt, Employee, Level
from services.store.exchange import Employer, Reading, SetAsideItem
from tests.platform import record
from tests.workforce import Workforce


def test_an_employee_of_an_unknown_employer_is_set_aside_until_the_employer_is_known(
    workforce: Workforce,
) -> None:
    workforce.hr.marks = True
    workforce.hr.put(record("1"), record("2", "emp_new"))
    with workforce.replica() as sync:
        sync.read()
        assert [each.ref for each in workforce.all(Employee)] == ["1"]
        aside = workforce.one(SetAsideItem)
        assert (aside.ref, aside.reason) == ("emp_new/2", UNKNOWN_EMPLOYER)
        workforce.add(Employer(ref="emp_new", name="New Harbor"))
        sync.read()
    assert [each.ref for each in workforce.all(Employee)] == ["1", "2"]


def test_bad_rows_and_employees_who_stand_twice_are_set_aside_with_their_reason(workforce: Workforce) -> None:
    workforce.hr.aside = [SetAside(None, "line 7: date of birth: is no date")]
    workforce.hire(1)
    workforce.read()
    with workforce.sessions.write() as session:
        page = Page([record("5"), record("5", title="Dr")])
        hr_intake.take(session, workforce.clock(), page, workforce.rules)
    reasons = {each.reason for each in workforce.all(SetAsideItem)}
    assert reasons == {"line 7: date of birth: is no date", TWICE}


def test_an_unchanged_source_is_not_read_again(workforce: Workforce) -> None:
    workforce.hr.marks = True
    workforce.hire(3)
    with workforce.replica() as sync:
        assert [sync.read() for _ in range(3)] == [3, 0, 0]
        assert workforce.hr.reads == 1
        later = workforce.clock.forward(minutes=1)
        sync.read()
        assert workforce.one(Reading, stream=streams.HR).read_at == later
        workforce.hr.change("1001", title="Dr")
        assert sync.read() == 3


def test_only_what_changed_is_written(workforce: Workforce) -> None:
    workforce.hire(50)
    workforce.read()
    written: list[str] = []
    engine = workforce.sessions.reading.kw["bind"]
    event.listen(engine, "before_cursor_execute", lambda *args: written.append(args[2]))
    workforce.hr.change("1007", surname="Mason", name="Ada Mason")
    workforce.read()
    assert sum("INTO employees" in each for each in written) == 1
    assert workforce.one(Employee, ref="1007").name == "Ada Mason"
    written.clear()
    workforce.read()
    assert not any("INTO employees" in each or "UPDATE employees" in each for each in written)


def test_a_reading_that_breaks_off_makes_nobody_gone(workforce: Workforce) -> None:
    workforce.hire(2)
    workforce.read()
    workforce.hr.remove("1001")
    workforce.hr.trouble = Unavailable("The HR file is being written.")
    workforce.read()
    assert [each.gone_at for each in workforce.all(Employee)] == [None, None]
    reading = workforce.one(Reading, stream=streams.HR)
    assert (reading.failure, reading.failing_since) == ("The HR file is being written.", workforce.clock())


def test_whoever_comes_back_to_hr_is_no_longer_gone(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.read()
    kept = dict(workforce.hr.rows)
    workforce.hr.rows.clear()
    workforce.read()
    assert workforce.one(Employee).gone_at == workforce.clock()
    workforce.hr.rows = kept
    workforce.read()
    assert workforce.one(Employee).gone_at is None


def set_row_aside(workforce: Workforce, ref: str) -> None:
    workforce.hr.remove(ref)
    workforce.hr.aside = [
        SetAside(f"emp_1/{ref}", "line 2: date of birth: is no date"),
        SetAside("?", "line 3"),
    ]


def test_whose_row_cannot_be_read_is_not_gone_and_stays_as_it_was(workforce: Workforce) -> None:
    """Only the row is bad: HR still has the employee, and the account goes on as it is."""
    workforce.hire(3)
    workforce.sync_all()
    set_row_aside(workforce, "1001")
    workforce.hr.remove("1002")
    workforce.read()
    gone = {each.ref for each in workforce.all(Employee) if each.gone_at}
    assert gone == {"1002"}
    assert set(workforce.states().values()) == {"successful"}
    assert len(workforce.all(Attempt)) == 3
    assert workforce.history("1001").to_mend == ("The row in HR's file cannot be read.",)


def test_sent_meanwhile_it_fails_for_that_reason_and_goes_again_once_the_row_can_be_read(
    workforce: Workforce,
) -> None:
    workforce.hire(2)
    workforce.read()
    kept = dict(workforce.hr.rows)
    set_row_aside(workforce, "1001")
    workforce.sync_all()
    failed = workforce.history("1001").attempts[0]
    assert (failed.origin, failed.kind) == ("hr", "unreadable")
    assert failed.reason == "The row in HR's file cannot be read."
    for _ in range(3):
        workforce.read()
    assert len(workforce.all(Attempt)) == 2
    workforce.hr.rows, workforce.hr.aside = kept, []
    workforce.read()
    workforce.finish()
    assert workforce.states() == {"1001": "successful", "1002": "successful"}


def test_a_row_that_stands_twice_leaves_the_first_as_it_is(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.hr.aside = [SetAside("emp_1/1001", "line 9: stands in line 2 already")]
    workforce.read()
    workforce.read()
    assert workforce.one(Employee).lacks == []


def test_the_levels_are_those_of_the_rules(workforce: Workforce) -> None:
    workforce.read()
    workforce.rules = Rules((), {}, {"Gold": "pkg-gold"})
    workforce.read()
    assert [(each.name, each.package) for each in workforce.all(Level)] == [("Gold", "pkg-gold")]


def test_new_rules_are_held_against_the_records_that_did_not_change(workforce: Workforce) -> None:
    workforce.hire(1, gender=None)
    workforce.read()
    assert workforce.one(Employee).lacks == ["gender:missing"]
    workforce.rules = Rules((), {}, {})
    workforce.read()
    assert workforce.one(Employee).lacks == []


def test_the_store_keeps_no_private_value(workforce: Workforce) -> None:
    workforce.hire(1)
    workforce.sync_all()
    kept = repr([vars(each) for each in workforce.all(Employee)])
    for private in ("1990", "41000", "@", "Female"):
        assert private not in kept
