"""A bound on the whole of each call to Slack, in time and in size.

The SDK goes through urllib, whose time-out is for each wait: an answer that drips keeps within it for ever,
and holds the thread that reads it. So urllib is given connections that note until when they may take, and a
thread shuts those that are beyond it. A call through a proxy of `HTTPS_PROXY` has the time-out alone.
"""

from __future__ import annotations

import logging
import socket
import time
import urllib.request
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import Lock, Thread
from typing import Any

LARGEST = 8 << 20  # bytes of an answer
_LOOK_S = 0.25

log = logging.getLogger(__name__)


class Deadlines:
    """The sockets of the calls under way, each with the monotonic time at which it is shut."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: list[tuple[socket.socket, float]] = []
        self._thread = self._make_thread()

    def begin(self, sock: socket.socket, seconds: float) -> None:
        with self._lock:
            self._calls.append((sock, time.monotonic() + seconds))

    @property
    def alive(self) -> bool:
        return self._thread.ident is None or self._thread.is_alive()

    def start(self) -> None:
        """Start the thread, or another one where it has ended."""
        if not self._thread.is_alive():
            self._thread = self._make_thread()
            self._thread.start()

    def sweep(self) -> None:
        """Shut what has taken too long, and forget what has ended."""
        now = time.monotonic()
        with self._lock:
            calls = [call for call in self._calls if call[0].fileno() != -1]
            self._calls = [call for call in calls if call[1] > now]
        for sock, until in calls:
            if until <= now:
                with suppress(OSError):  # it came to its end meanwhile
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)  # beneath TLS, which would wait

    def _make_thread(self) -> Thread:
        return Thread(target=self._run, name="slack-deadlines", daemon=True)

    def _run(self) -> None:
        while True:
            time.sleep(_LOOK_S)
            try:
                self.sweep()
            except Exception:
                log.exception("Shutting what takes too long failed")


deadlines = Deadlines()


class _Response(HTTPResponse):
    def read(self, amt: int | None = None) -> bytes:
        if amt is not None:
            return super().read(amt)
        body = super().read(LARGEST + 1)
        if len(body) > LARGEST:
            raise HTTPException("the answer is too large")
        return body


class _Http(HTTPConnection):
    response_class = _Response

    def connect(self) -> None:
        super().connect()
        _begin(self)


class _Https(HTTPSConnection):
    response_class = _Response

    def connect(self) -> None:
        super().connect()
        _begin(self)


def _begin(connection: HTTPConnection) -> None:
    if isinstance(connection.timeout, int | float):
        deadlines.begin(connection.sock, connection.timeout)


class _HttpHandler(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> Any:  # noqa: ANN401  urllib's own signature
        return self.do_open(_Http, request)


class _HttpsHandler(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> Any:  # noqa: ANN401  urllib's own signature
        return self.do_open(_Https, request, context=self._context)  # type: ignore[attr-defined]


def install() -> None:
    """Bound every call of this process that goes through urllib: they are all Slack's."""
    urllib.request.install_opener(urllib.request.build_opener(_HttpHandler, _HttpsHandler))
    deadlines.start()
