"""The table of rules: what it may say, and what a record is held against."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.employees.validation import (
    LISTED,
    REQUIRABLE,
    Rules,
    RulesError,
    check,
    check_level,
    is_email,
    remedy,
    sentence,
)
from services.ports import EmployeeRecord
from tests.platform import record

RULES = Rules.load()


def found(checked: EmployeeRecord) -> list[str]:
    return [str(each) for each in check(checked, RULES)]


def test_a_complete_record_passes() -> None:
    assert found(record()) == []


@pytest.mark.parametrize("field", REQUIRABLE)
def test_each_required_field_is_missed_by_name(field: str) -> None:
    assert found(record(**{field: None})) == [f"{field}:missing"]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    wrong = record(date_of_birth=None, pay_frequency="Whenever", email="nowhere")
    assert found(wrong) == ["date_of_birth:missing", "pay_frequency:not_in_list", "email:email_shape"]


def test_picklists_do_not_mind_case() -> None:
    assert found(record(title="MRS", pay_basis="salaried")) == []


@pytest.mark.parametrize("written", ["a@b", "a b@c.com", "@x.com", "a@x..com", "a@-x.com", ""])
def test_what_is_no_address_is_told_apart(written: str) -> None:
    assert not is_email(written)


def test_a_level_without_a_package_is_refused_and_no_level_is_not() -> None:
    assert [each.kind for each in check_level("Platinum", RULES)] == ["no_package"]
    assert check_level(None, RULES) == check_level("Standard", RULES) == []


def test_with_one_package_alone_nobody_needs_a_level() -> None:
    assert Rules((), {}, {"Only": "the-one"}).package(None) == "the-one"
    assert RULES.package(None) is None
    assert RULES.package("Executive") == "executive"


def test_every_problem_has_a_sentence_and_a_remedy_that_name_the_field() -> None:
    for kind in ("missing", "not_in_list", "no_package", "email_shape", "email_shared", "email_taken"):
        assert sentence(f"date_of_birth:{kind}").endswith(".")
        assert remedy(kind, "date_of_birth")
    assert sentence("date_of_birth:missing") == "The date of birth is missing."


def test_an_operators_own_table_takes_the_place_of_the_built_in_one(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text('required = ["surname"]\n[picklists]\ntitle = ["Lord"]\n[levels]\nA = "pkg"\n')
    own = Rules.load(path)
    assert (own.required, own.levels["A"]) == (("surname",), "pkg")
    assert [str(each) for each in check(record(title="Mr", gender=None), own)] == ["title:not_in_list"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("required = [", "is not TOML"),
        ('required = ["shoe_size"]', "under required"),
        ('[picklists]\ntitle = "Mr"', "a list of words for title"),
        ("[picklists]\nshoes = []", "under picklists"),
        ("[levels]\nA = 1", "a package for the Level A"),
        ('[level]\nA = "x"', "a part that is not known: level"),
        ("picklists = 1", "a table [picklists]"),
    ],
)
def test_a_table_that_cannot_be_used_says_what_to_mend(tmp_path: Path, text: str, part: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(RulesError) as refused:
        Rules.load(path)
    assert part in str(refused.value)


@given(st.text(max_size=80))
def test_no_text_breaks_the_check_of_an_address(text: str) -> None:
    assert is_email(text) in {True, False}


@given(st.sampled_from(LISTED), st.text(min_size=1, max_size=20))
def test_what_is_found_never_quotes_a_value(field: str, value: str) -> None:
    marked = f"{value}§{value}"
    said = " ".join(sentence(each) for each in found(record(**{field: marked, "email": marked})))
    assert "§" not in said
