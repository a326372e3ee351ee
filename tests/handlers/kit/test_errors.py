"""Whatever goes wrong, the person reads a sentence where they are looking, and no second error follows."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_sdk import WebClient
from sqlalchemy.exc import OperationalError

from bot.sandbox import cast
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.driver import Person
from handlers import renderer
from handlers.kit import errors
from services.errors import Invalid, LastsyncError, MovedOn, NoRole, Unavailable
from tests.handlers.pages import As

Raises = Callable[..., None]

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}
FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "form",
    "title": {"type": "plain_text", "text": "Form"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {"type": "actions", "elements": [BUTTON]},
        {
            "type": "input",
            "block_id": "name",
            "label": {"type": "plain_text", "text": "Name"},
            "element": {"type": "external_select", "action_id": "find", "min_query_length": 0},
            "optional": True,
        },
    ],
}
SENTENCES = [
    (MovedOn("It has moved <on>."), "It has moved &lt;on&gt;."),
    (NoRole("You have no role.", frozenset({"U2", "U1"})), "You have no role. Ask <@U1> or <@U2>."),
    (Unavailable("It does not answer."), "It does not answer."),
]


@pytest.fixture
def raises() -> list[Exception]:
    """What the next listener raises."""
    return [MovedOn("It has moved on.")]


@pytest.fixture
def app(server: SandboxServer, workspace: Workspace, raises: list[Exception]) -> App:
    """A bot in which everything goes wrong."""
    client = WebClient(token=workspace.bot_token, base_url=f"{server.url}/api/", retry_handlers=[])
    app = App(client=client, signing_secret=workspace.signing_secret, process_before_response=True)

    def fail() -> None:
        raise raises[0]

    @app.command("/carrier-status")
    def command(ack: Ack, command: dict[str, Any], client: WebClient) -> None:
        if command.get("text") == "form":
            client.views_open(trigger_id=command["trigger_id"], view=FORM)
            ack()
        elif command.get("text") == "late":
            client.views_open(trigger_id="1.2.3", view=FORM)
        elif command.get("text") == "button":
            ack(text="Press", blocks=[{"type": "actions", "elements": [BUTTON]}])
        else:
            fail()

    app.action("go")(fail)
    app.view("form")(fail)
    app.options("find")(fail)
    errors.register(app, renderer())
    return app


def answer(page: Person, text: str = "") -> str:
    [message] = page.command(f"/carrier-status {text}".strip(), channel="general")
    told: str = message["text"]
    return told


def form(page: Person) -> dict[str, Any]:
    page.command("/carrier-status form", channel="general")
    page.wait_for(page.modals)
    return page.modals()[-1]


@pytest.mark.parametrize(("error", "sentence"), SENTENCES)
def test_a_command_is_answered_with_the_sentence(
    acting: As, raises: list[Exception], error: LastsyncError, sentence: str
) -> None:
    raises[0] = error
    assert answer(acting(cast.BROKER)) == sentence


def test_a_store_that_is_full_is_named_and_not_called_our_mistake(
    acting: As, raises: list[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorname = "SQLITE_FULL"
    raises[0] = OperationalError("INSERT", None, full)
    assert answer(acting(cast.BROKER)) == (
        "Nothing was done: Lastsync's store has no room left. "
        "Lastsync's health page says so to its operators; try again once they have mended it."
    )
    assert "The store has no room left" in caplog.text


def test_a_button_in_a_message_is_answered_beside_it(acting: As) -> None:
    page = acting(cast.BROKER)
    [message] = page.command("/carrier-status button", channel="general")
    page.press(message, "go")
    page.wait_for(lambda: len(page._messages[message["channel"]]) == 2)
    told = page.messages("general")[-1]
    assert (told["text"], told["is_ephemeral"]) == ("It has moved on.", True)


def test_a_button_in_a_modal_is_answered_on_top_of_it(acting: As) -> None:
    page = acting(cast.BROKER)
    page.press(form(page), "go")
    page.wait_for(lambda: len(page._modals) == 2)
    assert page.modals()[-1]["blocks"][0]["text"]["text"] == "It has moved on."


def test_a_form_is_answered_under_the_field(acting: As, raises: list[Exception]) -> None:
    page = acting(cast.BROKER)
    shown = form(page)
    raises[0] = Invalid({"name": "Choose one."})
    assert page.submit(shown) == {"name": "Choose one."}


def test_a_form_that_cannot_be_saved_becomes_the_sentence(acting: As) -> None:
    page = acting(cast.BROKER)
    assert page.submit(form(page)) == {}
    [only] = page.modals()
    assert only["blocks"][0]["text"]["text"] == "It has moved on."


def test_a_search_that_fails_finds_nothing(acting: As) -> None:
    page = acting(cast.BROKER)
    assert page.suggest(form(page), "find", "x") == []


def test_an_expired_trigger_asks_for_another_press(acting: As) -> None:
    assert "Press the button again" in answer(acting(cast.BROKER), "late")


def test_a_failing_slack_is_not_called_our_mistake(acting: As, workspace: Workspace) -> None:
    page = acting(cast.BROKER)
    workspace.faults.begin("errors", seconds=60)
    assert answer(page, "form") == "Slack did not take the answer just now. Try again in a minute."


def test_an_error_that_cannot_be_told_is_logged_and_no_more(
    acting: As, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    page = acting(cast.BROKER)
    shown = form(page)
    workspace.faults.begin("errors", seconds=60)
    page.press(shown, "go")
    assert "could not be told" in caplog.text


def test_an_unexpected_error_is_logged_under_the_reference_and_tells_no_details(
    acting: As, raises: list[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    raises[0] = ValueError("123-45-6789 in a table called employees")
    told = answer(acting(cast.BROKER))
    assert "employees" not in told
    reference = told.split("report it as ")[1].rstrip(".")
    [record] = [each for each in caplog.records if reference in each.getMessage()]
    assert record.levelno == logging.ERROR
