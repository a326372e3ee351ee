"""The console script: what each command does, and one clear line for everything that can be foreseen."""

from __future__ import annotations

import csv
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import httpx
import pytest

from bot.check import BOT_SCOPES
from bot.database import make_engine, make_sessions, migrate
from bot.sandbox import cast
from bot.sandbox.demo import COMMANDS
from bot.sandbox.exchange import routes
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace, build_app
from bot.sandbox.workspace.driver import Person
from bot.sandbox.world.faults import Faults
from bot.sandbox.world.world import World
from services.store.exchange import Employer
from services.store.people import AuditEvent
from tests.bot.patience import eventually
from tests.bot.processes import Running, lastsync
from tests.unhurried import unhurried

TOKEN = "exchange-made-up"


@pytest.fixture
def workspace() -> Workspace:
    return unhurried(Workspace(commands=COMMANDS, scopes=BOT_SCOPES))


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def outside(workspace: Workspace, faults: Faults) -> Iterator[SandboxServer]:
    app = build_app(workspace)
    app.add_subapp("/exchange", routes(World(1, datetime.now(UTC)), faults, TOKEN))
    with SandboxServer(app) as running:
        yield running


@pytest.fixture
def settings(outside: SandboxServer, workspace: Workspace, tmp_path: Path) -> dict[str, str]:
    url = f"sqlite:///{tmp_path}/lastsync.db"
    engine = make_engine(url)
    migrate(engine)
    engine.dispose()
    return {
        "SLACK_API_URL": f"{outside.url}/api/",
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "EXCHANGE_URL": f"{outside.url}/exchange",
        "EXCHANGE_TOKEN": TOKEN,
        "ADMINS": cast.AGENCY.user_id,
        "ALERTS_CHANNEL": cast.ALERTS.channel_id,
        "DATABASE_URL": url,
        "PORT": "0",
        "NO_PROXY": "127.0.0.1",
    }


@pytest.fixture
def dana(outside: SandboxServer, workspace: Workspace) -> Iterator[Person]:
    with Person(outside.url, workspace.session_token, cast.AGENCY.user_id) as person:
        yield person


def health(running: Running) -> str:
    """The address that the log names once the bot runs."""
    while "its health is at" not in (line := running.line("")):
        pass
    return next(word for word in line.split() if word.startswith("http"))


def complaint(*arguments: str, folder: Path, status: int, **settings: str) -> str:
    ended = lastsync(*arguments, folder=folder, **settings)
    assert ended.returncode == status
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_run_answers_in_socket_mode_and_ends_cleanly_on_sigterm(
    settings: dict[str, str], dana: Person, tmp_path: Path
) -> None:
    with Running(("run",), tmp_path, settings) as running:
        address = health(running)
        assert httpx.get(address, trust_env=False).json()["ready"]
        eventually(lambda: "Harbor Bakery" in dana.command("/carrier-status harbor")[0]["text"])
        assert running.end(signal.SIGTERM) == 0
    assert "Traceback" not in "".join(running.said)


def test_run_answers_signed_http(
    settings: dict[str, str], workspace: Workspace, dana: Person, tmp_path: Path
) -> None:
    settings |= {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": workspace.signing_secret}
    with Running(("run",), tmp_path, settings) as running:
        address = health(running).removesuffix("/readyz")
        workspace.deliver_over_http(f"{address}/slack/events")
        eventually(lambda: "Harbor Bakery" in dana.command("/carrier-status harbor")[0]["text"])
        assert running.end(signal.SIGTERM) == 0


def test_what_hangs_outside_does_not_hold_up_the_end(
    settings: dict[str, str], faults: Faults, tmp_path: Path
) -> None:
    faults.start("exchange_times_out", datetime.now(UTC), 60)
    with Running(("run",), tmp_path, settings) as running:
        health(running)
        time.sleep(0.5)  # the first reading has begun
        assert running.end(signal.SIGTERM, seconds=8) == 0
    assert any("its claim lapses" in line for line in running.said)


def test_run_waits_for_a_slack_that_is_down_and_says_so(
    settings: dict[str, str], outside: SandboxServer, tmp_path: Path
) -> None:
    outside.stop()
    with Running(("run",), tmp_path, settings) as running:
        answer = httpx.get(health(running), trust_env=False)
        assert answer.status_code == 503
        assert "not connected" in answer.json()["checks"]["slack"]
        assert running.end() == 0


def test_run_with_nothing_set_names_all_that_is_missing(tmp_path: Path) -> None:
    said = complaint("run", folder=tmp_path, status=2)
    assert [line.split()[1] for line in said.splitlines()] == [
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "EXCHANGE_URL",
        "EXCHANGE_TOKEN",
        "ADMINS",
    ]


def test_run_refuses_a_store_that_was_not_migrated(settings: dict[str, str], tmp_path: Path) -> None:
    settings["DATABASE_URL"] = "sqlite:///new.db"
    assert "lastsync migrate" in complaint("run", folder=tmp_path, status=1, **settings)


def test_run_names_a_bot_token_that_does_not_work(settings: dict[str, str], tmp_path: Path) -> None:
    settings["SLACK_BOT_TOKEN"] = "xoxb-made-up"
    said = complaint("run", folder=tmp_path, status=1, **settings)
    assert said == "lastsync: SLACK_BOT_TOKEN does not work. Slack refused: invalid_auth.\n"


def test_run_names_an_app_token_that_does_not_work(settings: dict[str, str], tmp_path: Path) -> None:
    settings["SLACK_APP_TOKEN"] = "xapp-made-up"
    said = complaint("run", folder=tmp_path, status=1, **settings)
    assert said == "lastsync: SLACK_APP_TOKEN does not work. Slack refused: invalid_auth.\n"


def test_run_says_that_its_port_is_taken(settings: dict[str, str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings["PORT"] = str(taken.getsockname()[1])
        said = complaint("run", folder=tmp_path, status=1, **settings)
    assert "Set PORT to a free one" in said


def test_migrate_makes_a_store_that_run_takes(tmp_path: Path) -> None:
    for _ in range(2):
        ended = lastsync("migrate", folder=tmp_path)
        assert (ended.returncode, ended.stdout) == (0, "The database schema is up to date.\n")
    assert (tmp_path / "lastsync.db").exists()


def test_a_store_that_cannot_be_reached_is_one_clear_line(tmp_path: Path) -> None:
    url = "sqlite:////nowhere/at/all/lastsync.db"
    said = complaint("migrate", folder=tmp_path, status=1, DATABASE_URL=url)
    assert "cannot be used" in said
    assert "move that file away" in said


def test_a_database_server_that_cannot_be_reached_is_no_matter_of_files(tmp_path: Path) -> None:
    url = "postgresql://lastsync@127.0.0.1:9/lastsync"
    said = complaint("migrate", folder=tmp_path, status=1, DATABASE_URL=url)
    assert "start the database" in said
    assert "file" not in said


def test_check_finds_everything_well(settings: dict[str, str], tmp_path: Path) -> None:
    ended = lastsync("check", folder=tmp_path, **settings)
    assert ended.returncode == 0, ended.stdout
    assert "Whitfield Benefits" in ended.stdout
    assert "Socket Mode" in ended.stdout


def test_check_prints_its_table_alone(settings: dict[str, str], tmp_path: Path) -> None:
    settings["EXCHANGE_URL"] = "http://127.0.0.1:9"
    ended = lastsync("check", folder=tmp_path, **settings)
    assert ended.returncode == 1
    assert "EXCHANGE_URL" in ended.stdout
    assert ended.stderr == ""


def test_audit_writes_the_log_as_csv(settings: dict[str, str], tmp_path: Path) -> None:
    engine = make_engine(settings["DATABASE_URL"])
    with make_sessions(engine).write() as session:
        at = datetime(2026, 3, 2, 12, tzinfo=UTC)
        session.add(AuditEvent(at=at, event="person.assigned", user_id="U0AGENCY01", detail={"role": "stm"}))
    engine.dispose()
    ended = lastsync("audit", "--csv", folder=tmp_path, DATABASE_URL=settings["DATABASE_URL"])
    [heading, row] = csv.reader(StringIO(ended.stdout))
    assert heading[:3] == ["at", "event", "user"]
    assert row[:3] == ["2026-03-02T12:00:00+00:00", "person.assigned", "U0AGENCY01"]


@pytest.fixture
def harbors(settings: dict[str, str]) -> dict[str, str]:
    """A log of two employers' rows, on two days."""
    engine = make_engine(settings["DATABASE_URL"])
    with make_sessions(engine).write() as session:
        for number, name in enumerate(("Harbor Bakery", "Quill & Sons")):
            employer = Employer(ref=name, name=name)
            session.add(employer)
            session.flush()
            at = datetime(2026, 3, 2 + number, 12, tzinfo=UTC)
            row = {"event": "integration.turned_on", "user_id": f"U{number}", "detail": {}}
            session.add(AuditEvent(at=at, employer_id=employer.id, **row))
    engine.dispose()
    return {"DATABASE_URL": settings["DATABASE_URL"]}


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)"])
def test_audit_writes_no_formula(settings: dict[str, str], tmp_path: Path, name: str) -> None:
    engine = make_engine(settings["DATABASE_URL"])
    with make_sessions(engine).write() as session:
        employer = Employer(ref="emp", name=name)
        session.add(employer)
        session.flush()
        row = {"event": "integration.turned_on", "user_id": "U1", "detail": {}}
        session.add(AuditEvent(at=datetime(2026, 3, 2, tzinfo=UTC), employer_id=employer.id, **row))
    engine.dispose()
    ended = lastsync("audit", "--csv", folder=tmp_path, DATABASE_URL=settings["DATABASE_URL"])
    _, [*cells] = csv.reader(StringIO(ended.stdout))
    assert cells[4] == f"'{name}"


@pytest.mark.parametrize(
    "narrowed",
    [
        ("--employer", "harbor bakery"),
        ("--person", "U0"),
        ("--to", "2026-03-02"),
        ("--event", "integration.turned_on", "--from", "2026-03-02", "--to", "2026-03-02"),
    ],
)
def test_audit_takes_the_filters_of_the_app_home(
    harbors: dict[str, str], tmp_path: Path, narrowed: tuple[str, ...]
) -> None:
    ended = lastsync("audit", "--csv", *narrowed, folder=tmp_path, **harbors)
    _, *rows = csv.reader(StringIO(ended.stdout))
    assert [row[4] for row in rows] == ["Harbor Bakery"]


@pytest.mark.parametrize(
    ("narrowed", "said"),
    [
        (("--employer", "Nobody"), "There is no employer called Nobody."),
        (("--from", "last week"), "a day is written as 2026-03-02"),
        (("--event", "message.eaten"), "invalid choice: 'message.eaten'"),
    ],
)
def test_audit_says_which_filter_cannot_be(
    harbors: dict[str, str], tmp_path: Path, narrowed: tuple[str, ...], said: str
) -> None:
    ended = lastsync("audit", "--csv", *narrowed, folder=tmp_path, **harbors)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert said in ended.stderr


def test_a_command_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    assert "run" in complaint("dance", folder=tmp_path, status=2)


def test_a_store_that_takes_no_changes_is_not_ready(settings: dict[str, str], tmp_path: Path) -> None:
    """Nor is a job well that fails each time it runs. Fault 23."""
    store = sqlite3.connect(settings["DATABASE_URL"].removeprefix("sqlite:///"), isolation_level=None)
    with Running(("run",), tmp_path, settings | {"POLL_SECONDS": "1"}) as running:
        address = health(running)
        eventually(lambda: httpx.get(address, trust_env=False).json()["ready"])
        for table in ("seen", "readings"):
            store.execute(
                f"CREATE TRIGGER full_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'full'); END"
            )

        def checks() -> dict[str, str]:
            found: dict[str, str] = httpx.get(address, trust_env=False, timeout=30).json()["checks"]
            return found

        eventually(lambda: "poll fails since" in checks()["jobs"])
        assert checks()["store"].startswith("the store ")
        for table in ("seen", "readings"):
            store.execute(f"DROP TRIGGER full_{table}")
        eventually(lambda: checks()["store"] == "ok")
        eventually(lambda: "poll" not in checks()["jobs"])
    store.close()


def test_fifty_commands_at_once_are_all_acknowledged(
    settings: dict[str, str], outside: SandboxServer, workspace: Workspace, dana: Person, tmp_path: Path
) -> None:
    say = {"user": cast.AGENCY.user_id, "channel": cast.GENERAL.channel_id, "text": "/carrier-status"}
    headers = {"X-Sandbox-Token": workspace.session_token}
    with (
        Running(("run",), tmp_path, settings) as running,
        httpx.Client(base_url=outside.url, headers=headers, trust_env=False, timeout=60) as client,
        ThreadPoolExecutor(50) as people,
    ):
        health(running)
        eventually(lambda: "Harbor Bakery" in dana.command("/carrier-status harbor")[0]["text"])

        before = len(workspace.trace.entries("ack"))
        answers = list(people.map(lambda _: client.post("/page/say", json=say).json(), range(50)))
        assert all(answer["ok"] for answer in answers)
        assert [ack.ok for ack in workspace.trace.entries("ack")[before:]] == [True] * 50
