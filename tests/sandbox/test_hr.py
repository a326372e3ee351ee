"""The sandbox's HR file and Benefits platform, read and reached as the bot reads and reaches them."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from bot.sandbox.benefits import BENEFITS_FAULTS, BenefitsFaults, BenefitsPlatform
from bot.sandbox.clock import SandboxClock
from bot.sandbox.world.hr import HOW_MANY_NEW, NEWCOMERS, HrFile
from bot.sandbox.world.hr_events import HrEvents
from services.connectors.hr.csv import HrCsv
from services.employees.validation import Rules, check, check_level
from services.errors import Unavailable
from services.ports import EmployeeRecord

TODAY = date(2026, 3, 4)


@pytest.fixture
def hr(tmp_path: Path) -> HrFile:
    return HrFile(tmp_path / "employees.csv", 7, TODAY)


def read(hr: HrFile) -> list[EmployeeRecord]:
    pages = list(HrCsv(hr.path, b"a key").records())
    assert [each for page in pages for each in page.set_aside] == []
    return [each for page in pages for each in page.items]


def troubles(records: list[EmployeeRecord]) -> Counter[str]:
    rules = Rules.load()
    found = [
        problem for each in records for problem in (*check(each, rules), *check_level(each.level, rules))
    ]
    return Counter(str(each) for each in found)


def test_the_file_holds_the_mistakes_that_the_demo_shows(hr: HrFile) -> None:
    records = read(hr)
    assert len(records) == 60
    assert [each.key.employer_ref for each in records].count(NEWCOMERS) == HOW_MANY_NEW
    assert troubles(records) == {
        "date_of_birth:missing": 2, "pay_frequency:not_in_list": 2, "level:no_package": 1,
    }  # fmt: skip
    shared = Counter(each.email_key for each in records)
    assert list(shared.values()).count(2) == 1
    assert [each.leave_date for each in records if each.leave_date] == [date(2026, 2, 2)]


def test_some_accounts_are_there_before_and_one_is_somebody_elses(hr: HrFile) -> None:
    platform = BenefitsPlatform("token")
    for email, external_id in hr.accounts_before().items():
        platform.add(email, external_id)
    names = {each["userName"] for each in platform.users}
    assert len(names) == len(platform.users) > 3
    assert [each["externalId"] for each in platform.users if "externalId" in each] == ["emp_harbor/ee_left"]


def test_hr_corrects_until_nothing_is_wrong(hr: HrFile) -> None:
    for _ in range(5):
        assert hr.correct().startswith("HR corrected employee ")
    assert troubles(read(hr)) == {}
    with pytest.raises(ValueError, match="nothing left"):
        hr.correct()


@pytest.mark.parametrize("event", ["hr_hires", "hr_raises_pay", "hr_leaver"])
def test_each_event_changes_one_record(hr: HrFile, event: str) -> None:
    stirring = HrEvents(hr, BenefitsFaults(), SandboxClock())
    before = {each.key: each.fingerprint for each in read(hr)}
    sentence = stirring.cause(event, {})
    after = {each.key: each.fingerprint for each in read(hr)}
    assert len(set(after.items()) - set(before.items())) == 1
    assert "@" not in sentence


def test_a_half_written_export_is_noticed_until_it_is_finished(hr: HrFile) -> None:
    before = read(hr)
    hr.half_write()
    for seconds in (0, 3600):
        with pytest.raises(Unavailable):
            next(HrCsv(hr.path, b"a key", lambda later=seconds: time.time() + later).records())
    hr.finish()
    assert [each.fingerprint for each in read(hr)] == [each.fingerprint for each in before]


def test_the_page_offers_every_fault_of_the_platform(hr: HrFile) -> None:
    faults = BenefitsFaults()
    stirring = HrEvents(hr, faults, SandboxClock())
    offered = {event["name"] for group in stirring.menu() for event in group["events"]}
    assert offered == stirring.names
    for fault, words in BENEFITS_FAULTS.items():
        assert stirring.cause(fault, {"seconds": "5"}) == f"{words} for 5 seconds."
        assert faults.current == fault
    with pytest.raises(ValueError, match="Seconds"):
        stirring.cause("benefits_away", {"seconds": "soon"})
    stirring.cause("benefits_recovers", {})
    assert faults.current is None
