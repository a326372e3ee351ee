"""The words for an employee's sync that several templates share. Each function is a filter of theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from handlers.kit.mrkdwn import Mrkdwn, at, clip, mention, say
from handlers.kit.phrases import calendar, capital, joined
from services import words
from services.employees import validation
from services.employees.cards import BatchCard
from services.employees.history import AttemptLine
from services.employees.listing import EmployeeLine, EmployeesPage, State

STATES = {
    State.NOT_SYNCING: "⚪ Not syncing",
    State.IN_PROGRESS: "⏳ In progress",
    State.SUCCESSFUL: "🟢 Successful",
    State.FAILED: "🔴 Failed",
}
_OUTCOMES = {
    "linked": "Linked to the account that was there",
    "created": "A new account was created",
    "updated": "The account was brought up to date",
    "closed": "The account was closed",
}
_BECAUSE = {
    "sync": "Sync",
    "again": "Try again",
    "level": "Another Benefits Level",
    "hr": "A change in HR",
}
_ORIGINS = {"hr": "HR check", "benefits": "Benefits platform"}
_WHYS = {
    "refused": "Refused by the Benefits platform",
    "unclear": "No clear answer came",
    "account_gone": "The account is not there any more",
    "platform_trouble": "Trouble at the Benefits platform",
}
_CELLS = 20
READ_ONLY = (
    "You look on here. Syncing and Benefits Levels are up to the agency, its brokers and service team."
)


def employee(line: EmployeeLine, now: datetime, several: bool) -> Mrkdwn:  # noqa: FBT001  a filter's argument
    """One row of the list. `several` employers are in it."""
    who = say("*{}* · {}", clip(line.name, 120), clip(line.ref, 64))
    where = clip(line.employer.name, 80) if several else None
    reason = clip(line.reason, 300) if line.reason else None
    about_it = joined([where, _level(line.level), leaving(line)])
    return joined([who, joined([standing(line, now), reason]), about_it], "\n")


def ticked(line: EmployeeLine) -> str:
    """An employee beside a tick box, in plain text."""
    return f"{clip(line.name, 48)} · {clip(line.ref, 20)}"


def about(line: EmployeeLine, several: bool) -> str:  # noqa: FBT001
    """Below a tick box: what HR lacks before all."""
    lacks = f"⚠️ {clip(line.reason, 60)}" if line.reason else None
    left = f"left {calendar(line.leave_date)}" if line.leave_date else None
    gone = "not in HR's file any more" if line.gone else None
    where = line.employer.name if several else None
    return " · ".join(filter(None, (lacks, gone, left, line.level or "No Level", where)))


def standing(line: EmployeeLine, now: datetime) -> Mrkdwn:
    """The state, and since when."""
    since = f" {words.ago(line.since, now)}" if line.since else ""
    if line.stuck:
        return say("🟠 *Stuck* · asked for{}; it is looked at again by itself", since)
    return say("{}{}", STATES[line.state], since)


def leaving(line: EmployeeLine) -> str | None:
    if line.gone:
        return "Not in HR's file any more"
    return f"Leave date {calendar(line.leave_date)}" if line.leave_date else None


def attempt(line: AttemptLine, now: datetime) -> Mrkdwn:
    """One try: how it went, when and why it was made, and what to do where it failed."""
    by = say(" by {}", mention(line.by)) if line.by else ""
    asked = say("{} · {}{}", at(line.asked_at), _BECAUSE.get(line.because, line.because), by)
    return joined([say("*{}*{}", STATES[line.state], _how(line, now)), asked, _why(line)], "\n")


def why(kind: str, field: str | None) -> str:
    """A reason among the counts of a card: no value, no name."""
    if kind in _WHYS:
        return _WHYS[kind]
    return validation.sentence(f"{field or ''}:{kind}").rstrip(".")


def bar(card: BatchCard) -> str:
    cells = _CELLS * card.finished // card.total if card.total else _CELLS
    return "█" * cells + "░" * (_CELLS - cells)


def pace(card: BatchCard) -> Mrkdwn:
    """How fast it goes and how long it takes yet, as far as that can be said."""
    rate = None
    if card.rate:
        rate = f"{card.rate:,.0f} a second" if card.rate >= 1 else f"{card.rate * 60:,.0f} a minute"
    left = f"about {words.span(card.time_left)} left" if card.time_left else None
    return joined([rate, left])


def tab(it: EmployeesPage) -> str:
    """Which of the four tabs is shown."""
    return "Stuck" if it.filters.stuck else STATES[it.filters.state].partition(" ")[2]


def _level(level: str | None) -> str:
    return f"Level {clip(level, 64)}" if level else "No Level"


def _how(line: AttemptLine, now: datetime) -> Mrkdwn:
    if line.stuck:
        return say(" · *stuck*, asked for {}; looked at again by itself", words.ago(line.asked_at, now))
    if line.outcome:
        return say(" · {}", _OUTCOMES.get(line.outcome, line.outcome))
    return Mrkdwn("")


def _why(line: AttemptLine) -> Mrkdwn | None:
    if line.reason is None:
        return None
    if line.state is not State.FAILED:
        return say("Waits: {}", clip(line.reason, 300))
    field = capital(validation.field_words(line.field)) if line.field else None
    said = joined([_ORIGINS.get(line.origin or ""), field, clip(line.reason, 300)], ": ")
    return joined([said, f"→ {line.remedy}" if line.remedy else None], "\n")


FILTERS: Mapping[str, Callable[..., object]] = {
    "attempt": attempt,
    "bar": bar,
    "employee": employee,
    "employee_about": about,
    "leaving": leaving,
    "pace": pace,
    "standing": standing,
    "tab": tab,
    "ticked": ticked,
    "why": why,
}
