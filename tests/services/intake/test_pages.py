from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, func, select

from services import streams
from services.access import Actor, Role
from services.alerts import actions
from services.cadence import expectation
from services.desk import Sessions
from services.intake.integrations import take_integrations
from services.intake.messages import take_messages
from services.intake.syncs import take_syncs
from services.ports import IntegrationItem, MessageItem, Outcome, Page, SetAside, Severity, Status, SyncItem
from services.store.alerts import Alert, Card
from services.store.exchange import (
    Carrier,
    CarrierMessage,
    Employer,
    Integration,
    Reading,
    SetAsideItem,
    Sync,
)
from tests.outside import integration_item, message_item, working_days
from tests.rows import Rows


class Intake(Rows):
    """Pages into the store, each in a transaction of its own."""

    def integrations(self, *items: IntegrationItem, set_aside: Sequence[SetAside] = ()) -> None:
        with self.sessions.write() as session:
            take_integrations(session, self.now, Page(list(items), list(set_aside)))

    def syncs(self, *times: datetime, ref: str = "int_a") -> None:
        with self.sessions.write() as session:
            take_syncs(session, self.now, Page([SyncItem(ref, each) for each in times]))

    def messages(self, *items: MessageItem) -> None:
        with self.sessions.write() as session:
            take_messages(session, self.now, Page(list(items)))

    def everything(self) -> list[tuple[Any, ...]]:
        """All rows of the tables that people see."""
        models = (Employer, Carrier, Integration, Sync, CarrierMessage, Alert, Card)
        with self.sessions.read() as session:
            return [tuple(row) for model in models for row in session.execute(select(model.__table__))]


@pytest.fixture
def take(sessions: Sessions, now: datetime) -> Intake:
    return Intake(sessions, now)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_a_new_integration_brings_its_employer_and_carrier(take: Intake) -> None:
    take.integrations(integration_item(renewal_date=None))
    assert take.one(Employer).name == "Harbor Bakery"
    assert take.one(Carrier).time_zone == "America/New_York"
    assert take.one(Integration).status == "active"


def test_an_employer_that_was_renamed_is_renamed_here(take: Intake) -> None:
    take.integrations(integration_item())
    take.integrations(integration_item(employer_name="Harbor Bakery & Sons"))
    assert take.one(Employer).name == "Harbor Bakery & Sons"


def test_an_older_item_does_not_overwrite_a_newer_one(take: Intake, now: datetime) -> None:
    take.integrations(integration_item(group_number="new", updated_at=now - timedelta(days=1)))
    take.integrations(integration_item(group_number="old", updated_at=now - timedelta(days=2)))
    assert take.one(Integration).group_number == "new"


def test_of_one_id_twice_in_a_page_the_later_change_counts(take: Intake, now: datetime) -> None:
    newer = integration_item(group_number="new", updated_at=now - timedelta(days=1))
    take.integrations(newer, replace(newer, group_number="old", updated_at=now - timedelta(days=2)))
    assert take.one(Integration).group_number == "new"


def test_the_thresholds_of_an_active_integration_are_those_of_its_history(
    take: Intake, now: datetime
) -> None:
    times = working_days(now - timedelta(hours=9))
    take.integrations(integration_item())
    take.syncs(*times)
    kept = take.one(Integration)
    expected = expectation.expect(times, time_zone="America/New_York", active_at=kept.active_at, now=now)
    assert (kept.last_sync_at, kept.next_at, kept.due_at, kept.lost_at, kept.watch_at) == (
        times[-1],
        expected.next_at,
        expected.due_at,
        expected.lost_at,
        expected.due_at,
    )


@pytest.mark.parametrize("status", [Status.PENDING, Status.DISABLED])
def test_an_integration_that_is_not_active_is_never_due(take: Intake, now: datetime, status: Status) -> None:
    take.integrations(integration_item())
    take.syncs(*working_days(now))
    take.integrations(integration_item(status=status, updated_at=now))
    kept = take.one(Integration)
    assert (kept.next_at, kept.due_at, kept.lost_at) == (None, None, None)
    reminded = kept.configured_at + timedelta(days=45) if kept.configured_at else None
    assert kept.watch_at == (reminded if status is Status.PENDING else None)


def test_an_integration_that_becomes_active_again_is_due_after_its_history(
    take: Intake, now: datetime
) -> None:
    take.integrations(integration_item(status=Status.DISABLED))
    take.syncs(*working_days(now))
    take.integrations(integration_item(updated_at=now))
    assert take.one(Integration).due_at is not None


@pytest.mark.parametrize("backward", [False, True])
def test_syncs_in_any_order_and_number_give_the_same_thresholds(
    take: Intake, now: datetime, *, backward: bool
) -> None:
    times = working_days(now - timedelta(hours=9))
    take.integrations(integration_item("int_a"), integration_item("int_b"))
    take.syncs(*times, ref="int_a")
    for each in reversed(times) if backward else times:
        take.syncs(each, each, ref="int_b")
    one, other = take.all(Integration)
    assert (one.due_at, one.lost_at) == (other.due_at, other.lost_at)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(4)),
    again=st.lists(st.integers(0, 3), max_size=3),
    sides=st.lists(st.sampled_from([Outcome.PLATFORM, Outcome.CARRIER, None]), min_size=4, max_size=4),
)
def test_the_last_word_on_a_message_wins_whatever_the_order(
    take: Intake, now: datetime, order: list[int], again: list[int], sides: list[Outcome | None]
) -> None:
    ref = f"msg_{hash((tuple(order), tuple(again), tuple(sides)))}"
    told = [
        message_item(
            ref,
            text=f"Word {number}",
            state="resolved" if side else "open",
            outcome=side,
            resolved_at=now if side else None,
            updated_at=now + timedelta(minutes=number),
        )
        for number, side in enumerate(sides)
    ]
    take.integrations(integration_item())
    for each in [*order, *again]:
        take.messages(told[each])
    kept = take.one(CarrierMessage, ref=ref)
    assert (kept.text, kept.state) == ("Word 3", told[3].state)


def test_reading_the_same_pages_again_changes_nothing(take: Intake, now: datetime) -> None:
    pages: tuple[Callable[[], None], ...] = (
        lambda: take.integrations(
            integration_item("int_a"), integration_item("int_b", status=Status.PENDING)
        ),
        lambda: take.syncs(*working_days(now)),
        lambda: take.messages(message_item(), message_item("msg_b", severity=Severity.WARNING)),
    )
    for page in pages:
        page()
    before = take.everything()
    for page in pages:
        page()
    assert take.everything() == before


def test_a_page_of_a_thousand_integrations_costs_a_handful_of_statements(
    take: Intake, engine: Engine
) -> None:
    items = [
        integration_item(f"int_{each}", employer_ref=f"emp_{each % 50}", carrier_ref=f"car_{each % 7}")
        for each in range(1000)
    ]
    with statements(engine) as seen:
        take.integrations(*items)
    assert len(seen) < 40
    assert len(take.all(Integration)) == 1000


def test_a_page_of_a_thousand_syncs_costs_a_handful_of_statements(
    take: Intake, engine: Engine, now: datetime
) -> None:
    take.integrations(*(integration_item(f"int_{each}") for each in range(100)))
    syncs = [
        SyncItem(f"int_{each % 100}", now - timedelta(days=each // 100, minutes=each)) for each in range(1000)
    ]
    with statements(engine) as seen, take.sessions.write() as session:
        take_syncs(session, now, Page(syncs))
    assert len(seen) < 40
    assert len(take.all(Sync)) == 1000


def test_a_page_of_a_thousand_messages_costs_a_handful_of_statements(take: Intake, engine: Engine) -> None:
    take.integrations(*(integration_item(f"int_{each}") for each in range(20)))
    with statements(engine) as seen:
        take.messages(*(message_item(f"msg_{each}", f"int_{each % 20}") for each in range(1000)))
    assert len(seen) < 40
    assert len(take.all(CarrierMessage)) == 1000


def test_a_message_that_is_open_after_its_resolution_came_back(take: Intake, now: datetime) -> None:
    resolved_at = now - timedelta(days=9)
    take.integrations(integration_item())
    take.messages(
        message_item(
            state="resolved", outcome=Outcome.PLATFORM, resolved_at=resolved_at, updated_at=resolved_at
        )
    )
    take.messages(message_item(updated_at=now))
    kept = take.one(CarrierMessage)
    assert (kept.state, kept.resolved_at, kept.outcome, kept.returns) == ("open", resolved_at, "platform", 1)


def test_a_message_closed_from_outside_is_cleared(take: Intake, now: datetime) -> None:
    take.integrations(integration_item())
    take.messages(message_item())
    take.messages(message_item(state="resolved", resolved_at=now, updated_at=now))
    assert take.one(CarrierMessage).cleared_at == now


def test_a_message_resolved_with_an_outcome_waits_for_the_carrier(take: Intake, now: datetime) -> None:
    take.integrations(integration_item())
    take.messages(message_item(state="resolved", outcome=Outcome.CARRIER, resolved_at=now, updated_at=now))
    kept = take.one(CarrierMessage)
    assert (kept.state, kept.cleared_at) == ("resolved", None)


def test_what_belongs_to_an_unknown_integration_is_set_aside_and_counted(take: Intake, now: datetime) -> None:
    take.syncs(now - timedelta(days=1), now - timedelta(days=2), ref="int_later")
    take.messages(message_item(integration_ref="int_later"))
    aside = take.all(SetAsideItem)
    assert {(each.stream, each.ref, each.times) for each in aside} == {
        ("syncs", "int_later", 2),
        ("messages", "int_later", 1),
    }


def test_when_the_integration_becomes_known_what_was_set_aside_is_read_again(
    take: Intake, now: datetime
) -> None:
    with take.sessions.write() as session:
        session.add_all([Reading(stream=each, since=now) for each in streams.STREAMS])
    take.syncs(now - timedelta(days=1), ref="int_later")
    take.integrations(integration_item("int_later"))
    assert {each.stream: each.since for each in take.all(Reading)} == {
        "integrations": now,
        "syncs": None,
        "messages": now,
    }
    assert take.all(SetAsideItem) == []


def test_a_reading_under_way_does_not_move_a_cursor_that_was_set_back(take: Intake, now: datetime) -> None:
    with take.sessions.write() as session:
        session.add(Reading(stream="syncs", since=None))
    with take.sessions.write() as session:
        streams.advance(session, "syncs", started_at=now, was=now - timedelta(days=1), to=now)
    assert take.one(Reading).since is None


def test_a_cursor_never_moves_backward_nor_ahead_of_the_clock(take: Intake, now: datetime) -> None:
    since = now - timedelta(hours=1)
    with take.sessions.write() as session:
        session.add(Reading(stream="syncs", since=since))
    for to, stands in ((now - timedelta(days=3), since), (now + timedelta(days=3), now)):
        with take.sessions.write() as session:
            streams.advance(session, "syncs", started_at=now, was=since, to=to)
        assert take.one(Reading).since == stands


def test_a_sync_in_the_future_is_set_aside(take: Intake, now: datetime) -> None:
    take.integrations(integration_item(last_sync_at=now + timedelta(days=400)))
    take.syncs(now + timedelta(days=1))
    assert take.one(Integration).last_sync_at is None
    assert take.one(SetAsideItem).reason == "synced_at is in the future"


def test_a_sync_a_few_minutes_ahead_of_our_clock_counts(take: Intake, now: datetime) -> None:
    take.integrations(integration_item())
    take.syncs(now + timedelta(minutes=5))
    assert take.one(Integration).last_sync_at == now + timedelta(minutes=5)


def test_what_the_connector_could_not_read_is_counted_by_reason(take: Intake) -> None:
    aside = (SetAside("int_x", "status is unknown"), SetAside(None, "ref is missing"))
    take.integrations(set_aside=aside)
    take.integrations(set_aside=aside[:1])
    counted = {(each.ref, each.reason): each.times for each in take.all(SetAsideItem)}
    assert counted == {("int_x", "status is unknown"): 2, ("?", "ref is missing"): 1}


def test_texts_that_no_store_keeps_are_cut_and_cleaned(take: Intake) -> None:
    take.integrations(integration_item(plan_name="P" * 3000, employer_name="Har\0bor \ud800 <!channel>"))
    assert take.one(Integration).plan_name == "P" * 255
    assert take.one(Employer).name == "Harbor ? <!channel>"


@pytest.mark.parametrize("ref", ["", "x" * 256, "int\0a", "int\ud800"])
def test_an_id_that_cannot_be_kept_is_set_aside_and_stops_nothing(take: Intake, ref: str) -> None:
    take.integrations(integration_item(ref), integration_item("int_good"))
    take.syncs(take.now, ref=ref)
    take.messages(message_item(ref, "int_good"), message_item("msg_good", "int_good"))
    assert take.one(Integration).ref == "int_good"
    assert take.one(CarrierMessage).ref == "msg_good"
    assert sum(each.times for each in take.all(SetAsideItem)) == 3


def test_an_unknown_time_zone_does_not_stop_the_integration(take: Intake, now: datetime) -> None:
    take.integrations(integration_item(carrier_time_zone="Mars/Olympus"))
    take.syncs(*working_days(now))
    assert take.one(Integration).due_at is not None


def test_an_integration_may_move_to_another_employer(take: Intake, now: datetime) -> None:
    take.integrations(integration_item())
    take.integrations(integration_item(employer_ref="emp_quill", employer_name="Quill", updated_at=now))
    with take.sessions.read() as session:
        assert session.scalar(select(Employer.name).join(Integration)) == "Quill"
        assert session.scalar(select(func.count()).select_from(Employer)) == 2


@pytest.mark.parametrize("status", [Status.PENDING, Status.DISABLED])
def test_an_alert_whose_integration_leaves_active_says_so_and_not_that_its_failures_are_gone(
    take: Intake, status: Status
) -> None:
    take.integrations(integration_item())
    take.messages(message_item())
    assert take.one(Alert).closed_at is None
    take.integrations(integration_item(status=status, updated_at=take.now))
    assert take.one(Alert, kind="failures").closed_because == status


def test_an_alert_whose_last_failure_is_resolved_is_cleared_though_another_integration_is_off(
    take: Intake,
) -> None:
    take.integrations(integration_item(), integration_item(ref="int_off", status=Status.DISABLED))
    take.messages(message_item(), message_item(ref="msg_off", integration_ref="int_off"))
    take.messages(message_item(state="resolved", updated_at=take.now))
    assert take.one(Alert).closed_because == "cleared"


@pytest.mark.parametrize(
    ("change", "added"),
    [
        ({"ref": "msg_b"}, 1),
        ({"kind": "date_of_birth_mismatch"}, 0),
        ({"text": "Other words."}, 0),
    ],
)
def test_an_acknowledgement_holds_until_a_failure_comes_that_it_cannot_have_meant(
    take: Intake, change: dict[str, Any], added: int
) -> None:
    take.integrations(integration_item())
    take.messages(message_item())
    acknowledge(take)
    take.messages(message_item(**{"updated_at": take.now, **change}))
    alert = take.one(Alert)
    assert (alert.added, alert.acknowledged_by is None) == (added, bool(added))


def test_a_failure_that_came_back_lifts_an_acknowledgement_and_acknowledging_anew_holds(take: Intake) -> None:
    take.integrations(integration_item())
    take.messages(message_item(), message_item(ref="msg_b"))
    take.messages(message_item(ref="msg_b", state="resolved", updated_at=take.now))
    acknowledge(take)
    take.messages(message_item(ref="msg_b", updated_at=take.now + timedelta(minutes=1)))
    assert (take.one(Alert).added, take.one(Alert).acknowledged_by) == (1, None)
    acknowledge(take)
    assert (take.one(Alert).added, take.one(Alert).acknowledged_by) == (0, "U0AGENCY01")


def test_failures_that_came_before_anyone_acknowledged_are_not_told_as_new(take: Intake) -> None:
    take.integrations(integration_item())
    take.messages(message_item())
    take.messages(message_item(ref="msg_b"))
    assert take.one(Alert).added == 0


def test_an_integration_that_becomes_active_brings_failures_that_nobody_acknowledged(take: Intake) -> None:
    take.integrations(integration_item(), integration_item(ref="int_off", status=Status.PENDING))
    take.messages(message_item(), message_item(ref="msg_off", integration_ref="int_off"))
    acknowledge(take)
    take.integrations(integration_item(ref="int_off", updated_at=take.now))
    alert = take.one(Alert, kind="failures")
    assert (alert.added, alert.acknowledged_by) == (1, None)


def acknowledge(take: Intake) -> None:
    alert = take.one(Alert)
    with take.sessions.write() as session:
        actor = Actor("U0AGENCY01", Role.AGENCY, None)
        actions.acknowledge(session, actor, take.now, alert.id, alert.version)
