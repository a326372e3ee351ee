"""The call that says that all is well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from services.connectors.heartbeat import WebHeartbeat
from services.errors import Unavailable


class Listener(HTTPServer):
    status = 200
    heard: list[tuple[str, str]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/ping/secret"


class _Answer(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        self.server.heard.append((self.command, self.path))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def listening() -> Iterator[Listener]:
    with Listener(("127.0.0.1", 0), _Answer) as server:
        server.heard = []
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_it_is_one_post() -> None:
    with listening() as listener, closing(WebHeartbeat(listener.url)) as heartbeat:
        heartbeat.beat()
        assert listener.heard == [("POST", "/ping/secret")]


def test_an_answer_that_says_no_is_told_without_the_address() -> None:
    with listening() as listener, closing(WebHeartbeat(listener.url)) as heartbeat:
        listener.status = 404
        with pytest.raises(Unavailable) as caught:
            heartbeat.beat()
    assert "404" in caught.value.sentence
    assert "secret" not in caught.value.sentence


def test_nobody_there_is_told_without_the_address() -> None:
    with listening() as listener:
        url = listener.url
    with closing(WebHeartbeat(url)) as heartbeat, pytest.raises(Unavailable) as caught:
        heartbeat.beat()
    assert "secret" not in caught.value.sentence
