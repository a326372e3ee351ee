"""Each person's stack of modals and App Home."""

from __future__ import annotations

import json
import secrets
from typing import cast

from bot.sandbox.workspace.blocks import identified, merged_values
from bot.sandbox.workspace.errors import Json, SlackError, refused
from bot.sandbox.workspace.live import Live
from handlers.kit import limits
from handlers.kit.blockkit import Kind, problems

_GIVEN = ("callback_id", "private_metadata", "external_id")


class Views:
    def __init__(self, live: Live, identity: Json) -> None:
        self._live = live
        self._identity = identity
        self._stacks: dict[str, list[Json]] = {}
        self._homes: dict[str, Json] = {}

    def stack(self, user: str) -> list[Json]:
        """Bottom to top."""
        return list(self._stacks.get(user, []))

    def home(self, user: str) -> Json | None:
        return self._homes.get(user)

    def open(self, user: str, given: Json) -> Json:
        view = self._made(given, "modal")
        self._stacks[user] = [view]
        return self._shown(user, view)

    def push(self, user: str, given: Json) -> Json:
        stack = self._stacks.get(user, [])
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= limits.VIEW_STACK:
            raise SlackError("push_limit_reached")
        view = self._made(given, "modal")
        view |= {"root_view_id": stack[0]["id"], "previous_view_id": stack[-1]["id"]}
        stack.append(view)
        return self._shown(user, view)

    def update(self, view: Json, given: Json, expected_hash: str | None = None) -> Json:
        """Inputs whose block and action ids stay keep what was typed, as in Slack."""
        _same_hash(view, expected_hash)
        made = self._made(given, view["type"], replacing=view)
        made["state"] = {"values": merged_values(made["blocks"], view["state"]["values"])}
        view.clear()
        view.update(made)
        return self._shown(self.owner(view["id"]), view)

    def publish(self, user: str, given: Json, expected_hash: str | None = None) -> Json:
        before = self._homes.get(user)
        if before is not None:
            _same_hash(before, expected_hash)
        view = self._made(given, "home", replacing=before)
        self._homes[user] = view
        return self._shown(user, view)

    def find(self, view_id: str | None = None, external_id: str | None = None) -> Json:
        for view in self._all():
            if view["id"] == view_id or (external_id and view["external_id"] == external_id):
                return view
        raise SlackError("not_found")

    def owner(self, view_id: str) -> str:
        for user, stack in self._stacks.items():
            if any(view["id"] == view_id for view in stack):
                return user
        for user, home in self._homes.items():
            if home["id"] == view_id:
                return user
        raise SlackError("not_found")

    def hold(self, view: Json, values: Json) -> None:
        """Remember what the person has typed so far."""
        view["state"] = {"values": merged_values(view["blocks"], view["state"]["values"], values)}

    def remove(self, user: str, view_id: str) -> None:
        self._stacks[user] = [view for view in self.stack(user) if view["id"] != view_id]
        self._tell(user)

    def clear(self, user: str) -> None:
        self._stacks[user] = []
        self._tell(user)

    def _all(self) -> list[Json]:
        return [view for stack in self._stacks.values() for view in stack] + list(self._homes.values())

    def _shown(self, user: str, view: Json) -> Json:
        if view["type"] == "home":
            self._live.tell({"type": "home", "view": dict(view)}, {user})
        else:
            self._tell(user)
        return view

    def _tell(self, user: str) -> None:
        self._live.tell({"type": "modals", "modals": [dict(view) for view in self.stack(user)]}, {user})

    def _made(self, given: Json, kind: str, replacing: Json | None = None) -> Json:
        self._check(given, kind, replacing)
        view_id = replacing["id"] if replacing else f"V{secrets.token_hex(5).upper()}"
        blocks = identified(given["blocks"])
        view: Json = {**self._identity, "id": view_id, "type": kind, "blocks": blocks}
        view |= {name: given.get(name, "") for name in _GIVEN}
        view |= {name: given.get(name) for name in ("title", "submit", "close")}
        view |= {name: bool(given.get(name)) for name in ("clear_on_close", "notify_on_close")}
        view |= {"hash": f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}", "state": {"values": {}}}
        before = replacing or {}
        view["root_view_id"] = before.get("root_view_id", view_id)
        view["previous_view_id"] = before.get("previous_view_id")
        view["state"]["values"] = merged_values(blocks)
        return view

    def _check(self, given: Json, kind: str, replacing: Json | None) -> None:
        if len(json.dumps(given).encode()) > limits.VIEW_BYTES:
            raise SlackError("view_too_large")
        found = problems(cast("Kind", kind), given)
        if found:
            raise refused("invalid_arguments", found)
        external_id = given.get("external_id")
        others = [view for view in self._all() if replacing is None or view["id"] != replacing["id"]]
        if external_id and any(view["external_id"] == external_id for view in others):
            raise SlackError("duplicate_external_id")


def _same_hash(view: Json, expected: str | None) -> None:
    if expected and expected != view["hash"]:
        raise SlackError("hash_conflict")
