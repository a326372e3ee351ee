"""What the bot says by itself, as its jobs run it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta

import pytest

from bot.jobs.reminders import Speaker
from services.channels.routing import Channels
from services.errors import Rejected, Unavailable
from services.store.alerts import Alert, AlertEvent, Card, Channel, Digest, Subscription
from services.store.exchange import Reading
from services.store.people import PersonZone
from tests.rows import Clock, Rows

ADMIN = "U0ADMIN"


@dataclass
class FakeDirectory:
    zones: dict[str, str | Exception | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def time_zone(self, user_id: str) -> str | None:
        self.asked.append(user_id)
        zone = self.zones.get(user_id)
        if isinstance(zone, Exception):
            raise zone
        return zone


@pytest.fixture
def directory() -> FakeDirectory:
    return FakeDirectory()


@pytest.fixture
def speaker(rows: Rows, clock: Clock, directory: FakeDirectory) -> Speaker:
    return Speaker(rows.sessions, clock, directory, Channels("C0ALERTS", "C0OPERATORS", frozenset({ADMIN})))


def subscribed(rows: Rows, clock: Clock, number: int = 1) -> None:
    rows.add(
        Subscription(
            channel_id="C0DIGEST",
            kinds=[],
            time_zone="UTC",
            digest_at=time(9),
            next_digest_at=clock(),
            owner=ADMIN,
            form_key=f"V{number}",
        )
    )


def test_with_nothing_to_say_it_says_nothing(speaker: Speaker, rows: Rows) -> None:
    assert speaker.speak() == 0
    assert rows.all(Card) == []


def test_it_tells_the_operators_what_is_out_of_reach(speaker: Speaker, rows: Rows, clock: Clock) -> None:
    rows.add(Reading(stream="syncs", failing_since=clock() - timedelta(minutes=6), failure="It is away."))
    assert speaker.speak() == 1
    assert rows.one(Card).channel_id == "C0OPERATORS"


def test_it_wakes_what_is_due_and_makes_the_digests(speaker: Speaker, rows: Rows, clock: Clock) -> None:
    until = {"snoozed_until": clock(), "snoozed_by": "U1", "wake_at": clock()}
    rows.add(Alert(kind="last_sync", cause="x", level="late", opened_at=clock(), routed_at=clock(), **until))
    subscribed(rows, clock)
    assert speaker.speak() == 2
    assert (rows.one(AlertEvent).what, len(rows.all(Digest))) == ("woke", 1)
    assert speaker.speak() == 0


def test_it_tells_of_a_channel_that_takes_no_posts(speaker: Speaker, rows: Rows, clock: Clock) -> None:
    rows.add(Channel(id="C0GONE", broken_at=clock(), broken_code="is_archived"))
    assert [speaker.speak(), speaker.speak()] == [1, 0]
    assert rows.one(Card).channel_id == "C0OPERATORS"


def test_more_than_a_batch_is_done_in_one_go(speaker: Speaker, rows: Rows, clock: Clock) -> None:
    for number in range(101):
        subscribed(rows, clock, number)
    assert speaker.speak() == 101


def test_it_asks_slack_once_a_day_where_people_live(
    speaker: Speaker, rows: Rows, directory: FakeDirectory
) -> None:
    rows.person("U1", "broker")
    directory.zones = {"U1": "America/Denver", ADMIN: None}
    assert [speaker.learn_zones(), speaker.learn_zones()] == [2, 0]
    assert {each.user_id: each.time_zone for each in rows.all(PersonZone)} == {
        "U1": "America/Denver",
        ADMIN: "America/New_York",
    }


def test_somebody_whom_slack_does_not_show_is_not_asked_about_again_at_once(
    speaker: Speaker, rows: Rows, directory: FakeDirectory
) -> None:
    directory.zones = {ADMIN: Rejected("There is no such person.", "user_not_found")}
    speaker.learn_zones()
    speaker.learn_zones()
    assert (directory.asked, rows.one(PersonZone).user_id) == ([ADMIN], ADMIN)


def test_while_slack_is_away_nobody_else_is_asked_about(
    speaker: Speaker, rows: Rows, directory: FakeDirectory
) -> None:
    rows.person("U1", "broker")
    directory.zones = {ADMIN: Unavailable("Slack does not answer.")}
    speaker.learn_zones()
    assert (directory.asked, rows.all(PersonZone)) == ([ADMIN], [])
