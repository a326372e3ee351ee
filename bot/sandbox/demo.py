"""`lastsync demo`: the bot as it is, with a pretend Slack and a pretend carrier exchange around it.

The bot never knows: it gets settings that point here. When the environment names another Slack, that one is
joined, and only the exchange is pretend.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import tempfile
import time
import webbrowser
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select, update

import handlers
from bot.app import Bot, build
from bot.check import BOT_SCOPES
from bot.config import Settings
from bot.database import make_engine, make_sessions, migrate
from bot.sandbox import cast
from bot.sandbox.benefits import BenefitsPlatform
from bot.sandbox.clock import HERE, SandboxClock
from bot.sandbox.exchange import routes
from bot.sandbox.joined import events_app
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Command, Workspace, build_app
from bot.sandbox.world.events import Stirring
from bot.sandbox.world.faults import Faults
from bot.sandbox.world.hr import HrFile
from bot.sandbox.world.hr_events import HrEvents
from bot.sandbox.world.world import World
from bot.telemetry import configure_logs
from services.desk import Clock, Desk
from services.errors import Refused
from services.people import roles
from services.store.exchange import Employer, Reading
from services.streams import STREAMS

# The manifest says it too, in a form that only Slack reads; a test holds the two equal.
EVENTS = tuple(handlers.SURFACE.events)
COMMANDS = (
    Command(
        "/carrier-status",
        "Which carrier integrations work, and why one is not syncing",
        "[employer] [carrier]",
    ),
    Command(
        "/carrier-messages",
        "What carriers refuse or ask, and which side is right",
        "[employer] [carrier] [failures|warnings|info|resolved]",
    ),
    Command("/carrier-alerts", "What this channel hears, and whether it arrives", "[test]"),
    Command("/sync-employees", "Who reaches the Benefits platform, who Failed and why", "[search]"),
)
JOINING = ("SLACK_API_URL", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")
LOOPBACK = "127.0.0.1"
_FIRST_READING_S = 20.0
_FIRST_CONNECTION_S = 5.0
_STOPPING = timedelta(seconds=2)
_ANSWER_S = 0.05  # of the Benefits platform
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@dataclass(frozen=True)
class Stage:
    """What stands around the bot. `workspace` is None when another Slack is joined."""

    server: SandboxServer
    token: str
    clock: SandboxClock
    exchange_token: str
    world: World
    workspace: Workspace | None
    hr: HrFile
    platform: BenefitsPlatform
    benefits_token: str


def demo(*, port: int, seed: int, browser: bool, stopping: Event) -> bool:
    """Run until `stopping` is set. False when a job still waits for something outside."""
    with ExitStack() as leaving:
        folder = Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="lastsync-demo-")))
        stage = set_up(seed, port, folder)
        leaving.callback(stage.server.stop)
        _go_direct()
        settings = settings_for(stage, leaving)
        configure_logs(settings.log_format)
        prepare_store(settings)
        bot = build(settings, host=LOOPBACK, clock=stage.clock)
        bot.start()
        try:
            await_first_reading(bot, stopping)
            if stage.workspace:
                give_roles(bot, stage.clock)
            else:
                _await_slack(bot, stopping)
            _announce(stage, bot, browser=browser)
            stopping.wait()
        finally:
            finished = bot.stop(_STOPPING)
    _say("Stopped.")
    return finished


def set_up(seed: int, port: int, folder: Path) -> Stage:
    _name_what_joining_lacks()
    clock = SandboxClock()
    world, faults = World(seed, clock()), Faults()
    exchange_token, benefits_token = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    # One employee at a time, and not in the twinkling of an eye: so that the progress can be watched.
    hr = HrFile(folder / "employees.csv", seed, clock().astimezone(HERE).date())
    platform = BenefitsPlatform(benefits_token, bulk=False)
    platform.faults.delay = _ANSWER_S
    for email, external_id in hr.accounts_before().items():
        platform.add(email, external_id)
    stir = Stirring(world, faults, clock, HrEvents(hr, platform.faults, clock))
    workspace = (
        None if _joins() else Workspace(commands=COMMANDS, scopes=BOT_SCOPES, events=EVENTS, clock=clock)
    )
    token = workspace.session_token if workspace else secrets.token_urlsafe(24)
    app = build_app(workspace, stir) if workspace else events_app(stir, token)
    app.add_subapp("/exchange", routes(world, faults, exchange_token, clock=clock))
    app.add_subapp("/benefits", platform.routes())
    server = SandboxServer(app, _free(port))
    server.start()
    return Stage(server, token, clock, exchange_token, world, workspace, hr, platform, benefits_token)


def _joins() -> bool:
    return not _lacking()


def _lacking() -> list[str]:
    return [name for name in JOINING if not os.environ.get(name)]


def _name_what_joining_lacks() -> None:
    lacking = _lacking()
    if 0 < len(lacking) < len(JOINING):
        _say(f"Joining another Slack needs {' and '.join(lacking)} too; the sandbox's own is used.")


def _free(port: int) -> int:
    """The port, or one that is free when somebody has it; 0 is any."""
    for candidate in (port, *range(port + 1, min(port + 20, 65536)), 0):
        with suppress(OSError), socket.create_server((LOOPBACK, candidate)) as found:
            number: int = found.getsockname()[1]
            if number != port != 0:
                _say(f"Port {port} is taken; using {number}.")
            return number
    return 0


def settings_for(stage: Stage, leaving: ExitStack) -> Settings:
    """What the environment says, and the sandbox's own for what it leaves open."""
    # Its carriers send a message again at once, so little time is left for that.
    quick = {"poll_seconds": 2, "settling_seconds": 3, "employee_syncs_at_once": 1}
    usual: dict[str, Any] = {"admins": cast.AGENCY.user_id, "port": 0, **quick}
    given = {name: value for name, value in usual.items() if not os.environ.get(name.upper())}
    if not (os.environ.get("EXCHANGE_URL") and os.environ.get("EXCHANGE_TOKEN")):
        given |= {"exchange_url": f"{stage.server.url}/exchange", "exchange_token": stage.exchange_token}
    if not os.environ.get("BENEFITS_URL"):
        given |= {
            "hr_source": f"csv:{stage.hr.path}",
            "hr_fingerprint_key": secrets.token_urlsafe(24),
            "benefits_url": f"{stage.server.url}/benefits/v2",
            "benefits_token": stage.benefits_token,
        }
    if stage.workspace:
        given |= {
            "slack_api_url": f"{stage.server.url}/api/",
            "slack_bot_token": stage.workspace.bot_token,
            "slack_app_token": stage.workspace.app_token,
            "admins": cast.AGENCY.user_id,
            "alerts_channel": cast.ALERTS.channel_id,
            "operators_channel": cast.OPERATORS.channel_id,
        }
    if not os.environ.get("DATABASE_URL"):
        folder = leaving.enter_context(tempfile.TemporaryDirectory(prefix="lastsync-demo-"))
        given["database_url"] = f"sqlite:///{Path(folder) / 'demo.db'}"
    return Settings.load(**given)


def _go_direct() -> None:
    """Keep what is on this machine away from a proxy: Slack's SDK knows no exceptions from one."""
    slack = urlsplit(os.environ.get("SLACK_API_URL", "")).hostname
    if not _joins() or slack in {LOOPBACK, "localhost"}:
        for name in _PROXIES:
            os.environ.pop(name, None)
            os.environ.pop(name.lower(), None)


def prepare_store(settings: Settings) -> None:
    engine = make_engine(settings.database_url.get_secret_value())
    migrate(engine)
    with make_sessions(engine).write() as session:
        # The exchange was born a moment ago: what a store remembers was read from another one.
        session.execute(update(Reading).values(since=None, read_at=None))
    engine.dispose()


def await_first_reading(bot: Bot, stopping: Event) -> None:
    deadline = time.monotonic() + _FIRST_READING_S
    read = select(func.count()).where(Reading.stream.in_(STREAMS), Reading.read_at.is_not(None))
    while time.monotonic() < deadline and not stopping.wait(0.05):
        with bot.sessions.read() as session:
            if session.scalar(read) == len(STREAMS):
                return


def _await_slack(bot: Bot, stopping: Event) -> None:
    deadline = time.monotonic() + _FIRST_CONNECTION_S
    while bot.connection and not bot.connection.connected:
        if time.monotonic() > deadline:
            _say(f"Slack cannot be reached at {bot.settings.slack_api_url}; Lastsync keeps trying.")
            return
        if stopping.wait(0.05):
            return


def give_roles(bot: Bot, clock: Clock) -> None:
    """As the agency user would."""
    with bot.sessions.read() as session:
        employers = {each.ref: each.id for each in session.execute(select(Employer.ref, Employer.id))}
    desk = Desk(bot.sessions, clock, bot.settings.admins)
    for person in cast.PEOPLE:
        if person.role is None or person.user_id in bot.settings.admins:
            continue
        theirs = [employers[ref] for ref in person.employer_refs if ref in employers]
        with suppress(Refused):  # no employers were read, so there is nothing to assign
            desk.do(cast.AGENCY.user_id, roles.assign, person.user_id, person.role, theirs)


def _announce(stage: Stage, bot: Bot, *, browser: bool) -> None:
    address = f"{stage.server.url}/?token={stage.token}" if stage.workspace else f"{stage.server.url}/"
    health = f"http://{LOOPBACK}:{bot.web.port}/readyz" if bot.web else ""
    _say(f"Ready: {address}")
    _say(f"X-Sandbox-Token: {stage.token}")
    _say(f"Health: {health}")
    _say("Ctrl-C stops it.")
    if browser and stage.workspace and _has_display():
        webbrowser.open(address)


def _has_display() -> bool:
    shown = sys.platform in {"darwin", "win32"}
    return shown or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  it is what the person who started it reads
