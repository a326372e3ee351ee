"""Alerts through silence, syncs, Failures, presses, mutes, posts and the hours of the day, in any order.

Never two open alerts about one thing, no card of what is over, nothing closed that is still so, nothing said
again of what is closed, snoozed or muted.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.database import make_engine, make_sessions, migrate
from services.alerts import actions, failures
from services.alerts import late as late_alerts
from services.alerts.actions import Snooze
from services.alerts.timeline import BROADCAST
from services.errors import MovedOn
from services.store.alerts import Alert, AlertEvent, Card, Mute
from services.store.exchange import CarrierMessage, Integration, Reading
from services.times import DEFAULT_ZONE, is_working_day
from tests.rows import NOW, Clock, Rows
from tests.services.telling import AGENCY, Telling

DAY = timedelta(days=1)


@cache
def empty_store() -> Path:
    path = Path(tempfile.mkdtemp(prefix="lastsync-alerts-")) / "empty.sqlite"
    engine = make_engine(f"sqlite:///{path}")
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


class Lives(RuleBasedStateMachine):
    """One carrier with five integrations, each due a day after its last sync, and lost after two."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="lastsync-alerts-"))
        shutil.copy(empty_store(), self.folder / "store.sqlite")
        self.engine = make_engine(f"sqlite:///{self.folder / 'store.sqlite'}")
        self.clock = Clock()
        self.rows = Rows(make_sessions(self.engine), NOW)
        self.telling = Telling(self.rows, self.clock)

    def teardown(self) -> None:
        self.engine.dispose()
        shutil.rmtree(self.folder)

    @initialize()
    def begin(self) -> None:
        carrier = self.rows.carrier()
        self.ids = [
            self.rows.integration(carrier_id=carrier, last_sync_at=NOW, **self.due(NOW)).id for _ in range(5)
        ]
        self.rows.add(Reading(stream="syncs", read_at=NOW))

    def due(self, synced_at: datetime) -> dict[str, datetime]:
        return {"due_at": synced_at + DAY, "watch_at": synced_at + DAY, "lost_at": synced_at + 2 * DAY}

    # What happens outside

    @rule(hours=st.sampled_from([0.5, 1, 6, 24, 72]))
    def time_passes(self, hours: float) -> None:
        self.clock.forward(hours=hours)
        self.sweep()
        self.telling.wake()

    @rule()
    def cards_are_posted(self) -> None:
        self.telling.route()
        self.telling.post()

    @rule(data=st.data())
    def some_sync(self, data: st.DataObject) -> None:
        self.clock.forward(seconds=1)
        chosen = data.draw(st.lists(st.sampled_from(self.ids), min_size=1, unique=True))
        self.change(chosen, status="active", last_sync_at=self.clock(), **self.due(self.clock()))

    @rule(data=st.data(), status=st.sampled_from(["pending", "disabled"]))
    def one_leaves_active(self, data: st.DataObject, status: str) -> None:
        self.clock.forward(seconds=1)
        gone = {"due_at": None, "lost_at": None, "watch_at": None}
        self.change([data.draw(st.sampled_from(self.ids))], status=status, **gone)

    @rule(data=st.data(), severity=st.sampled_from(["failure", "warning"]))
    def a_message_comes(self, data: st.DataObject, severity: str) -> None:
        self.clock.forward(seconds=1)
        chosen = data.draw(st.sampled_from(self.ids))
        self.rows.message(chosen, severity=severity)
        self.recount(chosen, came=severity == "failure")

    @rule(data=st.data())
    def its_messages_clear(self, data: st.DataObject) -> None:
        self.clock.forward(seconds=1)
        chosen = data.draw(st.sampled_from(self.ids))
        with self.rows.sessions.write() as session:
            for each in session.query(CarrierMessage).filter_by(integration_id=chosen):
                each.state, each.cleared_at = "resolved", self.clock()
        self.recount(chosen, came=False)

    # What people do

    @precondition(lambda self: self.rows.all(Alert))
    @rule(data=st.data(), behind=st.integers(0, 1), press=st.sampled_from(["acknowledge", *Snooze]))
    def somebody_presses(self, data: st.DataObject, behind: int, press: str) -> None:
        self.clock.forward(seconds=1)
        before = data.draw(st.sampled_from(self.rows.all(Alert)))
        try:
            with self.rows.sessions.write() as session:
                told = session, AGENCY, self.clock(), before.id, before.version - behind
                if press == "acknowledge":
                    actions.acknowledge(*told)
                else:
                    actions.snooze(*told, Snooze(press))
        except MovedOn:
            assert before.closed_at or behind or press == Snooze.NEXT_SYNC
        after = self.rows.one(Alert, id=before.id)
        if before.closed_at or behind:
            assert after.version == before.version

    @precondition(lambda self: self.open("last_sync"))
    @rule(data=st.data())
    def somebody_mutes(self, data: st.DataObject) -> None:
        self.clock.forward(seconds=1)
        alert = data.draw(st.sampled_from(self.open("last_sync")))
        with self.rows.sessions.write() as session:
            actions.mute(session, AGENCY, self.clock(), alert.id, alert.version)

    @precondition(lambda self: self.rows.all(Mute))
    @rule(data=st.data())
    def somebody_unmutes(self, data: st.DataObject) -> None:
        self.clock.forward(seconds=1)
        muted = data.draw(st.sampled_from(self.rows.all(Mute)))
        with self.rows.sessions.write() as session:
            actions.unmute(session, AGENCY, self.clock(), muted.integration_id)

    # What must hold

    @invariant()
    def one_open_alert_per_cause(self) -> None:
        is_open = Counter((each.kind, each.cause) for each in self.open())
        assert set(is_open.values()) <= {1}

    @invariant()
    def who_is_late_is_told_of_once(self) -> None:
        """By an alert of its own or by its carrier's, and never by both."""
        singles = {each.integration_id for each in self.open("last_sync")}
        carrier = self.open("carrier")
        assert not (singles and carrier)
        late = {each.id for each in self.rows.all(Integration) if each.due_at and each.due_at <= self.clock()}
        assert singles <= late
        unseen = {
            each.id for each in self.rows.all(Integration) if each.watch_at and each.watch_at <= self.clock()
        }
        assert carrier or late - unseen <= singles

    @invariant()
    def a_carrier_alert_means_most_of_it(self) -> None:
        active = [each for each in self.rows.all(Integration) if each.status == "active"]
        late = [each for each in active if each.due_at and each.due_at <= self.clock()]
        if self.open("carrier"):
            assert len(late) >= 3
            assert 2 * len(late) >= len(active)

    @invariant()
    def failures_that_wait_have_an_alert(self) -> None:
        by_id = {each.id: each for each in self.rows.all(Integration)}
        waiting = {
            by_id[each.integration_id].employer_id
            for each in self.rows.all(CarrierMessage)
            if (each.severity, each.state, each.cleared_at) == ("failure", "open", None)
            and by_id[each.integration_id].status == "active"
        }
        assert {each.employer_id for each in self.open("failures")} == waiting

    @invariant()
    def what_is_over_says_so_once_and_sleeps(self) -> None:
        told = Counter(each.alert_id for each in self.rows.all(AlertEvent) if each.what == "closed")
        closed = [each for each in self.rows.all(Alert) if each.closed_at]
        assert told == {each.id: 1 for each in closed}
        assert all(each.wake_at is None and each.closed_because for each in closed)

    @invariant()
    def what_is_routed_has_a_card_and_what_is_muted_gets_none(self) -> None:
        cards = Counter(each.subject for each in self.rows.all(Card))
        for each in self.rows.all(Alert):
            if each.routed_at:
                assert cards[f"alert:{each.id}"] >= each.recipients
        assert set(cards.values()) <= {1}

    @invariant()
    def a_snooze_has_its_end(self) -> None:
        for each in self.open():
            assert (each.snoozed_until is None) is (each.snoozed_by is None)
            if each.snoozed_until:
                assert each.wake_at == each.snoozed_until
            elif each.acknowledged_by or each.kind == "failures":
                assert each.wake_at is not None

    @invariant()
    def what_is_repeated_is_said_once_a_working_day(self) -> None:
        told = [each for each in self.rows.all(AlertEvent) if each.what in {"repeated", "reminded"}]
        days = Counter((each.alert_id, each.slot) for each in told)
        assert set(days.values()) <= {1}
        here = ZoneInfo(DEFAULT_ZONE)
        assert all(is_working_day(each.at.astimezone(here).date()) for each in told)

    @invariant()
    def what_is_shown_of_the_open_is_what_is_so(self) -> None:
        """Whatever changed since a card was posted has it edited."""
        versions = {f"alert:{each.id}": each for each in self.rows.all(Alert)}
        for card in self.rows.all(Card):
            if card.subject in versions and card.ts and card.due_at is None:
                assert card.shown == card.wanted

    @invariant()
    def what_is_said_aloud_is_a_reply(self) -> None:
        events = {f"event:{each.id}": each.what for each in self.rows.all(AlertEvent)}
        replies = [each for each in self.rows.all(Card) if each.subject in events]
        assert all(each.under and each.broadcast is (events[each.subject] in BROADCAST) for each in replies)

    def open(self, kind: str | None = None) -> list[Alert]:
        return [each for each in self.rows.all(Alert) if not each.closed_at and kind in {None, each.kind}]

    def sweep(self) -> None:
        with self.rows.sessions.write() as session:
            while late_alerts.find_late(session, self.clock(), self.clock()):
                session.flush()

    def change(self, ids: list[int], **columns: object) -> None:
        with self.rows.sessions.write() as session:
            reading = session.get_one(Reading, "syncs")
            reading.read_at = self.clock()
            for each in ids:
                for name, value in columns.items():
                    setattr(session.get_one(Integration, each), name, value)
            session.flush()
            late_alerts.follow_integrations(session, self.clock(), ids)
            kept = [session.get_one(Integration, each) for each in ids]
            pairs = {(each.employer_id, each.carrier_id) for each in kept}
            failures.follow(session, self.clock(), pairs, moved=ids)

    def recount(self, integration_id: int, *, came: bool) -> None:
        with self.rows.sessions.write() as session:
            kept = session.get_one(Integration, integration_id)
            pair = kept.employer_id, kept.carrier_id
            numbers = {pair: 1} if came and kept.status == "active" else {}
            failures.follow(session, self.clock(), {pair}, came=numbers)


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=20, stateful_step_count=20)
