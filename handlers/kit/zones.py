"""Time zones to choose from, under the names by which people know them."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from handlers.kit import limits

USUAL = {
    "America/New_York": "Eastern (New York)",
    "America/Chicago": "Central (Chicago)",
    "America/Denver": "Mountain (Denver)",
    "America/Phoenix": "Arizona (Phoenix)",
    "America/Los_Angeles": "Pacific (Los Angeles)",
    "America/Anchorage": "Alaska (Anchorage)",
    "Pacific/Honolulu": "Hawaii (Honolulu)",
    "America/Puerto_Rico": "Atlantic (Puerto Rico)",
}
# Names that the database keeps for old programs only, or that are no place.
_NO_PLACES = ("Etc/", "SystemV/", "US/", "posix", "right")


def label(zone: str) -> str:
    """`Eastern (New York)`, or `Lisbon (Europe)` for what is less usual here."""
    area, _, city = zone.replace("_", " ").rpartition("/")
    return USUAL.get(zone) or (f"{city} ({area})" if area else city)


def matching(typed: str) -> list[tuple[str, str]]:
    """Zones, with their labels, that have each typed word in their name: the usual ones first."""
    wanted = typed.casefold().replace("_", " ").split()
    found = [each for each in _all() if all(word in f"{each[0]} {each[1]}".casefold() for word in wanted)]
    return found[: limits.SELECT_OPTIONS]


@cache
def _all() -> tuple[tuple[str, str], ...]:
    others = (zone for zone in available_timezones() if "/" in zone and not zone.startswith(_NO_PLACES))
    rest = sorted((zone for zone in others if zone not in USUAL), key=label)
    return tuple((zone, label(zone)) for zone in [*USUAL, *rest, "UTC"])
