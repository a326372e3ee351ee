"""From a Failure to proof that it is gone: resolved, sent again, escalated, and sent once after a silence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.sandbox import cast
from bot.sandbox.workspace.driver import Person
from handlers.kit.ids import pack
from handlers.messages.ids import MessageAction, MessagesAction
from services.store.exchange import CarrierMessage, Integration
from services.store.messages import Escalation, Resolution
from services.store.people import AuditEvent
from tests.bot.patience import eventually
from tests.journeys.shown import Json, ask, employers_in, labels, messages, press_old, said, their, top
from tests.journeys.whole import Whole

Sent = Callable[[str, str, str], int]


@pytest.fixture
def broker(whole: Whole) -> Person:
    return whole.acting(cast.BROKER)


@pytest.fixture
def sent(whole: Whole) -> Sent:
    """Have a carrier send a message: `sent("name_spelling", "emp_harbor", "car_guardian")` is its id."""

    def send(kind: str, employer: str, carrier: str) -> int:
        known = {message.id for message in whole.all(CarrierMessage)}
        event = "failure_arrives" if kind in FAILURES else "warning_arrives"
        whole.cause(event, kind=kind, employer=employer, carrier=carrier)
        # Others may arrive meanwhile: carriers send messages by themselves, too.
        arrived = eventually(
            lambda: [m.id for m in whole.all(CarrierMessage) if m.id not in known and m.kind == kind], 10
        )
        return arrived[-1]

    return send


FAILURES = {"birth_date_mismatch", "ssn_discrepancy", "employment_status_conflict", "annual_earnings_missing"}


def row(whole: Whole, message_id: int) -> CarrierMessage:
    [found] = [each for each in whole.all(CarrierMessage) if each.id == message_id]
    return found


def made(whole: Whole, message_id: int) -> list[Resolution]:
    return [each for each in whole.all(Resolution) if each.message_id == message_id]


def form(page: Person, message_id: int, text: str) -> Json:
    """The message's own modal, from the list of what the text asks for."""
    page.press(messages(page, text), MessagesAction.OPEN)
    view = top(page)
    for block in view["blocks"]:
        if f'"message":{message_id},' in block.get("accessory", {}).get("value", ""):
            page.press(view, MessageAction.OPEN, block_id=block["block_id"])
            return top(page)
    raise AssertionError(said(view))


def resolve(page: Person, message_id: int, text: str, **answers: str) -> str:
    assert page.submit(form(page, message_id, text), answers) == {}
    shown = said(top(page))
    page.close_modal(top(page), everything=True)
    return shown


def is_taken(whole: Whole, message_id: int) -> bool:
    return row(whole, message_id).state == "resolved"


def is_back(whole: Whole, message_id: int, times: int) -> bool:
    """Open again, and known to be so after a sync: the two are read one after the other."""
    message = row(whole, message_id)
    return message.state == "open" and message.returns == times and message.reached_at is not None


# ── who sees what


def test_an_employer_user_meets_their_own_organisations_messages_alone(whole: Whole) -> None:
    page = whole.acting(cast.EMPLOYER)
    for text in ("", "quill", "cigna", "resolved", "failures", "oakline"):
        assert employers_in(messages(page, text)) - {"Quill & Sons Printing"} <= their(cast.EMPLOYER)
    page.press(messages(page), MessagesAction.OPEN)
    shown = employers_in(top(page))
    options = page.suggest(top(page), MessagesAction.FILTER_EMPLOYER, "")
    page.close_modal(top(page), everything=True)
    assert shown == {option["text"]["text"] for option in options} == their(cast.EMPLOYER)


def test_an_employer_user_resolves_what_is_theirs(whole: Whole, sent: Sent) -> None:
    message = sent("annual_earnings_missing", "emp_harbor", "car_principal")
    page = whole.acting(cast.EMPLOYER)
    resolve(page, message, "harbor principal", outcome="platform", earnings="entered")
    eventually(lambda: is_taken(whole, message))
    [entry] = [
        each
        for each in whole.all(AuditEvent)
        if each.event == "message.resolved" and each.detail["message"] == message
    ]
    assert (entry.user_id, entry.role) == (cast.EMPLOYER.user_id, "employer")


# ── the life of a message


def test_a_name_that_the_carrier_has_right_clears_with_its_next_sync(
    whole: Whole, broker: Person, sent: Sent
) -> None:
    message = sent("name_spelling", "emp_harbor", "car_guardian")
    shown = resolve(broker, message, "harbor guardian", outcome="carrier")
    assert "The carrier is right" in shown
    eventually(lambda: is_taken(whole, message))
    assert "waiting for" in said(messages(broker, "harbor guardian warnings"))
    assert row(whole, message).cleared_at is None
    whole.cause("carrier_syncs", employer="emp_harbor", carrier="car_guardian")
    eventually(lambda: row(whole, message).cleared_at)
    broker.press(messages(broker, "harbor guardian resolved"), MessagesAction.OPEN)
    assert "✅ Cleared" in said(top(broker))
    broker.close_modal(top(broker), everything=True)


def test_a_wrong_choice_comes_back_twice_and_goes_to_operations(
    whole: Whole, broker: Person, sent: Sent
) -> None:
    message = sent("birth_date_mismatch", "emp_redrock", "car_kaiser")
    for times in (1, 2):
        resolve(broker, message, "red rock kaiser", outcome="carrier", reenrolment="unchanged")
        eventually(lambda: is_taken(whole, message))
        whole.cause("carrier_syncs", employer="emp_redrock", carrier="car_kaiser")
        eventually(lambda expected=times: is_back(whole, message, expected))  # type: ignore[misc]
    view = form(broker, message, "red rock kaiser")
    assert "by the broker: the carrier is right; Kaiser Permanente has synced" in said(view)
    assert "escalate it to Operations" in said(view)
    assert said(view).count(f"<@{cast.BROKER.user_id}>: the carrier is right") == 2
    broker.press(view, MessageAction.ESCALATE)
    assert "came back twice" in said(top(broker))
    assert broker.submit(top(broker)) == {}
    broker.close_modal(top(broker), everything=True)
    [card] = eventually(lambda: whole.cards(cast.OPERATORS.channel_id))
    assert "*Escalated*" in said(card)
    assert str(row(whole, message).employee_ref) not in said(card)
    [escalation] = whole.all(Escalation)
    assert (escalation.message_id, escalation.cycle) == (message, 2)
    escalated_again(whole, card)


def escalated_again(whole: Whole, card: Json) -> None:
    """The form sent once more, as Slack does when it is in doubt, changes nothing."""
    entry = whole.workspace.trace.entries("envelope", "view_submission escalate")[-1]
    assert whole.deliver_again(entry).acked
    assert len(whole.all(Escalation)) == 1
    assert [each["ts"] for each in whole.cards(cast.OPERATORS.channel_id)] == [card["ts"]]


def test_while_the_exchange_is_away_a_resolution_waits_and_is_sent_once(
    whole: Whole, broker: Person, sent: Sent
) -> None:
    message = sent("employment_status_conflict", "emp_redrock", "car_kaiser")
    whole.cause("exchange_error", seconds=120)
    resolve(broker, message, "red rock kaiser", outcome="platform", employment="checked")
    assert "on its way to the exchange" in said(messages(broker, "red rock kaiser failures"))
    waiting = eventually(
        lambda: in_person(whole, "*Waiting for the exchange* · *Employment status conflict*"), 20
    )
    whole.cause("exchange_recovers")
    eventually(lambda: is_taken(whole, message))
    eventually(lambda: in_person(whole, "*Sent* · *Employment status conflict*"))
    assert [each.state for each in made(whole, message)] == ["sent"]
    assert in_person(whole, "*Sent* · *Employment")[0]["ts"] == waiting[0]["ts"]


def in_person(whole: Whole, words: str) -> list[Json]:
    return [card for card in whole.cards(cast.BROKER.user_id) if words in said(card)]


def test_a_redelivered_resolution_counts_once_and_gets_the_same_answer(
    whole: Whole, broker: Person, sent: Sent
) -> None:
    message = sent("ssn_discrepancy", "emp_harbor", "car_principal")
    resolve(broker, message, "harbor principal", outcome="platform")
    entry = whole.workspace.trace.entries("envelope", "view_submission resolve")[-1]
    again = whole.deliver_again(entry)
    assert again.acked
    assert "Resolved" in str(again.answer)
    assert len(made(whole, message)) == 1


# ── several, and from a card


def test_all_of_a_kind_are_resolved_in_one_go_and_counted_in_person(
    whole: Whole, broker: Person, sent: Sent
) -> None:
    some = [sent("gender_mismatch", "emp_redrock", "car_kaiser") for _ in range(3)]
    broker.press(messages(broker, "red rock kaiser"), MessagesAction.OPEN)
    broker.press(top(broker), MessagesAction.FILTER_KIND, option="gender_mismatch")
    broker.press(top(broker), MessagesAction.TICK)
    assert broker.submit(top(broker), {"which": "all"}) == {}
    submit = top(broker)["submit"]["text"]
    assert broker.submit(top(broker), {"outcome": "platform"}) == {}
    broker.close_modal(top(broker), everything=True)
    eventually(lambda: all(is_taken(whole, each) for each in some))
    number = int(submit.removeprefix("Resolve "))
    card = eventually(lambda: in_person(whole, f"*{number} resolutions taken by the exchange*"))
    assert len(card) == 1
    entry = whole.workspace.trace.entries("envelope", "view_submission bulk")[-1]
    assert whole.deliver_again(entry).acked
    assert all(len(made(whole, each)) == 1 for each in some)


def test_a_failure_card_opens_the_list_and_closes_when_the_last_one_clears(
    whole: Whole, broker: Person, sent: Sent
) -> None:
    message = sent("annual_earnings_missing", "emp_harbor", "car_guardian")
    card = whole.wait_for_card("open Failure", "Guardian for Harbor Bakery", seconds=40)
    assert "Resolve" in labels(card)
    broker.press(card | {"channel": cast.ALERTS.channel_id}, MessagesAction.OPEN)
    assert "Harbor Bakery, Guardian" in said(top(broker))
    assert employers_in(top(broker)) == {"Harbor Bakery"}
    broker.close_modal(top(broker), everything=True)
    resolve(broker, message, "harbor guardian", outcome="platform", earnings="entered")
    eventually(lambda: is_taken(whole, message))
    eventually(lambda: "waiting for" in said(on(whole, card)))
    whole.cause("carrier_syncs", employer="emp_harbor", carrier="car_guardian")
    eventually(lambda: "*Cleared*" in said(on(whole, card)))


def on(whole: Whole, card: Json) -> Json:
    return next(each for each in whole.cards() if each["ts"] == card["ts"])


def test_a_card_of_another_employer_opens_no_list(whole: Whole, broker: Person) -> None:
    card = whole.wait_for_card("open Failure", "Cigna for Oakline Furniture", seconds=40)
    broker.press(card | {"channel": cast.ALERTS.channel_id}, MessagesAction.OPEN)
    assert broker.modals() == []


@pytest.mark.parametrize("member", [cast.BROKER, cast.EMPLOYER, cast.READ_ONLY, cast.NEWCOMER])
@pytest.mark.parametrize("action", [MessageAction.OPEN, MessageAction.NEXT, MessageAction.ESCALATE])
def test_a_forged_button_shows_nothing_of_another_employers_message(
    whole: Whole, member: cast.CastMember, action: str
) -> None:
    refs = {place.id for place in whole.all(Integration) if place.ref.startswith("int_quill")}
    foreign = next(message for message in whole.all(CarrierMessage) if message.integration_id in refs)
    page = whole.acting(member)
    answer = ask(page, "help")
    before = len(page.messages(answer["channel"]))
    press_old(page, answer, action, pack(message=foreign.id))
    page.wait_for(lambda: len(page._messages[answer["channel"]]) > before)
    told = said(page.messages(answer["channel"])[-1])
    assert page.modals() == []
    assert "Quill" not in told
    assert "not among those you work with" in told or "does not let you" in told or "your role yet" in told
