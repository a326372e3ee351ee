"""The sandbox exchange over HTTP, mostly as the bot's own connector meets it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from aiohttp import web

from bot.sandbox.exchange import routes
from bot.sandbox.server import SandboxServer
from bot.sandbox.world.faults import Faults
from bot.sandbox.world.world import World
from services.connectors.exchange.api import ExchangeApi
from services.errors import Misconfigured, Rejected, Unavailable
from services.ports import MessageItem, Status

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
KEY, OTHER_KEY = "7f9c2b9e-8a54-4c59-9f5e-0d3c1f6f9a11", "7f9c2b9e-8a54-4c59-9f5e-0d3c1f6f9a12"
DISABLED, ACTIVE = "int_northwind_kaiser_medical", "int_harbor_cigna_medical"


@dataclass
class Outside:
    """A served world, and the clock it lives by."""

    now: datetime = NOW
    faults: Faults = field(default_factory=Faults)
    world: World = field(default_factory=lambda: World(7, NOW))
    url: str = ""

    def clock(self) -> datetime:
        return self.now

    def connector(self, **options: Any) -> ExchangeApi:
        return ExchangeApi(self.url, "s3cret", clock=self.clock, **options)


@pytest.fixture
def outside() -> Iterator[Outside]:
    made = Outside()
    app = web.Application()
    app.add_subapp(
        "/exchange", routes(made.world, made.faults, "s3cret", clock=made.clock, tick_seconds=None)
    )
    with SandboxServer(app) as server:
        made.url = f"{server.url}/exchange"
        yield made


@pytest.fixture
def exchange(outside: Outside) -> Iterator[ExchangeApi]:
    connector = outside.connector()
    yield connector
    connector.close()


@pytest.fixture
def raw(outside: Outside) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer s3cret"}
    with httpx.Client(base_url=outside.url, headers=headers, trust_env=False) as client:
        yield client


def all_messages(exchange: ExchangeApi) -> list[MessageItem]:
    return [item for page in exchange.messages(None) for item in page.items]


def test_the_connector_reads_the_whole_world(exchange: ExchangeApi, outside: Outside) -> None:
    integrations, syncs = list(exchange.integrations(None)), list(exchange.syncs(None))
    assert sum(len(page.items) for page in integrations) == len(outside.world.integrations)
    assert sum(len(page.items) for page in syncs) == len(outside.world.syncs)
    assert len(syncs) > 5
    assert len(all_messages(exchange)) == len(outside.world.messages)
    assert not [page.set_aside for page in integrations if page.set_aside]
    assert not [page.set_aside for page in syncs if page.set_aside]


def test_no_private_value_of_the_world_passes_the_connector(exchange: ExchangeApi, outside: Outside) -> None:
    read = repr(all_messages(exchange))
    assert not [value for value in outside.world.private_values() if value in read]


def test_private_values_do_travel_on_the_wire(raw: httpx.Client, outside: Outside) -> None:
    sent = raw.get("/v1/messages").text
    assert [value for value in outside.world.private_values() if value in sent]


def test_a_second_reading_brings_only_what_changed(exchange: ExchangeApi, outside: Outside) -> None:
    last = list(exchange.messages(None))[-1].updated_to
    assert last is not None
    outside.now += timedelta(seconds=5)
    new = outside.world.send(outside.world.integrations[ACTIVE], "gender_mismatch", outside.now)
    refs = [item.ref for page in exchange.messages(last) for item in page.items]
    assert refs[-1] == new.ref
    assert len(refs) == 2  # the last one of before comes again: `updated_since` is inclusive


def test_turning_on_answers_pending(exchange: ExchangeApi) -> None:
    item = exchange.activate(DISABLED, "G-1", KEY)
    assert (item.status, item.group_number, item.configured_at) == (Status.PENDING, "G-1", NOW)


def test_the_same_key_has_the_effect_of_once(exchange: ExchangeApi, outside: Outside) -> None:
    first = exchange.deactivate(ACTIVE, KEY)
    outside.now += timedelta(seconds=30)
    assert exchange.deactivate(ACTIVE, KEY) == first


def test_a_key_used_for_something_else_is_refused(exchange: ExchangeApi) -> None:
    exchange.change_group_number(ACTIVE, "G-1", KEY)
    with pytest.raises(Rejected) as raised:
        exchange.change_group_number(ACTIVE, "G-2", KEY)
    assert raised.value.code == "key-used"


def test_another_group_number_on_what_is_on_is_refused(exchange: ExchangeApi) -> None:
    with pytest.raises(Rejected, match="Change the number instead") as raised:
        exchange.activate(ACTIVE, "another", KEY)
    assert raised.value.code == "already-on"


def test_a_message_is_resolved(raw: httpx.Client) -> None:
    answer = raw.post(
        "/v1/messages/msg_0002/resolution",
        json={"outcome": "carrier", "note": "Seen on the card"},
        headers={"Idempotency-Key": KEY},
    )
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["outcome"]) == ("resolved", "carrier")


@pytest.mark.parametrize("token", [None, "Bearer wrong", "Basic s3cret", "s3cret"])
def test_without_the_token_nothing_is_told(outside: Outside, token: str | None) -> None:
    headers = {"Authorization": token} if token else {}
    answer = httpx.get(f"{outside.url}/v1/integrations", headers=headers, trust_env=False)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_a_wrong_token_is_named_by_the_connector(outside: Outside) -> None:
    connector = ExchangeApi(outside.url, "wrong", clock=outside.clock)
    with closing(connector), pytest.raises(Misconfigured, match="EXCHANGE_TOKEN"):
        connector.ping()


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=ten",
        "limit=1&limit=2",
        "updated_since=yesterday",
        "updated_since=2026-02-31T00:00:00Z",
        "updated_since=2026-02-01",
        "cursor=nonsense",
        "cursor=%00",
        "cursor=WyJzeW5jcyIsIjIwMjYtMDEtMDFUMDA6MDA6MDAiLCJ4Il0",
        "colour=green",
    ],
)
def test_a_wrong_parameter_is_refused(raw: httpx.Client, query: str) -> None:
    answer = raw.get(f"/v1/messages?{query}")
    assert answer.status_code == 400
    assert answer.json()["status"] == 400


@pytest.mark.parametrize(
    ("request_of", "status"),
    [
        (lambda raw: raw.put(f"/v1/integrations/{DISABLED}/activation", json={"group_number": "G"}), 400),
        (lambda raw: raw.get("/v1/nothing"), 404),
        (lambda raw: raw.post("/v1/syncs"), 405),
        (lambda raw: raw.delete("/v1/integrations/x/activation", headers={"Idempotency-Key": KEY}), 404),
        (
            lambda raw: raw.patch(
                f"/v1/integrations/{ACTIVE}", content="G-1", headers={"Idempotency-Key": KEY}
            ),
            415,
        ),
        (
            lambda raw: raw.patch(
                f"/v1/integrations/{ACTIVE}", json={"group_number": 3}, headers={"Idempotency-Key": KEY}
            ),
            400,
        ),
    ],
)
def test_every_refusal_is_a_problem_document(raw: httpx.Client, request_of: Any, status: int) -> None:
    answer = request_of(raw)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert {"type", "title", "status", "detail"} <= answer.json().keys()


def test_a_cursor_stays_valid_while_the_world_changes(raw: httpx.Client, outside: Outside) -> None:
    first = raw.get("/v1/messages", params={"limit": 10}).json()
    for _ in range(3):
        outside.world.send(outside.world.integrations[ACTIVE], "gender_mismatch", NOW)
    rest = raw.get("/v1/messages", params={"limit": 500, "cursor": first["next_cursor"]}).json()
    refs = [item["id"] for item in (*first["items"], *rest["items"])]
    assert len(refs) == len(set(refs)) == len(outside.world.messages)


@pytest.mark.parametrize("fault", ["exchange_error", "exchange_garbage", "exchange_hangs_up"])
def test_a_broken_exchange_is_unavailable(exchange: ExchangeApi, outside: Outside, fault: str) -> None:
    outside.faults.start(fault, NOW, 30)
    with pytest.raises(Unavailable):
        exchange.ping()
    outside.faults.recover()
    exchange.ping()


def test_a_throttled_exchange_says_for_how_long(exchange: ExchangeApi, outside: Outside) -> None:
    outside.faults.start("exchange_throttles", NOW, 30)
    with pytest.raises(Unavailable) as raised:
        exchange.ping()
    assert raised.value.retry_after == 30


def test_a_silent_exchange_is_given_up(outside: Outside) -> None:
    outside.faults.start("exchange_times_out", NOW, 30)
    connector = outside.connector(timeout=0.2)
    with closing(connector), pytest.raises(Unavailable):
        connector.ping()
    outside.faults.recover()


def test_a_lying_exchange_hides_none_of_the_truth(exchange: ExchangeApi, outside: Outside) -> None:
    outside.faults.start("exchange_lies", NOW, 30)
    [page] = list(exchange.integrations(None))
    assert {item.ref for item in page.items} == set(outside.world.integrations)
    assert sorted(aside.reason for aside in page.set_aside) == [
        "id: came twice in one reading",
        "id: is missing",
        "id: is not what the contract says",
        "item: is not what the contract says",
        "status: is not what the contract says",
        "updated_at: is not text",
        "updated_at: lies in the future",
    ]


@pytest.mark.parametrize("stream", ["integrations", "syncs", "messages"])
def test_paging_in_a_circle_is_refused_after_the_truth_was_read(
    exchange: ExchangeApi, outside: Outside, stream: str
) -> None:
    outside.faults.start("exchange_loops", NOW, 30)
    pages = getattr(exchange, stream)(None)
    assert next(pages).items
    with pytest.raises(Rejected) as raised:
        list(pages)
    assert raised.value.code == "endless_paging"


def test_a_change_that_is_refused_changes_nothing(exchange: ExchangeApi, outside: Outside) -> None:
    outside.faults.start("exchange_refuses", NOW, 30)
    with pytest.raises(Rejected, match="does not know this employer"):
        exchange.activate(DISABLED, "G-1", KEY)
    assert outside.world.integrations[DISABLED].status is Status.DISABLED
    outside.faults.recover()
    assert exchange.activate(DISABLED, "G-1", OTHER_KEY).status is Status.PENDING


def test_a_change_whose_answer_was_lost_happens_once(exchange: ExchangeApi, outside: Outside) -> None:
    outside.faults.start("exchange_hangs_up", NOW, 30)
    with pytest.raises(Unavailable):
        exchange.activate(DISABLED, "G-1", KEY)
    outside.faults.recover()
    outside.now += timedelta(seconds=10)
    assert exchange.activate(DISABLED, "G-1", KEY).configured_at == NOW


def test_the_world_lives_while_it_is_served() -> None:
    world = World(7, NOW)
    later = NOW + timedelta(seconds=30)
    with SandboxServer(routes(world, Faults(), "s3cret", clock=lambda: later, tick_seconds=0.01)):
        deadline = time.monotonic() + 5
        while len(world.messages) == len(World(7, NOW).messages) and time.monotonic() < deadline:
            time.sleep(0.01)
    assert len(world.messages) > len(World(7, NOW).messages)
