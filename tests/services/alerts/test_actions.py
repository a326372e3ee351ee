"""What people press on a card. Now is Wednesday, 11:00 in New York."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.access import Actor, Role
from services.alerts import actions
from services.alerts.actions import Snooze
from services.alerts.lifecycle import Cause, raise_alert
from services.errors import Invalid, LastsyncError, MovedOn, NotAllowed, NotFound
from services.intake.syncs import expect_again
from services.store.alerts import Alert, AlertEvent, Kind, Level, Mute
from services.store.exchange import Integration, Sync
from services.store.people import AuditEvent, PersonZone
from tests.outside import working_days
from tests.services.telling import AGENCY, DAY, HOUR, Telling

OTHER = Actor("U0OTHER", Role.AGENCY, None)
TOMORROW = datetime(2025, 3, 13, 13, 0, tzinfo=UTC)


@pytest.fixture
def late(telling: Telling) -> Integration:
    integration = telling.late()
    telling.sweep()
    return integration


def live_in(telling: Telling, zone: str) -> None:
    telling.rows.add(PersonZone(user_id=AGENCY.user_id, time_zone=zone, read_at=telling.clock()))


def test_a_note_is_kept_on_the_card_and_in_its_story_and_not_in_the_audit_log(
    telling: Telling, late: Integration
) -> None:
    telling.acknowledge(note="  Guardian knows, back on Friday.  ")
    told = telling.facts("alert:1")
    assert (told.note, told.acknowledged_by) == ("Guardian knows, back on Friday.", AGENCY.user_id)
    assert telling.rows.one(AlertEvent).detail == {"note": told.note}
    event = telling.rows.one(AuditEvent)
    assert (event.detail, event.integration_id) == ({"kind": "last_sync", "level": "late"}, late.id)


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize("note", ["His number is 219-09-9999.", "x" * 501])
def test_a_note_with_a_social_security_number_or_too_long_is_refused(telling: Telling, note: str) -> None:
    with pytest.raises(Invalid) as refused:
        telling.acknowledge(note=note)
    assert set(refused.value.fields) == {"note"}
    assert telling.alert().acknowledged_by is None


@pytest.mark.usefixtures("late")
def test_another_note_on_an_old_card_is_refused(telling: Telling) -> None:
    telling.acknowledge(note="On it.")
    with telling.rows.sessions.write() as session, pytest.raises(MovedOn):
        actions.acknowledge(session, AGENCY, telling.clock(), 1, 1, "On it, too.")
    assert telling.alert().note == "On it."


@pytest.mark.usefixtures("late")
def test_an_acknowledgement_ends_a_snooze(telling: Telling) -> None:
    telling.snooze(Snooze.HOUR)
    assert telling.acknowledge().snoozed_until is None


@pytest.mark.usefixtures("late")
def test_a_snooze_of_an_hour(telling: Telling) -> None:
    seen = telling.snooze(Snooze.HOUR)
    assert (seen.snoozed_until, seen.version) == (telling.clock() + HOUR, 2)
    assert telling.alert().snoozed_by == AGENCY.user_id
    assert telling.rows.one(AuditEvent).event == "alert.snoozed"


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize(
    ("zone", "until"),
    [
        ("America/New_York", TOMORROW),
        ("America/Los_Angeles", TOMORROW + 3 * HOUR),
        ("Asia/Tokyo", datetime(2025, 3, 14, 0, 0, tzinfo=UTC)),
    ],
)
def test_tomorrow_is_nine_where_the_presser_is(telling: Telling, zone: str, until: datetime) -> None:
    live_in(telling, zone)
    assert telling.snooze(Snooze.TOMORROW).snoozed_until == until


@pytest.mark.usefixtures("late")
def test_just_after_midnight_tomorrow_is_not_this_morning(telling: Telling) -> None:
    telling.clock.at = TOMORROW - 8 * HOUR
    assert telling.snooze(Snooze.TOMORROW).snoozed_until == TOMORROW + DAY


@pytest.mark.usefixtures("late")
def test_until_the_next_sync_when_that_is_not_known_says_so(telling: Telling) -> None:
    with pytest.raises(MovedOn, match="not known"):
        telling.snooze(Snooze.NEXT_SYNC)


@pytest.mark.usefixtures("late")
def test_the_same_snooze_twice_is_one_and_another_one_on_the_old_card_is_refused(telling: Telling) -> None:
    first = telling.snooze(Snooze.HOUR)
    telling.clock.forward(seconds=1)
    assert telling.snooze(Snooze.HOUR, behind=1) == first
    with pytest.raises(MovedOn):
        telling.snooze(Snooze.TOMORROW, behind=1)
    with pytest.raises(MovedOn):
        telling.snooze(Snooze.HOUR, OTHER, behind=1)
    assert telling.story() == ["snoozed"]


@pytest.mark.usefixtures("late")
def test_on_the_card_that_shows_the_snooze_another_may_be_chosen(telling: Telling) -> None:
    telling.snooze(Snooze.HOUR)
    assert telling.snooze(Snooze.TOMORROW).snoozed_until == TOMORROW


def mute(telling: Telling, actor: Actor = AGENCY, version: int | None = None) -> None:
    with telling.rows.sessions.write() as session:
        actions.mute(session, actor, telling.clock(), 1, version or telling.alert().version)


def unmute(telling: Telling, integration_id: int, actor: Actor = AGENCY) -> None:
    with telling.rows.sessions.write() as session:
        actions.unmute(session, actor, telling.clock(), integration_id)


def test_a_muted_integration_is_posted_no_more_and_its_card_says_so(
    telling: Telling, late: Integration
) -> None:
    telling.tell()
    mute(telling)
    assert telling.facts("alert:1").muted
    assert [each.channel_id for each in telling.cards("event")] == ["C0ALERTS"]
    telling.sync(late.id)
    telling.clock.forward(days=1)
    telling.sweep()
    telling.route()
    assert [each.recipients for each in telling.rows.all(Alert)] == [1, 0]
    assert len(telling.cards()) == 1


def test_muting_is_kept_and_told_of_to_those_who_may_configure_it(
    telling: Telling, late: Integration
) -> None:
    mute(telling)
    broker = Actor("U1", Role.BROKER, frozenset({late.employer_id}))
    with telling.rows.sessions.read() as session:
        [one] = actions.muted(session, broker)
        others = actions.muted(session, Actor("U2", Role.BROKER, frozenset({late.employer_id + 1})))
        nobodys = actions.muted(session, Actor("U3", Role.EMPLOYER, frozenset({late.employer_id})))
    assert (one.integration_id, one.employer, one.by) == (late.id, "Harbor Bakery", AGENCY.user_id)
    assert (others, nobodys) == ([], [])


def test_unmuting_has_the_open_alert_posted(telling: Telling, late: Integration) -> None:
    mute(telling)
    telling.route()
    assert telling.cards() == []
    unmute(telling, late.id)
    telling.route()
    assert telling.alert().recipients == len(telling.cards()) == 1
    assert not telling.facts("alert:1").muted
    events = [each.event for each in telling.rows.all(AuditEvent)]
    assert events == ["integration.muted", "integration.unmuted"]
    with pytest.raises(MovedOn, match="not muted any more"):
        unmute(telling, late.id)


def test_what_is_muted_wakes_up_in_silence(telling: Telling, late: Integration) -> None:
    telling.tell()
    mute(telling)
    telling.snooze(Snooze.HOUR)
    telling.clock.forward(hours=1)
    assert telling.wake() == 1
    assert telling.broadcast() == []
    assert telling.rows.one(Mute).integration_id == late.id


def test_nobody_is_reminded_of_what_is_muted(telling: Telling, late: Integration) -> None:
    telling.tell()
    telling.acknowledge()
    mute(telling)
    telling.clock.at = TOMORROW + DAY
    assert telling.wake() == 1
    assert (telling.story(), telling.rows.one(Mute).integration_id) == (["acknowledged", "muted"], late.id)


def test_a_mute_pressed_twice_is_one(telling: Telling, late: Integration) -> None:
    mute(telling, version=1)
    mute(telling, version=1)
    assert telling.story() == ["muted"]
    assert telling.rows.one(Mute).integration_id == late.id


def test_only_the_last_sync_of_one_integration_can_be_muted(telling: Telling) -> None:
    telling.failing()
    with pytest.raises(MovedOn, match="Only the Last Sync"):
        mute(telling)


def test_employer_users_may_acknowledge_and_not_mute(telling: Telling, late: Integration) -> None:
    employer = Actor("U4", Role.EMPLOYER, frozenset({late.employer_id}))
    with pytest.raises(NotAllowed):
        mute(telling, employer)
    assert telling.acknowledge(employer).acknowledged_by == "U4"


@pytest.mark.parametrize("what", ["acknowledge", "snooze"])
@pytest.mark.parametrize(
    ("role", "refusal"),
    [
        (Role.AGENCY, None),
        (Role.BROKER, None),
        (Role.STM, None),
        (Role.EMPLOYER, NotAllowed),
        (Role.READ_ONLY, NotAllowed),
    ],
)
def test_a_carriers_alert_is_for_those_who_work_for_several_employers(
    telling: Telling, role: Role, refusal: type[LastsyncError] | None, what: str
) -> None:
    first, *_ = telling.carrier_of(3)
    telling.sweep()
    mine = None if role is Role.AGENCY else frozenset({first.employer_id})
    actor = Actor("U5", role, mine)

    def press() -> None:
        if what == "acknowledge":
            telling.acknowledge(actor)
        else:
            telling.snooze(Snooze.HOUR, actor)

    if refusal is None:
        press()
    else:
        with pytest.raises(refusal):
            press()
    alert = telling.alert()
    assert ("U5" in {alert.acknowledged_by, alert.snoozed_by}) is (refusal is None)


def test_a_carriers_alert_may_be_opened_by_its_employers(telling: Telling) -> None:
    first, *_ = telling.carrier_of(3)
    telling.sweep()
    theirs = Actor("U6", Role.EMPLOYER, frozenset({first.employer_id}))
    others = Actor("U7", Role.BROKER, frozenset({first.employer_id + 100}))
    with telling.rows.sessions.write() as session:
        assert actions.subject(session, theirs, telling.clock(), 1).carrier_id == first.carrier_id
    with telling.rows.sessions.write() as session, pytest.raises(NotFound):
        actions.subject(session, others, telling.clock(), 1)


@pytest.mark.parametrize("kind", [Kind.UNREACHABLE, Kind.EMPLOYEES])
def test_what_concerns_all_is_for_the_agency(telling: Telling, kind: Kind) -> None:
    with telling.rows.sessions.write() as session:
        raise_alert(session, telling.clock(), Cause(kind, "x", Level.DOWN))
    broker = Actor("U8", Role.BROKER, frozenset({telling.on_time().employer_id}))
    with pytest.raises(NotFound):
        telling.acknowledge(broker)
    assert telling.acknowledge().acknowledged_by == AGENCY.user_id


@pytest.mark.parametrize("kind", ["last_sync", "failures", "carrier"])
def test_until_the_next_sync_that_is_expected_of_what_it_is_about(telling: Telling, kind: str) -> None:
    integration = telling.rows.integration()
    mornings = [each.replace(hour=10) for each in working_days(telling.clock() - 2 * DAY)]
    telling.rows.add(*(Sync(integration_id=integration.id, synced_at=at) for at in mornings))
    with telling.rows.sessions.write() as session:
        expect_again(session, telling.clock(), [integration.id])
    about = {"carrier_id": integration.carrier_id}
    if kind != "carrier":
        about["employer_id"] = integration.employer_id
    if kind == "last_sync":
        about["integration_id"] = integration.id
    with telling.rows.sessions.write() as session:
        raise_alert(session, telling.clock(), Cause(Kind(kind), "x", Level.LATE, **about))
    until = telling.snooze(Snooze.NEXT_SYNC).snoozed_until
    assert until is not None
    assert timedelta(0) < until - telling.clock() < DAY
    assert until.hour in {9, 10, 11}
