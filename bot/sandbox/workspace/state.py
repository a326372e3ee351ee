"""The workspace: one team, its people, channels, views and what it hands out."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.sandbox import cast
from bot.sandbox.workspace.conversations import Channel, Conversations
from bot.sandbox.workspace.delivery import Delivery
from bot.sandbox.workspace.errors import Json, SlackError
from bot.sandbox.workspace.faults import Faults
from bot.sandbox.workspace.files import Files
from bot.sandbox.workspace.live import Live
from bot.sandbox.workspace.pace import Pace
from bot.sandbox.workspace.people import api_bot_user, api_user, page_user
from bot.sandbox.workspace.signed_http import SignedHttp
from bot.sandbox.workspace.sockets import Sockets
from bot.sandbox.workspace.tickets import ResponseUrls, SocketTickets, Triggers
from bot.sandbox.workspace.trace import Trace
from bot.sandbox.workspace.views import Views

DEFAULT_SCOPES = frozenset(
    {
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "im:history",
        "im:read",
        "im:write",
        "reactions:write",
        "team:read",
        "users:read",
        "users:read.email",
    }
)


@dataclass(frozen=True)
class Command:
    """A slash command as the manifest has it. `name` starts with its slash."""

    name: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False

    @classmethod
    def from_manifest(cls, given: Json) -> Command:
        return cls(
            given["command"],
            given.get("description", ""),
            given.get("usage_hint", ""),
            bool(given.get("should_escape")),
        )

    def wire(self) -> Json:
        return {"command": self.name, "description": self.description, "usage_hint": self.usage_hint}


class Workspace:
    """`commands` are Command objects or the manifest's own mappings; `events` its subscribed bot events."""

    def __init__(
        self,
        people: Iterable[cast.CastMember] = cast.PEOPLE,
        channels: Iterable[cast.CastChannel] = cast.CHANNELS,
        *,
        team_id: str = cast.TEAM_ID,
        team_name: str = cast.TEAM_NAME,
        bot_name: str = "Lastsync",
        commands: Iterable[Command | Json] = (),
        scopes: Iterable[str] = DEFAULT_SCOPES,
        events: Iterable[str] = ("app_home_opened",),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        paced: bool = True,
    ) -> None:
        self.team = {"id": team_id, "name": team_name, "domain": team_name.lower().replace(" ", "-")}
        self.bot_name, self.bot_user_id, self.bot_id, self.app_id = (
            bot_name,
            cast.BOT_USER_ID,
            cast.BOT_ID,
            cast.APP_ID,
        )
        self.clock = clock
        self.scopes, self.events = frozenset(scopes), frozenset(events)
        self.people = {person.user_id: person for person in people}
        made = [one if isinstance(one, Command) else Command.from_manifest(one) for one in commands]
        self.commands = {command.name: command for command in made}
        self._make_secrets()
        self._make_parts(channels, paced=paced)

    def _make_secrets(self) -> None:
        self.bot_token = f"xoxb-{secrets.token_urlsafe(24)}"
        self.app_token = f"xapp-1-{self.app_id}-{secrets.token_urlsafe(24)}"
        self.signing_secret = secrets.token_hex(16)
        self.session_token = secrets.token_urlsafe(24)
        self.verification_token = secrets.token_urlsafe(16)
        self.base_url = ""

    def _make_parts(self, channels: Iterable[cast.CastChannel], *, paced: bool) -> None:
        identity = {"team_id": self.team["id"], "app_id": self.app_id, "bot_id": self.bot_id}
        self.live = Live()
        self.trace = Trace(self.clock)
        self.faults = Faults(self.clock)
        self.conversations = Conversations(self.people.values(), channels, self.live, self.clock)
        self.views = Views(self.live, {**identity, "app_installed_team_id": self.team["id"]})
        self.triggers = Triggers(self.clock)
        self.response_urls = ResponseUrls(self.clock)
        self.socket_tickets = SocketTickets()
        self.files = Files(self.clock)
        self.pace = Pace(self.clock, limited=paced)
        self.sockets = Sockets(self.faults, self.app_id)
        self.delivery = Delivery(self.sockets, self.trace)
        self.sockets.on_change = self._tell_connected
        self.on_bot_message: Callable[[Channel, Json], None] = lambda _channel, _message: None
        self.trace.listener = lambda entry: self.live.tell({"type": "trace", "entry": entry.wire()})

    def deliver_over_http(self, url: str) -> None:
        """Sign and post everything to this URL instead of Socket Mode."""
        self.delivery.http = SignedHttp(url, self.signing_secret)
        self._tell_connected()

    def need(self, *scopes: str) -> None:
        lacking = [scope for scope in scopes if scope not in self.scopes]
        if lacking:
            provided = ",".join(sorted(self.scopes))
            raise SlackError("missing_scope", needed=",".join(scopes), provided=provided)

    def channel_messages(self, key: str) -> list[Json]:
        """Oldest first, those for one person's eyes included. `key` is a channel's id or name."""
        return [dict(message) for message in self.conversations.get(key).messages]

    def notice(self, user: str, text: str, channel: str | None = None, level: str = "error") -> None:
        self.live.tell({"type": "notice", "channel": channel, "text": text, "level": level}, {user})

    def post_as_bot(self, channel: Channel, content: Json, to: str | None = None) -> Json:
        author = {
            "user": self.bot_user_id,
            "bot_id": self.bot_id,
            "app_id": self.app_id,
            "team": self.team["id"],
        }
        return self.conversations.add(channel, {**author, **content}, to)

    def page_users(self) -> list[Json]:
        bot = {"id": self.bot_user_id, "name": self.bot_name.lower(), "real_name": self.bot_name}
        return [page_user(person) for person in self.people.values()] + [
            {**bot, "title": "App", "tz": "UTC", "is_bot": True}
        ]

    def api_users(self) -> list[Json]:
        now, team = self.clock(), self.team["id"]
        with_email = "users:read.email" in self.scopes
        people = [api_user(person, team, now, with_email=with_email) for person in self.people.values()]
        return [*people, api_bot_user(self.bot_user_id, self.bot_id, self.bot_name, team)]

    def bot_state(self) -> Json:
        return {"connected": self.delivery.connected, "name": self.bot_name, "user_id": self.bot_user_id}

    def tell_time(self) -> None:
        """To the pages: the clock may have been set forward."""
        self.live.tell({"type": "time", "now": self.clock().timestamp()})

    def _tell_connected(self) -> None:
        self.live.tell({"type": "bot", "connected": self.delivery.connected})
