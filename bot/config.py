"""The settings: environment variables alone, frozen, secrets masked, and every mistake reported at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from services.employees.validation import BUILT_IN, Rules, RulesError

_USER = re.compile(r"[UW][A-Z0-9]+")
_CHANNEL = re.compile(r"[CG][A-Z0-9]+")
_BOT_TOKENS = ("xoxb-", "xoxe.xoxb-")
_SHORTEST_KEY = 16
_SYNC = ("hr_source", "hr_fingerprint_key", "benefits_url")
_FILE = re.compile(r"csv:.+")
_WEB = re.compile(r"https?://[^\s/]\S*+")


class SettingsError(Exception):
    """`lines` holds one sentence for each setting that is missing or wrong. None of them repeats a value."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class StoreSettings(BaseSettings):
    """What `migrate` and `audit` need: the store, and how to log."""

    model_config = SettingsConfigDict(
        frozen=True, env_ignore_empty=True, extra="ignore", hide_input_in_errors=True, validate_default=True
    )

    database_url: SecretStr = Field(
        SecretStr("sqlite:///lastsync.db"), description="SQLite file, or a PostgreSQL address"
    )
    log_format: str = Field("console", description="`console` for people, `json` for machines")

    @classmethod
    def load(cls, **given: Any) -> Self:  # noqa: ANN401  pydantic checks them
        """Read the environment; `given` values go before it. Raise SettingsError with every mistake."""
        try:
            return cls(**given)
        except ValidationError as error:
            raise SettingsError([_line(cls, each) for each in error.errors(include_url=False)]) from None

    @field_validator("database_url")
    @classmethod
    def _a_database(cls, value: SecretStr) -> SecretStr:
        try:
            driver = make_url(value.get_secret_value()).drivername
        except ArgumentError:
            driver = ""
        if driver not in {"sqlite", "postgresql", "postgresql+psycopg", "postgres"}:
            raise ValueError("must look like sqlite:///lastsync.db or postgresql://user:password@host/name")
        return value

    @field_validator("log_format")
    @classmethod
    def _a_format(cls, value: str) -> str:
        if value not in {"console", "json"}:
            raise ValueError("must be console or json")
        return value


class Settings(StoreSettings):
    """What `run` and `check` need. The order here is the order of the README's table."""

    slack_bot_token: SecretStr = Field(description="Bot token, `xoxb-…`")
    slack_app_token: SecretStr | None = Field(
        None, description="App-level token, `xapp-…`: Socket Mode, no public address needed"
    )
    slack_signing_secret: SecretStr | None = Field(
        None, description="Signing secret: signed HTTP requests, where there is no app-level token"
    )
    slack_api_url: str = Field("https://slack.com/api/", description="Slack's Web API; ends in `/api/`")
    exchange_url: str = Field(description="Carrier exchange, without `/v1`")
    exchange_token: SecretStr = Field(description="Bearer token for the exchange")
    admins: Annotated[frozenset[str], NoDecode] = Field(
        description="Member ids (`U…`), with commas between: agency users from the first start"
    )
    alerts_channel: str | None = Field(
        None, description="Channel id (`C…`): hears everything until an agency user subscribes it"
    )
    operators_channel: str | None = Field(
        None, description="Channel id that hears what operators must mend; else `ALERTS_CHANNEL` does"
    )
    look_up_posts: bool = Field(
        True,  # noqa: FBT003  pydantic's default
        description="Look a post whose answer was lost up in the channel's history before it is repeated",
    )
    heartbeat_url: SecretStr | None = Field(
        None, description="Called each minute while every alert has its card: point a dead man's switch here"
    )
    hr_source: str | None = Field(
        None, description="HR system, `csv:PATH`; this and the next three together switch employee sync on"
    )
    hr_fingerprint_key: SecretStr | None = Field(
        None,
        description="Secret of 16 characters or more, by which changes in HR are known without keeping them",
    )
    benefits_url: str | None = Field(None, description="Benefits platform: its SCIM 2.0 address")
    benefits_token: SecretStr | None = Field(None, description="Bearer token for the Benefits platform")
    employee_rules: Path | None = Field(
        None, description="TOML file with the rules for employees, in place of the built-in one"
    )
    employee_syncs_at_once: int = Field(
        8, ge=1, le=32, description="How many employees are sent at the same time"
    )
    poll_seconds: int = Field(60, ge=1, le=3600, description="How often the exchange and HR are read")
    settling_seconds: int = Field(
        300, ge=0, le=86400, description="How long after its sync a carrier may send a resolved message again"
    )
    port: int = Field(
        3000, ge=0, le=65535, description="Port of `/healthz`, `/readyz`, `/metrics` and `/slack/events`"
    )

    @classmethod
    def table(cls) -> list[tuple[str, str, str]]:
        """Name, default and meaning of each setting, in plain text, for the README."""
        first = [*cls.__annotations__, *StoreSettings.__annotations__]
        fields = {name: cls.model_fields[name] for name in first if name in cls.model_fields}
        return [(name.upper(), _default(field), _plain(field.description)) for name, field in fields.items()]

    @property
    def socket_mode(self) -> bool:
        return self.slack_app_token is not None

    @field_validator("slack_bot_token")
    @classmethod
    def _a_bot_token(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value().startswith("xapp-"):
            raise ValueError("holds an app-level token (xapp-); it needs the bot token (xoxb-)")
        if not value.get_secret_value().startswith(_BOT_TOKENS):
            raise ValueError("is not a bot token: it begins with xoxb- (or xoxe.xoxb-)")
        return value

    @field_validator("slack_app_token")
    @classmethod
    def _an_app_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value and value.get_secret_value().startswith("xox"):
            raise ValueError("holds a bot or user token (xox…); it needs the app-level token (xapp-)")
        if value and not value.get_secret_value().startswith("xapp-"):
            raise ValueError("is not an app-level token: it begins with xapp-")
        return value

    @field_validator("slack_signing_secret")
    @classmethod
    def _one_way_in(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        nothing_else = "slack_app_token" in info.data and info.data["slack_app_token"] is None
        if value is None and nothing_else:
            raise ValueError(
                "is missing, and so is SLACK_APP_TOKEN: set the app-level token for Socket Mode, "
                "or the signing secret for HTTP"
            )
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _an_api(cls, value: str) -> str:
        if not (_WEB.fullmatch(value) and value.endswith("/api/")):
            raise ValueError("must start with https:// (or http://) and end in /api/")
        return value

    @field_validator("exchange_url", "benefits_url")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is not None and not _WEB.fullmatch(value):
            raise ValueError("must start with https:// (or http://)")
        return value and value.rstrip("/")

    @field_validator("hr_source")
    @classmethod
    def _a_source(cls, value: str | None) -> str | None:
        if value is not None and not _FILE.fullmatch(value):
            raise ValueError("must be csv: and the path of the file, such as csv:/srv/hr/employees.csv")
        return value

    @field_validator("hr_fingerprint_key")
    @classmethod
    def _a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _SHORTEST_KEY:
            raise ValueError(f"must have {_SHORTEST_KEY} characters or more")
        return value

    @field_validator("benefits_token")
    @classmethod
    def _all_or_none(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """Of the others, one that is wrong is not in `info.data`, and is told by itself."""
        given = {**{name: info.data[name] for name in _SYNC if name in info.data}, "benefits_token": value}
        missing = [name.upper() for name, said in given.items() if said is None]
        if 0 < len(missing) < len(given):
            raise ValueError(f"belongs to employee sync, which needs {' and '.join(missing)} as well")
        return value

    @field_validator("employee_rules")
    @classmethod
    def _usable_rules(cls, value: Path | None) -> Path | None:
        try:
            Rules.load(value or BUILT_IN)
        except RulesError as error:
            raise ValueError(str(error)) from None
        return value

    @field_validator("heartbeat_url")
    @classmethod
    def _a_listener(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _WEB.fullmatch(value.get_secret_value()):
            raise ValueError("must start with https:// (or http://)")
        return value

    @field_validator("admins", mode="before")
    @classmethod
    def _ids(cls, value: Any) -> Any:  # noqa: ANN401  pydantic checks what comes out
        if not isinstance(value, str):
            return value
        ids = frozenset(each.strip() for each in value.split(",") if each.strip())
        if not ids or not all(_USER.fullmatch(each) for each in ids):
            raise ValueError("must be Slack member ids such as U0123ABCD, with commas between")
        return ids

    @field_validator("alerts_channel", "operators_channel")
    @classmethod
    def _a_channel(cls, value: str | None) -> str | None:
        if value is not None and not _CHANNEL.fullmatch(value):
            raise ValueError("must be a channel's id such as C0123ABCD, not its name")
        return value


def _line(settings: type[BaseSettings], error: Mapping[str, Any]) -> str:
    name = str(error["loc"][0])
    if error["type"] == "missing":
        meaning = _plain(settings.model_fields[name].description)
        return f"{name.upper()} is missing: {meaning[0].lower()}{meaning[1:]}"
    said = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] != "value_error":
        said = f"is wrong: {said[0].lower()}{said[1:]}"
    return f"{name.upper()} {said}."


def _plain(description: str | None) -> str:
    return (description or "").replace("`", "")


def _default(field: Any) -> str:  # noqa: ANN401  pydantic's FieldInfo, whose default may be of any type
    if field.is_required():
        return "required"
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    return "" if value is None else str(value)
