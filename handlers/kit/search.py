"""Options for the selects with search: only what the person who types may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_bolt import Ack

from handlers.kit import limits, zones
from handlers.kit.ids import FindAction
from handlers.kit.mrkdwn import clip
from handlers.kit.surface import Surface, ids
from services.desk import Desk
from services.integrations import search
from services.integrations.search import Named


def employers(ack: Ack, payload: dict[str, Any], user_id: str, desk: Desk) -> None:
    ack(options=_options(desk.ask(user_id, search.suggest_employers, payload.get("value") or "")))


def carriers(ack: Ack, payload: dict[str, Any], user_id: str, desk: Desk) -> None:
    ack(options=_options(desk.ask(user_id, search.suggest_carriers, payload.get("value") or "")))


def time_zones(ack: Ack, payload: dict[str, Any]) -> None:
    found = zones.matching(payload.get("value") or "")
    ack(options=[{"text": {"type": "plain_text", "text": label}, "value": zone} for zone, label in found])


def _options(found: Sequence[Named]) -> list[dict[str, Any]]:
    return [
        {"text": {"type": "plain_text", "text": clip(each.name, limits.OPTION_TEXT)}, "value": str(each.id)}
        for each in found
    ]


SURFACE = Surface(
    options={
        FindAction.EMPLOYER: employers,
        FindAction.CARRIER: carriers,
        FindAction.ZONE: time_zones,
    },
    names=ids(FindAction),
)
