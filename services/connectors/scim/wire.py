"""Requests to a SCIM server, and its answers as JSON: bounded in time and size, with typed errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from http import HTTPStatus
from types import MappingProxyType

import httpx

from services.connectors.http import Stale, body_of, retry_after, retrying, within
from services.connectors.scim.items import UNREADABLE, refusal
from services.errors import Doubtful, Misconfigured, Outside, Rejected, Unavailable

_USUAL = ("/Users", "/Bulk")
NOTHING: Mapping[str, str] = MappingProxyType({})
_JSON = {"application/scim+json", "application/json"}

QUIET = "The Benefits platform does not answer. Lastsync tries again by itself."
PAUSE = "The Benefits platform asks for a pause. Lastsync tries again by itself."
LOST = (
    "The Benefits platform did not say whether it created the account. Lastsync looks before it tries again."
)
MOVED = "The Benefits platform changed this account a moment ago. Lastsync tries again by itself."
TOKEN = "The Benefits platform does not accept Lastsync's token. Check BENEFITS_TOKEN."  # noqa: S105
ELSEWHERE = "The Benefits platform is at another address. Check BENEFITS_URL."
FORBIDDEN = "The Benefits platform does not let Lastsync's token do this. Check what BENEFITS_TOKEN may do."

_ENCODER = json.JSONEncoder(separators=(",", ":"))  # json.dumps would make one each time


class Wire:
    """Requests and their answers as JSON, on one connection. A body in bytes is JSON already.

    They go to httpx's transport directly. A client would put each URL together anew, and look into each
    answer for cookies and redirects that it must not follow: a fifth of what a request takes.
    """

    def __init__(
        self, transport: httpx.BaseTransport, base_url: str, headers: Mapping[str, str], timeout: float
    ) -> None:
        self._transport = transport
        self._base_url = base_url.rstrip("/")
        self._asking = httpx.Headers(headers)
        self._telling = httpx.Headers({**headers, "Content-Type": "application/scim+json"})
        self._places = {path: httpx.URL(self._base_url + path) for path in _USUAL}
        self._extensions = {"timeout": within(timeout).as_dict()}
        self._again = retrying()

    def again(
        self, verb: str, path: str, body: object = None, headers: Mapping[str, str] = NOTHING
    ) -> object:
        """Ask, and ask again after a short while where that may help."""
        try:
            return self._ask(verb, path, body, headers)
        except Unavailable as error:
            failed = [error]

        # To ask through stamina costs a tenth of a request, so it only hears of a try that failed.
        def ask() -> object:
            if failed:
                raise failed.pop()
            return self._ask(verb, path, body, headers)

        return self._again(ask)

    def create(self, path: str, body: object) -> object:
        """Ask once. Doubtful unless it is known that nothing was created."""
        try:
            return self._ask("POST", path, body)
        except NotReached:
            raise Unavailable(QUIET) from None
        except Unavailable as error:
            # Whoever asks for a pause, or does not let us in, has done nothing.
            if error.retry_after is not None or error.sentence == PAUSE or isinstance(error, Misconfigured):
                raise
            raise Doubtful(LOST) from None

    def close(self) -> None:
        self._transport.close()

    def _ask(self, verb: str, path: str, body: object = None, headers: Mapping[str, str] = NOTHING) -> object:
        place = self._places.get(path) or self._base_url + path
        content = body if body is None or isinstance(body, bytes) else dumped(body)
        general = self._asking if body is None else self._telling
        request = httpx.Request(verb, place, headers=general, content=content, extensions=self._extensions)
        request.headers.update(headers)
        try:
            answer = self._transport.handle_request(request)
            with closing(answer):
                text = body_of(answer, Rejected(UNREADABLE, "unreadable"))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise NotReached(QUIET) from None
        except (httpx.TransportError, httpx.DecodingError):
            raise Unavailable(QUIET) from None
        return _read(answer, text)


class NotReached(Unavailable):
    """There was no connection, so nothing was asked."""


def _read(answer: httpx.Response, text: bytes) -> object:
    if answer.is_redirect:
        raise Misconfigured(ELSEWHERE)
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().casefold()
    body = _parsed(text) if kind in _JSON else None
    if not answer.is_success:
        raise failure(answer.status_code, body, retry_after(answer))
    if answer.status_code == HTTPStatus.NO_CONTENT:
        return None
    if not isinstance(body, dict):
        raise Rejected(UNREADABLE, "unreadable")
    return body


def _parsed(text: bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def dumped(body: object) -> bytes:
    return _ENCODER.encode(body).encode()


def failure(status: int, body: object, pause: float | None) -> Outside:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Unavailable(PAUSE, pause)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return Unavailable(QUIET, pause)
    if status == HTTPStatus.PRECONDITION_FAILED:
        return Stale(MOVED)
    if status == HTTPStatus.UNAUTHORIZED:
        return Misconfigured(TOKEN)
    if status == HTTPStatus.FORBIDDEN:
        return Rejected(FORBIDDEN, "forbidden")
    return refusal(status, body)
