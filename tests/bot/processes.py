"""The console script in a process of its own, with an environment of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from time import monotonic
from types import TracebackType
from typing import Self

from bot.config import Settings

COMMAND = [sys.executable, "-m", "bot"]


def environment(**given: str) -> dict[str, str]:
    """The environment of this shell, without any of our settings, and with those given."""
    ours = {name for name, _, _ in Settings.table()}
    rest = {name: value for name, value in os.environ.items() if name not in ours}
    return rest | given


def lastsync(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run to the end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@dataclass
class Running:
    """A process that lives until the block ends. `said` holds its lines so far, of both outputs."""

    arguments: tuple[str, ...]
    folder: Path
    settings: dict[str, str]
    said: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._lines: Queue[str] = Queue()
        self.process = subprocess.Popen(
            [*COMMAND, *self.arguments],
            cwd=self.folder,
            env=environment(**self.settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self._reader.join(10)
        if self.process.stdout:
            self.process.stdout.close()

    def line(self, beginning: str, seconds: float = 30) -> str:
        """Wait for a line and return what follows its beginning."""
        deadline = monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0, deadline - monotonic()))
            except Empty:
                raise TimeoutError(f"no line “{beginning}” among {self.said}") from None
            self.said.append(line)
            if line.startswith(beginning):
                return line.removeprefix(beginning).strip()

    def end(self, number: int = signal.SIGINT, seconds: float = 30) -> int:
        """Signal, wait, and return the exit status."""
        self.process.send_signal(number)
        status = self.process.wait(seconds)
        self._reader.join(seconds)
        while not self._lines.empty():
            self.said.append(self._lines.get())
        return status

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._lines.put(line.rstrip("\n"))
