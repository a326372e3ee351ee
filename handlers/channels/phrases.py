"""The words for what a channel hears. Each function is a filter of the templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time

from handlers.kit import zones
from handlers.kit.mrkdwn import HERE, Mrkdwn, called, clip, say
from handlers.kit.phrases import joined
from services import words
from services.channels.subscriptions import SubscriptionView

_SHOWN = 4  # names, before the rest is counted


_KINDS = {
    "last_sync": "Last Sync",
    "failures": "Failures",
    "status": "Status changes",
    "pending": "Pending",
    "employees": "Employees",
}


def hears(line: SubscriptionView) -> str:
    """What it hears, in words."""
    return ", ".join(_KINDS.get(each, each) for each in line.kinds)


def scope(line: SubscriptionView) -> Mrkdwn:
    """Of whom and of which carriers it hears; of no employer that its owner may not see."""
    named = _names([each.name for each in line.employers])
    employers = named or say("every employer that {} sees", called(line.owner))
    carriers = _names([each.name for each in line.carriers]) or "every carrier"
    return say("{} · {}", employers, carriers)


def manner(line: SubscriptionView) -> Mrkdwn:
    """Whom it mentions, and when it speaks."""
    quiet = None
    if line.quiet_from is not None and line.quiet_until is not None:
        quiet = say("quiet from {} to {}", clock(line.quiet_from), clock(line.quiet_until))
    digest = say("digest at {}", clock(line.digest_at)) if line.digest_at is not None else "no digest"
    whom = "@here" if line.mention == HERE else called(line.mention) if line.mention else None
    return joined([say("mentions {}", whom) if whom else None, quiet, digest, zones.label(line.time_zone)])


def clock(when: time) -> str:
    return f"{when:%H:%M}"


def half_hours() -> dict[str, str]:
    """Times of day to choose from: Slack's time picker cannot be emptied again."""
    return {
        f"{each // 2:02}:{30 * (each % 2):02}": f"{each // 2:02}:{30 * (each % 2):02}" for each in range(48)
    }


def _names(names: list[str]) -> str:
    shown = [clip(name, 60) for name in names[:_SHOWN]]
    more = len(names) - len(shown)
    return words.listed([*shown, *([f"{more:,} more"] if more else [])])


FILTERS: Mapping[str, Callable[..., object]] = {
    "clock": clock,
    "hears": hears,
    "manner": manner,
    "scope": scope,
}
