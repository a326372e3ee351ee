"""Tells somebody else that all is well. Silence is the alarm, so this is called only when it is true."""

from __future__ import annotations

import httpx

from services.connectors.http import bound
from services.errors import Unavailable

_SECONDS = 5.0


class WebHeartbeat:
    """`services.ports.Heartbeat` over HTTP: a POST without a body, as every dead man's switch takes it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = bound(httpx.Client(timeout=_SECONDS, follow_redirects=True))

    def beat(self) -> None:
        try:
            answer = self._client.post(self._url)
        except httpx.HTTPError as error:
            raise Unavailable(f"The heartbeat was not heard: {type(error).__name__}.") from None
        if answer.is_error:
            raise Unavailable(f"The heartbeat was answered with {answer.status_code}.")

    def close(self) -> None:
        self._client.close()
