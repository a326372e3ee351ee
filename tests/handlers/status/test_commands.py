"""`/carrier-status` as each of the cast meets it: typed, pressed and filled in, in a real workspace."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt import App

from bot.sandbox import cast
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.driver import Person
from handlers.status.ids import StatusAction
from services.store.changes import Change, Communication
from services.store.people import AuditEvent
from tests.agency import DAY, NOW, Agency, daily
from tests.handlers.pages import As

Json = dict[str, Any]


@pytest.fixture
def guardian(agency: Agency) -> int:
    """Active, syncing daily, at the broker's Harbor Bakery."""
    return agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW, skip=0))


@pytest.fixture
def disabled(agency: Agency) -> int:
    return agency.integration("Harbor Bakery", "Cigna", "disabled")


def answer(page: Person, text: str = "") -> Json:
    [message] = page.command(f"/carrier-status {text}".strip(), channel="general")
    return message


def said(shown: Json) -> str:
    return json.dumps([shown.get("text"), shown["blocks"]], ensure_ascii=False)


def latest(page: Person) -> Json:
    return page.messages("general")[-1]


def top(page: Person) -> Json:
    return page.modals()[-1]


def buttons(shown: Json) -> list[str]:
    """The labels of the last row of buttons."""
    rows = [block["elements"] for block in shown["blocks"] if block["type"] == "actions"]
    return [element["text"]["text"] for element in rows[-1]]


# ── answers


def test_the_answer_is_for_the_caller_alone(acting: As, guardian: int) -> None:
    del guardian
    broker, other = acting(cast.BROKER), acting(cast.AGENCY)
    assert answer(broker)["is_ephemeral"]
    assert other.messages("general") == []


def test_nothing_typed_is_answered_with_the_summary(agency: Agency, broker: Person, guardian: int) -> None:
    del guardian
    agency.integration("Juniper Dental Group", "Cigna", due_at=NOW - timedelta(hours=2), lost_at=NOW + DAY)
    shown = said(answer(broker))
    assert "🟢 2 Active" in shown
    assert "1 late" in shown
    assert "Juniper Dental Group · Cigna" in shown
    assert "As of <!date^" in shown


def test_a_broker_hears_of_their_own_employers_only(agency: Agency, broker: Person, guardian: int) -> None:
    del guardian
    agency.integration("Quill & Sons Printing", "Guardian", due_at=NOW - DAY, lost_at=NOW + DAY)
    for text in ("", "guardian", "quill", "quill guardian"):
        assert "Quill" not in said(answer(broker, text)).replace("“quill", "")


def test_an_ampersand_arrives_as_it_was_typed(agency: Agency, acting: As) -> None:
    agency.integration("Quill & Sons Printing", "Guardian")
    assert "Quill & Sons Printing · Guardian" in said(answer(acting(cast.AGENCY), "quill & sons guardian"))


@pytest.mark.parametrize("text", ["help", "HELP"])
@pytest.mark.parametrize("member", [cast.BROKER, cast.NEWCOMER])
def test_help_is_there_for_everyone(acting: As, text: str, member: cast.CastMember) -> None:
    assert "/carrier-status harbor guardian" in said(answer(acting(member), text))


def test_someone_without_a_role_reads_who_can_give_one(acting: As) -> None:
    told = answer(acting(cast.NEWCOMER))["text"]
    assert "does not know your role yet" in told
    assert "<@U0ADMIN>" in told


def test_a_read_only_person_reads_that_their_role_does_not_let_them(acting: As) -> None:
    assert "Read-only HR user" in answer(acting(cast.READ_ONLY), "harbor")["text"]


def test_an_employer_sees_neither_group_number_nor_pending(agency: Agency, acting: As, guardian: int) -> None:
    del guardian
    agency.integration("Harbor Bakery", "Aetna", "pending")
    employer = acting(cast.EMPLOYER)
    for text in ("", "harbor", "guardian"):
        shown = said(answer(employer, text))
        assert "GRP-1001" not in shown
        assert "Aetna" not in shown
    assert buttons(answer(employer, "guardian harbor")) == ["Messages", "Sync history"]


@pytest.mark.parametrize(
    "text", ["<!channel>", '"; DROP TABLE employers', "x" * 3000, "🥐" * 300, "שלום", "{} %s {{ 7*7 }}", "\\"]
)
def test_odd_text_gets_a_short_calm_answer(broker: Person, guardian: int, text: str) -> None:
    del guardian
    shown = answer(broker, text)
    assert "<!channel>" not in said(shown)
    assert "mistake is ours" not in said(shown)
    assert len(said(shown)) < 1500


def test_old_data_is_called_old(agency: Agency, broker: Person, guardian: int) -> None:
    del guardian
    agency.now += timedelta(hours=3)
    assert "Old data: the carrier exchange was last read 3 hours ago" in said(answer(broker))


# ── lists and choices


def test_which_one_is_asked_with_buttons_and_answered_in_its_place(agency: Agency, acting: As) -> None:
    agency.integration("Red Rock Outfitters", "Guardian")
    agency.integration("Redwood Veterinary", "Guardian")
    page = acting(cast.AGENCY)
    question = answer(page, "red")
    assert "Which one did you mean" in question["text"]
    page.press(question, StatusAction.CHOOSE, block_id=question["blocks"][2]["block_id"])
    page.wait_for(lambda: "Redwood Veterinary" in said(latest(page)) and "Which" not in said(latest(page)))
    assert len(page.messages("general")) == 1


def test_open_answers_beside_the_list(broker: Person, guardian: int) -> None:
    del guardian
    listed = answer(broker, "harbor")
    broker.press(listed, StatusAction.INTEGRATION)
    broker.wait_for(lambda: len(broker._messages[listed["channel"]]) == 2)
    assert "Why isn't it syncing?" in said(latest(broker))
    assert listed["ephemeral_id"] in [each.get("ephemeral_id") for each in broker.messages("general")]


def test_the_closest_can_be_opened(broker: Person, guardian: int) -> None:
    del guardian
    broker.press(answer(broker, "harbor zzzz"), StatusAction.CHOOSE)
    broker.wait_for(lambda: "Guardian" in said(latest(broker)))


# ── show all


@pytest.fixture
def many(agency: Agency) -> None:
    for number in range(30):
        status = "active" if number % 3 else "pending"
        employer = "Harbor Bakery" if number < 26 else "Juniper Dental Group"
        agency.integration(employer, f"Carrier {number:02}", status)


def show_all(page: Person) -> Json:
    page.press(answer(page), StatusAction.ALL)
    return top(page)


def listed(view: Json) -> list[str]:
    texts = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]
    return [text.split("*")[1] for text in texts if "*" in text]


def test_show_all_turns_pages_and_back(broker: Person, many: None) -> None:
    del many
    first = listed(show_all(broker))
    broker.press(top(broker), StatusAction.NEXT)
    second = listed(top(broker))
    assert len(first) == len(second) == 12
    assert not set(first) & set(second)
    broker.press(top(broker), StatusAction.PREVIOUS)
    assert listed(top(broker)) == first


def test_the_last_page_has_no_next(broker: Person, many: None) -> None:
    del many
    show_all(broker)
    broker.press(top(broker), StatusAction.NEXT)
    broker.press(top(broker), StatusAction.NEXT)
    assert buttons(top(broker)) == ["Previous"]
    assert "30 integrations · page 3 of 3" in said(top(broker))


def test_filters_add_up_and_can_be_cleared(broker: Person, many: None) -> None:
    del many
    view = show_all(broker)
    [option] = broker.suggest(view, StatusAction.FILTER_EMPLOYER, "juni")
    broker.press(view, StatusAction.FILTER_EMPLOYER, value=option)
    assert len(listed(top(broker))) == 4
    broker.press(top(broker), StatusAction.FILTER_SHOW, option="pending")
    assert listed(top(broker)) == ["Juniper Dental Group · Carrier 27"]
    broker.press(top(broker), StatusAction.FILTER_CLEAR)
    assert len(listed(top(broker))) == 12


def test_a_filter_that_fits_nothing_says_so(broker: Person, many: None) -> None:
    del many
    broker.press(show_all(broker), StatusAction.FILTER_SHOW, option="late")
    assert "No integration fits these filters" in said(top(broker))


def test_an_integration_opens_on_top_of_show_all(broker: Person, many: None) -> None:
    del many
    broker.press(show_all(broker), StatusAction.INTEGRATION)
    assert [view["title"]["text"] for view in broker.modals()] == ["Carrier integrations", "Integration"]


def test_from_a_modal_the_history_opens_in_a_modal(agency: Agency, broker: Person, guardian: int) -> None:
    del agency, guardian
    broker.press(show_all(broker), StatusAction.INTEGRATION)
    broker.press(top(broker), StatusAction.HISTORY)
    assert top(broker)["title"]["text"] == "Sync history"
    assert "every day" in said(top(broker))


# ── history


def test_the_sync_history_is_a_chart_for_the_person_alone(broker: Person, guardian: int) -> None:
    del guardian
    broker.press(answer(broker, "harbor guardian"), StatusAction.HISTORY)
    broker.wait_for(lambda: "Sync history" in said(latest(broker)))
    shown = latest(broker)
    [chart] = [block for block in shown["blocks"] if block["type"] == "data_visualization"]
    assert shown["is_ephemeral"]
    assert len(chart["chart"]["axis_config"]["categories"]) == 13
    assert "*The last 10 syncs*" in said(shown)


# ── forms


def test_turning_on_asks_the_exchange_and_says_so(agency: Agency, broker: Person, disabled: int) -> None:
    broker.press(answer(broker, "harbor cigna"), StatusAction.TURN_ON)
    assert broker.submit(top(broker), {"group_number": "GRP-2002"}) == {}
    assert "The exchange has been asked" in said(top(broker))
    [change] = agency.all(Change)
    assert (change.integration_id, change.kind, change.group_number) == (disabled, "activate", "GRP-2002")
    assert [event.event for event in agency.all(AuditEvent)] == ["integration.turn_on_asked"]
    assert "Turning on… waiting for the exchange" in said(answer(broker, "harbor cigna"))


def test_turning_off_says_what_stops(agency: Agency, broker: Person, guardian: int) -> None:
    del guardian
    broker.press(answer(broker, "harbor guardian"), StatusAction.TURN_OFF)
    assert "Sending to Guardian stops at once" in said(top(broker))
    assert broker.submit(top(broker)) == {}
    assert [change.kind for change in agency.all(Change)] == ["deactivate"]


def test_a_group_number_is_edited_from_the_one_there_is(
    agency: Agency, broker: Person, guardian: int
) -> None:
    del guardian
    broker.press(answer(broker, "harbor guardian"), StatusAction.GROUP_NUMBER)
    assert "GRP-1001" in said(top(broker))
    broker.submit(top(broker), {"group_number": "GRP-1002"})
    assert [change.group_number for change in agency.all(Change)] == ["GRP-1002"]


@pytest.mark.parametrize("number", ["123-45-6789", "   "])
def test_a_group_number_that_cannot_be_one_is_refused_at_its_field(
    agency: Agency, broker: Person, disabled: int, number: str
) -> None:
    del disabled
    broker.press(answer(broker, "harbor cigna"), StatusAction.TURN_ON)
    assert list(broker.submit(top(broker), {"group_number": number})) == ["group_number"]
    assert agency.all(Change) == []


def test_manual_communication_is_logged(agency: Agency, broker: Person, disabled: int) -> None:
    broker.press(answer(broker, "harbor cigna"), StatusAction.LOG)
    filled = {"kinds": ["terminations"], "sent_on": "2026-11-17", "note": "By e-mail"}
    assert broker.submit(top(broker), filled) == {}
    assert "Recorded: Terminations on 17 Nov 2026" in said(top(broker))
    assert [each.integration_id for each in agency.all(Communication)] == [disabled]
    assert "By e-mail" in said(answer(broker, "harbor cigna"))


def test_a_note_with_a_social_security_number_is_refused_at_its_field(
    agency: Agency, broker: Person, disabled: int, caplog: pytest.LogCaptureFixture
) -> None:
    del disabled
    caplog.set_level(logging.INFO)
    broker.press(answer(broker, "harbor cigna"), StatusAction.LOG)
    filled = {"kinds": ["terminations"], "sent_on": "2026-11-17", "note": "SSN 123-45-6789"}
    assert list(broker.submit(top(broker), filled)) == ["note"]
    assert agency.all(Communication) == []
    assert "6789" not in caplog.text


# ── what has moved on


def test_a_button_that_no_longer_applies_says_so(agency: Agency, broker: Person, guardian: int) -> None:
    old = answer(broker, "harbor guardian")
    agency.change(guardian, "deactivate")
    broker.press(old, StatusAction.TURN_OFF)
    broker.wait_for(lambda: len(broker._messages[old["channel"]]) == 2)
    assert "has not answered an earlier change" in latest(broker)["text"]
    assert broker.modals() == []


def test_a_button_pressed_after_the_right_was_taken_shows_nothing(
    agency: Agency, broker: Person, guardian: int
) -> None:
    old = answer(broker, "harbor")
    with agency.sessions.write() as session:
        session.connection().exec_driver_sql("DELETE FROM people_employers")
    broker.press(old, StatusAction.INTEGRATION)
    broker.wait_for(lambda: len(broker._messages[old["channel"]]) == 2)
    assert latest(broker)["text"] == "That integration is not among those you work with."
    assert guardian


def test_a_double_click_opens_one_form_and_asks_once(agency: Agency, broker: Person, disabled: int) -> None:
    del disabled
    shown = answer(broker, "harbor cigna")
    broker.press(shown, StatusAction.TURN_ON)
    form = top(broker)
    broker.submit(form, {"group_number": "GRP-2002"})
    broker.submit(form, {"group_number": "GRP-2002"})
    assert len(agency.all(Change)) == 1
    assert len(agency.all(AuditEvent)) == 1


def test_our_own_mistake_is_owned_without_details(
    app: App,
    workspace: Workspace,
    broker: Person,
    agency: Agency,
    guardian: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    del app, workspace, guardian
    with agency.sessions.write() as session:
        session.connection().exec_driver_sql("UPDATE integrations SET last_sync_at = 'noon, Ana'")
    told = answer(broker, "harbor guardian")["text"]
    assert "the mistake is ours" in told
    assert "noon" not in told
    assert told.split("report it as ")[1].rstrip(".") in caplog.text


def test_a_store_of_another_release_is_named_without_details(
    app: App, workspace: Workspace, broker: Person, agency: Agency
) -> None:
    del app, workspace
    with agency.sessions.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE integrations RENAME TO elsewhere")
    told = answer(broker, "harbor")["text"]
    assert told.startswith("Nothing was done: Lastsync's store is of another release.")
    assert "integrations" not in told
