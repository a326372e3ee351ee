"""What a person typed, out of Slack's view state. A form's block ids are the names of its fields,
so an `Invalid` raised by a use case lands under the right input.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time
from typing import Any

State = dict[str, Any]


def text(view: State, field: str) -> str:
    """A text input's value, without the blanks around it; empty when nothing was typed."""
    return (_element(view, field).get("value") or "").strip()


def choice(view: State, field: str) -> str | None:
    """A select's or radio button's chosen value."""
    option = _element(view, field).get("selected_option")
    return option["value"] if option else None


def choices(view: State, field: str) -> list[str]:
    """The chosen values of a multi-select or of check boxes."""
    return [option["value"] for option in _element(view, field).get("selected_options") or ()]


def offered(view: State, field: str) -> list[str]:
    """The values of all options of a field's check boxes."""
    blocks = [block for block in view.get("blocks", ()) if block.get("block_id") == field]
    return [option["value"] for block in blocks for option in block["element"]["options"]]


def answers(view: State, other_than: Collection[str]) -> dict[str, str]:
    """What was chosen in each select and set of radio buttons, by field."""
    chosen = {field: choice(view, field) for field in view.get("state", {}).get("values", {})}
    return {field: value for field, value in chosen.items() if value and field not in other_than}


def user(view: State, field: str) -> str | None:
    return _element(view, field).get("selected_user")


def day(view: State, field: str) -> str | None:
    """A date picker's value, as YYYY-MM-DD."""
    return _element(view, field).get("selected_date")


def moment(view: State, field: str) -> datetime | None:
    """A date and time picker's value. Slack sends the moment itself, whatever the person's time zone."""
    chosen = _element(view, field).get("selected_date_time")
    return datetime.fromtimestamp(chosen, UTC) if chosen is not None else None


def hour(view: State, field: str) -> time | None:
    """A time picker's value."""
    chosen = _element(view, field).get("selected_time")
    return time.fromisoformat(chosen) if chosen else None


def conversation(view: State, field: str) -> str | None:
    return _element(view, field).get("selected_conversation")


def all_chosen(view: State, field: str) -> list[str]:
    """What was chosen in a field that takes one value or several, as it was shown."""
    one = choice(view, field)
    return [one] if one else choices(view, field)


def _element(view: State, field: str) -> dict[str, Any]:
    """The one element of a block, wherever its action id."""
    block = view.get("state", {}).get("values", {}).get(field, {})
    return next(iter(block.values()), {})
