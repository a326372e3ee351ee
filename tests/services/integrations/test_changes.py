from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from services.access import Actor, Role
from services.errors import Invalid, LastsyncError, MovedOn, NotAllowed, NotFound
from services.integrations import changes
from services.integrations.changes import ChangeView
from services.store.alerts import Card
from services.store.changes import Change
from services.store.exchange import Integration
from services.store.people import AuditEvent
from tests.rows import Clock, Rows

CONTRACT = Path(__file__).parents[3] / "docs" / "exchange-api.yaml"
AGENCY = Actor("U0AGENCY01", Role.AGENCY, None)


def ask(
    rows: Rows,
    clock: Clock,
    integration_id: int,
    kind: str = "activate",
    number: str | None = "G-77",
    *,
    key: str | None = None,
    actor: Actor = AGENCY,
) -> ChangeView:
    with rows.sessions.write() as session:
        return changes.request(session, actor, clock(), integration_id, kind, number, key)


@pytest.fixture
def off(rows: Rows) -> Integration:
    return rows.integration(status="disabled", group_number="G-1")


def test_a_request_is_queued_audited_and_shown_to_the_person(
    rows: Rows, clock: Clock, off: Integration
) -> None:
    view = ask(rows, clock, off.id)
    change, event, card = rows.one(Change), rows.one(AuditEvent), rows.one(Card)
    assert (view.id, view.state, view.employer, view.carrier) == (1, "queued", "Harbor Bakery", "Guardian")
    assert (change.group_number, change.due_at, change.requested_by) == ("G-77", clock(), AGENCY.user_id)
    assert (event.event, event.detail) == ("integration.turn_on_asked", {"group_number": "G-77"})
    assert (card.subject, card.channel_id) == ("change:1", AGENCY.user_id)


@pytest.mark.parametrize(
    ("kind", "number", "event"),
    [
        ("deactivate", None, "integration.turn_off_asked"),
        ("group_number", "G-2", "group_number.change_asked"),
    ],
)
def test_what_was_asked_for_is_audited_as_asked_for(
    rows: Rows, clock: Clock, kind: str, number: str | None, event: str
) -> None:
    ask(rows, clock, rows.integration().id, kind, number)
    assert rows.one(AuditEvent).event == event


def test_a_second_request_waits_for_the_first(rows: Rows, clock: Clock, off: Integration) -> None:
    ask(rows, clock, off.id)
    with pytest.raises(MovedOn, match="already waiting"):
        ask(rows, clock, off.id, "group_number", "G-9")
    assert len(rows.all(Change)) == len(rows.all(AuditEvent)) == len(rows.all(Card)) == 1


def test_of_many_who_ask_at_once_one_is_queued(rows: Rows, clock: Clock, off: Integration) -> None:
    def attempt(number: int) -> bool:
        try:
            ask(rows, clock, off.id, number=f"G-{number}")
        except MovedOn:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(8))) == 1
    assert len(rows.all(Change)) == len(rows.all(AuditEvent)) == 1


def test_the_same_form_sent_twice_has_the_effect_of_once(rows: Rows, clock: Clock, off: Integration) -> None:
    with ThreadPoolExecutor(4) as pool:
        views = set(pool.map(lambda _: ask(rows, clock, off.id, key="V123"), range(4)))
    assert len(views) == 1
    assert len(rows.all(AuditEvent)) == 1


def test_a_form_that_is_used_again_after_another_change_asks_anew(
    rows: Rows, clock: Clock, off: Integration
) -> None:
    for kind, status in (("activate", "active"), ("deactivate", "disabled"), ("activate", "active")):
        ask(rows, clock, off.id, kind, "G-1" if kind == "activate" else None, key="V123")
        with rows.sessions.write() as session:
            session.get_one(Integration, off.id).status = status
            session.get_one(Change, len(rows.all(Change))).state = "done"
        clock.forward(minutes=1)
    assert [change.kind for change in rows.all(Change)] == ["activate", "deactivate", "activate"]
    assert len({change.key for change in rows.all(Change)}) == 3


@pytest.mark.parametrize("number", ["A", "7" * 64, "G-1/2 dental", "000123456", "12345678X"])
def test_a_group_number_may_be_any_that_the_exchange_takes(
    rows: Rows, clock: Clock, off: Integration, number: str
) -> None:
    assert ask(rows, clock, off.id, number=f"  {number} ").group_number == number


@pytest.mark.parametrize(
    "number",
    [
        None,
        "",
        "  ",
        "7" * 65,
        "G\0 1",
        "G\u202e1",
        "123-45-6789",
        "123 45 6789",
        "A/B #12",
        "G-7 🦷",
        "קבוצה 7",
        "-7",
        "7.",
    ],
)
def test_what_can_be_no_group_number_is_refused_under_its_field(
    rows: Rows, clock: Clock, off: Integration, number: str | None
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(rows, clock, off.id, number=number)
    assert set(refused.value.fields) == {"group_number"}
    assert rows.all(Change) == []


def test_the_form_takes_exactly_what_the_contract_of_the_exchange_takes() -> None:
    contract = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    schema = contract["components"]["schemas"]["GroupNumber"]["properties"]["group_number"]
    assert schema["pattern"] == f"^{changes.GROUP_NUMBER.pattern}$"
    assert schema["maxLength"] == changes.LONGEST_GROUP_NUMBER


def test_a_refused_group_number_is_not_repeated(rows: Rows, clock: Clock, off: Integration) -> None:
    with pytest.raises(Invalid) as refused:
        ask(rows, clock, off.id, number="123-45-6789")
    assert "6789" not in refused.value.sentence


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        ("active", "activate", MovedOn),
        ("pending", "activate", MovedOn),
        ("disabled", "deactivate", MovedOn),
        ("active", "group_number", Invalid),
    ],
)
def test_what_is_so_already_is_not_asked_for(
    rows: Rows, clock: Clock, status: str, kind: str, error: type[LastsyncError]
) -> None:
    integration = rows.integration(status=status, group_number="G-77")
    with pytest.raises(error):
        ask(rows, clock, integration.id, kind)
    assert rows.all(AuditEvent) == []


def test_of_three_people_who_differ_in_rights_one_may_ask(rows: Rows, clock: Clock, off: Integration) -> None:
    theirs = frozenset({off.employer_id})
    with pytest.raises(NotFound):
        ask(rows, clock, off.id, actor=Actor("U2", Role.BROKER, frozenset({off.employer_id + 1})))
    with pytest.raises(NotAllowed):
        ask(rows, clock, off.id, actor=Actor("U3", Role.EMPLOYER, theirs))
    assert ask(rows, clock, off.id, actor=Actor("U1", Role.BROKER, theirs)).state == "queued"


def test_an_integration_that_is_not_theirs_and_one_that_is_not_there_are_refused_alike(
    rows: Rows, clock: Clock, off: Integration
) -> None:
    others = Actor("U2", Role.BROKER, frozenset({off.employer_id + 1}))
    sentences = set()
    for integration_id in (off.id, 999):
        with pytest.raises(NotFound) as refused:
            ask(rows, clock, integration_id, actor=others)
        sentences.add(refused.value.sentence)
    assert len(sentences) == 1


def test_a_change_whose_lease_is_nearly_over_is_left_to_others(
    rows: Rows, clock: Clock, off: Integration
) -> None:
    ask(rows, clock, off.id)
    with rows.sessions.write() as session:
        change = session.get_one(Change, 1)
        change.lease_by, change.lease_until = "one", clock() + timedelta(seconds=59)
    with rows.sessions.write() as session:
        assert changes.begin(session, 1, clock(), by="one") is None
        assert changes.begin(session, 1, clock(), by="two") is None
