"""The words for an integration that several templates share. Each function is a filter of theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from handlers.kit.mrkdwn import Mrkdwn, at, clip, mention, say
from handlers.kit.phrases import calendar, joined
from services import words
from services.integrations.attention import Attention
from services.integrations.communications import Logged
from services.integrations.history import Run
from services.integrations.listing import IntegrationRow
from services.integrations.pending import PENDING_DAYS
from services.ports import Status

ICONS = {Status.ACTIVE: "🟢", Status.PENDING: "🟡", Status.DISABLED: "⚪"}


NEEDS = {
    Attention.LOST: "🔴 *Lost*",
    Attention.LATE: "🟠 *Late*",
    Attention.PENDING_OVERDUE: "🟠 *Overdue*",
}


CHANGES = {
    "activate": "Turning on… waiting for the exchange.",
    "deactivate": "Turning off… waiting for the exchange.",
    "group_number": "New group number sent… waiting for the exchange.",
}


_DAY = "{date_short}"


def state(row: IntegrationRow) -> Mrkdwn:
    """The status in words, with its icon: `🟡 Pending, day 23 of 60`."""
    icon = ICONS[row.status]
    if row.status is Status.PENDING:
        return say("{} Pending{}", icon, _pending(row))
    if row.never_on:
        return say("{} Not turned on yet", icon)
    if row.status is Status.DISABLED:
        by = {"inactivity": " by inactivity", "person": " by a person"}.get(row.disabled_by or "", "")
        return say("{} Disabled{}{}", icon, by, _since(row.disabled_at))
    return say("{} Active{}", icon, _since(row.active_at))


def need(row: IntegrationRow) -> Mrkdwn | None:
    """Why it needs someone, where its state does not say so already."""
    if row.attention is Attention.FAILURES:
        return say("🔴 *{}*", words.count(row.failures, "Failure"))
    if row.attention in {Attention.LOST, Attention.LATE} and row.failures:
        return say("{} · {}", Mrkdwn(NEEDS[row.attention]), words.count(row.failures, "Failure"))
    return Mrkdwn(NEEDS[row.attention]) if row.attention in NEEDS else None


def timing(row: IntegrationRow, now: datetime) -> Mrkdwn | None:
    """When it synced and when it will; nothing for what does not sync."""
    if row.status is not Status.ACTIVE:
        return None
    last = (
        f"Last Sync {words.ago(row.last_sync_at, now, row.time_zone)}" if row.last_sync_at else "Never synced"
    )
    if row.next_at is None:
        return say("{}", last)
    if row.next_at <= now:
        return say("{} · the next was expected {}", last, words.ago(row.next_at, now, row.time_zone))
    return say("{} · next expected {}", last, at(row.next_at, "{date_short_pretty}"))


def line(row: IntegrationRow, now: datetime, name: str) -> Mrkdwn:
    """One entry of a list: what it is called there, what it needs, its status, its timing and its facts."""
    first = joined([say("*{}*", clip(name, 160)), clip(identity(row), 120), need(row)])
    second = joined([state(row), timing(row, now)])
    return joined([first, second, facts(row)], "\n")


def facts(row: IntegrationRow) -> Mrkdwn:
    number = f"Group number {clip(row.group_number, 64)}" if row.group_number else None
    renews = f"Renews {calendar(row.renewal_date)}" if row.renewal_date else None
    return joined([number, renews, CHANGES.get(row.waiting or "")])


def communication(logged: Logged) -> Mrkdwn:
    """What was told by hand: `New enrolments and terminations on 3 Nov 2026, by @dana`."""
    sent = words.listed([logged.sent[0], *(each.lower() for each in logged.sent[1:])])
    told = say("{} on {}, by {}", sent, calendar(logged.sent_on), mention(logged.logged_by))
    return say("{}: {}", told, clip(logged.note, 120)) if logged.note else told


def run(sync: Run) -> Mrkdwn:
    """One sync of the history: when, and how long after the one before."""
    return joined([at(sync.at), f"{words.span(sync.after)} after the one before" if sync.after else None])


def identity(row: IntegrationRow) -> str:
    """What the integration is for, in plain text."""
    return f"{row.plan_name} ({row.plan_type})" if row.plan_type else row.plan_name


def _pending(row: IntegrationRow) -> str:
    if row.pending_days is None:
        return ""
    if row.pending_days == 0:
        return f" since today (usual: up to {PENDING_DAYS} days)"
    if row.pending_days > PENDING_DAYS:
        return f", day {row.pending_days} (usual: up to {PENDING_DAYS})"
    return f", day {row.pending_days} of {PENDING_DAYS}"


def _since(when: datetime | None) -> Mrkdwn:
    return say(" since {}", at(when, _DAY)) if when else Mrkdwn("")


FILTERS: Mapping[str, Callable[..., object]] = {
    "communication": communication,
    "facts": facts,
    "identity": identity,
    "line": line,
    "need": need,
    "run": run,
    "state": state,
    "timing": timing,
}
