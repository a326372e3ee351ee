"""One row of HR's file, from its cells to the port's record. docs/hr-file.md describes the columns.

A row that cannot be read raises `Unreadable`, whose reason names the column and never its value.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from itertools import chain
from sys import intern
from typing import TypeVar

from services.connectors.hr.file import plain
from services.ports import Address, EmployeeKey, EmployeeRecord
from services.privacy import Sensitive, looks_like_ssn

_REF = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_LONGEST = 320
_FORMS = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y")
_NUMERIC = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}.*)?", re.ASCII)
_MONTHS = 12
T = TypeVar("T")


class Unreadable(Exception):
    pass


@dataclass(frozen=True)
class Column:
    """`also` are other names that HR systems give it. A file without a `needed` column is not HR's file."""

    name: str
    meaning: str
    also: tuple[str, ...] = ()
    needed: bool = False


COLUMNS = (
    Column(
        "employer", "The employer's id in the carrier exchange", ("employer id", "company id"), needed=True
    ),
    Column(
        "employee number",
        "HR's own number for the employee; unique within the employer",
        ("employee id", "payroll number", "staff number"),
        needed=True,
    ),
    Column("forenames", "First and middle names", ("first name", "given name", "forename"), needed=True),
    Column("surname", "Family name", ("last name", "family name"), needed=True),
    Column(
        "e-mail", "The address that the account is looked up by", ("email address", "work email"), needed=True
    ),
    Column("title", "Form of address", ("salutation",)),
    Column("gender", "As the table of rules lists it", ("sex",)),
    Column("date of birth", "A date", ("birth date", "dob")),
    Column("annual pay", "An amount", ("annual salary", "salary")),
    Column("pay basis", "As the table of rules lists it", ("salary basis",)),
    Column("pay frequency", "As the table of rules lists it", ("payroll frequency",)),
    Column("change reason", "As the table of rules lists it", ("reason for change",)),
    Column("benefits level", "The Benefits Level; may be empty", ("level",)),
    Column("leave date", "A date: the last day of work", ("leaving date", "termination date")),
    Column("job title", "What the employee does", ("position", "grade")),
    Column("phone", "Contact number", ("telephone", "mobile", "phone number")),
    Column("street", "Home address", ("address", "address line 1")),
    Column("city", "Home address", ("town",)),
    Column("region", "Home address", ("county", "state", "province")),
    Column("postal code", "Home address", ("postcode", "zip", "zip code")),
    Column("country", "Home address", ("country code",)),
)
_BY_NAME = {plain(name): each.name for each in COLUMNS for name in (each.name, *each.also)}
KNOWN = frozenset(_BY_NAME)
DATES = ("date of birth", "leave date")
# How exports write that there is no date: words, and the first and last days of spreadsheets and databases.
NO_DATES = frozenset({"-", "--", "n/a", "na", "null", "none", "nil", "0"})
_NO_DAYS = frozenset({date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(9999, 12, 31)})
_FIRST_LEAVE = date(1940, 1, 1)  # nobody whose account is open left before


class Order(StrEnum):
    """Which comes first where a file writes its dates with numbers alone."""

    DAY = "day"
    MONTH = "month"
    UNCLEAR = "unclear"


def places(header: Sequence[str]) -> dict[str, int]:
    """Where each column stands. Raise Unreadable when one is missing or there twice."""
    found: dict[str, int] = {}
    for place, name in enumerate(header):
        column = _BY_NAME.get(name)
        if column in found:
            raise Unreadable(f"the column “{column}” is there twice")
        if column is not None:
            found[column] = place
    missing = [each.name for each in COLUMNS if each.needed and each.name not in found]
    if missing:
        raise Unreadable(f"the column “{missing[0]}” is missing")
    return found


class Cells:
    """A row's cells by column, with single spaces; what is empty is None."""

    def __init__(self, cells: Sequence[str], places: Mapping[str, int]) -> None:
        if len(cells) < max(places.values()) + 1:
            raise Unreadable("it has fewer columns than the header")
        self._texts = {column: " ".join(cells[place].split()) for column, place in places.items()}

    def __getitem__(self, column: str) -> str | None:
        text = self._texts.get(column)
        if text and len(text) > _LONGEST:
            raise Unreadable(f"{column}: is too long")
        return text or None

    @cached_property
    def key(self) -> EmployeeKey:
        # Thousands of keys name the same few employers.
        return EmployeeKey(intern(self._ref("employer")), self._ref("employee number"))

    def _ref(self, column: str) -> str:
        text = self[column]
        if text is None:
            raise Unreadable(f"{column}: is missing")
        if looks_like_ssn(text):
            raise Unreadable(f"{column}: looks like a Social Security number; take another number of HR's")
        if not _REF.fullmatch(text):
            raise Unreadable(f"{column}: is not a number or a short name")
        return text


def hints(cells: Cells) -> Iterator[Order]:
    """What the row's dates say about how the file writes them."""
    for column in DATES:
        numbers = _NUMERIC.fullmatch(cells[column] or "")
        if numbers:
            first, second = int(numbers[1]), int(numbers[2])
            if second > _MONTHS >= first:
                yield Order.MONTH
            elif first > _MONTHS >= second:
                yield Order.DAY


def order_of(found: set[Order]) -> Order:
    return next(iter(found)) if len(found) == 1 else Order.UNCLEAR


def record(cells: Cells, order: Order, key: bytes) -> EmployeeRecord:
    actor, email = cells.key, cells["e-mail"]
    born, left = (_read(column, cells, lambda text: _date(text, order)) for column in DATES)
    if left and (left < _FIRST_LEAVE or (born and left < born)):
        raise Unreadable("leave date: lies before anybody could leave")
    pay = _read("annual pay", cells, _amount)
    names = [each for each in (cells["forenames"], cells["surname"]) if each]
    return EmployeeRecord(
        key=actor,
        name=" ".join(names) or f"Employee {actor.ref}",
        fingerprint=_fingerprint(cells, born, left, pay, key),
        forenames=cells["forenames"],
        surname=cells["surname"],
        title=cells["title"],
        gender=cells["gender"],
        pay_basis=cells["pay basis"],
        pay_frequency=cells["pay frequency"],
        change_reason=cells["change reason"],
        level=cells["benefits level"],
        job_title=cells["job title"],
        leave_date=left,
        email=Sensitive(email) if email else None,
        email_key=keyed(key, "e-mail", email.casefold()) if email else None,
        date_of_birth=Sensitive(born) if born else None,
        annual_pay=Sensitive(pay) if pay else None,
        phone=Sensitive(phone) if (phone := cells["phone"]) else None,
        address=_address(cells),
    )


def keyed(key: bytes, *parts: str) -> str:
    """A keyed fingerprint: whoever has it, and not the key, cannot try out what it stands for."""
    return hmac.new(key, json.dumps(parts).encode(), hashlib.sha256).hexdigest()


def _fingerprint(cells: Cells, born: date | None, left: date | None, pay: str | None, key: bytes) -> str:
    read = {"date of birth": born and str(born), "leave date": left and str(left), "annual pay": pay}
    values = {each.name: cells[each.name] for each in COLUMNS} | read
    # What is empty does not count, so that a new column without values changes nobody.
    said = chain.from_iterable((name, value) for name, value in values.items() if value)
    return keyed(key, "record", *said)


def _address(cells: Cells) -> Sensitive[Address] | None:
    parts = [cells[name] for name in ("street", "city", "region", "postal code", "country")]
    return Sensitive(Address(*parts)) if any(parts) else None


def _read(column: str, cells: Cells, read: Callable[[str], T | None]) -> T | None:
    text = cells[column]
    try:
        return read(text) if text else None
    except ValueError as error:
        raise Unreadable(f"{column}: {error}") from None


def _date(text: str, order: Order) -> date | None:
    """None where it says that there is none."""
    if text.casefold() in NO_DATES or not text.translate(_ZEROS):
        return None
    found = _written(text, order)
    return None if found in _NO_DAYS else found


_ZEROS = {ord(sign): None for sign in "0-/.: T"}


def _written(text: str, order: Order) -> date:
    if iso := _ISO.fullmatch(text):
        return _day(int(iso[1]), int(iso[2]), int(iso[3]))
    if numbers := _NUMERIC.fullmatch(text):
        first, second, year = (int(each) for each in numbers.groups())
        return _numeric(first, second, year, order)
    words = text.replace(",", " ").replace("-", " ").split()
    for form in _FORMS:
        try:
            return _day(*_parsed(" ".join(words), form))
        except ValueError:
            continue
    raise ValueError("is no date")


def _numeric(first: int, second: int, year: int, order: Order) -> date:
    if order is Order.UNCLEAR and first != second and max(first, second) <= _MONTHS:
        raise ValueError("can be read as two dates; write it as YYYY-MM-DD")
    day_first = order is Order.DAY or first > _MONTHS
    return _day(year, second, first) if day_first else _day(year, first, second)


def _parsed(text: str, form: str) -> tuple[int, int, int]:
    found = datetime.strptime(text, form)  # noqa: DTZ007  a date without a time of day
    return found.year, found.month, found.day


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError("is no date") from None


_SIGNS = re.compile(r"[$€£¥₹\s']|\b(?:usd|eur|gbp)\b", re.IGNORECASE)
_PLAIN = re.compile(r"\d{1,12}(?:\.\d{1,2})?", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?", re.ASCII)
_EUROPEAN = re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d{1,12}),\d{1,2}|\d{1,3}(?:\.\d{3}){2,}", re.ASCII)


def _amount(text: str) -> str:
    """An amount as digits and, if there are any, two decimals: `41,000.00` and `41.000,00` are 41000."""
    bare = _SIGNS.sub("", text)
    if _GROUPED.fullmatch(bare):
        bare = bare.replace(",", "")
    elif _EUROPEAN.fullmatch(bare):
        bare = bare.replace(".", "").replace(",", ".")
    elif not _PLAIN.fullmatch(bare):
        raise ValueError("is no amount that can be read in one way")
    whole, _, cents = bare.partition(".")
    cents = cents.ljust(2, "0") if cents else "00"
    return (whole.lstrip("0") or "0") + ("" if cents == "00" else f".{cents}")
