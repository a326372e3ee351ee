"""Which employer and which carrier a person meant, among those that this person may see and no others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from rapidfuzz import fuzz, process, utils
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from services.access import Actor, Right, require, visible
from services.models import Carrier, Employer, Integration
from services.ports import Status

LONGEST = 200  # characters; what is longer is no name, and is not scored
MOST_WORDS = 12
FIT = 78  # out of 100: below it a name is only "close"
CLOSE = 70
NEAR = 6  # two names whose scores differ by less both fit
SHORTLIST = 25
CHOICES = 8
SUGGESTIONS = 100  # Slack's most for one select
_EXACT = 100.0
_LEAST_WORD = 55
_LEAST_MISSPELT = 4  # letters; of fewer, a wrong one leaves nothing to go by
_FILLERS = frozenset({"and", "the", "of", "with", "inc", "llc", "co", "ltd"})


@dataclass(frozen=True)
class Named:
    id: int
    name: str


@dataclass(frozen=True)
class Found:
    """What was meant. One of the two may be missing, never both."""

    employer: Named | None
    carrier: Named | None

    @property
    def label(self) -> str:
        return " and ".join(each.name for each in (self.employer, self.carrier) if each)


@dataclass(frozen=True)
class Several:
    """More than one fits: the person chooses. `more` counts those that are not listed."""

    asked: str
    choices: tuple[Found, ...]
    more: int = 0


@dataclass(frozen=True)
class Nothing:
    """Nothing fits. `closest` may help; `too_long` says that the text was not looked at."""

    asked: str
    closest: tuple[Found, ...] = ()
    too_long: bool = False


@dataclass(frozen=True)
class Fit:
    named: Named
    score: float


@dataclass(frozen=True)
class _Reading:
    """One way to split the words into an employer and a carrier."""

    employers: tuple[Fit, ...]
    carriers: tuple[Fit, ...]
    score: float


Names = Mapping[int, str]


def seen(who: Actor) -> ColumnElement[bool]:
    """The condition on integrations that keeps a query to those `who` may see."""
    condition = visible(who, Integration.employer_id)
    if who.may(Right.SEE_PENDING):
        return condition
    return condition & (Integration.status == Status.ACTIVE)


def employer_names(session: Session, who: Actor) -> dict[int, str]:
    query = select(Employer.id, Employer.name).where(visible(who, Employer.id))
    return dict(session.execute(query).all())


def carrier_names(session: Session, who: Actor) -> dict[int, str]:
    theirs = select(Integration.id).where(Integration.carrier_id == Carrier.id, seen(who)).exists()
    query = select(Carrier.id, Carrier.name).where(theirs)
    return dict(session.execute(query).all())


def find(session: Session, who: Actor, text: str) -> Found | Several | Nothing:
    """Read `[employer] [carrier]` in any order, with spelling forgiven."""
    require(who, Right.SEE_STATUS)
    asked = " ".join(text.split())
    words = _words(asked)
    if len(asked) > LONGEST or len(words) > MOST_WORDS:
        return Nothing(asked[:60] + "…", too_long=True)
    employers, carriers = employer_names(session, who), carrier_names(session, who)
    found = _choices(_readings(words, employers, carriers))
    if len(found) == 1:
        return found[0]
    if found:
        return Several(asked, found[:CHOICES], max(0, len(found) - CHOICES))
    return Nothing(asked, _closest(asked, employers, carriers))


def suggest_employers(session: Session, who: Actor, now: datetime, text: str) -> tuple[Named, ...]:
    """For a select with search: the visible employers that fit what was typed so far."""
    del now
    require(who, Right.SEE_STATUS)
    return _suggest(text, employer_names(session, who))


def suggest_carriers(session: Session, who: Actor, now: datetime, text: str) -> tuple[Named, ...]:
    del now
    require(who, Right.SEE_STATUS)
    return _suggest(text, carrier_names(session, who))


def likeness(words: list[str], name: str) -> float:
    """How well the words name it, 0 to 100. Each word must fit some word of the name."""
    theirs = _words(name) or [name.strip()]
    if words == theirs or "".join(words) == "".join(theirs):
        return _EXACT
    scores = [max(_word_score(word, their) for their in theirs) for word in words]
    if not scores or min(scores) < _LEAST_WORD:
        return min(scores, default=0.0)
    length = sum(len(word) for word in words)
    whole = sum(score * len(word) for score, word in zip(scores, words, strict=True)) / length
    # Of two names that fit alike, the one that is named more fully is meant.
    covered = min(1.0, length / sum(len(word) for word in theirs))
    return whole * 0.96 + 3 * covered


def _word_score(word: str, theirs: str) -> float:
    if word == theirs:
        return _EXACT
    if theirs.startswith(word):
        return 97.0
    beginning = theirs[: len(word)] if len(word) >= _LEAST_MISSPELT else theirs
    return max(fuzz.ratio(word, theirs), fuzz.ratio(word, beginning) * 0.95)


def _words(text: str) -> list[str]:
    """Lower case, without signs; a text of signs alone (an emoji) stays as it is."""
    words = utils.default_process(text).split()
    return [word for word in words if word not in _FILLERS] or words or text.split()


def _fits(words: list[str], names: Names, least: float = FIT) -> tuple[Fit, ...]:
    """The names that the words fit, best first."""
    text = " ".join(words)
    processor = utils.default_process if utils.default_process(text) else None
    rough = process.extract(
        text, names, scorer=fuzz.WRatio, processor=processor, limit=SHORTLIST, score_cutoff=least / 2
    )
    fits = (Fit(Named(id_, name), likeness(words, name)) for name, _, id_ in rough)
    return tuple(sorted((fit for fit in fits if fit.score >= least), key=_order))


def _order(fit: Fit) -> tuple[float, str, int]:
    return -fit.score, fit.named.name, fit.named.id


def _readings(words: list[str], employers: Names, carriers: Names) -> list[_Reading]:
    """Every split in which both parts fit. Carriers are few, so they are tried first."""
    readings = []
    for for_employer, for_carrier in _splits(words):
        carrier_fits = _fits(for_carrier, carriers) if for_carrier else ()
        if for_carrier and not carrier_fits:
            continue
        employer_fits = _fits(for_employer, employers) if for_employer else ()
        if for_employer and not employer_fits:
            continue
        readings.append(_weigh((for_employer, employer_fits), (for_carrier, carrier_fits)))
    return readings


def _splits(words: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """(employer, carrier) in either order, one of them maybe empty."""
    for cut in range(len(words) + 1) if words else ():
        yield words[:cut], words[cut:]
        if 0 < cut < len(words):
            yield words[cut:], words[:cut]


def _weigh(*parts: tuple[list[str], tuple[Fit, ...]]) -> _Reading:
    lengths = [sum(len(word) for word in words) for words, _ in parts]
    scores = [fits[0].score if fits else 0.0 for _, fits in parts]
    whole = sum(length * score for length, score in zip(lengths, scores, strict=True)) / sum(lengths)
    (_, employers), (_, carriers) = parts
    return _Reading(_best(employers), _best(carriers), whole)


def _best(fits: tuple[Fit, ...]) -> tuple[Fit, ...]:
    if not fits:
        return ()
    best = fits[0].score
    near = 0.0 if best == _EXACT else NEAR
    return tuple(fit for fit in fits if fit.score >= best - near)


def _choices(readings: list[_Reading]) -> tuple[Found, ...]:
    if not readings:
        return ()
    best = max(reading.score for reading in readings)
    near = 0.0 if best == _EXACT else NEAR
    kept = sorted(
        (reading for reading in readings if reading.score >= best - near), key=lambda each: -each.score
    )
    pairs = (
        Found(employer, carrier)
        for reading in kept
        for employer in _named(reading.employers)
        for carrier in _named(reading.carriers)
    )
    return tuple(dict.fromkeys(pairs))


def _named(fits: tuple[Fit, ...]) -> Iterable[Named | None]:
    return [fit.named for fit in fits] or [None]


def _closest(asked: str, employers: Names, carriers: Names) -> tuple[Found, ...]:
    """Up to three names that a part of the text comes close to, for "did you mean"."""
    near = [(score, Found(named, None)) for score, named in _rough(asked, employers)]
    near += [(score, Found(None, named)) for score, named in _rough(asked, carriers)]
    return tuple(found for _, found in sorted(near, key=lambda each: -each[0])[:3])


def _rough(asked: str, names: Names) -> list[tuple[float, Named]]:
    rough = process.extract(
        asked,
        names,
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        limit=SHORTLIST,
        score_cutoff=FIT / 2,
    )
    scored = [(_best_word(asked, name), Named(id_, name)) for name, _, id_ in rough]
    return [(score, named) for score, named in scored if score >= CLOSE]


def _best_word(asked: str, name: str) -> float:
    return max(_word_score(word, their) for word in _words(asked) for their in _words(name))


def _suggest(text: str, names: Names) -> tuple[Named, ...]:
    """Names that hold the text as it stands, those that begin with it first; else those that come close."""
    typed = " ".join(text[:LONGEST].casefold().split())
    holding = [Named(id_, name) for id_, name in names.items() if typed in name.casefold()]
    if holding:
        holding.sort(
            key=lambda each: (not each.name.casefold().startswith(typed), each.name.casefold(), each.id)
        )
        return tuple(holding[:SUGGESTIONS])
    return tuple(fit.named for fit in _fits(_words(typed)[:MOST_WORDS], names, CLOSE))
