"""Long Pending: a reminder on day 45, and on day 60 the advice to ask for help."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.store.alerts import Alert
from services.store.exchange import Integration
from tests.services.telling import DAY, Telling


def pending(telling: Telling, days: float) -> Integration:
    since = telling.clock() - days * DAY
    return telling.rows.integration(
        status="pending", configured_at=since, active_at=None, watch_at=since + 45 * DAY
    )


@pytest.mark.parametrize(
    ("days", "level"), [(44.9, None), (45, "waiting"), (59.9, "waiting"), (60, "overdue"), (200, "overdue")]
)
def test_pending_is_told_of_on_day_45_and_day_60(telling: Telling, days: float, level: str | None) -> None:
    pending(telling, days)
    telling.sweep()
    assert [each.level for each in telling.rows.all(Alert)] == ([level] if level else [])


def test_the_reminder_becomes_overdue_once_and_lifts_its_acknowledgement(telling: Telling) -> None:
    integration = pending(telling, 45)
    telling.sweep()
    telling.tell()
    telling.acknowledge()
    telling.clock.forward(days=15)
    assert [telling.sweep(), telling.sweep()] == [1, 0]
    alert = telling.alert()
    assert (alert.level, alert.acknowledged_by, alert.integration_id) == ("overdue", None, integration.id)
    assert telling.story() == ["acknowledged", "overdue"]
    told = telling.facts("alert:1")
    assert (told.days, told.level, told.added) == (60, "overdue", 1)


@pytest.mark.parametrize("status", ["active", "disabled"])
def test_it_is_over_when_it_is_not_pending_any_more(telling: Telling, status: str) -> None:
    integration = pending(telling, 50)
    telling.sweep()
    telling.tell()
    telling.follow(integration.id, status=status, watch_at=None)
    assert telling.alert().closed_because == status
    assert telling.facts("alert:1").lasted == 50 * DAY + timedelta(seconds=20)


def test_the_pending_are_never_late(telling: Telling) -> None:
    integration = pending(telling, 10)
    telling.clock.forward(days=300)
    telling.sweep()
    assert [(each.kind, each.integration_id) for each in telling.open()] == [("pending", integration.id)]


def test_late_and_pending_are_found_in_one_sweep(telling: Telling) -> None:
    telling.late()
    pending(telling, 45)
    assert telling.sweep() == 2
    assert sorted(each.kind for each in telling.open()) == ["last_sync", "pending"]
