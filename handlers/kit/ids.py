"""The codec for the small values that travel with ids, and the ids that several stories share.

Values hold row ids and versions alone: whoever presses is looked up, and asked for rights, at that moment.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from services.errors import MovedOn

_LARGEST = 2**31 - 1  # of the store's integers
STALE = "That button is from an older version of Lastsync. Run the command again."


class FindAction(StrEnum):
    """Selects with search that several stories share."""

    EMPLOYER = "find.employer"
    CARRIER = "find.carrier"
    ZONE = "find.zone"


def pack(**values: str | int | list[int] | None) -> str:
    """Write a button's value or a view's private_metadata."""
    return json.dumps(values, separators=(",", ":"))


def number(values: dict[str, Any], name: str) -> int:
    """A row id, version or page out of what was unpacked; stale when there is none that can be one."""
    value = values.get(name)
    if type(value) is not int or abs(value) > _LARGEST:
        raise MovedOn(STALE)
    return value


def optional_number(values: dict[str, Any], name: str) -> int | None:
    return None if values.get(name) is None else number(values, name)


def unpack(text: str | None) -> dict[str, Any]:
    """Read it back. Anything that is not ours is a stale button, and says so."""
    try:
        values = json.loads(text or "")
    except ValueError:
        raise MovedOn(STALE) from None
    if not isinstance(values, dict):
        raise MovedOn(STALE)
    return values
