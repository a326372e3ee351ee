"""A Bolt app on the sandbox's Socket Mode, without the waits of Slack's client that a bot never notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk.socket_mode.interval_runner import IntervalRunner
from slack_sdk.socket_mode.websocket_client import SocketModeClient

from bot.sandbox.workspace import Workspace
from tests.bot.patience import eventually

Connect = Callable[[], SocketModeHandler]


@contextmanager
def listening(app: App, workspace: Workspace) -> Iterator[Connect]:
    """Connect the app once its listeners are registered, as often as wanted; hang up at the end."""
    handlers: list[SocketModeHandler] = []

    def connect() -> SocketModeHandler:
        handler = SocketModeHandler(app, workspace.app_token)
        handlers.append(handler)
        _connect(handler.client)
        eventually(lambda: workspace.sockets.count == len(handlers) and handler.client.is_connected())
        return handler

    yield connect
    for handler in handlers:
        handler.client.auto_reconnect_enabled = False
    # Closed from its own side, the client's reader stays in a select of ten seconds now and then.
    workspace.live.run(workspace.sockets.drop)
    for handler in handlers:
        eventually(lambda client=handler.client: not client.is_connected())  # type: ignore[misc]
        _close(handler)


def _connect(client: SocketModeClient) -> None:
    # The client's monitor takes the first half second for a lost connection and opens another one.
    client.current_app_monitor_started = True
    # Its reader, started before there was anything to read, looks again after half a second only.
    client.current_session_runner.shutdown()  # type: ignore[no-untyped-call]
    client.connect()
    client.current_session_runner = IntervalRunner(client._run_current_session, 0.5).start()


def _close(handler: SocketModeHandler) -> None:
    # Its queue is waited for by the second, unless something comes.
    handler.client.closed = True
    handler.client.message_queue.put(None)
    handler.close()  # type: ignore[no-untyped-call]
