"""Reading blocks as Slack's server does: filling in ids, finding elements, and what their inputs hold."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Iterator

from bot.sandbox.workspace.errors import Json

_STATELESS = frozenset(
    {
        "button",
        "overflow",
        "workflow_button",
        "icon_button",
        "feedback_buttons",
        "image",
        "mrkdwn",
        "plain_text",
    }
)
_STATE_KEYS = {
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "rich_text_input": ("rich_text_value", "initial_value"),
}
_TEXT_KEYS = ("value", "initial_value")


def _elements(block: Json) -> list[Json]:
    parts = [
        block.get("accessory"),
        block.get("element"),
        *block.get("elements", []),
        *block.get("actions", []),
    ]
    return [part for part in parts if isinstance(part, dict)]


def flattened(blocks: list[Json]) -> Iterator[Json]:
    """Every block, with those inside containers and carousels."""
    for block in blocks:
        yield block
        yield from flattened(block.get("child_blocks", []))
        if block.get("type") == "carousel":
            yield from flattened(block.get("elements", []))


def interactive(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Each element that has an action id, after its block."""
    for block in flattened(blocks):
        if block.get("type") not in {"carousel", "rich_text", "context"}:
            yield from ((block, element) for element in _elements(block) if "action_id" in element)


def identified(blocks: list[Json]) -> list[Json]:
    """A copy in which every block and interactive element has an id, as Slack stores it."""
    copied = copy.deepcopy(blocks)
    for block in flattened(copied):
        block.setdefault("block_id", secrets.token_urlsafe(4))
        if block["type"] in {"carousel", "rich_text", "context"}:
            continue
        for element in _elements(block):
            if element.get("type") not in {"image", "mrkdwn", "plain_text"}:
                element.setdefault("action_id", secrets.token_urlsafe(4))
    return copied


def find_element(blocks: list[Json], block_id: str, action_id: str) -> Json | None:
    for block, element in interactive(blocks):
        if block.get("block_id") == block_id and element["action_id"] == action_id:
            return element
    return None


def state_keys(element_type: str) -> tuple[str, str]:
    """The names under which an element's value is held, and first given."""
    return _STATE_KEYS.get(element_type, _TEXT_KEYS)


def initial_value(element: Json) -> Json:
    held, given = state_keys(element["type"])
    nothing: list[object] | None = [] if held.endswith("s") else None
    return {"type": element["type"], held: element.get(given, nothing)}


def initial_values(blocks: list[Json]) -> Json:
    """`state.values` before anyone touched an input."""
    values: Json = {}
    for block, element in interactive(blocks):
        if element["type"] not in _STATELESS:
            values.setdefault(block["block_id"], {})[element["action_id"]] = initial_value(element)
    return values


def merged_values(blocks: list[Json], *layers: Json) -> Json:
    """`state.values` for these blocks; later layers win, and ids that the blocks do not have are dropped."""
    values = initial_values(blocks)
    for layer in layers:
        for block_id, actions in layer.items():
            for action_id, value in actions.items():
                held = values.get(block_id, {}).get(action_id)
                if held is not None and value is not None and value.get("type") == held["type"]:
                    values[block_id][action_id] = value
    return values


def is_empty(value: Json) -> bool:
    return all(part in (None, "", []) for name, part in value.items() if name != "type")
