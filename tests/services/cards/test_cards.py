from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest
from sqlalchemy import select

from services import subjects
from services.alerts import failures
from services.alerts.failures import FailuresCard
from services.alerts.late import LateCard
from services.cards import cards
from services.intake.syncs import expect_again
from services.integrations.changes import ChangeCard
from services.store.alerts import Alert, Card
from services.store.changes import Change
from services.store.exchange import CarrierMessage, Integration, Sync
from services.subjects import AnyCard
from tests.outside import working_days
from tests.rows import Clock, Rows


def facts_of(rows: Rows, clock: Clock, subject: str, ts: str | None = "1.0") -> AnyCard | None:
    """What a card tells that its channel shows already, unless there is no `ts`."""
    with rows.sessions.write() as session:
        cards.want(session, subject, "C1", clock())
        card = session.scalars(select(Card).where(Card.subject == subject)).one()
        card.ts = ts
        return subjects.read_card(session, card, clock())


def last_sync_alert(rows: Rows, clock: Clock, integration: Integration, **columns: object) -> str:
    usual = {
        "kind": "last_sync",
        "cause": f"integration:{integration.id}",
        "level": "late",
        "employer_id": integration.employer_id,
        "carrier_id": integration.carrier_id,
        "integration_id": integration.id,
        "opened_at": clock(),
        "expected_at": clock(),
    }
    rows.add(Alert(**(usual | columns)))
    return f"alert:{rows.all(Alert)[-1].id}"


def failures_alert(rows: Rows, clock: Clock, integration: Integration, **columns: object) -> str:
    cause = f"employer:{integration.employer_id}/carrier:{integration.carrier_id}"
    failing = {"kind": "failures", "cause": cause, "level": "failure", "integration_id": None}
    return last_sync_alert(rows, clock, integration, **(failing | columns))


def test_a_last_sync_card_knows_the_habit_and_what_was_missed(rows: Rows, clock: Clock) -> None:
    times = working_days(clock() - timedelta(days=9))
    integration = rows.integration(last_sync_at=times[-1], lost_at=clock() + timedelta(days=2))
    rows.add(*(Sync(integration_id=integration.id, synced_at=each) for each in times))
    with rows.sessions.write() as session:
        expect_again(session, clock(), [integration.id])
    told = facts_of(rows, clock, last_sync_alert(rows, clock, integration))
    assert isinstance(told, LateCard)
    assert (told.employer, told.carrier, told.plan_name) == ("Harbor Bakery", "Guardian", "Dental PPO")
    assert (told.last_sync_at, told.expected_at, told.lasted) == (times[-1], clock(), None)
    assert "working day" in told.habit


def test_an_integration_that_never_synced_has_no_habit_yet(rows: Rows, clock: Clock) -> None:
    told = facts_of(rows, clock, last_sync_alert(rows, clock, rows.integration()))
    assert isinstance(told, LateCard)
    assert (told.last_sync_at, told.habit) == (None, "not known yet")


def test_one_that_was_off_and_on_again_has_not_synced_since_it_is_active(rows: Rows, clock: Clock) -> None:
    before = clock() - timedelta(days=90)
    integration = rows.integration(last_sync_at=before, active_at=clock() - timedelta(days=60))
    rows.add(Sync(integration_id=integration.id, synced_at=before))
    told = facts_of(rows, clock, last_sync_alert(rows, clock, integration))
    assert isinstance(told, LateCard)
    assert (told.first, told.last_sync_at) == (True, before)


def test_a_sync_that_only_the_integration_itself_tells_of_counts_too(rows: Rows, clock: Clock) -> None:
    integration = rows.integration(last_sync_at=clock() - timedelta(days=2))
    told = facts_of(rows, clock, last_sync_alert(rows, clock, integration))
    assert isinstance(told, LateCard)
    assert not told.first


def test_a_closed_card_says_why_and_for_how_long_it_lasted(rows: Rows, clock: Clock) -> None:
    over = {"opened_at": clock() - timedelta(hours=5), "closed_at": clock(), "closed_because": "synced"}
    told = facts_of(rows, clock, last_sync_alert(rows, clock, rows.integration(), **over))
    assert isinstance(told, LateCard)
    assert (told.closed_because, told.lasted) == ("synced", timedelta(hours=5))


def test_a_sync_was_late_since_it_was_due_and_not_since_somebody_noticed(rows: Rows, clock: Clock) -> None:
    over = {
        "expected_at": clock() - timedelta(days=2),
        "opened_at": clock() - timedelta(seconds=12),
        "closed_at": clock(),
        "closed_because": "synced",
    }
    told = facts_of(rows, clock, last_sync_alert(rows, clock, rows.integration(), **over))
    assert isinstance(told, LateCard)
    assert told.lasted == timedelta(days=2)


def test_a_failures_card_gathers_what_is_open_and_ours_by_kind(rows: Rows, clock: Clock) -> None:
    dental = rows.integration()
    pair = {"employer_id": dental.employer_id, "carrier_id": dental.carrier_id}
    vision = rows.integration(plan_name="Vision", **pair)
    off = rows.integration(plan_name="Life", status="disabled", **pair)
    oldest = clock() - timedelta(days=4)
    rows.message(dental.id)
    rows.message(dental.id, kind="annual_earnings_missing")
    rows.message(vision.id, returns=1, received_at=oldest)
    rows.message(dental.id, severity="warning")
    rows.message(dental.id, assignee="middleware")
    rows.message(dental.id, state="resolved")
    rows.message(off.id)
    rows.message(rows.integration(carrier_id=dental.carrier_id).id)
    told = facts_of(rows, clock, failures_alert(rows, clock, dental))
    assert isinstance(told, FailuresCard)
    assert told.counts == (("ssn_discrepancy", 2), ("annual_earnings_missing", 1))
    assert (told.total, told.came_back, told.oldest_at) == (3, 1, oldest)
    assert told.plan_names == ("Dental PPO", "Vision")


def test_a_failures_card_counts_what_waits_for_the_next_sync(rows: Rows, clock: Clock) -> None:
    tuesday = clock() + timedelta(days=6)
    integration = rows.integration(next_at=tuesday)
    life = rows.integration(
        employer_id=integration.employer_id,
        carrier_id=integration.carrier_id,
        plan_name="Life",
        next_at=clock() - timedelta(hours=1),
    )
    rows.message(integration.id)
    rows.message(integration.id, state="resolved")
    rows.message(life.id, state="queued")
    rows.message(life.id, state="resolved", cleared_at=clock())
    told = facts_of(rows, clock, failures_alert(rows, clock, integration))
    assert isinstance(told, FailuresCard)
    assert (told.total, told.waiting, told.next_at) == (1, 2, tuesday)
    assert told.plan_names == ("Dental PPO", "Life")


def test_a_closed_failures_card_says_how_many_went(rows: Rows, clock: Clock) -> None:
    integration = rows.integration()
    rows.message(integration.id, state="resolved", cleared_at=clock())
    rows.message(integration.id, state="resolved", cleared_at=clock() - timedelta(days=9))
    subject = failures_alert(rows, clock, integration, opened_at=clock() - timedelta(days=1))
    calm_down(rows, clock, integration)
    told = facts_of(rows, clock, subject)
    assert isinstance(told, FailuresCard)
    assert (told.counts, told.total, told.oldest_at, told.cleared) == ((), 0, None, 1)


def test_failures_lasted_since_the_oldest_was_received_and_not_since_somebody_noticed(
    rows: Rows, clock: Clock
) -> None:
    integration = rows.integration()
    for days in (2, 5):
        received = {"received_at": clock() - timedelta(days=days), "cleared_at": clock()}
        rows.message(integration.id, state="resolved", **received)
    opened = {"opened_at": clock() - timedelta(minutes=3), "expected_at": None}
    subject = failures_alert(rows, clock, integration, **opened)
    calm_down(rows, clock, integration)
    told = facts_of(rows, clock, subject)
    assert isinstance(told, FailuresCard)
    assert (told.cleared, told.lasted) == (2, timedelta(days=5))


def test_a_closed_failures_card_does_not_count_what_went_with_a_later_one(rows: Rows, clock: Clock) -> None:
    integration = rows.integration()
    rows.message(integration.id, state="resolved", cleared_at=clock())
    earlier = failures_alert(rows, clock, integration, opened_at=clock() - timedelta(days=3))
    calm_down(rows, clock, integration)
    clock.forward(hours=1)
    failures_alert(rows, clock, integration, opened_at=clock())
    rows.message(integration.id, state="resolved", cleared_at=clock())
    calm_down(rows, clock, integration)
    told = facts_of(rows, clock, earlier)
    assert isinstance(told, FailuresCard)
    assert told.cleared == 1


def test_a_closed_failures_card_still_counts_one_that_is_sent_again_later(rows: Rows, clock: Clock) -> None:
    integration = rows.integration()
    message_id = rows.message(integration.id, state="resolved", cleared_at=clock())
    subject = failures_alert(rows, clock, integration, opened_at=clock() - timedelta(days=3))
    calm_down(rows, clock, integration)
    with rows.sessions.write() as session:
        again = session.get_one(CarrierMessage, message_id)
        again.state, again.cleared_at = "open", None
    told = facts_of(rows, clock, subject)
    assert isinstance(told, FailuresCard)
    assert told.cleared == 1


def calm_down(rows: Rows, clock: Clock, integration: Integration) -> None:
    """As news does that leaves nothing open."""
    with rows.sessions.write() as session:
        failures.follow(session, clock(), {(integration.employer_id, integration.carrier_id)})


def test_no_card_of_a_channel_holds_what_a_message_says_or_whom_it_is_about(rows: Rows, clock: Clock) -> None:
    integration = rows.integration(group_number="GROUP-SECRET")
    private = {"text": "TEXT-SECRET", "employee_ref": "EE-SECRET"}
    values = {"platform_value": "VALUE-SECRET", "carrier_value": "OTHER-SECRET"}
    rows.message(integration.id, **private, **values)
    for alert in (failures_alert, last_sync_alert):
        assert "SECRET" not in str(asdict(facts_of(rows, clock, alert(rows, clock, integration))))
    assert rows.one(CarrierMessage).text == "TEXT-SECRET"


def test_a_change_card_knows_how_it_stands(rows: Rows, clock: Clock) -> None:
    integration = rows.integration(status="disabled")
    rows.add(
        Change(
            integration_id=integration.id,
            kind="activate",
            group_number="G-7",
            state="queued",
            key="k",
            requested_by="U1",
            requested_at=clock(),
            due_at=clock() + timedelta(minutes=1),
            reason="The exchange asks to wait.",
        )
    )
    told = facts_of(rows, clock, f"change:{rows.one(Change).id}")
    assert isinstance(told, ChangeCard)
    assert (told.kind, told.state, told.status, told.version) == ("activate", "queued", "disabled", 1)
    assert (told.next_try_at, told.reason) == (clock() + timedelta(minutes=1), "The exchange asks to wait.")


@pytest.mark.parametrize("subject", ["alert:99", "change:99"])
def test_of_a_subject_that_is_gone_there_is_nothing_to_tell(rows: Rows, clock: Clock, subject: str) -> None:
    assert facts_of(rows, clock, subject) is None


def test_an_alert_that_was_over_before_it_was_posted_is_not_told(rows: Rows, clock: Clock) -> None:
    over = {"closed_at": clock(), "closed_because": "cleared"}
    subject = failures_alert(rows, clock, rows.integration(), **over)
    assert facts_of(rows, clock, subject, ts=None) is None
    with rows.sessions.write() as session:
        session.scalars(select(Card)).one().doubtful = True
    assert facts_of(rows, clock, subject, ts=None) is not None


def test_a_subject_has_one_card_in_each_channel(rows: Rows, clock: Clock) -> None:
    with rows.sessions.write() as session:
        for channel in ("C1", "C2", "C1"):
            cards.want(session, "alert:1", channel, clock())
    assert [(card.channel_id, card.wanted) for card in rows.all(Card)] == [("C1", 2), ("C2", 1)]


def test_a_bump_reaches_every_channel_that_shows_the_subject_and_makes_no_card(
    rows: Rows, clock: Clock
) -> None:
    with rows.sessions.write() as session:
        cards.bump(session, ["alert:1"], clock())
        cards.want(session, "alert:1", "C1", clock())
        cards.want(session, "alert:1", "C2", clock())
        cards.bump(session, ["alert:1", "alert:2"], clock())
    assert [card.wanted for card in rows.all(Card)] == [2, 2]


@pytest.mark.parametrize(("synced_before", "first"), [(True, False), (False, True)])
def test_a_first_sync_is_told_from_one_that_came_again(
    rows: Rows, clock: Clock, *, synced_before: bool, first: bool
) -> None:
    integration = rows.integration(last_sync_at=clock())
    times = [clock() + timedelta(minutes=1), *([clock() - timedelta(days=2)] if synced_before else [])]
    rows.add(*(Sync(integration_id=integration.id, synced_at=each) for each in times))
    told = facts_of(rows, clock, last_sync_alert(rows, clock, integration, closed_because="synced"))
    assert isinstance(told, LateCard)
    assert told.first is first
