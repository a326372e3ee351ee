"""What drips, or has no end, is given up: each call has a bound on the whole of it. Fault 25.

The servers are sockets, so that each byte comes when it is told to.
"""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from threading import Thread

import httpx
import pytest

from services.connectors import http
from services.connectors.exchange.api import ExchangeApi
from services.connectors.heartbeat import WebHeartbeat
from services.connectors.scim.platform import ScimPlatform
from services.errors import LastsyncError, Unavailable

Serve = Callable[[Callable[[socket.socket], None]], str]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DRIPS = 0.05
PATIENCE_S = 30.0  # far beyond the bound, and far below for ever


@pytest.fixture(autouse=True)
def bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "WHOLE", 0.5)
    monkeypatch.setattr(http, "LARGEST", 1_000_000)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A server whose connections are each answered by the function, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def start(answer: Callable[[socket.socket], None]) -> str:
            def accept() -> None:
                with suppress(OSError):
                    while True:
                        connection, _ = listener.accept()
                        Thread(target=served, args=(connection,), daemon=True).start()

            def served(connection: socket.socket) -> None:
                with suppress(OSError), connection:
                    connection.recv(65536)
                    answer(connection)

            Thread(target=accept, daemon=True).start()
            return f"http://127.0.0.1:{listener.getsockname()[1]}"

        yield start


def drip(connection: socket.socket, first: bytes, then: bytes) -> None:
    connection.sendall(first)
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        connection.sendall(then)
        time.sleep(DRIPS)
    connection.sendall(b"\r\n\r\n")


DRIPPING = {
    "the status": lambda connection: drip(connection, b"HTTP/1.1 200 ", b"O"),
    "a header": lambda connection: drip(connection, OK + b"X-Long: ", b"a"),
    "headers": lambda connection: drip(connection, OK, b"X: 1\r\n"),
    "the body": lambda connection: drip(connection, OK + b"Content-Length: 99999\r\n\r\n", b" "),
    "chunks": lambda connection: drip(connection, OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}
CALLS: dict[str, Callable[[str], object]] = {
    "exchange": lambda url: exchange(url).ping(),
    "benefits": lambda url: ScimPlatform(f"{url}/scim/v2", "t").ping(),
    "heartbeat": lambda url: WebHeartbeat(url).beat(),
}


def exchange(url: str) -> ExchangeApi:
    return ExchangeApi(url, "t", clock=lambda: datetime.now(UTC))


@pytest.mark.parametrize("what", DRIPPING)
@pytest.mark.parametrize("call", CALLS)
def test_an_answer_that_drips_is_given_up(serve: Serve, what: str, call: str) -> None:
    url = serve(DRIPPING[what])
    began = time.monotonic()
    with pytest.raises(LastsyncError):
        CALLS[call](url)
    assert time.monotonic() - began < PATIENCE_S


def test_an_answer_without_end_is_given_up(serve: Serve) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(OK + b"\r\n")
        while True:
            connection.sendall(b" " * 65536)

    with closing(exchange(serve(endless))) as api, pytest.raises(Unavailable):
        api.ping()


def test_a_small_answer_that_unpacks_to_a_huge_one_is_given_up(serve: Serve) -> None:
    packed = gzip.compress(b" " * 50_000_000)
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with (
        closing(exchange(serve(lambda connection: connection.sendall(head + packed)))) as api,
        pytest.raises(Unavailable),
    ):
        api.ping()


def test_a_header_of_a_megabyte_is_given_up(serve: Serve) -> None:
    long = OK + b"X-Long: " + b"a" * 1_000_000 + b"\r\n\r\n{}"
    with (
        closing(exchange(serve(lambda connection: connection.sendall(long)))) as api,
        pytest.raises(Unavailable),
    ):
        api.ping()


def test_a_connection_that_is_kept_has_its_bound_anew_for_each_call(serve: Serve) -> None:
    body = b'{"items": [], "next_cursor": null}'

    connections: list[socket.socket] = []

    def answers(connection: socket.socket) -> None:
        connections.append(connection)
        for _ in range(4):
            connection.sendall(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            connection.recv(65536)

    with closing(exchange(serve(answers))) as api:
        for _ in range(3):
            api.ping()
            time.sleep(0.3)
    assert len(connections) == 1


def test_redirects_are_not_followed_and_take_no_token_along(serve: Serve) -> None:
    asked: list[bytes] = []

    def elsewhere(connection: socket.socket) -> None:
        asked.append(connection.recv(65536))

    other = serve(elsewhere)
    transport = httpx.MockTransport(lambda _: httpx.Response(302, headers={"Location": other}))
    api = ExchangeApi("http://exchange.test", "t", clock=lambda: datetime.now(UTC), transport=transport)
    with pytest.raises(Unavailable, match="another address"):
        api.ping()
    assert asked == []
