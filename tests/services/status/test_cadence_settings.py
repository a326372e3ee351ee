"""Rhythms that people set, and maintenance windows: who may, what follows, and what it costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from services.access import Role
from services.alerts import late
from services.cadence.expectation import Expectation
from services.errors import Invalid, MovedOn, NotAllowed, NotFound
from services.intake.syncs import expect_again
from services.integrations import expected as expectations
from services.integrations import history
from services.status import answer, cadence_settings
from services.status.cadence_settings import CadenceKind, Choice
from services.store.alerts import Alert
from services.store.exchange import CadenceOverride, Carrier, Integration, MaintenanceWindow
from services.store.people import AuditEvent
from tests.agency import ADMIN, BROKER, DAY, HR, NOW, Agency, daily

HOUR = timedelta(hours=1)
WEEKLY = Choice(CadenceKind.WEEKDAYS, time(6), weekdays=(1,))
DAILY = Choice(CadenceKind.DAILY, time(6))


@pytest.fixture
def integration(agency: Agency) -> int:
    """One of Guardian's, at an employer that the broker works with; it syncs daily, last this morning."""
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    it = agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW, skip=0))
    expect_anew(agency, it)
    return it


def expect_anew(agency: Agency, *ids: int) -> None:
    with agency.sessions.write() as session:
        expect_again(session, agency.now, ids)


def recompute(agency: Agency) -> int:
    """Let the job finish; how many parts it took."""
    for parts in range(100):
        with agency.sessions.write() as session:
            if not cadence_settings.recompute(session, agency.now):
                return parts
    raise AssertionError


def kept(agency: Agency, integration_id: int) -> Integration:
    with agency.sessions.read() as session:
        return session.get_one(Integration, integration_id)


def expected(agency: Agency, integration_id: int) -> Expectation:
    with agency.sessions.read() as session:
        found = expectations.load(session, session.get_one(Integration, integration_id), agency.now)
    assert found
    return found


def events(agency: Agency) -> list[str]:
    return [each.event for each in agency.all(AuditEvent)]


# ── a rhythm ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rhythm_that_was_set_goes_before_what_was_learned(agency: Agency, integration: int) -> None:
    assert expected(agency, integration).habit == "every day around 07:00 Eastern"
    shown = agency.do(BROKER, cadence_settings.choose, WEEKLY, integration_id=integration)
    found = expected(agency, integration)
    assert found.habit == shown.choice_habit == "on Tuesdays around 06:00 Eastern"
    assert (
        found.sentence("Guardian") == "Guardian should sync on Tuesdays around 06:00 Eastern, as it was set"
    )
    assert kept(agency, integration).next_at == datetime.fromisoformat("2026-11-24T06:00-05:00")
    assert shown.learned == "Guardian usually syncs every day around 07:00 Eastern"


def test_a_rhythm_that_was_set_is_the_one_that_is_shown(agency: Agency, integration: int) -> None:
    agency.do(BROKER, cadence_settings.choose, WEEKLY, integration_id=integration)
    tuesday = datetime.fromisoformat("2026-11-24T06:00-05:00")
    one = agency.ask(BROKER, answer.integration, integration).row
    assert (one.next_at, one.due_at) == (tuesday, kept(agency, integration).due_at)
    shown = agency.ask(BROKER, history.view, integration)
    assert shown.expectation
    assert (shown.expectation.habit, shown.row.next_at) == ("on Tuesdays around 06:00 Eastern", tuesday)
    with agency.sessions.read() as session:
        (row,) = history.with_next(session, [shown.row], agency.now)
    assert row.next_at == tuesday


def test_what_is_stored_needs_no_syncs_to_be_read(agency: Agency, integration: int) -> None:
    shown = agency.ask(BROKER, history.view, integration)
    agency.statements.clear()
    with agency.sessions.read() as session:
        history.with_next(session, [shown.row], agency.now)
    assert not [each for each in agency.statements if "FROM syncs" in each]


def test_cleared_it_goes_by_the_history_again(agency: Agency, integration: int) -> None:
    before = kept(agency, integration).due_at
    agency.do(BROKER, cadence_settings.choose, WEEKLY, integration_id=integration)
    assert kept(agency, integration).due_at != before
    shown = agency.do(BROKER, cadence_settings.clear, integration_id=integration)
    assert (shown.choice, kept(agency, integration).due_at) == (None, before)
    assert events(agency) == ["rhythm.set", "rhythm.cleared"]


def test_a_carriers_rhythm_is_computed_by_the_job_and_an_integrations_own_goes_before_it(
    agency: Agency, integration: int
) -> None:
    other = agency.integration("Quill & Sons Printing", "Guardian", syncs=daily(NOW, skip=0))
    agency.do(BROKER, cadence_settings.choose, DAILY, integration_id=integration)
    agency.do(ADMIN, cadence_settings.choose, WEEKLY, carrier_id=agency.carrier("Guardian"))
    assert kept(agency, other).next_at is None
    assert recompute(agency) == 1
    assert expected(agency, other).habit == "on Tuesdays around 06:00 Eastern"
    assert expected(agency, integration).habit == "every day around 06:00 Eastern"
    shown = agency.ask(BROKER, cadence_settings.view, integration_id=integration)
    assert shown.carrier_habit == "on Tuesdays around 06:00 Eastern"


def test_setting_a_carriers_rhythm_touches_none_of_its_integrations(agency: Agency, integration: int) -> None:
    agency.statements.clear()
    agency.do(ADMIN, cadence_settings.choose, WEEKLY, carrier_id=agency.carrier("Guardian"))
    assert not [each for each in agency.statements if "UPDATE integrations" in each]
    assert integration


def test_the_job_goes_on_where_it_was_and_begins_again_when_more_is_set(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cadence_settings, "PART", 2)
    ids = [agency.integration(f"Employer {each}", "Guardian", syncs=daily(NOW)) for each in range(5)]
    agency.do(ADMIN, cadence_settings.choose, WEEKLY, carrier_id=agency.carrier("Guardian"))
    with agency.sessions.write() as session:
        assert cadence_settings.recompute(session, agency.now)
    assert [kept(agency, each).next_at is not None for each in ids] == [True, True, False, False, False]
    agency.do(ADMIN, cadence_settings.choose, DAILY, carrier_id=agency.carrier("Guardian"))
    assert recompute(agency) == 3
    assert {expected(agency, each).habit for each in ids} == {"every day around 06:00 Eastern"}


def test_a_carrier_without_integrations_is_done_at_once(agency: Agency) -> None:
    agency.do(ADMIN, cadence_settings.choose, WEEKLY, carrier_id=agency.carrier("Guardian"))
    assert recompute(agency) == 1
    assert agency.all(Carrier)[0].recompute_after is None


def test_the_same_choice_again_changes_nothing(agency: Agency, integration: int) -> None:
    for _ in range(2):
        agency.do(BROKER, cadence_settings.choose, WEEKLY, integration_id=integration)
    assert len(agency.all(CadenceOverride)) == 1
    assert events(agency) == ["rhythm.set"]
    agency.do(BROKER, cadence_settings.choose, DAILY, integration_id=integration)
    assert len(agency.all(CadenceOverride)) == 1


def test_every_second_week_counts_from_the_last_sync(agency: Agency, integration: int) -> None:
    fortnightly = Choice(CadenceKind.EVERY_WEEKS, time(6), weekdays=(2,), weeks=2)
    agency.do(BROKER, cadence_settings.choose, fortnightly, integration_id=integration)
    assert kept(agency, integration).next_at == datetime.fromisoformat("2026-12-02T06:00-05:00")


@pytest.mark.parametrize(
    ("choice", "habit"),
    [
        (Choice(CadenceKind.WORKING_DAYS, time(19, 30)), "every working day around 19:30 Eastern"),
        (Choice(CadenceKind.MONTHLY, time(6), day=15), "monthly, on the 15th around 06:00 Eastern"),
        (Choice(CadenceKind.MONTHLY, time(6), day=31), "monthly, on the last day around 06:00 Eastern"),
        (
            Choice(CadenceKind.MONTHLY, time(6), day=cadence_settings.LAST_WORKING_DAY),
            "monthly, on the last working day around 06:00 Eastern",
        ),
    ],
)
def test_each_choice_is_said_in_words(agency: Agency, integration: int, choice: Choice, habit: str) -> None:
    shown = agency.do(BROKER, cadence_settings.choose, choice, integration_id=integration)
    assert (shown.choice, shown.choice_habit) == (choice, habit)


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        (Choice(CadenceKind.WEEKDAYS, time(6)), "weekdays"),
        (Choice(CadenceKind.WEEKDAYS, time(6), weekdays=(7,)), "weekdays"),
        (Choice(CadenceKind.EVERY_WEEKS, time(6), weekdays=(0, 1)), "weekdays"),
        (Choice(CadenceKind.EVERY_WEEKS, time(6), weekdays=(0,), weeks=1), "weeks"),
        (Choice(CadenceKind.MONTHLY, time(6), day=0), "day"),
        (Choice(CadenceKind.MONTHLY, time(6), day=32), "day"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(
    agency: Agency, integration: int, choice: Choice, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        agency.do(BROKER, cadence_settings.choose, choice, integration_id=integration)
    assert list(refused.value.fields) == [field]
    assert agency.all(CadenceOverride) == []


def test_an_alert_ends_when_its_sync_is_expected_later(agency: Agency) -> None:
    it = agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW, skip=3))
    expect_anew(agency, it)
    with agency.sessions.write() as session:
        assert late.find_late(session, agency.now, agency.now) == 1
    agency.do(ADMIN, cadence_settings.choose, replace(WEEKLY, weekdays=(3,)), integration_id=it)
    (alert,) = agency.all(Alert)
    assert alert.closed_at == agency.now


# ── maintenance ─────────────────────────────────────────────────────────────────────────────────────────────


def plan(
    agency: Agency, begins_at: datetime, ends_at: datetime, **values: str
) -> cadence_settings.WindowView:
    found = agency.do(ADMIN, cadence_settings.plan, agency.carrier("Guardian"), begins_at, ends_at, **values)
    recompute(agency)
    return found


def test_a_run_that_falls_into_maintenance_is_not_expected(agency: Agency, integration: int) -> None:
    before = kept(agency, integration)
    assert before.next_at
    assert before.due_at
    plan(agency, before.next_at - HOUR, before.next_at + HOUR)
    after = kept(agency, integration)
    assert (after.next_at, after.due_at) == (before.next_at + DAY, before.due_at + DAY)


def test_maintenance_that_ends_early_or_is_taken_back_counts_no_longer(
    agency: Agency, integration: int
) -> None:
    before = kept(agency, integration)
    planned = plan(agency, NOW + 8 * HOUR, NOW + 3 * DAY)
    assert kept(agency, integration).due_at != before.due_at
    ended = agency.do(ADMIN, cadence_settings.end, planned.id)
    recompute(agency)
    assert kept(agency, integration).due_at == before.due_at
    assert (ended.begins_at, ended.ends_at) == (planned.begins_at, planned.begins_at)
    assert agency.ask(ADMIN, cadence_settings.view, carrier_id=agency.carrier("Guardian")).windows == ()


def test_running_maintenance_ends_now(agency: Agency) -> None:
    planned = plan(agency, NOW - HOUR, NOW + DAY)
    assert planned.running
    ended = agency.do(ADMIN, cadence_settings.end, planned.id)
    assert (ended.ends_at, ended.running) == (NOW, False)
    with pytest.raises(MovedOn):
        agency.do(ADMIN, cadence_settings.end, planned.id)
    assert events(agency) == ["maintenance.planned", "maintenance.ended"]


def test_the_same_form_twice_is_one_window(agency: Agency) -> None:
    first, again = (plan(agency, NOW, NOW + DAY, key="V1") for _ in range(2))
    assert first == again
    assert len(agency.all(MaintenanceWindow)) == 1
    assert events(agency) == ["maintenance.planned"]


def test_windows_are_shown_soonest_first_and_none_that_is_over(agency: Agency) -> None:
    plan(agency, NOW + 2 * DAY, NOW + 3 * DAY, note="Release")
    plan(agency, NOW - DAY, NOW + HOUR)
    agency.now += 2 * HOUR
    plan(agency, NOW + DAY, NOW + 2 * DAY)
    shown = agency.ask(ADMIN, cadence_settings.view, carrier_id=agency.carrier("Guardian")).windows
    assert [(each.begins_at, each.note) for each in shown] == [(NOW + DAY, ""), (NOW + 2 * DAY, "Release")]


@pytest.mark.parametrize(
    ("begins_at", "ends_at", "note", "field"),
    [
        (NOW + DAY, NOW, "", "ends_at"),
        (NOW - 2 * DAY, NOW - DAY, "", "ends_at"),
        (NOW, NOW + 61 * DAY, "", "ends_at"),
        (NOW, NOW + DAY, "x" * 501, "note"),
        (NOW, NOW + DAY, "For 123-45-6789", "note"),
    ],
)
def test_a_window_that_cannot_be_is_refused(
    agency: Agency, begins_at: datetime, ends_at: datetime, note: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        plan(agency, begins_at, ends_at, note=note)
    assert list(refused.value.fields) == [field]


# ── rights ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_carriers_rhythm_and_its_maintenance_are_for_agency_users(agency: Agency, integration: int) -> None:
    guardian = agency.carrier("Guardian")
    window = plan(agency, NOW, NOW + DAY)
    assert not agency.ask(BROKER, cadence_settings.view, integration_id=integration).may_plan
    with pytest.raises(NotAllowed):
        agency.do(BROKER, cadence_settings.choose, WEEKLY, carrier_id=guardian)
    with pytest.raises(NotAllowed):
        agency.do(BROKER, cadence_settings.plan, guardian, NOW, NOW + DAY)
    with pytest.raises(NotAllowed):
        agency.do(BROKER, cadence_settings.end, window.id)


def test_an_integrations_rhythm_is_for_those_who_configure_it(agency: Agency, integration: int) -> None:
    agency.person(HR, Role.EMPLOYER, "Harbor Bakery")
    with pytest.raises(NotAllowed):
        agency.do(HR, cadence_settings.choose, WEEKLY, integration_id=integration)
    elsewhere = agency.integration("Quill & Sons Printing", "Guardian")
    with pytest.raises(NotFound):
        agency.do(BROKER, cadence_settings.choose, WEEKLY, integration_id=elsewhere)


def test_what_is_not_there_is_not_found(agency: Agency) -> None:
    with pytest.raises(NotFound):
        agency.ask(ADMIN, cadence_settings.view, carrier_id=99)
    with pytest.raises(NotFound):
        agency.do(ADMIN, cadence_settings.end, 99)


# ── the carrier's other integrations ────────────────────────────────────────────────────────────────────────


def test_a_young_integration_goes_by_the_carriers_others(agency: Agency, integration: int) -> None:
    young = agency.integration("Quill & Sons Printing", "Guardian", syncs=daily(NOW, 2, skip=0))
    expect_anew(agency, young)
    found = expected(agency, young)
    assert found.habit == "every day around 07:00 Eastern"
    assert found.sentence("Guardian").endswith("going by its other integrations")
    assert kept(agency, young).due_at == kept(agency, integration).due_at


def test_one_whose_first_syncs_say_otherwise_does_not(agency: Agency, integration: int) -> None:
    weekly = [NOW - 7 * DAY, NOW - 4 * HOUR]
    young = agency.integration("Quill & Sons Printing", "Guardian", syncs=weekly)
    expect_anew(agency, young, integration)
    due_at = kept(agency, young).due_at
    assert due_at
    assert due_at > NOW + 7 * DAY


def test_without_others_the_carrier_shows_nothing(agency: Agency) -> None:
    shown = agency.ask(ADMIN, cadence_settings.view, carrier_id=agency.carrier("Guardian"))
    assert shown.learned == "How often Guardian syncs is not known yet"


def test_a_carrier_is_taught_once_and_not_by_every_page(agency: Agency, integration: int) -> None:
    agency.statements.clear()
    expect_anew(agency, integration)
    assert not [each for each in agency.statements if "UPDATE carriers" in each]


def test_a_monthly_carrier_is_read_from_more_than_a_year(agency: Agency) -> None:
    fifteenths = [datetime.fromisoformat(f"2026-{month:02}-15T06:00-05:00") for month in range(1, 12)]
    it = agency.integration("Harbor Bakery", "Principal", syncs=fifteenths)
    expect_anew(agency, it)
    assert expected(agency, it).habit.startswith("monthly, on the 15th")


def test_what_is_expected_does_not_depend_on_what_it_is_computed_with(agency: Agency) -> None:
    tuesdays = [NOW - (1 + 7 * week) * DAY for week in range(56)]
    late_once = [*tuesdays[:40], tuesdays[40] + DAY, *tuesdays[41:]]
    weekly = agency.integration("Harbor Bakery", "Principal", syncs=late_once)
    silent = agency.integration("Quill & Sons Printing", "Guardian", syncs=daily(NOW, skip=200))
    expect_anew(agency, weekly)
    alone = kept(agency, weekly)
    expect_anew(agency, weekly, silent)
    together = kept(agency, weekly)
    assert (together.due_at, together.cadence) == (alone.due_at, alone.cadence)


def test_after_an_upgrade_everything_is_computed_anew(agency: Agency, integration: int) -> None:
    with agency.sessions.write() as session:
        session.execute(update(Integration).values(next_at=None, due_at=None, cadence=None))
        session.execute(update(Carrier).values(recompute_after=0))
    recompute(agency)
    assert expected(agency, integration).next_at
    with agency.sessions.read() as session:
        assert session.scalars(select(Carrier.recompute_after)).all() == [None]
