"""What travels in buttons and private_metadata."""

from __future__ import annotations

from enum import EnumType, StrEnum
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import handlers
from handlers import SURFACE
from handlers.kit import limits
from handlers.kit.ids import number, optional_number, pack, unpack
from handlers.kit.surface import join
from handlers.status import surface as status
from handlers.status.ids import StatusAction
from services.errors import MovedOn

HANDLERS = Path(handlers.__file__).parent


@given(values=st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.integers() | st.none()))
def test_what_is_packed_is_unpacked(values: dict[str, int | None]) -> None:
    assert unpack(pack(**values)) == values


@pytest.mark.parametrize("text", [None, "", "{", "[]", '"x"', "12", "null", "status.open:12", "\x00"])
def test_anything_else_is_an_old_button(text: str | None) -> None:
    with pytest.raises(MovedOn, match="Run the command again"):
        unpack(text)


@pytest.mark.parametrize("value", [None, "12", 1.5, {}, True, 2**31, -(2**31) - 1, 10**23])
def test_an_id_that_is_no_number_is_an_old_button(value: object) -> None:
    with pytest.raises(MovedOn):
        number({"integration": value}, "integration")


def test_an_id_that_may_be_missing_is_a_number_or_nothing() -> None:
    assert optional_number({}, "employer") is None
    assert optional_number({"employer": 7}, "employer") == 7
    with pytest.raises(MovedOn):
        optional_number({"employer": "x"}, "employer")


def test_filters_fit_into_private_metadata() -> None:
    packed = pack(employer=10**12, carrier=10**12, show="attention", page=10**6, turn=10**6)
    assert len(packed) < limits.VIEW_PRIVATE_METADATA


def test_every_id_has_a_listener() -> None:
    declared = {each for named in SURFACE.names.values() if isinstance(named, EnumType) for each in named}
    assert declared == {*SURFACE.actions, *SURFACE.options, *SURFACE.views}


def test_every_enum_of_ids_is_declared_by_its_story() -> None:
    modules = [import_module(f"handlers.{each.parent.name}.ids") for each in HANDLERS.glob("*/ids.py")]
    enums = {each for module in modules for each in vars(module).values() if isinstance(each, EnumType)}
    assert enums - {StrEnum} == {each for each in SURFACE.names.values() if isinstance(each, EnumType)}


def test_two_stories_cannot_claim_the_same_name() -> None:
    with pytest.raises(ValueError, match="commands that two stories declare"):
        join([status.SURFACE, status.SURFACE])


def test_what_is_pressed_most_is_tried_first() -> None:
    assert next(iter(SURFACE.actions)) is StatusAction.INTEGRATION
