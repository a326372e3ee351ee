"""Which employer and which carrier a person meant, among those that this person may see and no others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock
from weakref import WeakKeyDictionary

from rapidfuzz import fuzz, process, utils
from sqlalchemy import ColumnElement, Connection, Engine, Select, func, select
from sqlalchemy.orm import Session

from services.access import Actor, Right, alike, require, scope, visible
from services.integrations.names import EXACT, Fit, Names, word_score, words
from services.ports import Status
from services.store.base import read
from services.store.exchange import Carrier, Employer, Integration, Reading

LONGEST = 200  # characters; what is longer is no name, and is not scored
MOST_WORDS = 12
FIT = 78  # out of 100: below it a name is only "close"
CLOSE = 70
NEAR = 6  # two names whose scores differ by less both fit
SHORTLIST = 25  # of the names that come close
CHOICES = 8
SUGGESTIONS = 100  # Slack's most for one select


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
class _Reading:
    """One way to split the words into an employer and a carrier."""

    employers: tuple[Fit, ...]
    carriers: tuple[Fit, ...]
    score: float


@dataclass(frozen=True)
class _Seen:
    """Names, and the ids of those that a person may see."""

    all: Names
    ids: Collection[int]

    @property
    def names(self) -> dict[int, str]:
        return {id_: self.all.names[id_] for id_ in self.ids if id_ in self.all.names}

    def exact(self, typed: list[str]) -> tuple[Fit, ...]:
        return self.all.exact(typed, self.ids)

    def fits(self, typed: list[str], least: float = FIT) -> tuple[Fit, ...]:
        return self.all.fits(typed, self.ids, least)


@dataclass(frozen=True)
class _Known:
    """What a process remembers of one store's names. `version` tells whether it still is so."""

    version: tuple[object, ...]
    employers: Names
    carriers: Names


def seen(actor: Actor) -> ColumnElement[bool]:
    """The condition on integrations that keeps a query to those `actor` may see."""
    condition = visible(actor, Integration.employer_id)
    if actor.may(Right.SEE_PENDING):
        return condition
    return condition & (Integration.status == Status.ACTIVE)


def _names(session: Session, actor: Actor) -> tuple[_Seen, _Seen]:
    """Employers and carriers. The names are remembered; who may see which of them is asked each time."""
    known = _known(session)
    carriers = read(session, _carriers_seen(alike(actor)), **scope(actor)).scalars()
    return _Seen(known.employers, _employers_seen(session, actor, known)), _Seen(
        known.carriers, set(carriers)
    )


def _employers_seen(session: Session, actor: Actor, known: _Known) -> Collection[int]:
    if actor.employers is None:
        return known.employers.names.keys()
    return set(read(session, _theirs(alike(actor)), **scope(actor)).scalars())


@lru_cache
def _theirs(actor: Actor) -> Select[int]:
    return select(Employer.id).where(visible(actor, Employer.id))


@lru_cache
def _carriers_seen(actor: Actor) -> Select[int]:
    with_one = select(Integration.id).where(Integration.carrier_id == Carrier.id, seen(actor)).exists()
    return select(Carrier.id).where(with_one)


_remembered: WeakKeyDictionary[Engine | Connection, _Known] = WeakKeyDictionary()
_loading = Lock()


def _known(session: Session) -> _Known:
    """The names of the session's store: those of its last complete reading, and any that came since.

    A name changes only by a reading, and that leaves its time when it is complete; a new one has a new id.
    """
    store, version = session.get_bind(), tuple(read(session, _VERSION).one())
    known = _remembered.get(store)
    if known is None or known.version != version:
        with _loading:
            known = _remembered[store] = _load(session, version, _remembered.get(store))
    return known


_VERSION = select(
    select(func.max(Employer.id)).scalar_subquery(),
    select(func.max(Carrier.id)).scalar_subquery(),
    select(Reading.read_at).where(Reading.stream == "integrations").scalar_subquery(),
)


def _load(session: Session, version: tuple[object, ...], known: _Known | None) -> _Known:
    if known and known.version == version:
        return known
    employers = dict(read(session, select(Employer.id, Employer.name)).all())
    carriers = dict(read(session, select(Carrier.id, Carrier.name)).all())
    if known and (known.employers.names, known.carriers.names) == (employers, carriers):
        return _Known(version, known.employers, known.carriers)
    return _Known(version, Names(employers), Names(carriers))


def find(session: Session, actor: Actor, text: str) -> Found | Several | Nothing:
    """Read `[employer] [carrier]` in any order, with spelling forgiven."""
    require(actor, Right.SEE_STATUS)
    asked = " ".join(text.split())
    typed = words(asked)
    if len(asked) > LONGEST or len(typed) > MOST_WORDS:
        return Nothing(asked[:60] + "…", too_long=True)
    employers, carriers = _names(session, actor)
    exact = _readings(typed, employers.exact, carriers.exact)
    found = _choices(exact or _readings(typed, employers.fits, carriers.fits))
    if len(found) == 1:
        return found[0]
    if found:
        return Several(asked, found[:CHOICES], max(0, len(found) - CHOICES))
    return Nothing(asked, _closest(asked, employers.names, carriers.names))


def suggest_employers(session: Session, actor: Actor, now: datetime, text: str) -> tuple[Named, ...]:
    """For a select with search: the visible employers that fit what was typed so far."""
    del now
    require(actor, Right.SEE_STATUS)
    return _suggest(text, _names(session, actor)[0])


def suggest_carriers(session: Session, actor: Actor, now: datetime, text: str) -> tuple[Named, ...]:
    del now
    require(actor, Right.SEE_STATUS)
    return _suggest(text, _names(session, actor)[1])


_Fitting = Callable[[list[str]], tuple[Fit, ...]]


def _readings(typed: list[str], employers: _Fitting, carriers: _Fitting) -> list[_Reading]:
    """Every split in which both parts fit. Carriers are few, so they are tried first."""
    readings = []
    for for_employer, for_carrier in _splits(typed):
        carrier_fits = carriers(for_carrier) if for_carrier else ()
        if for_carrier and not carrier_fits:
            continue
        employer_fits = employers(for_employer) if for_employer else ()
        if for_employer and not employer_fits:
            continue
        readings.append(_weigh((for_employer, employer_fits), (for_carrier, carrier_fits)))
    return readings


def _splits(typed: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """(employer, carrier) in either order, one of them maybe empty."""
    for cut in range(len(typed) + 1) if typed else ():
        yield typed[:cut], typed[cut:]
        if 0 < cut < len(typed):
            yield typed[cut:], typed[:cut]


def _weigh(*parts: tuple[list[str], tuple[Fit, ...]]) -> _Reading:
    lengths = [sum(len(word) for word in typed) for typed, _ in parts]
    scores = [fits[0].score if fits else 0.0 for _, fits in parts]
    whole = sum(length * score for length, score in zip(lengths, scores, strict=True)) / sum(lengths)
    (_, employers), (_, carriers) = parts
    return _Reading(_best(employers), _best(carriers), whole)


def _best(fits: tuple[Fit, ...]) -> tuple[Fit, ...]:
    if not fits:
        return ()
    best = fits[0].score
    near = 0.0 if best == EXACT else NEAR
    return tuple(fit for fit in fits if fit.score >= best - near)


def _choices(readings: list[_Reading]) -> tuple[Found, ...]:
    if not readings:
        return ()
    best = max(reading.score for reading in readings)
    near = 0.0 if best == EXACT else NEAR
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
    return [Named(fit.id, fit.name) for fit in fits] or [None]


def _closest(asked: str, employers: Mapping[int, str], carriers: Mapping[int, str]) -> tuple[Found, ...]:
    """Up to three names that a part of the text comes close to, for "did you mean"."""
    near = [(score, Found(named, None)) for score, named in _rough(asked, employers)]
    near += [(score, Found(None, named)) for score, named in _rough(asked, carriers)]
    return tuple(found for _, found in sorted(near, key=lambda each: -each[0])[:3])


def _rough(asked: str, names: Mapping[int, str]) -> list[tuple[float, Named]]:
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
    return max(word_score(word, their) for word in words(asked) for their in words(name))


def _suggest(text: str, seen: _Seen) -> tuple[Named, ...]:
    """Names that hold the text as it stands, those that begin with it first; else those that come close."""
    typed = " ".join(text[:LONGEST].casefold().split())
    holding = [Named(id_, name) for id_, name in seen.names.items() if typed in name.casefold()]
    if holding:
        holding.sort(
            key=lambda each: (not each.name.casefold().startswith(typed), each.name.casefold(), each.id)
        )
        return tuple(holding[:SUGGESTIONS])
    return tuple(Named(fit.id, fit.name) for fit in seen.fits(words(typed)[:MOST_WORDS], CLOSE))
