"""`make bench`: each figure beside a floor measured in the same run. Times drift; the ratios are to keep.

python -m tests.bench [--size N] [--employees N] [--messages N] [--rounds N]

The floor is a bare Bolt app that acks, and the same after one query. The three are asked in turns of a few
requests, so that whatever else the machine does meets all of them. With 8 clients, eight ask at once.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import urlencode

import httpx
from rich.console import Console
from rich.table import Table
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.cast import AGENCY, BROKER, GENERAL
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace, build_app
from tests.bench import bare, employees, messages
from tests.bench.store import TOLD, fill, name

ROOT = Path(__file__).parents[2]
NOWHERE = "http://127.0.0.1:9"
TURN = 5  # requests of each client


@dataclass(frozen=True)
class Question:
    """What is typed, by whom. `texts` are asked in turn: with one, what is remembered is used again."""

    what: str
    user_id: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Medians:
    """In ms. `query`: acked after one query."""

    bare: float
    query: float
    ours: float

    @property
    def ratio(self) -> float:
        return self.ours / self.query


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        print(f"Filling a store with {options.size:,} integrations …", flush=True)
        fill(url, options.size)
        with _bare_app(url) as floor, _lastsync(url) as bot:
            _report(options, floor, bot)
        if options.employees:
            employees.report(Path(folder), options.employees, slow=100, rounds=1)
        if options.messages:
            messages.report(Path(folder), [messages.FEW, options.messages])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=100_000, help="integrations in the store")
    parser.add_argument("--employees", type=int, default=10_000, help="employees to send; 0: none")
    parser.add_argument("--messages", type=int, default=1_000_000, help="messages to list; 0: none")
    parser.add_argument("--rounds", type=int, default=200, help="requests of each client for a figure")
    return parser.parse_args()


def _questions() -> Iterator[Question]:
    agency, broker = AGENCY.user_id, BROKER.user_id
    yield Question("help", agency, ("help",))
    for actor, user_id in (("agency user", agency), ("broker", broker)):
        yield Question(f"{actor}: integration", user_id, (f"{name(0)} guardian",))
        yield Question(f"{actor}: misspelt, in part", user_id, ("aldr archit gardian",))
        yield Question(f"{actor}: employer", user_id, (name(1),))
        yield Question(f"{actor}: summary", user_id, ("",))
    yield Question("agency user: another integration each time", agency, _others("metlife"))
    yield Question("agency user: another employer each time", agency, _others(""))


def _others(carrier: str) -> tuple[str, ...]:
    return tuple(f"{name(number)} {carrier}".strip() for number in range(TOLD))


def _report(options: argparse.Namespace, floor: Server, bot: Server) -> None:
    title = f"/carrier-status over signed HTTP, {options.size:,} integrations in the store (medians, ms)"
    table = Table(title=title)
    for column in ("what", "clients", "bare Bolt", "and one query", "Lastsync", "ratio"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for question in _questions():
        for clients in (1, 8):
            found = _measure(question, clients, options.rounds, floor, bot)
            figures = (found.bare, found.query, found.ours, found.ratio)
            table.add_row(question.what, str(clients), *(f"{each:.2f}" for each in figures))
    Console(width=110).print(table)
    print(f"start: ready after {bot.ready_s:.2f} s; idle memory {bot.memory_mb:.0f} MB")


class Server:
    """A process that answers slash commands; how long until ready, and its resident memory then."""

    def __init__(self, url: str, secret: str, process: subprocess.Popen[bytes], ready_s: float) -> None:
        self.url, self.secret, self.ready_s = url, secret, ready_s
        self.memory_mb = _resident_mb(process.pid)

    def command(self, client: httpx.Client, user_id: str, text: str) -> None:
        body = urlencode(_form(user_id, text))
        answer = client.post(self.url, content=body, headers=_signed(self.secret, body))
        assert answer.status_code == 200, answer.text
        assert "reference" not in answer.text, answer.text


def _form(user_id: str, text: str) -> dict[str, str]:
    return {
        "command": "/carrier-status",
        "text": text,
        "user_id": user_id,
        "channel_id": GENERAL.channel_id,
        "team_id": "T0SANDBOX1",
        "trigger_id": "1.2.3",
        "response_url": f"{NOWHERE}/respond",
    }


def _signed(secret: str, body: str) -> dict[str, str]:
    stamp = str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    return {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": signature or "",
    }


def _measure(question: Question, clients: int, rounds: int, floor: Server, bot: Server) -> Medians:
    asked = (
        (floor, AGENCY.user_id, cycle(("ack",))),
        (floor, AGENCY.user_id, cycle((bare.QUERY,))),
        (bot, question.user_id, cycle(question.texts)),
    )
    times: list[list[float]] = [[] for _ in asked]
    with ThreadPoolExecutor(clients) as pool, ExitStack() as stack:
        # One connection for each client and server, as Slack keeps them.
        kept = [[stack.enter_context(httpx.Client()) for _ in range(clients)] for _ in asked]
        for turn in range(1 + rounds // TURN):
            for i, (server, user_id, texts) in enumerate(asked):
                runs = [
                    pool.submit(_turn, server, client, user_id, list(islice(texts, TURN)))
                    for client in kept[i]
                ]
                found = [each for run in runs for each in run.result()]
                times[i] += found if turn else []  # the first turn opens connections
    return Medians(*map(statistics.median, times))


def _turn(server: Server, client: httpx.Client, user_id: str, texts: list[str]) -> list[float]:
    return [_timed(lambda text=text: server.command(client, user_id, text)) for text in texts]


def _timed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


@contextmanager
def _bare_app(database: str) -> Iterator[Server]:
    port = _free_port()
    command = [sys.executable, "-m", "tests.bench.bare", str(port), database]
    with _process(command, {}, f"http://127.0.0.1:{port}/slack/events") as (process, ready):
        yield Server(f"http://127.0.0.1:{port}/slack/events", bare.SECRET, process, ready)


@contextmanager
def _lastsync(database: str) -> Iterator[Server]:
    workspace, port = Workspace(), _free_port()
    with SandboxServer(build_app(workspace)) as slack:
        settings = {
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_SIGNING_SECRET": workspace.signing_secret,
            "SLACK_API_URL": f"{slack.url}/api/",
            "DATABASE_URL": database,
            "EXCHANGE_URL": NOWHERE,
            "EXCHANGE_TOKEN": "none",
            "ADMINS": AGENCY.user_id,
            "POLL_SECONDS": "3600",
            "PORT": str(port),
        }
        command = [sys.executable, "-m", "bot", "run"]
        with _process(command, settings, f"http://127.0.0.1:{port}/healthz") as (process, ready):
            time.sleep(2)  # idle is measured after the first jobs have run
            yield Server(f"http://127.0.0.1:{port}/slack/events", workspace.signing_secret, process, ready)


@contextmanager
def _process(
    command: list[str], settings: dict[str, str], probe: str
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, **settings},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(probe, process)
        yield process, time.perf_counter() - started
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the process behind {url} ended"
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(url)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
