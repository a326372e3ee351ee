"""The words that every story shares. Each function is a filter of the templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import islice

from handlers.kit import zones
from handlers.kit.mrkdwn import Mrkdwn, at, called, clip, escape, mention, say
from services import words
from services.integrations.listing import AsOf
from services.integrations.search import Named


def joined(parts: Iterable[str | None], between: str = " · ") -> Mrkdwn:
    """Join what is there, each part escaped unless it is mrkdwn already."""
    return Mrkdwn(between.join(escape(part) for part in parts if part))


def bullets(lines: Iterable[str]) -> Mrkdwn:
    """A list, as far as a section can hold it."""
    return joined((say("• {}", clip(each, 280)) for each in islice(lines, 10)), "\n")


def capital(text: str) -> str:
    """`SSN mismatch`, where `capitalize` would say `Ssn mismatch`."""
    return text[:1].upper() + text[1:]


def calendar(day: date) -> str:
    """A date that has no time zone, such as a renewal."""
    return f"{day.day} {day:%b %Y}"


def freshness(as_of: AsOf) -> Mrkdwn:
    """How old the data is, plainly."""
    if as_of.read_at is None:
        return say("⚠️ Nothing has been read from the carrier exchange yet, so this may be empty.")
    when = at(as_of.read_at)
    if as_of.old:
        age = words.ago(as_of.read_at, as_of.now)
        return say("⚠️ Old data: the carrier exchange was last read {} ({}).", age, when)
    if as_of.failing_since:
        return say("As of {}. The carrier exchange does not answer at the moment.", when)
    return say("As of {}", when)


def title(*named: Named | None) -> str:
    return " · ".join(each.name for each in named if each)


FILTERS: Mapping[str, Callable[..., object]] = {
    "say": say,
    "mention": mention,
    "called": called,
    "at": at,
    "clip": clip,
    "ago": words.ago,
    "span": words.span,
    "counted": words.count,
    "times": words.times,
    "kind": words.kind,
    "listed": words.listed,
    "bullets": bullets,
    "calendar": calendar,
    "capital": capital,
    "freshness": freshness,
    "joined": joined,
    "zone_label": zones.label,
}
