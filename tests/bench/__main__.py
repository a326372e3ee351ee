"""`make bench`: each figure beside a floor measured in the same run. Times drift; the ratios are to keep.

python -m tests.bench [--size N] [--rounds N]
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
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx
from rich.console import Console
from rich.table import Table
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import select

from bot.sandbox.cast import AGENCY, GENERAL
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace, build_app
from services.desk import Sessions
from services.models import Integration
from tests.bench import bare
from tests.bench.store import fill

ROOT = Path(__file__).parents[2]
NOWHERE = "http://127.0.0.1:9"


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        print(f"Filling a store with {options.size:,} integrations …", flush=True)
        sessions = fill(url, options.size)
        query = _median_ms(lambda: _one_query(sessions), options.rounds)
        with _bare_app() as floor, _lastsync(url) as bot:
            _report(options, query, floor, bot)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=100_000, help="integrations in the store")
    parser.add_argument("--rounds", type=int, default=300, help="requests a figure")
    return parser.parse_args()


def _report(options: argparse.Namespace, query: float, floor: Server, bot: Server) -> None:
    table = Table(title=f"/carrier-status over signed HTTP, {options.size:,} integrations in the store (ms)")
    for column in ("what", "clients", "bare Bolt", "one query", "Lastsync", "ratio to bare + query"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for text in ("help", "alder works 0 guardian", "alder works 0", ""):
        for clients in (1, 8):
            base = _commands(floor, text, clients, options.rounds)
            ours = _commands(bot, text, clients, options.rounds)
            ratio = ours / (base + query)
            row = (text or "(nothing)", clients, f"{base:.2f}", f"{query:.2f}", f"{ours:.2f}", f"{ratio:.2f}")
            table.add_row(*map(str, row))
    Console(width=110).print(table)
    print(f"start: ready after {bot.ready_s:.2f} s; idle memory {bot.memory_mb:.0f} MB")


class Server:
    """A process that answers slash commands; how long until ready, and its resident memory then."""

    def __init__(self, url: str, secret: str, process: subprocess.Popen[bytes], ready_s: float) -> None:
        self.url, self.secret, self.ready_s = url, secret, ready_s
        self.memory_mb = _resident_mb(process.pid)

    def command(self, client: httpx.Client, text: str) -> None:
        body = urlencode(_form(text))
        answer = client.post(self.url, content=body, headers=_signed(self.secret, body))
        assert answer.status_code == 200, answer.text
        assert "reference" not in answer.text, answer.text


def _form(text: str) -> dict[str, str]:
    return {
        "command": "/carrier-status",
        "text": text,
        "user_id": AGENCY.user_id,
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


def _commands(server: Server, text: str, clients: int, rounds: int) -> float:
    """Return the median time of a command, in ms, with that many clients at once."""
    with ThreadPoolExecutor(clients) as pool:
        runs = [pool.submit(_client, server, text, rounds // clients) for _ in range(clients)]
        return statistics.median(each for run in runs for each in run.result())


def _client(server: Server, text: str, rounds: int) -> list[float]:
    with httpx.Client() as client:
        server.command(client, text)
        return [_timed(lambda: server.command(client, text)) for _ in range(rounds)]


def _timed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


def _median_ms(run: Callable[[], object], rounds: int) -> float:
    return statistics.median(_timed(run) for _ in range(rounds))


@contextmanager
def _bare_app() -> Iterator[Server]:
    port = _free_port()
    command = [sys.executable, "-m", "tests.bench.bare", str(port)]
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


def _one_query(sessions: Sessions) -> None:
    with sessions.read() as session:
        session.scalars(select(Integration).where(Integration.employer_id == 1)).all()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
