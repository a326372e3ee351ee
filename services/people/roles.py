"""People and their roles. Agency users give and take them; those named in `ADMINS` always are one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from services.access import Actor, Right, Role, require
from services.errors import Invalid, Refused
from services.people import audit
from services.store.exchange import Employer
from services.store.people import Person, PersonEmployer

PAGE = 20
SHOWN_EMPLOYERS = 5
MOST_EMPLOYERS = 100  # as many as one Slack select shows; whoever needs more is an agency user
SLACKBOT = "USLACKBOT"
OF_ONE_EMPLOYER = frozenset({Role.EMPLOYER, Role.READ_ONLY})

_NAMED_IN_ADMINS = (
    "ADMINS, a setting of Lastsync, names this person. Take them out there first, then restart."
)
_LAST_AGENCY_USER = (
    "This is the only agency user left. Give someone else that role first, or name a person in ADMINS."
)


@dataclass(frozen=True)
class EmployerName:
    id: int
    name: str


@dataclass(frozen=True)
class PersonLine:
    """One person as the list shows them. `employers` holds the first few of `employer_count`."""

    user_id: str
    role: Role
    employers: tuple[EmployerName, ...] = ()
    employer_count: int = 0
    by_settings: bool = False


@dataclass(frozen=True)
class PeoplePage:
    people: tuple[PersonLine, ...]
    page: int
    pages: int
    total: int


def listing(session: Session, actor: Actor, now: datetime, page: int = 0) -> PeoplePage:
    """Everyone with a role, those from the settings first."""
    del now
    require(actor, Right.ASSIGN_ROLES)
    stored = Person.user_id.not_in(sorted(actor.admins))
    total = len(actor.admins) + session.scalars(select(func.count(Person.id)).where(stored)).one()
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 0), pages - 1)
    first, last = page * PAGE, (page + 1) * PAGE
    admins = [PersonLine(each, Role.AGENCY, by_settings=True) for each in sorted(actor.admins)[first:last]]
    query = select(Person).where(stored).options(_with_employers).order_by(Person.role, Person.user_id)
    query = query.offset(max(0, first - len(actor.admins))).limit(PAGE - len(admins))
    people = session.scalars(query).all()
    return PeoplePage((*admins, *_lines(session, people, SHOWN_EMPLOYERS)), page, pages, total)


def detail(session: Session, actor: Actor, now: datetime, user_id: str) -> PersonLine | None:
    """One person with all their employers; None when they have no role."""
    del now
    require(actor, Right.ASSIGN_ROLES)
    if user_id in actor.admins:
        return PersonLine(user_id, Role.AGENCY, by_settings=True)
    person = session.scalar(select(Person).where(Person.user_id == user_id).options(_with_employers))
    return _lines(session, [person])[0] if person else None


def assign(
    session: Session,
    actor: Actor,
    now: datetime,
    user_id: str,
    role: str,
    employer_ids: Collection[int] = (),
    *,
    bot_user_id: str | None = None,
) -> PersonLine:
    """Give a person a role in place of the one they had. The same again changes and records nothing."""
    require(actor, Right.ASSIGN_ROLES)
    if not user_id or user_id in {bot_user_id, SLACKBOT}:
        raise Invalid({"person": "Choose a person. An app cannot have a role."})
    new = _checked(session, role, employer_ids)
    if user_id in actor.admins and new.role is not Role.AGENCY:
        raise Invalid({"role": _NAMED_IN_ADMINS})
    found = _lock(session, user_id)
    if found.is_last_agency_user(actor) and new.role is not Role.AGENCY:
        raise Invalid({"role": _LAST_AGENCY_USER})
    if found.standing != new:
        _give(found.person or _add(session, user_id, new.role), new)
        _record(session, actor, now, "person.assigned", person=user_id, standing=new)
        session.flush()
    return PersonLine(user_id, new.role, _names(session, new.employers), len(new.employers))


def remove(session: Session, actor: Actor, now: datetime, user_id: str) -> None:
    """Take a person's role away. To remove someone who has none is no error: it was done before."""
    require(actor, Right.ASSIGN_ROLES)
    if user_id in actor.admins:
        raise Refused(_NAMED_IN_ADMINS)
    found = _lock(session, user_id)
    if found.person is None or found.standing is None:
        return
    if found.is_last_agency_user(actor):
        raise Refused(_LAST_AGENCY_USER)
    _record(session, actor, now, "person.removed", person=user_id, standing=found.standing)
    session.delete(found.person)


@dataclass(frozen=True)
class _Standing:
    role: Role
    employers: frozenset[int]

    @property
    def employer_ids(self) -> list[str]:
        return [str(each) for each in sorted(self.employers)]


@dataclass(frozen=True)
class _Found:
    person: Person | None
    agency_users: int

    @property
    def standing(self) -> _Standing | None:
        return _standing(self.person) if self.person else None

    def is_last_agency_user(self, actor: Actor) -> bool:
        is_agency_user = self.person is not None and self.person.role == Role.AGENCY
        return is_agency_user and self.agency_users == 1 and not actor.admins


_with_employers = selectinload(Person.employers)


def _lock(session: Session, user_id: str) -> _Found:
    """Find the person and hold the agency users too, so that no two of them can remove each other."""
    concerned = or_(Person.user_id == user_id, Person.role == Role.AGENCY)
    query = select(Person).where(concerned).order_by(Person.id).options(_with_employers).with_for_update()
    people = session.scalars(query).all()
    person = next((each for each in people if each.user_id == user_id), None)
    return _Found(person, sum(each.role == Role.AGENCY for each in people))


def _checked(session: Session, role: str, employer_ids: Collection[int]) -> _Standing:
    """Say what is missing under the field that misses it."""
    if role not in set(Role):
        raise Invalid({"role": "Choose one of the roles."})
    new = _Standing(Role(role), frozenset(employer_ids))
    if new.role is Role.AGENCY:
        return _Standing(Role.AGENCY, frozenset())
    if not new.employers:
        raise Invalid(
            {"employers": f"Choose at least one employer: {new.role.label} sees only those assigned."}
        )
    if new.role in OF_ONE_EMPLOYER and len(new.employers) > 1:
        raise Invalid({"employers": f"Choose one employer: {new.role.label} belongs to one organisation."})
    if len(new.employers) > MOST_EMPLOYERS:
        raise Invalid({"employers": f"Choose at most {MOST_EMPLOYERS}. An agency user sees every employer."})
    if len(_names(session, new.employers)) < len(new.employers):
        raise Invalid({"employers": "One of these employers is no longer there. Choose again."})
    return new


def _record(
    session: Session, actor: Actor, now: datetime, event: str, *, person: str, standing: _Standing
) -> None:
    audit.record(
        session, actor, event, now=now, person=person, role=standing.role, employers=standing.employer_ids
    )


def _add(session: Session, user_id: str, role: Role) -> Person:
    """Add the person, or take the one whom another replica added at this very moment."""
    with suppress(IntegrityError), session.begin_nested():
        session.add(Person(user_id=user_id, role=role, employers=[]))
    query = select(Person).where(Person.user_id == user_id).options(_with_employers)
    return session.scalars(query.with_for_update()).one()


def _give(person: Person, new: _Standing) -> None:
    kept = {each.employer_id: each for each in person.employers}
    person.role = new.role
    person.employers = [
        kept.get(employer_id) or PersonEmployer(employer_id=employer_id)
        for employer_id in sorted(new.employers)
    ]


def _standing(person: Person) -> _Standing:
    return _Standing(Role(person.role), frozenset(each.employer_id for each in person.employers))


def _lines(session: Session, people: Sequence[Person], shown: int | None = None) -> list[PersonLine]:
    standings = [_standing(each) for each in people]
    names = _names(session, {each for standing in standings for each in standing.employers})
    return [
        PersonLine(
            person.user_id,
            standing.role,
            tuple(each for each in names if each.id in standing.employers)[:shown],
            len(standing.employers),
        )
        for person, standing in zip(people, standings, strict=True)
    ]


def _names(session: Session, employer_ids: Collection[int]) -> tuple[EmployerName, ...]:
    if not employer_ids:
        return ()
    query = select(Employer.id, Employer.name).where(Employer.id.in_(sorted(employer_ids)))
    return tuple(EmployerName(*row) for row in session.execute(query.order_by(Employer.name)))
