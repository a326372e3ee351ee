"""A store of any size to measure against: made in bulk, in seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from bot.database import make_engine, make_sessions, migrate
from services.desk import Sessions
from services.models import Carrier, Employer, Integration

CARRIERS = ("Guardian", "Principal", "Cigna", "Aetna", "UnitedHealthcare", "Kaiser Permanente", "Anthem")
PLANS = ("Dental", "Medical", "Vision", "Life")
PER_EMPLOYER = 20
NOW = datetime(2026, 11, 18, 15, tzinfo=UTC)


def fill(url: str, size: int) -> Sessions:
    """Make a store with `size` integrations, 20 an employer, nine in ten of them Active and on time."""
    engine = make_engine(url)
    migrate(engine)
    sessions = make_sessions(engine)
    with sessions.write() as session:
        session.execute(insert(Carrier), [_carrier(number) for number in range(len(CARRIERS))])
        session.execute(insert(Employer), [_employer(number) for number in range(size // PER_EMPLOYER)])
        session.execute(insert(Integration), [_integration(number) for number in range(size)])
    return sessions


def _carrier(number: int) -> dict[str, object]:
    return {
        "id": number + 1,
        "ref": f"car_{number}",
        "name": CARRIERS[number],
        "time_zone": "America/New_York",
    }


def _employer(number: int) -> dict[str, object]:
    return {"id": number + 1, "ref": f"emp_{number}", "name": f"{_word(number)} Works {number}"}


def _word(number: int) -> str:
    return ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gum", "Hazel", "Ironwood")[number % 9]


def _integration(number: int) -> dict[str, object]:
    active = number % 10 != 0
    synced = NOW - timedelta(hours=number % 48)
    return {
        "id": number + 1,
        "ref": f"int_{number}",
        "employer_id": number // PER_EMPLOYER + 1,
        "carrier_id": number % len(CARRIERS) + 1,
        "plan_name": f"{PLANS[number % 4]} {number % PER_EMPLOYER}",
        "plan_type": PLANS[number % 4].lower(),
        "status": "active" if active else "pending",
        "group_number": f"G-{number}",
        "configured_at": NOW - timedelta(days=200 if active else 20),
        "active_at": NOW - timedelta(days=150) if active else None,
        "last_sync_at": synced if active else None,
        "due_at": synced + timedelta(days=4000) if active else None,
        "lost_at": synced + timedelta(days=4010) if active else None,
        "updated_at": synced,
    }
