"""HR's file (docs/hr-file.md), behind the port `HrSource`.

    hr = hr_source("csv:/srv/hr/employees.csv", key)
    for page in hr.records(): …

Only an index is kept: where each employee's row begins. Values are read when they are asked for.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from services.connectors.hr import file as hr_file
from services.connectors.hr import rows
from services.connectors.hr.file import HalfWritten, Layout, NotText, Row
from services.connectors.hr.rows import Cells, Order, Unreadable
from services.errors import Rejected, Unavailable
from services.ports import EmployeeKey, EmployeeRecord, HrSource, Page, SetAside

_PAGE = 500
SETTLED_S = 10  # a file that nobody wrote to for so long is not being written any more
_TRIES = 3  # a file that changes under a reading is read again, that often
_SCHEME = "csv:"
EARLIER = ""  # nothing is wrong with it: another employment counts

NOT_THERE = "HR's file is not there, or cannot be opened. Check HR_SOURCE and who may read the file."
UNFINISHED = (
    "HR's file is still being written. Lastsync keeps what it read before, and tries again by itself."
)
NO_TEXT = "HR's file is not a text file with one employee in each line. Check HR_SOURCE and the export."


def hr_source(setting: str, key: bytes) -> HrSource:
    """Raise ValueError when the setting names nothing that can be read. `key` is that of the fingerprints."""
    path = setting.removeprefix(_SCHEME)
    if not setting.startswith(_SCHEME) or not path.strip():
        raise ValueError("must look like csv:/srv/hr/employees.csv")
    return HrCsv(Path(path), key)


@dataclass(frozen=True)
class _Index:
    """Where the row of each employee that counts begins, in the file that had this `mark`.

    `passed` are the other rows of those who have several, by where they begin, with the reason why nothing is
    made of them; an earlier employment has none, because nothing is wrong with it.
    """

    mark: str
    layout: Layout
    columns: Mapping[str, int]
    order: Order
    offsets: Mapping[EmployeeKey, int]
    passed: Mapping[int, str]


class HrCsv:
    """Implements `services.ports.HrSource`. Threads may share one."""

    def __init__(self, path: Path, key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._key = key
        self._clock = clock
        self._lock = Lock()
        self._index: _Index | None = None

    def mark(self) -> str:
        try:
            return _mark(self._path.stat())
        except OSError:
            raise Unavailable(NOT_THERE) from None

    def records(self) -> Iterator[Page[EmployeeRecord]]:
        """Nothing is yielded of a file that is half-written: it is read through once before."""
        with self._opened() as file:
            index = self._indexed(file)
            page: Page[EmployeeRecord] = Page([])
            for row in hr_file.rows(file, index.layout):
                self._take(row, index, page)
                if len(page.items) + len(page.set_aside) >= _PAGE:
                    yield page
                    page = Page([])
            self._require_unchanged(file, index)
            if page.items or page.set_aside:
                yield page

    def find(self, keys: Collection[EmployeeKey]) -> Mapping[EmployeeKey, EmployeeRecord]:
        for _ in range(_TRIES):
            with self._opened() as file:
                index = self._indexed(file)
                found = {key: self._read(file, index, key) for key in keys if key in index.offsets}
                if _mark(os.fstat(file.fileno())) == index.mark:
                    return {key: each for key, each in found.items() if each is not None}
        raise Unavailable(UNFINISHED)

    def _take(self, row: Row, index: _Index, page: Page[EmployeeRecord]) -> None:
        if index.passed.get(row.offset) == EARLIER:
            return
        ref, reason = None, row.trouble
        try:
            cells = Cells(row.cells or [], index.columns)
            ref = "/".join(cells.key)
            reason = reason or index.passed.get(row.offset, "")
            if not reason:
                page.items.append(rows.record(cells, index.order, self._key))
        except Unreadable as error:
            reason = reason or str(error)
        if reason:
            page.set_aside.append(SetAside(ref, f"line {row.line}: {reason}"))

    def _read(self, file: BinaryIO, index: _Index, key: EmployeeKey) -> EmployeeRecord | None:
        row = hr_file.row_at(file, index.layout, index.offsets[key])
        try:
            cells = Cells(row or [], index.columns)
            return rows.record(cells, index.order, self._key) if cells.key == key else None
        except Unreadable:
            return None

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        """The file, and its troubles as the port's errors."""
        try:
            with self._path.open("rb") as file:
                yield file
        except OSError:
            raise Unavailable(NOT_THERE) from None
        except HalfWritten:
            raise Unavailable(UNFINISHED) from None
        except NotText:
            raise Rejected(NO_TEXT, "no_text") from None

    def _indexed(self, file: BinaryIO) -> _Index:
        """The index of this very file: another one may stand under its name by now."""
        stat = os.fstat(file.fileno())
        mark, settled = _mark(stat), self._clock() - stat.st_mtime >= SETTLED_S
        with self._lock:
            if self._index is None or self._index.mark != mark:
                index = _index(file, mark, settled=settled)
                self._require_unchanged(file, index)
                self._index = index
            return self._index

    def _require_unchanged(self, file: BinaryIO, index: _Index) -> None:
        if _mark(os.fstat(file.fileno())) != index.mark:
            raise HalfWritten


def _index(file: BinaryIO, mark: str, *, settled: bool) -> _Index:
    layout = hr_file.layout(file, rows.KNOWN, settled=settled)
    try:
        columns = rows.places(layout.header)
    except Unreadable as error:
        raise Rejected(f"HR's file cannot be used: {error}. Check the export.", "columns") from None
    offsets: dict[EmployeeKey, int] = {}
    several: dict[EmployeeKey, list[Row]] = {}
    hints: set[Order] = set()
    for row in hr_file.rows(file, layout):
        if row.cells is None or row.trouble:
            continue
        try:
            cells = Cells(row.cells, columns)
            hints.update(rows.hints(cells))
            if offsets.setdefault(cells.key, row.offset) != row.offset:
                several[cells.key] = []
        except Unreadable:
            continue
    order = rows.order_of(hints)
    passed: dict[int, str] = {}
    for key, theirs in _gathered(file, layout, columns, several).items():
        counted, reasons = _which_counts(theirs, columns, order)
        passed |= reasons
        offsets.pop(key)
        if counted is not None:
            offsets[key] = counted
    return _Index(mark, layout, columns, order, offsets, passed)


def _gathered(
    file: BinaryIO, layout: Layout, columns: Mapping[str, int], several: dict[EmployeeKey, list[Row]]
) -> Mapping[EmployeeKey, list[Row]]:
    """All rows of those who have several. Most files have nobody, and are not read again."""
    if not several:
        return several
    for row in hr_file.rows(file, layout):
        with suppress(Unreadable):
            cells = Cells(row.cells or [], columns)
            if not row.trouble and cells.key in several:
                several[cells.key].append(row)
    return several


def _which_counts(
    theirs: Sequence[Row], columns: Mapping[str, int], order: Order
) -> tuple[int | None, Mapping[int, str]]:
    """Where the row that counts begins, and why the others do not, whatever their order.

    Each row is an employment. The open one counts, or the one that was left last. Where that cannot be told,
    none does: to take the wrong one would close the account of somebody at work.
    """
    read: list[tuple[Row, EmployeeRecord]] = []
    for row in theirs:
        with suppress(Unreadable):
            read.append((row, rows.record(Cells(row.cells or [], columns), order, b"")))
    unread = [row for row in theirs if row not in [each for each, _ in read]]
    latest = max((_ends(record) for _, record in read), default=date.min)
    candidates = [(row, record) for row, record in read if _ends(record) == latest]
    differ = len({record.fingerprint for _, record in candidates}) > 1
    if differ or not candidates or (unread and latest != date.max):
        named = " and ".join(str(row.line) for row in theirs)
        return None, {
            row.offset: f"lines {named} are of one employee and contradict each other" for row in theirs
        }
    counted = candidates[0][0].offset
    return counted, {row.offset: EARLIER for row, _ in read if row.offset != counted}


def _ends(record: EmployeeRecord) -> date:
    return record.leave_date or date.max


def _mark(stat: os.stat_result) -> str:
    return f"{stat.st_ino}-{stat.st_size}-{stat.st_mtime_ns}"
