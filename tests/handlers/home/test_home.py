"""The Home tab and the audit log, as each of the cast finds them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt import App

from bot.sandbox import cast
from bot.sandbox.workspace.driver import Person
from handlers import renderer
from handlers.alerts.ids import AlertAction
from handlers.home.home import opened
from handlers.home.ids import HomeAction
from handlers.kit.ids import FindAction
from handlers.people.ids import AuditAction
from services.store.people import AuditEvent
from tests.agency import DAY, NOW, Agency, daily
from tests.handlers.pages import As


@pytest.fixture
def late(agency: Agency) -> int:
    """Guardian is late for Harbor Bakery; Cigna sent a Failure for an employer that is not the broker's."""
    since = {"due_at": NOW - timedelta(hours=2), "lost_at": NOW + DAY}
    integration = agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW, skip=2), **since)
    agency.message(agency.integration("Quill & Sons Printing", "Cigna"))
    return integration


def home(page: Person) -> dict[str, Any]:
    page.open_home()
    page.wait_for(lambda: page._home)
    view = page.home()
    assert view
    return view


def said(view: dict[str, Any]) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False)


def note(agency: Agency, event: str, **values: Any) -> None:
    usual: dict[str, Any] = {"at": NOW, "user_id": cast.AGENCY.user_id, "role": "agency", "detail": {}}
    agency.add(AuditEvent(event=event, **{**usual, **values}))


def lines(view: dict[str, Any]) -> list[str]:
    """The audit log's lines, by event."""
    texts = [block["elements"][0]["text"] for block in view["blocks"] if block["type"] == "context"]
    return [text.split("*")[1] for text in texts]


def test_a_broker_finds_what_needs_them(acting: As, late: int) -> None:
    del late
    shown = said(home(acting(cast.BROKER)))
    assert "🟠 *Late* · *Guardian* for *Harbor Bakery*" in shown
    assert "Quill" not in shown
    assert "Cigna" not in shown


def test_an_agency_user_finds_it_all(acting: As, late: int) -> None:
    del late
    shown = said(home(acting(cast.AGENCY)))
    assert "🟠 *Late* · *Guardian* for *Harbor Bakery*" in shown
    assert "*1 open Failure* · *Cigna* for *Quill &amp; Sons Printing*" in shown


def test_an_employer_finds_their_own_and_no_audit_log(acting: As, late: int) -> None:
    del late
    shown = said(home(acting(cast.EMPLOYER)))
    assert "Guardian" in shown
    assert "Quill" not in shown
    assert AuditAction.OPEN not in shown


def test_a_reader_and_a_newcomer_get_a_friendly_line(acting: As, late: int) -> None:
    del late
    assert "sync states" in said(home(acting(cast.READ_ONLY)))
    stranger = said(home(acting(cast.NEWCOMER)))
    assert "does not know your role yet" in stranger
    assert "<@U0ADMIN> can give you one." in stranger


def test_the_chart_counts_by_carrier(acting: As, late: int) -> None:
    del late
    [chart] = [
        block for block in home(acting(cast.BROKER))["blocks"] if block["type"] == "data_visualization"
    ]
    values = {series["name"]: series["data"] for series in chart["chart"]["series"]}
    assert values["Late"] == [{"label": "Guardian", "value": 1}]


def test_refresh_shows_what_is_true_now(acting: As, agency: Agency) -> None:
    page = acting(cast.BROKER)
    view = home(page)
    assert "✅ Nothing." in said(view)
    agency.message(agency.integration("Harbor Bakery", "Guardian"))
    page.press(view, HomeAction.REFRESH)
    after = page.home()
    assert after
    assert "*1 open Failure*" in said(after)


def test_the_messages_tab_publishes_nothing(acting: As, app: App, agency: Agency) -> None:
    page = acting(cast.BROKER)
    opened({"tab": "messages"}, page.user_id, agency.desk, renderer(), app.client)
    assert page.home() is None


def test_a_late_integration_opens_its_diagnosis(acting: As, late: int) -> None:
    del late
    page = acting(cast.BROKER)
    page.press(home(page), HomeAction.OPEN)
    [modal] = page.modals()
    assert "Guardian" in said(modal)
    assert "late" in said(modal).lower()


def test_failures_open_as_a_list_that_leads_to_each_diagnosis(acting: As, agency: Agency) -> None:
    agency.message(agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW)))
    page = acting(cast.BROKER)
    page.press(home(page), HomeAction.OPEN)
    [listed] = page.modals()
    assert "date of birth mismatch" in said(listed)
    page.press(listed, AlertAction.OPEN)
    assert len(page.modals()) == 2


def test_what_is_gone_since_the_page_was_shown_says_so(acting: As, agency: Agency, late: int) -> None:
    page = acting(cast.EMPLOYER)
    view = home(page)
    agency.do(cast.AGENCY.user_id, _disable, late)
    page.press(view, HomeAction.OPEN)
    [modal] = page.modals()
    assert "not among those you work with" in said(modal)


def _disable(session: Any, actor: Any, now: Any, integration_id: int) -> None:
    del actor, now
    session.connection().exec_driver_sql(
        f"UPDATE integrations SET status = 'disabled', due_at = NULL WHERE id = {int(integration_id)}"  # noqa: S608
    )


@pytest.fixture
def log(acting: As, agency: Agency) -> Person:
    """An agency user before the open audit log, which holds twelve rows."""
    harbor = agency.employer("Harbor Bakery")
    for hours in range(11):
        note(agency, "integration.turned_on", at=NOW - timedelta(hours=hours), employer_id=harbor)
    quill = agency.employer("Quill & Sons Printing")
    note(agency, "integration.turned_off", at=NOW - 3 * DAY, employer_id=quill)
    page = acting(cast.AGENCY)
    page.press(home(page), AuditAction.OPEN)
    return page


def test_the_audit_log_turns_its_pages(log: Person) -> None:
    [first] = log.modals()
    log.press(first, AuditAction.PAGE)
    [second] = log.modals()
    assert (len(lines(first)), len(lines(second))) == (10, 2)
    assert lines(second)[-1] == "Integration turned off"


def test_the_audit_log_is_filtered_and_its_pages_keep_the_filter(log: Person) -> None:
    [view] = log.modals()
    assert log.submit(view, {"event": "integration.turned_on"}) == {}
    [first] = log.modals()
    log.press(first, AuditAction.PAGE)
    [second] = log.modals()
    assert lines(second) == ["Integration turned on"]


def test_the_audit_log_is_filtered_by_employer_and_day(log: Person) -> None:
    [view] = log.modals()
    [option] = log.suggest(view, FindAction.EMPLOYER, "quill")
    assert log.submit(view, {"employer": option, "last": "2026-11-16"}) == {}
    [found] = log.modals()
    assert lines(found) == ["Integration turned off"]


def test_days_in_the_wrong_order_are_said_under_their_field(log: Person) -> None:
    [view] = log.modals()
    errors = log.submit(view, {"first": "2026-11-16", "last": "2026-11-15"})
    assert list(errors) == ["last"]
