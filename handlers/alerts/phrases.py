"""The words for what became of an alert, and for the lines of a digest. Each function is a filter.

Replies in a card's thread name nobody: Slack pings whoever is mentioned in one. The card says who it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from handlers.kit.mrkdwn import Mrkdwn, at, called, clip, say
from handlers.kit.phrases import calendar, joined
from services import words
from services.alerts.timeline import TimelineCard, What
from services.channels.digest import DigestLine
from services.integrations.pending import PENDING_DAYS
from services.store.alerts import Closing

CLOSED = {
    Closing.SYNCED: "The sync came.",
    Closing.CLEARED: "No Failure is left.",
    Closing.PENDING: "It is Pending again.",
    Closing.ACTIVE: "It is Active.",
    Closing.DISABLED: "It was turned off.",
    Closing.FOLDED: "It goes on in the carrier's card.",
    Closing.EXPECTED_LATER: "It is expected later now: the cadence or a maintenance window was set.",
    Closing.NOT_LATE: "Most of its integrations are not late any more.",
    Closing.RECOVERED: "It answers again.",
    Closing.TOLD: "That was told, and nothing is to do.",
}


def told(card: TimelineCard) -> Mrkdwn:
    """One reply of the thread; those that the channel shows too say what they are about, and to whom."""
    reply = TOLD[What(card.what)](card)
    if not card.broadcast:
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


def _acknowledged(card: TimelineCard) -> Mrkdwn:
    note = card.detail.get("note")
    return say("✅ Acknowledged: {}", clip(note, 500)) if note else say("✅ Acknowledged.")


def _snoozed(card: TimelineCard) -> Mrkdwn:
    until = card.detail.get("until")
    return say("⏸️ Snoozed until {}.", at(datetime.fromisoformat(until))) if until else say("⏸️ Snoozed.")


def _closed(card: TimelineCard) -> Mrkdwn:
    because = CLOSED[Closing(card.detail["because"])]
    lasted = card.detail.get("lasted")
    length = f" It lasted {words.span(timedelta(seconds=float(lasted)))}." if lasted is not None else ""
    return say("🟢 Closed. {}{}", because, length)


def _more(card: TimelineCard) -> Mrkdwn:
    return say("🔴 {} came.", words.count(int(card.detail.get("n", 1)), "more Failure"))


def _back(card: TimelineCard) -> Mrkdwn:
    return say("↩️ {} came back after a resolution.", words.count(int(card.detail.get("n", 1)), "Failure"))


def _repeated(card: TimelineCard) -> Mrkdwn:
    what = f"{words.count(card.total, 'Failure')} still open" if card.total else "It is still so"
    return say("🔄 {}, and nobody has acknowledged it yet.", what)


def _always(sentence: str) -> Callable[[TimelineCard], Mrkdwn]:
    return lambda _: say(sentence)


TOLD: dict[What, Callable[[TimelineCard], Mrkdwn]] = {
    What.LOST: _always("🔴 Lost: so many syncs are missing that a short pause does not explain it."),
    What.OVERDUE: _always(f"🟠 Pending for {PENDING_DAYS} days: contact your Account Manager."),
    What.MORE: _more,
    What.BACK: _back,
    What.ACKNOWLEDGED: _acknowledged,
    What.SNOOZED: _snoozed,
    What.WOKE: _always("⏰ The snooze is over, and the cause is still there."),
    What.REPEATED: _repeated,
    What.REMINDED: _always("🔔 Acknowledged two working days ago, and still so. Is somebody on it?"),
    What.MUTED: _always("🚫 Muted: Lastsync says nothing more of this integration. The App Home undoes it."),
    What.CLOSED: _closed,
}


FILTERS: Mapping[str, Callable[..., object]] = {
    "told": told,
    "digested": digested,
}
