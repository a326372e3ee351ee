"""An HR system and a Benefits platform that keep what they are told, and fail when a test asks for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from threading import Lock
from typing import Any

from services.errors import Outside, Rejected
from services.ports import Account, Closing, EmployeeKey, EmployeeRecord, Page, Profile, SetAside
from services.privacy import Sensitive

EMPLOYER = "emp_1"


def record(ref: str = "1001", employer_ref: str = EMPLOYER, **changed: Any) -> EmployeeRecord:
    """A complete record, unless said otherwise. `email` is given in plain text."""
    email = changed.pop("email", f"worker{ref}@harbor.example")
    whole = EmployeeRecord(
        key=EmployeeKey(employer_ref, ref),
        name=f"Ada Worker{ref}",
        fingerprint="",
        forenames="Ada",
        surname=f"Worker{ref}",
        title="Ms",
        gender="Female",
        pay_basis="Salaried",
        pay_frequency="Monthly",
        change_reason="Existing employee",
        date_of_birth=Sensitive(date(1990, 2, 3)),
        annual_pay=Sensitive("41000"),
        email=Sensitive(email) if email else None,
        email_key=_key(email.casefold()) if email else None,
    )
    whole = replace(whole, **changed)
    return replace(whole, fingerprint=_fingerprint(whole))


@dataclass
class FakeHr:
    """`rows` by key. `trouble` is raised by every call while it is set; `reads` counts full readings."""

    rows: dict[EmployeeKey, EmployeeRecord] = field(default_factory=dict)
    aside: list[SetAside] = field(default_factory=list)
    trouble: Exception | None = None
    marks: bool = False
    reads: int = 0

    def put(self, *records: EmployeeRecord) -> None:
        self.rows |= {each.key: each for each in records}

    def change(self, ref: str, employer_ref: str = EMPLOYER, **changed: Any) -> None:
        key = EmployeeKey(employer_ref, ref)
        if "email" in changed:
            changed["email_key"] = _key(changed["email"].casefold())
            changed["email"] = Sensitive(changed["email"])
        new = replace(self.rows[key], **changed)
        self.rows[key] = replace(new, fingerprint=_fingerprint(new))

    def remove(self, ref: str, employer_ref: str = EMPLOYER) -> None:
        del self.rows[EmployeeKey(employer_ref, ref)]

    def mark(self) -> str | None:
        self._fail()
        prints = "".join(each.fingerprint for each in self.rows.values())
        return _key(prints) if self.marks else None

    def records(self) -> Iterator[Page[EmployeeRecord]]:
        self.reads += 1
        every = list(self.rows.values())
        for start in range(0, max(1, len(every)), 500):
            self._fail()
            yield Page(every[start : start + 500], self.aside if start == 0 else [])

    def find(self, keys: Collection[EmployeeKey]) -> Mapping[EmployeeKey, EmployeeRecord]:
        self._fail()
        return {key: self.rows[key] for key in keys if key in self.rows}

    def _fail(self) -> None:
        if self.trouble is not None:
            raise self.trouble


@dataclass
class Held:
    """An account of the platform."""

    id: str
    email: str
    key: EmployeeKey | None
    package: str | None = None
    active: bool = True
    writes: int = 0


@dataclass
class FakePlatform:
    """The accounts, whoever connects. `before` and `after` are told operation and e-mail.

    Each may raise: nothing, or all, is done then. An `Outside` becomes the answer for that one. `unknown` is
    raised while the platform does not say what it can do.
    """

    accounts: dict[str, Held] = field(default_factory=dict)
    most: int = 1
    before: Callable[[str, str], None] = lambda _operation, _email: None
    after: Callable[[str, str], None] = lambda _operation, _email: None
    calls: list[tuple[str, str]] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    unknown: Outside | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _lock: Lock = field(default_factory=Lock)

    def connect(self) -> FakeBenefits:
        return FakeBenefits(self)

    def add(self, email: str, key: EmployeeKey | None = None) -> str:
        """An account that was there before."""
        return self._create(email, key).id

    def named(self, email: str) -> list[Held]:
        held = list(self.accounts.values())  # other threads add to them
        return [each for each in held if each.email.casefold() == email.casefold()]

    def find(self, email: str) -> Account | None:
        self._note("find", email)
        found = [Account(each.id, each.key) for each in self.named(email) if email not in self.hidden]
        self.after("find", email)
        return found[0] if found else None

    def put(self, profile: Profile | Closing) -> Account:
        if isinstance(profile, Closing):
            return self._close(self.accounts[profile.account_id])
        email = profile.record.email.reveal() if profile.record.email else ""
        operation = "patch" if profile.account_id else "post"
        self._note(operation, email)
        with self._lock:
            held = self._written(profile, email)
            held.package, held.active, held.writes = profile.package, profile.active, held.writes + 1
        self.after(operation, email)
        return Account(held.id, held.key)

    def _close(self, held: Held) -> Account:
        self._note("close", held.email)
        held.active, held.writes = False, held.writes + 1
        return Account(held.id, held.key)

    def _written(self, profile: Profile, email: str) -> Held:
        if any(each.id != profile.account_id for each in self.named(email)):
            raise Rejected("The platform has this e-mail already.", "uniqueness")
        if profile.account_id is None:
            return self._create(email, profile.record.key)
        if profile.account_id not in self.accounts:
            raise Rejected("The platform has no such account.", "not_found")
        held = self.accounts[profile.account_id]
        held.email = email
        return held

    def _create(self, email: str, key: EmployeeKey | None) -> Held:
        held = Held(f"acc-{next(self._numbers)}", email, key)
        self.accounts[held.id] = held
        return held

    def _note(self, operation: str, email: str) -> None:
        with self._lock:
            self.calls.append((operation, email))
        self.before(operation, email)


@dataclass
class FakeBenefits:
    """One connection to the platform."""

    platform: FakePlatform
    closed: bool = False

    @property
    def most(self) -> int:
        if self.platform.unknown:
            raise self.platform.unknown
        return self.platform.most

    def find(self, emails: Sequence[Sensitive[str]]) -> list[Account | Outside | None]:
        return [_answer(self.platform.find, email.reveal()) for email in emails]

    def put(self, profiles: Sequence[Profile | Closing]) -> list[Account | Outside]:
        return [_answer(self.platform.put, each) for each in profiles]

    def close(self) -> None:
        self.closed = True


def _answer(call: Callable[[Any], Any], asked: object) -> Any:
    try:
        return call(asked)
    except Outside as error:
        return error


def _fingerprint(record: EmployeeRecord) -> str:
    private = (record.email, record.date_of_birth, record.annual_pay)
    plain = repr(replace(record, fingerprint="", email=None, date_of_birth=None, annual_pay=None))
    return _key(plain + "".join(str(each.reveal()) for each in private if each))


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
