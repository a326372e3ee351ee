"""What is remembered of an integration's syncs is what reading and learning anew would say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.access import Actor
from services.integrations import listing, rhythms
from services.integrations.listing import AsOf, IntegrationRow
from services.integrations.rhythms import Rhythm
from services.store.exchange import Integration, Sync
from tests.agency import ADMIN, DAY, NOW, Agency, daily, found

steps = st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=8)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Agency:
    return found(Path(tmp_path_factory.mktemp("rhythms")))


def row(session: Session, actor: Actor, now: datetime, integration_id: int) -> IntegrationRow:
    it = listing.one(session, actor, AsOf(now, now, None, old=False), integration_id)
    assert it is not None
    return it


def remembered(session: Session, actor: Actor, now: datetime, integration_id: int) -> Rhythm:
    return rhythms.load(session, [row(session, actor, now, integration_id)], now)[integration_id]


def anew(session: Session, actor: Actor, now: datetime, integration_id: int) -> Rhythm:
    it = row(session, actor, now, integration_id)
    query = select(Sync.synced_at).where(Sync.integration_id == integration_id).order_by(Sync.synced_at)
    since = (it.last_sync_at or now) - rhythms.WINDOW
    syncs = tuple(at for at in session.scalars(query) if at >= since)
    return Rhythm(syncs, rhythms.expect(it, syncs, now))


def sync(agency: Agency, integration_id: int, at: datetime) -> None:
    with agency.sessions.write() as session:
        session.add(Sync(integration_id=integration_id, synced_at=at))
        it = session.get_one(Integration, integration_id)
        it.last_sync_at = max(it.last_sync_at or at, at)


def both(agency: Agency, integration_id: int) -> tuple[Rhythm, Rhythm]:
    return agency.ask(ADMIN, remembered, integration_id), agency.ask(ADMIN, anew, integration_id)


@given(steps=steps, every=st.sampled_from((1, 2, 7)))
def test_at_any_time_it_says_what_learning_anew_would(
    store: Agency, steps: Sequence[tuple[int, bool]], every: int
) -> None:
    store.now = NOW
    it = store.integration("Harbor Bakery", "Guardian", syncs=daily(NOW, 60)[::every])
    for hours, synced in steps:
        store.now += timedelta(hours=hours)
        if synced and hours:
            sync(store, it, store.now)
        kept, learnt = both(store, it)
        assert kept == learnt


def test_an_older_sync_that_comes_late_is_noticed(agency: Agency) -> None:
    it = agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW))
    assert len(agency.ask(ADMIN, remembered, it).syncs) == 60
    sync(agency, it, NOW - 20 * DAY)
    assert len(agency.ask(ADMIN, remembered, it).syncs) == 61


def test_one_that_was_turned_off_is_expected_no_longer(agency: Agency) -> None:
    it = agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW))
    assert agency.ask(ADMIN, remembered, it).expectation
    with agency.sessions.write() as session:
        session.get_one(Integration, it).status = "disabled"
    assert agency.ask(ADMIN, remembered, it).expectation is None


def test_what_is_remembered_is_not_read_again(agency: Agency) -> None:
    it = agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW))
    agency.ask(ADMIN, remembered, it)
    first = [each for each in agency.statements if "FROM syncs" in each]
    agency.ask(ADMIN, remembered, it)
    again = [each for each in agency.statements if "FROM syncs" in each]
    assert (len(first), len(again)) == (2, 1)
