"""What `/carrier-messages [employer] [carrier] [failures|warnings|info|resolved]` asks, and its answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from services.access import Actor, Right, require
from services.integrations import search
from services.integrations.search import Nothing, Several
from services.messages import listing
from services.messages.filters import Filters, Show
from services.messages.listing import MessagesPage
from services.ports import Severity

WORDS = {
    "failure": Filters(severity=Severity.FAILURE),
    "failures": Filters(severity=Severity.FAILURE),
    "warning": Filters(severity=Severity.WARNING),
    "warnings": Filters(severity=Severity.WARNING),
    "info": Filters(severity=Severity.INFO),
    "resolved": Filters(show=Show.RESOLVED),
}


@dataclass(frozen=True)
class Question:
    """Which employer or carrier is meant is not clear. `filters`: what else was asked for."""

    found: Several | Nothing
    filters: Filters


def answer(session: Session, who: Actor, now: datetime, text: str) -> MessagesPage | Question:
    require(who, Right.SEE_MESSAGES)
    names, filters = read(text)
    if names:
        found = search.find(session, who, names)
        if isinstance(found, Several | Nothing):
            return Question(found, filters)
        employer_id, carrier_id = (each.id if each else None for each in (found.employer, found.carrier))
        filters = replace(filters, employer_id=employer_id, carrier_id=carrier_id)
    return listing.page(session, who, now, filters)


def read(text: str) -> tuple[str, Filters]:
    """The names, and what the last word that is one of ours asks for."""
    words = text.split()
    for place in reversed(range(len(words))):
        if (asked := WORDS.get(words[place].casefold())) is not None:
            return " ".join(words[:place] + words[place + 1 :]), asked
    return text, Filters()
