"""One alert for a carrier most of whose integrations are late, instead of one for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from services.alerts import late as late_alerts
from services.store.alerts import Alert
from services.store.exchange import Integration
from tests.services.telling import AGENCY, DAY, HOUR, Telling


def kinds(telling: Telling) -> list[str]:
    return [each.kind for each in telling.open()]


@pytest.mark.parametrize(
    ("late", "on_time", "told"),
    [
        (2, 0, ["last_sync"] * 2),
        (3, 0, ["carrier"]),
        (3, 3, ["carrier"]),
        (3, 4, ["last_sync"] * 3),
        (5, 4, ["carrier"]),
    ],
)
def test_at_least_three_and_at_least_half_of_a_carrier_are_one_alert(
    telling: Telling, late: int, on_time: int, told: list[str]
) -> None:
    telling.carrier_of(late, on_time)
    telling.sweep()
    assert kinds(telling) == told


def test_another_carriers_integrations_are_told_of_one_by_one(telling: Telling) -> None:
    telling.carrier_of(3)
    telling.carrier_of(1, 1)
    telling.sweep()
    assert sorted(kinds(telling)) == ["carrier", "last_sync"]


def test_active_ones_of_which_nothing_is_expected_yet_count_as_on_time(telling: Telling) -> None:
    carrier = telling.carrier_of(3)[0].carrier_id
    for _ in range(4):
        telling.rows.integration(carrier_id=carrier)
    telling.sweep()
    assert kinds(telling) == ["last_sync"] * 3


@pytest.mark.parametrize("status", ["pending", "disabled"])
def test_those_that_are_not_active_do_not_count(telling: Telling, status: str) -> None:
    carrier = telling.carrier_of(3)[0].carrier_id
    for _ in range(9):
        telling.rows.integration(carrier_id=carrier, status=status)
    telling.sweep()
    assert kinds(telling) == ["carrier"]


def test_the_single_alerts_fold_into_the_carriers(telling: Telling) -> None:
    _, _, third = telling.carrier_of(2) + telling.carrier_of(0, 1)
    carrier = telling.rows.all(Integration)[0].carrier_id
    telling.sweep()
    telling.tell()
    telling.follow(third.id, carrier_id=carrier, due_at=telling.clock(), watch_at=telling.clock())
    telling.sweep()
    folded = [each for each in telling.rows.all(Alert) if each.closed_at]
    assert [each.closed_because for each in folded] == ["folded"] * 2
    assert kinds(telling) == ["carrier"]
    assert telling.facts("alert:1").closed_because == "folded"


def test_those_that_are_late_when_the_carriers_alert_is_over_are_told_of_again(telling: Telling) -> None:
    first, second, third, fourth = telling.carrier_of(4)
    telling.sweep()
    telling.clock.forward(minutes=10)
    telling.sync(first.id, second.id, third.id)
    assert telling.rows.one(Alert, kind="carrier").closed_because == "synced"
    telling.sweep()
    [alert] = telling.open()
    assert (alert.kind, alert.integration_id) == ("last_sync", fourth.id)


@pytest.mark.parametrize("columns", [{"status": "disabled", "due_at": None}, {"due_at": None}])
def test_when_no_sync_came_the_end_does_not_speak_of_one(
    telling: Telling, columns: dict[str, object]
) -> None:
    first, *_ = telling.carrier_of(3)
    telling.sweep()
    telling.follow(first.id, **columns)
    assert telling.rows.one(Alert, kind="carrier").closed_because == "not_late"


def test_it_is_lost_when_half_of_the_late_ones_are(telling: Telling) -> None:
    telling.carrier_of(2)
    carrier = telling.rows.all(Integration)[0].carrier_id
    lost = telling.clock() - HOUR
    for _ in range(2):
        telling.late(carrier_id=carrier, lost_at=lost)
    telling.sweep()
    assert telling.alert().level == "lost"


def test_becoming_lost_is_told_and_lifts_the_acknowledgement_of_a_late_one(telling: Telling) -> None:
    telling.carrier_of(3)
    telling.sweep()
    telling.acknowledge()
    telling.clock.forward(hours=3)
    telling.sweep()
    alert = telling.alert()
    assert (alert.level, alert.acknowledged_by, alert.added, alert.wake_at) == ("lost", None, 1, None)
    assert telling.story() == ["acknowledged", "lost"]


def test_what_is_lost_does_not_become_late_again(telling: Telling) -> None:
    telling.carrier_of(3, lost_at=telling.clock())
    telling.sweep()
    telling.acknowledge()
    carrier = telling.rows.all(Integration)[0].carrier_id
    for _ in range(4):
        telling.late(carrier_id=carrier)
    telling.sweep()
    alert = telling.alert()
    assert (alert.level, alert.acknowledged_by) == ("lost", AGENCY.user_id)


def test_one_that_is_late_only_now_raises_no_second_alert(telling: Telling) -> None:
    *_, last = telling.carrier_of(3, 1)
    telling.sweep()
    telling.clock.forward(hours=25)
    assert telling.sweep() > 0
    assert kinds(telling) == ["carrier"]
    assert telling.facts("alert:1").late == len([last]) + 3


def test_a_channel_hears_of_it_when_its_own_employer_is_late_at_last(telling: Telling) -> None:
    first, *_ = telling.carrier_of(3)
    telling.sweep()
    bakery = telling.rows.employer("Harbor Bakery")
    telling.subscribe("C0BAKERY", employers=[bakery])
    telling.tell()
    assert "C0BAKERY" not in telling.told_channels()
    telling.late(carrier_id=first.carrier_id, employer_id=bakery)
    telling.sweep()
    telling.tell()
    assert "C0BAKERY" in telling.told_channels()


def test_replicas_that_sweep_the_same_carrier_open_one_alert(telling: Telling) -> None:
    telling.carrier_of(12)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: telling.sweep(), range(8)))
    assert kinds(telling) == ["carrier"]


def test_a_sync_beside_a_sweep_leaves_one_true_alert(telling: Telling) -> None:
    found = telling.carrier_of(8)
    telling.sweep()
    telling.clock.forward(days=1)

    def live(number: int) -> None:
        if number % 2:
            telling.sync(found[number].id)
        else:
            telling.sweep()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(live, range(8)))
    assert kinds(telling) == ["carrier"]
    assert telling.facts("alert:1").late == 4


@contextmanager
def locks(engine: Engine) -> Iterator[list[str]]:
    """The tables whose rows are read, in order."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        words = statement.split("FROM ", 1)
        seen.append(words[1].split()[0] if len(words) > 1 else "")

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("job", ["sweep", "sync"])
def test_carriers_are_locked_before_alerts_everywhere(telling: Telling, engine: Engine, job: str) -> None:
    """Or a sweep and a sync of one carrier could wait for each other."""
    first, *_ = telling.carrier_of(3)
    telling.sweep()
    telling.late(carrier_id=first.carrier_id)
    with telling.rows.sessions.write() as session, locks(engine) as seen:
        if job == "sync":
            late_alerts.follow_integrations(session, telling.clock(), [first.id])
        else:
            late_alerts.find_late(session, telling.clock() + DAY, telling.clock())
    tables = [table for table in seen if table in {"carriers", "alerts"}]
    assert tables[0] == "carriers"
