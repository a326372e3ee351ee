"""The list of people and the form of one, rendered with little, much and hostile values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from handlers import renderer
from handlers.kit import blockkit
from handlers.kit.ids import unpack
from handlers.kit.rendering import Renderer
from handlers.people.ids import PeopleAction
from services.access import Role
from services.people.roles import MOST_EMPLOYERS, PAGE, EmployerName, PeoplePage, PersonLine

HOSTILE = '<!channel> "quoted" \\ {} %s *bold*'
NAMES = ["Harbor Bakery", HOSTILE, "שירותי בריאות " * 250]


@pytest.fixture(scope="module")
def render() -> Renderer:
    return renderer()


def line(role: Role = Role.BROKER, name: str = "Harbor Bakery", count: int = 2, **values: Any) -> PersonLine:
    employers = tuple(EmployerName(number, f"{name}{number}") for number in range(count))
    return PersonLine("U1", role, employers, values.pop("total", count), **values)


def people(
    render: Renderer, *lines: PersonLine, page: int = 0, pages: int = 1, **said: Any
) -> dict[str, Any]:
    found = PeoplePage(lines, page, pages, len(lines))
    return render.modal("people/people", found=found, **{"saved": None, "removed": None, **said})


def person(render: Renderer, actor: PersonLine | None) -> dict[str, Any]:
    chosen = actor.user_id if actor else None
    return render.modal("people/person", chosen=chosen, person=actor, roles=tuple(Role))


def texts(view: dict[str, Any]) -> list[str]:
    return [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("role", list(Role))
def test_slack_takes_a_full_page_of_people(render: Renderer, role: Role, name: str) -> None:
    view = people(render, *[line(role, name, 5, total=2000)] * PAGE, page=1, pages=100)
    assert not blockkit.problems("modal", view)
    assert not [text for text in texts(view) if "<!channel" in text]


def test_slack_takes_an_empty_list(render: Renderer) -> None:
    view = people(render)
    assert not blockkit.problems("modal", view)
    assert "Nobody has a role yet." in texts(view)


def test_employers_that_are_not_listed_are_counted(render: Renderer) -> None:
    assert texts(people(render, line(count=2, total=9))) == [
        "<@U1> · *Broker*\nSees Harbor Bakery0, Harbor Bakery1 and 7 more."
    ]


def test_those_from_the_settings_cannot_be_edited_here(render: Renderer) -> None:
    view = people(render, line(Role.AGENCY, count=0, by_settings=True))
    assert PeopleAction.EDIT not in [block.get("accessory", {}).get("action_id") for block in view["blocks"]]
    assert "ADMINS" in texts(view)[0]


def test_the_list_says_what_was_just_done(render: Renderer) -> None:
    assert texts(people(render, line(), saved=line()))[0] == "✅ <@U1> is now Broker."
    assert texts(people(render, line(), removed="U2"))[0] == "✅ <@U2> has no role any more."


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [0, 1, MOST_EMPLOYERS])
def test_slack_takes_the_form_of_someone_with_a_role(render: Renderer, name: str, count: int) -> None:
    assert not blockkit.problems("modal", person(render, line(name=name, count=count)))


def test_slack_takes_the_form_of_someone_new(render: Renderer) -> None:
    view = person(render, None)
    assert not blockkit.problems("modal", view)
    assert [block.get("block_id") for block in view["blocks"]] == ["person", "role", "employers", None]


def test_the_form_is_filled_in_with_what_the_person_has(render: Renderer) -> None:
    view = person(render, line(Role.STM))
    elements = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert elements["role"]["initial_option"]["value"] == "stm"
    assert [each["value"] for each in elements["employers"]["initial_options"]] == ["0", "1"]
    assert unpack(view["private_metadata"]) == {"person": "U1"}


def test_taking_a_role_away_is_asked_twice(render: Renderer) -> None:
    [row] = [block for block in person(render, line())["blocks"] if block["type"] == "actions"]
    [remove] = [each for each in row["elements"] if each["action_id"] == PeopleAction.REMOVE]
    assert "<@U1>" in remove["confirm"]["text"]["text"]


def test_each_role_says_in_a_line_what_it_does(render: Renderer) -> None:
    [role] = [block["element"] for block in person(render, None)["blocks"] if block.get("block_id") == "role"]
    assert [option["value"] for option in role["options"]] == [role.value for role in Role]
    assert all(option["description"]["text"] for option in role["options"])
    assert HOSTILE not in json.dumps(role)
