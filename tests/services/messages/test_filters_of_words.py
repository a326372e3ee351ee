"""What the words of `/carrier-messages` ask for, before anything is looked up."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.access import Role
from services.errors import NoRole, NotAllowed
from services.integrations.search import Nothing, Several
from services.messages import listing
from services.messages.filters import Filters, Show
from services.messages.listing import MessagesPage, Question, read
from services.ports import Severity
from tests.agency import ADMIN, NOBODY, READER, Agency, found


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    return found(tmp_path)


@pytest.mark.parametrize(
    ("text", "names", "filters"),
    [
        ("", "", Filters()),
        ("harbor guardian", "harbor guardian", Filters()),
        ("harbor failures", "harbor", Filters(severity=Severity.FAILURE)),
        ("Warnings harbor", "harbor", Filters(severity=Severity.WARNING)),
        ("harbor INFO guardian", "harbor guardian", Filters(severity=Severity.INFO)),
        ("resolved", "", Filters(show=Show.RESOLVED)),
        ("warning failure", "warning", Filters(severity=Severity.FAILURE)),
        ("failuresome", "failuresome", Filters()),
    ],
)
def test_the_last_word_of_ours_filters_and_the_others_are_names(
    text: str, names: str, filters: Filters
) -> None:
    assert read(text) == (names, filters)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    names, filters = read(text)
    assert len(names) <= len(text)
    assert filters in {Filters(), *listing.WORDS.values()}


def test_names_that_are_clear_are_answered_with_a_page(agency: Agency) -> None:
    integration = agency.integration("Harbor Bakery", "Guardian")
    agency.message(integration)
    agency.message(integration, "warning")
    page = agency.ask(ADMIN, listing.answer, "guardain harbor warnings")
    assert isinstance(page, MessagesPage)
    assert [line.severity for line in page.lines] == [Severity.WARNING]
    assert page.employer
    assert page.employer.name == "Harbor Bakery"


def test_names_that_fit_several_or_none_are_a_question_with_the_filters(agency: Agency) -> None:
    for name in ("Red Rock Outfitters", "Redwood Veterinary"):
        agency.integration(name, "Guardian")
    for text, kind in (("red resolved", Several), ("zzzz resolved", Nothing)):
        question = agency.ask(ADMIN, listing.answer, text)
        assert isinstance(question, Question)
        assert isinstance(question.found, kind)
        assert question.filters == Filters(show=Show.RESOLVED)


def test_who_may_see_no_messages_is_refused_before_names_are_looked_at(agency: Agency) -> None:
    agency.person(READER, Role.READ_ONLY, "Harbor Bakery")
    with pytest.raises(NotAllowed, match="see carrier messages"):
        agency.ask(READER, listing.answer, "harbor")
    with pytest.raises(NoRole):
        agency.ask(NOBODY, listing.answer, "harbor")
