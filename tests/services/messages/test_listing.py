from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from services.access import Role
from services.errors import NotAllowed, NotFound
from services.integrations import expected
from services.messages import filters as message_filters
from services.messages import listing
from services.messages import view as message_view
from services.messages.filters import Filters, Show
from services.messages.life import State, Step
from services.messages.listing import MessagesPage
from services.ports import Outcome, Severity
from services.store.exchange import Integration, Sync
from services.store.messages import Resolution
from tests.agency import ADMIN, BROKER, DAY, HR, NOW, READER, Agency, found

HOUR = timedelta(hours=1)


def page(agency: Agency, filters: Filters | None = None, actor: str = ADMIN, wanted: int = 1) -> MessagesPage:
    return agency.ask(actor, listing.page, filters or Filters(), wanted)


def ids(found: MessagesPage) -> list[int]:
    return [line.id for line in found.lines]


def test_failures_come_first_then_warnings_the_oldest_of_each_first(agency: Agency) -> None:
    place = agency.integration("Harbor Bakery", "Guardian")
    info = agency.message(place, "info", received_at=NOW - 9 * DAY)
    warning = agency.message(place, "warning", received_at=NOW - 8 * DAY)
    young = agency.message(place, received_at=NOW - DAY)
    old = agency.message(place, received_at=NOW - 3 * DAY)
    assert ids(page(agency)) == [old, young, warning, info]


def test_it_comes_in_pages_with_counts(agency: Agency) -> None:
    place = agency.integration("Harbor Bakery", "Guardian")
    for number in range(listing.PAGE + 2):
        agency.message(place, received_at=NOW - number * DAY)
    agency.message(place, "warning", kind="name_spelling")
    second = page(agency, wanted=2)
    assert (len(second.lines), second.place.number, second.place.pages, second.place.total) == (3, 2, 2, 11)
    assert (second.counts.failures, second.counts.warnings, second.counts.infos) == (10, 1, 0)
    assert second.kinds == (("date_of_birth_mismatch", 10), ("name_spelling", 1))


@pytest.fixture
def lives(agency: Agency) -> dict[str, int]:
    """A message in each state."""
    place = agency.integration("Harbor Bakery", "Guardian", syncs=[NOW - 2 * DAY])
    resolved = {"state": "resolved", "resolved_at": NOW - 3 * DAY, "outcome": "platform"}
    return {
        State.OPEN: agency.message(place, received_at=NOW - 9 * DAY),
        State.QUEUED: agency.message(place, state="queued", received_at=NOW - 8 * DAY),
        State.WAITING: agency.message(place, received_at=NOW - 7 * DAY, **resolved),
        State.CAME_BACK: agency.message(
            place, received_at=NOW - 6 * DAY, **{**resolved, "state": "open", "returns": 1}
        ),
        State.CLEARED: agency.message(place, received_at=NOW - 5 * DAY, **resolved, cleared_at=NOW),
        State.CLOSED: agency.message(
            place, received_at=NOW - 4 * DAY, **{**resolved, "outcome": None}, cleared_at=NOW
        ),
    }


@pytest.mark.parametrize(
    ("show", "states"),
    [
        (Show.CURRENT, {State.OPEN, State.QUEUED, State.WAITING, State.CAME_BACK}),
        (Show.OPEN, {State.OPEN, State.CAME_BACK}),
        (Show.CAME_BACK, {State.CAME_BACK}),
        (Show.WAITING, {State.QUEUED, State.WAITING}),
        (Show.RESOLVED, {State.WAITING, State.CLEARED, State.CLOSED}),
    ],
)
def test_the_filter_over_states(
    agency: Agency, lives: dict[str, int], show: Show, states: set[State]
) -> None:
    found = page(agency, Filters(show=show))
    assert {line.state for line in found.lines} == states
    assert {line.id for line in found.lines} == {lives[state] for state in states}
    assert found.place.total == len(states)
    assert (found.counts.waiting, found.counts.came_back) == (2, 1)


def test_only_what_waits_for_a_person_can_be_resolved(agency: Agency, lives: dict[str, int]) -> None:
    every = [agency.ask(ADMIN, message_view.view, each).line for each in lives.values()]
    assert [line.state for line in every if line.can_resolve] == [State.OPEN, State.CAME_BACK]
    assert [line.state for line in every if line.can_escalate] == [State.CAME_BACK]
    assert {line.state: line.step for line in every} == {
        State.OPEN: Step.RESOLVE,
        State.QUEUED: Step.WAIT_FOR_SYNC,
        State.WAITING: Step.WAIT_FOR_SYNC,
        State.CAME_BACK: Step.GIVE_IT_A_WEEK,
        State.CLEARED: Step.NOTHING,
        State.CLOSED: Step.NOTHING,
    }


@pytest.mark.parametrize("values", [{"assignee": "middleware"}, {"severity": "info"}])
def test_what_is_not_ours_can_be_looked_at_only(agency: Agency, values: dict[str, str]) -> None:
    agency.message(agency.integration("Harbor Bakery", "Guardian"), **values)
    [line] = page(agency).lines
    assert (line.step, line.can_resolve) == (Step.NOTHING, False)


def test_filters_narrow_the_list(agency: Agency) -> None:
    harbor, juniper = (agency.integration(each, "Guardian") for each in ("Harbor Bakery", "Juniper Dental"))
    other = agency.integration("Harbor Bakery", "Principal")
    agency.message(harbor, kind="name_spelling", severity="warning")
    first, second, third = (agency.message(each) for each in (harbor, juniper, other))
    own = Filters(employer_id=agency.employer("Harbor Bakery"))
    both = Filters(employer_id=own.employer_id, carrier_id=agency.carrier("Guardian"))
    assert set(ids(page(agency, Filters(severity=Severity.FAILURE)))) == {first, second, third}
    assert len(ids(page(agency, own))) == 3
    assert ids(page(agency, Filters(integration_id=other))) == [third]
    assert ids(page(agency, Filters(kind="name_spelling"))) != [first]
    found = page(agency, both)
    assert (found.employer.name, found.carrier.name, found.place.total) == ("Harbor Bakery", "Guardian", 2)


def test_the_last_sync_and_the_next_stand_beside_the_list_of_a_carrier(agency: Agency) -> None:
    agency.integration("Harbor Bakery", "Guardian", syncs=[NOW - DAY], next_at=NOW + 6 * DAY)
    agency.integration(
        "Harbor Bakery", "Guardian", plan_name="Vision", syncs=[NOW - 2 * DAY], next_at=NOW - HOUR
    )
    found = page(agency, Filters(carrier_id=agency.carrier("Guardian")))
    assert (found.last_sync_at, found.next_at) == (NOW - DAY, NOW + 6 * DAY)
    assert page(agency).last_sync_at is None


@pytest.mark.parametrize("status", ["pending", "disabled"])
def test_messages_of_integrations_that_are_not_active_show_under_the_integration_alone(
    agency: Agency, status: str
) -> None:
    place = agency.integration("Harbor Bakery", "Guardian", status)
    agency.message(place)
    assert page(agency).lines == ()
    [line] = page(agency, Filters(integration_id=place)).lines
    assert not line.can_resolve


def test_an_employer_user_sees_their_own_organisation_while_it_has_an_active_integration(
    agency: Agency,
) -> None:
    agency.person(HR, Role.EMPLOYER, "Harbor Bakery")
    own = agency.integration("Harbor Bakery", "Guardian")
    other = agency.integration("Juniper Dental", "Guardian")
    mine = [agency.message(own), agency.message(own, "warning", kind="name_spelling")]
    theirs = agency.message(other)
    assert ids(page(agency, actor=HR)) == mine
    assert page(agency, actor=HR).counts.failures == 1
    assert dict(page(agency, actor=HR).kinds) == {"date_of_birth_mismatch": 1, "name_spelling": 1}
    for filters in (Filters(integration_id=other), Filters(employer_id=agency.employer("Juniper Dental"))):
        with pytest.raises(NotFound):
            page(agency, filters, HR)
    with pytest.raises(NotFound):
        agency.ask(HR, message_view.view, theirs)


def test_without_an_active_integration_an_employer_user_sees_no_message(agency: Agency) -> None:
    agency.person(HR, Role.EMPLOYER, "Harbor Bakery")
    message = agency.message(agency.integration("Harbor Bakery", "Guardian", "disabled"))
    assert page(agency, actor=HR).lines == ()
    with pytest.raises(NotFound):
        agency.ask(HR, message_view.view, message)


def test_a_read_only_person_sees_no_messages(agency: Agency) -> None:
    agency.person(READER, Role.READ_ONLY, "Harbor Bakery")
    message = agency.message(agency.integration("Harbor Bakery", "Guardian"))
    with pytest.raises(NotAllowed):
        page(agency, actor=READER)
    with pytest.raises(NotAllowed):
        agency.ask(READER, message_view.view, message)
    with pytest.raises(NotAllowed):
        agency.ask(READER, message_view.first_failure)


def test_the_walk_goes_by_age_stays_within_the_filters_and_begins_again(agency: Agency) -> None:
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    place, other = agency.integration("Harbor Bakery", "Guardian"), agency.integration("Juniper", "Guardian")
    young, old, middle = (agency.message(place, received_at=NOW - days * DAY) for days in (1, 9, 5))
    agency.message(place, "warning", received_at=NOW - 20 * DAY)
    agency.message(other, received_at=NOW - 20 * DAY)
    agency.message(place, state="queued", received_at=NOW - 20 * DAY)
    assert agency.ask(BROKER, message_view.first_failure) == old
    views = {each: agency.ask(BROKER, message_view.view, each) for each in (old, middle, young)}
    assert {each: view.next_failure for each, view in views.items()} == {
        old: middle,
        middle: young,
        young: old,
    }
    assert views[old].left == 3
    there = Filters(employer_id=agency.employer("Juniper"), severity=Severity.WARNING)
    assert agency.ask(ADMIN, message_view.view, old, there).next_failure not in {None, old, middle, young}


def test_the_walk_ends_when_nothing_is_left(agency: Agency) -> None:
    only = agency.message(agency.integration("Harbor Bakery", "Guardian"))
    assert agency.ask(ADMIN, message_view.view, only).next_failure is None


def resolution(message_id: int, **values: object) -> Resolution:
    usual = {
        "ref": "msg_1",
        "outcome": "carrier",
        "extras": {},
        "state": "sent",
        "key": f"key-{message_id}-{values.get('state')}",
        "requested_by": BROKER,
        "requested_as": "broker",
        "requested_at": NOW - 9 * DAY,
    }
    return Resolution(message_id=message_id, **(usual | values))


def test_a_line_says_who_decided_what_and_how_often_the_carrier_synced_since(agency: Agency) -> None:
    at = NOW - 9 * DAY
    place = agency.integration("Harbor Bakery", "Guardian")
    message = agency.message(place, returns=1, resolved_at=at, outcome="carrier")
    agency.add(resolution(message, resolved_at=at, note="Checked.", extras={"reenrolment": "started"}))
    agency.add(*(Sync(integration_id=place, synced_at=at + days * DAY) for days in (-1, 2, 5)))
    [line] = page(agency).lines
    told = line.resolved
    assert told is not None
    assert (told.at, told.outcome, told.by, told.role, told.synced) == (
        at,
        Outcome.CARRIER,
        BROKER,
        "broker",
        2,
    )
    assert (told.note, len(told.extras)) == ("Checked.", 1)
    assert line.step is Step.RESOLVE_AGAIN


def test_a_resolution_made_elsewhere_is_nobodys_here(agency: Agency) -> None:
    message = agency.message(
        agency.integration("Harbor Bakery", "Guardian"), returns=1, resolved_at=NOW - DAY, outcome="carrier"
    )
    agency.add(resolution(message, resolved_at=NOW - 9 * DAY))
    [line] = page(agency).lines
    assert line.resolved is not None
    assert line.resolved.by is None


def test_a_refusal_shows_on_the_message_until_it_is_resolved(agency: Agency) -> None:
    place = agency.integration("Harbor Bakery", "Guardian")
    refused, done = agency.message(place), agency.message(place, state="resolved", resolved_at=NOW)
    agency.add(*(resolution(each, state="refused", reason="Not so.") for each in (refused, done)))
    views = [agency.ask(ADMIN, message_view.view, each) for each in (refused, done)]
    assert [view.line.refusal for view in views] == ["Not so.", None]
    assert views[0].past[0].reason == "Not so."


def test_where_there_are_more_than_are_counted_each_number_stops_there(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (listing, message_filters):
        monkeypatch.setattr(module, "MOST_COUNTED", 3)
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    place = agency.integration("Harbor Bakery", "Guardian")
    back = {"returns": 1, "resolved_at": NOW - DAY, "outcome": "carrier"}
    for days in range(1, 5):
        agency.message(place, received_at=NOW - days * DAY)
        agency.message(place, kind="name_spelling", received_at=NOW - days * DAY, **back)
    agency.message(place, state="queued", received_at=NOW)
    for actor in (ADMIN, BROKER):
        found = page(agency, actor=actor)
        assert (found.counts.failures, found.counts.waiting, found.counts.came_back) == (3, 1, 3)
        assert (found.place.total, page(agency, Filters(show=Show.WAITING), actor).place.total) == (3, 1)
        assert dict(page(agency, Filters(show=Show.CAME_BACK), actor).kinds) == {"name_spelling": 3}
        assert dict(page(agency, Filters(show=Show.WAITING), actor).kinds) == {"date_of_birth_mismatch": 1}


@pytest.mark.usefixtures("lives")
@pytest.mark.parametrize("show", list(Show))
@pytest.mark.parametrize("kind", [None, "date_of_birth_mismatch", "name_spelling"])
def test_who_sees_everything_counts_as_one_who_works_with_every_employer(
    agency: Agency, show: Show, kind: str | None
) -> None:
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    back = {"state": "open", "returns": 2, "resolved_at": NOW - DAY, "outcome": "carrier"}
    place = agency.integration("Harbor Bakery", "Principal")
    agency.message(place, "warning", kind="name_spelling", **back)
    agency.message(place, "info", kind="name_spelling")
    filters = Filters(show=show, kind=kind)
    wide, narrow = page(agency, filters), page(agency, filters, BROKER)
    assert ids(wide) == ids(narrow)
    assert (wide.counts, wide.kinds, wide.bulk) == (narrow.counts, narrow.kinds, narrow.bulk)
    assert wide.place.total == len(wide.lines)
    assert wide.place.total == sum(number for name, number in wide.kinds if kind in {None, name})


def test_where_a_sync_was_missed_the_next_one_is_told(agency: Agency) -> None:
    daily = [NOW.replace(hour=6) - days * DAY for days in range(3, 60)]
    place = agency.integration("Harbor Bakery", "Guardian", syncs=daily, active_at=NOW - 90 * DAY)
    agency.message(place)
    with agency.sessions.write() as session:
        found = session.get_one(Integration, place)
        expected.compute(session, NOW - 2 * DAY, [found], {place: daily[0]})
        assert found.next_at is not None
        assert found.next_at < NOW
    shown = page(agency, Filters(carrier_id=agency.carrier("Guardian")))
    assert shown.lines[0].next_at is not None
    assert NOW < shown.lines[0].next_at < NOW + 4 * DAY
    assert shown.next_at == shown.lines[0].next_at


def test_how_to_correct_it_is_told_while_it_can_be_resolved(agency: Agency, lives: dict[str, int]) -> None:
    hinted = {state for state, each in lives.items() if agency.ask(ADMIN, message_view.view, each).hint}
    assert hinted == {State.OPEN, State.CAME_BACK}


@pytest.mark.parametrize("actor", [ADMIN, BROKER])
@pytest.mark.parametrize(
    "filters", [Filters(), Filters(kind="name_spelling"), Filters(employer_id=1), Filters(carrier_id=1)]
)
@pytest.mark.parametrize("show", [Show.CURRENT, Show.CAME_BACK, Show.WAITING])
def test_messages_are_counted_and_put_in_order_from_indexes_alone(
    tmp_path: Path, actor: str, filters: Filters, show: Show
) -> None:
    agency = found(tmp_path)
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    agency.message(agency.integration("Harbor Bakery", "Guardian"))
    page(agency, replace(filters, show=show), actor)
    asked = [each for each in agency.statements if "carrier_messages" in each and "readings" not in each]
    with agency.sessions.read() as session:
        plans = {each: plan(session, each) for each in asked if "FROM employers" not in each}
    over = [line for lines in plans.values() for line in lines if " carrier_messages USING" in line]
    assert over
    assert all("COVERING INDEX" in line or "PRIMARY KEY" in line for line in over), over
    assert not [line for lines in plans.values() for line in lines if line == "SCAN carrier_messages"]


def plan(session: Session, statement: str) -> list[str]:
    nothing = (None,) * statement.count("?")
    return [
        row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", nothing)
    ]
