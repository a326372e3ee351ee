"""What the Home tab tells each person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services import health, home
from services.access import Actor, Role
from services.desk import Sessions
from services.errors import NotFound
from services.home import Home, Need
from services.messages.view import failures as failures_of
from services.messages.view import subject
from services.store.alerts import Alert, Card, Channel
from services.store.exchange import Reading, SetAsideItem
from tests.agency import ADMIN, BROKER, DAY, HR, NOBODY, NOW, READER, Agency

HOUR = timedelta(hours=1)


@pytest.fixture
def agency(sessions: Sessions) -> Agency:
    """On SQLite and on PostgreSQL."""
    return Agency(sessions)


def needs(shown: Home) -> list[Need]:
    return [item.need for item in shown.items]


def late(agency: Agency, employer: str = "Harbor Bakery", carrier: str = "Guardian", **values: Any) -> int:
    since = {"due_at": NOW - HOUR, "lost_at": NOW + DAY, "last_sync_at": NOW - 2 * DAY}
    return agency.integration(employer, carrier, **{**since, **values})


def test_when_nothing_is_wrong_nothing_is_listed(agency: Agency) -> None:
    agency.integration("Harbor Bakery", "Guardian")
    shown = agency.ask(ADMIN, home.overview)
    assert (shown.items, shown.more) == ((), 0)


def test_the_most_urgent_comes_first(agency: Agency) -> None:
    refused = agency.integration("Tidewater", "Cigna", "disabled")
    agency.change(refused, state="refused", settled_at=NOW - HOUR, reason="No such group.")
    agency.integration("Sundial", "Cigna", "pending", configured_at=NOW - 50 * DAY)
    agency.integration("Redwood", "Cigna", "pending", configured_at=NOW - 70 * DAY)
    agency.message(agency.integration("Quill & Sons", "Cigna"))
    late(agency)
    late(agency, "Juniper Dental", lost_at=NOW - HOUR)
    assert needs(agency.ask(ADMIN, home.overview)) == list(Need)


def test_of_two_late_ones_the_longer_silent_comes_first(agency: Agency) -> None:
    late(agency, "Harbor Bakery", last_sync_at=NOW - 2 * DAY)
    late(agency, "Juniper Dental", last_sync_at=NOW - 5 * DAY)
    names = [item.employer.name for item in agency.ask(ADMIN, home.overview).items]
    assert names == ["Juniper Dental", "Harbor Bakery"]


def test_failures_are_gathered_by_employer_and_carrier(agency: Agency) -> None:
    dental, vision = (
        agency.integration("Harbor Bakery", "Guardian", plan_name=plan) for plan in ("Dental", "Vision")
    )
    agency.message(dental, received_at=NOW - 3 * DAY)
    agency.message(vision, received_at=NOW - 9 * DAY)
    agency.message(agency.integration("Harbor Bakery", "Cigna"))
    [first, second] = agency.ask(ADMIN, home.overview).items
    assert (first.carrier.name, first.count, first.since) == ("Guardian", 2, NOW - 9 * DAY)
    assert (second.carrier.name, second.count, second.integration_id) == ("Cigna", 1, None)


@pytest.mark.parametrize(
    "other", [{"severity": "warning"}, {"state": "resolved"}, {"assignee": "middleware"}]
)
def test_what_is_not_ours_to_act_on_is_no_failure(agency: Agency, other: dict[str, Any]) -> None:
    agency.message(agency.integration("Harbor Bakery", "Guardian"), **other)
    assert needs(agency.ask(ADMIN, home.overview)) == []


@pytest.mark.parametrize(
    ("days", "need"),
    [
        (45, []),
        (46, [Need.PENDING_LONG]),
        (60, [Need.PENDING_LONG]),
        (61, [Need.PENDING_OVERDUE]),
    ],
)
def test_pending_is_told_from_day_45_and_overdue_after_day_60(
    agency: Agency, days: int, need: list[Need]
) -> None:
    agency.integration("Harbor Bakery", "Guardian", "pending", configured_at=NOW - days * DAY)
    assert needs(agency.ask(ADMIN, home.overview)) == need


def test_a_refused_change_is_forgotten_once_a_later_one_was_asked_for(agency: Agency) -> None:
    integration = agency.integration("Harbor Bakery", "Guardian", "disabled")
    agency.change(integration, state="refused", settled_at=NOW - HOUR)
    agency.change(integration, key="the second one")
    assert needs(agency.ask(ADMIN, home.overview)) == []


def test_a_refused_change_is_forgotten_after_a_week(agency: Agency) -> None:
    integration = agency.integration("Harbor Bakery", "Guardian", "disabled")
    agency.change(integration, state="refused", settled_at=NOW - 7 * DAY)
    assert needs(agency.ask(ADMIN, home.overview)) == []


def test_what_does_not_fit_is_counted(agency: Agency) -> None:
    for number in range(home.SHOWN + 3):
        late(agency, f"Employer {number}")
    agency.message(agency.integration("Harbor Bakery", "Cigna"))
    shown = agency.ask(ADMIN, home.overview)
    assert (len(shown.items), shown.more) == (home.SHOWN, 4)


def test_a_broker_sees_their_own_employers_alone(agency: Agency) -> None:
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    late(agency, "Harbor Bakery")
    late(agency, "Quill & Sons", "Cigna")
    agency.message(agency.integration("Quill & Sons", "Kaiser"))
    shown = agency.ask(BROKER, home.overview)
    assert [item.employer.name for item in shown.items] == ["Harbor Bakery"]
    assert [each.name for each in shown.carriers] == ["Guardian"]
    assert shown.audit is not None
    assert not shown.may_assign


def test_an_employer_sees_neither_pending_nor_refused_nor_the_audit_log(agency: Agency) -> None:
    agency.person(HR, Role.EMPLOYER, "Harbor Bakery")
    late(agency)
    agency.integration("Harbor Bakery", "Cigna", "pending", configured_at=NOW - 70 * DAY)
    refused = agency.integration("Harbor Bakery", "Kaiser", "disabled")
    agency.change(refused, state="refused", settled_at=NOW - HOUR)
    shown = agency.ask(HR, home.overview)
    assert needs(shown) == [Need.LATE]
    assert shown.audit is None


def test_an_employer_without_an_active_integration_sees_nothing_listed(agency: Agency) -> None:
    agency.person(HR, Role.EMPLOYER, "Harbor Bakery")
    agency.message(agency.integration("Harbor Bakery", "Cigna", "disabled"))
    shown = agency.ask(HR, home.overview)
    assert (shown.items, shown.carriers) == ((), ())


def test_a_reader_is_shown_nothing_about_carriers(agency: Agency) -> None:
    agency.person(READER, Role.READ_ONLY, "Harbor Bakery")
    late(agency)
    assert agency.ask(READER, home.overview) == Home(NOW, Role.READ_ONLY)


def test_someone_without_a_role_is_told_who_gives_one(agency: Agency) -> None:
    late(agency)
    assert agency.ask(NOBODY, home.overview) == Home(NOW, None, ask=(ADMIN,))


def test_without_admins_an_agency_user_is_named(agency: Agency) -> None:
    agency.person(BROKER, Role.AGENCY)
    with agency.sessions.read() as session:
        shown = home.overview(session, Actor(NOBODY, None), NOW)
    assert shown.ask == (BROKER,)


def test_each_carrier_is_counted_by_freshness_those_in_trouble_first(agency: Agency) -> None:
    agency.integration("Harbor Bakery", "Cigna")
    agency.integration("Quill & Sons", "Guardian")
    late(agency, "Harbor Bakery", "Guardian")
    late(agency, "Redwood", "Guardian", lost_at=NOW - HOUR)
    agency.integration("Redwood", "Kaiser", "pending")
    assert agency.ask(ADMIN, home.overview).carriers == (
        home.CarrierFreshness("Guardian", on_time=1, late=1, lost=1),
        home.CarrierFreshness("Cigna", on_time=1, late=0, lost=0),
    )


def test_no_carrier_is_called_late_for_a_time_that_was_not_read_yet(agency: Agency) -> None:
    agency.add(Reading(stream="syncs", read_at=NOW - 2 * HOUR))
    late(agency, due_at=NOW - HOUR)
    shown = agency.ask(ADMIN, home.overview)
    assert needs(shown) == []
    assert [each.late for each in shown.carriers] == [0]


def told(agency: Agency, *, in_full: bool = True) -> health.Health:
    with agency.sessions.read() as session:
        return health.state(session, NOW, in_full=in_full)


def test_all_is_well_says_how_old_the_data_is(agency: Agency) -> None:
    agency.read_at(NOW - timedelta(seconds=40))
    assert told(agency) == health.Health(well=True, headline="All is well: data is 40 seconds old.")


def test_before_the_first_reading_it_says_so(agency: Agency) -> None:
    assert told(agency) == health.Health(
        well=False, headline="The carrier exchange has not been read completely yet."
    )


def test_a_failing_exchange_is_named_with_the_time_it_has_failed(agency: Agency) -> None:
    agency.read_at(NOW - 3 * HOUR, failing_since=NOW - 2 * HOUR, failure="timeout")
    found_health = told(agency)
    assert found_health.headline == "Reading integrations from the exchange has been failing for 2 hours."
    assert found_health.lines == ("Data is 3 hours old.",)


def test_what_began_to_fail_just_now_is_said_so(agency: Agency) -> None:
    agency.read_at(NOW - timedelta(minutes=1), failing_since=NOW)
    assert told(agency).headline == "Reading integrations from the exchange began to fail a moment ago."


@pytest.mark.parametrize(("minutes", "well"), [(10, True), (11, False)])
def test_data_older_than_ten_minutes_is_not_well(agency: Agency, minutes: int, *, well: bool) -> None:
    agency.read_at(NOW - timedelta(minutes=minutes))
    assert told(agency).well is well


def card(agency: Agency, **values: Any) -> None:
    usual = {"key": "k", "subject": "alert:1", "channel_id": "C1", "wanted": 1, "shown": 0}
    agency.add(Card(**{**usual, "due_at": NOW, "wanted_at": NOW, **values}))


def test_an_undelivered_card_is_told_with_its_age(agency: Agency) -> None:
    agency.read_at(NOW)
    card(agency, wanted_at=NOW - timedelta(minutes=5))
    assert told(agency).headline == "1 card waits to be delivered, the oldest for 5 minutes."


def test_a_card_on_its_way_is_no_trouble(agency: Agency) -> None:
    agency.read_at(NOW)
    card(agency, wanted_at=NOW - timedelta(minutes=1))
    card(agency, key="j", subject="alert:2", wanted_at=NOW - DAY, shown=1, due_at=None)
    assert told(agency).well


def test_items_that_could_not_be_read_are_counted_for_a_day(agency: Agency) -> None:
    agency.read_at(NOW)
    for ref, age in (("a", HOUR), ("b", 2 * HOUR), ("c", 2 * DAY)):
        agency.add(SetAsideItem(stream="syncs", ref=ref, reason="synced_at", last_at=NOW - age))
    shown = told(agency)
    assert shown.lines == (
        "2 items of the exchange could not be read and set aside, the last an hour ago.",
        "Of syncs: synced_at (2).",
    )
    assert shown.well


def test_a_channel_that_takes_no_posts_is_named(agency: Agency) -> None:
    agency.read_at(NOW)
    agency.add(Channel(id="C1", broken_at=NOW, broken_code="is_archived"), Channel(id="C2"))
    shown = told(agency)
    assert shown.broken == (health.BrokenChannel("C1", "is_archived"),)
    assert not shown.well
    assert shown.headline == "A channel takes no posts."


def test_who_runs_no_integrations_hears_what_is_wrong_and_no_more(agency: Agency) -> None:
    agency.read_at(NOW - HOUR, failing_since=NOW - HOUR)
    assert told(agency, in_full=False) == health.Health(
        well=False, headline="Reading integrations from the exchange has been failing for an hour."
    )


def test_failures_are_listed_by_integration_and_kind(agency: Agency) -> None:
    dental = agency.integration("Harbor Bakery", "Guardian", plan_name="Dental")
    vision = agency.integration("Harbor Bakery", "Guardian", plan_name="Vision")
    for integration, kind, days in (
        (dental, "ssn", 1),
        (dental, "ssn", 4),
        (dental, "dob", 2),
        (vision, "dob", 9),
    ):
        agency.message(integration, kind=kind, received_at=NOW - days * DAY)
    pair = agency.employer("Harbor Bakery"), agency.carrier("Guardian")
    shown = agency.ask(ADMIN, failures_of, *pair)
    assert [(each.plan_name, each.counts) for each in shown.integrations] == [
        ("Vision", (("dob", 1),)),
        ("Dental", (("ssn", 2), ("dob", 1))),
    ]
    assert shown.integrations[1].oldest_at == NOW - 4 * DAY


def test_failures_of_another_brokers_employer_are_not_found(agency: Agency) -> None:
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    agency.message(agency.integration("Quill & Sons", "Guardian"))
    with pytest.raises(NotFound):
        agency.ask(BROKER, failures_of, agency.employer("Quill & Sons"), agency.carrier("Guardian"))


def test_an_alert_of_another_brokers_employer_is_as_missing_as_one_that_is_not_there(agency: Agency) -> None:
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    quill, guardian = agency.employer("Quill & Sons"), agency.carrier("Guardian")
    place = {"employer_id": quill, "carrier_id": guardian, "opened_at": NOW}
    agency.add(Alert(id=7, kind="failures", cause="x", level="failure", **place))
    sentences = set()
    for alert_id in (7, 8):
        with pytest.raises(NotFound) as refused:
            agency.ask(BROKER, subject, alert_id)
        sentences.add(refused.value.sentence)
    assert len(sentences) == 1
    assert agency.ask(ADMIN, subject, 7).employer_id == quill


def test_what_someone_has_in_hand_says_who(agency: Agency) -> None:
    it = late(agency)
    agency.message(it)
    ids = {"employer_id": agency.employer("Harbor Bakery"), "carrier_id": agency.carrier("Guardian")}
    taken = {"opened_at": NOW, "acknowledged_at": NOW, "acknowledged_by": BROKER, **ids}
    agency.add(Alert(kind="last_sync", level="late", cause="integration:1", integration_id=it, **taken))
    agency.add(Alert(kind="failures", level="failure", cause="employer:1/carrier:1", **taken))
    found = agency.ask(ADMIN, home.overview).items
    assert [(each.need, each.acknowledged_by) for each in found] == [
        (Need.LATE, BROKER),
        (Need.FAILURES, BROKER),
    ]


def test_whoever_runs_integrations_sees_what_the_auditor_found(agency: Agency) -> None:
    at = NOW - timedelta(hours=1)
    agency.add(Card(key="k", subject="change:1", channel_id="C1", wanted=1, wanted_at=at, due_at=at))
    assert "1 card shows too little for too long." in told(agency).lines
