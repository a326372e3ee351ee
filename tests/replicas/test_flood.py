"""Fault 8: ten thousand new Failures in one reading. Slack hears of them calmly, and in order."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from threading import Event, Thread
from typing import Self

from sqlalchemy import select, update

from services.cards.delivery import PACE
from services.desk import Desk
from services.ports import Page
from services.status import answer
from services.store.alerts import Alert, Card
from tests.outside import integration_item, message_item
from tests.replicas.office import AGENCY, ALERTS, Office

PAIRS, FAILURES = 400, 10_000  # each employer has one carrier
ANSWER = 3.0  # seconds that Slack waits for one


def flood(office: Office) -> None:
    """Let the exchange have it all to tell at the next reading."""
    office.exchange.integration_pages = [
        Page(
            [
                integration_item(
                    f"int_{number}",
                    employer_ref=f"emp_{number}",
                    employer_name=f"Employer {number}",
                    carrier_ref=f"car_{number % 20}",
                    carrier_name=f"Carrier {number % 20}",
                )
                for number in range(PAIRS)
            ]
        )
    ]
    office.exchange.message_pages = [
        Page([message_item(f"msg_{number}", f"int_{number % PAIRS}") for number in range(FAILURES)])
    ]


class Asking:
    """Somebody who asks for the summary again and again. `took` is how long each answer was waited for."""

    def __init__(self, office: Office) -> None:
        self.took: list[float] = []
        self._desk = Desk(office.sessions, office.clock, frozenset({AGENCY.user_id}))
        self._over = Event()
        self._thread = Thread(target=self._ask)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._over.is_set():
            started = time.monotonic()
            self._desk.ask(AGENCY.user_id, answer.answer, "")
            self.took.append(time.monotonic() - started)
            self._over.wait(0.2)


def heard(office: Office) -> list[str]:
    return [each.key for each in office.chat.channels.get(ALERTS, [])]


def test_ten_thousand_failures_are_one_card_a_pair_at_the_channels_pace(office: Office) -> None:
    """Fault 8, with the time from an alert's opening to its card."""
    flood(office)
    with Asking(office) as person:
        office.replica().poll()
        office.clock.forward(minutes=1)  # whatever is gathered, is
        weighty = sorted(office.all(Card), key=lambda card: card.id)[-3:]
        with office.sessions.write() as session:
            session.execute(update(Card).values(rank=5))
            session.execute(update(Card).where(Card.id.in_([each.id for each in weighty])).values(rank=1))
        opened = office.clock()
        dwell = []
        while len(heard(office)) < PAIRS and len(dwell) < PAIRS + 60:
            before = len(heard(office))
            office.replica(f"replica {len(dwell) % 3}").deliver()
            assert len(heard(office)) - before <= 1
            dwell.append((office.clock() - opened).total_seconds())
            office.clock.forward(seconds=PACE.total_seconds())
    assert_each_pair_has_one_card(office)
    assert heard(office)[:3] == [each.key for each in weighty]
    assert max(person.took) < ANSWER
    cuts = statistics.quantiles(dwell, n=100)
    print(  # noqa: T201  for whoever runs it with -s
        f"dwell: p50 {cuts[49]:.0f} s, p99 {cuts[98]:.0f} s for {PAIRS} cards; "
        f"{len(person.took)} commands, the slowest in {max(person.took):.2f} s"
    )
    assert cuts[98] <= (PAIRS + 60) * PACE.total_seconds()


def assert_each_pair_has_one_card(office: Office) -> None:
    assert Counter(heard(office)).most_common(1)[0][1] == 1
    assert len(heard(office)) == PAIRS
    with office.sessions.read() as session:
        pairs = session.execute(select(Alert.employer_id, Alert.carrier_id)).all()
    assert len(pairs) == len({tuple(each) for each in pairs}) == PAIRS


def test_what_waits_in_one_channel_keeps_no_other_waiting(office: Office) -> None:
    """Fault 8."""
    for _ in range(40):
        office.alert()
    office.alert("C0OTHER001")
    office.clock.forward(minutes=1)
    office.replica().deliver()
    assert len(office.chat.texts("C0OTHER001")) == 1
    assert len(heard(office)) == 1
