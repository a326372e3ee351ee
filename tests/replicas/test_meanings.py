"""What an error means for work that waits: every cause, for each of the four kinds of work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest

from services import outbox
from services.desk import Sessions
from services.errors import Doubtful, Misconfigured, Rejected, Unavailable
from services.integrations import changes
from services.messages import resolutions
from services.outbox import CAUSES, TRIES, Again, Fault
from services.ports import Page
from services.store.alerts import Card, Channel
from services.store.base import Claimable
from services.store.changes import Change
from services.store.employees import Attempt
from services.store.exchange import CarrierMessage, Integration
from services.store.messages import Resolution
from tests.outside import integration_item, message_item
from tests.replicas.office import AGENCY, ALERTS, Office
from tests.rows import Clock
from tests.workforce import Workforce

PAUSE = timedelta(seconds=40)
AT_ONCE = timedelta(seconds=outbox.LEAST_PAUSE_S)
TABLE: Mapping[str, tuple[Exception, Again, Fault]] = {
    "no answer": (Unavailable("No answer."), Again.LATER, Fault.OTHER),
    "a pause": (Unavailable("Wait.", PAUSE.total_seconds()), Again.LATER, Fault.OTHER),
    "a lost answer": (Doubtful("It may have happened."), Again.LATER, Fault.OTHER),
    "a wrong token": (Misconfigured("Check the token."), Again.LATER, Fault.SETTINGS),
    "a refusal": (Rejected("It does not know this person.", "unknown-person"), Again.NEVER, Fault.REQUEST),
    "a refusal without a code": (Rejected("No."), Again.NEVER, Fault.REQUEST),
    "what no one foresaw": (ZeroDivisionError(), Again.LATER, Fault.LASTSYNC),
    "a time-out below everything": (TimeoutError(), Again.LATER, Fault.LASTSYNC),
    **{code: (Rejected("Refused.", code), *cause) for code, cause in sorted(CAUSES.items())},
}


class Trial:
    """One piece of work, tried once with an error for its answer."""

    def __init__(self, row: Claimable, now: datetime, channel: Channel | None = None) -> None:
        self._channel_waits = channel is not None and (channel.broken_at or channel.held_until) is not None
        self.row, self._now = row, now

    @property
    def again(self) -> Again:
        if self.row.due_at is None:
            return Again.NEVER
        waits = self.row.due_at > self._now + AT_ONCE or self._channel_waits
        return Again.LATER if waits else Again.AT_ONCE

    @property
    def pause(self) -> timedelta | None:
        return self.row.due_at and self.row.due_at - self._now


def a_change(sessions: Sessions, clock: Clock, error: Exception) -> Trial:
    office = _office(sessions, clock, error)
    place = office.one(Integration).id
    with office.sessions.write() as session:
        changes.request(session, AGENCY, clock(), place, "group_number", "G-77")
    office.replica().send_changes()
    return Trial(office.one(Change), clock())


def a_resolution(sessions: Sessions, clock: Clock, error: Exception) -> Trial:
    office = _office(sessions, clock, error)
    message = office.one(CarrierMessage)
    with office.sessions.write() as session:
        decided = {"outcome": "carrier", "version": message.returns, "key": "form"}
        resolutions.resolve(session, AGENCY, clock(), message.id, **decided)
    office.replica().resolve()
    return Trial(office.one(Resolution), clock())


def a_card(sessions: Sessions, clock: Clock, error: Exception) -> Trial:
    """Tried until it is set aside where that is what becomes of it: each try renders it anew."""
    office = Office(sessions, clock)
    office.alert()
    refused = outbox.meaning(error).again is Again.NEVER

    def fail(_operation: str, _channel: str) -> None:
        raise error

    office.chat.before = fail
    for _ in range(TRIES if refused else 1):
        office.replica().deliver()
        clock.forward(minutes=5 if refused else 0)
    card = next(each for each in office.all(Card) if each.channel_id == ALERTS)
    return Trial(card, clock(), next(iter(office.all(Channel)), None))


def an_employee(sessions: Sessions, clock: Clock, error: Exception) -> Trial:
    workforce = Workforce(sessions, clock)
    workforce.hire(1)
    workforce.read()
    workforce.start()

    def fail(_operation: str, _email: str) -> None:
        raise error

    workforce.platform.before = fail
    workforce.send()
    return Trial(workforce.one(Attempt), clock())


def _office(sessions: Sessions, clock: Clock, error: Exception) -> Office:
    office = Office(sessions, clock)
    place, message = integration_item(), message_item()
    office.exchange.items[place.ref], office.exchange.sent[message.ref] = place, message
    office.exchange.integration_pages = [Page([place])]
    office.exchange.message_pages = [Page([message])]
    office.replica().poll()

    def fail(_what: str) -> None:
        raise error

    office.exchange.answer = fail
    return office


WORK: Mapping[str, Callable[[Sessions, Clock, Exception], Trial]] = {
    "a change": a_change,
    "a resolution": a_resolution,
    "a card": a_card,
    "an employee": an_employee,
}


@pytest.mark.parametrize("cause", TABLE)
@pytest.mark.parametrize("work", WORK)
def test_every_kind_of_work_takes_a_cause_for_the_same(
    sessions: Sessions, clock: Clock, work: str, cause: str
) -> None:
    """Fault 19, among all the others."""
    error, again, _ = TABLE[cause]
    assert WORK[work](sessions, clock, error).again is again


@pytest.mark.parametrize("work", WORK)
def test_every_kind_of_work_keeps_a_pause_that_the_other_side_names(
    sessions: Sessions, clock: Clock, work: str
) -> None:
    error, *_ = TABLE["a pause"]
    assert WORK[work](sessions, clock, error).pause == PAUSE


@pytest.mark.parametrize("cause", TABLE)
def test_every_cause_says_whose_it_is_to_mend(cause: str) -> None:
    error, again, fault = TABLE[cause]
    means = outbox.meaning(error)
    assert (means.again, means.fault) == (again, fault)


def test_what_a_person_reads_is_the_errors_own_sentence_and_nothing_of_ours() -> None:
    assert (
        outbox.meaning(Rejected("It does not know this person.")).sentence == "It does not know this person."
    )
    assert outbox.meaning(ValueError("Jane Doe 123-45-6789")).sentence is None
