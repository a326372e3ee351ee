"""HR waits for the exchange: until its employers are known, nobody of theirs is set aside."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from bot.jobs.employees import EmployeeSync
from services import streams
from services.connectors.hr.csv import HrCsv
from services.employees.validation import BUILT_IN, Rules
from services.store.employees import Employee
from services.store.exchange import Employer, Reading, SetAsideItem
from tests.rows import Clock, Rows

FILE = "employer,employee number,forenames,surname,e-mail\nemp_1,1,Ada,Lee,ada@harbor.example\n"


def never() -> NoReturn:
    raise AssertionError("nothing is sent here")


@pytest.fixture
def sync(rows: Rows, clock: Clock, tmp_path: Path) -> EmployeeSync:
    path = tmp_path / "hr.csv"
    path.write_text(FILE)
    hr = HrCsv(path, b"key", lambda: path.stat().st_mtime + 60)
    return EmployeeSync(rows.sessions, clock, hr, never, Rules.load(BUILT_IN), at_once=1, replica="r")


def test_hr_is_not_read_before_the_exchange_was_read_once(
    sync: EmployeeSync, rows: Rows, clock: Clock
) -> None:
    rows.add(Reading(stream=streams.INTEGRATIONS))
    assert sync.read() == 0
    assert (rows.all(SetAsideItem), rows.all(Employee)) == ([], [])
    rows.add(Employer(ref="emp_1", name="Harbor Bakery"))
    with rows.sessions.write() as session:
        streams.advance(session, streams.INTEGRATIONS, started_at=clock(), was=None, to=None)
    assert sync.read() == 1
    assert rows.all(SetAsideItem) == []
    sync.close()


def test_an_employer_that_is_known_later_takes_its_employees_off_the_list(
    sync: EmployeeSync, rows: Rows, clock: Clock
) -> None:
    rows.add(Reading(stream=streams.INTEGRATIONS, read_at=clock()))
    sync.read()
    assert [each.reason for each in rows.all(SetAsideItem)] == ["its employer is not known"]
    rows.add(Employer(ref="emp_1", name="Harbor Bakery"))
    clock.forward(minutes=1)
    assert sync.read() == 1
    assert rows.all(SetAsideItem) == []
    sync.close()
