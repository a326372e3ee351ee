from __future__ import annotations

import copy
import pickle
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.privacy import Sensitive, looks_like_ssn, mask_text, mask_value

FULL_WIDTH = "".join(chr(0xFF10 + digit) for digit in range(10))
EN_DASH = "\u2013"  # as word processors write a hyphen

digits = st.sampled_from([string.digits, FULL_WIDTH, "٠١٢٣٤٥٦٧٨٩", "⁰¹²³⁴⁵⁶⁷⁸⁹"])
gaps = st.text("- ./_\t\n\u200b\u202e()" + EN_DASH, max_size=5)


@st.composite
def written_ssns(draw: st.DrawFn) -> tuple[str, str]:
    """The nine digits, and one way to write them."""
    plain = draw(st.text(string.digits, min_size=9, max_size=9))
    shapes = draw(digits)
    written = "".join(shapes[int(digit)] for digit in plain)
    if draw(st.booleans()):
        return plain, draw(gaps).join((written[:3], written[3:5], written[5:]))
    return plain, "".join(sign + draw(gaps) for sign in written)


@given(written_ssns(), st.text(max_size=30), st.text(max_size=30))
def test_no_social_security_number_survives_in_any_writing(
    ssn: tuple[str, str], before: str, after: str
) -> None:
    plain, written = ssn
    left = "".join(sign for sign in mask_text(before + written + after) if sign.isdecimal())
    assert plain not in left


@given(written_ssns(), st.text(string.ascii_letters + string.punctuation, max_size=20))
@example(("000000000", "00000000/0"), "A@")
@example(("000000000", "0/00000000"), "@b")
@example(("000000000", "0/0/0000000"), "A@b")
@example(("000000000", "0000000/0/0"), "b@c")
@example(("000000000", "000 000000"), "@b")
def test_no_digit_of_a_social_security_number_survives_between_words(
    ssn: tuple[str, str], around: str
) -> None:
    masked = mask_text(f"{around}{ssn[1]}{around}")
    assert not any(sign.isdigit() for sign in masked)


@given(st.text(st.sampled_from("0123456789-/.,@ $kKmSNxX*•abMay\n")))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask_text(mask_text(text)) == mask_text(text)


@given(st.text())
def test_masking_any_text_twice_changes_nothing_more(text: str) -> None:
    assert mask_text(mask_text(text)) == mask_text(text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("born 1984-03-12 here", "born [date withheld] here"),
        ("born 3/12/84", "born [date withheld]"),
        ("born March 12, 1984", "born [date withheld]"),
        ("born 12th of Sept. 1984", "born [date withheld]"),
        ("write to ana.lee+hr@example.co.uk now", "write to [e-mail withheld] now"),
        ("earns $61,250.00 a year", "earns [amount withheld] a year"),
        ("earns 61,250 a year", "earns [amount withheld] a year"),
        ("earns 61250 a year", "earns [number withheld] a year"),
        ("earns 61k a year", "earns [amount withheld] a year"),
        ("earns 900 USD", "earns [amount withheld]"),
        ("SSN ends in 6789", "SSN ends in [number withheld]"),
        ("XXX-XX-6789 on file", "[number withheld] on file"),
        ("call 615-555-0142", "call [number withheld]"),
    ],
)
def test_what_identifies_a_person_is_withheld(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "Pending for 60 days; 2 of 4 plans.",
        "401k is not part of this plan",
        "<!channel> \"quoted\" & <b>bold</b> 🎂 اسم",
        "Group size 50, tier 3, 100% employer paid",
        "Market 12 is closed; decline 10",
    ],
)  # fmt: skip
def test_all_other_text_stays_as_it_is(text: str) -> None:
    assert mask_text(text) == text


def test_known_names_are_withheld_whole_and_word_by_word() -> None:
    text = "Ana María Lee-Ortiz is ana on the card; Leeds is a town"
    assert mask_text(text, ["Ana María Lee-Ortiz"]) == (
        "[name withheld] is [name withheld] on the card; Leeds is a town"
    )


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("ssn", "123-45-6789", None),
        ("birth_date", "1984-03-12", "••••"),
        ("annual_earnings", "61250", "••••"),
        ("last_name", "Jon Doe", "J• D•"),
        ("name", "42", "••••"),
        ("emails", "ana@example.com", "a•••@•••"),
        ("emails", "not an address", "••••"),
        ("gender", "Female", "Female"),
        ("gender", "Ana Lee", "••••"),
        ("dependent_relationship", "Domestic partner", "Domestic partner"),
        ("employment_status", "Terminated", "Terminated"),
        ("shoe_size", "44", "••••"),
        (None, "anything", "••••"),
        ("birth_date", "  ", None),
        ("birth_date", None, None),
    ],
)
def test_a_value_is_shown_by_the_kind_of_its_field(
    field: str | None, value: str | None, shown: str | None
) -> None:
    assert mask_value(field, value) == shown


@pytest.mark.parametrize(
    "text", ["123-45-6789", "123 45 6789", "group 123456789", f"123-45-{FULL_WIDTH[6:]}"]
)
def test_a_social_security_number_is_recognised(text: str) -> None:
    assert looks_like_ssn(text)


@pytest.mark.parametrize("text", ["0012345", "GA-1234567", "1234567890", "12-3456789", "TX 44 100"])
def test_a_group_number_is_not_taken_for_one(text: str) -> None:
    assert not looks_like_ssn(text)


def test_a_sensitive_value_shows_itself_only_when_revealed() -> None:
    secret = Sensitive("1984-03-12")
    assert {str(secret), repr(secret), f"{secret}", f"{secret!r}"} == {"•••"}
    assert secret.reveal() == "1984-03-12"


def test_a_sensitive_value_is_neither_pickled_nor_copied() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Sensitive("1984-03-12"))
    with pytest.raises(TypeError):
        copy.deepcopy({"birth_date": Sensitive("1984-03-12")})
