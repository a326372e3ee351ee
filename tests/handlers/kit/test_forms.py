"""Values out of Slack's view state, whatever the element and however little is there."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.kit import forms


def view(**elements: Any) -> dict[str, Any]:
    return {"state": {"values": {field: {"an_action": element} for field, element in elements.items()}}}


@pytest.mark.parametrize(("typed", "value"), [("  GRP-1 ", "GRP-1"), ("", ""), (None, "")])
def test_text_comes_without_the_blanks_around_it(typed: str | None, value: str) -> None:
    assert forms.text(view(note={"type": "plain_text_input", "value": typed}), "note") == value


def test_a_choice_is_its_value() -> None:
    chosen = {"type": "static_select", "selected_option": {"text": {}, "value": "broker"}}
    assert forms.choice(view(role=chosen), "role") == "broker"
    assert forms.choice(view(role={"type": "static_select", "selected_option": None}), "role") is None


def test_choices_are_their_values() -> None:
    ticked = {"type": "checkboxes", "selected_options": [{"value": "a"}, {"value": "b"}]}
    assert forms.choices(view(kinds=ticked), "kinds") == ["a", "b"]
    assert forms.choices(view(kinds={"type": "checkboxes", "selected_options": []}), "kinds") == []


def test_a_user_and_a_day_are_as_slack_writes_them() -> None:
    state = view(person={"selected_user": "U1"}, sent_on={"selected_date": "2026-11-17"})
    assert forms.user(state, "person") == "U1"
    assert forms.day(state, "sent_on") == "2026-11-17"


@pytest.mark.parametrize("state", [{}, {"state": {}}, {"state": {"values": {}}}])
def test_a_form_without_the_field_has_nothing_there(state: dict[str, Any]) -> None:
    assert forms.text(state, "note") == ""
    assert forms.choice(state, "note") is None
    assert forms.choices(state, "note") == []
    assert forms.day(state, "note") is None
    assert forms.user(state, "note") is None
