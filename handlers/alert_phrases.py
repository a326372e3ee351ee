"""The words for what became of an alert, and for the lines of a digest. Each function is a filter.

Replies in a card's thread name nobody: Slack pings whoever is mentioned in one. The card says who it was.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from handlers.mrkdwn import Mrkdwn, at, called, clip, say
from handlers.phrases import calendar, joined
from services import words
from services.alerts.news_facts import StoryFacts
from services.channels.digest import DigestLine

CLOSED = {
    "synced": "The sync came.",
    "cleared": "No Failure is left.",
    "pending": "It is Pending again.",
    "active": "It is Active.",
    "disabled": "It was turned off.",
    "folded": "It goes on in the carrier's card.",
    "expected_later": "It is expected later now: the cadence or a maintenance window was set.",
    "not_late": "Most of its integrations are not late any more.",
    "recovered": "It answers again.",
}


def told(card: StoryFacts) -> Mrkdwn:
    """One reply of the thread; those that the channel shows too say what they are about, and to whom."""
    reply = _TOLD[card.what](card)
    if not card.aloud:
        return reply
    about = " for ".join(clip(name, 80) for name in (card.carrier, card.employer) if name)
    whom = say(" {}", called(card.mention)) if card.mention else ""
    return say("*{}*{}\n{}", about or "Lastsync", whom, reply)


def digested(line: DigestLine, manner: str) -> Mrkdwn:
    """One line of a digest. `manner` says what its moment is: `late`, or `active`."""
    about = joined([clip(line.carrier, 60), clip(line.employer, 60), clip(line.plan_name or "", 60)])
    if line.number:
        return say("{}: {:,}", about, line.number)
    if line.on:
        return say("{}: {}", about, calendar(line.on))
    if line.at is None:
        return say("{}: never synced", about)
    return say(_MANNERS[manner], about, at(line.at, "{date_short_pretty}"))


_MANNERS = {"late": "{}: late since {}", "active": "{}: Active since {}"}


def _acknowledged(card: StoryFacts) -> Mrkdwn:
    note = card.detail.get("note")
    return say("✅ Acknowledged: {}", clip(note, 500)) if note else say("✅ Acknowledged.")


def _snoozed(card: StoryFacts) -> Mrkdwn:
    until = card.detail.get("until")
    return say("⏸️ Snoozed until {}.", at(datetime.fromisoformat(until))) if until else say("⏸️ Snoozed.")


def _closed(card: StoryFacts) -> Mrkdwn:
    because = CLOSED.get(str(card.detail.get("because")), "")
    lasted = card.detail.get("lasted")
    length = f" It lasted {words.span(timedelta(seconds=float(lasted)))}." if lasted is not None else ""
    return say("🟢 Closed. {}{}", because, length)


def _more(card: StoryFacts) -> Mrkdwn:
    return say("🔴 {} came.", words.count(int(card.detail.get("n", 1)), "more Failure"))


def _back(card: StoryFacts) -> Mrkdwn:
    return say("↩️ {} came back after a resolution.", words.count(int(card.detail.get("n", 1)), "Failure"))


def _repeated(card: StoryFacts) -> Mrkdwn:
    what = f"{words.count(card.total, 'Failure')} still open" if card.total else "It is still so"
    return say("🔄 {}, and nobody has acknowledged it yet.", what)


def _always(sentence: str) -> Callable[[StoryFacts], Mrkdwn]:
    return lambda _: say(sentence)


_TOLD: dict[str, Callable[[StoryFacts], Mrkdwn]] = {
    "lost": _always("🔴 Lost: so many syncs are missing that a short pause does not explain it."),
    "overdue": _always("🟠 Pending for 60 days: contact your Account Manager."),
    "more": _more,
    "back": _back,
    "acknowledged": _acknowledged,
    "snoozed": _snoozed,
    "woke": _always("⏰ The snooze is over, and the cause is still there."),
    "repeated": _repeated,
    "reminded": _always("🔔 Acknowledged two working days ago, and still so. Is somebody on it?"),
    "muted": _always("🚫 Muted: Lastsync says nothing more of this integration. The App Home undoes it."),
    "folded": _always("➡️ Most of the carrier is late: it goes on in the carrier's card."),
    "unfolded": _always("↩️ The carrier is back on time at most employers, and this one is not."),
    "closed": _closed,
}
