"""What is set aside tells what is wrong now: what can be read again leaves it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services import streams
from services.intake.integrations import take_integrations
from services.intake.messages import take_messages
from services.ports import Page, SetAside
from services.store.exchange import Reading, SetAsideItem
from tests.outside import integration_item, message_item
from tests.rows import Clock, Rows

MINUTE = timedelta(minutes=1)


def left(rows: Rows) -> list[str]:
    return sorted(f"{each.ref}: {each.reason}" for each in rows.all(SetAsideItem))


def test_an_integration_that_can_be_read_again_is_not_set_aside_any_more(rows: Rows, clock: Clock) -> None:
    bad = [
        SetAside("int_a", "status: is not what the contract says"),
        SetAside("int_b", "status: is missing"),
    ]
    with rows.sessions.write() as session:
        take_integrations(session, clock(), Page([], bad))
        take_integrations(session, clock(), Page([integration_item("int_a")]))
    assert left(rows) == ["int_b: status: is missing"]


def test_a_message_too_and_what_is_wrong_with_it_in_the_same_page_stays(rows: Rows, clock: Clock) -> None:
    twice = SetAside("msg_a", "id: came twice in one reading")
    with rows.sessions.write() as session:
        take_integrations(session, clock(), Page([integration_item("int_a")]))
        take_messages(session, clock(), Page([], [SetAside("msg_a", "text: is missing")]))
        take_messages(session, clock(), Page([message_item("msg_a")], [twice]))
    assert left(rows) == ["msg_a: id: came twice in one reading"]


def test_a_whole_reading_leaves_what_it_set_aside_itself(rows: Rows, clock: Clock) -> None:
    with rows.sessions.write() as session:
        for stream, ref in ((streams.HR, "emp_1/1"), (streams.HR, "emp_1/2"), (streams.SYNCS, "syn_1")):
            streams.set_aside(session, clock(), stream, [SetAside(ref, "is bad")])
        clock.forward(minutes=1)
        streams.set_aside(session, clock(), streams.HR, [SetAside("emp_1/2", "is bad")])
        streams.forget_before(session, streams.HR, clock())
    assert left(rows) == ["emp_1/2: is bad", "syn_1: is bad"]


@pytest.mark.parametrize(
    ("reading", "employers", "known"),
    [(None, False, False), (None, True, True), ("begun", True, False), ("done", False, True)],
)
def test_employers_are_known_once_the_exchange_was_read(
    rows: Rows, clock: Clock, reading: str | None, *, employers: bool, known: bool
) -> None:
    if employers:
        rows.integration()
    if reading:
        rows.add(Reading(stream=streams.INTEGRATIONS, read_at=clock() if reading == "done" else None))
    with rows.sessions.read() as session:
        assert streams.knows_employers(session) is known
