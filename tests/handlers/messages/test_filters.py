"""The filters of the messages' list come back from Slack as they were sent, or as an older version's."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.kit import limits
from handlers.kit.ids import pack, unpack
from handlers.messages.filters import filters_of, kept
from services.errors import MovedOn
from services.messages.filters import Filters, Show
from services.ports import Severity

IDS = st.none() | st.integers(1, 2**31 - 1)
FILTERS = st.builds(
    Filters,
    employer_id=IDS,
    carrier_id=IDS,
    integration_id=IDS,
    severity=st.none() | st.sampled_from(Severity),
    kind=st.none() | st.text(min_size=1, max_size=64),
    show=st.sampled_from(Show),
)


@given(FILTERS)
def test_filters_travel_unchanged_and_fit_into_a_button(filters: Filters) -> None:
    packed = pack(page=10**6, message=2**31 - 1, **kept(filters))
    assert filters_of(unpack(packed)) == filters
    assert len(packed) <= limits.BUTTON_VALUE


def test_nothing_chosen_is_nothing_kept() -> None:
    assert kept(Filters()) == {}
    assert filters_of({}) == Filters()


@pytest.mark.parametrize(
    "values",
    [
        {"severity": "dreadful"},
        {"severity": 1},
        {"show": "everything"},
        {"kind": 7},
        {"kind": "x" * 65},
        {"employer": "1"},
        {"carrier": True},
        {"integration": 2**40},
        {"severity": ["failure"]},
    ],
)
def test_what_cannot_be_a_filter_is_of_an_older_version(values: dict[str, object]) -> None:
    with pytest.raises(MovedOn):
        filters_of(json.loads(json.dumps(values)))
