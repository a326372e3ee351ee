"""Socket Mode, and the watchdog that makes a dead or silent connection anew.

The SDK reconnects in several places of its own. One of them calls the same used-up address over and over,
and none notices a connection that is open and says nothing. So its reconnecting is off, and all reasons end
here: a close, a `disconnect` message, a connection that never opened, a pong that does not come. Each time a
client with a new address is opened first, and the old one closes when its last answers had time to go out.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread, Timer

from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk import WebClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.interval_runner import IntervalRunner
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.websocket_client import SocketModeClient
from websocket import ABNF, STATUS_NORMAL, WebSocket, WebSocketApp, WebSocketException

from bot.slack import slow
from bot.slack.chat import telling
from bot.telemetry import Metrics
from services.errors import LastsyncError, Rejected, Unavailable

WORKERS = 32
_OPEN_SECONDS = 10.0
_GRACE_SECONDS = 3.0  # as long as Slack waits for an answer
_LONGEST_PAUSE = 30.0

log = logging.getLogger(__name__)


class Connection:
    """One living Socket Mode connection, as far as that is possible."""

    def __init__(
        self,
        app: App,
        app_token: str,
        metrics: Metrics,
        *,
        ping_seconds: float = 10.0,
        pause_seconds: float = 0.5,
    ) -> None:
        self._app = app
        self._token = app_token
        self._metrics = metrics
        self._ping = ping_seconds
        self._first_pause = self._pause = pause_seconds
        self._client: _Client | None = None
        self._retired: list[Timer] = []
        self._pong = 0.0  # the last pong's time by the wall clock, which may jump
        self._heard = 0.0  # when it was noticed, by the monotonic clock
        self._stopping = Event()
        self._woken = Event()
        self._swap = Lock()
        self._thread = self._make_thread()

    def _make_thread(self) -> Thread:
        return Thread(target=self._watch, name="slack-watchdog", daemon=True)

    @property
    def watched(self) -> bool:
        """Whether the watchdog lives, or is not wanted."""
        return self._stopping.is_set() or self._thread.ident is None or self._thread.is_alive()

    def watch_again(self) -> None:
        self._thread = self._make_thread()
        self._woken.set()
        self._thread.start()

    @property
    def connected(self) -> bool:
        client = self._client
        return client is not None and not client.lost

    def start(self) -> None:
        """Connect, then keep watch. Raise Rejected when Slack does not take the token."""
        try:
            self._connect()
        except Unavailable as error:
            log.warning("%s Trying on.", error.sentence)
            self._woken.set()
        except Rejected:
            raise
        except Exception:  # half a JSON, say: what is wrong today may be right in a minute
            log.exception("Slack's answer could not be read. Trying on.")
            self._woken.set()
        self._thread.start()

    def stop(self) -> None:
        """Let the handlers that run give their answers, then close."""
        self._stopping.set()
        self._woken.set()
        with self._swap:
            client, self._client = self._client, None
        if client is not None:
            client.message_workers.shutdown(wait=True)
            client.close()
        for timer in self._retired:
            timer.cancel()
            timer.function()
        self._metrics.connected.set(0)

    def _watch(self) -> None:
        while not self._stopping.is_set():
            self._woken.wait(self._ping / 2)
            self._woken.clear()
            try:
                self._look()
            except Exception:  # deaf until somebody restarts it would be worse
                log.exception("Looking after Slack's connection failed")
                self._rest()

    def _look(self) -> None:
        trouble = self._trouble()
        if trouble and not self._stopping.is_set():
            self._metrics.connected.set(self.connected)
            log.info("Slack's connection %s; making a new one", trouble)
            self._mend()

    def _trouble(self) -> str:
        client = self._client
        if client is None or client.lost:
            return "is down"
        if client.leaving:
            return "is about to be closed"
        now, pong = time.monotonic(), client.pong_at()
        if pong != self._pong:
            self._pong, self._heard = pong, now
        return "is silent" if now - self._heard > 2.5 * self._ping else ""

    def _mend(self) -> None:
        try:
            self._connect()
        except LastsyncError as error:
            log.warning("%s", error.sentence)
            self._rest(getattr(error, "retry_after", None))
        else:
            self._metrics.reconnects.inc()
            self._pause = self._first_pause

    def _rest(self, asked: float | None = None) -> None:
        """Wait as long as Slack asked, else a little longer each time; then look again at once."""
        pause = asked or self._pause * random.uniform(0.8, 1.2)  # noqa: S311  jitter
        log.info("Next try in %.1f s", pause)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        self._stopping.wait(pause)
        self._woken.set()

    def _connect(self) -> None:
        """Open a new connection, and only then let the old one go."""
        fresh = self._open()
        with self._swap:
            if self._stopping.is_set():
                self._retire(fresh)
                return
            old, self._client = self._client, fresh
            self._pong, self._heard = 0.0, time.monotonic()
        self._metrics.connected.set(1)
        if old is not None:
            self._retire(old)

    def _open(self) -> _Client:
        web = self._app.client
        with telling():
            address = str(web.apps_connections_open(app_token=self._token)["url"])
        client = _Client(self._token, web, self._ping, self._woken.set)
        client.socket_mode_request_listeners.append(self._answer)
        client.wss_uri = address
        client.connect()
        if client.settled.wait(_OPEN_SECONDS) and not client.lost:
            return client
        self._retire(client, at_once=True)
        raise Unavailable("Slack's socket does not open.")

    def _retire(self, client: _Client, *, at_once: bool = False) -> None:
        """Close it in a thread of its own: at once when dead, else when its answers had time to go out."""
        closing = Timer(0 if at_once or client.lost else _GRACE_SECONDS, client.close)
        closing.daemon = True
        self._retired = [*(each for each in self._retired if each.is_alive()), closing]
        closing.start()

    def _answer(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        started = time.perf_counter()
        answer = run_bolt_app(self._app, request)
        sent = answer.status == 200  # noqa: PLR2004  Bolt never sends anything else to Slack
        try:
            send_response(client, request, answer, time.time())
        except (OSError, WebSocketException):
            sent = False
        slow.tell(took := time.perf_counter() - started)
        if sent:
            self._metrics.acks.labels("socket").observe(took)
        else:
            self._metrics.unacked.labels("socket").inc()


class _Client(SocketModeClient):
    """The SDK's client, for one connection. Where it would reconnect, it wakes the watchdog.

    `settled` is set once the socket opened or failed; `leaving` when Slack asked for a new connection.
    """

    def __init__(self, app_token: str, web: WebClient, ping_seconds: float, wake: Callable[[], None]) -> None:
        self.settled = Event()
        self._ended = Event()
        self._closing = Lock()
        self._socket: WebSocket | None = None
        self.leaving = False
        self._wake = wake
        super().__init__(
            app_token,
            web_client=web,
            logger=logging.getLogger("slack_sdk.socket_mode"),
            auto_reconnect_enabled=False,
            ping_interval=ping_seconds,
            concurrency=WORKERS,
            on_open_listeners=[self._open],
            on_close_listeners=[lambda _: self._lose()],
        )
        # The SDK's own runner looks for something to do twice a second.
        self.current_session_runner.shutdown()  # type: ignore[no-untyped-call]
        self.current_session_runner = IntervalRunner(self._run_current_session, 0.02).start()

    def _run_current_session(self) -> None:
        if not self.lost:  # a used-up address is not tried again
            super()._run_current_session()  # type: ignore[no-untyped-call]

    def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: FBT001, FBT002  the SDK's signature
        del force
        self.leaving = True
        self._wake()

    @property
    def lost(self) -> bool:
        return self._ended.is_set()

    def close(self) -> None:
        with self._closing:
            if self.closed:
                return
            self.closed = True
        self.message_queue.put(None)  # or its reader would sleep on for up to a second
        self._hang_up()
        super().close()

    def pong_at(self) -> float:
        """Return the wall-clock time of the last pong; 0 before the first."""
        return self.current_session.last_pong_tm if self.current_session else 0.0

    def _hang_up(self) -> None:
        """Say goodbye, and wake the thread that reads: closing alone lets it sleep on for ten seconds."""
        if self._socket is None or self.lost:
            return
        with suppress(OSError, WebSocketException):
            self._socket.send(STATUS_NORMAL.to_bytes(2), ABNF.OPCODE_CLOSE)
            self._socket.abort()  # type: ignore[no-untyped-call]
        self._ended.wait(1)

    def _open(self, session: WebSocketApp) -> None:
        self._socket = session.sock
        self.settled.set()

    def _lose(self) -> None:
        if self._socket is not None:
            # The library forgets this when it is Slack that closes.
            self._socket.shutdown()  # type: ignore[no-untyped-call]
        self._ended.set()
        self.settled.set()
        self._wake()
