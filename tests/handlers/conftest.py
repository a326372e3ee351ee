"""The bot's handlers, on a real Bolt app, in a sandbox workspace, over an agency in a store of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk import WebClient
from werkzeug.serving import WSGIRequestHandler, make_server

import handlers
from bot.sandbox import cast
from bot.sandbox.demo import COMMANDS, EVENTS
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace, build_app
from bot.sandbox.workspace.driver import Person
from handlers import renderer
from services.access import Role
from tests.agency import Agency, found
from tests.handlers.pages import As
from tests.unhurried import unhurried


class _Quiet(WSGIRequestHandler):
    """Logs no request lines."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del code, size


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    """Its people are those of the sandbox's cast; the broker works with Harbor Bakery and Juniper Dental."""
    agency = found(tmp_path)
    agency.person(cast.AGENCY.user_id, Role.AGENCY)
    agency.person(cast.BROKER.user_id, Role.BROKER, "Harbor Bakery", "Juniper Dental Group")
    agency.person(cast.EMPLOYER.user_id, Role.EMPLOYER, "Harbor Bakery")
    agency.person(cast.READ_ONLY.user_id, Role.READ_ONLY, "Harbor Bakery")
    agency.read_at(agency.now)
    return agency


@pytest.fixture
def workspace() -> Workspace:
    """Everybody is in every channel, so that what a role may not see is up to the handlers alone."""
    everybody = frozenset(person.user_id for person in cast.PEOPLE)
    open_to_all = [replace(channel, members=everybody) for channel in cast.CHANNELS]
    return unhurried(Workspace(channels=open_to_all, commands=COMMANDS, events=EVENTS))


@pytest.fixture
def server(workspace: Workspace) -> Iterator[SandboxServer]:
    with SandboxServer(build_app(workspace)) as running:
        yield running


@pytest.fixture
def app(server: SandboxServer, workspace: Workspace, agency: Agency) -> App:
    client = WebClient(token=workspace.bot_token, base_url=f"{server.url}/api/", retry_handlers=[])
    app = App(client=client, signing_secret=workspace.signing_secret, process_before_response=True)
    handlers.register(app, agency.desk, renderer(), operators=cast.OPERATORS.channel_id)
    return app


@pytest.fixture
def serving(app: App, workspace: Workspace) -> Iterator[None]:
    """The app, where the workspace delivers to: over signed HTTP."""
    bot = make_server("127.0.0.1", 0, SlackRequestHandler(app), threaded=True, request_handler=_Quiet)
    thread = Thread(target=bot.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    workspace.deliver_over_http(f"http://127.0.0.1:{bot.port}/slack/events")
    yield
    bot.shutdown()
    thread.join()
    bot.server_close()


@pytest.fixture
def acting(serving: None, server: SandboxServer, workspace: Workspace) -> Iterator[As]:
    """Give a page to one of the cast, as in `acting(cast.BROKER)`."""
    del serving
    with ExitStack() as open_pages:

        def act(member: cast.CastMember) -> Person:
            return open_pages.enter_context(Person(server.url, workspace.session_token, member.user_id))

        yield act


@pytest.fixture
def broker(acting: As) -> Person:
    return acting(cast.BROKER)
