from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from services.access import Actor, Role
from services.alerts import actions, failures
from services.alerts import late as late_alerts
from services.alerts.actions import AlertView
from services.cards import cards
from services.channels import routing
from services.channels.routing import Channels
from services.errors import MovedOn, NotAllowed, NotFound
from services.store.alerts import Alert, Card
from services.store.exchange import CarrierMessage, Integration
from services.store.people import AuditEvent
from tests.rows import Clock, Rows

AGENCY = Actor("U0AGENCY01", Role.AGENCY, None)
HOUR = timedelta(hours=1)


def late(rows: Rows, clock: Clock, **columns: object) -> Integration:
    """An integration that the freshness job must look at now."""
    usual = {"due_at": clock() - HOUR, "watch_at": clock() - HOUR, "lost_at": clock() + 3 * HOUR}
    return rows.integration(**(usual | columns))


def sweep(rows: Rows, clock: Clock) -> int:
    with rows.sessions.write() as session:
        return late_alerts.find_late(session, clock(), clock())


def follow(rows: Rows, clock: Clock, integration: Integration, **columns: object) -> None:
    with rows.sessions.write() as session:
        kept = session.get_one(Integration, integration.id)
        for name, value in columns.items():
            setattr(kept, name, value)
        session.flush()
        late_alerts.follow_integrations(session, clock(), [integration.id])


def recount(rows: Rows, clock: Clock, integration: Integration) -> None:
    with rows.sessions.write() as session:
        failures.follow(session, clock(), {(integration.employer_id, integration.carrier_id)})


def press(rows: Rows, clock: Clock, version: int, actor: Actor = AGENCY, alert_id: int = 1) -> AlertView:
    with rows.sessions.write() as session:
        return actions.acknowledge(session, actor, clock(), alert_id, version)


def test_a_late_integration_opens_one_alert(rows: Rows, clock: Clock) -> None:
    integration = late(rows, clock)
    sweep(rows, clock)
    alert = rows.one(Alert)
    assert (alert.kind, alert.level, alert.cause) == ("last_sync", "late", f"integration:{integration.id}")
    assert (alert.opened_at, alert.expected_at) == (clock(), integration.due_at)


def test_one_that_is_not_due_yet_opens_none(rows: Rows, clock: Clock) -> None:
    late(rows, clock, due_at=clock() + HOUR, watch_at=clock() + HOUR)
    assert sweep(rows, clock) == 0
    assert rows.all(Alert) == []


def test_a_late_one_is_raised_to_lost_once(rows: Rows, clock: Clock) -> None:
    late(rows, clock)
    sweep(rows, clock)
    clock.forward(hours=3)
    assert [sweep(rows, clock), sweep(rows, clock)] == [1, 0]
    alert = rows.one(Alert)
    assert (alert.level, alert.version) == ("lost", 2)


def test_one_found_after_both_thresholds_opens_as_lost(rows: Rows, clock: Clock) -> None:
    late(rows, clock, lost_at=clock())
    sweep(rows, clock)
    alert = rows.one(Alert)
    assert (alert.level, alert.version, rows.one(Integration).watch_at) == ("lost", 1, None)


def test_one_without_a_second_threshold_stays_late(rows: Rows, clock: Clock) -> None:
    late(rows, clock, lost_at=None)
    sweep(rows, clock)
    clock.forward(days=100)
    assert sweep(rows, clock) == 0
    assert rows.one(Alert).level == "late"


def test_a_sweep_leaves_the_times_that_people_are_told(rows: Rows, clock: Clock) -> None:
    before = late(rows, clock)
    sweep(rows, clock)
    after = rows.one(Integration)
    assert (after.due_at, after.lost_at) == (before.due_at, before.lost_at)


def test_a_sync_closes_the_alert(rows: Rows, clock: Clock) -> None:
    integration = late(rows, clock)
    sweep(rows, clock)
    clock.forward(hours=2)
    follow(rows, clock, integration, due_at=clock() + HOUR, last_sync_at=clock())
    alert = rows.one(Alert)
    assert (alert.closed_at, alert.closed_because, alert.version) == (clock(), "synced", 2)


def test_a_sync_that_is_expected_later_now_closes_the_alert_and_says_so(rows: Rows, clock: Clock) -> None:
    integration = late(rows, clock)
    sweep(rows, clock)
    follow(rows, clock, integration, due_at=clock() + HOUR)
    assert rows.one(Alert).closed_because == "expected_later"


@pytest.mark.parametrize("status", ["pending", "disabled"])
def test_leaving_active_closes_the_alert(rows: Rows, clock: Clock, status: str) -> None:
    integration = late(rows, clock)
    sweep(rows, clock)
    follow(rows, clock, integration, status=status, due_at=None)
    assert rows.one(Alert).closed_because == status


def test_an_old_sync_that_arrives_late_is_shown_and_closes_nothing(rows: Rows, clock: Clock) -> None:
    integration = late(rows, clock)
    sweep(rows, clock)
    follow(rows, clock, integration, due_at=clock() - HOUR / 2)
    alert = rows.one(Alert)
    assert (alert.closed_at, alert.version, alert.expected_at) == (None, 2, clock() - HOUR / 2)


def test_one_that_is_late_again_opens_a_new_alert(rows: Rows, clock: Clock) -> None:
    integration = late(rows, clock)
    sweep(rows, clock)
    follow(rows, clock, integration, due_at=clock() + HOUR, watch_at=clock() + HOUR)
    clock.forward(hours=1)
    sweep(rows, clock)
    assert [alert.closed_at is None for alert in rows.all(Alert)] == [False, True]


def test_failures_of_one_employer_and_carrier_make_one_alert(rows: Rows, clock: Clock) -> None:
    dental = rows.integration()
    vision = rows.integration(employer_id=dental.employer_id, carrier_id=dental.carrier_id)
    for each in (dental, vision):
        rows.message(each.id)
        recount(rows, clock, each)
    alert = rows.one(Alert)
    assert (alert.kind, alert.level, alert.version) == ("failures", "failure", 2)
    assert alert.cause == f"employer:{dental.employer_id}/carrier:{dental.carrier_id}"


@pytest.mark.parametrize(
    "columns",
    [{"severity": "warning"}, {"severity": "info"}, {"assignee": "middleware"}, {"state": "resolved"}],
)
def test_what_is_no_open_failure_of_ours_opens_nothing(
    rows: Rows, clock: Clock, columns: dict[str, str]
) -> None:
    integration = rows.integration()
    rows.message(integration.id, **columns)
    recount(rows, clock, integration)
    assert rows.all(Alert) == []


def test_failures_of_an_integration_that_is_off_open_nothing(rows: Rows, clock: Clock) -> None:
    integration = rows.integration(status="disabled")
    rows.message(integration.id)
    recount(rows, clock, integration)
    assert rows.all(Alert) == []


def move(rows: Rows, **columns: object) -> None:
    with rows.sessions.write() as session:
        session.execute(update(CarrierMessage).values(columns))


def test_failures_that_were_resolved_before_anyone_was_told_open_no_alert(rows: Rows, clock: Clock) -> None:
    integration = rows.integration()
    rows.message(integration.id, state="resolved")
    recount(rows, clock, integration)
    assert rows.all(Alert) == []


def test_the_alert_closes_when_the_last_failure_has_cleared_and_the_next_one_opens_another(
    rows: Rows, clock: Clock
) -> None:
    integration = rows.integration()
    rows.message(integration.id)
    recount(rows, clock, integration)
    move(rows, state="resolved")
    recount(rows, clock, integration)
    assert (rows.one(Alert).closed_at, rows.one(Alert).version) == (None, 2)
    move(rows, cleared_at=clock())
    recount(rows, clock, integration)
    assert rows.one(Alert).closed_because == "cleared"
    rows.message(integration.id)
    recount(rows, clock, integration)
    assert [alert.closed_at is None for alert in rows.all(Alert)] == [False, True]


def test_replicas_that_count_the_same_failures_open_one_alert(rows: Rows, clock: Clock) -> None:
    integration = rows.integration()

    def one_more(_number: int) -> None:
        rows.message(integration.id)
        recount(rows, clock, integration)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one_more, range(12)))
    alert = rows.one(Alert)
    assert (alert.closed_at, alert.version) == (None, 12)


def test_an_alert_is_routed_once_and_a_closed_one_never(rows: Rows, clock: Clock) -> None:
    late(rows, clock)
    over = late(rows, clock)
    sweep(rows, clock)
    follow(rows, clock, over, due_at=None)
    with rows.sessions.write() as session:
        assert [routing.route(session, clock(), Channels("C1")) for _ in range(2)] == [1, 0]
    card = rows.one(Card)
    assert (card.subject, card.channel_id, card.wanted) == (cards.of_alert(1), "C1", 1)


def test_every_change_of_an_alert_wants_its_card_anew(rows: Rows, clock: Clock) -> None:
    integration = late(rows, clock)
    sweep(rows, clock)
    with rows.sessions.write() as session:
        routing.route(session, clock(), Channels("C1"))
    press(rows, clock, 1)
    clock.forward(hours=3)
    sweep(rows, clock)
    follow(rows, clock, integration, due_at=None)
    assert rows.one(Card).wanted == rows.one(Alert).version == 4


def test_an_acknowledgement_is_kept_with_its_audit_event(rows: Rows, clock: Clock) -> None:
    integration = late(rows, clock)
    sweep(rows, clock)
    seen = press(rows, clock, 1)
    assert (seen.acknowledged_by, seen.acknowledged_at, seen.version) == (AGENCY.user_id, clock(), 2)
    event = rows.one(AuditEvent)
    assert (event.event, event.user_id, event.integration_id) == (
        "alert.acknowledged",
        AGENCY.user_id,
        integration.id,
    )
    assert event.detail == {"kind": "last_sync", "level": "late"}


def test_becoming_lost_lifts_the_acknowledgement_of_a_late_one(rows: Rows, clock: Clock) -> None:
    late(rows, clock)
    late(rows, clock)
    sweep(rows, clock)
    press(rows, clock, 1)
    clock.forward(hours=3)
    sweep(rows, clock)
    acknowledged, ignored = rows.all(Alert)
    assert (acknowledged.acknowledged_by, acknowledged.acknowledged_at, acknowledged.added) == (None, None, 1)
    assert ignored.added == 0


def test_a_double_press_acknowledges_once(rows: Rows, clock: Clock) -> None:
    late(rows, clock)
    sweep(rows, clock)
    assert press(rows, clock, 1) == press(rows, clock, 1)
    assert len(rows.all(AuditEvent)) == 1


def test_a_button_of_an_older_version_says_so_and_changes_nothing(rows: Rows, clock: Clock) -> None:
    late(rows, clock)
    sweep(rows, clock)
    clock.forward(hours=3)
    sweep(rows, clock)
    with pytest.raises(MovedOn, match="has changed since"):
        press(rows, clock, 1)
    assert rows.one(Alert).acknowledged_by is None


def test_a_button_of_a_closed_alert_says_so(rows: Rows, clock: Clock) -> None:
    integration = late(rows, clock)
    sweep(rows, clock)
    follow(rows, clock, integration, due_at=None)
    with pytest.raises(MovedOn, match="closed already"):
        press(rows, clock, 2)


def test_of_three_people_who_differ_in_rights_only_two_may_acknowledge(rows: Rows, clock: Clock) -> None:
    employer_id = late(rows, clock).employer_id
    sweep(rows, clock)
    theirs = Actor("U1", Role.BROKER, frozenset({employer_id}))
    others = Actor("U2", Role.BROKER, frozenset({employer_id + 1}))
    read_only = Actor("U3", Role.READ_ONLY, frozenset({employer_id}))
    with pytest.raises(NotFound):
        press(rows, clock, 1, others)
    with pytest.raises(NotAllowed):
        press(rows, clock, 1, read_only)
    assert press(rows, clock, 1, theirs).acknowledged_by == "U1"


def test_an_alert_that_is_not_theirs_and_one_that_is_not_there_are_refused_alike(
    rows: Rows, clock: Clock
) -> None:
    employer_id = late(rows, clock).employer_id
    sweep(rows, clock)
    others = Actor("U2", Role.EMPLOYER, frozenset({employer_id + 1}))
    sentences = set()
    for alert_id in (1, 999):
        with pytest.raises(NotFound) as refused:
            press(rows, clock, 1, others, alert_id)
        sentences.add(refused.value.sentence)
    assert len(sentences) == 1
