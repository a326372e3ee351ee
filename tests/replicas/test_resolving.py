"""Resolutions on their way to the exchange: once, whatever happens; cleared only when a sync proved it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from services.access import Actor, Role
from services.errors import Misconfigured, Rejected, Unavailable
from services.messages import bulk, escalations, resolutions
from services.ports import Page, SyncItem
from services.store.alerts import Alert
from services.store.exchange import CarrierMessage
from services.store.messages import Resolution
from services.store.people import AuditEvent
from tests.outside import Killed, integration_item, message_item
from tests.replicas.office import AGENCY, Office

BROKER = Actor("U0BROKER01", Role.BROKER, None)


@pytest.fixture
def message(office: Office) -> int:
    """An open Failure that the exchange told of."""
    item = message_item()
    office.exchange.sent[item.ref] = item
    office.exchange.integration_pages = [Page([integration_item()])]
    office.exchange.message_pages = [Page([item])]
    office.replica().poll()
    return office.one(CarrierMessage).id


def resolve(office: Office, message_id: int, actor: Actor = BROKER) -> None:
    with office.sessions.write() as session:
        kept = session.get_one(CarrierMessage, message_id)
        resolutions.resolve(
            session,
            actor,
            office.clock(),
            message_id,
            outcome="carrier",
            note="Checked.",
            version=kept.returns,
            key=f"{office.clock()}",
        )


def own_card(office: Office) -> list[str]:
    office.deliver_until_calm()
    return office.chat.texts(BROKER.user_id)


def test_a_resolution_is_sent_and_its_answer_is_news(office: Office, message: int) -> None:
    resolve(office, message)
    assert office.one(CarrierMessage).state == "queued"
    assert office.replica().resolve() == 1
    kept = office.one(CarrierMessage)
    assert (kept.state, kept.outcome, kept.cleared_at) == ("resolved", "carrier", None)
    assert office.exchange.effects == ["resolve msg_a carrier Checked."]
    assert office.one(Resolution).resolved_at == kept.resolved_at


def test_what_is_confirmed_at_once_needs_no_card(office: Office, message: int) -> None:
    resolve(office, message)
    office.replica().resolve()
    office.clock.forward(minutes=1)
    assert own_card(office) == []


def test_while_the_exchange_is_away_the_person_is_told_and_told_again_when_it_was_sent(
    office: Office, message: int
) -> None:
    def away(_what: str) -> None:
        raise Unavailable("The exchange asks to wait.", retry_after=40)

    office.exchange.answer = away
    resolve(office, message)
    office.replica().resolve()
    assert own_card(office) == ["carrier: queued, The exchange asks to wait."]
    assert office.one(CarrierMessage).state == "queued"
    office.exchange.answer = lambda _: None
    office.clock.forward(seconds=40)
    office.replica().resolve()
    assert own_card(office) == ["carrier: sent, None"]


@pytest.mark.parametrize("code", ["already-resolved", "key-used", "404"])
def test_a_refusal_stands_on_the_message_which_is_open_as_before(
    office: Office, message: int, code: str
) -> None:
    def refuse(_what: str) -> None:
        raise Rejected("Guardian does not know this person.", code)

    office.exchange.answer = refuse
    resolve(office, message)
    office.replica().resolve()
    kept = office.one(Resolution)
    assert (office.one(CarrierMessage).state, kept.state, kept.due_at) == ("open", "refused", None)
    assert own_card(office) == ["carrier: refused, Guardian does not know this person."]
    assert office.one(Alert).closed_at is None
    office.exchange.answer = lambda _: None
    office.clock.forward(minutes=1)
    resolve(office, message)
    assert office.replica().resolve() == 1
    assert office.one(CarrierMessage).state == "resolved"


def test_a_wrong_token_refuses_nobodys_resolution(office: Office, message: int) -> None:
    def who_are_you(_what: str) -> None:
        raise Misconfigured("The carrier exchange does not accept Lastsync's token. Check EXCHANGE_TOKEN.")

    office.exchange.answer = who_are_you
    resolve(office, message)
    office.replica().resolve()
    assert office.one(Resolution).state == "queued"


@pytest.mark.parametrize(
    "end", [Killed(), Unavailable("No answer."), TimeoutError()], ids=lambda end: type(end).__name__
)
def test_a_resolution_whose_answer_was_lost_has_the_effect_of_once(
    office: Office, message: int, end: BaseException
) -> None:
    ends = [end]

    def lose(_what: str) -> None:
        if ends:
            raise ends.pop()

    office.exchange.afterwards = lose
    resolve(office, message)
    with suppress(Killed):
        office.replica().resolve()
    office.exchange.message_pages = [Page([office.exchange.sent["msg_a"]])]
    office.replica("two").poll()
    office.clock.forward(minutes=10)
    assert office.replica("two").resolve() == 1
    assert office.exchange.effects == ["resolve msg_a carrier Checked."]
    assert list(office.exchange.keys.values()) == [2]
    assert (office.one(Resolution).state, office.one(CarrierMessage).state) == ("sent", "resolved")


def test_replicas_that_send_at_once_send_each_resolution_once(office: Office, message: int) -> None:
    resolve(office, message)
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(office.replica(f"replica {each}").resolve) for each in range(4)]
    assert sum(each.result() for each in done) == 1
    assert list(office.exchange.keys.values()) == [1]


def test_the_audit_log_says_who_chose_what_and_that_the_exchange_took_it(
    office: Office, message: int
) -> None:
    resolve(office, message)
    office.clock.forward(minutes=1)
    office.replica().resolve()
    asked, done = office.all(AuditEvent)
    assert (asked.event, done.event) == ("message.resolve_asked", "message.resolved")
    assert (done.user_id, done.role, done.employee_ref) == (BROKER.user_id, "broker", "ee_1")
    assert done.detail == asked.detail | {"outcome": "carrier", "issue": "ssn_discrepancy"}


def sync(office: Office) -> None:
    """The carrier syncs now."""
    office.exchange.sync_pages = [Page([SyncItem("int_a", office.clock())])]
    office.replica().poll()


def test_a_resolution_that_the_next_sync_proves_right_is_cleared_and_closes_the_card(
    office: Office, message: int
) -> None:
    resolve(office, message)
    office.replica().resolve()
    office.replica().poll()
    assert office.replica().settle() == 0
    assert office.one(Alert).closed_at is None
    office.clock.forward(hours=1)
    sync(office)
    assert office.replica().settle() == 0, "the carrier may still send it again"
    office.clock.forward(minutes=6)
    assert office.replica().settle() == 0, "and the messages were not read since"
    office.exchange.sync_pages = []
    office.replica().poll()
    assert office.replica().settle() == 1
    assert office.one(CarrierMessage).cleared_at == office.clock()
    assert office.one(Alert).closed_because == "cleared"
    office.replica().poll()
    assert office.one(CarrierMessage).cleared_at == office.clock()


def test_a_message_that_is_sent_again_after_it_was_called_cleared_has_come_back(
    office: Office, message: int
) -> None:
    resolve(office, message)
    office.replica().resolve()
    office.clock.forward(hours=1)
    sync(office)
    office.clock.forward(hours=1)
    office.replica().poll()
    office.replica().settle()
    again = replace(office.exchange.sent["msg_a"], state="open", updated_at=office.clock())
    office.exchange.message_pages = [Page([again])]
    office.replica().poll()
    kept = office.one(CarrierMessage)
    assert (kept.state, kept.returns, kept.cleared_at) == ("open", 1, None)
    assert [alert.closed_at is None for alert in office.all(Alert)] == [False, True]


def test_many_resolutions_are_sent_one_by_one_and_their_card_tells_how_they_fare(office: Office) -> None:
    items = [message_item(f"msg_{number}", employee_ref=f"ee_{number}") for number in range(12)]
    office.exchange.sent = {item.ref: item for item in items}
    office.exchange.integration_pages = [Page([integration_item()])]
    office.exchange.message_pages = [Page(list(items))]
    office.replica().poll()
    with office.sessions.write() as session:
        asked = bulk.resolve_many(
            session,
            BROKER,
            office.clock(),
            kind="ssn_discrepancy",
            ids=[message.id for message in office.all(CarrierMessage)],
            outcome="platform",
            key="V1",
        )
    assert asked.count == 12
    office.exchange.sent["msg_7"] = replace(office.exchange.sent["msg_7"], state="resolved")
    office.replica().deliver()
    assert office.chat.texts(BROKER.user_id) == ["0 sent, 0 refused of 12, going on"]
    office.clock.forward(seconds=1)
    assert office.replica().resolve() == 11
    assert own_card(office) == ["11 sent, 1 refused of 12, finished"]
    assert office.chat.channels[BROKER.user_id][0].edits == 1


def test_an_escalation_is_posted_to_operations_and_tells_what_became_of_it(
    office: Office, message: int
) -> None:
    with office.sessions.write() as session:
        session.get_one(CarrierMessage, message).returns = 2
        escalations.escalate(session, AGENCY, office.clock(), message, version=2, channel="C0OPERATORS")
    office.deliver_until_calm()
    assert office.chat.texts("C0OPERATORS")[0].endswith("came_back")
    gone = replace(message_item(), state="resolved", updated_at=office.clock())
    office.exchange.message_pages = [Page([gone])]
    office.replica().poll()
    office.deliver_until_calm()
    assert office.chat.texts("C0OPERATORS")[0].endswith("closed")
