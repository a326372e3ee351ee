"""Health, readiness, metrics, and Slack's signed requests."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
import yaml
from slack_bolt import Ack, App
from slack_sdk.signature import SignatureVerifier

from bot.database import make_engine, make_sessions, migrate
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace
from bot.slack import slow
from bot.slack.chat import Identity, bolt_app, web_client
from bot.telemetry import Metrics
from bot.web import Check, StoreMetrics, WebServer, slack_endpoint, web_app
from services.desk import Sessions
from services.store.alerts import Card
from services.store.exchange import Reading, SetAsideItem

ROOT = Path(__file__).parents[2]
SECRET = "made-up-signing-secret"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
Serve = Callable[..., httpx.Client]


@pytest.fixture
def serve() -> Iterator[Serve]:
    open_: list[tuple[WebServer, httpx.Client]] = []

    def begin(
        metrics: Metrics, checks: dict[str, Check] | None = None, slack: App | None = None
    ) -> httpx.Client:
        endpoint = slack_endpoint(slack, metrics) if slack else None
        server = WebServer(web_app(checks or {}, metrics.registry, endpoint), "127.0.0.1", 0, threads=2)
        server.start()
        client = httpx.Client(base_url=f"http://127.0.0.1:{server.port}", trust_env=False)
        open_.append((server, client))
        return client

    yield begin
    for server, client in open_:
        client.close()
        server.stop()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def app(slack: SandboxServer, workspace: Workspace) -> App:
    url = f"{slack.url}/api/"
    made = bolt_app(Identity(web_client(workspace.bot_token, url, seconds=5)), url, SECRET)

    @made.command("/carrier-status")
    def answer(ack: Ack) -> None:
        ack("Everything is on time.")

    @made.command("/broken")
    def broken() -> None:
        raise RuntimeError("on purpose")

    return made


def signed(body: str, *, age: float = 0, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(time.time() - age))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": str(signature),
        "Content-Type": "application/x-www-form-urlencoded",
    }


def command(name: str = "/carrier-status") -> str:
    return urlencode({"command": name, "text": "", "user_id": "U0BROKER01", "team_id": "T0SANDBOX1"})


def test_the_process_says_that_it_lives(serve: Serve, metrics: Metrics) -> None:
    assert serve(metrics, {"slack": lambda: "not connected"}).get("/healthz").json() == {"alive": True}


def test_it_is_ready_when_every_check_is_content(serve: Serve, metrics: Metrics) -> None:
    answer = serve(metrics, {"store": lambda: "", "slack": lambda: ""}).get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "checks": {"store": "ok", "slack": "ok"}}


def test_when_it_is_not_ready_it_says_why(serve: Serve, metrics: Metrics) -> None:
    answer = serve(metrics, {"store": lambda: "", "slack": lambda: "not connected"}).get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "checks": {"store": "ok", "slack": "not connected"}}


def test_metrics_are_told(serve: Serve, metrics: Metrics) -> None:
    metrics.connected.set(1)
    assert "lastsync_slack_connected 1.0" in serve(metrics).get("/metrics").text


def test_a_signed_command_is_answered_and_its_ack_measured(serve: Serve, metrics: Metrics, app: App) -> None:
    client = serve(metrics, slack=app)
    answer = client.post("/slack/events", content=command(), headers=signed(command()))
    assert (answer.status_code, answer.text) == (200, "Everything is on time.")
    labels = {"transport": "http"}
    assert metrics.registry.get_sample_value("lastsync_ack_seconds_count", labels) == 1


@pytest.mark.parametrize(
    "headers",
    [{}, signed(command(), secret="another"), signed(command(), age=600), signed("text=else")],
    ids=["unsigned", "another secret", "ten minutes old", "another body"],
)
def test_a_request_that_slack_did_not_sign_just_now_is_refused(
    serve: Serve, metrics: Metrics, app: App, headers: dict[str, str]
) -> None:
    answer = serve(metrics, slack=app).post("/slack/events", content=command(), headers=headers)
    assert answer.status_code == 401
    assert metrics.registry.get_sample_value("lastsync_unacknowledged_total", {"transport": "http"}) is None


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{not json", b"payload=%7Bnot+json"])
def test_bytes_that_are_no_request_are_refused_without_a_traceback(
    serve: Serve, metrics: Metrics, app: App, body: bytes
) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = serve(metrics, slack=app).post("/slack/events", content=body, headers=headers)
    assert answer.status_code in {400, 401}
    assert "Traceback" not in answer.text


def test_a_request_that_nobody_acknowledges_is_counted(serve: Serve, metrics: Metrics, app: App) -> None:
    client = serve(metrics, slack=app)
    assert client.post(
        "/slack/events", content=command("/broken"), headers=signed(command("/broken"))
    ).is_error
    assert metrics.registry.get_sample_value("lastsync_unacknowledged_total", {"transport": "http"}) == 1


def test_in_socket_mode_there_is_no_way_in_over_http(serve: Serve, metrics: Metrics) -> None:
    assert serve(metrics).post("/slack/events", content=command()).status_code == 404


def test_a_port_that_is_taken_is_an_error_of_its_own(metrics: Metrics) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        WebServer(web_app({}, metrics.registry, None), "127.0.0.1", taken.getsockname()[1], threads=2)


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    engine = make_engine(f"sqlite:///{tmp_path}/store.db")
    migrate(engine)
    yield make_sessions(engine)
    engine.dispose()


def card(key: str, *, shown: int, waited: timedelta) -> Card:
    due = NOW if shown == 0 else None
    place = {"subject": key, "channel_id": "C0ALERTS01"}
    return Card(key=key, **place, wanted=1, shown=shown, wanted_at=NOW - waited, due_at=due)


def test_the_store_tells_the_oldest_undelivered_card_and_the_age_of_what_was_read(
    sessions: Sessions, metrics: Metrics
) -> None:
    with sessions.write() as session:
        session.add(card("alert:1", shown=0, waited=timedelta(seconds=90)))
        session.add(card("alert:2", shown=0, waited=timedelta(seconds=30)))
        session.add(card("alert:3", shown=1, waited=timedelta(days=1)))
        session.add(Reading(stream="syncs", read_at=NOW - timedelta(seconds=7)))
        session.add(SetAsideItem(stream="syncs", ref="x", reason="no date", times=4, last_at=NOW))
    metrics.registry.register(StoreMetrics(sessions, lambda: NOW))
    value = metrics.registry.get_sample_value
    assert value("lastsync_oldest_card_seconds") == 90
    assert value("lastsync_undelivered_cards") == 2
    assert value("lastsync_reading_age_seconds", {"stream": "syncs"}) == 7
    assert value("lastsync_set_aside_items") == 4


def test_a_store_that_is_down_leaves_the_other_metrics(metrics: Metrics, tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/missing/store.db")
    metrics.registry.register(StoreMetrics(make_sessions(engine), lambda: NOW))
    metrics.connected.set(1)
    assert metrics.registry.get_sample_value("lastsync_slack_connected") == 1
    assert metrics.registry.get_sample_value("lastsync_oldest_card_seconds") is None
    engine.dispose()


def test_each_door_of_the_bot_that_the_contract_names_is_there(serve: Serve, metrics: Metrics) -> None:
    """It told platforms to send hints to `/v1/webhooks`, where nobody answered."""
    contract = (ROOT / "docs/exchange-api.yaml").read_text()
    doors = re.findall(r"reader's `(/[^`]+)`", contract)
    assert bool(doors) == ("webhooks" in yaml.safe_load(contract))
    client = serve(metrics)
    assert [door for door in doors if client.post(door).status_code == 404] == []


def test_a_listener_slower_than_slack_waits_is_logged_with_its_name(
    serve: Serve,
    app: App,
    metrics: Metrics,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slow, "WAITS_S", 0.0)
    client = serve(metrics, slack=app)
    client.post("/slack/events", content=command(), headers=signed(command()))
    assert "/carrier-status took " in caplog.text


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"command": "/carrier-status", "text": "Ana Lee"}, "/carrier-status"),
        (
            {"type": "block_actions", "actions": [{"action_id": "status/turn_on", "value": "17"}]},
            "status/turn_on",
        ),
        ({"type": "view_submission", "view": {"callback_id": "form"}}, "form"),
        ({"type": "block_suggestion", "action_id": "find", "value": "Ana"}, "find"),
        ({"type": "event_callback", "event": {"type": "app_home_opened"}}, "app_home_opened"),
        ({}, "a request"),
    ],
)
def test_a_listener_is_named_without_a_word_of_a_persons(body: dict[str, object], name: str) -> None:
    assert slow.name_of(body) == name
