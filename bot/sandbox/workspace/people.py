"""Slack's user objects, for the page and for the Web API."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.sandbox.cast import CastMember
from bot.sandbox.workspace.errors import Json


def page_user(person: CastMember) -> Json:
    return {
        "id": person.user_id,
        "name": person.name,
        "real_name": person.real_name,
        "title": person.title,
        "tz": person.time_zone,
        "is_bot": False,
    }


def api_user(person: CastMember, team_id: str, now: datetime, *, with_email: bool) -> Json:
    zone = now.astimezone(ZoneInfo(person.time_zone))
    offset = zone.utcoffset()
    profile = {
        "real_name": person.real_name,
        "display_name": person.name,
        "title": person.title,
        "team": team_id,
    }
    if with_email:
        profile["email"] = person.email
    return {
        "id": person.user_id,
        "team_id": team_id,
        "name": person.name,
        "deleted": False,
        "real_name": person.real_name,
        "tz": person.time_zone,
        "tz_label": zone.tzname(),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": profile,
        "is_admin": False,
        "is_bot": False,
        "is_app_user": False,
        "updated": int(now.timestamp()),
    }


def api_bot_user(user_id: str, bot_id: str, name: str, team_id: str) -> Json:
    profile = {"real_name": name, "display_name": name, "bot_id": bot_id, "team": team_id}
    return {
        "id": user_id,
        "team_id": team_id,
        "name": name.lower(),
        "deleted": False,
        "real_name": name,
        "tz": "UTC",
        "profile": profile,
        "is_bot": True,
        "is_app_user": False,
    }
