"""The Exchange API (docs/exchange-api.yaml) over HTTP, behind the port `Exchange`.

    exchange = ExchangeApi("https://exchange.example.com", token, clock=clock)
    for page in exchange.messages(since): …

A call takes about ten seconds at the very worst: each try has its timeout, and a try is repeated only while
`PATIENCE` lasts. Nothing raw from outside is raised or logged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Generic
from urllib.parse import quote

import httpx

from services.connectors.exchange import items
from services.connectors.exchange.items import Reader, Unreadable
from services.connectors.http import LOOPBACK, body_of, bound, retry_after, retrying, within
from services.errors import LastsyncError, Misconfigured, Rejected, Unavailable
from services.ports import IntegrationItem, Item, MessageItem, Outcome, Page, SetAside, SyncItem
from services.privacy import mask_text

BARREN_PAGES = 3  # pages in a row that promise more and bring what came before
_DETAIL_LENGTH = 200
_CURSOR_LENGTH = 512

_HEADERS = ("Location", "Retry-After")

_CODE = re.compile(r"[a-z][a-z-]{0,63}")

GONE_QUIET = "The carrier exchange does not answer. Lastsync tries again by itself."
UNREADABLE = (
    "The carrier exchange answered with something that cannot be read. Lastsync tries again by itself."
)
CIRCLE = "The carrier exchange sends the same pages without end. Its operators need to look at the paging."


class ExchangeApi:
    """Implements `services.ports.Exchange`. `timeout` is in seconds, for each wait of each try."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        clock: Callable[[], datetime],
        timeout: float = 4.0,
        transport: httpx.BaseTransport | None = None,
        page_size: int = 200,
        max_pages: int = 2000,
    ) -> None:
        self._client = bound(
            httpx.Client(
                base_url=base_url,
                headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
                timeout=within(timeout),
                transport=transport,
                trust_env=httpx.URL(base_url).host not in LOOPBACK,  # no proxy can reach this machine for us
            )
        )
        self._again = retrying()
        self._clock = clock
        self._page_size = page_size
        self._max_pages = max_pages

    def integrations(self, since: datetime | None) -> Iterator[Page[IntegrationItem]]:
        return self._pages("/v1/integrations", since, items.integration)

    def syncs(self, since: datetime | None) -> Iterator[Page[SyncItem]]:
        return self._pages("/v1/syncs", since, items.sync)

    def messages(self, since: datetime | None) -> Iterator[Page[MessageItem]]:
        return self._pages("/v1/messages", since, items.message)

    def activate(self, ref: str, group_number: str, key: str) -> IntegrationItem:
        body = {"group_number": group_number}
        return self._write("PUT", _activation(ref), key, items.integration, json=body)

    def deactivate(self, ref: str, key: str) -> IntegrationItem:
        return self._write("DELETE", _activation(ref), key, items.integration)

    def change_group_number(self, ref: str, group_number: str, key: str) -> IntegrationItem:
        body = {"group_number": group_number}
        return self._write(
            "PATCH", f"/v1/integrations/{quote(ref, safe='')}", key, items.integration, json=body
        )

    def resolve(self, ref: str, outcome: Outcome, note: str | None, key: str) -> MessageItem:
        path, body = (
            f"/v1/messages/{quote(ref, safe='')}/resolution",
            {"outcome": outcome.value, "note": note},
        )
        item = self._write("POST", path, key, items.message, json=body)
        if item.ref != ref:
            raise Unavailable(UNREADABLE)
        return item

    def ping(self) -> None:
        """Raise `Rejected` or `Unavailable` unless the exchange knows the token and answers readably."""
        _page_body(self._ask("GET", "/v1/integrations", params={"limit": 1}))

    def close(self) -> None:
        self._client.close()

    def _pages(self, path: str, since: datetime | None, read: Reader[Item]) -> Iterator[Page[Item]]:
        reading = _Reading(read, self._clock)
        params: dict[str, str | int] = {"limit": self._page_size}
        if since:
            params["updated_since"] = _stamp(since)
        for _ in range(self._max_pages):
            raw, cursor = _page_body(self._ask("GET", path, params=params))
            yield reading.page(raw)
            if cursor is None:
                return
            reading.follow(cursor)
            params["cursor"] = cursor
        raise Rejected(CIRCLE, "endless_paging")

    def _write(self, verb: str, path: str, key: str, read: Reader[Item], **request: Any) -> Item:  # noqa: ANN401 passed on to httpx
        answer = self._ask(verb, path, headers={"Idempotency-Key": key}, **request)
        try:
            return read(_json(answer), self._clock()).item
        except Unreadable:
            raise Unavailable(UNREADABLE) from None

    def _ask(self, verb: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401 passed on to httpx
        """Ask, and ask again after a short while where that may help: every call here may be repeated."""
        return self._again(lambda: self._ask_once(verb, path, **request))

    def _ask_once(self, verb: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401 passed on to httpx
        try:
            asked = self._client.build_request(verb, path, **request)
            with closing(self._client.send(asked, stream=True)) as streamed:
                answer = _read(streamed)
        except (httpx.TransportError, httpx.DecodingError):
            raise Unavailable(GONE_QUIET) from None
        if answer.is_success:
            return answer
        raise _failure(answer)


class _Repeated(Unreadable):
    """It can be read, and was, in this same reading."""


class _Reading(Generic[Item]):
    """What one reading of a stream has seen so far: it tells new items from repeated ones."""

    def __init__(self, read: Reader[Item], clock: Callable[[], datetime]) -> None:
        self._read: Reader[Item] = read
        self._clock = clock
        self._changed: dict[str, datetime] = {}
        self._unreadable: set[int] = set()
        self._cursors: set[str] = set()
        self._updated_to: datetime | None = None
        self._barren = 0

    def page(self, raw_items: list[object]) -> Page[Item]:
        now = self._clock()
        read: list[Item] = []
        set_aside: list[SetAside] = []
        fresh = not raw_items  # an empty page is no circle: what was asked for may be further on
        for raw in raw_items:
            try:
                read.append(self._take(raw, now))
                fresh = True
            except Unreadable as error:
                set_aside.append(SetAside(items.ref_of(raw), str(error)))
                fresh |= self._is_first(raw, error)
        self._barren = 0 if fresh else self._barren + 1
        return Page(read, set_aside, self._updated_to and min(self._updated_to, now))

    def follow(self, cursor: str) -> None:
        """Raise Rejected where it is a circle: the cursor came before, or all items of some pages did."""
        if cursor in self._cursors or self._barren >= BARREN_PAGES:
            raise Rejected(CIRCLE, "endless_paging")
        self._cursors.add(cursor)

    def _is_first(self, raw: object, error: Unreadable) -> bool:
        """Whether what cannot be read is new at least: it is counted and passed, and is no circle."""
        if isinstance(error, _Repeated):
            return False
        try:
            print_of_it = hash(repr(raw))
        except RecursionError:  # nested deeper than it could be written
            return True
        known = print_of_it in self._unreadable
        self._unreadable.add(print_of_it)
        return not known

    def _take(self, raw: object, now: datetime) -> Item:
        """An item may come twice in one reading when it changed meanwhile, and then it says so."""
        seen = self._read(raw, now)
        before = self._changed.get(seen.ref)
        if before is not None and seen.updated_at <= before:
            raise _Repeated("id: came twice in one reading")
        self._changed[seen.ref] = seen.updated_at
        self._updated_to = max(self._updated_to or seen.updated_at, seen.updated_at)
        return seen.item


def _read(answer: httpx.Response) -> httpx.Response:
    """The answer with its body, as far as that is bounded, and with the headers that are looked at."""
    kept = {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
    return httpx.Response(answer.status_code, headers=kept, content=body_of(answer, Unavailable(UNREADABLE)))


def _activation(ref: str) -> str:
    return f"/v1/integrations/{quote(ref, safe='')}/activation"


def _stamp(when: datetime) -> str:
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _page_body(answer: httpx.Response) -> tuple[list[object], str | None]:
    body = _json(answer)
    if not isinstance(body, dict) or not isinstance(body.get("items"), list):
        raise Unavailable(UNREADABLE)
    cursor = body.get("next_cursor")
    if cursor is not None and not (isinstance(cursor, str) and 0 < len(cursor) <= _CURSOR_LENGTH):
        raise Unavailable(UNREADABLE)
    return body["items"], cursor


def _json(answer: httpx.Response) -> object:
    try:
        return answer.json()
    except (ValueError, RecursionError):  # not JSON, not text at all, or nested without end
        raise Unavailable(UNREADABLE) from None


def _failure(answer: httpx.Response) -> LastsyncError:
    status = answer.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Unavailable(
            "The carrier exchange asks for a pause. Lastsync tries again by itself.", retry_after(answer)
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return Unavailable(GONE_QUIET, retry_after(answer))
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Misconfigured("The carrier exchange does not accept Lastsync's token. Check EXCHANGE_TOKEN.")
    if answer.is_redirect:
        return Misconfigured("The carrier exchange is at another address. Check EXCHANGE_URL.")
    return _refusal(answer)


def _refusal(answer: httpx.Response) -> Rejected:
    """A problem document (RFC 9457); its `detail` is foreign text, so it is masked and cut."""
    try:
        problem = answer.json()
    except (ValueError, RecursionError):
        problem = None
    if not isinstance(problem, dict):
        problem = {}
    detail = problem.get("detail")
    code = str(problem.get("type", "")).rstrip("/").rsplit("/", 1)[-1]
    return Rejected(
        f"The exchange did not take it: {_sentence(detail)}",
        code if _CODE.fullmatch(code) else str(answer.status_code),
    )


def _sentence(detail: object) -> str:
    if not isinstance(detail, str) or not detail.strip():
        return "it gave no reason."
    masked = " ".join(mask_text(detail[:2000]).split())
    return masked if len(masked) <= _DETAIL_LENGTH else masked[: _DETAIL_LENGTH - 1] + "…"
