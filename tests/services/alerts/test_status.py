"""News of a status: who changed it, told once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.alerts import status as status_alerts
from services.intake.integrations import take_integrations
from services.ports import IntegrationItem, Page
from services.store.alerts import Alert
from services.store.changes import Change
from services.store.exchange import Integration
from tests.outside import integration_item
from tests.services.telling import ALERTS, DAY, Telling

MOMENT = timedelta(minutes=1)


def take(telling: Telling, *items: IntegrationItem) -> None:
    with telling.rows.sessions.write() as session:
        take_integrations(session, telling.clock(), Page(list(items)))


def item(at: datetime, status: str, **changed: Any) -> IntegrationItem:
    usual: dict[str, Any] = {"status": status, "updated_at": at, "configured_at": at - 10 * DAY}
    usual |= {"active_at": at if status == "active" else None}
    usual |= {"disabled_at": at if status == "disabled" else None}
    return integration_item(**(usual | changed))


def begun(telling: Telling, status: str) -> None:
    take(telling, item(telling.clock() - DAY, status, disabled_by=None))


def moved(telling: Telling, status: str, **changed: Any) -> Any:
    take(telling, item(telling.clock(), status, **changed))
    [alert] = [each for each in telling.rows.all(Alert) if each.kind == "status"]
    return telling.facts(f"alert:{alert.id}")


@pytest.mark.parametrize("status", ["pending", "active", "disabled"])
def test_an_integration_that_is_new_is_no_news(telling: Telling, status: str) -> None:
    begun(telling, status)
    assert telling.rows.all(Alert) == []


@pytest.mark.parametrize(
    ("was", "status", "by", "changed"),
    [
        ("pending", "active", "carrier", {}),
        ("active", "disabled", "inactivity", {"disabled_by": "inactivity"}),
        ("active", "disabled", "exchange", {"disabled_by": "person"}),
        ("disabled", "pending", "exchange", {}),
    ],
)
def test_it_tells_what_it_was_what_it_is_and_who_did_it(
    telling: Telling, was: str, status: str, by: str, changed: dict[str, Any]
) -> None:
    begun(telling, was)
    facts = moved(telling, status, **changed)
    assert (facts.was, facts.status, facts.by) == (was, status, by)


@pytest.mark.parametrize(
    ("was", "status", "kind"), [("active", "disabled", "deactivate"), ("disabled", "pending", "activate")]
)
def test_who_asked_for_it_here_is_named(telling: Telling, was: str, status: str, kind: str) -> None:
    begun(telling, was)
    asked(telling, kind, settled_at=None, state="queued")
    at = telling.clock()
    facts = moved(telling, status, configured_at=at if status == "pending" else at - DAY)
    assert facts.by == "U0ASKED"


def test_who_asked_long_ago_is_not(telling: Telling) -> None:
    begun(telling, "active")
    asked(telling, "deactivate", settled_at=telling.clock() - 3 * DAY, state="done")
    assert moved(telling, "disabled", disabled_by="person").by == "exchange"


def asked(telling: Telling, kind: str, **columns: Any) -> None:
    actor = {"requested_by": "U0ASKED", "requested_at": telling.clock(), "key": kind}
    [integration] = telling.rows.all(Integration)
    telling.rows.add(Change(integration_id=integration.id, kind=kind, **actor, **columns))


def test_it_is_posted_once_and_over_once_it_is_told(telling: Telling) -> None:
    begun(telling, "pending")
    moved(telling, "active")
    telling.tell()
    [alert] = [each for each in telling.rows.all(Alert) if each.kind == "status"]
    assert (alert.closed_because, alert.recipients) == ("told", 1)
    [card] = telling.cards()
    assert (card.channel_id, card.ts is not None) == (ALERTS, True)
    assert telling.route() == 0
    assert telling.story() == []


def test_news_that_are_read_again_are_told_once(telling: Telling) -> None:
    begun(telling, "pending")
    moved(telling, "active")
    telling.tell()
    [integration] = telling.rows.all(Integration)
    with telling.rows.sessions.write() as session:
        status_alerts.tell(session, telling.clock(), {integration.id: "pending"})
    assert len(telling.rows.all(Alert)) == 1
    assert telling.route() == 0


def test_each_change_is_news(telling: Telling) -> None:
    begun(telling, "pending")
    for status in ("active", "disabled", "pending"):
        telling.clock.forward(days=1)
        take(telling, item(telling.clock(), status))
    found = [each for each in telling.rows.all(Alert) if each.kind == "status"]
    assert [each.level for each in found] == ["active", "disabled", "pending"]
