"""Resolving a carrier message: the form, its errors, *Next* through the Failures, and *Escalate*."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from bot.sandbox import cast
from bot.sandbox.workspace.driver import Person
from handlers.messages.ids import MessageAction, MessagesAction
from services.store.alerts import Card
from services.store.messages import Escalation, Resolution
from services.store.people import AuditEvent
from tests.agency import DAY, NOW, Agency, daily
from tests.handlers.pages import As, Json, answer_to, said, top

COMMAND = "/carrier-messages harbor"
SPELLING: dict[str, Any] = {"kind": "name_spelling", "field": "name", "platform_value": "J• D•"}


@pytest.fixture
def guardian(agency: Agency) -> int:
    return agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW), next_at=NOW + 2 * DAY)


@pytest.fixture
def failures(agency: Agency, guardian: int) -> list[int]:
    """Three Failures, the oldest first."""
    return [agency.message(guardian, received_at=NOW - days * DAY, **SPELLING) for days in (7, 5, 3)]


def back(agency: Agency, integration: int, cycles: int = 1, days: int = 9) -> int:
    """A Failure that came back `cycles` times after it was resolved `days` ago, and synced since."""
    resolved = {"outcome": "carrier", "resolved_at": NOW - days * DAY, "returns": cycles}
    return agency.message(integration, received_at=NOW - 20 * DAY, **SPELLING, **resolved)


def opened(page: Person, *, in_list: bool = False) -> Json:
    """The oldest Failure's form."""
    source = answer_to(page, COMMAND)
    if in_list:
        page.press(source, MessagesAction.OPEN)
        source = top(page)
    page.press(source, MessageAction.OPEN)
    return top(page)


def title(page: Person) -> str:
    return str(top(page)["title"]["text"])


def test_the_form_shows_both_values_masked_and_what_each_choice_does(
    broker: Person, failures: list[int]
) -> None:
    del failures
    shown = said(opened(broker))
    for part in (
        "Our record\\nJ• D•",
        "The carrier's\\n••••",
        "Our record is right",
        "The carrier is told to correct its record, at its next sync.",
        "The carrier is right",
        "Use the legal name",
    ):
        assert part in shown


def test_resolving_queues_it_and_says_what_happens_next(
    agency: Agency, broker: Person, failures: list[int]
) -> None:
    view = opened(broker)
    assert broker.submit(view, {"outcome": "carrier", "note": "As on the card"}) == {}
    shown = said(top(broker))
    assert "The carrier is right" in shown
    assert "waits for Friday's sync, when the carrier sees it" in shown
    [made] = agency.all(Resolution)
    assert (made.message_id, made.outcome, made.note) == (failures[0], "carrier", "As on the card")
    assert [event.event for event in agency.all(AuditEvent)] == ["message.resolve_asked"]


def test_next_walks_the_failures_oldest_first_until_none_is_left(
    agency: Agency, broker: Person, failures: list[int]
) -> None:
    opened(broker)
    for left in (2, 1, 0):
        assert title(broker) == "Resolve"
        assert broker.submit(top(broker), {"outcome": "platform"}) == {}
        if left:
            assert f"{left} Failure{'s' * (left > 1)} left to resolve" in said(top(broker))
            broker.press(top(broker), MessageAction.NEXT)
    assert "No Failure is left to resolve here" in said(top(broker))
    assert [made.message_id for made in agency.all(Resolution)] == failures


def test_the_next_form_begins_empty(broker: Person, failures: list[int]) -> None:
    del failures
    broker.press(opened(broker), MessageAction.NEXT, values={"note": "half typed", "outcome": "carrier"})
    assert list(broker.submit(top(broker))) == ["outcome"]


def test_a_failure_can_be_skipped(agency: Agency, broker: Person, failures: list[int]) -> None:
    broker.press(opened(broker), MessageAction.NEXT)
    broker.submit(top(broker), {"outcome": "platform"})
    assert [made.message_id for made in agency.all(Resolution)] == failures[1:2]


def test_the_list_below_is_renewed(broker: Person, failures: list[int]) -> None:
    del failures
    opened(broker, in_list=True)
    broker.submit(top(broker), {"outcome": "carrier"})
    broker.close_modal(top(broker))
    assert title(broker) == "Carrier messages"
    assert "on its way to the exchange" in said(top(broker))


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("x" * 3000, "it has 3,000"),
        ("It is 123-45-6789", "Correct it in the employee's profile"),
        ("born 3/14/1985", "dates"),
        ("ask jane@harbor.example", "e-mail"),
    ],
)
def test_a_note_that_cannot_be_kept_is_refused_at_its_field(
    agency: Agency,
    broker: Person,
    failures: list[int],
    caplog: pytest.LogCaptureFixture,
    note: str,
    told: str,
) -> None:
    del failures
    caplog.set_level(logging.INFO)
    refused = broker.submit(opened(broker), {"outcome": "carrier", "note": note})
    assert list(refused) == ["note"]
    assert told in refused["note"]
    assert agency.all(Resolution) == []
    assert "6789" not in caplog.text


def test_a_mention_in_a_note_is_text(broker: Person, failures: list[int]) -> None:
    del failures
    broker.submit(opened(broker), {"outcome": "carrier", "note": "ask <!channel> & <@U1>"})
    broker.close_modal(top(broker))
    shown = said(opened(broker))
    assert "<!channel>" not in shown
    assert "&lt;!channel&gt;" in shown


def test_a_kind_that_needs_more_asks_for_it(agency: Agency, broker: Person, guardian: int) -> None:
    agency.message(guardian, kind="birth_date_mismatch")
    view = opened(broker)
    assert "Do rates or coverage change" in said(view)
    assert list(broker.submit(view, {"outcome": "carrier"})) == ["reenrolment"]
    assert broker.submit(view, {"outcome": "carrier", "reenrolment": "started"}) == {}
    assert [made.extras for made in agency.all(Resolution)] == [{"reenrolment": "started"}]


def test_a_second_person_is_told_what_the_first_chose(
    agency: Agency, acting: As, failures: list[int]
) -> None:
    del failures
    broker, employer = acting(cast.BROKER), acting(cast.EMPLOYER)
    late = opened(employer)
    broker.submit(opened(broker), {"outcome": "carrier"})
    assert employer.submit(late, {"outcome": "platform"}) == {}
    shown = said(top(employer))
    assert "by the broker: the carrier is right" in shown
    assert "Nothing was changed" in shown
    assert "2 Failures left to resolve" in shown
    assert len(agency.all(Resolution)) == 1


def test_what_was_closed_meanwhile_is_said(agency: Agency, broker: Person, failures: list[int]) -> None:
    view = opened(broker)
    agency.close(failures[0])
    broker.submit(view, {"outcome": "carrier"})
    assert title(broker) == "It has moved on"
    assert agency.all(Resolution) == []


def test_what_the_middleware_works_on_has_no_form(agency: Agency, broker: Person, guardian: int) -> None:
    agency.message(guardian, assignee="middleware")
    view = opened(broker)
    assert not view["submit"]
    assert "The middleware works on this one" in said(view)


def test_a_refusal_stands_on_the_message_with_its_reason(
    agency: Agency, broker: Person, failures: list[int]
) -> None:
    broker.submit(opened(broker), {"outcome": "carrier"})
    broker.close_modal(top(broker))
    with agency.sessions.write() as session:
        made = session.get_one(Resolution, 1)
        made.state, made.reason, made.message.state = "refused", "The carrier does not take this.", "open"
    assert failures
    assert "refused the resolution: The carrier does not take this." in said(opened(broker))
    assert "refused: The carrier does not take this." in said(top(broker))


# ── came back


def test_what_came_back_tells_its_story_in_one_line(agency: Agency, broker: Person, guardian: int) -> None:
    back(agency, guardian)
    shown = said(opened(broker))
    assert "Came back: resolved 9 days ago elsewhere: the carrier is right; Guardian has synced" in shown
    assert "resolve it again" in shown


def test_what_came_back_can_be_resolved_again(agency: Agency, broker: Person, guardian: int) -> None:
    message = back(agency, guardian)
    view = opened(broker)
    assert view["submit"]["text"] == "Resolve again"
    assert broker.submit(view, {"outcome": "platform"}) == {}
    assert [made.message_id for made in agency.all(Resolution)] == [message]


def test_escalating_shows_the_summary_and_sends_it(agency: Agency, broker: Person, guardian: int) -> None:
    back(agency, guardian, cycles=3)
    broker.press(opened(broker), MessageAction.ESCALATE)
    assert title(broker) == "Escalate to Operations"
    assert "came back 3 times" in said(top(broker))
    assert "J• D•" not in said(top(broker))
    assert broker.submit(top(broker)) == {}
    assert "Operations has the summary" in said(top(broker))
    assert len(agency.all(Escalation)) == 1
    assert [card.channel_id for card in agency.all(Card)] == [cast.OPERATORS.channel_id]


def test_what_is_escalated_already_says_by_whom(agency: Agency, acting: As, guardian: int) -> None:
    back(agency, guardian, cycles=3)
    broker, employer = acting(cast.BROKER), acting(cast.EMPLOYER)
    late = opened(employer)
    broker.press(opened(broker), MessageAction.ESCALATE)
    broker.submit(top(broker))
    employer.press(late, MessageAction.ESCALATE)
    assert f"by <@{cast.BROKER.user_id}>" in said(top(employer))
    assert not top(employer)["submit"]


def test_one_that_is_merely_open_is_not_escalated(broker: Person, failures: list[int]) -> None:
    del failures
    assert MessageAction.ESCALATE not in said(opened(broker))
