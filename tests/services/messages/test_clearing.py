"""What a carrier sends again under a new id: the same message where one fits, and its own where none does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.desk import Sessions
from services.intake.messages import take_messages
from services.messages import clearing
from services.ports import MessageItem, Outcome, Page
from services.store.exchange import CarrierMessage
from services.store.messages import MessageRef
from tests.outside import message_item
from tests.rows import Rows

DAY = timedelta(days=1)
PLACES = count(1)


@dataclass(frozen=True)
class Found:
    """What a carrier found about an employee on that day. `day`: resolved then, or received then."""

    person: str | None
    kind: str
    field: str | None
    day: int

    def is_again(self, earlier: Found) -> bool:
        about = (self.person, self.kind, self.field) == (earlier.person, earlier.kind, earlier.field)
        return bool(self.person) and about and DAY <= (self.day - earlier.day) * DAY <= clearing.SAME_FOR


def finds(days: st.SearchStrategy[int]) -> st.SearchStrategy[list[Found]]:
    people, kinds = st.sampled_from(["ee_1", "ee_2", None]), st.sampled_from(["birth_date", "ssn"])
    some = st.builds(Found, people, kinds, st.sampled_from(["one", None]), days)
    return st.lists(some, max_size=5, unique_by=lambda each: each.day)


@dataclass
class Carrier:
    """One integration's messages, as the exchange tells of them."""

    rows: Rows
    place: str
    since: datetime

    def tell(self, pages: Sequence[Sequence[MessageItem]]) -> None:
        for page in pages:
            with self.rows.sessions.write() as session:
                take_messages(session, self.rows.now, Page(list(page)))

    def resolved(self, number: int, what: Found) -> MessageItem:
        at = self.since + what.day * DAY
        done = {"state": "resolved", "outcome": Outcome.CARRIER, "resolved_at": at}
        return self._item(f"old_{number}", what, received_at=at - DAY, updated_at=at, **done)

    def sent(self, number: int, what: Found) -> MessageItem:
        at = self.since + what.day * DAY
        return self._item(f"new_{number}", what, received_at=at, updated_at=at)

    def _item(self, ref: str, what: Found, **values: object) -> MessageItem:
        about = {"employee_ref": what.person, "kind": what.kind, "field": what.field}
        return message_item(f"{ref}_{self.place}", self.place, **about, **values)

    def messages(self) -> dict[str, CarrierMessage]:
        suffix = f"_{self.place}"
        every = (each for each in self.rows.all(CarrierMessage) if each.ref.endswith(suffix))
        return {each.ref.removesuffix(suffix): each for each in every}

    def earlier(self) -> dict[int, str]:
        """The earlier ids of messages."""
        suffix = f"_{self.place}"
        every = (each for each in self.rows.all(MessageRef) if each.ref.endswith(suffix))
        return {each.message_id: each.ref.removesuffix(suffix) for each in every}


@pytest.fixture
def rows(sessions: Sessions, now: datetime) -> Rows:
    return Rows(sessions, now)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(settled=finds(st.integers(0, 200)), again=finds(st.integers(1, 300)), one_page=st.booleans())
@example(
    settled=[Found("ee_1", "ssn", None, 1), Found("ee_1", "ssn", None, 5)],
    again=[Found("ee_1", "ssn", None, 3), Found("ee_1", "ssn", None, 9), Found("ee_1", "ssn", None, 10)],
    one_page=True,
)
def test_each_is_the_same_message_where_one_fits_and_its_own_where_none_does(
    rows: Rows, now: datetime, settled: list[Found], again: list[Found], *, one_page: bool
) -> None:
    carrier = Carrier(rows, f"int_{next(PLACES)}", now - 400 * DAY)
    rows.integration(ref=carrier.place)
    carrier.tell([[carrier.resolved(number, what) for number, what in enumerate(settled)]])
    ids = {ref: message.id for ref, message in carrier.messages().items()}
    sent = [carrier.sent(number, what) for number, what in enumerate(again)]
    in_order = sorted(sent, key=lambda item: item.updated_at)
    pages = [sent] if one_page else [[item] for item in in_order]
    carrier.tell(pages)
    kept, earlier = carrier.messages(), carrier.earlier()
    same = {int(ref[4:]): int(earlier[each.id][4:]) for ref, each in kept.items() if each.id in earlier}

    told = {f"old_{number}" for number in range(len(settled))} | {f"new_{n}" for n in range(len(again))}
    assert kept.keys() | set(earlier.values()) == told
    assert not kept.keys() & set(earlier.values())
    for new, old in same.items():
        message = kept[f"new_{new}"]
        assert again[new].is_again(settled[old])
        assert (message.id, message.state, message.returns) == (ids[f"old_{old}"], "open", 1)
        assert message.outcome == Outcome.CARRIER
    left = [what for number, what in enumerate(settled) if number not in same.values()]
    for number, what in enumerate(again):
        if number not in same:
            assert kept[f"new_{number}"].returns == 0
            assert not any(what.is_again(each) for each in left)

    before = [(each.id, each.ref, each.state, each.returns) for each in kept.values()]
    carrier.tell([*pages, *pages])
    assert [(each.id, each.ref, each.state, each.returns) for each in carrier.messages().values()] == before
