"""`lastsync demo`, from one command to a page that can be used, and out again."""

from __future__ import annotations

import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from bot.check import BOT_SCOPES
from bot.sandbox import cast
from bot.sandbox.demo import COMMANDS
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace, build_app
from bot.sandbox.workspace.driver import Person
from tests.bot.processes import Running, lastsync

MANIFEST = Path(__file__).parents[2] / "manifest.yml"


@contextmanager
def demo(folder: Path, settings: dict[str, str] | None = None, *, port: int = 0) -> Iterator[Running]:
    with Running(("demo", "--no-browser", "--port", str(port)), folder, settings or {}) as running:
        yield running


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_one_command_leads_to_a_bot_that_answers_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        address, token = running.line("Ready: ").split("/?token=")
        assert running.line("X-Sandbox-Token: ") == token
        assert httpx.get(running.line("Health: "), trust_env=False).json()["ready"]
        with Person(address, token, cast.BROKER.user_id) as broker:
            [answer] = broker.command("/carrier-status harbor guardian")
        assert answer["text"].startswith("Harbor Bakery, Guardian: ")
        assert running.end(signal.SIGINT) == 0
    assert "Traceback" not in "".join(running.said)
    assert list(tmp_path.iterdir()) == []


def test_everyone_of_the_cast_has_their_role(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        address, token = running.line("Ready: ").split("/?token=")
        said = {}
        for member in cast.PEOPLE:
            with Person(address, token, member.user_id) as person:
                said[member.name] = person.command("/carrier-status")[0]["text"]
        assert running.end(signal.SIGTERM) == 0
    assert "late" in said["dana"]
    assert "late" in said["marcus"]
    assert "late" in said["elena"]
    assert "Read-only HR user" in said["tomasz"]
    assert "does not know your role" in said["noor"]


def test_events_can_be_caused_over_http(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        address, token = running.line("Ready: ").split("/?token=")
        with httpx.Client(base_url=address, trust_env=False) as client:
            headers = {"X-Sandbox-Token": token}
            event = {"event": "carrier_syncs", "carrier": "car_guardian"}
            assert client.post("/sandbox/events", json=event).status_code == 403
            answer = client.post("/sandbox/events", json=event, headers=headers).json()
        assert answer["ok"]
        assert "Guardian synced" in answer["text"]


def test_a_taken_port_is_said_and_the_next_one_used(tmp_path: Path, taken: int) -> None:
    with demo(tmp_path, port=taken) as running:
        port = running.line(f"Port {taken} is taken; using ").rstrip(".")
        assert running.line("Ready: ").startswith(f"http://127.0.0.1:{port}/")


def test_a_proxy_is_not_asked_for_what_is_on_this_machine(tmp_path: Path) -> None:
    proxy = "http://127.0.0.1:9"
    with demo(tmp_path, {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "https_proxy": proxy}) as running:
        running.line("Ready: ")
        assert httpx.get(running.line("Health: "), trust_env=False).json()["ready"]


def test_a_port_that_cannot_be_is_one_clear_line(tmp_path: Path) -> None:
    ended = lastsync("demo", "--port", "70000", folder=tmp_path)
    assert ended.returncode == 2
    assert "a port is a number from 0 to 65535" in ended.stderr


def test_two_demos_live_side_by_side(tmp_path: Path) -> None:
    with demo(tmp_path) as first:
        port = int(first.line("Ready: ").split("/?")[0].rsplit(":", 1)[1])
        with demo(tmp_path, port=port) as second:
            second.line("Ready: ")
            assert second.end() == 0
        assert first.end() == 0


def test_a_store_that_is_no_database_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "old.db").write_text("this is not a database, " * 100)
    ended = lastsync("demo", "--no-browser", "--port", "0", folder=tmp_path, DATABASE_URL="sqlite:///old.db")
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert line.startswith("lastsync: The database sqlite:///old.db cannot be used")


def test_a_store_of_another_version_is_one_clear_line(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "newer.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    connection.close()
    ended = lastsync(
        "demo", "--no-browser", "--port", "0", folder=tmp_path, DATABASE_URL="sqlite:///newer.db"
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "9999" in ended.stderr


def test_a_store_of_an_earlier_demo_can_be_used_again(tmp_path: Path) -> None:
    for _ in range(2):
        with demo(tmp_path, {"DATABASE_URL": "sqlite:///kept.db"}) as running:
            address, token = running.line("Ready: ").split("/?token=")
            with Person(address, token, cast.BROKER.user_id) as broker:
                [answer] = broker.command("/carrier-status harbor guardian")
            assert "Nothing is wrong" in answer["text"]
            assert running.end() == 0


def test_a_taken_port_of_the_bots_own_is_one_clear_line(tmp_path: Path, taken: int) -> None:
    ended = lastsync("demo", "--no-browser", "--port", "0", folder=tmp_path, PORT=str(taken))
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(f"lastsync: Port {taken} cannot be taken")
    assert "Traceback" not in ended.stderr


def test_with_a_slack_of_its_own_named_it_joins_that_one(tmp_path: Path) -> None:
    workspace = Workspace(commands=COMMANDS, scopes=BOT_SCOPES)
    with SandboxServer(build_app(workspace)) as slack:
        settings = {
            "SLACK_API_URL": f"{slack.url}/api/",
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_APP_TOKEN": workspace.app_token,
            "ADMINS": cast.NEWCOMER.user_id,
            "ALERTS_CHANNEL": cast.GENERAL.channel_id,
        }
        with demo(tmp_path, settings) as running:
            address = running.line("Ready: ")
            token = running.line("X-Sandbox-Token: ")
            with Person(slack.url, workspace.session_token, cast.NEWCOMER.user_id) as admin:
                admin.wait_for(lambda: "Harbor" in admin.command("/carrier-status harbor")[0]["text"], 20)
                admin.wait_for(lambda: admin.messages(cast.GENERAL.channel_id), 20)
            with httpx.Client(base_url=address, trust_env=False) as client:
                menu = client.get("/sandbox/events", headers={"X-Sandbox-Token": token}).json()
                event = {"event": "carrier_syncs", "carrier": "car_guardian"}
                assert client.post("/sandbox/events", json=event).status_code == 403
                assert client.post("/sandbox/events", json=event, headers={"X-Sandbox-Token": token}).json()[
                    "ok"
                ]
                wrong = client.post("/sandbox/events", json=["?"], headers={"X-Sandbox-Token": token})
            assert [group["title"] for group in menu["groups"]][:2] == ["Time", "Carriers"]
            assert (wrong.status_code, wrong.json()["ok"]) == (400, False)
            assert running.end() == 0
    assert "Traceback" not in "".join(running.said)


def test_another_slack_that_cannot_be_reached_is_said_with_its_address(tmp_path: Path, taken: int) -> None:
    nobody = f"http://127.0.0.1:{taken}/api/"
    settings = {"SLACK_API_URL": nobody, "SLACK_BOT_TOKEN": "xoxb-made-up", "SLACK_APP_TOKEN": "xapp-made-up"}
    with demo(tmp_path, settings) as running:
        assert running.line("Slack cannot be reached at ") == f"{nobody}; Lastsync keeps trying."
        assert running.line("Ready: ").startswith("http://127.0.0.1:")
        assert running.end() == 0


def test_what_joining_another_slack_still_lacks_is_said_once(tmp_path: Path) -> None:
    with demo(tmp_path, {"SLACK_BOT_TOKEN": "xoxb-made-up", "SLACK_APP_TOKEN": "xapp-made-up"}) as running:
        assert "/?token=" in running.line("Ready: ")
        assert running.end() == 0
    assert [line for line in running.said if line.startswith("Joining")] == [
        "Joining another Slack needs SLACK_API_URL too; the sandbox's own is used."
    ]


def test_port_zero_takes_any_and_says_nothing_of_it(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        running.line("Ready: ")
        assert running.end() == 0
    assert not [line for line in running.said if line.startswith("Port ")]


def test_the_page_describes_commands_as_the_manifest_does() -> None:
    manifest = yaml.safe_load(MANIFEST.read_text())
    described = [(each["command"], each["description"], each["usage_hint"]) for each in _commands(manifest)]
    assert described == [(each.name, each.description, each.usage_hint) for each in COMMANDS]


def _commands(manifest: dict[str, dict[str, list[dict[str, str]]]]) -> list[dict[str, str]]:
    return manifest["features"]["slash_commands"]
