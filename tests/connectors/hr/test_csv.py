"""HR's file as HR systems write it: every encoding and habit, and what is set aside."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.connectors.hr.csv import SETTLED_S, HrCsv, hr_source
from services.connectors.hr.rows import COLUMNS
from services.errors import Rejected, Unavailable
from services.ports import EmployeeKey, EmployeeRecord, SetAside

KEY = b"a key that is not in the store"
ADA = EmployeeKey("emp_harbor", "1001")
ROW = {
    "employer": "emp_harbor",
    "employee number": "1001",
    "forenames": "Ada",
    "surname": "Brännström",
    "e-mail": "ada@harbor.example",
    "title": "Ms",
    "date of birth": "1990-02-03",
    "annual pay": "41,000.00",
    "leave date": "",
}

Write = Callable[..., HrCsv]


LIKE_SSN = "looks like a Social Security number; take another number of HR's"


def text(*rows: dict[str, str], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str | bytes, encoding: str = "utf-8", quiet_for: float = 0) -> HrCsv:
        path = tmp_path / "hr.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return HrCsv(path, KEY, lambda: path.stat().st_mtime + quiet_for)

    return write


def all_of(hr: HrCsv) -> tuple[list[EmployeeRecord], list[SetAside]]:
    pages = list(hr.records())
    return [each for page in pages for each in page.items], [
        each for page in pages for each in page.set_aside
    ]


def one(hr: HrCsv) -> EmployeeRecord:
    (record,), aside = all_of(hr)
    assert aside == []
    return record


def shown(record: EmployeeRecord) -> dict[str, Any]:
    private = {"email": record.email, "born": record.date_of_birth, "pay": record.annual_pay}
    return {name: value.reveal() if value else None for name, value in private.items()}


def test_a_row_becomes_a_record_and_is_found_by_its_key(write: Write) -> None:
    hr = write(text(ROW))
    record = one(hr)
    assert (record.key, record.name, record.leave_date) == (ADA, "Ada Brännström", None)
    assert shown(record) == {"email": "ada@harbor.example", "born": date(1990, 2, 3), "pay": "41000"}
    assert hr.find([ADA, EmployeeKey("emp_harbor", "9")])[ADA].fingerprint == record.fingerprint
    assert len(hr.find([EmployeeKey("emp_harbor", "9")])) == 0


def test_the_private_values_of_a_record_are_never_printed(write: Write) -> None:
    printed = repr(one(write(text(ROW | {"phone": "555-0100", "street": "1 Quay"}))))
    assert not any(value in printed for value in ("ada@", "1990", "41000", "555", "Quay"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_usual_encoding_and_delimiter_is_read(write: Write, encoding: str, delimiter: str) -> None:
    hr = write(text(ROW, ROW | {"employee number": "1002"}, delimiter=delimiter), encoding)
    records, aside = all_of(hr)
    assert [each.surname for each in records] == ["Brännström"] * 2
    assert aside == []
    (found,) = hr.find([EmployeeKey("emp_harbor", "1002")]).values()
    assert found.surname == "Brännström"


@pytest.mark.parametrize(
    "name", ["Íñigo Peña", "Søren Ørsted", "João Conceição", "François Noël", "Siân Nuñez"]
)
@pytest.mark.parametrize("others", [0, 300])
def test_a_file_in_windows_1252_is_read_as_such_whatever_its_names(
    write: Write, name: str, others: int
) -> None:
    rows = [ROW | {"employee number": str(number), "surname": "Dupré"} for number in range(others)]
    records, aside = all_of(write(text(ROW | {"surname": name}, *rows), "cp1252"))
    assert ([each.surname for each in records], aside) == ([name] + ["Dupré"] * others, [])


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("mac_roman", "François Lefèvre"), ("mac_roman", "Åsa Ångström"), ("cp1250", "Źdźbło")],
)
@pytest.mark.parametrize("others", [0, 900])
def test_what_windows_1252_does_not_know_is_read_in_an_encoding_that_does(
    write: Write, encoding: str, name: str, others: int
) -> None:
    rows = [ROW | {"employee number": str(number), "surname": "Ö" * 99} for number in range(others)]
    records, _ = all_of(write(text(*rows, ROW | {"surname": name}), encoding))
    assert records[-1].surname == name


WHOLE = text(ROW, ROW | {"employee number": "1002"})
STRAY = "it holds a character that is not UTF-8"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_stray_byte_in_a_file_in_utf_8_costs_its_row(write: Write, mark: bytes, place: int) -> None:
    rows = [ROW | {"employee number": f"n{number}"} for number in range(3)]
    content = text(*rows).encode().replace(b"n%d,Ada" % place, b"n%d,Ren\xe9" % place)
    hr = write(mark + content)
    records, aside = all_of(hr)
    kept = [number for number in range(3) if number != place]
    assert [(each.key.ref, each.surname) for each in records] == [(f"n{each}", "Brännström") for each in kept]
    assert aside == [SetAside(f"emp_harbor/n{place}", f"line {place + 2}: {STRAY}")]
    found = hr.find([EmployeeKey("emp_harbor", f"n{number}") for number in range(3)])
    assert [key.ref for key in found] == [f"n{each}" for each in kept]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_half_a_pair_in_a_file_in_utf_16_costs_its_row(write: Write, encoding: str) -> None:
    half = "\ud83d".encode(encoding, "surrogatepass")
    content = WHOLE.encode(encoding).replace("Ada".encode(encoding), "A".encode(encoding) + half, 1)
    records, aside = all_of(write("\ufeff".encode(encoding) + content))
    assert [each.key.ref for each in records] == ["1002"]
    assert aside == [SetAside("emp_harbor/1001", "line 2: it holds a character that is not UTF-16")]


def test_a_sign_that_stands_for_another_in_utf_8_is_no_stray_byte(write: Write) -> None:
    assert one(write(text(ROW | {"surname": "Br\ufffdnn"}))).surname == "Br\ufffdnn"


def test_a_stray_byte_in_the_header_or_in_a_number_is_borne(write: Write) -> None:
    content = (text(ROW).encode() + text(ROW).encode().splitlines(keepends=True)[1]).replace(
        b"title", b"t\xeftle"
    )
    records, aside = all_of(write(b"\xef\xbb\xbf" + content[::-1].replace(b"1001", b"100\xe9", 1)[::-1]))
    assert [each.key for each in records] == [ADA]
    assert aside == [SetAside(None, f"line 3: {STRAY}")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "mac_roman"])
def test_a_file_whose_lines_end_as_on_an_old_mac_is_read(write: Write, encoding: str) -> None:
    content = text(ROW | {"job title": "Baker\r\nnights"}, ROW | {"employee number": "1002"}).replace(
        "\r\n", "\r"
    )
    hr = write(content + "emp_harbor,,Bo\r", encoding, quiet_for=SETTLED_S)
    records, aside = all_of(hr)
    assert [(each.surname, each.job_title) for each in records] == [
        ("Brännström", "Baker nights"),
        ("Brännström", None),
    ]
    assert [each.reason for each in aside] == ["line 5: it has fewer columns than the header"]
    (found,) = hr.find([EmployeeKey("emp_harbor", "1002")]).values()
    assert found.surname == "Brännström"


def test_a_line_feed_that_was_not_written_yet_makes_no_old_mac(write: Write) -> None:
    with pytest.raises(Unavailable, match="still being written"):
        next(write(text(ROW).splitlines()[0] + "\r").records())


def test_names_of_columns_are_forgiving_and_in_any_order(write: Write) -> None:
    head = "Last Name;FIRST_NAME;Work E-Mail;employeeID;Unknown;Company-Id;DOB"
    record = one(write(f"sep=;\n\n{head}\nLi;Mei;m@x.example;7;?;emp_harbor;3 Feb 1990\n"))
    assert (record.key, record.name) == (EmployeeKey("emp_harbor", "7"), "Mei Li")
    assert shown(record)["born"] == date(1990, 2, 3)


def test_every_name_a_column_may_have_belongs_to_one_column() -> None:
    names = [name for each in COLUMNS for name in (each.name, *each.also)]
    assert len(names) == len(set(names))


def test_blank_lines_and_values_with_line_breaks_keep_the_line_numbers(write: Write) -> None:
    rows = text(ROW | {"job title": 'Baker, "nights"\r\nand days'}) + "\r\n,,,,,\r\n" + "emp_harbor,,Bo\r\n"
    records, aside = all_of(write(rows))
    assert records[0].job_title == 'Baker, "nights" and days'
    assert aside == [SetAside(None, "line 6: it has fewer columns than the header")]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"employer": ""}, "employer: is missing"),
        ({"employee number": "912-34-5678"}, f"employee number: {LIKE_SSN}"),
        ({"employee number": "123456789"}, f"employee number: {LIKE_SSN}"),
        ({"employee number": "a number"}, "employee number: is not a number or a short name"),
        ({"date of birth": "the day before"}, "date of birth: is no date"),
        ({"date of birth": "1990-02-30"}, "date of birth: is no date"),
        ({"leave date": "03/04/2026"}, "leave date: can be read as two dates; write it as YYYY-MM-DD"),
        ({"annual pay": "a lot"}, "annual pay: is no amount that can be read in one way"),
        ({"annual pay": "41.000"}, "annual pay: is no amount that can be read in one way"),
        ({"surname": "x" * 400}, "surname: is too long"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_line_and_no_value(
    write: Write, changed: dict[str, str], reason: str
) -> None:
    records, aside = all_of(write(text(ROW, ROW | {"employee number": "2"} | changed)))
    assert [each.key for each in records] == [ADA]
    assert [each.reason for each in aside] == [f"line 3: {reason}"]


FORMER = ROW | {"leave date": "2024-03-31", "forenames": "Ada (then)"}
OLDEST = ROW | {"leave date": "2019-06-30", "forenames": "Ada (long ago)"}
BROKEN = ROW | {"date of birth": "the day before"}


@pytest.mark.parametrize("order", list(permutations([ROW, FORMER, OLDEST])))
def test_of_somebody_hired_again_the_employment_of_today_counts(
    write: Write, order: tuple[dict[str, str], ...]
) -> None:
    """With the old row first, the account of somebody at work was closed."""
    hr = write(text(*order))
    assert one(hr).forenames == "Ada"
    assert hr.find([ADA])[ADA].leave_date is None


@pytest.mark.parametrize("order", list(permutations([FORMER, OLDEST])))
def test_of_somebody_who_left_twice_the_last_time_counts(
    write: Write, order: tuple[dict[str, str], ...]
) -> None:
    assert one(write(text(*order))).leave_date == date(2024, 3, 31)


@pytest.mark.parametrize(
    "both",
    [
        (ROW, ROW | {"forenames": "Bo"}),
        (FORMER, FORMER | {"surname": "Lee"}),
        (FORMER, BROKEN),
        (BROKEN, FORMER),
    ],
    ids=["two open", "two that ended together", "one unreadable", "the other unreadable"],
)
def test_rows_that_contradict_each_other_are_named_and_none_counts(
    write: Write, both: tuple[dict[str, str], ...]
) -> None:
    hr = write(text(*both, ROW | {"employee number": "1002"}))
    records, aside = all_of(hr)
    assert [each.key.ref for each in records] == ["1002"]
    told = "lines 2 and 3 are of one employee and contradict each other"
    assert aside == [SetAside("emp_harbor/1001", f"line {line}: {told}") for line in (2, 3)]
    assert hr.find([ADA]) == {}


def test_an_open_employment_counts_beside_an_old_one_that_cannot_be_read(write: Write) -> None:
    records, aside = all_of(write(text(BROKEN, ROW)))
    assert [each.forenames for each in records] == ["Ada"]
    assert [each.reason for each in aside] == ["line 2: date of birth: is no date"]


def test_the_same_row_twice_is_one(write: Write) -> None:
    assert one(write(text(ROW, ROW))).key == ADA


@pytest.mark.parametrize(
    "written",
    [
        *("-", "--", "N/A", "n/a", "NULL", "None", "0", "0000-00-00", "00/00/0000", "0000-00-00T00:00:00"),
        *(
            "1900-01-01",
            "01/01/1900",
            "1 January 1900",
            "1899-12-30",
            "1899-12-31",
            "30/12/1899",
            "12/30/1899",
        ),
        *("9999-12-31", "31.12.9999", "Dec 31, 9999", "1900-01-01 00:00:00"),
    ],
)
@pytest.mark.parametrize("column", ["leave date", "date of birth"])
def test_the_usual_ways_to_write_no_date_are_none(write: Write, column: str, written: str) -> None:
    """An empty date of a spreadsheet closed the accounts of people at work."""
    record = one(write(text(ROW | {column: written})))
    assert record.leave_date is None
    assert (record.date_of_birth is None) == (column == "date of birth")


@pytest.mark.parametrize("written", ["1899-06-01", "1900-02-28", "1939-12-31", "1990-02-02", "0001-01-01"])
def test_a_leave_date_that_cannot_be_meant_is_a_reason_and_closes_nobody(write: Write, written: str) -> None:
    records, aside = all_of(write(text(ROW | {"leave date": written})))
    assert records == []
    assert [each.reason for each in aside] == ["line 2: leave date: lies before anybody could leave"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1990-02-03T00:00:00Z", date(1990, 2, 3)),
        ("3 February 1990", date(1990, 2, 3)),
        ("03-Feb-1990", date(1990, 2, 3)),
        ("Feb 3, 1990", date(1990, 2, 3)),
        ("02/02/1990", date(1990, 2, 2)),
        ("25.12.1990", date(1990, 12, 25)),
        ("12/25/1990", date(1990, 12, 25)),
    ],
)
def test_dates_are_read_in_their_usual_forms(write: Write, written: str, meant: date) -> None:
    assert shown(one(write(text(ROW | {"date of birth": written}))))["born"] == meant


@pytest.mark.parametrize(
    ("witness", "meant"), [("25/12/1990", date(1990, 4, 3)), ("12/25/1990", date(1990, 3, 4))]
)
def test_another_row_tells_which_part_of_a_date_is_the_month(write: Write, witness: str, meant: date) -> None:
    rows = [ROW | {"date of birth": "03/04/1990"}, ROW | {"employee number": "2", "date of birth": witness}]
    records, _ = all_of(write(text(*rows)))
    assert shown(records[0])["born"] == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [("$41,000", "41000"), ("41.000,50 €", "41000.50"), ("041000.5", "41000.50"), ("41000,00", "41000")],
)
def test_amounts_are_read_in_their_usual_forms(write: Write, written: str, meant: str) -> None:
    assert shown(one(write(text(ROW | {"annual pay": written}))))["pay"] == meant


@pytest.mark.parametrize(
    "content",
    [
        "",
        WHOLE[: WHOLE.rindex("Ms")],
        WHOLE[: WHOLE.rindex(",")],
        text({name: value for name, value in ROW.items() if name != "leave date"})[:-5],
        WHOLE[:-2],
        WHOLE[:-40] + '"an open quote',
        WHOLE + "\0" * 500,
        WHOLE.encode()[: WHOLE.encode().rindex("ä".encode()) + 1],
    ],
)
def test_a_half_written_file_yields_nothing(write: Write, content: str | bytes) -> None:
    with pytest.raises(Unavailable, match="still being written"):
        next(write(content, quiet_for=SETTLED_S - 1).records())


def test_a_file_whose_last_line_has_no_end_is_whole_once_nobody_writes_to_it(write: Write) -> None:
    records, aside = all_of(write(WHOLE.removesuffix("\r\n"), quiet_for=SETTLED_S))
    assert ([each.key.ref for each in records], aside) == (["1001", "1002"], [])


def test_an_accent_at_the_very_end_is_waited_for_and_then_read(write: Write, tmp_path: Path) -> None:
    content = "employer,employee number,forenames,e-mail,surname\nemp_harbor,7,Ana,a@x.example,José"
    now = write(content, "cp1252")
    with pytest.raises(Unavailable, match="still being written"):
        now.find([EmployeeKey("emp_harbor", "7")])
    later = HrCsv(tmp_path / "hr.csv", KEY, lambda: time.time() + SETTLED_S)
    assert one(later).name == "Ana José"


FEWER, QUOTES, NUL = (
    "it has fewer columns than the header",
    "its quotes do not match",
    "it holds a NUL character",
)


@pytest.mark.parametrize(
    ("content", "kept", "reasons"),
    [
        (WHOLE[: WHOLE.rindex("Ms")], ["1001"], [f"line 3: {FEWER}"]),
        (WHOLE + 'emp_harbor,1003,"Bo', ["1001", "1002"], [f"line 4: {QUOTES}"]),
        (WHOLE.replace("emp_harbor,1001,", 'emp_harbor,1001,"'), ["1002"], [f"line 2: {QUOTES}"]),
        (WHOLE.replace("emp_harbor,1001,", 'emp_harbor,1001,"')[:-2], ["1002"], [f"line 2: {QUOTES}"]),
        (WHOLE.replace("Ada", "A\0da", 1), ["1002"], [f"line 2: {NUL}"]),
        (WHOLE + "\0" * 500, ["1001", "1002"], [f"line 4: {NUL}"]),
    ],
)
def test_what_was_never_finished_costs_its_own_rows_once_nobody_writes_to_the_file(
    write: Write, content: str, kept: list[str], reasons: list[str]
) -> None:
    hr = write(content, quiet_for=SETTLED_S)
    records, aside = all_of(hr)
    assert ([each.key.ref for each in records], [each.reason for each in aside]) == (kept, reasons)
    found = hr.find([EmployeeKey("emp_harbor", number) for number in ("1001", "1002", "1003")])
    assert [key.ref for key in found] == kept


def test_whose_row_was_set_aside_is_told_where_it_says_so(write: Write) -> None:
    _, aside = all_of(write(WHOLE.replace("Ada", "A\0da", 1), quiet_for=SETTLED_S))
    assert [each.ref for each in aside] == ["emp_harbor/1001"]


@pytest.mark.parametrize(
    "content",
    [b"PK\3\4" + bytes(range(256)) * 9, WHOLE.encode("utf-32"), bytes(range(256)) * 9, b"", b"\r\n\r\n"],
)
def test_what_is_no_text_is_refused_and_not_waited_for_for_ever(write: Write, content: bytes) -> None:
    with pytest.raises(Rejected, match="not a text file"):
        next(write(content, quiet_for=SETTLED_S).records())


def test_a_file_that_is_written_slowly_is_waited_for_until_it_is_whole(write: Write, tmp_path: Path) -> None:
    hr = write(WHOLE[:-40])
    for part in (WHOLE[-40:-20], WHOLE[-20:-2]):
        with pytest.raises(Unavailable, match="still being written"):
            all_of(hr)
        with (tmp_path / "hr.csv").open("ab") as file:
            file.write(part.encode())
    with (tmp_path / "hr.csv").open("ab") as file:
        file.write(b"\r\n")
    assert len(all_of(hr)[0]) == 2


def test_a_file_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    hr = HrCsv(tmp_path / "none.csv", KEY)
    for ask in (hr.mark, lambda: list(hr.records()), lambda: hr.find([ADA])):
        with pytest.raises(Unavailable, match="not there"):
            ask()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (text({"employer": "e", "name": "Ada"}), "“employee number” is missing"),
        (text(ROW).replace("title", "surname"), "“surname” is there twice"),
        ("x" * 3_000_000 + "\n", "not a text file"),
    ],
)
def test_a_file_of_something_else_is_rejected(write: Write, content: str, says: str) -> None:
    with pytest.raises(Rejected, match=says):
        next(write(content).records())


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("x" * 140_000, "it holds a value that is too long"),
        ("x" * 3_000_000, "it is too long"),
        ('"' + "x" * 3_000_000, "it is too long"),
        ("\u0a0a" * 1_000_001, "it is too long"),
        ("A\rB", "it holds a line break outside quotes"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_row_that_is_too_long_is_set_aside_as_such(
    write: Write, value: str, reason: str, encoding: str
) -> None:
    rows = [ROW | {"employee number": str(number)} for number in range(3)]
    hr = write(text(*rows).replace("emp_harbor,1,Ada", f"emp_harbor,1,{value}"), encoding)
    records, aside = all_of(hr)
    assert ([each.key.ref for each in records], aside) == (["0", "2"], [SetAside(None, f"line 3: {reason}")])
    keys = [EmployeeKey("emp_harbor", str(number)) for number in range(3)]
    assert [key.ref for key in hr.find(keys)] == ["0", "2"]


def test_a_last_line_that_is_too_long_is_set_aside_once_nobody_writes_to_the_file(write: Write) -> None:
    records, aside = all_of(write(WHOLE + "x" * 3_000_000, quiet_for=SETTLED_S))
    assert (len(records), aside) == (2, [SetAside(None, "line 4: it is too long")])


def test_a_quote_that_is_never_closed_costs_one_row(write: Write) -> None:
    rows = [ROW | {"employee number": str(number)} for number in range(60)]
    content = text(*rows).replace("emp_harbor,5,Ada", 'emp_harbor,5,"Ada', 1)
    records, aside = all_of(write(content))
    assert len(records) == 59
    assert [each.reason for each in aside] == ["line 7: its quotes do not match"]


def test_a_file_that_was_replaced_is_read_anew_when_a_record_is_sent(write: Write, tmp_path: Path) -> None:
    hr = write(text(ROW))
    before, mark = one(hr), hr.mark()
    (tmp_path / "new.csv").write_text(text(ROW | {"employee number": "9"}, ROW | {"forenames": "Bo"}))
    (tmp_path / "new.csv").replace(tmp_path / "hr.csv")
    after = hr.find([ADA])[ADA]
    assert (after.forenames, hr.mark() != mark) == ("Bo", True)
    assert after.fingerprint != before.fingerprint


def test_a_file_that_grows_while_it_is_read_is_half_written(write: Write, tmp_path: Path) -> None:
    hr = write(text(*(ROW | {"employee number": str(number)} for number in range(1200))))
    reading = hr.records()
    assert len(next(reading).items) == 500
    with (tmp_path / "hr.csv").open("a") as file:
        file.write("emp_harbor,")
    with pytest.raises(Unavailable, match="still being written"):
        list(reading)


def test_records_are_found_wherever_they_stand(write: Write) -> None:
    hr = write(text(*(ROW | {"employee number": f"n{number}"} for number in range(700))), "utf-16")
    keys = [EmployeeKey("emp_harbor", f"n{number}") for number in (0, 699, 350)]
    found = hr.find(keys)
    assert [each.key for each in found.values()] == keys


def test_a_fingerprint_depends_on_the_key_and_on_every_value(write: Write, tmp_path: Path) -> None:
    plain = one(write(text(ROW)))
    path = tmp_path / "hr.csv"
    assert (
        next(HrCsv(path, b"another key of the same store").records()).items[0].fingerprint
        != plain.fingerprint
    )
    louder = one(write(text(ROW | {"e-mail": "ADA@harbor.example"})))
    assert (louder.email_key, louder.fingerprint == plain.fingerprint) == (plain.email_key, False)
    assert one(write(text(ROW | {"phone": ""}))).fingerprint == plain.fingerprint


@pytest.mark.parametrize("setting", ["", "csv:", "/srv/hr.csv", "https://hr.example"])
def test_a_source_that_is_not_known_is_said(setting: str) -> None:
    with pytest.raises(ValueError, match="must look like csv:"):
        hr_source(setting, KEY)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30)


@given(
    names=st.lists(WORDS, min_size=1, max_size=30),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    delimiter=st.sampled_from(",;\t|"),
)
def test_whatever_a_name_holds_comes_back_from_the_file(
    names: list[str], encoding: str, delimiter: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("hr") / "hr.csv"
    rows = [ROW | {"employee number": str(number), "surname": name} for number, name in enumerate(names)]
    path.write_bytes(text(*rows, delimiter=delimiter).encode(encoding))
    hr = HrCsv(path, KEY)
    records, aside = all_of(hr)
    assert [each.surname for each in records] == [" ".join(name.split()) or None for name in names]
    assert aside == []
    assert hr.find([each.key for each in records]).keys() == {each.key for each in records}


LATIN = bytes(byte for byte in range(0xC0, 0x100)).decode("cp1252") + "aZŠž€"


@given(names=st.lists(st.text(LATIN, max_size=30), min_size=1, max_size=30))
def test_whatever_a_name_in_windows_1252_holds_comes_back(
    names: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("hr") / "hr.csv"
    rows = [
        {**ROW, "employee number": str(number), "surname": f"é{name}é"} for number, name in enumerate(names)
    ]
    path.write_bytes(text(*rows).encode("cp1252"))
    records, aside = all_of(HrCsv(path, KEY))
    assert ([each.surname for each in records], aside) == ([f"é{name}é" for name in names], [])


@given(
    strays=st.lists(st.binary(max_size=9), min_size=1, max_size=9), quiet_for=st.sampled_from([0, SETTLED_S])
)
def test_bytes_that_are_not_utf_8_never_cost_another_row(
    strays: list[bytes], quiet_for: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("hr") / "hr.csv"
    header, row = text(ROW).encode().splitlines(keepends=True)
    body = b"".join(
        row.replace(b"1001", b"n%d" % number)
        + row.replace(b"1001", b"s%d" % number).replace(
            b"Ada", b"\xff" + bytes(b for b in stray if b >= 0x80)
        )
        for number, stray in enumerate(strays)
    )
    path.write_bytes(header + body)
    hr = HrCsv(path, KEY, lambda: time.time() + quiet_for)
    records, aside = all_of(hr)
    assert [each.key.ref for each in records] == [f"n{number}" for number in range(len(strays))]
    assert [each.ref for each in aside] == [f"emp_harbor/s{number}" for number in range(len(strays))]
    found = hr.find([each.key for each in records])
    assert [each.fingerprint for each in found.values()] == [each.fingerprint for each in records]
    assert not hr.find([EmployeeKey("emp_harbor", f"s{number}") for number in range(len(strays))])


@pytest.mark.parametrize("place", [0, 30])
def test_a_quote_in_a_file_without_others_costs_one_row(write: Write, place: int) -> None:
    rows = [ROW | {"employee number": str(number), "annual pay": "1"} for number in range(60)]
    records, aside = all_of(
        write(text(*rows).replace(f"emp_harbor,{place},Ada", f'emp_harbor,{place},"Ada', 1))
    )
    assert [int(each.key.ref) for each in records] == [number for number in range(60) if number != place]
    assert [each.reason for each in aside] == [f"line {place + 2}: its quotes do not match"]


@given(content=st.binary(max_size=400), quiet_for=st.sampled_from([0, SETTLED_S]))
def test_no_bytes_at_all_bring_the_reader_down(
    content: bytes, quiet_for: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("hr") / "hr.csv"
    path.write_bytes(text(ROW).encode() + content)
    try:
        records, aside = all_of(HrCsv(path, KEY, lambda: time.time() + quiet_for))
    except (Unavailable, Rejected):
        return
    assert records or aside


def test_the_document_lists_the_columns_that_the_reader_knows() -> None:
    document = (Path(__file__).parents[3] / "docs" / "hr-file.md").read_text(encoding="utf-8")
    told = [
        tuple(cell.strip() for cell in line.split("|")[1:5]) for line in document.splitlines() if "|" in line
    ]
    written = [
        (f"`{each.name}`", ", ".join(f"`{name}`" for name in each.also), each.meaning, "yes" * each.needed)
        for each in COLUMNS
    ]
    assert [row for row in told if row[0].startswith("`") and row in written] == written
