"""HR's file (docs/hr-file.md), behind the port `HrSource`.

    hr = hr_source("csv:/srv/hr/employees.csv", key)
    for page in hr.records(): …

Only an index is kept: where each employee's row begins. Values are read when they are asked for.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
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
    """Where each employee's row begins, in the file that had this `mark`; `twice`: who has more than one."""

    mark: str
    layout: Layout
    columns: Mapping[str, int]
    order: Order
    offsets: Mapping[EmployeeKey, int]
    twice: Collection[EmployeeKey]


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
            firsts: dict[EmployeeKey, int] = {}
            for row in hr_file.rows(file, index.layout):
                self._take(row, index, page, firsts)
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

    def _take(
        self, row: Row, index: _Index, page: Page[EmployeeRecord], firsts: dict[EmployeeKey, int]
    ) -> None:
        ref, reason = None, row.trouble
        try:
            cells = Cells(row.cells or [], index.columns)
            ref = "/".join(cells.key)
            reason = reason or _again(row, cells.key, index, firsts)
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
    twice: set[EmployeeKey] = set()
    hints: set[Order] = set()
    for row in hr_file.rows(file, layout):
        if row.cells is None or row.trouble:
            continue
        try:
            cells = Cells(row.cells, columns)
            hints.update(rows.hints(cells))
            if offsets.setdefault(cells.key, row.offset) != row.offset:
                twice.add(cells.key)
        except Unreadable:
            continue
    return _Index(mark, layout, columns, rows.order_of(hints), offsets, twice)


def _again(row: Row, key: EmployeeKey, index: _Index, firsts: dict[EmployeeKey, int]) -> str:
    first = firsts.setdefault(key, row.line) if key in index.twice else row.line
    return "" if first == row.line else f"stands in line {first} already"


def _mark(stat: os.stat_result) -> str:
    return f"{stat.st_ino}-{stat.st_size}-{stat.st_mtime_ns}"
