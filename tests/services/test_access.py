"""What each role sees and may do, asked of the store itself."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.access import RIGHTS, Actor, Right, Role, require, visible
from services.errors import NoRole, NotAllowed, NotFound
from services.store.exchange import Employer, Integration
from tests.agency import ADMIN, BROKER, HR, NOBODY, READER, Agency


@pytest.fixture
def peopled(agency: Agency) -> Agency:
    """Harbor Bakery has an Active integration and a Disabled one, Juniper Dental none that is Active."""
    agency.integration("Harbor Bakery", "Guardian")
    agency.integration("Harbor Bakery", "Aetna", "disabled")
    agency.integration("Juniper Dental", "Guardian", "pending")
    agency.integration("Quill & Sons", "Guardian")
    agency.person(BROKER, Role.BROKER, "Harbor Bakery", "Juniper Dental")
    agency.person(HR, Role.EMPLOYER, "Juniper Dental")
    agency.person(READER, Role.READ_ONLY, "Harbor Bakery")
    return agency


def employers(session: Session, actor: Actor, now: datetime) -> set[str]:
    del now
    return set(session.scalars(select(Employer.name).where(visible(actor, Employer.id))))


def through_integrations(session: Session, actor: Actor, now: datetime) -> set[str]:
    del now
    column: InstrumentedAttribute[int] = Integration.employer_id
    query = select(Employer.name).join(Integration, Integration.employer_id == Employer.id)
    return set(session.scalars(query.where(visible(actor, column))))


@pytest.mark.parametrize("look", [employers, through_integrations])
@pytest.mark.parametrize(
    ("user_id", "seen"),
    [
        (ADMIN, {"Harbor Bakery", "Juniper Dental", "Quill & Sons"}),
        (BROKER, {"Harbor Bakery", "Juniper Dental"}),
        (READER, {"Harbor Bakery"}),
        (NOBODY, set()),
    ],
)
def test_everyone_sees_their_own_employers(
    peopled: Agency, look: object, user_id: str, seen: set[str]
) -> None:
    assert peopled.ask(user_id, look) == seen  # type: ignore[arg-type, comparison-overlap]


@pytest.mark.parametrize("look", [employers, through_integrations])
def test_an_employer_sees_itself_only_while_it_has_an_active_integration(
    peopled: Agency, look: object
) -> None:
    assert peopled.ask(HR, look) == set()  # type: ignore[arg-type, comparison-overlap]
    peopled.integration("Juniper Dental", "Cigna")
    assert peopled.ask(HR, look) == {"Juniper Dental"}  # type: ignore[arg-type, comparison-overlap]


def test_a_role_is_looked_up_at_the_moment_of_asking(peopled: Agency) -> None:
    assert peopled.ask(NOBODY, employers) == set()
    peopled.person(NOBODY, Role.AGENCY)
    assert len(peopled.ask(NOBODY, employers)) == 3


def test_without_a_role_one_is_told_who_can_give_it() -> None:
    with pytest.raises(NoRole) as refused:
        require(Actor("U1", None, admins=frozenset({"U9"})), Right.SEE_STATUS)
    assert refused.value.ask == {"U9"}


def test_a_right_that_the_role_lacks_is_named() -> None:
    with pytest.raises(NotAllowed, match="Employer, does not let you turn integrations on or off"):
        require(Actor("U1", Role.EMPLOYER, frozenset({1})), Right.CONFIGURE, 1)


def test_an_employer_of_others_is_not_there() -> None:
    with pytest.raises(NotFound):
        require(Actor("U1", Role.BROKER, frozenset({1})), Right.CONFIGURE, 2)


def test_only_an_agency_user_gives_roles() -> None:
    assert [role for role in Role if Right.ASSIGN_ROLES in RIGHTS[role]] == [Role.AGENCY]
    assert RIGHTS[Role.BROKER] == RIGHTS[Role.STM]
