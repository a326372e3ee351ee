"""The sandbox's Benefits platform: scim2-server, which others wrote, served beside the exchange.

    platform = BenefitsPlatform(token)
    app.add_subapp("/benefits", platform.routes())     # …/benefits/v2

Its own records are `platform.users`. Faults are whatever `platform.faults` says when a request comes.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from scim2_models import (
    Bulk,
    EnterpriseUser,
    Extension,
    Resource,
    ResourceType,
    ScimProvider,
    ServiceProviderConfig,
    User,
)
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BearerTokenApplication
from scim2_server.utils import load_default_service_provider_config

from services.connectors.scim.items import BenefitsUser

_Person = User[EnterpriseUser | BenefitsUser]
_SCIM = "application/scim+json"
_SLOW_S = 2.0

BENEFITS_FAULTS = {
    "benefits_throttles": "The Benefits platform answers 429",
    "benefits_away": "The Benefits platform answers 503",
    "benefits_garbage": "The Benefits platform answers with a web page",
    "benefits_loses_answers": "The Benefits platform does what it is asked and loses the answer",
    "benefits_slow": "The Benefits platform takes two seconds to answer",
}


@dataclass
class BenefitsFaults:
    """One fault at a time. `delay` is in seconds, for every answer; `asked` holds the requests that came."""

    delay: float = 0.0
    asked: list[str] = field(default_factory=list)
    _kind: str | None = None
    _until: float = 0.0

    def start(self, kind: str, seconds: float) -> None:
        self._kind, self._until = kind, time.monotonic() + seconds

    def recover(self) -> None:
        self._kind = None

    @property
    def current(self) -> str | None:
        return self._kind if time.monotonic() < self._until else None


class BenefitsPlatform:
    """`bulk` False takes the server's Bulk away."""

    def __init__(self, token: str, *, bulk: bool = True) -> None:
        self.faults = BenefitsFaults()
        self._storage = InMemoryStorage()
        kind = ResourceType.from_resource(_Person)
        models: list[type[Resource[Any] | Extension]] = [User, EnterpriseUser, BenefitsUser]
        self._provider = ScimProvider(models, resource_types=[kind], config=_config(bulk=bulk))
        service = ScimService(self._provider, secret=token)
        self._scim = BearerTokenApplication(self._storage, self._provider, service, bearer_tokens=[token])

    @property
    def users(self) -> list[dict[str, Any]]:
        with self._storage.lock:
            return [each.model_dump() for each in self._storage.resources]

    def add(self, email: str, external_id: str | None = None) -> str:
        """An account that was there before; return its id."""
        user = _Person(user_name=email, external_id=external_id, active=True)
        return str(self._storage.create(self._provider.resource_types[0], user).id)

    def routes(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/v2/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        faults = self.faults
        faults.asked.append(f"{request.method} /{request.match_info['path']}")
        fault = faults.current
        await asyncio.sleep(faults.delay + (_SLOW_S if fault == "benefits_slow" else 0.0))
        if fault == "benefits_throttles":
            return _error(429, {"Retry-After": "1"})
        if fault == "benefits_away":
            return _error(503)
        if fault == "benefits_garbage":
            return web.Response(text="<!doctype html><title>Sign in</title>", content_type="text/html")
        answer = await asyncio.to_thread(self._ask, _environment(request, await request.content.read()))
        if fault == "benefits_loses_answers" and request.transport is not None:
            request.transport.abort()
        return answer

    def _ask(self, environment: dict[str, Any]) -> web.Response:
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Callable[[bytes], object]:
            begun.append((status, headers))
            return bytes

        body = b"".join(self._scim(environment, start))
        ((status, headers),) = begun
        return web.Response(body=body, status=int(status[:3]), headers=dict(headers))


def _config(*, bulk: bool) -> ServiceProviderConfig:
    config = load_default_service_provider_config()
    if not bulk:
        config.bulk = Bulk(supported=False, max_operations=0, max_payload_size=0)
    return config


def _environment(request: web.Request, body: bytes) -> dict[str, Any]:
    """The request as WSGI has it (PEP 3333)."""
    path = f"/v2/{request.match_info['path']}"
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}
    return named | {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": request.path.removesuffix(path),
        "PATH_INFO": path,
        "QUERY_STRING": request.rel_url.raw_query_string,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": request.url.host or "127.0.0.1",
        "SERVER_PORT": str(request.url.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
    }


def _error(status: int, headers: dict[str, str] | None = None) -> web.Response:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status)}
    return web.json_response(body, status=status, headers=headers, content_type=_SCIM)
