"""What people asked for on its way to the exchange: once, whatever happens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from services.errors import Rejected, Unavailable
from services.integrations import changes
from services.ports import Page, Status
from services.store.changes import Change
from services.store.exchange import Integration
from services.store.people import AuditEvent
from tests.outside import Killed, integration_item
from tests.replicas.office import AGENCY, Office


@pytest.fixture
def disabled(office: Office) -> int:
    item = integration_item(status=Status.DISABLED, group_number=None)
    office.exchange.items[item.ref] = item
    office.exchange.integration_pages = [Page([item])]
    office.replica().poll()
    return office.one(Integration).id


def ask(office: Office, integration_id: int, kind: str = "activate", number: str | None = "G-77") -> None:
    with office.sessions.write() as session:
        changes.request(session, AGENCY, office.clock(), integration_id, kind, number)


def own_card(office: Office) -> list[str]:
    office.deliver_until_calm()
    return office.chat.texts(AGENCY.user_id)


def test_a_change_is_sent_and_its_answer_is_news(office: Office, disabled: int) -> None:
    ask(office, disabled)
    assert own_card(office) == ["activate: queued, disabled, None"]
    assert office.replica().send_changes() == 1
    kept = office.one(Integration)
    assert (kept.status, kept.group_number) == ("pending", "G-77")
    assert own_card(office) == ["activate: done, pending, None"]


def audited(office: Office) -> list[str]:
    return [event.event for event in office.all(AuditEvent)]


def test_the_audit_log_says_what_was_asked_and_then_what_came_of_it(office: Office, disabled: int) -> None:
    ask(office, disabled)
    assert audited(office) == ["integration.turn_on_asked"]
    office.clock.forward(minutes=1)
    office.replica().send_changes()
    assert audited(office) == ["integration.turn_on_asked", "integration.turned_on"]
    asked, done = office.all(AuditEvent)
    assert (done.user_id, done.role, done.detail) == (AGENCY.user_id, "agency", {"group_number": "G-77"})
    assert (done.at - asked.at, done.integration_id) == (timedelta(minutes=1), disabled)


def test_the_audit_log_says_that_the_exchange_refused_and_not_that_it_was_done(
    office: Office, disabled: int
) -> None:
    def refuse(_what: str) -> None:
        raise Rejected("Guardian knows no such group number.", "unknown_group")

    office.exchange.answer = refuse
    ask(office, disabled)
    office.replica().send_changes()
    assert audited(office) == ["integration.turn_on_asked", "change.refused"]
    refused = office.all(AuditEvent)[-1]
    assert refused.user_id == AGENCY.user_id
    assert refused.detail == {"asked": "to turn on", "reason": "Guardian knows no such group number."}


def test_while_the_exchange_is_away_the_audit_log_says_no_more_than_what_was_asked(
    office: Office, disabled: int
) -> None:
    def away(_what: str) -> None:
        raise Unavailable("The exchange does not answer.")

    office.exchange.answer = away
    ask(office, disabled)
    office.replica().send_changes()
    assert audited(office) == ["integration.turn_on_asked"]


@pytest.mark.parametrize(
    ("kind", "number", "effect"),
    [
        ("deactivate", None, "deactivate int_a"),
        ("group_number", "G-78", "group number int_a G-78"),
    ],
)
def test_every_kind_of_change_reaches_the_exchange(
    office: Office, disabled: int, kind: str, number: str | None, effect: str
) -> None:
    active = replace(integration_item(), updated_at=office.clock())
    office.exchange.items["int_a"], office.exchange.integration_pages = active, [Page([active])]
    office.replica().poll()
    ask(office, disabled, kind, number)
    office.replica().send_changes()
    assert office.exchange.effects == [effect]


def test_a_change_that_the_exchange_refuses_says_why(office: Office, disabled: int) -> None:
    def refuse(_what: str) -> None:
        raise Rejected("Guardian knows no such group number.")

    office.exchange.answer = refuse
    ask(office, disabled)
    office.replica().send_changes()
    assert office.one(Change).state == "refused"
    assert own_card(office) == ["activate: refused, disabled, Guardian knows no such group number."]


def test_while_the_exchange_is_away_the_change_waits_and_its_card_says_so(
    office: Office, disabled: int
) -> None:
    def away(_what: str) -> None:
        raise Unavailable("The exchange asks to wait.", retry_after=40)

    office.exchange.answer = away
    ask(office, disabled)
    office.replica().send_changes()
    assert office.one(Change).due_at == office.clock() + timedelta(seconds=40)
    assert own_card(office) == ["activate: queued, disabled, The exchange asks to wait."]
    office.exchange.answer = lambda _: None
    office.clock.forward(seconds=40)
    office.replica().send_changes()
    assert own_card(office) == ["activate: done, pending, None"]


@pytest.mark.parametrize(
    "end", [Killed(), Unavailable("No answer."), TimeoutError()], ids=lambda end: type(end).__name__
)
def test_a_change_whose_answer_was_lost_has_the_effect_of_once(
    office: Office, disabled: int, end: BaseException
) -> None:
    ends = [end]

    def lose(_what: str) -> None:
        if ends:
            raise ends.pop()

    office.exchange.afterwards = lose
    ask(office, disabled)
    with suppress(Killed):
        office.replica().send_changes()
    office.clock.forward(minutes=10)
    assert office.replica("two").send_changes() == 1
    assert office.exchange.effects == ["activate int_a G-77"]
    assert list(office.exchange.keys.values()) == [2]


def test_replicas_that_send_at_once_send_each_change_once(office: Office, disabled: int) -> None:
    ask(office, disabled)
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(office.replica(f"replica {each}").send_changes) for each in range(4)]
    assert sum(each.result() for each in done) == 1
    assert list(office.exchange.keys.values()) == [1]
