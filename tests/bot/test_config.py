"""Settings: what is missing or wrong is one clear line each, all at once, and never shows a value."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.config import Settings, SettingsError, StoreSettings

Environment = pytest.MonkeyPatch


def complaints() -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    return caught.value.lines


def test_the_settings_that_are_needed_are_enough(environment: Environment) -> None:
    del environment
    settings = Settings.load()
    assert settings.socket_mode
    assert settings.poll_seconds == 60
    assert settings.admins == {"U0AGENCY01"}


def test_everything_that_is_missing_is_said_at_once(environment: Environment) -> None:
    for name, _, _ in Settings.table():
        environment.delenv(name, raising=False)
    assert [line.split()[0] for line in complaints()] == [
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "EXCHANGE_URL",
        "EXCHANGE_TOKEN",
        "ADMINS",
    ]


def test_an_empty_value_is_a_missing_one(environment: Environment) -> None:
    environment.setenv("EXCHANGE_TOKEN", "")
    assert complaints() == ["EXCHANGE_TOKEN is missing: bearer token for the exchange"]


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("SLACK_BOT_TOKEN", "xapp-1-swapped", "needs the bot token"),
        ("SLACK_APP_TOKEN", "xoxb-swapped", "needs the app-level token"),
        ("SLACK_BOT_TOKEN", "abc", "not a bot token"),
        ("SLACK_BOT_TOKEN", "xoxp-a-persons", "not a bot token"),
        ("SLACK_APP_TOKEN", "zzz", "not an app-level token"),
        ("SLACK_API_URL", "https://slack.com/", "end in /api/"),
        ("SLACK_API_URL", "slack.com/api/", "must start with https://"),
        ("EXCHANGE_URL", "exchange.example.com", "must start with https://"),
        ("ADMINS", "@dana", "member ids"),
        ("ADMINS", ",", "member ids"),
        ("ALERTS_CHANNEL", "#carrier-alerts", "channel's id"),
        ("DATABASE_URL", "mysql://somewhere", "sqlite:///lastsync.db"),
        ("DATABASE_URL", "postgresql+asyncpg://host/name", "postgresql://user"),
        ("DATABASE_URL", "lastsync.db", "sqlite:///lastsync.db"),
        ("PORT", "high", "valid integer"),
        ("PORT", "65536", "less than or equal"),
        ("POLL_SECONDS", "0", "greater than or equal"),
        ("LOG_FORMAT", "xml", "console or json"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_setting(
    environment: Environment, name: str, value: str, part: str
) -> None:
    environment.setenv(name, value)
    [line] = complaints()
    assert line.startswith(name)
    assert part in line
    assert "Value error" not in line


def test_a_bot_token_that_rotates_is_one_too(environment: Environment) -> None:
    environment.setenv("SLACK_BOT_TOKEN", "xoxe.xoxb-made-up")
    assert Settings.load().slack_bot_token.get_secret_value() == "xoxe.xoxb-made-up"


def test_a_complaint_never_repeats_a_secret(environment: Environment) -> None:
    environment.setenv("SLACK_BOT_TOKEN", "xapp-1-very-secret")
    environment.setenv("DATABASE_URL", "mysql://user:very-secret@host/name")
    assert "very-secret" not in "".join(complaints())


def test_secrets_are_masked_wherever_settings_are_printed(environment: Environment) -> None:
    environment.setenv("DATABASE_URL", "postgresql://user:very-secret@host/name")
    printed = repr(Settings.load())
    assert "made-up" not in printed
    assert "very-secret" not in printed


def test_settings_do_not_change(environment: Environment) -> None:
    del environment
    with pytest.raises(ValidationError):
        Settings.load().port = 1


def test_a_signing_secret_alone_means_http(environment: Environment) -> None:
    environment.delenv("SLACK_APP_TOKEN")
    environment.setenv("SLACK_SIGNING_SECRET", "made-up")
    assert not Settings.load().socket_mode


def test_admins_are_separated_by_commas(environment: Environment) -> None:
    environment.setenv("ADMINS", "U0AAA, W0BBB,")
    assert Settings.load().admins == {"U0AAA", "W0BBB"}


def test_migrating_needs_the_store_alone(environment: Environment) -> None:
    for name, _, _ in Settings.table():
        environment.delenv(name, raising=False)
    assert StoreSettings.load().database_url.get_secret_value() == "sqlite:///lastsync.db"


def test_the_table_names_every_field_and_marks_what_is_required() -> None:
    table = Settings.table()
    assert {name.lower() for name, _, _ in table} == set(Settings.model_fields)
    assert ("PORT", "3000") in [(name, default) for name, default, _ in table]
    assert {name for name, default, _ in table if default == "required"} == {
        "SLACK_BOT_TOKEN",
        "EXCHANGE_URL",
        "EXCHANGE_TOKEN",
        "ADMINS",
    }
    assert not [row for row in table for cell in row if "|" in cell or "`" in cell]


SYNC = {
    "HR_SOURCE": "csv:/srv/hr/employees.csv",
    "HR_FINGERPRINT_KEY": "sixteen-letters-or-more",
    "BENEFITS_URL": "https://benefits.example/scim/v2/",
    "BENEFITS_TOKEN": "made-up",
}


def test_employee_sync_is_set_up_with_four_settings_or_with_none(environment: Environment) -> None:
    assert Settings.load().hr_source is None
    for name, value in SYNC.items():
        environment.setenv(name, value)
    assert Settings.load().benefits_url == "https://benefits.example/scim/v2"


@pytest.mark.parametrize("missing", SYNC)
def test_employee_sync_set_up_in_part_names_what_is_missing(environment: Environment, missing: str) -> None:
    for name, value in SYNC.items():
        if name != missing:
            environment.setenv(name, value)
    [line] = complaints()
    assert f"which needs {missing} as well" in line


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("HR_SOURCE", "employees.csv", "must be csv: and the path"),
        ("HR_FINGERPRINT_KEY", "short", "16 characters"),
        ("BENEFITS_URL", "benefits.example", "https://"),
        ("EMPLOYEE_RULES", "/nowhere/rules.toml", "cannot be read"),
        ("EMPLOYEE_SYNCS_AT_ONCE", "33", "less than or equal"),
    ],
)
def test_a_wrong_value_for_employee_sync_is_one_line(
    environment: Environment, name: str, value: str, part: str
) -> None:
    for each, good in SYNC.items():
        environment.setenv(each, good)
    environment.setenv(name, value)
    [line] = complaints()
    assert line.startswith(name)
    assert part in line


@pytest.mark.parametrize("url", ["healthchecks.io/ping", "ftp://example.com"])
def test_a_heartbeat_goes_to_an_address_on_the_web(environment: Environment, url: str) -> None:
    environment.setenv("HEARTBEAT_URL", url)
    [line] = complaints()
    assert line.startswith("HEARTBEAT_URL must start with")
    assert url not in line


def test_the_heartbeats_address_is_a_secret(environment: Environment) -> None:
    environment.setenv("HEARTBEAT_URL", "https://example.com/ping/made-up")
    assert "made-up" not in repr(Settings.load())
