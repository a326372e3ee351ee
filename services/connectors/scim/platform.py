"""The Benefits platform over SCIM 2.0 (RFC 7643 and 7644), behind the port `Benefits`.

    platform = ScimPlatform("https://benefits.example.com/scim/v2", token)
    benefits = platform.connect()     # one for each thread
    benefits.find([email]); benefits.put([profile])

What the server can do is read once. Only calls that may be repeated are repeated; a creation whose answer was
lost is Doubtful, and its account is looked up before anything else. Nothing raw from outside is raised.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from ssl import SSLContext
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from pydantic import ValidationError
from scim2_models import ServiceProviderConfig

from services.connectors.http import LOOPBACK, Stale, bound_transport
from services.connectors.scim import items
from services.connectors.scim.wire import LOST, QUIET, Wire, dumped, failure
from services.errors import Doubtful, Outside, Rejected, Unavailable
from services.ports import Account, Closing, Profile
from services.privacy import Sensitive

TOGETHER = 30.0  # seconds; no call for a group begins after that
MOST = 100  # operations in one request, however many the server takes
BULK = b"urn:ietf:params:scim:api:messages:2.0:BulkRequest"
_BULK_ROOM = 1024  # bytes around the operations of a bulk request
_STATUS = re.compile(r"\d{3}", re.ASCII)
_NOT_BUILT = {HTTPStatus.NOT_FOUND, HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.METHOD_NOT_ALLOWED}

NO_FILTER = (
    "The Benefits platform cannot look up an account by its e-mail. Ask whoever runs it for SCIM filters."
)
NO_PATCH = "The Benefits platform cannot change an account. Ask whoever runs it for SCIM PATCH."

T = TypeVar("T")
_Asked = tuple[Profile | Closing, dict[str, Any]]


@dataclass(frozen=True)
class Abilities:
    """What the server says it can do. `largest` is in bytes, of a bulk request."""

    filters: bool = True
    patches: bool = True
    most: int = 1
    largest: int = 0


class ScimPlatform:
    """One platform, for the whole process. `timeout` is in seconds, for each wait of each try."""

    def __init__(
        self, base_url: str, token: str, *, timeout: float = 4.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._base_url = base_url
        self._token = token
        self._timeout = timeout
        self._transport = transport
        self._trusted: SSLContext | None = None
        self._lock = Lock()
        self._abilities: Abilities | None = None

    def connect(self) -> ScimBenefits:
        return ScimBenefits(self._wire(), self.abilities)

    def abilities(self, wire: Wire) -> Abilities:
        """Raise what the asking raised; whoever asks next asks again."""
        with self._lock:
            if self._abilities is None:
                self._abilities = _abilities(wire)
            return self._abilities

    def ping(self) -> None:
        """Raise `Rejected` or `Unavailable` unless the platform knows the token and answers readably."""
        wire = self._wire()
        try:
            self.abilities(wire)
            items.found(wire.again("GET", _lookup("nobody@lastsync.invalid")), "")
        finally:
            wire.close()

    def _wire(self) -> Wire:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/scim+json",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": "Lastsync",
        }
        return Wire(self._transport or self._made(), self._base_url, headers, self._timeout)

    def _made(self) -> httpx.HTTPTransport:
        # Made once for all: to read the certificates anew takes as long as sending twenty employees.
        self._trusted = self._trusted or httpx.create_ssl_context()
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        return bound_transport(
            httpx.HTTPTransport(verify=self._trusted, limits=limits, proxy=_proxy(self._base_url))
        )


class ScimBenefits:
    """Implements `services.ports.Benefits`."""

    def __init__(self, wire: Wire, abilities: Callable[[Wire], Abilities]) -> None:
        self._wire = wire
        self._ask_abilities = abilities
        self._versions: dict[str, str] = {}  # of the accounts that the last look-up found

    @property
    def most(self) -> int:
        try:
            return self._abilities().most
        except Outside:
            return 1  # the call that follows says what is wrong

    def find(self, emails: Sequence[Sensitive[str]]) -> list[Account | Outside | None]:
        self._versions.clear()
        return _each(self._find, emails)

    def put(self, profiles: Sequence[Profile | Closing]) -> list[Account | Outside]:
        try:
            abilities = self._abilities()
        except Outside as error:
            return [error] * len(profiles)
        if abilities.most > 1 and len(profiles) > 1:
            return self._put_together(profiles, abilities)
        return _each(self._put, profiles)

    def close(self) -> None:
        self._wire.close()

    def _abilities(self) -> Abilities:
        return self._ask_abilities(self._wire)

    def _find(self, email: Sensitive[str]) -> Account | None:
        if not self._abilities().filters:
            raise Rejected(NO_FILTER, "no_filter")
        body = self._wire.again("GET", _lookup(email.reveal()))
        found = items.found(body, email.reveal())
        if found is None:
            return None
        account, version = found
        if version:
            self._versions[account.id] = version
        return account

    def _put(self, profile: Profile | Closing) -> Account:
        if profile.account_id is None:
            return _created(self._wire.create("/Users", items.creation(profile)), profile)
        if not self._abilities().patches:
            raise Rejected(NO_PATCH, "no_patch")
        version = self._versions.pop(profile.account_id, None)
        headers = {"If-Match": version} if version else {}
        self._wire.again("PATCH", _user(profile.account_id), items.patch(profile), headers)
        return Account(profile.account_id)

    def _put_together(
        self, profiles: Sequence[Profile | Closing], abilities: Abilities
    ) -> list[Account | Outside]:
        made = [_answer(partial(self._operation, number, each)) for number, each in enumerate(profiles)]
        sound = [(each, asked) for each, asked in zip(profiles, made, strict=True) if isinstance(asked, dict)]
        sent = iter(self._send_in_parts(sound, abilities))
        return [each if isinstance(each, Outside) else next(sent) for each in made]

    def _send_in_parts(self, asked: Sequence[_Asked], abilities: Abilities) -> list[Account | Outside]:
        answers: list[Account | Outside] = []
        until = time.monotonic() + TOGETHER
        pieces = [dumped(operation) for _, operation in asked]
        for start, end in _parts(pieces, abilities):
            part = asked[start:end]
            if time.monotonic() > until or (answers and isinstance(answers[-1], Unavailable)):
                answers += [Unavailable(QUIET)] * len(part)
            elif len(part) == 1:
                answers += _each(self._put, [part[0][0]])
            else:
                answers += self._send_together(part, pieces[start:end])
        return answers

    def _operation(self, number: int, profile: Profile | Closing) -> dict[str, Any]:
        if profile.account_id is None:
            data = items.creation(profile)
            return {"method": "POST", "path": "/Users", "bulkId": str(number), "data": data}
        path, data = _user(profile.account_id), items.patch(profile)
        operation = {"method": "PATCH", "path": path, "bulkId": str(number), "data": data}
        version = self._versions.get(profile.account_id)
        return operation | ({"version": version} if version else {})

    def _send_together(self, asked: Sequence[_Asked], pieces: Sequence[bytes]) -> list[Account | Outside]:
        for each, _ in asked:
            self._versions.pop(each.account_id or "", None)
        body = b'{"schemas":["%b"],"Operations":[%b]}' % (BULK, b",".join(pieces))
        try:
            outcomes = _Outcomes(self._wire.create("/Bulk", body))
        except Doubtful as error:
            # An account that is known can be written again; one that may be new is looked up before.
            return [error if each.account_id is None else Unavailable(QUIET) for each, _ in asked]
        except Outside as error:
            return [error] * len(asked)
        return [_answer(partial(outcomes.of, each, operation)) for each, operation in asked]


class _Outcomes:
    """The answers to a bulk request's operations, by their `bulkId`, or where they lead."""

    def __init__(self, body: object) -> None:
        found = body.get("Operations") if isinstance(body, Mapping) else None
        known = [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
        self._by_id = {str(each["bulkId"]): each for each in known if each.get("bulkId") is not None}
        self._by_place = {_last(each.get("location")): each for each in known if each.get("method") != "POST"}

    def of(self, profile: Profile | Closing, operation: Mapping[str, Any]) -> Account:
        said = self._by_id.get(operation["bulkId"]) or self._by_place.get(profile.account_id)
        if said is None or (status := _status(said.get("status"))) is None:
            raise Doubtful(LOST) if profile.account_id is None else Unavailable(QUIET)
        if not 200 <= status < 300:  # noqa: PLR2004
            raise failure(status, said.get("response"), None)
        place = _last(said.get("location"))
        if profile.account_id is None:
            return _created(said.get("response") or {"id": place}, profile)
        if place not in {None, profile.account_id}:
            raise Rejected(items.UNREADABLE, "unreadable")
        return Account(profile.account_id)


def _created(body: object, profile: Profile) -> Account:
    """Who gets another's account for an answer is looked up: theirs may have been created all the same."""
    account = items.created(body, profile)
    if account is None:
        raise Doubtful(LOST)
    return account


def _abilities(wire: Wire) -> Abilities:
    try:
        said = ServiceProviderConfig.model_validate(wire.again("GET", "/ServiceProviderConfig"))
    except ValidationError:
        raise Rejected(items.UNREADABLE, "unreadable") from None
    except Rejected as error:
        if error.code in {"not_found", *(str(each.value) for each in _NOT_BUILT)}:
            return Abilities()  # a server that does not say: what every one has, one at a time
        raise
    bulk = said.bulk if said.bulk and said.bulk.supported else None
    most, largest = (bulk.max_operations or 1, bulk.max_payload_size or 0) if bulk else (1, 0)
    return Abilities(
        filters=said.filter is None or said.filter.supported is not False,
        patches=said.patch is None or said.patch.supported is not False,
        most=max(1, min(most, MOST)) if largest > _BULK_ROOM else 1,
        largest=largest,
    )


def _parts(operations: Sequence[bytes], abilities: Abilities) -> Iterator[tuple[int, int]]:
    """From and to of what goes into one request, by the server's limits."""
    start, size = 0, _BULK_ROOM
    for number, operation in enumerate(operations):
        weight = len(operation) + 1
        if number > start and (number - start >= abilities.most or size + weight > abilities.largest):
            yield start, number
            start, size = number, _BULK_ROOM
        size += weight
    if operations:
        yield start, len(operations)


def _each(call: Callable[[Any], T], asked: Sequence[object]) -> list[T | Outside]:
    """One after the other; when the platform is away, the rest is not asked."""
    answers: list[T | Outside] = []
    until = time.monotonic() + TOGETHER
    for each in asked:
        last = answers[-1] if answers else None
        if isinstance(last, Unavailable) and not isinstance(last, Stale):
            answers.append(last)
        elif time.monotonic() > until:
            answers.append(Unavailable(QUIET))
        else:
            answers.append(_answer(partial(call, each)))
    return answers


def _answer(call: Callable[[], T]) -> T | Outside:
    try:
        return call()
    except Outside as error:
        return error


def _lookup(email: str) -> str:
    return f"/Users?filter={quote(items.filter_by(email), safe='')}&startIndex=1&count=2"


def _proxy(url: str) -> str | None:
    """The one that the environment names (HTTPS_PROXY, NO_PROXY …), as an httpx client would take it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in LOOPBACK or proxy_bypass(host):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


def _user(account_id: str) -> str:
    return f"/Users/{quote(account_id, safe='')}"


def _last(location: object) -> str | None:
    if not isinstance(location, str):
        return None
    try:
        path = urlsplit(location).path
    except ValueError:
        return None
    return unquote(path.rsplit("/", 1)[-1]) or None


def _status(said: object) -> int | None:
    """Text, as the RFC has it; older servers send a number, or an object that holds one."""
    if isinstance(said, Mapping):
        said = said.get("code")
    text = str(said)
    return int(text) if _STATUS.fullmatch(text) else None
