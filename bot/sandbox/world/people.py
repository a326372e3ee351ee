"""The 150 employees of the agency's nine employers, made up from a seed.

Their social security numbers begin with 9 and have a group below 50: numbers that are never given to anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from bot.sandbox.cast import EMPLOYERS

HOW_MANY = 150

_FIRST = (
    "Amara", "Ben", "Carmen", "Dmitri", "Esther", "Farid", "Grace", "Hiroshi", "Imani", "José",
    "Katarzyna", "Liam", "Mei", "Nadia", "Óscar", "Priya", "Quentin", "Ruth", "Siobhán", "Tariq",
    "Ursula", "Viktor", "Wanjiru", "Xenia", "Yusuf", "Zoë",
)  # fmt: skip
_LAST = (
    "Abernathy", "Brännström", "Castellan", "D'Angelo", "Eriksen", "Fitzwilliam", "Goldfarb", "Haugen",
    "Ibáñez-Ruiz", "Jankowski", "Kowalczyk", "Lindqvist", "Mbeki-Thorne", "Nakamura", "O'Sullivan",
    "Papadakis", "Quintanilla", "Rasmussen", "St. Germain", "Takahashi", "Underhill", "Vasquez",
    "Wojcik", "Xiong", "Yamaguchi", "Zielinski",
)  # fmt: skip
_FROM_ELSEWHERE = (("שרה", "בן־דוד"), ("محمد", "الزهراني"), ("美玲", "歐陽"), ("Ng🌻", "Wei-Ming"))


@dataclass(frozen=True)
class Employee:
    ref: str
    employer_ref: str
    forename: str
    surname: str
    gender: str
    birth_date: date
    ssn: str
    email: str
    annual_pay: int
    hired_on: date

    @property
    def name(self) -> str:
        return f"{self.forename} {self.surname}"

    @property
    def pay(self) -> str:
        return f"${self.annual_pay:,}.00"

    def private_values(self) -> Iterator[str]:
        """Each value as it may be written somewhere."""
        yield from (self.name, self.email, self.ssn, self.ssn.replace("-", ""), self.pay)
        yield f"{self.annual_pay:,}"
        for day in (self.birth_date, self.hired_on):
            yield from (day.isoformat(), day.strftime("%m/%d/%Y"))


def employees(seed: int) -> tuple[Employee, ...]:
    rng = Random(f"employees/{seed}")
    names = [(first, last) for first in _FIRST for last in _LAST]
    rng.shuffle(names)
    names[1 : 1 + 12 * len(_FROM_ELSEWHERE) : 12] = _FROM_ELSEWHERE
    return tuple(_employee(number, *names[number], rng) for number in range(HOW_MANY))


def _employee(number: int, forename: str, surname: str, rng: Random) -> Employee:
    employer = EMPLOYERS[number % len(EMPLOYERS)]
    domain = employer.ref.removeprefix("emp_")
    mailbox = "".join(sign for sign in f"{forename}{surname}".lower() if sign.isascii() and sign.isalpha())
    return Employee(
        ref=f"ee_{number + 1:04}",
        employer_ref=employer.ref,
        forename=forename,
        surname=surname,
        gender=rng.choice(("Female", "Male", "Nonbinary")),
        birth_date=date(1955, 1, 2) + timedelta(days=rng.randrange(48 * 365)),
        ssn=f"9{rng.randrange(100):02}-{rng.randrange(1, 50):02}-{rng.randrange(1000, 10000)}",
        email=f"{mailbox or 'staff'}.{number + 1}@{domain}.example",
        annual_pay=rng.randrange(31_000, 140_000, 10) + rng.randrange(1, 10),
        hired_on=date(2005, 1, 2) + timedelta(days=rng.randrange(14 * 365)),
    )
