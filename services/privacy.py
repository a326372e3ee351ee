"""What may leave a connector: texts without private numbers, values masked by the kind of their field.

Placeholders hold no digits and no `@`, so masking twice changes nothing more.

Whoever writes a text chooses it, so each pattern takes time that grows with its length and no faster: a run
of one kind of sign is begun only where it begins, and taken whole (`++`) or up to a bound.
`tests/rules/test_patterns.py` measures it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Generic, NoReturn, TypeVar

DOTS = "••••"
NUMBER, DATE, AMOUNT, EMAIL, NAME = (
    f"[{what} withheld]" for what in ("number", "date", "amount", "e-mail", "name")
)

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_NUMERIC_DATE = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
_DATE = re.compile(
    rf"(?<!\d)(?:{_NUMERIC_DATE})(?!\d)"
    rf"|\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}}\b)?"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?(?:\s+\d{{4}}\b)?",
    re.IGNORECASE,
)
# With the digits that a number goes on with on either side: "1-23456789@x" leaves none of its own behind.
_EMAIL = re.compile(
    r"(?:(?<!\d)(?:\d{1,20}+[\W_]{1,5}+){1,20}(?=\d))?(?<![\w.+%'-])[\w.+%'-]++(?:@[\w-]++(?:\.[\w-]++)*+)++"
    r"(?:(?<=\d)(?:[\W_]{0,5}\d){1,20})?"
)
# Seven digits or more with up to five signs between two of them: any way to write an SSN is one of these.
_CHAIN = re.compile(r"(?:[$€£¥₹]\s?)?\d(?:[\W_]{0,5}\d){6,}")
_AMOUNT = re.compile(
    r"[$€£¥₹]\s?\d[\d,.]*\s?[km]?\b"
    r"|(?<![\d,])\d{1,3}(?:,\d{3})+(?:\.\d+)?"
    r"|(?<![\d,.])(?P<before>[,.]*+)\d[\d,.]*+\s?(?:usd|eur|gbp|dollars?)\b"
    r"|(?<!\d)(?!401k)\d{2,3}k\b",
    re.IGNORECASE,
)
_CURRENCIES = "$€£¥₹"
_LONG_RUN = re.compile(r"\d{5,}")
# "SSN ends in 6789" and "XXX-XX-6789" give away the part that people are asked for.
_SSN_PART = re.compile(r"(?P<before>\b(?:ssn|social security)\D{0,40}?)\d{3,}", re.IGNORECASE)
_SSN_TAIL = re.compile(r"(?<![xX*•#])(?:[xX*•#]{2,}+[\W_]{0,3}){1,2}\d{4}(?!\d)")
_SSN = re.compile(r"(?<!\d)\d{3}[\W_]{0,3}\d{2}[\W_]{0,3}\d{4}(?!\d)")

_SSN_WRITTEN = re.compile(r"(?<!\d)\d{3}[\W_]{1,3}\d{2}[\W_]{1,3}\d{4}(?!\d)")

_NAME_LENGTH = 500  # of a name that is looked for; each of its words costs a walk over the text

_PICKLISTS = {
    "gender": {"male", "female", "m", "f", "x", "nonbinary", "non-binary", "other", "unknown"},
    "employment_status": {
        "active", "full time", "full-time", "part time", "part-time", "leave", "on leave", "cobra",
        "retired", "terminated", "seasonal",
    },
    "dependent_relationship": {
        "spouse", "domestic partner", "child", "stepchild", "adopted child", "foster child",
        "disabled child", "ward", "other",
    },
}  # fmt: skip
_NAMES = {"name", "first_name", "middle_name", "last_name", "preferred_name", "dependent_name"}
_EMAILS = {"email", "emails"}
_NEVER = {"ssn", "dependent_ssn"}


def mask_text(text: str, names: Iterable[str] = ()) -> str:
    """Replace SSNs, dates, e-mail addresses, amounts and long numbers; and `names`, whole or word by word."""
    for word in _words(names):
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", NAME, text, flags=re.IGNORECASE)
    while (masked := _mask_once(text)) != text:
        text = masked
    return text


def mask_value(field: str | None, value: str | None) -> str | None:
    """What a person may be shown of a field's value; None where nothing may be, or nothing is there.

    An SSN is never shown, a name by its initials, a picklist's own words as they are, all else as dots.
    """
    if not value or not value.strip() or field in _NEVER:
        return None
    value = value.strip()
    if field in _NAMES:
        return " ".join(f"{word[0].upper()}•" for word in value.split()[:4] if word[0].isalpha()) or DOTS
    if field in _EMAILS:
        return f"{value[0]}•••@•••" if "@" in value and value[0].isalpha() else DOTS
    if value.casefold() in _PICKLISTS.get(field or "", ()):
        return value
    return DOTS


def looks_like_ssn(text: str) -> bool:
    """Whether nine digits stand in it the way an SSN is written, with or without signs between."""
    return _SSN.search(_plain_digits(text)) is not None


def is_written_as_ssn(text: str) -> bool:
    """Whether it has an SSN's signs between its digits: carriers do use nine plain ones as group numbers."""
    return _SSN_WRITTEN.search(_plain_digits(text)) is not None


def is_name(field: str | None) -> bool:
    return field in _NAMES


T = TypeVar("T")


class Sensitive(Generic[T]):
    """A private value on its way through. Printing, formatting, logging and pickling show nothing of it."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """For connectors alone, at the moment of sending."""
        return self._value

    def meets(self, condition: Callable[[T], bool]) -> bool:
        """Ask something of the value without taking it out."""
        return condition(self._value)

    def __repr__(self) -> str:
        return "•••"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a sensitive value is not written anywhere")


def _mask_once(text: str) -> str:
    text = _plain_digits(text)
    if "@" in text:
        text = _EMAIL.sub(EMAIL, text)
    text = _CHAIN.sub(_placeholder, text)
    text = _AMOUNT.sub(rf"\g<before>{AMOUNT}", _DATE.sub(DATE, _SSN_TAIL.sub(NUMBER, text)))
    text = _SSN_PART.sub(rf"\g<before>{NUMBER}", text)
    return _LONG_RUN.sub(NUMBER, text)


def _placeholder(chain: re.Match[str]) -> str:
    if chain[0][0] in _CURRENCIES:
        return AMOUNT
    return DATE if _DATE.fullmatch(chain[0]) else NUMBER


def _plain_digits(text: str) -> str:
    """Digits of other scripts and shapes as 0-9, one for one: an SSN in full-width digits is an SSN."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(sign, sign)) for sign in text)


def _words(names: Iterable[str]) -> list[str]:
    """The names, then their words of two letters or more; the longest first, so that none is cut in half."""
    cut = [name.strip()[:_NAME_LENGTH] for name in names]
    found = {part for name in cut for part in (name, *name.split()) if len(part) > 1}
    return sorted(found, key=len, reverse=True)


_SSN_IN_NOTE = "That looks like a Social Security number. Leave it out; nothing was saved."
_DATE_IN_NOTE = "Leave dates out: one could be a date of birth. Nothing was saved."


def refusal(note: str, longest: int, *, ssn: str = _SSN_IN_NOTE, date: str = _DATE_IN_NOTE) -> str | None:
    """Why a note is not taken, or None: it is too long, or holds what might be private.

    `ssn` and `date` are the sentences for what looks like one, with the next step where it stands.
    """
    if len(note) > longest:
        return f"Keep the note under {longest:,} characters; it has {len(note):,}."
    if looks_like_ssn(note):
        return ssn
    masked = mask_text(note)
    private = {
        EMAIL: "Leave e-mail addresses out: they are private. Nothing was saved.",
        DATE: date,
        AMOUNT: "Leave amounts out: pay is private. Nothing was saved.",
        NUMBER: "Leave long numbers out: one could be private. Nothing was saved.",
    }
    return next((sentence for sign, sentence in private.items() if sign in masked), None)
