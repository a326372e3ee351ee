"""What a person meant by what they typed, among the names that they may see."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.access import Actor, Role
from services.errors import NoRole, NotAllowed
from services.integrations import search
from services.integrations.search import Found, Nothing, Several
from services.store.exchange import Employer
from services.store.people import PersonEmployer
from tests.agency import ADMIN, BROKER, HR, NOBODY, NOW, READER, Agency, found

THEIRS = ("Harbor Bakery", "Juniper Dental Group", "Northwind Freight", "Red Rock Outfitters")
OTHERS = ("Oakline Furniture", "Quill & Sons Printing", "Redwood Veterinary", "Tidewater Robotics")
CARRIERS = ("Guardian", "Principal", "Cigna", "Anthem Blue Cross", "UnitedHealthcare", "Kaiser Permanente")


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Agency:
    """Every employer has every carrier, but Kaiser Permanente is with the others alone."""
    agency = found(Path(tmp_path_factory.mktemp("finding")))
    for employer in (*THEIRS, *OTHERS):
        for carrier in CARRIERS if employer in OTHERS else CARRIERS[:-1]:
            agency.integration(employer, carrier)
    agency.integration("Harbor Bakery", "Aetna", "disabled")
    agency.employer("مخبز الميناء")
    agency.employer("🥐🥐")
    agency.person(BROKER, Role.BROKER, *THEIRS)
    agency.person(HR, Role.EMPLOYER, "Harbor Bakery")
    agency.person(READER, Role.READ_ONLY, "Harbor Bakery")
    return agency


def look(session: Session, actor: Actor, now: datetime, text: str) -> Found | Several | Nothing:
    del now
    return search.find(session, actor, text)


def labels(result: Found | Several | Nothing) -> list[str]:
    """What it names, whether found, offered or close."""
    if isinstance(result, Found):
        return [result.label]
    return [each.label for each in (result.choices if isinstance(result, Several) else result.closest)]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Harbor Bakery", "Harbor Bakery"),
        ("harb", "Harbor Bakery"),
        ("habor bakry", "Harbor Bakery"),
        ("bakery harbor", "Harbor Bakery"),
        ('"Harbor Bakery"', "Harbor Bakery"),
        ("harbor 🥐 bakery", "Harbor Bakery"),
        ("quill and sons", "Quill & Sons Printing"),
        ("quill & sons", "Quill & Sons Printing"),
        ("red rock", "Red Rock Outfitters"),
        ("مخبز", "مخبز الميناء"),
        ("🥐🥐", "🥐🥐"),
        ("guardian", "Guardian"),
        ("gardian", "Guardian"),
        ("principle", "Principal"),
        ("united health care", "UnitedHealthcare"),
        ("redrock", "Red Rock Outfitters"),
        ("redrock unitedhealthcare", "Red Rock Outfitters and UnitedHealthcare"),
        ("bluecross red rockoutfitters", "Red Rock Outfitters and Anthem Blue Cross"),
        ("blue cross", "Anthem Blue Cross"),
        ("harbor guardian", "Harbor Bakery and Guardian"),
        ("guardian harbor", "Harbor Bakery and Guardian"),
        ("habor gardian", "Harbor Bakery and Guardian"),
        ("juniper dental anthem blue", "Juniper Dental Group and Anthem Blue Cross"),
        ("  HARBOR   cigna ", "Harbor Bakery and Cigna"),
    ],
)
def test_what_was_typed_is_understood(agency: Agency, text: str, meant: str) -> None:
    result = agency.ask(ADMIN, look, text)
    assert isinstance(result, Found)
    assert result.label == meant


def test_two_that_fit_are_both_offered(agency: Agency) -> None:
    result = agency.ask(ADMIN, look, "red")
    assert isinstance(result, Several)
    assert labels(result) == ["Red Rock Outfitters", "Redwood Veterinary"]


def test_the_full_name_of_one_is_not_asked_about(agency: Agency) -> None:
    assert labels(agency.ask(ADMIN, look, "redwood veterinary")) == ["Redwood Veterinary"]


def test_with_a_carrier_both_that_fit_are_offered_with_it(agency: Agency) -> None:
    result = agency.ask(ADMIN, look, "red guardian")
    assert labels(result) == ["Red Rock Outfitters and Guardian", "Redwood Veterinary and Guardian"]


def test_when_nothing_fits_the_closest_is_offered(agency: Agency) -> None:
    result = agency.ask(ADMIN, look, "harbor zzzz")
    assert isinstance(result, Nothing)
    assert labels(result) == ["Harbor Bakery"]


def test_nonsense_comes_close_to_nothing(agency: Agency) -> None:
    assert agency.ask(ADMIN, look, "zzzz") == Nothing("zzzz")


def test_long_text_is_not_looked_at(agency: Agency) -> None:
    result = agency.ask(ADMIN, look, "harbor " * 430)
    assert isinstance(result, Nothing)
    assert result.too_long
    assert len(result.asked) < 100


@pytest.mark.parametrize("text", ["redwood", "quill", "tidewater guardian", "kaiser", "oakline"])
def test_what_a_broker_may_not_see_is_not_there_for_them(agency: Agency, text: str) -> None:
    named = " ".join(labels(agency.ask(BROKER, look, text)))
    assert not any(name in named for name in (*OTHERS, "Kaiser Permanente"))


def test_among_their_own_a_broker_need_not_be_exact(agency: Agency) -> None:
    assert labels(agency.ask(BROKER, look, "red")) == ["Red Rock Outfitters"]


def test_a_carrier_that_is_disabled_is_not_there_for_an_employer(agency: Agency) -> None:
    assert labels(agency.ask(ADMIN, look, "aetna")) == ["Aetna"]
    assert labels(agency.ask(HR, look, "aetna")) == []


def test_without_a_role_nothing_is_looked_up(agency: Agency) -> None:
    with pytest.raises(NoRole):
        agency.ask(NOBODY, look, "harbor")


def test_a_read_only_person_is_told_that_their_role_does_not_let_them(agency: Agency) -> None:
    with pytest.raises(NotAllowed):
        agency.ask(READER, look, "harbor")


words = st.sampled_from(
    [*" ".join((*THEIRS, *OTHERS, *CARRIERS)).split(), "<!channel>", "&", "\u200f\u05e9\u05dc", "🥐", "*"]
)
typed = st.one_of(st.text(max_size=60), st.lists(words, max_size=9).map(" ".join))


@given(text=typed)
def test_whatever_is_typed_an_answer_comes_and_names_only_what_they_may_see(
    agency: Agency, text: str
) -> None:
    result = agency.ask(BROKER, look, text)
    offered = (
        [result] if isinstance(result, Found) else getattr(result, "choices", getattr(result, "closest", ()))
    )
    assert {each.employer.name for each in offered if each.employer} <= set(THEIRS)
    assert {each.carrier.name for each in offered if each.carrier} <= set(CARRIERS[:-1]) | {"Aetna"}


@given(text=typed)
def test_suggestions_name_only_what_they_may_see(agency: Agency, text: str) -> None:
    assert {each.name for each in agency.ask(BROKER, search.suggest_employers, text)} <= set(THEIRS)


def test_a_search_without_text_suggests_all_by_name(agency: Agency) -> None:
    assert [each.name for each in agency.ask(BROKER, search.suggest_employers, "")] == list(THEIRS)


def test_suggestions_that_begin_with_the_text_come_first(agency: Agency) -> None:
    assert [each.name for each in agency.ask(ADMIN, search.suggest_employers, "r")][:2] == [
        "Red Rock Outfitters",
        "Redwood Veterinary",
    ]


def test_suggestions_forgive_spelling(agency: Agency) -> None:
    assert [each.name for each in agency.ask(ADMIN, search.suggest_carriers, "gardian")] == ["Guardian"]


def test_slack_takes_no_more_than_a_hundred_suggestions(tmp_path: Path) -> None:
    agency = found(tmp_path)
    for number in range(120):
        agency.employer(f"Employer {number}")
    assert len(agency.ask(ADMIN, search.suggest_employers, "")) == 100
    assert len(agency.ask(ADMIN, search.suggest_employers, "employer")) == 100


def test_a_new_employer_is_found_at_once(tmp_path: Path) -> None:
    agency = found(tmp_path)
    assert labels(agency.ask(ADMIN, look, "harbor")) == []
    agency.employer("Harbor Bakery")
    assert labels(agency.ask(ADMIN, look, "harbor")) == ["Harbor Bakery"]


def test_a_new_name_is_found_once_the_exchange_was_read(tmp_path: Path) -> None:
    agency = found(tmp_path)
    renamed = agency.employer("Harbor Bakery")
    assert labels(agency.ask(ADMIN, look, "harbor")) == ["Harbor Bakery"]
    with agency.sessions.write() as session:
        session.get_one(Employer, renamed).name = "Lighthouse Bread"
    agency.read_at(NOW)
    assert labels(agency.ask(ADMIN, look, "lighthouse")) == ["Lighthouse Bread"]
    assert labels(agency.ask(ADMIN, look, "harbor")) == []


def test_a_right_that_was_taken_away_holds_no_longer(tmp_path: Path) -> None:
    agency = found(tmp_path)
    agency.person(BROKER, Role.BROKER, "Harbor Bakery", "Redwood Veterinary")
    assert labels(agency.ask(BROKER, look, "redwood")) == ["Redwood Veterinary"]
    with agency.sessions.write() as session:
        session.execute(
            delete(PersonEmployer).where(PersonEmployer.employer_id == agency.employer("Redwood Veterinary"))
        )
    assert labels(agency.ask(BROKER, look, "redwood")) == []


def test_all_that_fit_are_counted(tmp_path: Path) -> None:
    agency = found(tmp_path)
    for number in range(40):
        agency.employer(f"Harbor Works {number}")
    result = agency.ask(ADMIN, look, "harbor")
    assert isinstance(result, Several)
    assert len(result.choices) + result.more == 40
