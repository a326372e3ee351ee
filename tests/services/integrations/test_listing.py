"""Which integrations a person sees, in which order, and what the answer to `/carrier-status` holds."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from services.access import Actor, Role
from services.errors import MovedOn, NoRole, NotAllowed, NotFound
from services.integrations.attention import Attention, Show
from services.integrations.listing import PAGE, Filters, IntegrationRow, Place
from services.integrations.search import Nothing, Several
from services.ports import Status
from services.status import answer
from services.status.answer import IntegrationView, Listing, Step, Summary
from services.status.diagnosis import Verdict
from services.store.exchange import Reading
from tests.agency import ADMIN, BROKER, DAY, HR, NOBODY, NOW, READER, Agency, daily

LATE = {"due_at": NOW - timedelta(hours=3), "lost_at": NOW + 2 * DAY}
LOST = {"due_at": NOW - 5 * DAY, "lost_at": NOW - DAY}
NEVER_ON = {"configured_at": None, "disabled_at": None, "disabled_by": None, "group_number": None}


@pytest.fixture
def everything(agency: Agency) -> Agency:
    """One of each at Harbor Bakery, which the broker and HR work with; more at an employer they do not."""
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    agency.person(HR, Role.EMPLOYER, "Harbor Bakery")
    agency.person(READER, Role.READ_ONLY, "Harbor Bakery")
    for employer in ("Harbor Bakery", "Quill & Sons Printing"):
        agency.integration(employer, "On Time")
        agency.integration(employer, "Late", **LATE)
        agency.integration(employer, "Lost", **LOST)
        failing = agency.integration(employer, "Failing")
        agency.message(failing)
        agency.message(failing, "warning")
        agency.message(failing, state="resolved")
        agency.integration(employer, "Pending", "pending", configured_at=NOW - 20 * DAY)
        agency.integration(employer, "Overdue", "pending", configured_at=NOW - 70 * DAY)
        agency.integration(employer, "Off", "disabled")
        agency.integration(employer, "Never On", "disabled", **NEVER_ON)
    agency.read_at(NOW - timedelta(minutes=1))
    return agency


def carriers(rows: tuple[IntegrationRow, ...]) -> list[str]:
    return [row.carrier.name for row in rows]


def shown(agency: Agency, user_id: str, show: Show) -> list[str]:
    return carriers(agency.ask(user_id, answer.page, Filters(show=show), 1).rows)


def asked(agency: Agency, user_id: str, text: str) -> IntegrationView:
    view = agency.ask(user_id, answer.answer, text)
    assert isinstance(view, IntegrationView)
    return view


# ── the summary


def test_the_summary_counts_by_status_and_by_need(everything: Agency) -> None:
    counts = everything.ask(BROKER, answer.summary).counts
    assert (counts.active, counts.pending, counts.disabled, counts.never_on) == (4, 2, 1, 1)
    assert (counts.late, counts.lost, counts.failures, counts.warnings) == (1, 1, 1, 1)
    assert counts.integrations == 8


def test_an_agency_user_sees_every_employer_in_the_summary(everything: Agency) -> None:
    assert everything.ask(ADMIN, answer.summary).counts.integrations == 16


def test_those_that_need_someone_most_come_first(everything: Agency) -> None:
    urgent = everything.ask(BROKER, answer.summary).urgent
    assert [row.attention for row in urgent] == list(Attention)
    assert carriers(urgent) == ["Lost", "Late", "Failing", "Overdue", "Off"]


def test_an_employer_sees_active_ones_alone(everything: Agency) -> None:
    summary = everything.ask(HR, answer.summary)
    assert carriers(summary.urgent) == ["Lost", "Late", "Failing"]
    assert (summary.counts.pending, summary.counts.disabled, summary.counts.never_on) == (0, 0, 0)
    assert not summary.sees_pending


def test_an_employer_is_shown_no_group_number(everything: Agency) -> None:
    assert {row.group_number for row in everything.ask(HR, answer.summary).urgent} == {None}
    assert {row.group_number for row in everything.ask(BROKER, answer.summary).urgent} == {"GRP-1001"}


def test_one_that_is_late_and_fails_is_listed_once(agency: Agency) -> None:
    both = agency.integration("Harbor Bakery", "Guardian", **LATE)
    agency.message(both)
    urgent = agency.ask(ADMIN, answer.summary).urgent
    assert [(row.attention, row.failures) for row in urgent] == [(Attention.LATE, 1)]


def test_the_summary_lists_eight_at_most(agency: Agency) -> None:
    for number in range(12):
        agency.integration(f"Employer {number}", "Guardian", **LATE)
    assert len(agency.ask(ADMIN, answer.summary).urgent) == answer.LISTED


def test_a_failure_of_a_disabled_integration_needs_no_one(agency: Agency) -> None:
    agency.message(agency.integration("Harbor Bakery", "Guardian", "disabled"))
    summary = agency.ask(ADMIN, answer.summary)
    assert summary.counts.failures == 0
    assert [row.attention for row in summary.urgent] == [Attention.DISABLED]


@pytest.mark.parametrize(("days", "overdue"), [(59, False), (60, False), (61, True)])
def test_pending_is_overdue_after_sixty_days(agency: Agency, days: int, overdue: bool) -> None:  # noqa: FBT001
    agency.integration("Harbor Bakery", "Guardian", "pending", configured_at=NOW - days * DAY)
    [row] = agency.ask(ADMIN, answer.page, Filters(), 1).rows
    assert row.pending_days == days
    assert (row.attention is Attention.PENDING_OVERDUE) is overdue


def test_an_agency_without_integrations_has_an_empty_summary(agency: Agency) -> None:
    summary = agency.ask(ADMIN, answer.summary)
    assert (summary.counts.integrations, summary.urgent) == (0, ())


# ── how old the data is


@pytest.mark.parametrize(("minutes", "old"), [(15, False), (16, True)])
def test_data_is_called_old_after_a_quarter_of_an_hour(agency: Agency, minutes: int, old: bool) -> None:  # noqa: FBT001
    agency.read_at(NOW - timedelta(minutes=minutes))
    assert agency.ask(ADMIN, answer.summary).as_of.old is old


def test_data_that_was_never_read_is_told_apart(agency: Agency) -> None:
    as_of = agency.ask(ADMIN, answer.summary).as_of
    assert as_of.read_at is None
    assert as_of.old


# ── show all


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        (Show.ALL, ["Failing", "Late", "Lost", "Never On", "Off", "On Time", "Overdue", "Pending"]),
        (Show.ATTENTION, ["Lost", "Late", "Failing", "Overdue", "Off"]),
        (Show.LATE, ["Lost", "Late"]),
        (Show.FAILURES, ["Failing"]),
        (Show.ACTIVE, ["Failing", "Late", "Lost", "On Time"]),
        (Show.PENDING, ["Overdue", "Pending"]),
        (Show.DISABLED, ["Never On", "Off"]),
    ],
)
def test_each_filter_shows_its_own(everything: Agency, show: Show, expected: list[str]) -> None:
    assert shown(everything, BROKER, show) == expected


@pytest.mark.parametrize("show", [Show.PENDING, Show.DISABLED])
def test_an_employer_is_offered_no_filter_of_the_configure_tab(everything: Agency, show: Show) -> None:
    view = everything.ask(HR, answer.page, Filters(show=show), 1)
    assert show not in view.shows
    assert view.show is Show.ALL
    assert {row.status for row in view.rows} == {Status.ACTIVE}


@pytest.mark.parametrize("show", [Show.ALL, Show.ATTENTION])
def test_pages_hold_every_row_once_in_order(agency: Agency, show: Show) -> None:
    for number in range(9):
        for carrier in ("Aetna", "Cigna", "Guardian"):
            agency.integration(f"Employer {number}", carrier, **LATE)
    pages = [agency.ask(ADMIN, answer.page, Filters(show=show), number) for number in (1, 2, 3)]
    assert [len(page.rows) for page in pages] == [12, 12, 3]
    assert len({row.id for page in pages for row in page.rows}) == 27
    assert {page.place.total for page in pages} == {27}


def test_show_all_is_in_order_of_names(agency: Agency) -> None:
    for employer in ("Oakline", "Harbor", "Quill"):
        for carrier in ("Guardian", "Aetna"):
            agency.integration(employer, carrier)
    rows = agency.ask(ADMIN, answer.page, Filters(), 1).rows
    names = [(row.employer.name, row.carrier.name) for row in rows]
    assert names == sorted(names)


def test_filters_combine(everything: Agency) -> None:
    filters = Filters(
        everything.employer("Quill & Sons Printing"), everything.carrier("Late"), Show.ATTENTION
    )
    view = everything.ask(ADMIN, answer.page, filters, 1)
    assert [(row.employer.name, row.carrier.name) for row in view.rows] == [("Quill & Sons Printing", "Late")]
    assert (view.employer, view.carrier) == (view.rows[0].employer, view.rows[0].carrier)


@pytest.mark.parametrize(
    ("wanted", "total", "number", "pages"),
    [(1, 0, 1, 1), (0, 5, 1, 1), (2, PAGE, 1, 1), (2, PAGE + 1, 2, 2), (99, 3 * PAGE, 3, 3)],
)
def test_a_page_that_is_not_there_becomes_the_nearest(
    wanted: int, total: int, number: int, pages: int
) -> None:
    place = Place.at(wanted, total)
    assert (place.number, place.pages) == (number, pages)


def test_a_filter_for_someone_elses_employer_finds_nothing_there(everything: Agency) -> None:
    with pytest.raises(NotFound):
        everything.ask(BROKER, answer.page, Filters(everything.employer("Quill & Sons Printing")), 1)


def test_a_filter_for_a_carrier_that_only_others_have_finds_nothing_there(everything: Agency) -> None:
    everything.integration("Quill & Sons Printing", "Kaiser Permanente")
    with pytest.raises(NotFound):
        everything.ask(BROKER, answer.page, Filters(carrier_id=everything.carrier("Kaiser Permanente")), 1)


# ── an employer, a carrier, both


def test_an_employer_alone_lists_its_integrations(everything: Agency) -> None:
    listing = everything.ask(BROKER, answer.answer, "harbor")
    assert isinstance(listing, Listing)
    assert listing.title == "Harbor Bakery"
    assert carriers(listing.rows)[:2] == ["Lost", "Late"]
    assert (listing.configured, listing.eligible) == (6, 8)


def test_an_employer_is_told_no_ratio(everything: Agency) -> None:
    listing = everything.ask(HR, answer.answer, "harbor")
    assert isinstance(listing, Listing)
    assert (listing.configured, listing.eligible) == (None, 4)


def test_a_carrier_alone_lists_it_at_every_employer_they_see(everything: Agency) -> None:
    everything.integration("Harbor Bakery", "On Time", plan_name="Vision")
    at = {}
    for user_id in (ADMIN, BROKER):
        listing = everything.ask(user_id, answer.answer, "on time")
        assert isinstance(listing, Listing)
        at[user_id] = [row.employer.name for row in listing.rows]
    theirs = ["Harbor Bakery", "Harbor Bakery"]
    assert at == {ADMIN: [*theirs, "Quill & Sons Printing"], BROKER: theirs}


def test_a_list_says_when_the_next_sync_is_expected(agency: Agency) -> None:
    agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW, skip=0))
    agency.integration("Harbor Bakery", "Cigna", "pending")
    listing = agency.ask(ADMIN, answer.answer, "harbor")
    assert isinstance(listing, Listing)
    expected = {row.carrier.name: row.next_at for row in listing.rows}
    assert expected["Cigna"] is None
    assert expected["Guardian"] is not None
    assert NOW < expected["Guardian"] < NOW + DAY


def test_an_employer_without_that_carrier_is_told_what_it_has(everything: Agency) -> None:
    everything.integration("Quill & Sons Printing", "Kaiser Permanente")
    listing = everything.ask(ADMIN, answer.answer, "harbor kaiser")
    assert isinstance(listing, Listing)
    assert listing.missing
    assert listing.missing.name == "Kaiser Permanente"
    assert listing.eligible == 8


def test_the_only_integration_of_a_carrier_is_answered_itself(agency: Agency) -> None:
    agency.integration("Quill & Sons Printing", "Guardian")
    only = agency.integration("Harbor Bakery", "Guardian")
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    view = agency.ask(BROKER, answer.answer, "guardian")
    assert isinstance(view, IntegrationView)
    assert view.row.id == only


def test_while_the_exchange_does_not_answer_nobody_is_late(agency: Agency) -> None:
    agency.add(Reading(stream="syncs", read_at=NOW - 2 * DAY, failing_since=NOW - 2 * DAY))
    late = agency.integration(
        "Harbor Bakery", "Guardian", syncs=daily(NOW - 3 * DAY), due_at=NOW - DAY, lost_at=NOW
    )
    view = agency.ask(ADMIN, answer.integration, late)
    assert view.row.attention is None
    assert view.diagnosis.verdict in {Verdict.WAIT, Verdict.MISSED_ONE}
    summary = agency.ask(ADMIN, answer.summary)
    assert (summary.counts.late, summary.counts.lost, summary.urgent) == (0, 0, ())


def test_two_plans_with_one_carrier_are_listed(agency: Agency) -> None:
    for plan in ("Dental PPO", "Vision"):
        agency.integration("Harbor Bakery", "Guardian", plan_name=plan)
    listing = agency.ask(ADMIN, answer.answer, "harbor guardian")
    assert isinstance(listing, Listing)
    assert [row.plan_name for row in listing.rows] == ["Dental PPO", "Vision"]


def test_nothing_typed_is_the_summary(everything: Agency) -> None:
    assert isinstance(everything.ask(BROKER, answer.answer, "  "), Summary)


def test_what_is_unclear_is_handed_back(everything: Agency) -> None:
    assert isinstance(everything.ask(BROKER, answer.answer, "o"), Several)
    assert isinstance(everything.ask(BROKER, answer.answer, "zzzz"), Nothing)


# ── one integration


def test_six_situations_give_six_verdicts(agency: Agency) -> None:
    late_at = daily(NOW, skip=4)
    agency.integration("Harbor Bakery", "Pending", "pending", configured_at=NOW - 20 * DAY)
    agency.integration("Harbor Bakery", "Disabled", "disabled")
    agency.integration("Harbor Bakery", "Aetna", syncs=daily(NOW, skip=0))
    agency.integration("Harbor Bakery", "Cigna", syncs=late_at)
    back = agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW, skip=0))
    agency.message(back, received_at=NOW - 20 * DAY, resolved_at=NOW - 9 * DAY, returns=1)
    agency.message(agency.integration("Harbor Bakery", "Principal", syncs=daily(NOW, skip=0)))
    named = ("pending", "disabled", "aetna", "cigna", "guardian", "principal")
    verdicts = [asked(agency, ADMIN, f"harbor {carrier}").diagnosis.verdict for carrier in named]
    assert verdicts == [
        Verdict.PENDING,
        Verdict.DISABLED,
        Verdict.WAIT,
        Verdict.LATE,
        Verdict.RESOLVE_AGAIN,
        Verdict.FAILURES_BLOCK,
    ]


@pytest.mark.parametrize(
    ("status", "steps"),
    [
        ("active", [Step.EDIT_GROUP_NUMBER, Step.TURN_OFF, Step.MESSAGES, Step.SYNC_HISTORY, Step.CADENCE]),
        ("pending", [Step.LOG_COMMUNICATION, Step.EDIT_GROUP_NUMBER, Step.TURN_OFF, Step.MESSAGES]),
        ("disabled", [Step.TURN_ON, Step.LOG_COMMUNICATION, Step.MESSAGES]),
    ],
)
def test_the_steps_follow_from_the_status(agency: Agency, status: str, steps: list[Step]) -> None:
    syncs = daily(NOW) if status == "active" else ()
    agency.integration("Harbor Bakery", "Guardian", status, syncs=syncs)
    assert list(asked(agency, ADMIN, "harbor guardian").steps) == steps


def test_an_employer_may_look_and_not_configure(agency: Agency) -> None:
    agency.person(HR, Role.EMPLOYER, "Harbor Bakery")
    agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW))
    assert asked(agency, HR, "harbor guardian").steps == (Step.MESSAGES, Step.SYNC_HISTORY)


def test_a_step_that_an_employer_may_not_take_is_not_the_next_one(agency: Agency) -> None:
    agency.person(HR, Role.EMPLOYER, "Harbor Bakery")
    agency.integration("Harbor Bakery", "Guardian", active_at=NOW - 40 * DAY)
    assert asked(agency, ADMIN, "harbor guardian").next_step is Step.EDIT_GROUP_NUMBER
    assert asked(agency, HR, "harbor guardian").next_step is None


def test_a_hidden_group_number_is_not_taken_for_a_missing_one(agency: Agency) -> None:
    agency.person(HR, Role.EMPLOYER, "Harbor Bakery")
    agency.integration("Harbor Bakery", "Guardian", active_at=NOW - 40 * DAY)
    assert asked(agency, HR, "harbor guardian").diagnosis.verdict is Verdict.NEVER_SYNCED


def test_while_a_change_waits_no_other_is_offered(agency: Agency) -> None:
    waiting = agency.integration("Harbor Bakery", "Guardian", "disabled")
    agency.change(waiting)
    view = asked(agency, ADMIN, "harbor guardian")
    assert view.row.waiting == "activate"
    assert view.steps == (Step.LOG_COMMUNICATION, Step.MESSAGES)
    assert view.diagnosis.verdict is Verdict.TURNING_ON


def test_a_settled_change_is_not_waiting(agency: Agency) -> None:
    settled = agency.integration("Harbor Bakery", "Guardian", "pending")
    agency.change(settled, state="done")
    assert asked(agency, ADMIN, "harbor guardian").row.waiting is None


@pytest.mark.parametrize("user_id", [BROKER, HR])
def test_what_is_not_theirs_is_not_there(everything: Agency, user_id: str) -> None:
    elsewhere = everything.integration("Oakline Furniture", "Guardian")
    for integration_id in (elsewhere, 99_999):
        with pytest.raises(NotFound, match="not among those you work with"):
            everything.ask(user_id, answer.integration, integration_id)


def test_a_pending_integration_is_not_there_for_an_employer(agency: Agency) -> None:
    agency.person(HR, Role.EMPLOYER, "Harbor Bakery")
    agency.integration("Harbor Bakery", "Aetna")
    pending = agency.integration("Harbor Bakery", "Guardian", "pending")
    with pytest.raises(NotFound):
        agency.ask(HR, answer.integration, pending)


# ── rights


def test_someone_without_a_role_is_told_who_can_give_one(everything: Agency) -> None:
    with pytest.raises(NoRole) as refused:
        everything.ask(NOBODY, answer.answer, "")
    assert refused.value.ask == {ADMIN}


@pytest.mark.parametrize("text", ["", "harbor", "harbor late"])
def test_a_read_only_person_gets_no_status(everything: Agency, text: str) -> None:
    with pytest.raises(NotAllowed):
        everything.ask(READER, answer.answer, text)


def test_an_employer_can_open_no_form(everything: Agency) -> None:
    row = everything.ask(HR, answer.page, Filters(), 1).rows[0]
    with pytest.raises(NotAllowed):
        everything.ask(HR, answer.open_step, row.id, Step.TURN_OFF)


@pytest.mark.parametrize(
    ("status", "step"),
    [("active", Step.TURN_ON), ("active", Step.LOG_COMMUNICATION), ("disabled", Step.TURN_OFF)],
)
def test_a_form_that_no_longer_applies_says_so(agency: Agency, status: str, step: Step) -> None:
    moved = agency.integration("Harbor Bakery", "Guardian", status)
    with pytest.raises(MovedOn, match="Run the command again"):
        agency.ask(ADMIN, answer.open_step, moved, step)


# ── cost


def unscoped(session: Session, actor: Actor, now: datetime) -> None:
    """Look up the actor alone: what every use case costs before it begins."""
    del session, actor, now


@pytest.mark.parametrize("text", ["", "harbor", "harbor guardian"])
def test_an_answer_takes_a_handful_of_queries_however_many_rows(agency: Agency, text: str) -> None:
    agency.person(BROKER, Role.BROKER, *(f"Employer {number}" for number in range(5)), "Harbor Bakery")
    for number in range(5):
        for carrier in ("Guardian", "Cigna", "Aetna"):
            agency.message(agency.integration(f"Employer {number}", carrier, syncs=daily(NOW, 5), **LATE))
    agency.message(agency.integration("Harbor Bakery", "Guardian", syncs=daily(NOW)))
    agency.ask(BROKER, answer.answer, text)  # names are read once, and remembered
    agency.ask(BROKER, unscoped)
    before = len(agency.statements)
    agency.ask(BROKER, answer.answer, text)
    assert len(agency.statements) - before <= (6 if not text else 8)


def test_the_page_of_a_filter_holds_no_more_than_it_shows(everything: Agency) -> None:
    for number in range(40):
        everything.integration("Harbor Bakery", f"Carrier {number}")
    shown = everything.ask(BROKER, answer.page, Filters(), 2)
    assert len(shown.rows) == PAGE
    assert shown.place.total == 48
