"""Slack's own text. Only what is written here has meaning: whatever is put in is escaped."""

from __future__ import annotations

from datetime import datetime

HERE = "here"


class Mrkdwn(str):
    """Text that already is mrkdwn: its `&`, `<` and `>` are meant."""

    __slots__ = ()


def escape(value: object) -> Mrkdwn:
    """Take the meaning out of `&`, `<` and `>`, so that no text can mention, link or notify."""
    if isinstance(value, Mrkdwn):
        return value
    text = str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Mrkdwn(text)


def say(pattern: str, *values: object, **named: object) -> Mrkdwn:
    """Fill `{}`, `{name}` and `{:,}` in our own pattern with escaped values."""
    safe = {name: _safe(value) for name, value in named.items()}
    return Mrkdwn(pattern.format(*(_safe(value) for value in values), **safe))


def _safe(value: object) -> object:
    return value if isinstance(value, int | float) else escape(value)


def mention(user_id: str) -> Mrkdwn:
    return Mrkdwn(f"<@{escape(user_id)}>")


def called(whom: str) -> Mrkdwn:
    """Whoever is to notice a card: everybody who is active (`here`), a user group or a person."""
    if whom == HERE:
        return Mrkdwn("<!here>")
    return Mrkdwn(f"<!subteam^{escape(whom)}>") if whom.startswith("S") else mention(whom)


def at(when: datetime, form: str = "{date_short_pretty} at {time}") -> Mrkdwn:
    """Let Slack show the moment in the reader's own time zone; the fallback is in UTC."""
    return Mrkdwn(f"<!date^{int(when.timestamp())}^{form}|{when:%d %b %Y %H:%M} UTC>")


def clip(text: object, limit: int) -> str:
    """Shorten to Slack's limit for the place, with an ellipsis; the kind of text is kept."""
    whole = str(text)
    short = whole if len(whole) <= limit else whole[: limit - 1] + "…"
    return Mrkdwn(short) if isinstance(text, Mrkdwn) else short
