"""The words for a carrier message that several templates share. Each function is a filter of theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice

from handlers.kit.mrkdwn import Mrkdwn, at, clip, mention, say
from handlers.kit.phrases import capital, joined
from services import words
from services.messages.filters import MOST_COUNTED
from services.messages.life import GONE, State, Step
from services.messages.lines import MessageLine, Resolved, story
from services.messages.listing import MessagesPage
from services.messages.view import PastResolution
from services.ports import SIDES, Outcome, Severity

SEVERITIES = {Severity.FAILURE: "🔴 Failure", Severity.WARNING: "🟠 Warning", Severity.INFO: "🔵 Info"}
_WEEK = 7  # days
_ADVICE = {
    Step.WAIT_FOR_SYNC: "The carrier has not synced since then: wait for its next sync.",
    Step.GIVE_IT_A_WEEK: "That is less than a week ago: wait, or resolve it again.",
    Step.RESOLVE_AGAIN: "Review which side is right, and resolve it again.",
    Step.OPERATIONS: "Resolving alone does not settle it: escalate it to Operations.",
}


def heading(it: MessagesPage) -> str:
    """Whose messages a list holds, in plain text."""
    names = [clip(each.name, 70) for each in (it.employer, it.carrier) if each]
    return " · ".join(names) or "Carrier messages"


def message(line: MessageLine, now: datetime) -> Mrkdwn:
    """One message of a list: what was found, where, when, for whom, and what it waits for."""
    return joined([named(line), about(line, now), clip(line.text, 400), awaits(line, now)], "\n")


def named(line: MessageLine) -> Mrkdwn:
    return say("{} · *{}*", severity(line), capital(clip(words.kind(line.kind), 100)))


def severity(line: MessageLine) -> str:
    return SEVERITIES[line.severity]


def about(line: MessageLine, now: datetime) -> Mrkdwn:
    return joined([found(line, now), values(line)])


def found(line: MessageLine, now: datetime) -> Mrkdwn:
    where = f"{clip(line.employer.name, 80)}, {clip(line.carrier.name, 80)}"
    return joined([where, whom(line), f"received {words.ago(line.received_at, now)}"])


def verb(line: MessageLine) -> str:
    return "Resolve again" if line.state is State.CAME_BACK else "Resolve"


def whom(line: MessageLine) -> str | None:
    """The employee by the platform's number: a name stays where it is kept."""
    return f"Employee {clip(line.employee_ref, 64)}" if line.employee_ref else None


def values(line: MessageLine) -> str | None:
    if line.field is None or (line.platform_value is None and line.carrier_value is None):
        return None
    ours, theirs = (clip(value or "not shown", 80) for value in (line.platform_value, line.carrier_value))
    return f"{words.kind(clip(line.field, 64))}: ours {ours}, the carrier's {theirs}"


def awaits(line: MessageLine, now: datetime) -> Mrkdwn:
    """What has become of it, and what it waits for."""
    refused = (
        say("🔴 The exchange refused the resolution: {}", clip(line.refusal, 300)) if line.refusal else None
    )
    return joined([refused, _state(line, now)], "\n")


def _state(line: MessageLine, now: datetime) -> Mrkdwn:
    if line.queued:
        by = mention(line.queued.by) if line.queued.by else "somebody"
        return say("⏳ Resolved by {}{}; on its way to the exchange.", by, _decision(line.queued, now))
    if line.state is State.WAITING:
        return say("⏳ Resolved{}; waiting for {}.", _decision(line.resolved, now), next_sync(line, now))
    if line.state is State.CAME_BACK:
        return joined([_back(line, now), _advice(line)], " ")
    return _over(line, now) if line.state in GONE else _open(line)


def _back(line: MessageLine, now: datetime) -> Mrkdwn:
    often = f" {words.times(line.came_back)}" if line.came_back > 1 else ""
    return say("↩️ Came back{}: {}.", often, story(line, now) or "it was resolved before")


def _advice(line: MessageLine) -> Mrkdwn | str | None:
    if line.escalated_at is None:
        return _ADVICE.get(line.step)
    return say("Operations have it since {}.", at(line.escalated_at))


def _open(line: MessageLine) -> Mrkdwn:
    if line.step is not Step.NOTHING:
        return say("⏳ Waiting for someone to resolve it.")
    if line.severity is Severity.INFO:
        return say("For your information; there is nothing to do.")
    return say("⏳ The middleware works on this one; there is nothing to do here.")


def _decision(made: Resolved | None, now: datetime) -> str:
    if made is None:
        return ""
    side = f": {SIDES[made.outcome]}" if made.outcome else ""
    return f" {words.ago(made.at, now)}{side}"


def _over(line: MessageLine, now: datetime) -> Mrkdwn:
    when = f" {words.ago(line.cleared_at, now)}" if line.cleared_at else ""
    if line.state is State.CLEARED:
        return say("✅ Cleared{}: {} reports it no more.", when, clip(line.carrier.name, 80))
    return say("✅ Closed{} by the carrier or the middleware.", when)


def next_sync(line: MessageLine, now: datetime) -> Mrkdwn:
    """The sync that it waits for: `Tuesday's sync`, in the carrier's own week."""
    if line.next_at is None or line.next_at <= now:
        return say("the next sync of {}", clip(line.carrier.name, 80))
    there = words.zone(line.time_zone)
    days = (line.next_at.astimezone(there).date() - now.astimezone(there).date()) // timedelta(days=1)
    if days >= _WEEK:
        return say("the sync expected on {}", at(line.next_at, "{date_short_pretty}"))
    day = {0: "today", 1: "tomorrow"}.get(days, f"{line.next_at.astimezone(there):%A}")
    return say("{}'s sync", day)


def pasts(made: Iterable[PastResolution], now: datetime) -> Mrkdwn:
    return joined((past(each, now) for each in islice(made, 5)), "\n")


def past(made: PastResolution, now: datetime) -> Mrkdwn:
    """One resolution of its story: when, who, what was chosen, and what the exchange said."""
    chosen = joined([SIDES[made.outcome], *(clip(each, 120) for each in made.extras)], "; ")
    ends = {
        "queued": "not confirmed yet",
        "refused": f"refused: {clip(made.reason or 'no reason given', 200)}",
    }
    said = [say("{}, {}: {}", words.ago(made.at, now), mention(made.by), chosen), ends.get(made.state)]
    return joined([*said, say("“{}”", clip(made.note, 300)) if made.note else None])


def outcome(chosen: Outcome) -> str:
    """`The carrier is right`."""
    return capital(SIDES[chosen])


def counted_to(number: int, noun: str) -> str:
    """`2,500+ Failures` where counting stopped."""
    return f"{number:,}+ {noun}s" if number >= MOST_COUNTED else words.count(number, noun)


FILTERS: Mapping[str, Callable[..., object]] = {
    "awaits": awaits,
    "counted_to": counted_to,
    "found": found,
    "heading": heading,
    "message": message,
    "next_sync": next_sync,
    "outcome": outcome,
    "pasts": pasts,
    "severity": severity,
    "verb": verb,
    "whom": whom,
}
