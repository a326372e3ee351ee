"""`/carrier-messages` as each of the cast meets it: typed, filtered and turned, in a real workspace."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox import cast
from bot.sandbox.workspace.driver import Person
from handlers.messages.ids import MessageAction, MessagesAction
from tests.agency import DAY, NOW, Agency, daily
from tests.handlers.pages import As, answer_to, buttons, said, top

Json = dict[str, Any]


def ask(page: Person, text: str = "") -> Json:
    return answer_to(page, f"/carrier-messages {text}".strip())


@pytest.fixture
def guardian(agency: Agency) -> int:
    """Active, at the broker's Harbor Bakery."""
    return agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW), next_at=NOW + 2 * DAY)


@pytest.fixture
def several(agency: Agency, guardian: int) -> int:
    """Two Failures, a Warning, an Info, and one that waits for Friday's sync."""
    agency.message(guardian, "warning", kind="name_spelling", received_at=NOW - 9 * DAY)
    agency.message(guardian, received_at=NOW - 3 * DAY, employee_ref="emp-3")
    agency.message(guardian, received_at=NOW - 5 * DAY, employee_ref="emp-5")
    agency.message(guardian, "info", kind="notice")
    ssn = {"kind": "ssn_mismatch", "field": "ssn", "platform_value": None, "carrier_value": None}
    resolved = {"state": "resolved", "outcome": "carrier", "resolved_at": NOW - DAY / 24}
    agency.message(guardian, received_at=NOW - 8 * DAY, **ssn, **resolved)
    return guardian


# ── answers


def test_the_answer_is_for_the_caller_alone(acting: As, several: int) -> None:
    del several
    broker, other = acting(cast.BROKER), acting(cast.AGENCY)
    assert ask(broker)["is_ephemeral"]
    assert other.messages("general") == []


def test_failures_come_first_by_age_with_what_each_waits_for(broker: Person, several: int) -> None:
    del several
    shown = said(ask(broker))
    assert "🔴 3 Failures" in shown
    assert "⏳ 1 waiting for a sync" in shown
    order = ["SSN mismatch", "Employee emp-5", "Employee emp-3", "Name spelling", "Notice"]
    assert sorted(order, key=shown.index) == order
    assert "the carrier is right; waiting for Friday's sync" in shown.replace(": the", " the")
    assert "Waiting for someone to resolve it" in shown


def test_what_can_be_resolved_has_a_button_for_that(broker: Person, several: int) -> None:
    del several
    labels = [block["accessory"]["text"]["text"] for block in ask(broker)["blocks"] if block.get("accessory")]
    assert labels == ["Details", "Resolve", "Resolve", "Resolve", "Details"]


@pytest.mark.parametrize(
    ("text", "there", "not_there"),
    [
        ("harbor failures", "Date of birth mismatch", "Name spelling"),
        ("guardian Warnings", "Name spelling", "Date of birth mismatch"),
        ("info harbor", "Notice", "Name spelling"),
        ("resolved", "SSN mismatch", "Date of birth mismatch"),
        ("harbur gardian", "Name spelling", "Nothing that you work with"),
    ],
)
def test_words_narrow_the_answer_and_spelling_is_forgiven(
    broker: Person, several: int, text: str, there: str, not_there: str
) -> None:
    del several
    shown = said(ask(broker, text))
    assert there in shown
    assert not_there not in shown


def test_a_carriers_last_sync_stands_beside_its_messages(broker: Person, several: int) -> None:
    del several
    shown = said(ask(broker, "guardian"))
    assert "Last Sync of Guardian 28 hours ago" in shown
    assert "next expected <!date^" in shown
    assert "Last Sync of" not in said(ask(broker))


def test_each_sees_the_messages_of_their_own_employers_alone(
    agency: Agency, acting: As, several: int
) -> None:
    del several
    agency.message(agency.integration("Quill & Sons Printing", "Guardian"), employee_ref="emp-quill")
    for member in (cast.BROKER, cast.EMPLOYER):
        page = acting(member)
        for text in ("", "quill", "guardian", "resolved", "failures"):
            assert "emp-quill" not in said(ask(page, text))
    assert "emp-quill" in said(ask(acting(cast.AGENCY)))


def test_an_employer_user_can_resolve_both_severities(acting: As, several: int) -> None:
    del several
    labels = [
        each["accessory"]["text"]["text"]
        for each in ask(acting(cast.EMPLOYER))["blocks"]
        if each.get("accessory")
    ]
    assert labels.count("Resolve") == 3


def test_a_read_only_person_is_told_who_can_help(acting: As, several: int) -> None:
    del several
    told = ask(acting(cast.READ_ONLY), "harbor")["text"]
    assert "does not let you see carrier messages" in told
    assert "<@U0ADMIN>" in told


@pytest.mark.parametrize("member", [cast.BROKER, cast.NEWCOMER])
def test_help_is_there_for_everyone(acting: As, member: cast.CastMember) -> None:
    assert "/carrier-messages harbor guardian failures" in said(ask(acting(member), "HELP"))


def test_no_message_is_good_news(broker: Person, guardian: int) -> None:
    del guardian
    assert "No message is open here" in said(ask(broker, "harbor"))


@pytest.mark.parametrize(
    "text",
    ["<!channel>", '"; DROP TABLE employers', "x" * 3000, "🥐" * 300, "failures failures", "{{ 7*7 }}"],
)
def test_odd_text_gets_a_short_calm_answer(broker: Person, guardian: int, text: str) -> None:
    del guardian
    shown = said(ask(broker, text))
    assert "<!channel>" not in shown
    assert "mistake is ours" not in shown
    assert len(shown) < 1500


def test_which_one_is_asked_and_what_else_was_typed_is_kept(agency: Agency, acting: As) -> None:
    for name in ("Red Rock Outfitters", "Redwood Veterinary"):
        integration = agency.integration(name, "Guardian")
        agency.message(integration, kind="ssn_mismatch")
        agency.message(integration, "warning", kind="name_spelling")
    page = acting(cast.AGENCY)
    question = ask(page, "red warnings")
    assert "Which one did you mean by “red”" in question["text"]
    page.press(question, MessagesAction.CHOOSE, block_id=question["blocks"][2]["block_id"])
    page.wait_for(lambda: "Name spelling" in said(page.messages("general")[-1]))
    shown = said(page.messages("general")[-1])
    assert "Redwood Veterinary" in shown
    assert "SSN mismatch" not in shown


# ── the list


@pytest.fixture
def many(agency: Agency, guardian: int) -> None:
    for number in range(10):
        agency.message(guardian, received_at=NOW - number * DAY, employee_ref=f"emp-{number}")
    cigna = agency.integration("Juniper Dental Group", "Cigna")
    for number in range(4):
        agency.message(cigna, "warning", kind="name_spelling", employee_ref=f"jun-{number}")


def open_list(page: Person, text: str = "") -> Json:
    page.press(ask(page, text), MessagesAction.OPEN)
    return top(page)


def listed(view: Json) -> int:
    return len([block for block in view["blocks"] if block.get("accessory")])


def test_the_list_turns_pages_and_back(broker: Person, many: None) -> None:
    del many
    assert "14 messages · page 1 of 2" in said(open_list(broker))
    broker.press(top(broker), MessagesAction.NEXT)
    assert "page 2 of 2" in said(top(broker))
    assert listed(top(broker)) == 6
    assert buttons(top(broker))[-1:] == ["Previous"]
    broker.press(top(broker), MessagesAction.PREVIOUS)
    assert "page 1 of 2" in said(top(broker))
    assert listed(top(broker)) == 8


def test_filters_add_up_and_can_be_cleared(broker: Person, many: None) -> None:
    del many
    view = open_list(broker)
    broker.press(view, MessagesAction.FILTER_SEVERITY, option="warning")
    assert listed(top(broker)) == 4
    [option] = broker.suggest(top(broker), MessagesAction.FILTER_EMPLOYER, "harb")
    broker.press(top(broker), MessagesAction.FILTER_EMPLOYER, value=option)
    assert "No message fits these filters" in said(top(broker))
    broker.press(top(broker), MessagesAction.FILTER_SEVERITY, option="all")
    assert "10 messages" in said(top(broker))
    broker.press(top(broker), MessagesAction.CLEAR)
    assert "14 messages" in said(top(broker))


def test_the_kinds_that_there_are_can_be_chosen(broker: Person, many: None) -> None:
    del many
    broker.press(open_list(broker), MessagesAction.FILTER_KIND, option="name_spelling")
    assert listed(top(broker)) == 4
    broker.press(top(broker), MessagesAction.FILTER_SHOW, option="waiting")
    assert "No message fits these filters" in said(top(broker))


def test_a_carrier_that_the_chosen_employer_has_nothing_with_leaves_an_empty_list(
    broker: Person, many: None
) -> None:
    del many
    view = open_list(broker, "harbor")
    [option] = broker.suggest(view, MessagesAction.FILTER_CARRIER, "cign")
    broker.press(view, MessagesAction.FILTER_CARRIER, value=option)
    assert top(broker)["id"] == view["id"]
    assert "No message fits these filters" in said(top(broker))


def test_an_integrations_messages_open_from_carrier_status(
    agency: Agency, broker: Person, many: None
) -> None:
    del many
    other = agency.integration("Harbor Bakery", "Cigna")
    agency.message(other, kind="gender_mismatch", employee_ref="cig-1")
    shown = answer_to(broker, "/carrier-status harbor cigna")
    broker.press(shown, MessagesAction.OPEN)
    assert "cig-1" in said(top(broker))
    assert "emp-1" not in said(top(broker))


def test_details_open_on_top_of_the_list_and_show_nothing_of_an_ssn(broker: Person, several: int) -> None:
    del several
    broker.press(open_list(broker), MessageAction.OPEN)
    assert [view["title"]["text"] for view in broker.modals()] == ["Carrier messages", "Carrier message"]
    assert "not shown" in said(top(broker))
