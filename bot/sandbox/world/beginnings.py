"""Makes the world's first state: integrations, 90 days of history and the messages, relative to now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from random import Random

from bot.sandbox.cast import EMPLOYERS
from bot.sandbox.world.carriers import BY_REF, working_days_ago
from bot.sandbox.world.kinds import KINDS, Kind
from bot.sandbox.world.layout import INTEGRATIONS, MESSAGES, Planned, PlannedMessage
from bot.sandbox.world.people import Employee
from bot.sandbox.world.records import Integration, Message, Sync
from services.ports import Status

HISTORY = timedelta(days=90)
_EMPLOYERS = {employer.ref: employer for employer in EMPLOYERS}
_PLANS = {
    "medical": ("PPO Select", "HMO Core 30", "HDHP Saver"),
    "dental": ("Dental Choice", "Dental Plus"),
    "vision": ("Vision Basic", "Vision Premier"),
    "life": ("Group Life 2x",),
    "disability": ("Long-Term Disability 60%",),
}


def integrations(seed: int, now: datetime) -> dict[str, Integration]:
    return {planned.ref: _integration(planned, seed, now) for planned in INTEGRATIONS}


def _integration(planned: Planned, seed: int, now: datetime) -> Integration:
    rng = Random(f"{seed}/{planned.ref}")
    since = now - timedelta(days=planned.days or 0, hours=rng.randint(1, 9)) if planned.days else None
    made = Integration(
        ref=planned.ref,
        employer=_EMPLOYERS[planned.employer_ref],
        carrier=BY_REF[planned.carrier_ref],
        plan_name=rng.choice(_PLANS[planned.plan_type]),
        plan_type=planned.plan_type,
        renewal_date=_first_of_a_month(now.date() + timedelta(days=rng.randint(20, 340))),
        status=planned.status,
        updated_at=since or now - HISTORY,
        silent=bool(planned.silent_for) or not planned.ever_synced,
    )
    if since:
        _tell_story(made, planned.by, since, rng)
    return made


def _tell_story(made: Integration, turned_off_by: str | None, since: datetime, rng: Random) -> None:
    number = f"{made.carrier.name[0]}-{rng.randint(1000, 9999):06}"
    if made.status is Status.PENDING:
        made.configured_at, made.group_number = since, number
    elif made.status is Status.ACTIVE:
        made.configured_at = since - timedelta(days=rng.randint(14, 58))
        made.active_at, made.group_number = since, number
    else:
        made.configured_at, made.active_at = since - timedelta(days=300), since - timedelta(days=260)
        made.disabled_at, made.disabled_by = since, turned_off_by


def _first_of_a_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def history(found: Iterable[Integration], seed: int, now: datetime) -> dict[str, Sync]:
    """Syncs by each carrier's habit, while the integration was active; the last is noted on it."""
    plans = {planned.ref: planned for planned in INTEGRATIONS}
    syncs: dict[str, Sync] = {}
    for each in found:
        for when in _sync_times(each, plans[each.ref], seed, now):
            note_sync(each, when, when, syncs)
    return syncs


def _sync_times(each: Integration, planned: Planned, seed: int, now: datetime) -> list[datetime]:
    if each.active_at is None or not planned.ever_synced:
        return []
    until = each.disabled_at or now
    if planned.silent_for:
        until = working_days_ago(now, planned.silent_for)
    return each.carrier.syncs(f"{seed}/{each.ref}", max(each.active_at, now - HISTORY), until)


def note_sync(each: Integration, when: datetime, noted_at: datetime, syncs: dict[str, Sync]) -> None:
    ref = f"syn_{each.ref.removeprefix('int_')}_{when:%Y%m%dT%H%M%S}"
    syncs[ref] = Sync(ref, each.ref, when, noted_at)
    each.last_sync_at = when
    each.updated_at = max(each.updated_at, noted_at)


def messages(
    known: dict[str, Integration],
    syncs: Iterable[Sync],
    people: tuple[Employee, ...],
    seed: int,
    now: datetime,
) -> dict[str, Message]:
    times: dict[str, list[datetime]] = {}
    for sync in syncs:
        times.setdefault(sync.integration_ref, []).append(sync.synced_at)
    made: dict[str, Message] = {}
    for number, planned in enumerate(MESSAGES, start=1):
        rng = Random(f"{seed}/message/{number}")
        place = known[planned.integration_ref]
        brought = sorted(times[place.ref])
        who = rng.choice([person for person in people if person.employer_ref == place.employer.ref])
        message = message_about(f"msg_{number:04}", place, KINDS[planned.kind], who, rng)
        _set_time(message, planned, brought, now)
        if planned.text:
            message.text = planned.text.format(platform=message.platform_value, carrier=message.carrier_value)
        made[message.ref] = message
    return made


def message_about(ref: str, place: Integration, kind: Kind, who: Employee, rng: Random) -> Message:
    platform, carrier = kind.values(who, rng)
    return Message(
        ref=ref,
        integration=place,
        kind=kind,
        employee=who,
        platform_value=platform,
        carrier_value=carrier,
        text=kind.text.format(name=who.name, platform=platform, carrier=carrier),
        assignee="platform",
        received_at=place.updated_at,
        updated_at=place.updated_at,
    )


def _set_time(message: Message, planned: PlannedMessage, brought: list[datetime], now: datetime) -> None:
    message.assignee = planned.assignee
    message.received_at = message.updated_at = brought[-min(planned.syncs_ago, len(brought))]
    if planned.state == "open":
        return
    message.outcome = "platform"
    if planned.state == "resolved":
        message.state = "resolved"
        message.resolved_at = message.updated_at = min(message.received_at + timedelta(hours=7), now)
        return
    # Resolved more than a week ago, and just before the last sync but one: two cycles have passed since.
    message.resolved_at = min(now - timedelta(days=9), brought[-2] - timedelta(days=1))
    message.updated_at = brought[-1]
