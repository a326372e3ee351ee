"""Names are found fast, and found as if each had been weighed by itself."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from services.integrations.names import Fit, Names, likeness, words
from services.integrations.search import CLOSE, FIT

PARTS = (
    "Harbor",
    "Harbour",
    "Bakery",
    "Bakers",
    "Red",
    "Redwood",
    "Rock",
    "Quill",
    "&",
    "Sons",
    "and",
    "the",
    "🥐",
)
MISSPELT = (
    "harb",
    "habor",
    "bakry",
    "re",
    "rd",
    "redwod",
    "quil",
    "sonss",
    "harborbakery",
    "redrock",
    "bakeryandsons",
    "quillsons",
    "\u05e9\u05dc",
    "zzzz",
)

names = st.lists(
    st.one_of(
        st.text(min_size=1, max_size=12),
        st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map(" ".join),
    ),
    max_size=12,
).map(lambda found: dict(enumerate(found, 1)))
typed = st.one_of(
    st.text(max_size=20), st.lists(st.sampled_from((*PARTS, *MISSPELT)), max_size=4).map(" ".join)
).map(words)
seen = st.sets(st.integers(1, 12))


def weighed(names: dict[int, str], asked: list[str], least: float) -> list[Fit]:
    """Every name weighed by itself: slow, and plainly right."""
    scored = (Fit(id_, name, likeness(asked, name)) for id_, name in names.items())
    return sorted(
        (fit for fit in scored if fit.score >= least), key=lambda fit: (-fit.score, fit.name, fit.id)
    )


@given(names=names, asked=typed, least=st.sampled_from((FIT, CLOSE)))
@example({1: "Harbor Bakery", 2: "Harbour Bakers"}, ["harbor", "bakery"], FIT)
@example({1: "Red Rock Outfitters", 2: "Redwood"}, ["redrock"], FIT)
@example({1: "Bank of America Benefits"}, ["bankofamerica"], FIT)
@example({1: "UnitedHealthcare"}, ["united", "health", "care"], FIT)
def test_what_fits_is_what_weighing_each_name_finds(
    names: dict[int, str], asked: list[str], least: float
) -> None:
    assert list(Names(names).fits(asked, names.keys(), least)) == (
        weighed(names, asked, least) if asked else []
    )


def test_neighbouring_words_may_be_written_as_one() -> None:
    found = Names({1: "Red Rock Outfitters", 2: "Redwood Rocks", 3: "Bank of America Benefits"})
    assert [fit.id for fit in found.fits(["redrock"], {1, 2, 3}, FIT)] == [1]
    assert [fit.id for fit in found.fits(["bankofamerica"], {1, 2, 3}, FIT)] == [3]


@given(names=names, asked=typed, seen=seen)
def test_what_is_not_seen_changes_nothing(names: dict[int, str], asked: list[str], seen: set[int]) -> None:
    theirs = {id_: name for id_, name in names.items() if id_ in seen}
    assert Names(names).fits(asked, seen, FIT) == Names(theirs).fits(asked, theirs.keys(), FIT)
    assert Names(names).exact(asked, seen) == Names(theirs).exact(asked, theirs.keys())


@given(names=names, asked=typed)
def test_an_exact_name_comes_before_every_other(names: dict[int, str], asked: list[str]) -> None:
    found = Names(names)
    exact, fits = found.exact(asked, names.keys()), found.fits(asked, names.keys(), FIT)
    if asked:
        assert fits[: len(exact)] == exact
