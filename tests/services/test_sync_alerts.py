"""The alert about a batch with employees who failed or are stuck."""

from __future__ import annotations

from services.errors import Unavailable
from services.models import Alert
from tests.platform import record
from tests.workforce import Workforce


def test_a_batch_with_failures_is_one_alert_with_counts_and_reasons_and_no_name(workforce: Workforce) -> None:
    workforce.hire(2)
    workforce.hr.put(record("2001", gender=None, name="Grace Hopper"), record("2002", level="Platinum"))
    workforce.sync_all()
    alert = workforce.one(Alert)
    assert (alert.kind, alert.level, alert.employer_id) == ("employees", "failed", workforce.employer_id)
    assert alert.detail == {
        "batch": 1,
        "failed": 2,
        "stuck": 0,
        "reasons": {"gender_missing": 1, "level_no_package": 1},
    }


def test_a_batch_without_failures_raises_none(workforce: Workforce) -> None:
    workforce.hire(2)
    workforce.sync_all()
    assert workforce.all(Alert) == []


def test_the_alert_closes_when_all_of_its_failures_were_sent_since(workforce: Workforce) -> None:
    workforce.hire(1, gender=None)
    workforce.sync_all()
    workforce.hr.change("1001", gender="Female")
    workforce.read()
    workforce.finish()
    alert = workforce.one(Alert)
    assert (alert.closed_because, alert.closed_at is None) == ("cleared", False)


def test_stuck_employees_are_told_and_the_alert_closes_when_they_get_through(workforce: Workforce) -> None:
    workforce.hr.put(record("1"), record("2", "emp_2"))
    workforce.read()
    workforce.start()

    def away(_what: str, _email: str) -> None:
        raise Unavailable("The Benefits platform does not answer.")

    workforce.platform.before = away
    workforce.send()
    workforce.clock.forward(minutes=16)
    workforce.tell()
    alert = workforce.one(Alert)
    assert (alert.level, alert.employer_id, (alert.detail or {})["stuck"]) == ("stuck", None, 2)
    version = alert.version
    workforce.tell()
    assert workforce.one(Alert).version == version
    workforce.platform.before = lambda *_: None
    workforce.clock.forward(minutes=5)
    workforce.finish()
    assert workforce.one(Alert).closed_at is not None
