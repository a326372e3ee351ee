"""The names of one kind, employers or carriers, prepared so that what a person typed finds its names quickly.

Every word that was typed is compared with every different word of the names once; only names that have a like
word for each of them are weighed. The answer is that of weighing every name with `likeness`: a test holds it
to that.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz, process, utils

EXACT = 100.0
LEAST_WORD = 55
MOST_ASKED = 500  # typed words whose like ones are remembered
MOST_JOINED = 8  # words of a name that may be written as one
_BEGINS = 97.0
_BEGINNING = 0.95
_LEAST_MISSPELT = 4  # letters; of fewer, a wrong one leaves nothing to go by
_FILLERS = frozenset({"and", "the", "of", "with", "inc", "llc", "co", "ltd"})


@dataclass(frozen=True)
class Fit:
    id: int
    name: str
    score: float


def words(text: str) -> list[str]:
    """Lower case, without signs; a text of signs alone (an emoji) stays as it is."""
    found = utils.default_process(text).split()
    return [word for word in found if word not in _FILLERS] or found or text.split()


def likeness(typed: Sequence[str], name: str) -> float:
    """How well the words name it, 0 to 100. Each word must fit some word of the name."""
    theirs = words(name) or [name.strip()]
    if "".join(typed) == "".join(theirs):
        return EXACT
    joined = _joined(name)
    scores = [EXACT if word in joined else max(word_score(word, their) for their in theirs) for word in typed]
    return _weigh(typed, scores, theirs)


def _joined(name: str) -> set[str]:
    """Neighbouring words written as one: `redrock`, with fillers and without (`bankofamerica`)."""
    every = utils.default_process(name).split()
    told = {tuple(every[:MOST_JOINED]), tuple(words(name)[:MOST_JOINED])}
    return {
        "".join(each[begin:end])
        for each in told
        for begin in range(len(each))
        for end in range(begin + 2, len(each) + 1)
    }


def word_score(word: str, theirs: str) -> float:
    if word == theirs:
        return EXACT
    if theirs.startswith(word):
        return _BEGINS
    beginning = theirs[: len(word)] if len(word) >= _LEAST_MISSPELT else theirs
    return max(fuzz.ratio(word, theirs), fuzz.ratio(word, beginning) * _BEGINNING)


def _weigh(typed: Sequence[str], scores: Sequence[float], theirs: Sequence[str]) -> float:
    if not scores or min(scores) < LEAST_WORD:
        return min(scores, default=0.0)
    length = sum(len(word) for word in typed)
    whole = sum(score * len(word) for score, word in zip(scores, typed, strict=True)) / length
    # Of two names that fit alike, the one that is named more fully is meant.
    covered = min(1.0, length / sum(len(word) for word in theirs))
    return whole * 0.96 + 3 * covered


class Names:
    """Names by id, which never change: new names are a new one of these."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self.names = names
        self._words = {id_: words(name) or [name.strip()] for id_, name in names.items()}
        self._asked: dict[str, dict[str, float]] = {}
        self._having: dict[str, set[int]] = defaultdict(set)
        self._whole: dict[str, list[int]] = defaultdict(list)
        self._joined: dict[str, set[int]] = defaultdict(set)
        for id_, theirs in self._words.items():
            self._whole["".join(theirs)].append(id_)
            for word in theirs:
                self._having[word].add(id_)
            for word in _joined(names[id_]):
                self._joined[word].add(id_)

    def exact(self, typed: Sequence[str], among: Collection[int]) -> tuple[Fit, ...]:
        """The names that are just these words."""
        ids = (id_ for id_ in self._whole.get("".join(typed), ()) if id_ in among)
        return _ordered(Fit(id_, self.names[id_], EXACT) for id_ in ids)

    def fits(self, typed: Sequence[str], among: Collection[int], least: float) -> tuple[Fit, ...]:
        """The names among those ids that the words fit, best first. `least` is more than LEAST_WORD."""
        if not typed:
            return ()
        exact = {fit.id for fit in self.exact(typed, among)}
        found = []
        for id_ in self._candidates(typed, among) | exact:
            best = [self._best(word, id_) for word in typed]
            score = EXACT if id_ in exact else _weigh(typed, best, self._words[id_])
            if score >= least:
                found.append(Fit(id_, self.names[id_], score))
        return _ordered(found)

    def _candidates(self, typed: Sequence[str], among: Collection[int]) -> set[int]:
        """The ids whose names have a like word for each of the typed ones."""
        having = [self._having_like(word) for word in set(typed)]
        having.sort(key=len)
        return {id_ for id_ in having[0].intersection(*having[1:]) if id_ in among}

    def _having_like(self, word: str) -> set[int]:
        return set().union(self._joined.get(word, ()), *(self._having[each] for each in self._likes(word)))

    def _best(self, word: str, id_: int) -> float:
        if id_ in self._joined.get(word, ()):
            return EXACT
        like = self._likes(word)
        return max(like.get(their, 0.0) for their in self._words[id_])

    def _likes(self, word: str) -> dict[str, float]:
        like = self._asked.get(word)
        if like is None:
            if len(self._asked) >= MOST_ASKED:
                self._asked.clear()
            like = self._asked[word] = self._like(word)
        return like

    def _like(self, word: str) -> dict[str, float]:
        """The words of these names that a typed one may stand for, with their scores."""
        like = {each: score for each, score, _ in _like(word, self._vocabulary, LEAST_WORD)}
        if len(word) >= _LEAST_MISSPELT:
            beginnings = [each[: len(word)] for each in self._vocabulary]
            for _, score, i in _like(word, beginnings, LEAST_WORD / _BEGINNING - 1e-6):
                each = self._vocabulary[i]
                like[each] = max(like.get(each, 0.0), score * _BEGINNING)
        return like | dict.fromkeys(self._beginning_with(word), _BEGINS) | self._same(word)

    def _beginning_with(self, word: str) -> Iterable[str]:
        for i in range(bisect_left(self._vocabulary, word), len(self._vocabulary)):
            if not self._vocabulary[i].startswith(word):
                return
            yield self._vocabulary[i]

    def _same(self, word: str) -> dict[str, float]:
        return {word: EXACT} if word in self._having else {}

    @cached_property
    def _vocabulary(self) -> list[str]:
        return sorted(self._having)


def _like(word: str, among: Sequence[str], least: float) -> list[tuple[str, float, int]]:
    return process.extract(word, among, scorer=fuzz.ratio, limit=None, score_cutoff=least)


def _ordered(fits: Iterable[Fit]) -> tuple[Fit, ...]:
    return tuple(sorted(fits, key=lambda fit: (-fit.score, fit.name, fit.id)))
