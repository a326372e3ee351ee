"""A person at the page, for tests: the page's own HTTP and websocket, behind what a person does.

person = Person(server.url, workspace.session_token, "U0BROKER01")
[answer] = person.command("/carrier-status Harbor")
person.press(answer, "show_all")
person.submit(person.modals()[-1], {"group": "12345"})
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from itertools import count
from types import TracebackType
from typing import Any, Self

import httpx
import websocket

from bot.sandbox.workspace.blocks import initial_values, interactive, state_keys
from bot.sandbox.workspace.errors import Json

PATIENCE = 30.0  # seconds


class Person:
    """Acts as `user_id`. A context manager; `close` ends its websocket.

    Channels are named by id, by "general" or "#general"; None is the direct messages with the bot.
    """

    def __init__(self, server_url: str, token: str, user_id: str) -> None:
        self.user_id = user_id
        self._http = httpx.Client(
            base_url=server_url, headers={"X-Sandbox-Token": token}, timeout=30.0, trust_env=False
        )
        self._changed = threading.Condition()
        self._channels: dict[str, Json] = {}
        self._messages: dict[str, list[Json]] = {}
        self._modals: list[Json] = []
        self._home: Json | None = None
        self._notices: list[Json] = []
        self._seen = 0
        self._syncs = count(1)
        self._synced = 0
        self._greeted = False
        self._socket = websocket.WebSocket()
        address = f"ws{server_url.removeprefix('http')}/page/live?token={token}"
        self._socket.connect(address, http_no_proxy=["*"])  # type: ignore[no-untyped-call]
        self._reader = threading.Thread(target=self._read, name=f"person-{user_id}", daemon=True)
        self._reader.start()
        self._socket.send(json.dumps({"type": "act", "user": user_id}))
        self.wait_for(lambda: self._greeted)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()
        self._reader.join(PATIENCE)
        self._socket.shutdown()  # type: ignore[no-untyped-call]  # frees it when the server had closed first
        self._http.close()

    # What the person sees

    def messages(self, channel: str | None = None) -> list[Json]:
        """Oldest first, ephemeral ones included. Each carries its `channel`."""
        self._sync()
        return list(self._messages.get(self._channel_id(channel), []))

    def modals(self) -> list[Json]:
        """Bottom to top."""
        self._sync()
        return list(self._modals)

    def home(self) -> Json | None:
        self._sync()
        return self._home

    def notices(self) -> list[Json]:
        self._sync()
        return list(self._notices)

    def wait_for(self, condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
        """Wait until the condition holds, which need not be about what this person sees."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not condition():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError("what was waited for did not happen")
                self._changed.wait(min(left, 0.05))

    # What the person does

    def say(self, text: str, channel: str | None = None, thread_ts: str | None = None) -> Json:
        where = self._channel_id(channel)
        return self._post("say", {"channel": where, "text": text, "thread_ts": thread_ts})

    def command(self, text: str, channel: str | None = None, patience: float = 1.0) -> list[Json]:
        """Run a slash command. Return the messages that it brought this person, there or directly.

        Returns as soon as the ack is in, when something came with it or before it; else it waits up to
        `patience` seconds for a message, modal, App Home or notice.
        """
        places = {self._channel_id(channel), self._channel_id(None)}
        self._sync()
        before = {_key(message) for message in self._messages_in(places)}
        seen = self._seen

        def brought() -> list[Json]:
            return [message for message in self._messages_in(places) if _key(message) not in before]

        if self.say(text, channel)["ok"]:
            self._wait_quietly(lambda: bool(brought()) or seen != self._seen, patience)
        return brought()

    def open_home(self, tab: str = "home") -> Json:
        return self._post("home", {"tab": tab})

    def press(
        self,
        source: Json,
        action_id: str,
        *,
        option: str | None = None,
        options: list[str] | None = None,
        value: Any = None,  # noqa: ANN401 - a date, a time, a user: whatever the element holds
        block_id: str | None = None,
        values: Json | None = None,
    ) -> Json:
        """Press a button, or choose in a select, picker or tick boxes of a message or view.

        `option` and `options` name options by value or by label; `value` is a date, time, user or text. For
        an external select pass the option that `suggest` returned as `value`. Returns the server's answer.
        """
        block, element = _find(source, action_id, block_id)
        action = _action(element, option, options, value)
        filled = self._values(source, values or {})
        if action_id in filled.get(block["block_id"], {}):
            filled[block["block_id"]][action_id] |= action
        body = {
            "source": _source(source),
            "block_id": block["block_id"],
            "action_id": action_id,
            "action": action,
            "values": filled,
        }
        return self._post("action", body)

    def suggest(self, source: Json, action_id: str, text: str, block_id: str | None = None) -> list[Json]:
        """Search in an external select. Return the options, those of groups in one list."""
        block, _ = _find(source, action_id, block_id)
        ids = {"block_id": block["block_id"], "action_id": action_id}
        answer = self._post("suggest", {"source": _source(source), **ids, "value": text})
        groups = answer.get("option_groups", [])
        found: list[Json] = answer.get("options", [])
        return [*found, *(option for group in groups for option in group["options"])]

    def submit(self, view: Json, values: Json | None = None) -> Json:
        """Fill in a modal and submit it. Return errors by block id, empty when it was taken.

        `values` is keyed by action id, block id or label; a value is a text, a date, an option's value or
        label, or a list of them.
        """
        body = {"view_id": view["id"], "values": self._values(view, values or {})}
        answer = self._post("submit", body)
        errors: Json = answer.get("errors") or {}
        return errors if answer["ok"] or errors else {"": answer["error"]}

    def close_modal(self, view: Json, *, everything: bool = False) -> Json:
        return self._post("close", {"view_id": view["id"], "all": everything})

    def cause(self, event: str, **params: object) -> Json:
        """Stir the sandbox: an event of GET /sandbox/events."""
        answer: Json = self._http.post("/sandbox/events", json={"event": event, **params}).json()
        return answer

    # The wire

    def _post(self, verb: str, body: Json) -> Json:
        answer: Json = self._http.post(f"/page/{verb}", json={"user": self.user_id, **body}).json()
        self._sync()
        return answer

    def _sync(self) -> None:
        """Wait until everything that the server sent before now has arrived."""
        number = next(self._syncs)
        self._socket.send(json.dumps({"type": "sync", "id": number}))
        self.wait_for(lambda: self._synced >= number)

    def _wait_quietly(self, condition: Callable[[], bool], seconds: float) -> None:
        try:
            self.wait_for(condition, seconds)
        except TimeoutError:
            return

    def _read(self) -> None:
        while True:
            try:
                text = self._socket.recv()
            except (websocket.WebSocketException, OSError):
                return
            if not text:
                return
            with self._changed:
                self._take(json.loads(text))
                self._changed.notify_all()

    def _take(self, event: Json) -> None:
        take = getattr(self, f"_take_{event['type']}", None)
        if take is not None:
            take(event)
        if event["type"] in {"modals", "home", "notice"}:
            self._seen += 1

    def _take_hello(self, event: Json) -> None:
        if event["me"]["id"] != self.user_id:
            return
        self._channels = {channel["id"]: channel for channel in event["channels"]}
        self._messages = {
            channel: [{**message, "channel": channel} for message in messages]
            for channel, messages in event["messages"].items()
        }
        self._modals, self._home, self._greeted = event["modals"], event["home"], True

    def _take_message(self, event: Json) -> None:
        message = {**event["message"], "channel": event["channel"]}
        known = self._messages.setdefault(event["channel"], [])
        places = [index for index, one in enumerate(known) if _key(one) == _key(message)]
        if places:
            known[places[0]] = message
        else:
            known.append(message)

    def _take_message_deleted(self, event: Json) -> None:
        gone = event.get("ephemeral_id") or event["ts"]
        known = self._messages.get(event["channel"], [])
        self._messages[event["channel"]] = [message for message in known if _key(message)[1] != gone]

    def _take_channel(self, event: Json) -> None:
        self._channels[event["channel"]["id"]] = event["channel"]

    def _take_modals(self, event: Json) -> None:
        self._modals = event["modals"]

    def _take_home(self, event: Json) -> None:
        self._home = event["view"]

    def _take_notice(self, event: Json) -> None:
        self._notices.append(event)

    def _take_sync(self, event: Json) -> None:
        self._synced = max(self._synced, event["id"])

    # Finding things

    def _channel_id(self, channel: str | None) -> str:
        for one in self._channels.values():
            named = channel is not None and channel.removeprefix("#") in {one["name"], one["id"]}
            if named or (channel is None and one["is_im"]):
                found: str = one["id"]
                return found
        raise LookupError(f"{self.user_id} sees no channel {channel}")

    def _messages_in(self, places: set[str]) -> list[Json]:
        with self._changed:
            return [message for place in sorted(places) for message in self._messages.get(place, [])]

    def _values(self, source: Json, given: Json) -> Json:
        blocks = source.get("blocks", [])
        values = initial_values(blocks)
        for block_id, actions in source.get("state", {}).get("values", {}).items():
            values.setdefault(block_id, {}).update(actions)
        for name, value in given.items():
            block, element = _named(blocks, name)
            values[block["block_id"]][element["action_id"]] = _held(element, value)
        return values


def _key(message: Json) -> tuple[str, str]:
    return message["channel"], message.get("ephemeral_id") or message["ts"]


def _source(source: Json) -> Json:
    if "channel" not in source:
        return {"view_id": source["id"]}
    key = "ephemeral_id" if source.get("is_ephemeral") else "ts"
    return {"channel": source["channel"], key: source[key]}


def _find(source: Json, action_id: str, block_id: str | None) -> tuple[Json, Json]:
    for block, element in interactive(source.get("blocks", [])):
        if element["action_id"] == action_id and block_id in {None, block["block_id"]}:
            return block, element
    raise LookupError(f"there is nothing to press with the action id {action_id}")


def _named(blocks: list[Json], name: str) -> tuple[Json, Json]:
    for block, element in interactive(blocks):
        label = block.get("label", {}).get("text")
        if name in {element["action_id"], block["block_id"], label}:
            return block, element
    raise LookupError(f"there is no input {name}")


def _options(element: Json) -> list[Json]:
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    return [*element.get("options", []), *grouped]


def _option(element: Json, wanted: object) -> Json:
    if isinstance(wanted, dict):
        return wanted
    for option in _options(element):
        if wanted in {option["value"], option["text"]["text"]}:
            return option
    raise LookupError(f"there is no option {wanted}")


def _held(element: Json, value: object) -> Json:
    """An input's part of `state.values`."""
    held, _ = state_keys(element["type"])
    if held == "selected_option" and value is not None:
        value = _option(element, value)
    elif held == "selected_options" and isinstance(value, list):
        value = [_option(element, one) for one in value]
    return {"type": element["type"], held: value}


def _action(element: Json, option: str | None, options: list[str] | None, value: object) -> Json:
    if element["type"] in {"button", "workflow_button"}:
        return {"value": element["value"]} if "value" in element else {}
    if element["type"] == "overflow":
        return {"selected_option": _option(element, option)}
    chosen = options if options is not None else option if option is not None else value
    held = _held(element, chosen)
    return {name: part for name, part in held.items() if name != "type"}
