"""Socket Mode against the sandbox workspace: whatever cuts it, the bot can be reached again soon."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Event, Thread

import pytest
from slack_bolt import Ack, App

from bot.sandbox.cast import BROKER
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace, build_app
from bot.sandbox.workspace.driver import Person
from bot.slack.chat import Identity, bolt_app, web_client
from bot.slack.connection import Connection
from bot.telemetry import Metrics
from services.errors import Rejected
from tests.bot.patience import eventually

Start = Callable[..., Connection]


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def app(slack: SandboxServer, workspace: Workspace) -> App:
    url = f"{slack.url}/api/"
    made = bolt_app(Identity(web_client(workspace.bot_token, url, seconds=5)), url, None)

    @made.command("/carrier-status")
    def answer(ack: Ack) -> None:
        ack("Everything is on time.")

    return made


@pytest.fixture
def start(app: App, workspace: Workspace, metrics: Metrics) -> Iterator[Start]:
    running: list[Connection] = []

    def begin(ping_seconds: float = 10, token: str = workspace.app_token) -> Connection:
        connection = Connection(app, token, metrics, ping_seconds=ping_seconds, pause_seconds=0.05)
        running.append(connection)
        connection.start()
        return connection

    yield begin
    for connection in running:
        connection.stop()


@pytest.fixture
def broker(slack: SandboxServer, workspace: Workspace) -> Iterator[Person]:
    with Person(slack.url, workspace.session_token, BROKER.user_id) as person:
        yield person


def answers(person: Person) -> bool:
    return [each["text"] for each in person.command("/carrier-status")] == ["Everything is on time."]


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0.0


def test_a_command_reaches_the_bot_and_its_answer_the_person(
    start: Start, broker: Person, metrics: Metrics
) -> None:
    assert start().connected
    assert answers(broker)
    assert value(metrics, "lastsync_slack_connected") == 1
    eventually(lambda: value(metrics, "lastsync_ack_seconds_count", transport="socket") == 1)


def test_one_connection_is_made_not_two(start: Start, workspace: Workspace) -> None:
    start()
    time.sleep(0.7)  # as long as the SDK's own monitor needs to open its second one
    assert workspace.sockets.count == 1


@pytest.mark.parametrize("event", ["slack_drop_sockets", "slack_refresh_sockets"])
def test_a_connection_that_slack_ends_is_made_anew(
    start: Start, broker: Person, workspace: Workspace, metrics: Metrics, event: str
) -> None:
    start()
    broker.cause(event)
    eventually(lambda: workspace.sockets.count == 1)
    eventually(lambda: value(metrics, "lastsync_slack_reconnects_total") == 1)
    assert answers(broker)


def test_a_silent_connection_is_noticed_and_made_anew(
    start: Start, broker: Person, workspace: Workspace, metrics: Metrics
) -> None:
    start(ping_seconds=0.2)
    broker.cause("slack_silence_sockets")
    eventually(lambda: value(metrics, "lastsync_slack_reconnects_total") >= 1)
    workspace.faults.sockets_silent = False
    eventually(lambda: answers(broker))


def test_a_connection_that_answers_its_pings_is_left_alone(start: Start, metrics: Metrics) -> None:
    connection = start(ping_seconds=0.1)
    time.sleep(1)
    assert connection.connected
    assert value(metrics, "lastsync_slack_reconnects_total") == 0


def test_when_slack_warns_of_a_reconnect_there_is_never_no_connection(
    start: Start, broker: Person, workspace: Workspace
) -> None:
    connection = start()
    counts: list[int] = []
    workspace.sockets.on_change = lambda: counts.append(workspace.sockets.count)
    broker.cause("slack_warn_sockets")
    eventually(lambda: counts == [2])
    assert connection.connected
    assert answers(broker)
    connection.stop()
    eventually(lambda: workspace.sockets.count == 0)


def test_a_ticket_that_was_used_up_is_not_tried_for_ever(
    start: Start, broker: Person, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    redeem, refused = workspace.socket_tickets.redeem, iter([True, True])

    def refuse_twice(ticket: str) -> bool:
        return redeem(ticket) and not next(refused, False)

    monkeypatch.setattr(workspace.socket_tickets, "redeem", refuse_twice)
    connection = start()
    eventually(lambda: connection.connected)
    assert answers(broker)


def test_a_slack_that_starts_again_on_the_same_port_is_found(
    start: Start, slack: SandboxServer, workspace: Workspace, metrics: Metrics
) -> None:
    connection = start()
    slack.stop()
    eventually(lambda: not connection.connected)
    eventually(lambda: value(metrics, "lastsync_slack_connected") == 0)
    port = int(slack.url.rsplit(":", 1)[1])
    with SandboxServer(build_app(workspace), port):
        eventually(lambda: connection.connected)
        assert value(metrics, "lastsync_slack_connected") == 1
        connection.stop()


def test_a_wrong_app_token_is_told_at_once(start: Start) -> None:
    with pytest.raises(Rejected) as caught:
        start(token="xapp-made-up")
    assert caught.value.code == "invalid_auth"


def test_a_slack_that_is_down_at_the_start_is_waited_for(
    start: Start, slack: SandboxServer, workspace: Workspace
) -> None:
    slack.stop()
    connection = start()
    assert not connection.connected
    with SandboxServer(build_app(workspace), int(slack.url.rsplit(":", 1)[1])):
        eventually(lambda: connection.connected)
        connection.stop()


def test_stopping_lets_a_running_handler_answer(
    start: Start, app: App, broker: Person, workspace: Workspace
) -> None:
    begun = Event()

    @app.command("/slow")
    def slow(ack: Ack) -> None:
        begun.set()
        time.sleep(0.3)
        ack("Done.")

    connection = start()

    def stop() -> None:
        begun.wait(5)
        connection.stop()

    stopping = Thread(target=stop)
    stopping.start()
    assert [each["text"] for each in broker.command("/slow")] == ["Done."]
    stopping.join(5)
    eventually(lambda: workspace.sockets.count == 0)


class Ended(BaseException):
    """What ends a thread, whatever it catches."""


@pytest.mark.parametrize("error", [RuntimeError, ValueError, OSError, MemoryError, KeyError])
def test_whatever_goes_wrong_in_connecting_anew_it_is_tried_again(
    start: Start,
    broker: Person,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
) -> None:
    """Half a JSON as the answer to `apps.connections.open` once left the bot deaf for good. Fault 24."""
    connection = start()
    opening, failures = connection._open, iter(range(2))

    def opens_at_the_third_try() -> object:
        if next(failures, None) is not None:
            raise error("half a JSON")
        return opening()

    monkeypatch.setattr(connection, "_open", opens_at_the_third_try)
    client = connection._client
    assert client
    client._lose()
    eventually(lambda: connection.connected and connection._client is not client)
    eventually(lambda: workspace.sockets.count >= 1)
    assert answers(broker)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("error", [Ended, SystemExit, KeyboardInterrupt])
def test_a_watchdog_that_has_ended_is_found_and_started_anew(
    start: Start, broker: Person, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    connection = start()
    assert connection.watched

    def ends() -> str:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(connection, "_trouble", ends)
        connection._woken.set()
        eventually(lambda: not connection.watched)
    connection.watch_again()
    assert connection.watched
    assert answers(broker)


def test_what_is_unreadable_at_the_start_is_tried_on(
    app: App, workspace: Workspace, metrics: Metrics, broker: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = Connection(app, workspace.app_token, metrics, ping_seconds=1, pause_seconds=0.05)

    def unreadable() -> object:
        raise ValueError("half a JSON")

    with monkeypatch.context() as broken:
        broken.setattr(connection, "_open", unreadable)
        connection.start()
        assert not connection.connected
    eventually(lambda: connection.connected)
    assert answers(broker)
    connection.stop()
