"""The loop of all work that any replica may take: claim, begin, send, settle (see `services.outbox`).

Four ends go through it: cards, what people ask of the exchange (changes and resolutions), and employees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count, takewhile
from typing import Protocol, TypeVar
from uuid import uuid4

MOST_GROUPS = 20  # a job ends by itself, so that it is seen to be alive

Unit = TypeVar("Unit")
Order = TypeVar("Order")
Answer = TypeVar("Answer")


class End(Protocol[Unit, Order, Answer]):
    """One kind of work. Every step but `send` makes its own transactions; `send` is outside of any.

    `by` is the name under which the unit was claimed.
    """

    def claim(self, by: str) -> Sequence[Unit]: ...

    def begin(self, unit: Unit, by: str) -> Order | None:
        """What is to be sent; None where there is nothing, or the unit is another's by now."""
        ...

    def send(self, order: Order) -> Answer: ...

    def settle(self, unit: Unit, order: Order, answer: Answer, by: str) -> int:
        """Write down how it went; return how many came to their end."""
        ...

    def fail(self, unit: Unit, order: Order | None, error: Exception, by: str) -> None:
        """Write down why it did not go well, and when it is tried again. Without an order it never began."""
        ...


def work(end: End[Unit, Order, Answer], turns: Iterator[str]) -> int:
    """Take what is due, a group each turn, until nothing is; return how many came to their end."""
    ended = 0
    for by in turns:
        units = end.claim(by)
        if not units:
            break
        ended += sum(_work_one(end, unit, by) for unit in units)
    return ended


def turns(replica: str, goes_on: Callable[[], bool] | None = None) -> Iterator[str]:
    """A name of its own for each claim: a thread that wakes too late holds no later claim's lease.

    They end after `MOST_GROUPS`, or when `goes_on` says no.
    """
    groups = takewhile(lambda _: goes_on(), count()) if goes_on else range(MOST_GROUPS)
    return (f"{replica[:40]}/{uuid4().hex[:12]}" for _ in groups)


def _work_one(end: End[Unit, Order, Answer], unit: Unit, by: str) -> int:
    order: Order | None = None
    try:
        order = end.begin(unit, by)
        if order is None:
            return 0
        answer = end.send(order)
    except Exception as error:  # noqa: BLE001  what fails must not stop the others; its end says what it was
        end.fail(unit, order, error, by)
        return 0
    return end.settle(unit, order, answer, by)
