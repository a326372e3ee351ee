"""Setting a cadence, and planning maintenance: from an integration to the store."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox import cast
from bot.sandbox.workspace.driver import Person
from handlers.status.ids import CadenceAction, WindowAction
from services.store.exchange import CadenceOverride, MaintenanceWindow
from services.store.people import AuditEvent
from tests.agency import NOW, Agency, daily
from tests.handlers.pages import As

CHANNEL = cast.GENERAL.channel_id


@pytest.fixture(autouse=True)
def integration(agency: Agency) -> int:
    return agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW))


def cadence(page: Person) -> dict[str, Any]:
    """The form, from the answer to a command."""
    [answer] = page.command("/carrier-status harbor guardian", channel=CHANNEL)
    page.press(answer, CadenceAction.OPEN)
    return page.modals()[-1]


def of_carrier(page: Person) -> dict[str, Any]:
    page.press(cadence(page), CadenceAction.OPEN)
    return page.modals()[-1]


def said(view: dict[str, Any]) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False)


def asked_for(view: dict[str, Any]) -> list[str]:
    return [block["block_id"] for block in view["blocks"] if block["type"] == "input"]


def choose(page: Person, view: dict[str, Any], kind: str) -> dict[str, Any]:
    page.press(view, CadenceAction.KIND, option=kind)
    return page.modals()[-1]


def test_the_form_tells_what_was_learned(broker: Person) -> None:
    shown = said(cadence(broker))
    assert "Guardian" in shown
    assert "Harbor Bakery" in shown
    assert "syncs every day" in shown


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("daily", []),
        ("working_days", []),
        ("weekdays", ["weekdays"]),
        ("every_weeks", ["weeks", "weekdays"]),
        ("monthly", ["day"]),
    ],
)
def test_each_kind_asks_for_its_own(broker: Person, kind: str, fields: list[str]) -> None:
    view = choose(broker, cadence(broker), kind)
    assert asked_for(view) == ["kind", *fields, "at"]


@pytest.mark.parametrize(
    ("kind", "values", "stored"),
    [
        ("daily", {}, {"weekdays": []}),
        ("weekdays", {"weekdays": ["Monday", "Thursday"]}, {"weekdays": [0, 3]}),
        ("every_weeks", {"weeks": "3", "weekdays": "Friday"}, {"weeks": 3, "weekdays": [4]}),
        ("monthly", {"day": "Last working day"}, {"day": -1}),
    ],
)
def test_what_is_chosen_is_set_once(
    broker: Person, agency: Agency, kind: str, values: dict[str, Any], stored: dict[str, Any]
) -> None:
    view = choose(broker, cadence(broker), kind)
    assert broker.submit(view, {**values, "at": "07:30"}) == {}
    assert "✅ Guardian should sync" in said(broker.modals()[-1])
    [row] = agency.all(CadenceOverride)
    assert row.choice["kind"] == kind
    assert row.choice["at"].startswith("07:30")
    assert {name: row.choice[name] for name in stored} == stored
    assert [event.event for event in agency.all(AuditEvent)] == ["rhythm.set"]


def test_what_is_missing_is_said_under_its_field(broker: Person, agency: Agency) -> None:
    view = choose(broker, cadence(broker), "weekdays")
    assert list(broker.submit(view, {"at": "07:30"})) == ["weekdays"]
    assert agency.all(CadenceOverride) == []


def test_what_was_set_is_shown_and_can_be_dropped(broker: Person, agency: Agency) -> None:
    broker.submit(choose(broker, cadence(broker), "monthly"), {"day": "15", "at": "09:00"})
    broker.close_modal(broker.modals()[-1], everything=True)
    view = cadence(broker)
    assert f"<@{cast.BROKER.user_id}>" in said(view)
    assert asked_for(view) == ["kind", "day", "at"]
    broker.press(view, CadenceAction.CLEAR)
    assert agency.all(CadenceOverride) == []
    assert f"<@{cast.BROKER.user_id}>" not in said(broker.modals()[-1])


def test_a_carriers_own_is_for_agency_users(acting: As, broker: Person, agency: Agency) -> None:
    with pytest.raises(LookupError):
        of_carrier(broker)
    page = acting(cast.AGENCY)
    view = of_carrier(page)
    assert "every employer" in said(view)
    assert page.submit(choose(page, view, "daily"), {"at": "05:00"}) == {}
    [row] = agency.all(CadenceOverride)
    assert (row.carrier_id, row.integration_id) == (agency.carrier("Guardian"), None)


def test_maintenance_is_planned_once_and_taken_back(acting: As, agency: Agency) -> None:
    page = acting(cast.AGENCY)
    page.press(of_carrier(page), WindowAction.PLAN)
    begins, ends = NOW + timedelta(days=1), NOW + timedelta(days=2)
    values = {"begins_at": int(begins.timestamp()), "ends_at": int(ends.timestamp()), "note": "New system"}
    assert page.submit(page.modals()[-1], values) == {}
    [window] = agency.all(MaintenanceWindow)
    assert (window.begins_at, window.ends_at, window.note) == (begins, ends, "New system")
    page.close_modal(page.modals()[-1], everything=True)
    view = of_carrier(page)
    assert "New system" in said(view)
    page.press(view, WindowAction.END)
    assert "New system" not in said(page.modals()[-1])


def test_a_window_that_ends_before_it_begins_is_refused(acting: As, agency: Agency) -> None:
    page = acting(cast.AGENCY)
    page.press(of_carrier(page), WindowAction.PLAN)
    later = int((NOW + timedelta(days=2)).timestamp())
    values = {"begins_at": later, "ends_at": later - 3600}
    assert list(page.submit(page.modals()[-1], values)) == ["ends_at"]
    assert agency.all(MaintenanceWindow) == []


def test_an_employer_user_is_not_offered_it(acting: As) -> None:
    page = acting(cast.EMPLOYER)
    [answer] = page.command("/carrier-status harbor guardian", channel=CHANNEL)
    with pytest.raises(LookupError):
        page.press(answer, CadenceAction.OPEN)
