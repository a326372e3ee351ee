"""The rows of a delimited text file, each with its line number and where it begins in bytes.

So that any row can be read again by itself, in files of any size and encoding.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from charset_normalizer import from_bytes

DELIMITERS = ",;\t|"
_BLOCK = 1 << 16
_LONGEST_LINE = 1 << 20  # bytes
_TOO_LONG = "it is too long"
_MOST_LINES = 20  # that one row goes over; with more of them, a quote was not closed
_ZIP = b"PK\x03\x04"  # a workbook of Excel is one
_LATIN = ["cp1252", "cp1250", "mac_roman"]
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


class HalfWritten(Exception):
    """The file ends, or seems to end, in the middle of a row. It may be whole a moment later."""


class NotText(Exception):
    pass


@dataclass(frozen=True)
class Layout:
    """How the bytes become rows. `start` is where the header ends and the first row may begin.

    `settled`: nobody writes to the file any more, so what looks unfinished will not be finished.
    """

    encoding: str
    newline: str
    settled: bool
    delimiter: str
    header: tuple[str, ...]
    start: int
    line: int


class _Raw(NamedTuple):
    """`text` is empty for a line that is longer than anybody wants to hold."""

    offset: int
    end: int
    text: bytes


class Row(NamedTuple):
    """`trouble` says why a row must not be taken. `cells` then tell whose it is, or are None."""

    line: int
    offset: int
    cells: list[str] | None
    trouble: str = ""


class _Line(NamedTuple):
    """From `offset` to `end` in bytes. What cannot be decoded is replaced in `text`."""

    offset: int
    end: int
    text: str
    trouble: str = ""


def layout(file: BinaryIO, known: Iterable[str], *, settled: bool) -> Layout:
    """Find out from the file's beginning. The delimiter is the one that gives the most `known` names."""
    encoding, newline, start = _encoding(file, settled=settled)
    names = frozenset(known)
    for number, line in enumerate(_lines(file, encoding, newline, start, settled=settled), 1):
        if "\0" in line.text or line.trouble == _TOO_LONG:
            raise NotText
        if not line.text.strip() or line.text.casefold().startswith("sep="):
            continue
        headers = {each: _cells(line.text, each) for each in DELIMITERS}
        best = max(DELIMITERS, key=lambda each: sum(plain(name) in names for name in headers[each]))
        header = tuple(plain(name) for name in headers[best])
        return Layout(encoding, newline, settled, best, header, line.end, number)
    raise NotText if settled else HalfWritten


def plain(name: str) -> str:
    """A column's name without case, spaces and signs: `Date of birth`, `date_of_birth`, `DateOfBirth`."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def rows(file: BinaryIO, how: Layout) -> Iterator[Row]:
    """Every row behind the header that is not blank. Raise HalfWritten where it may still be written."""
    start, line = how.start, how.line
    while True:
        reading = _Reading(file, how, start, line)
        yield from reading
        if reading.lost is None:
            return
        # A quote that nobody closed has swallowed other rows: they are read by themselves.
        start, line = reading.lost


def row_at(file: BinaryIO, how: Layout, offset: int) -> list[str] | None:
    found = next(iter(_Reading(file, how, offset, 0)), None)
    return found.cells if found and not found.trouble else None


class _Reading:
    """One pass of the csv reader. `lost` is where another must begin, because this one cannot go on."""

    def __init__(self, file: BinaryIO, how: Layout, start: int, line: int) -> None:
        self.lost: tuple[int, int] | None = None
        self._how = how
        self._taken: list[_Line] = []
        self._lines = _lines(file, how.encoding, how.newline, start, settled=how.settled)
        self._line = line
        self._ended = False

    def __iter__(self) -> Iterator[Row]:
        reader = csv.reader(self._feed(), delimiter=self._how.delimiter, strict=True)
        while True:
            self._taken = []
            row = self._next(reader)
            if row is None:
                return
            if row.trouble or any(cell.strip() for cell in row.cells or []):
                yield row
            if self.lost is not None:
                return

    def _next(self, reader: Iterator[list[str]]) -> Row | None:
        line = self._line + 1
        try:
            cells: list[str] | None = next(reader)
            trouble = ""
        except StopIteration:
            return None
        except csv.Error as error:
            cells, trouble = None, _reason(str(error))
        self._line += len(self._taken)
        if not self._taken:
            return None
        first = self._taken[0]
        if cells is None and self._ended and not self._how.settled:
            raise HalfWritten
        if cells is None and len(self._taken) > 1:
            self.lost = (first.end, line)
        return Row(line, first.offset, cells, trouble or self._trouble(cells or []))

    def _trouble(self, cells: list[str]) -> str:
        """The last line may have been cut: then it has no end, and misses columns."""
        cut = (
            not self._taken[-1].text.endswith(("\n", "\r"))
            and any(cells)
            and len(cells) < len(self._how.header)
        )
        found = next((line.trouble for line in self._taken if line.trouble), "")
        return found or ("it has fewer columns than the header" if cut else "")

    def _feed(self) -> Iterator[str]:
        for line in self._lines:
            self._taken.append(line)
            if len(self._taken) > _MOST_LINES:
                raise csv.Error
            yield line.text
        self._ended = True


def _reason(error: str) -> str:
    """Why the csv module does not take a row."""
    if "field limit" in error:
        return "it holds a value that is too long"
    if "new-line" in error:
        return "it holds a line break outside quotes"
    return "its quotes do not match"


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return []


def _lines(file: BinaryIO, encoding: str, newline: str, start: int, *, settled: bool) -> Iterator[_Line]:
    for offset, end, raw in _raw_lines(file, newline.encode(encoding), start, settled=settled):
        if not raw:
            yield _Line(offset, end, "\n", _TOO_LONG)
            continue
        text, trouble = raw.decode(encoding, "replace"), ""
        if "\0" in text and not settled:
            raise HalfWritten  # room that a writer has reserved and not filled yet
        if "\0" in text:
            trouble = "it holds a NUL character"
        elif "\N{REPLACEMENT CHARACTER}" in text and not _reads(raw, encoding):
            trouble = "it holds a character that is not " + ("UTF-16" if "16" in encoding else "UTF-8")
        yield _Line(offset, end, text, trouble)


def _raw_lines(file: BinaryIO, newline: bytes, start: int, *, settled: bool) -> Iterator[_Raw]:
    """Every line with its end. Who writes the last one without an end may have more of it to write."""
    file.seek(start)
    offset, at, rest = start, start, b""  # where the line begins, and where `rest` does
    for block in iter(lambda: file.read(_BLOCK), b""):
        rest += block
        begin = 0
        while (found := _find(rest, newline, begin)) >= 0:
            end = found + len(newline)
            yield _Raw(offset, at + end, rest[begin:end] if offset == at + begin else b"")
            offset, begin = at + end, end
        if at + len(rest) - offset > _LONGEST_LINE:
            begin = len(rest) - len(rest) % len(newline)
        at, rest = at + begin, rest[begin:]
    end = at + len(rest)
    if end > offset and not settled:
        raise HalfWritten
    if end > offset:
        yield _Raw(offset, end, rest if offset == at else b"")


def _find(text: bytes, newline: bytes, begin: int) -> int:
    """The next newline that lies on a whole character."""
    found = text.find(newline, begin)
    while found >= 0 and found % len(newline):
        found = text.find(newline, found + 1)
    return found


def _encoding(file: BinaryIO, *, settled: bool) -> tuple[str, str, int]:
    """The encoding, what ends a line, and the length of the mark. UTF-8 unless the bytes say otherwise."""
    file.seek(0)
    head = file.read(4)
    if head == _ZIP:
        raise NotText
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, _newline(file, name, settled=settled), len(mark)
    if len(head) == len("ab".encode("utf-16-le")) and head.count(0) == len("ab"):
        name = "utf-16-be" if head[0] == 0 else "utf-16-le"
        return name, _newline(file, name, settled=settled), 0
    newline = _newline(file, "utf-8", settled=settled)
    return _without_mark(file, newline, settled=settled), newline, 0


def _newline(file: BinaryIO, encoding: str, *, settled: bool) -> str:
    """A carriage return where there is nothing else, as old exports of a Mac have it."""
    file.seek(0)
    head = file.read(_BLOCK).decode(encoding, "ignore")
    if "\n" in head or "\r" not in head:
        return "\n"
    if not settled:
        raise HalfWritten  # a line feed may follow
    return "\r"


def _without_mark(file: BinaryIO, newline: str, *, settled: bool) -> str:
    """UTF-8 if it reads half of the lines that are not ASCII: then a stray byte costs its row alone.

    Else Mac Roman for a Mac's line ends, or one of `_LATIN` that reads all of it: Windows-1252 if it does.
    """
    fitting, sample, surplus = _LATIN, b"", 0
    for _, _, line in _raw_lines(file, newline.encode(), 0, settled=settled):
        if line.isascii():
            continue
        fitting = [each for each in fitting if _reads(line, each)]
        if len(sample) < _BLOCK and not _reads(line, _LATIN[0]):
            sample += line
        surplus += 1 if _reads(line, "utf-8") else -1
    if surplus >= 0:
        return "utf-8"
    if newline == "\r":
        return "mac_roman"
    return fitting[0] if fitting[0] == _LATIN[0] else _latin(sample, fitting)


def _reads(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _latin(sample: bytes, fitting: list[str]) -> str:
    best = from_bytes(sample, cp_isolation=fitting).best()
    return best.encoding if best else fitting[0]
