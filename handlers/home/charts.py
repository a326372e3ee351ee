"""Charts within Slack's limits: at most 20 categories, each with a short name of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from handlers.kit import limits
from services.home import CarrierFreshness


def freshness_chart(carriers: Sequence[CarrierFreshness]) -> dict[str, Any] | None:
    """Bars by carrier: on time, late, lost. Those in trouble come first; the last bar holds the rest."""
    if not carriers:
        return None
    bars = _within(carriers, limits.CHART_CATEGORIES)
    labels = short_names([each.name for each in bars], limits.CHART_CATEGORY)
    series = {
        "On time": [each.on_time for each in bars],
        "Late": [each.late for each in bars],
        "Lost": [each.lost for each in bars],
    }
    return {
        "type": "bar",
        "series": [{"name": name, "data": _points(labels, values)} for name, values in series.items()],
        "axis_config": {"categories": labels, "x_label": "Carrier", "y_label": "Active integrations"},
    }


def short_names(names: Iterable[str], limit: int) -> list[str]:
    """Cut each to `limit` characters, and number those that then read the same."""
    taken: dict[str, None] = {}
    for name in names:
        short, number = _cut(name, limit), 1
        while short in taken:
            number += 1
            short = _cut(name, limit - len(f" {number}")) + f" {number}"
        taken[short] = None
    return list(taken)


def _within(carriers: Sequence[CarrierFreshness], limit: int) -> list[CarrierFreshness]:
    if len(carriers) <= limit:
        return list(carriers)
    shown, rest = list(carriers[: limit - 1]), carriers[limit - 1 :]
    others = CarrierFreshness(
        f"{len(rest)} others",
        sum(each.on_time for each in rest),
        sum(each.late for each in rest),
        sum(each.lost for each in rest),
    )
    return [*shown, others]


def _points(labels: Iterable[str], values: Iterable[int]) -> list[dict[str, Any]]:
    return [{"label": label, "value": value} for label, value in zip(labels, values, strict=True)]


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
