"""`lastsync check`: each thing that can be wrong is its own line, and says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.check import BOT_SCOPES, HISTORY, Finding, check
from bot.config import Settings
from bot.database import make_engine, migrate
from bot.sandbox import cast
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace, build_app

Environment = pytest.MonkeyPatch


@pytest.fixture
def well(environment: Environment, slack: SandboxServer, workspace: Workspace, tmp_path: Path) -> Environment:
    environment.setenv("SLACK_API_URL", f"{slack.url}/api/")
    environment.setenv("SLACK_BOT_TOKEN", workspace.bot_token)
    environment.setenv("SLACK_APP_TOKEN", workspace.app_token)
    environment.setenv("EXCHANGE_URL", "http://127.0.0.1:9")
    environment.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/lastsync.db")
    engine = make_engine(f"sqlite:///{tmp_path}/lastsync.db")
    migrate(engine)
    engine.dispose()
    return environment


def found(name: str) -> Finding:
    [finding] = [each for each in check(Settings.load()) if each.name == name]
    return finding


def test_what_works_is_named(well: Environment) -> None:
    del well
    assert found("Bot token") == Finding(
        "Bot token", well=True, said="lastsync in Whitfield Benefits, with every scope that is needed"
    )
    assert found("Way in from Slack").said == "Socket Mode"
    assert found("Alerts channel") == Finding("Alerts channel", well=True, said="C0ALERTS01 can be read")
    assert found("Store") == Finding("Store", well=True, said="sqlite, schema at head")


def test_missing_scopes_are_listed(well: Environment) -> None:
    poor = Workspace(scopes=BOT_SCOPES - {"im:write", "commands"})
    with SandboxServer(build_app(poor)) as slack:
        well.setenv("SLACK_API_URL", f"{slack.url}/api/")
        well.setenv("SLACK_BOT_TOKEN", poor.bot_token)
        finding = found("Bot token")
    assert not finding.well
    assert "commands, im:write" in finding.said


def test_a_wrong_token_is_told_with_slacks_code(well: Environment) -> None:
    well.setenv("SLACK_APP_TOKEN", "xapp-made-up")
    assert found("Way in from Slack") == Finding(
        "Way in from Slack", well=False, said="Slack refused: invalid_auth."
    )


def test_a_channel_that_the_bot_is_not_in_is_told(well: Environment, workspace: Workspace) -> None:
    del well
    channel = workspace.conversations.get(cast.ALERTS.channel_id)
    channel.bot_is_member = False
    assert "not_in_channel" in found("Alerts channel").said


def test_no_alerts_channel_is_well_and_said(well: Environment) -> None:
    well.delenv("ALERTS_CHANNEL")
    finding = found("Alerts channel")
    assert finding.well
    assert "App Home alone" in finding.said


def test_http_mode_names_where_slack_must_come_in(well: Environment) -> None:
    well.delenv("SLACK_APP_TOKEN")
    well.setenv("SLACK_SIGNING_SECRET", "made-up")
    assert found("Way in from Slack").said == "Signed HTTP at /slack/events on port 3000"


def test_a_store_that_was_not_migrated_says_how(well: Environment, tmp_path: Path) -> None:
    well.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
    assert "lastsync migrate" in found("Store").said


def test_an_exchange_that_does_not_answer_is_told(well: Environment) -> None:
    del well
    said = "The carrier exchange does not answer as it should. Check EXCHANGE_URL."
    assert found("Exchange") == Finding("Exchange", well=False, said=said)


def test_without_looking_up_posts_no_history_is_needed(well: Environment) -> None:
    poor = Workspace(scopes=BOT_SCOPES - HISTORY)
    well.setenv("LOOK_UP_POSTS", "false")
    with SandboxServer(build_app(poor)) as slack:
        well.setenv("SLACK_API_URL", f"{slack.url}/api/")
        well.setenv("SLACK_BOT_TOKEN", poor.bot_token)
        assert found("Bot token").well
        assert "may be made twice" in found("Alerts channel").said
