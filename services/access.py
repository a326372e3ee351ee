"""Who may see and do what. Every use case asks here, so no route to it can forget.

role         sees                                                     may
agency       every employer                                           everything
broker, stm  the employers assigned to them                           configure, resolve, sync, subscribe
employer     their own organisation, while it has an Active one       see and resolve carrier messages
read_only    their own organisation's employees                       look
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import BindParameter, ColumnElement, bindparam, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from services.errors import NoRole, NotAllowed, NotFound
from services.ports import Status
from services.store.base import read
from services.store.exchange import Integration
from services.store.people import Person, PersonEmployer


class Role(StrEnum):
    AGENCY = "agency"
    BROKER = "broker"
    STM = "stm"
    EMPLOYER = "employer"
    READ_ONLY = "read_only"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Role.AGENCY: "Agency user",
    Role.BROKER: "Broker",
    Role.STM: "Service team member",
    Role.EMPLOYER: "Employer",
    Role.READ_ONLY: "Read-only HR user",
}


class Right(StrEnum):
    """The value completes the sentence "Your role does not let you …"."""

    SEE_STATUS = "see carrier integrations"
    CONFIGURE = "turn integrations on or off, or edit their group numbers"
    SEE_PENDING = "see Pending and Disabled integrations"
    SEE_MESSAGES = "see carrier messages"
    RESOLVE = "resolve carrier messages"
    SEE_EMPLOYEES = "see employees' sync states"
    SYNC = "sync employees"
    SUBSCRIBE = "choose what a channel hears"
    SEE_AUDIT = "see the audit log"
    SET_CADENCES = "set a carrier's cadence or its maintenance windows"
    ASSIGN_ROLES = "assign people to roles"


_ASK = "An agency user can change that on Lastsync's App Home, under People."
_DESK = frozenset(Right) - {Right.SET_CADENCES, Right.ASSIGN_ROLES}
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.AGENCY: frozenset(Right),
    Role.BROKER: _DESK,
    Role.STM: _DESK,
    Role.EMPLOYER: frozenset({Right.SEE_STATUS, Right.SEE_MESSAGES, Right.RESOLVE}),
    Role.READ_ONLY: frozenset({Right.SEE_EMPLOYEES}),
}


@dataclass(frozen=True)
class Actor:
    """The person behind a request. `employers` are ids; None means every employer."""

    user_id: str
    role: Role | None
    employers: frozenset[int] | None = frozenset()
    admins: frozenset[str] = frozenset()

    def may(self, right: Right) -> bool:
        return self.role is not None and right in RIGHTS[self.role]


def load_actor(session: Session, user_id: str, admins: frozenset[str]) -> Actor:
    """Find the person's role as it is now. People named in `ADMINS` are agency users from the first start."""
    if user_id in admins:
        return Actor(user_id, Role.AGENCY, None, admins)
    rows = read(session, _ROLE, user_id=user_id).all()
    if not rows:
        return Actor(user_id, None, frozenset(), admins)
    role = Role(rows[0].role)
    employers = None if role is Role.AGENCY else frozenset(each for _, each in rows if each is not None)
    return Actor(user_id, role, employers, admins)


_ROLE = (
    select(Person.role, PersonEmployer.employer_id)
    .outerjoin(PersonEmployer, PersonEmployer.person_id == Person.id)
    .where(Person.user_id == bindparam("user_id"))
)


def require(actor: Actor, right: Right, employer_id: int | None = None) -> None:
    """Stop unless `actor` has the right (and, with `employer_id`, has it there)."""
    if actor.role is None:
        raise NoRole(f"Lastsync does not know your role yet. {_ASK}", actor.admins)
    if not actor.may(right):
        raise NotAllowed(f"Your role, {actor.role.label}, does not let you {right}. {_ASK}", actor.admins)
    if employer_id is not None and actor.employers is not None and employer_id not in actor.employers:
        raise NotFound("No such employer among those you work with.")


def alike(actor: Actor) -> Actor:
    """Whoever a statement made for `actor` serves too, told its `scope`: the same role, other employers."""
    return Actor("", actor.role, None if actor.employers is None else frozenset())


def scope(actor: Actor) -> dict[str, list[int]]:
    return {} if actor.employers is None else {"employers": sorted(actor.employers)}


def visible(actor: Actor, employer_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """The condition that keeps a query to what `actor` may see, given its employer column.

    A statement that is made once and kept is told the employers anew each time, by `scope`.
    """
    theirs: BindParameter[list[int]] = bindparam("employers", sorted(actor.employers or ()), expanding=True)
    conditions = true() if actor.employers is None else employer_id.in_(theirs)
    if actor.role is not Role.EMPLOYER:
        return conditions
    # Under a name of its own: the outer query may be over the integrations too.
    it = aliased(Integration)
    active = select(it.id).where(it.employer_id == employer_id, it.status == Status.ACTIVE)
    return conditions & active.exists()
