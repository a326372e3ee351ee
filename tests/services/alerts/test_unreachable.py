"""What cannot be reached is told to the operators, once, until it can."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services import streams as readings
from services.alerts import unreachable
from services.alerts.unreachable import UnreachableCard
from services.store.alerts import Alert
from services.store.exchange import Reading
from tests.services.telling import OPERATORS, Telling

MINUTE = timedelta(minutes=1)


def failing(telling: Telling, *streams: str) -> None:
    now = telling.clock()
    telling.rows.add(*(Reading(stream=each, read_at=now - MINUTE, failing_since=now) for each in streams))
    with telling.rows.sessions.write() as session:
        for each in streams:
            readings.fail(session, each, now, "It does not answer.")


def watch(telling: Telling) -> int:
    with telling.rows.sessions.write() as session:
        return unreachable.watch(session, telling.clock())


def told(telling: Telling) -> UnreachableCard:
    facts: UnreachableCard = telling.facts("alert:1", OPERATORS)
    return facts


def test_a_hiccup_of_some_minutes_is_none_of_their_business(telling: Telling) -> None:
    failing(telling, "syncs")
    telling.clock.forward(minutes=4.9)
    assert watch(telling) == 0
    assert telling.rows.all(Alert) == []


@pytest.mark.parametrize(
    ("streams", "what"),
    [
        (readings.STREAMS, "exchange"),
        (("messages",), "exchange"),
        (("hr",), "hr"),
        (("benefits",), "benefits"),
    ],
)
def test_each_side_has_one_alert_with_a_card_for_the_operators(
    telling: Telling, streams: tuple[str, ...], what: str
) -> None:
    since = telling.clock()
    failing(telling, *streams)
    telling.clock.forward(minutes=5)
    assert watch(telling) == len({what})
    watch(telling)
    telling.tell()
    assert (telling.alert().cause, telling.told_channels()) == (what, {OPERATORS})
    facts = told(telling)
    assert (facts.what, facts.since, facts.reason, facts.as_of) == (
        what,
        since,
        "It does not answer.",
        since - MINUTE,
    )


def test_two_sides_have_one_each(telling: Telling) -> None:
    failing(telling, "syncs", "benefits")
    telling.clock.forward(minutes=6)
    assert watch(telling) == 2
    assert sorted(each.cause for each in telling.open()) == ["benefits", "exchange"]


def test_it_closes_when_all_of_it_answers_again_and_says_for_how_long_it_lasted(telling: Telling) -> None:
    failing(telling, "syncs", "messages")
    telling.clock.forward(minutes=5)
    watch(telling)
    for stream in ("syncs", "messages"):
        assert telling.alert().closed_at is None
        telling.clock.forward(minutes=1)
        with telling.rows.sessions.write() as session:
            readings.advance(session, stream, started_at=telling.clock(), was=None, to=None)
        watch(telling)
    assert telling.alert().closed_because == "recovered"
    assert told(telling).lasted == timedelta(minutes=7)


def test_one_that_fails_again_is_a_new_episode(telling: Telling) -> None:
    failing(telling, "syncs")
    telling.clock.forward(minutes=5)
    watch(telling)
    with telling.rows.sessions.write() as session:
        readings.advance(session, "syncs", started_at=telling.clock(), was=None, to=None)
    watch(telling)
    with telling.rows.sessions.write() as session:
        readings.fail(session, "syncs", telling.clock(), "It does not answer.")
    telling.clock.forward(minutes=5)
    watch(telling)
    assert [each.closed_at is None for each in telling.rows.all(Alert)] == [False, True]
