"""What people, carriers, Slack and the exchange should never send: each gets an answer, or is counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.sandbox import cast
from bot.sandbox.workspace.driver import Person
from handlers.alerts.ids import AlertAction
from handlers.messages.ids import MessagesAction
from handlers.status.ids import StatusAction
from services.ports import Status
from services.store.alerts import Alert
from services.store.changes import Change
from services.store.exchange import SetAsideItem
from tests.bot.patience import eventually
from tests.journeys.shown import Json, ask, buttons, labels, press_old, said, top
from tests.journeys.whole import Whole

OURS = ("report it as", "mistake is ours", "Traceback")
STALE = "older version of Lastsync"


@pytest.fixture
def agency(whole: Whole) -> Person:
    return whole.acting(cast.AGENCY)


@pytest.fixture(autouse=True)
def nobody_reads_of_a_mistake_of_ours(whole: Whole) -> Iterator[None]:
    entries, lines = len(whole.workspace.trace.entries()), len(whole.log.getvalue())
    yield
    since = whole.workspace.trace.entries()[entries:]
    told = "".join(str([entry.body, entry.answer]) for entry in since)
    assert not [words for words in OURS if words in told]
    assert "unexpected error" not in whole.log.getvalue()[lines:]


def answer_to_press(page: Person, source: Json, action_id: str, value: str) -> str:
    """Press a button that is gone, and return the sentence that comes back beside the message."""
    before = len(page.messages("general"))
    assert press_old(page, source, action_id, value)["ok"]
    page.wait_for(lambda: len(page._messages[source["channel"]]) > before)
    return str(page.messages("general")[-1]["text"])


# ── what people type


def test_an_unknown_employer_is_answered_with_what_is_closest(agency: Person) -> None:
    answer = ask(agency, "harbur bakry zzzz")
    assert answer["text"].startswith("Nothing that you work with fits")
    assert "Harbor Bakery" in said(answer)


def test_a_word_that_fits_two_employers_asks_which_and_takes_the_choice(agency: Person) -> None:
    question = ask(agency, "red")
    choices = [button for button in buttons(question) if button["action_id"] == StatusAction.CHOOSE]
    assert [button["accessibility_label"] for button in choices] == NAMED_RED
    agency.press(question, StatusAction.CHOOSE)
    agency.wait_for(lambda: "Which one" not in said(agency.messages("general")[-1]))
    assert "Red Rock Outfitters" in said(agency.messages("general")[-1])


NAMED_RED = ["Open Red Rock Outfitters", "Open Redwood Veterinary"]
ODD = {
    "3,000 characters": "x" * 3000,
    "3,000 words": "red " * 3000,
    "emoji": "🥐" * 40,
    "right to left": "\u202eשמש\u202c",
    "a broadcast": "<!channel> <!here> <@U0BROKER01>",
    "markup": '"quotes" *bold* `code` </script> {{ 7*7 }} %s',
    "nothing to see": "\u200b\u2060\u00ad",
    "control signs": "red\x00\x1b[31m\x7f",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_text_gets_a_short_answer_that_calls_nobody(agency: Person, text: str) -> None:
    shown = said(ask(agency, text))
    assert len(shown) < 2500
    assert not [call for call in ("<!channel>", "<!here>", "<@U0BROKER01>") if call in shown]


def test_a_person_without_a_role_is_told_whom_to_ask(whole: Whole) -> None:
    newcomer = whole.acting(cast.NEWCOMER)
    for text in ("", "harbor", "zzzz", "x" * 3000):
        assert f"Ask <@{cast.AGENCY.user_id}>" in ask(newcomer, text)["text"]
    newcomer.open_home()
    newcomer.wait_for(lambda: f"<@{cast.AGENCY.user_id}>" in said(newcomer.home()))


# ── what carriers write


def messages_of(page: Person, pair: str) -> str:
    page.press(ask(page, pair), MessagesAction.OPEN)
    shown = said(top(page))
    page.close_modal(top(page), everything=True)
    return shown


def test_a_carriers_markup_is_text(agency: Person) -> None:
    shown = messages_of(agency, "harbor cigna")
    assert "&lt;!channel&gt;" in shown
    assert "<!channel>" not in shown
    assert "<https://evil.example" not in shown


def test_a_carriers_emoji_and_mentions_are_text(agency: Person) -> None:
    agency.press(ask(agency, "oakline cigna"), StatusAction.INTEGRATION)
    agency.wait_for(lambda: "Why isn't it syncing?" in said(agency.messages("general")[-1]))
    agency.press(agency.messages("general")[-1], MessagesAction.OPEN)
    shown = said(top(agency))
    assert "🎂🎂" in shown
    assert "&lt;@U0AGENCY01&gt;" in shown
    assert "<@U0AGENCY01>" not in shown


def test_a_carriers_3000_characters_fit_into_a_modal(agency: Person) -> None:
    assert "Name differs" in messages_of(agency, "quill cigna")


def test_what_a_carrier_writes_now_reaches_a_modal_and_no_channel(whole: Whole, agency: Person) -> None:
    world = whole.stage.world
    [place] = world.matching(Status.ACTIVE, "car_kaiser", "emp_redrock")
    message = world.send(place, "birth_date_mismatch", whole.workspace.clock())
    hostile = "<!channel> \"'; DROP TABLE integrations; -- \u202e\U0001f9e8 <script>alert(1)</script>"
    message.text = hostile
    eventually(lambda: "DROP TABLE" in messages_of(agency, "red rock kaiser"))
    card = whole.wait_for_card("1 open Failure", "Kaiser Permanente for Red Rock Outfitters")
    assert "DROP TABLE" not in said(card)
    assert "<!channel>" not in messages_of(agency, "red rock kaiser")


# ── buttons and forms that have moved on


OLD = ["", "[]", "null", "v1:42", '{"integration":"1"}', '{"integration":true}', '{"employer":"x"}']
OF_ONE = [StatusAction.INTEGRATION, StatusAction.HISTORY, MessagesAction.OPEN, StatusAction.TURN_OFF]


@pytest.mark.parametrize("value", OLD)
@pytest.mark.parametrize("action", [*OF_ONE, StatusAction.CHOOSE])
def test_a_button_of_an_older_version_says_so(agency: Person, action: str, value: str) -> None:
    assert STALE in answer_to_press(agency, ask(agency, "harbor guardian"), action, value)


@pytest.mark.parametrize("action", OF_ONE)
@pytest.mark.parametrize("number", ["999999", "-1", "99999999999999999999999"])
def test_a_button_for_what_is_gone_says_so(agency: Person, action: str, number: str) -> None:
    told = answer_to_press(agency, ask(agency, "harbor guardian"), action, f'{{"integration":{number}}}')
    assert "not among" in told or STALE in told


def test_a_button_of_a_card_that_has_moved_on_says_so(whole: Whole, agency: Person) -> None:
    card = whole.wait_for_card("Late: Principal for Northwind Freight")
    source = card | {"channel": cast.ALERTS.channel_id}
    agency.press(source, AlertAction.ACKNOWLEDGE)
    agency.press(source, AlertAction.ACKNOWLEDGE)  # a double click
    other = whole.acting(cast.BROKER)
    other.press(source, AlertAction.ACKNOWLEDGE)
    # Not the last one alone: another card may have come after it.
    other.wait_for(
        lambda: any("changed since" in each["text"] for each in other.messages(cast.ALERTS.channel_id))
    )
    acknowledged = [alert for alert in whole.all(Alert) if alert.acknowledged_by]
    assert [alert.acknowledged_by for alert in acknowledged] == [cast.AGENCY.user_id]


def test_a_redelivered_command_is_answered_again_and_changes_nothing(whole: Whole, agency: Person) -> None:
    ask(agency, "harbor guardian")
    entry = whole.workspace.trace.entries("envelope", "/carrier-status harbor guardian")[-1]
    outcome = whole.deliver_again(entry)
    assert outcome.acked
    assert "Nothing is wrong" in outcome.answer["text"]
    assert whole.all(Change) == []


def test_an_expired_trigger_is_told_to_press_again(
    whole: Whole, agency: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = ask(agency, "harbor guardian")
    triggers = whole.workspace.triggers
    issue = triggers.issue

    def issue_long_ago(user: str) -> str:
        trigger_id = issue(user)
        triggers._known[trigger_id].until -= timedelta(seconds=100)
        return trigger_id

    monkeypatch.setattr(triggers, "issue", issue_long_ago)
    agency.press(answer, StatusAction.TURN_OFF)
    agency.wait_for(lambda: "Press the button again" in agency.messages("general")[-1]["text"])
    assert agency.modals() == []


def test_the_same_trigger_used_twice_opens_one_form(whole: Whole, agency: Person) -> None:
    agency.press(ask(agency, "harbor guardian"), StatusAction.TURN_OFF)
    opened = [view["id"] for view in agency.modals()]
    entry = whole.workspace.trace.entries("envelope", f"block_actions {StatusAction.TURN_OFF}")[-1]
    assert whole.deliver_again(entry).acked
    assert [view["id"] for view in agency.modals()] == opened
    agency.close_modal(top(agency), everything=True)


# ── an exchange that lies


def test_lies_of_the_exchange_are_counted_on_the_app_home_and_shown_nowhere(
    whole: Whole, agency: Person
) -> None:
    before = said(ask(agency))
    whole.cause("exchange_lies", seconds=60)
    for event in ("carrier_syncs", "failure_arrives"):
        whole.cause(event, carrier="car_anthem", employer="emp_redwood")
    eventually(lambda: {item.stream for item in whole.all(SetAsideItem)} >= {"integrations", "messages"})
    agency.open_home()
    agency.wait_for(lambda: "could not be read and set aside" in said(agency.home()), 10)
    whole.cause("exchange_recovers")
    assert "sleeping?" not in said(ask(agency))
    assert counted(before) == counted(said(ask(agency)))


def counted(summary: str) -> list[str]:
    """The numbers by status, which lies must not change."""
    return [word for word in summary.split("🟢")[1].split('"', maxsplit=1)[0].split() if word.isdigit()]


def test_help_is_still_there_after_all_that(agency: Person) -> None:
    assert "/carrier-status harbor guardian" in said(ask(agency, "help"))
    assert labels(ask(agency, "harbor guardian"))


def test_an_error_on_the_third_modal_is_said_in_its_place(agency: Person) -> None:
    """Slack takes three modals, so there is no room for a fourth that explains."""
    agency.press(ask(agency), StatusAction.ALL)
    agency.press(top(agency), StatusAction.INTEGRATION)
    agency.press(top(agency), MessagesAction.OPEN)
    assert len(agency.modals()) == 3
    assert press_old(agency, top(agency), MessagesAction.NEXT, "v1:42")["ok"]
    assert STALE in said(top(agency))
    assert len(agency.modals()) == 3
    agency.close_modal(top(agency), everything=True)
