"""Messages through syncs, resolutions, re-sends, closings, lost answers and jumps of the clock, in any order.

No message is lost, stuck, or called cleared while the carrier still reports it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bot.database import make_engine, make_sessions, migrate
from bot.jobs.outbox import turns, work
from bot.jobs.reading import Jobs
from bot.jobs.requests import resolutions_to
from services.access import Actor, Role
from services.channels.routing import NOWHERE
from services.errors import MovedOn, Rejected, Unavailable
from services.messages import life, resolutions
from services.messages.life import State, Step
from services.ports import IntegrationItem, MessageItem, Outcome, Page, SyncItem
from services.store.exchange import CarrierMessage, Sync
from services.store.messages import MessageRef, Resolution
from tests.outside import integration_item, message_item
from tests.rows import Clock, Rows

BROKER = Actor("U0BROKER01", Role.BROKER, None)
SETTLING = timedelta(minutes=5)
KINDS = ("ssn_discrepancy", "annual_earnings_mismatch")
PEOPLE = ("ee_1", "ee_2", None)


@dataclass
class Outside:
    """An exchange as its contract describes it. `answers`: what happens to the next calls."""

    clock: Clock
    records: dict[str, MessageItem] = field(default_factory=dict)
    synced: list[datetime] = field(default_factory=list)
    keys: dict[str, tuple[datetime, MessageItem]] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    answer: str = "yes"
    broken: set[str] = field(default_factory=set)

    def integrations(self, since: datetime | None) -> Iterator[Page[IntegrationItem]]:
        del since
        yield Page([integration_item(last_sync_at=None)])

    def syncs(self, since: datetime | None) -> Iterator[Page[SyncItem]]:
        self._fail("syncs")
        told = [SyncItem("int_a", at) for at in self.synced if since is None or at >= since]
        yield Page(told, updated_to=max(self.synced, default=None))

    def messages(self, since: datetime | None) -> Iterator[Page[MessageItem]]:
        self._fail("messages")
        told = [each for each in self.records.values() if since is None or each.updated_at >= since]
        told.sort(key=lambda each: (each.updated_at, each.ref))
        yield Page(told, updated_to=max((each.updated_at for each in told), default=None))

    def resolve(self, ref: str, outcome: Outcome, note: str | None, key: str) -> MessageItem:
        del note
        if self.answer == "away":
            raise Unavailable("The exchange does not answer.")
        if self.answer == "no":
            raise Rejected("The carrier does not know this person.", "not-known")
        kept = self.keys.get(key)
        if kept is None or self.clock() - kept[0] > timedelta(days=1):
            kept = self._once(ref, outcome, key)
        if self.answer == "lost":
            raise Unavailable("The answer was lost.")
        return kept[1]

    def _once(self, ref: str, outcome: Outcome, key: str) -> tuple[datetime, MessageItem]:
        if self.records[ref].state == "resolved":
            raise Rejected("This message is resolved already.", "already-resolved")
        self.taken.append(key)
        self.change(ref, state="resolved", outcome=outcome, resolved_at=self.clock())
        self.keys[key] = self.clock(), self.records[ref]
        return self.keys[key]

    def change(self, ref: str, **columns: Any) -> None:
        self.records[ref] = replace(self.records[ref], updated_at=self.clock(), **columns)

    def _fail(self, stream: str) -> None:
        if stream in self.broken:
            raise Unavailable("The exchange does not answer.")

    def activate(self, ref: str, group_number: str, key: str) -> IntegrationItem:
        del ref, group_number, key
        raise AssertionError("nobody turns anything on here")

    deactivate = change_group_number = activate


@cache
def empty_store() -> Path:
    path = Path(tempfile.mkdtemp(prefix="lastsync-lives-")) / "empty.sqlite"
    engine = make_engine(f"sqlite:///{path}")
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


class Lives(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="lastsync-lives-"))
        shutil.copy(empty_store(), self.folder / "store.sqlite")
        self.engine = make_engine(f"sqlite:///{self.folder / 'store.sqlite'}")
        self.clock = Clock()
        self.rows = Rows(make_sessions(self.engine), self.clock.at)
        self.outside = Outside(self.clock)
        sessions = self.rows.sessions
        self.jobs = Jobs(sessions, self.clock, self.outside, channels=NOWHERE, settling=SETTLING)
        self.resolutions = resolutions_to(self.outside, sessions, self.clock)
        self.number = 0
        self.asked = 0
        self.returns: dict[int, int] = {}

    @initialize()
    def begin(self) -> None:
        self.read()

    # What the carrier and the exchange do

    @rule(person=st.sampled_from(PEOPLE), kind=st.sampled_from(KINDS))
    def a_message_arrives(self, person: str | None, kind: str) -> None:
        self.clock.forward(seconds=1)
        self.number += 1
        at = self.clock()
        item = message_item(
            f"msg_{self.number}", employee_ref=person, kind=kind, received_at=at, updated_at=at
        )
        self.outside.records[item.ref] = item

    @rule()
    def the_carrier_syncs(self) -> None:
        self.clock.forward(seconds=1)
        self.outside.synced.append(self.clock())

    @precondition(lambda self: self.in_state("resolved"))
    @rule(data=st.data(), new_id=st.booleans())
    def it_is_sent_again(self, data: st.DataObject, *, new_id: bool) -> None:
        self.clock.forward(seconds=1)
        ref = data.draw(st.sampled_from(self.in_state("resolved")))
        if not new_id:
            self.outside.change(ref, state="open")
            return
        self.number += 1
        at, former = self.clock(), self.outside.records[ref]
        fresh = {"state": "open", "outcome": None, "resolved_at": None, "received_at": at, "updated_at": at}
        self.outside.records[f"msg_{self.number}"] = replace(former, ref=f"msg_{self.number}", **fresh)

    @precondition(lambda self: self.in_state("open"))
    @rule(data=st.data(), outcome=st.sampled_from([None, *Outcome]))
    def it_is_resolved_or_closed_elsewhere(self, data: st.DataObject, outcome: Outcome | None) -> None:
        self.clock.forward(seconds=1)
        ref = data.draw(st.sampled_from(self.in_state("open")))
        self.outside.change(ref, state="resolved", outcome=outcome, resolved_at=self.clock())

    @precondition(lambda self: self.outside.records)
    @rule(data=st.data())
    def something_else_of_it_changes(self, data: st.DataObject) -> None:
        self.clock.forward(seconds=1)
        self.outside.change(data.draw(st.sampled_from(sorted(self.outside.records))), text="Other words.")

    # What people and the bot do

    @rule(data=st.data(), outcome=st.sampled_from(list(Outcome)))
    def a_person_resolves(self, data: st.DataObject, outcome: Outcome) -> None:
        every = self.rows.all(CarrierMessage)
        if not every:
            return
        self.clock.forward(seconds=1)
        chosen = data.draw(st.sampled_from([each.id for each in every]))
        message = self.rows.one(CarrierMessage, id=chosen)
        may = life.state_of(message) in life.RESOLVABLE
        try:
            self.ask(message, outcome)
        except MovedOn:
            waits = [each for each in self.rows.all(Resolution) if each.state == "queued"]
            assert not may or message.id in {each.message_id for each in waits}
        else:
            assert may
            self.asked += 1
            assert self.rows.one(CarrierMessage, id=chosen).state == "queued"

    def ask(self, message: CarrierMessage, outcome: Outcome) -> None:
        with self.rows.sessions.write() as session:
            key = f"V{self.clock().isoformat()}"
            decided = {"outcome": outcome.value, "version": message.returns, "key": key}
            resolutions.resolve(session, BROKER, self.clock(), message.id, **decided)

    @rule(answer=st.sampled_from(["yes", "lost", "no", "away"]))
    def the_bot_sends(self, answer: str) -> None:
        self.outside.answer = answer
        work(self.resolutions, turns("one"))
        self.outside.answer = "yes"

    @rule(broken=st.sampled_from([(), ("syncs",), ("messages",)]))
    def the_bot_reads(self, broken: tuple[str, ...]) -> None:
        self.outside.broken = set(broken)
        self.read()
        self.outside.broken = set()

    def read(self) -> None:
        self.clock.forward(seconds=1)
        self.jobs.poll()
        if "messages" not in self.outside.broken:
            self.nothing_that_is_reported_is_lost()

    @rule()
    def the_bot_settles(self) -> None:
        before = {each.id for each in self.rows.all(CarrierMessage) if each.cleared_at}
        self.jobs.clear()
        known = [each.synced_at for each in self.rows.all(Sync)]
        for message in self.rows.all(CarrierMessage):
            if message.cleared_at and message.id not in before:
                assert message.resolved_at
                assert any(at > message.resolved_at for at in known), "cleared before any sync"
                assert message.reached_at
                assert message.cleared_at >= message.reached_at + SETTLING

    @rule(seconds=st.sampled_from([60, 301, 3600, 86_400, 8 * 86_400, 40 * 86_400]))
    def time_passes(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)

    # What must be true

    def nothing_that_is_reported_is_lost(self) -> None:
        kept = {each.ref: each for each in self.rows.all(CarrierMessage)}
        for ref in self.in_state("open"):
            assert ref in kept, f"{ref} is lost"
            assert kept[ref].state in {"open", "queued"}
            assert kept[ref].cleared_at is None, f"{ref} is called cleared"
        former = {each.ref for each in self.rows.all(MessageRef)}
        assert set(self.outside.records) == kept.keys() | former
        assert not kept.keys() & former

    def in_state(self, state: str) -> list[str]:
        return sorted(ref for ref, item in self.outside.records.items() if item.state == state)

    def check_invariants(self, *args: Any, **kwargs: Any) -> None:
        super().check_invariants(*args, **kwargs)
        now = self.clock()
        for message in self.rows.all(CarrierMessage):
            assert message.returns >= self.returns.get(message.id, 0), "forgot how often it came back"
            self.returns[message.id] = message.returns
            state = life.state_of(message)
            step = life.step_of(message, synced=int(message.reached_at is not None), now=now)
            assert (step is Step.WAIT_FOR_SYNC) >= (state in {State.QUEUED, State.WAITING})
            if state is State.CAME_BACK and message.reached_at is None and message.resolved_at:
                assert step is Step.WAIT_FOR_SYNC
        assert len(self.rows.all(Resolution)) == self.asked
        assert len(set(self.outside.taken)) == len(self.outside.taken), "sent with effect twice"

    def teardown(self) -> None:
        try:
            self.everything_comes_to_an_end()
        finally:
            self.engine.dispose()
            shutil.rmtree(self.folder)

    def everything_comes_to_an_end(self) -> None:
        """Once the exchange answers and the carrier syncs, nothing is left on its way."""
        self.clock.forward(days=1)
        work(self.resolutions, turns("one"))
        self.read()
        self.the_carrier_syncs()
        self.read()
        self.clock.forward(minutes=6)
        self.read()
        self.jobs.clear()
        states = {each.ref: life.state_of(each) for each in self.rows.all(CarrierMessage)}
        reported = set(self.in_state("open"))
        assert {ref for ref, state in states.items() if state not in life.GONE} == reported
        assert {state for ref, state in states.items() if ref in reported} <= life.RESOLVABLE


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
