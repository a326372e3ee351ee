"""The sandbox's HR file: employees of a few employers, with the mistakes that HR systems have.

Forty people of one employer never reached Benefits. The file is written as a whole and put in place at once.
"""

from __future__ import annotations

import csv
import io
import os
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random
from threading import RLock

from bot.sandbox.world.people import Employee, employees

EMPLOYERS = ("emp_harbor", "emp_juniper")
NEWCOMERS, HOW_MANY_NEW = "emp_tidewater", 40
COLUMNS = (
    "Company ID", "Employee Number", "First Name", "Last Name", "Work Email", "Title", "Gender",
    "Date of Birth", "Annual Salary", "Pay Basis", "Pay Frequency", "Change Reason", "Benefits Level",
    "Leave Date", "Job Title",
)  # fmt: skip
_TITLES = {"Female": "Ms", "Male": "Mr", "Nonbinary": "Mx"}
_LEVELS = ("", "Essential", "Standard", "Standard", "Enhanced", "Executive")
_JOBS = ("Baker", "Dental hygienist", "Field engineer", "Bookkeeper", "Team lead", "Technician")
_EXPORTING_S = 86_400  # a file that was written to long ago is taken as it is
_LEFT_BEFORE = timedelta(days=30)
Row = dict[str, str]


class HrFile:
    """One of its people left a month before `today`; the events return a sentence that names nobody."""

    def __init__(self, path: Path, seed: int, today: date) -> None:
        self.path = path
        self._rng = Random(f"hr/{seed}")
        self._lock = RLock()
        self._rows = [_row(each, self._rng) for each in _people(seed)]
        _blunder(self._rows)
        self._rows[8] |= _leaver(today - _LEFT_BEFORE)
        self._write()

    @property
    def rows(self) -> list[Row]:
        with self._lock:
            return [dict(each) for each in self._rows]

    def accounts_before(self) -> dict[str, str | None]:
        """What the Benefits platform has already, by e-mail: some with another's `externalId`."""
        known = [each["Work Email"] for each in self.rows if each["Company ID"] in EMPLOYERS]
        return dict.fromkeys(known[::3]) | {known[4]: f"{EMPLOYERS[0]}/ee_left"}

    def correct(self) -> str:
        """HR mends the first mistake that is left."""
        with self._lock:
            for row in self._rows:
                if (mended := _mended(row)) != row:
                    row.update(mended)
                    self._write()
                    return f"HR corrected {_who(row)}."
        raise ValueError("There is nothing left to correct.")

    def hire(self) -> str:
        with self._lock:
            number = len(self._rows) + 1
            who = employees(number)[number % 100]
            new = _row(who, self._rng) | {"Company ID": EMPLOYERS[0], "Employee Number": f"hr_{number:04}"}
            self._rows.append(
                new | {"Change Reason": "New starter", "Work Email": f"new.{number}@harbor.example"}
            )
            self._write()
            return f"HR added {_who(new)}."

    def raise_pay(self) -> str:
        return self._change(
            "was given a rise", lambda row: row | {"Annual Salary": _more(row["Annual Salary"])}
        )

    def leave(self, today: date) -> str:
        return self._change("has left", lambda row: row | _leaver(today - timedelta(days=1)))

    def half_write(self) -> str:
        """The export has begun, and stops in the middle of a row until HR does anything else."""
        with self._lock:
            content = self._content()
            self.path.write_text(content[: content.rindex(",") - 20], encoding="utf-8")
            ahead = time.time() + _EXPORTING_S
            os.utime(self.path, (ahead, ahead))
            return "HR's export stopped in the middle of a row."

    def finish(self) -> str:
        with self._lock:
            self._write()
            return "HR's export is whole again."

    def _change(self, what: str, change: Callable[[Row], Row]) -> str:
        with self._lock:
            row = self._rng.choice([each for each in self._rows if not each["Leave Date"]])
            row.update(change(row))
            self._write()
            return f"{_who(row)} {what}."

    def _write(self) -> None:
        beside = self.path.with_suffix(".part")
        beside.write_text(self._content(), encoding="utf-8")
        beside.replace(self.path)

    def _content(self) -> str:
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        writer.writerows(self._rows)
        return out.getvalue()


def _people(seed: int) -> list[Employee]:
    """Those of the employers in the world, ten each, and the newcomers."""
    known = employees(seed)
    staff = [who for ref in EMPLOYERS for who in [each for each in known if each.employer_ref == ref][:10]]
    return [*staff, *employees(seed + 1)[:HOW_MANY_NEW]]


def _row(who: Employee, rng: Random) -> Row:
    gender = "Non-binary" if who.gender == "Nonbinary" else who.gender
    return dict(
        zip(
            COLUMNS,
            (
                who.employer_ref, who.ref, who.forename, who.surname, who.email, _TITLES[who.gender], gender,
                who.birth_date.isoformat(), str(who.annual_pay), "Salaried",
                rng.choice(("Monthly", "Fortnightly")), "Existing employee", rng.choice(_LEVELS), "",
                rng.choice(_JOBS),
            ),
            strict=True,
        )
    )  # fmt: skip


def _blunder(rows: list[Row]) -> None:
    for number, row in enumerate(rows[-HOW_MANY_NEW:], 1):
        row |= {"Company ID": NEWCOMERS, "Employee Number": f"tw_{number:03}"}
        row["Work Email"] = f"staff.{number}@tidewater.example"
        row["Benefits Level"] = row["Benefits Level"] or "Standard"
    rows[1]["Date of Birth"] = ""
    rows[2]["Pay Frequency"] = "Every so often"
    rows[3]["Benefits Level"] = "Platinum"
    rows[6]["Work Email"] = rows[5]["Work Email"]
    rows[-1]["Date of Birth"] = ""
    rows[-2]["Pay Frequency"] = "Every so often"
    for row in rows:
        row["Benefits Level"] = row["Benefits Level"] or "Essential"


def _leaver(last_day: date) -> Row:
    return {"Leave Date": last_day.isoformat(), "Change Reason": "Leaver"}


def _mended(row: Row) -> Row:
    frequency = "Monthly" if row["Pay Frequency"] == "Every so often" else row["Pay Frequency"]
    level = "Enhanced" if row["Benefits Level"] == "Platinum" else row["Benefits Level"]
    born = row["Date of Birth"] or "1984-07-12"
    return row | {"Pay Frequency": frequency, "Benefits Level": level, "Date of Birth": born}


def _more(pay: str) -> str:
    return str(round(int(pay) * 1.04))


def _who(row: Row) -> str:
    """By number: what is told of an event is seen by everybody at the page."""
    return f"employee {row['Employee Number']}"
