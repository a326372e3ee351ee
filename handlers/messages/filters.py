"""The filters of the messages' list as they travel in metadata and buttons: row ids and plain words."""

from __future__ import annotations

from typing import Any

from handlers.kit.ids import STALE, optional_number
from services.errors import MovedOn
from services.messages.filters import Filters, Show
from services.ports import Severity

_LONGEST_KIND = 64


def kept(filters: Filters) -> dict[str, str | int]:
    """What is chosen, and nothing for what is not."""
    values = {
        "employer": filters.employer_id,
        "carrier": filters.carrier_id,
        "integration": filters.integration_id,
        "severity": filters.severity,
        "kind": filters.kind,
        "show": filters.show if filters.show is not Show.CURRENT else None,
    }
    return {name: value for name, value in values.items() if value is not None}


def filters_of(values: dict[str, Any]) -> Filters:
    """Read them back; what cannot be a filter is of an older version."""
    try:
        severity = Severity(values["severity"]) if values.get("severity") else None
        show = Show(values.get("show") or Show.CURRENT)
    except ValueError:
        raise MovedOn(STALE) from None
    return Filters(
        employer_id=optional_number(values, "employer"),
        carrier_id=optional_number(values, "carrier"),
        integration_id=optional_number(values, "integration"),
        severity=severity,
        kind=_kind(values.get("kind")),
        show=show,
    )


def _kind(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _LONGEST_KIND:
        raise MovedOn(STALE)
    return value
