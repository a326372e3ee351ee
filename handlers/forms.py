"""What a person typed, out of Slack's view state. A form's block ids are the names of its fields,
so an `Invalid` raised by a use case lands under the right input.
"""

from __future__ import annotations

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


def user(view: State, field: str) -> str | None:
    return _element(view, field).get("selected_user")


def day(view: State, field: str) -> str | None:
    """A date picker's value, as YYYY-MM-DD."""
    return _element(view, field).get("selected_date")


def _element(view: State, field: str) -> dict[str, Any]:
    """The one element of a block, wherever its action id."""
    block = view.get("state", {}).get("values", {}).get(field, {})
    return next(iter(block.values()), {})
