"""The alert about a batch with employees who failed or are stuck."""

from __future__ import annotations

from services import subjects
from services.employees.alerts import EmployeesCard
from services.errors import Unavailable
from services.store.alerts import Alert, Card
from tests.platform import record
from tests.services.telling import ALERTS, Telling
from tests.workforce import Workforce


def test_a_batch_with_failures_is_one_alert_with_counts_and_reasons_and_no_name(workforce: Workforce) -> None:
    workforce.hire(2)
    workforce.hr.put(record("2001", gender=None, name="Grace Hopper"), record("2002", level="Platinum"))
    workforce.sync_all()
    alert = workforce.one(Alert)
    assert (alert.kind, alert.level, alert.employer_id) == ("employees", "failed", workforce.employer_id)
    reasons = {"gender_missing": 1, "level_no_package": 1}
    told = {"failed": 2, "stuck": 0, "reasons": reasons}
    assert alert.detail == {"batch": 1, "employers": {str(workforce.employer_id): told}}


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
    stuck = [each["stuck"] for each in (alert.detail or {})["employers"].values()]
    assert (alert.level, alert.employer_id, stuck) == ("stuck", None, [1, 1])
    version = alert.version
    workforce.tell()
    assert workforce.one(Alert).version == version
    workforce.platform.before = lambda *_: None
    workforce.clock.forward(minutes=5)
    workforce.finish()
    assert workforce.one(Alert).closed_at is not None


def shown(telling: Telling) -> dict[str, tuple[str | None, int, tuple[tuple[str, int], ...]]]:
    """Whose employees, how many Failed, and why, by channel."""
    found = {}
    with telling.rows.sessions.read() as session:
        for card in telling.rows.all(Card):
            told = subjects.read_card(session, card, telling.clock(), telling.channels)
            if isinstance(told, EmployeesCard):
                found[card.channel_id] = (told.employer, told.failed, told.reasons)
    return found


def test_a_channel_hears_of_the_employees_of_its_own_employers_alone(workforce: Workforce) -> None:
    telling, third = Telling(workforce, workforce.clock), workforce.employer("Third Time Bakery")
    for channel_id, employer_id in (
        ("C0ONE", workforce.employer_id),
        ("C0OTHER", workforce.elsewhere),
        ("C0THIRD", third),
    ):
        telling.subscribe(channel_id, employers=[employer_id])
    workforce.hr.put(record("1", gender=None), record("2", gender=None), record("3", "emp_2", level="X"))
    workforce.hr.put(record("4", "emp_3"))
    workforce.sync_all()
    telling.tell()
    assert shown(telling) == {
        ALERTS: (None, 3, (("gender_missing", 2), ("level_no_package", 1))),
        "C0ONE": ("Harbor Bakery", 2, (("gender_missing", 2),)),
        "C0OTHER": ("Quill & Sons", 1, (("level_no_package", 1),)),
    }
    workforce.hr.change("3", "emp_2", level=None)
    workforce.read()
    workforce.finish()
    assert shown(telling)["C0OTHER"][1] == 0
    assert shown(telling)["C0ONE"][1] == 2
