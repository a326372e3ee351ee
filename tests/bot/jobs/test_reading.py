"""A stream of which nearly nothing can be read is no reading: operators read why, and nothing is skipped.

Fault 22.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.jobs.reading import Jobs
from services import streams
from services.channels.routing import Channels
from services.connectors.exchange.api import ExchangeApi
from services.desk import Sessions
from services.store.exchange import Reading, SetAsideItem
from tests.rows import Clock, Rows

Json = dict[str, Any]


class Stream:
    """An exchange whose syncs are these, twenty a page; it has nothing else."""

    def __init__(self) -> None:
        self.syncs: list[Json] = []
        self.asked: list[str | None] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/v1/syncs":
            return httpx.Response(200, json={"items": [], "next_cursor": None})
        self.asked.append(request.url.params.get("updated_since"))
        start = int(request.url.params.get("cursor", 0))
        more = str(start + 20) if start + 20 < len(self.syncs) else None
        return httpx.Response(200, json={"items": self.syncs[start : start + 20], "next_cursor": more})


@pytest.fixture
def stream() -> Stream:
    return Stream()


@pytest.fixture
def poll(sessions: Sessions, clock: Clock, stream: Stream) -> Callable[[], int]:
    transport = httpx.MockTransport(stream.answer)
    exchange = ExchangeApi("http://exchange.test", "t", clock=clock, transport=transport)
    jobs = Jobs(sessions, clock, exchange, channels=Channels(None, None, ()), settling=timedelta(minutes=1))
    return jobs.poll


def sync(number: int, *, of: str | None = "int-1", name: str | None = None) -> Json:
    at = f"2025-03-01T10:{number // 60:02}:{number % 60:02}Z"
    return {"id": name or f"s{number}", "integration_id": of, "synced_at": at, "updated_at": at}


def nameless(number: int) -> Json:
    return sync(number, of=None)


def reading(rows: Rows) -> Reading:
    return next(each for each in rows.all(Reading) if each.stream == streams.SYNCS)


def test_where_nearly_all_is_unreadable_the_commonest_reason_is_said(
    rows: Rows, stream: Stream, poll: Callable[[], int]
) -> None:
    stream.syncs = [*(nameless(n) for n in range(300)), *(sync(n) for n in range(300, 305))]
    poll()
    found = reading(rows)
    assert found.failing_since is not None
    assert found.failure == (
        "300 of 305 syncs cannot be read. What is wrong with all of them: "
        "integration_id: is not what the contract says."
    )
    assert (found.since, found.read_at) == (None, None)


def test_once_it_can_be_read_it_is_read_from_where_it_was(
    rows: Rows, stream: Stream, poll: Callable[[], int]
) -> None:
    stream.syncs = [nameless(n) for n in range(30)]
    poll()
    stream.syncs = [sync(n) for n in range(30)]
    poll()
    assert stream.asked == [None] * 4
    assert reading(rows).failing_since is None


@pytest.mark.parametrize(("bad", "good"), [(19, 0), (89, 11), (300, 40)])
def test_a_few_or_a_part_are_set_aside_and_the_reading_is_one(
    rows: Rows, stream: Stream, poll: Callable[[], int], bad: int, good: int
) -> None:
    stream.syncs = [*(nameless(n) for n in range(bad)), *(sync(n) for n in range(bad, bad + good))]
    poll()
    assert reading(rows).failing_since is None
    unreadable = [each for each in rows.all(SetAsideItem) if each.reason.startswith("integration_id")]
    assert sum(each.times for each in unreadable) == bad


def test_what_has_no_id_is_counted_once_however_often_it_is_read(
    rows: Rows, stream: Stream, poll: Callable[[], int]
) -> None:
    stream.syncs = [{**sync(n), "id": None} for n in range(25)]
    poll()
    poll()
    assert len(rows.all(SetAsideItem)) == 25
