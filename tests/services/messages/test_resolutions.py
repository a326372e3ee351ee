from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.access import Role
from services.errors import Invalid, LastsyncError, MovedOn, NotAllowed, NotFound, Refused
from services.messages import bulk, escalations, kinds, listing, resolutions
from services.messages import view as message_view
from services.messages.bulk import BulkChoice
from services.messages.filters import Filters
from services.messages.life import State
from services.ports import Outcome
from services.store.alerts import Card
from services.store.exchange import CarrierMessage
from services.store.messages import Bulk, Escalation, Resolution
from services.store.people import AuditEvent
from tests.agency import ADMIN, BROKER, DAY, HR, NOW, READER, Agency

PLAIN = "name_spelling"
DOB = {"reenrolment": "started"}


@pytest.fixture
def place(agency: Agency) -> int:
    agency.person(BROKER, Role.BROKER, "Harbor Bakery")
    agency.person(HR, Role.EMPLOYER, "Harbor Bakery")
    agency.person(READER, Role.READ_ONLY, "Harbor Bakery")
    return agency.integration("Harbor Bakery", "Guardian", next_at=NOW + 6 * DAY)


def ask(agency: Agency, message: int, actor: str = BROKER, **form: Any) -> resolutions.ResolutionView:
    usual = {"outcome": "carrier", "version": 0, "key": f"V{agency.now.isoformat()}{actor}"}
    return agency.do(actor, resolutions.resolve, message, **(usual | form))


def test_a_resolution_is_queued_audited_and_told_if_it_takes_long(agency: Agency, place: int) -> None:
    message = agency.message(place, kind=PLAIN)
    asked = ask(agency, message, note="  Checked with the carrier. ")
    assert (asked.state, asked.outcome, asked.next_at) == ("queued", Outcome.CARRIER, NOW + 6 * DAY)
    [kept] = agency.all(Resolution)
    assert (kept.note, kept.requested_by, kept.requested_as) == (
        "Checked with the carrier.",
        BROKER,
        "broker",
    )
    [card] = agency.all(Card)
    assert (card.subject, card.channel_id, card.due_at) == (
        "resolution:1",
        BROKER,
        NOW + resolutions.SOON,
    )
    assert [event.event for event in agency.all(AuditEvent)] == ["message.resolve_asked"]
    line = agency.ask(BROKER, message_view.view, message).line
    assert (line.state, line.queued_by) == (State.QUEUED, BROKER)


def test_the_same_form_sent_twice_counts_once(agency: Agency, place: int) -> None:
    message = agency.message(place, kind=PLAIN)
    first, second = (ask(agency, message, key="V1") for _ in range(2))
    assert first.id == second.id
    assert len(agency.all(AuditEvent)) == 1


@pytest.mark.parametrize("actor", [ADMIN, BROKER, HR])
def test_who_may_resolve(agency: Agency, place: int, actor: str) -> None:
    assert ask(agency, agency.message(place, "warning", kind=PLAIN), actor).state == "queued"


def test_who_may_not(agency: Agency, place: int) -> None:
    message = agency.message(place)
    elsewhere = agency.message(agency.integration("Juniper Dental", "Guardian"))
    with pytest.raises(NotAllowed):
        ask(agency, message, READER)
    for actor in (BROKER, HR):
        with pytest.raises(NotFound):
            ask(agency, elsewhere, actor)
    with pytest.raises(NotFound):
        ask(agency, 4711)
    assert agency.all(Resolution) == []


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("x" * 3000, "under 2,000 characters; it has 3,000"),
        ("It is 123-45-6789.", "Correct it in the employee's profile"),
        ("It is 123456789.", "Correct it in the employee's profile"),
        ("Born 3/4/1984.", "Leave dates out"),
        ("Ask ana@example.com.", "Leave e-mail addresses out"),
        ("She earns $81,000.", "Leave amounts out"),
    ],
)
def test_what_is_private_or_too_long_is_refused_at_the_note_and_stored_nowhere(
    agency: Agency, place: int, note: str, said: str
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(agency, agency.message(place, kind=PLAIN), note=note)
    assert said in refused.value.fields["note"]
    assert agency.all(Resolution) == agency.all(AuditEvent) == []


def test_a_note_with_a_mention_is_kept_as_it_was_written(agency: Agency, place: int) -> None:
    ask(agency, agency.message(place, kind=PLAIN), note="<!channel> & <@U0ADMIN>")
    assert agency.all(Resolution)[0].note == "<!channel> & <@U0ADMIN>"


@pytest.mark.parametrize(
    ("kind", "question", "answer"),
    [
        ("birth_date_mismatch", "reenrolment", "started"),
        ("date_of_birth_mismatch", "reenrolment", "unchanged"),
        ("employment_start_date_conflict", "employment", "checked"),
        ("employment_status_conflict", "employment", "corrected"),
        ("annual_earnings_missing", "earnings", "entered"),
        ("required_information_missing", "information", "not_required"),
        ("dependent_relationship_mismatch", "dependent", "changed"),
    ],
)
def test_what_a_kind_needs_besides_must_be_answered(
    agency: Agency, place: int, kind: str, question: str, answer: str
) -> None:
    message = agency.message(place, kind=kind)
    assert [need.key for need in agency.ask(BROKER, message_view.view, message).needs] == [question]
    for wrong in ({}, {question: "perhaps"}):
        with pytest.raises(Invalid) as refused:
            ask(agency, message, extras=wrong)
        assert list(refused.value.fields) == [question]
    ask(agency, message, extras={question: answer, "other": "x"})
    assert agency.all(Resolution)[0].extras == {question: answer}


@pytest.mark.parametrize("kind", ["ssn_discrepancy", "gender_mismatch", "something_new"])
def test_other_kinds_need_a_side_alone(kind: str) -> None:
    assert kinds.remedy(kind).needs == ()


def test_every_field_that_is_wrong_is_named_at_once(agency: Agency, place: int) -> None:
    with pytest.raises(Invalid) as refused:
        ask(agency, agency.message(place), outcome="both", note="x" * 3000)
    assert set(refused.value.fields) == {"outcome", "note", "reenrolment"}


def test_the_second_person_is_told_what_the_first_one_chose(agency: Agency, place: int) -> None:
    message = agency.message(place, kind=PLAIN)
    ask(agency, message)
    agency.now += timedelta(minutes=2)
    with pytest.raises(
        MovedOn, match=r"resolved 2 minutes ago by the broker: the carrier is right\. That is on"
    ):
        ask(agency, message, HR)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            {"state": "resolved", "outcome": "platform", "resolved_at": NOW - DAY},
            "elsewhere: our record is right. It waits for the next sync of Guardian, expected on Tuesday, 24",
        ),
        (
            {"state": "resolved", "outcome": "carrier", "resolved_at": NOW - 2 * DAY, "cleared_at": NOW},
            "Guardian has synced since and reports it no more.",
        ),
        (
            {"state": "resolved", "resolved_at": NOW - DAY, "cleared_at": NOW - DAY},
            "closed 24 hours ago by the carrier or the middleware.",
        ),
        ({"returns": 1, "resolved_at": NOW - DAY}, "sent this message again since"),
        ({"assignee": "middleware"}, "here to be seen"),
        ({"severity": "info"}, "here to be seen"),
    ],
)
def test_what_moved_on_meanwhile_is_not_resolved(
    agency: Agency, place: int, columns: dict[str, Any], said: str
) -> None:
    with pytest.raises(MovedOn) as refused:
        ask(agency, agency.message(place, kind=PLAIN, **columns))
    assert said in refused.value.sentence


@pytest.mark.parametrize("status", ["pending", "disabled"])
def test_nothing_is_resolved_where_nothing_is_sent(agency: Agency, place: int, status: str) -> None:
    del place
    message = agency.message(agency.integration("Harbor Bakery", "Principal", status), kind=PLAIN)
    with pytest.raises(MovedOn, match=f"is {status.title()} now"):
        ask(agency, message)


def test_one_that_came_back_is_resolved_again(agency: Agency, place: int) -> None:
    message = agency.message(place, kind=PLAIN, returns=2, resolved_at=NOW - DAY)
    assert ask(agency, message, version=2).state == "queued"


def test_an_employee_who_is_gone_stands_in_no_way(agency: Agency, place: int) -> None:
    message = agency.message(place, kind=PLAIN, employee_ref=None)
    assert ask(agency, message).state == "queued"
    assert agency.all(AuditEvent)[0].employee_ref is None


# Several


def many(agency: Agency, actor: str = BROKER, **form: Any) -> bulk.BulkView:
    usual = {"kind": PLAIN, "outcome": "carrier", "key": "V1"}
    return agency.do(actor, bulk.resolve_many, **(usual | form))


def choose(agency: Agency, actor: str = BROKER, **what: Any) -> BulkChoice:
    return agency.ask(actor, bulk.choose, **what)


def test_the_choice_counts_those_of_one_kind_that_can_still_be_resolved(agency: Agency, place: int) -> None:
    first, second = (agency.message(place, kind=PLAIN) for _ in range(2))
    others = [agency.message(place, kind=PLAIN, state="queued"), agency.message(place, "warning")]
    foreign = agency.message(agency.integration("Juniper Dental", "Guardian"), kind=PLAIN)
    found = choose(agency, ids=[first, second, *others, foreign])
    assert (found.kind, found.count, found.ids, found.left_out) == (PLAIN, 2, (first, second), 3)
    assert (found.employers, found.carriers, found.everything) == (1, 1, False)


def test_all_of_a_kind_can_be_meant(agency: Agency, place: int) -> None:
    for _ in range(3):
        agency.message(place, kind=PLAIN)
    filters = Filters(employer_id=agency.employer("Harbor Bakery"), kind=PLAIN)
    assert agency.ask(BROKER, listing.page, filters).bulk == 3
    found = choose(agency, filters=filters)
    assert (found.count, found.ids, found.everything) == (3, (), True)
    assert many(agency, filters=filters).count == 3
    assert {each.state for each in agency.all(CarrierMessage)} == {"queued"}


def test_what_arrives_after_the_confirmation_is_not_resolved_with_the_rest(
    agency: Agency, place: int
) -> None:
    for days in (1, 2):
        agency.message(place, kind=PLAIN, received_at=agency.now - days * DAY)
    filters = Filters(employer_id=agency.employer("Harbor Bakery"), kind=PLAIN)
    confirmed = choose(agency, filters=filters).count
    late = agency.message(place, kind=PLAIN, received_at=agency.now)
    assert many(agency, filters=filters, most=confirmed).count == confirmed
    assert [each.id for each in agency.all(CarrierMessage) if each.state == "open"] == [late]


def test_many_are_queued_at_once_with_one_card_and_a_row_each_in_the_audit_log(
    agency: Agency, place: int
) -> None:
    ids = [agency.message(place, kind=PLAIN) for _ in range(5)]
    view = many(agency, ids=ids, note="All checked.")
    assert (view.count, view.kind) == (5, PLAIN)
    assert {each.bulk_id for each in agency.all(Resolution)} == {view.id}
    assert len({each.key for each in agency.all(Resolution)}) == 5
    assert [card.subject for card in agency.all(Card)] == [f"bulk:{view.id}"]
    assert len(agency.all(AuditEvent)) == 5
    assert many(agency, ids=ids).id == view.id
    assert len(agency.all(Bulk)) == 1


def test_when_none_is_left_nothing_is_queued(agency: Agency, place: int) -> None:
    message = agency.message(place, kind=PLAIN, state="queued")
    for use_case in (lambda: choose(agency, ids=[message]), lambda: many(agency, ids=[message])):
        with pytest.raises(MovedOn):
            use_case()
    assert agency.all(Bulk) == []


def test_many_need_what_one_needs(agency: Agency, place: int) -> None:
    ids = [agency.message(place) for _ in range(2)]
    assert [need.key for need in choose(agency, ids=ids).needs] == ["reenrolment"]
    with pytest.raises(Invalid):
        many(agency, ids=ids, kind="date_of_birth_mismatch")
    assert many(agency, ids=ids, kind="date_of_birth_mismatch", extras=DOB).count == 2


def test_a_person_resolves_none_of_others(agency: Agency, place: int) -> None:
    own, other = agency.message(place, kind=PLAIN), agency.integration("Juniper Dental", "Guardian")
    foreign = agency.message(other, kind=PLAIN)
    assert many(agency, HR, ids=[own, foreign]).count == 1
    with pytest.raises(MovedOn):
        many(agency, HR, filters=Filters(kind=PLAIN), key="V2")
    with pytest.raises(NotAllowed):
        many(agency, READER, ids=[own], key="V3")


def test_two_thousand_at_once(agency: Agency, place: int) -> None:
    usual = {"integration_id": place, "severity": "warning", "kind": PLAIN, "text": "Names differ."}
    usual |= {"assignee": "platform", "state": "open", "received_at": NOW, "updated_at": NOW}
    agency.add(*(CarrierMessage(ref=f"m{number}", **usual) for number in range(2_100)))
    filters = Filters(employer_id=agency.employer("Harbor Bakery"), kind=PLAIN)
    found = agency.ask(BROKER, listing.page, filters)
    assert (found.place.total, found.bulk, len(found.lines)) == (2_100, 2_100, listing.PAGE)
    assert many(agency, filters=filters).count == bulk.MOST_AT_ONCE
    assert agency.ask(BROKER, listing.page, filters).bulk == 100


# Operations


def back(agency: Agency, place: int) -> int:
    message = agency.message(
        place,
        returns=2,
        resolved_at=NOW - 9 * DAY,
        outcome="carrier",
        text="SECRET",
        employee_ref="EE-SECRET",
    )
    row = {"ref": "m", "extras": {}, "state": "sent", "requested_by": BROKER, "requested_as": "broker"}
    at = {"requested_at": NOW - 9 * DAY, "resolved_at": NOW - 9 * DAY, "note": "NOTE-SECRET"}
    agency.add(Resolution(message_id=message, key="K", outcome="carrier", **row, **at))
    return message


def test_the_summary_tells_the_story_and_nothing_private(agency: Agency, place: int) -> None:
    draft = agency.ask(BROKER, escalations.draft, back(agency, place))
    assert "Harbor Bakery, Guardian: Dental PPO (dental)" in draft.summary
    assert "came back twice" in draft.summary
    assert "Resolved on Monday, 9 November by the broker: the carrier is right" in draft.summary
    assert "SECRET" not in draft.summary
    assert BROKER not in draft.summary


def test_an_escalation_is_made_once_a_cycle(agency: Agency, place: int) -> None:
    message = back(agency, place)
    first = agency.do(BROKER, escalations.escalate, message, version=2, channel="C0OPS")
    again = agency.do(HR, escalations.escalate, message, version=2, channel="C0OPS")
    assert (first.escalated_by, again.escalated_by) == (BROKER, BROKER)
    assert len(agency.all(Escalation)) == 1
    assert [(card.subject, card.channel_id) for card in agency.all(Card)] == [("escalation:1", "C0OPS")]
    assert [event.event for event in agency.all(AuditEvent)] == ["message.escalated"]
    assert not agency.ask(BROKER, message_view.view, message).line.can_escalate
    with agency.sessions.write() as session:
        session.get_one(CarrierMessage, message).returns = 3
    assert agency.ask(BROKER, message_view.view, message).line.can_escalate
    agency.do(BROKER, escalations.escalate, message, version=3, channel="C0OPS")
    assert len(agency.all(Escalation)) == 2


@pytest.mark.parametrize(
    ("columns", "asked", "refusal"),
    [
        ({}, (0, "C0OPS"), MovedOn),
        ({"returns": 1, "resolved_at": NOW, "state": "queued"}, (1, "C0OPS"), MovedOn),
        ({"returns": 2, "resolved_at": NOW}, (1, "C0OPS"), MovedOn),
        ({"returns": 2, "resolved_at": NOW}, (2, None), Refused),
    ],
)
def test_what_is_not_escalated(
    agency: Agency,
    place: int,
    columns: dict[str, Any],
    asked: tuple[int, str | None],
    refusal: type[LastsyncError],
) -> None:
    message, (version, channel) = agency.message(place, **columns), asked
    with pytest.raises(refusal):
        agency.do(BROKER, escalations.escalate, message, version=version, channel=channel)
    assert agency.all(Escalation) == []
