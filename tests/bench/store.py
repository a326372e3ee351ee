"""A store of any size to measure against: made in bulk, in seconds, and always the same but for the time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import insert

from bot.database import make_engine, make_sessions, migrate
from bot.sandbox.cast import BROKER
from services.access import Role
from services.cadence import expectation
from services.desk import Sessions
from services.store.exchange import Carrier, CarrierMessage, Employer, Integration, Reading, Sync
from services.store.people import Person, PersonEmployer

_FIRST = """
    Alder Amber Anchor Aspen Atlas Badger Beacon Birch Bluebird Boulder Bramble Bridge Canyon Cascade
    Cedar Clover Cobalt Compass Copper Coral Crane Crescent Crimson Crown Cypress Delta Dogwood Eagle
    Echo Elm Ember Falcon Fern Finch Forge Fox Garnet Glacier Granite Grove Harbor Hawk Hazel Heron
    Highland Indigo Ironwood Island Ivory Jade Jasper Juniper Keystone Lantern Larch Laurel Lighthouse
    Linden Lotus Magnolia Maple Meadow Mesa Mill Mistral Moss Northwind Oakline Opal Orchard Osprey
    Pebble Pine Pioneer Quarry
"""
_SECOND = """
    Architects Aviation Bakery Bicycles Biotech Boatworks Books Brewing Cabinets Catering Ceramics
    Chemicals Clinics Clothing Coffee Concrete Confections Construction Cosmetics Couriers Dairy Dental
    Design Dyeworks Electric Engineering Events Farms Films Fisheries Florists Foods Foundry Freight
    Furniture Glass Grocers Hardware Hotels Insulation Jewelers Kitchens Labs Landscapes Lighting
    Logistics Lumber Machines Media Metals Motors Nurseries Optics Outfitters Packaging Paints Paper
    Pharmacy Plumbing Pottery Printing Robotics Roofing Schools Security Solar Studios Textiles Tools
    Toys
"""
FIRST, SECOND = _FIRST.split(), _SECOND.split()
CARRIERS = (
    "Guardian",
    "Principal",
    "Cigna",
    "Aetna",
    "UnitedHealthcare",
    "Kaiser Permanente",
    "Anthem Blue Cross",
    "MetLife",
    "Delta Dental",
    "Humana",
    "Unum",
    "Lincoln Financial",
    "Sun Life",
    "The Hartford",
    "Mutual of Omaha",
    "VSP Vision Care",
    "EyeMed",
    "Prudential",
    "Ameritas",
    "Beam Benefits",
)
PLANS = ("Dental", "Medical", "Vision", "Life")
BROKERS = 4  # employers that the broker works with, the first ones
TOLD = 100  # employers with 90 days of sync history; more would only be more of the same
DAY = timedelta(days=1)
PART = 100_000


def fill(url: str, size: int) -> Sessions:
    """Make a store with `size` integrations, one with each carrier at each employer.

    Of a hundred, 90 are Active (one of them late or lost, one with a Failure, two with a Warning), 6 Pending,
    2 Disabled and 2 never turned on.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    engine = make_engine(url)
    migrate(engine)
    sessions = make_sessions(engine)
    employers = range(size // len(CARRIERS))
    with sessions.write() as session:
        session.execute(insert(Carrier), [_carrier(number) for number in range(len(CARRIERS))])
        session.execute(insert(Employer), [_employer(number) for number in employers])
        session.execute(insert(Integration), [_integration(number, now) for number in range(size)])
        session.execute(insert(CarrierMessage), list(_messages(size, now)))
        session.execute(insert(Sync), list(_syncs(size, now)))
        session.execute(insert(Reading), {"stream": "integrations", "read_at": now})
        theirs = [PersonEmployer(employer_id=number + 1) for number in range(BROKERS)]
        session.add(Person(user_id=BROKER.user_id, role=Role.BROKER, employers=theirs))
    engine.dispose()
    return sessions


def _carrier(number: int) -> dict[str, Any]:
    return {
        "id": number + 1,
        "ref": f"car_{number}",
        "name": CARRIERS[number],
        "time_zone": "America/New_York",
    }


def _employer(number: int) -> dict[str, Any]:
    return {"id": number + 1, "ref": f"emp_{number}", "name": name(number)}


def name(number: int) -> str:
    """Return an employer's name, whose words seventy others have too."""
    again = number // (len(FIRST) * len(SECOND))
    words = f"{FIRST[number % len(FIRST)]} {SECOND[number // len(FIRST) % len(SECOND)]}"
    return f"{words} {again + 1}" if again else words


def _integration(number: int, now: datetime) -> dict[str, Any]:
    status, due = _status(number), now + 3 * DAY
    if status == "active" and number % 200 == LATE:
        due = now - timedelta(hours=number % 90 + 1)
    on, active = not _never_on(number), status == "active"
    return {
        "id": number + 1,
        "ref": f"int_{number}",
        "employer_id": number // len(CARRIERS) + 1,
        "carrier_id": number % len(CARRIERS) + 1,
        "plan_name": f"{PLANS[number % 4]} {number % 3 + 1}",
        "plan_type": PLANS[number % 4].lower(),
        "status": status,
        "group_number": f"G-{number}" if on else None,
        "renewal_date": date(now.year + 1, number % 12 + 1, 1),
        "configured_at": now - (20 + number % 50 if status == "pending" else 200) * DAY if on else None,
        "active_at": now - 150 * DAY if active else None,
        "disabled_at": now - number % 60 * DAY if status == "disabled" and on else None,
        "last_sync_at": _last(now) if active else None,
        "due_at": due if active else None,
        "lost_at": due + 2 * DAY if active else None,
        "cadence": _daily() if active else None,
        "updated_at": now,
    }


@cache
def _daily() -> dict[str, Any]:
    """As it is learned from a sync a day."""
    days = [datetime(2026, 3, 1, 6, tzinfo=UTC) + number * DAY for number in range(90)]
    found = expectation.expect(days, time_zone="UTC", active_at=None, now=days[-1]).cadence
    return expectation.dump(found) if found else {}


LATE, FAILING, WARNED = 7, 29, 31


def _hash(number: int) -> int:
    """Spread the kinds over employers and carriers alike; the first employers' are Active."""
    return number * 37 // 20 % 100


def _status(number: int) -> str:
    kind = _hash(number)
    if kind < 90:  # of a hundred
        return "active"
    return "pending" if kind < 96 else "disabled"


def _never_on(number: int) -> bool:
    return _hash(number) >= 98


def _last(now: datetime) -> datetime:
    return now.replace(hour=6, minute=0, second=0) - DAY


def _messages(size: int, now: datetime) -> Iterator[dict[str, Any]]:
    for number in range(size):
        if number % 100 in {FAILING, WARNED, WARNED + 2}:
            yield {
                "ref": f"msg_{number}",
                "integration_id": number + 1,
                "severity": "failure" if number % 100 == FAILING else "warning",
                "kind": "date_of_birth_mismatch",
                "employee_ref": f"employee-{number}",
                "field": "date_of_birth",
                "platform_value": "••••",
                "carrier_value": "••••",
                "text": "The date of birth differs.",
                "assignee": "platform",
                "state": "open",
                "received_at": now - number % 30 * DAY,
                "updated_at": now,
            }


def _syncs(size: int, now: datetime) -> Iterator[dict[str, Any]]:
    last = _last(now)
    for number in range(min(size, TOLD * len(CARRIERS))):
        if _status(number) == "active":
            days = (last - back * DAY for back in range(90))
            yield from (
                {"integration_id": number + 1, "synced_at": at + timedelta(minutes=number % 9)} for at in days
            )
