"""A fast SCIM peer that holds accounts in memory: for what must be shown with thousands of them.

What is right and wrong in SCIM is tried against scim2-server; this one knows what Lastsync asks, no more. Run
as `python -m tests.scim_peer PORT [LATENCY_MS] [BULK]` for the bench, or within a test.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import web

_NAMED = re.compile(r'userName eq "((?:[^"\\]|\\.)*)"')
_MOST_BULK = 100
_SCIM = "application/scim+json"


@dataclass
class Peer:
    """`accounts` by id. `on_create` hears how many there are after each, before the answer leaves."""

    latency_s: float = 0.0
    bulk: int = 0
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_name: dict[str, str] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)
    on_create: Callable[[int], None] = lambda _number: None
    _numbers: Any = field(default_factory=lambda: count(1))

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**24)
        app.router.add_get("/ServiceProviderConfig", self._config)
        app.router.add_get("/Users", self._find)
        app.router.add_post("/Users", self._post)
        app.router.add_patch("/Users/{id}", self._patch)
        app.router.add_post("/Bulk", self._bulk)
        return app

    async def _config(self, _request: web.Request) -> web.Response:
        off, on = {"supported": False}, {"supported": True}
        bulk = {"supported": self.bulk > 0, "maxOperations": self.bulk, "maxPayloadSize": 2**22}
        said = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": on,
            "bulk": bulk,
            "filter": on | {"maxResults": 1000},
            "changePassword": off,
            "sort": off,
            "etag": off,
            "authenticationSchemes": [
                {"type": "oauthbearertoken", "name": "Bearer", "description": "A bearer token"}
            ],
        }
        return _answer(said)

    async def _find(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self.latency_s)
        names = [re.sub(r"\\(.)", r"\1", each) for each in _NAMED.findall(request.query.get("filter", ""))]
        ids = [self.by_name[each.casefold()] for each in names if each.casefold() in self.by_name]
        found = [self.accounts[each] for each in ids]
        said = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": len(found)}
        return _answer(said | {"Resources": found, "startIndex": 1, "itemsPerPage": len(found)})

    async def _post(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self.latency_s)
        status, said = self._create(await request.json())
        return _answer(said, status)

    async def _patch(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self.latency_s)
        status, said = self._change(request.match_info["id"], await request.json())
        return _answer(said, status)

    async def _bulk(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self.latency_s)
        operations = (await request.json())["Operations"]
        done = [self._operate(each) for each in operations]
        said = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"], "Operations": done}
        return _answer(said)

    def _operate(self, each: dict[str, Any]) -> dict[str, Any]:
        if each["method"] == "POST":
            status, said = self._create(each["data"])
        else:
            status, said = self._change(each["path"].rpartition("/")[2], each["data"])
        done = {"method": each["method"], "bulkId": each.get("bulkId"), "status": str(status)}
        where = {"location": f"/Users/{said['id']}"} if "id" in said else {}
        return done | where | {"response": said}

    def _create(self, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        name = said["userName"].casefold()
        if name in self.by_name:
            return 409, _error(409, "uniqueness")
        account_id = f"u{next(self._numbers)}"
        self.accounts[account_id] = said | {"id": account_id}
        self.by_name[name], self.writes[account_id] = account_id, 1
        self.on_create(len(self.accounts))
        return 201, self.accounts[account_id]

    def _change(self, account_id: str, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if account_id not in self.accounts:
            return 404, _error(404, None)
        for operation in said["Operations"]:
            value = operation.get("value")
            new = value if operation.get("path") is None else {operation["path"]: value}
            self.accounts[account_id] |= new if isinstance(new, dict) else {}
        self.writes[account_id] += 1
        return 200, self.accounts[account_id]


def _error(status: int, kind: str | None) -> dict[str, Any]:
    said = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status)}
    return said | ({"scimType": kind} if kind else {})


def _answer(said: dict[str, Any], status: int = 200) -> web.Response:
    return web.json_response(said, status=status, content_type=_SCIM)


if __name__ == "__main__":
    port, latency_ms, bulk = (int(each) for each in sys.argv[1:4])
    peer = Peer(latency_ms / 1000, bulk)
    web.run_app(peer.app(), host="127.0.0.1", port=port, print=None, access_log=None)
