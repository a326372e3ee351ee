"""What operators read of a card that could not be shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from handlers import renderer
from services.cards.undelivered import UndeliveredCard

ASIDE = UndeliveredCard(7, "alert:3", "C0ALERTS01", datetime(2026, 11, 18, 15, tzinfo=UTC), "invalid_blocks")


def test_it_names_the_card_its_channel_and_the_failure() -> None:
    card = renderer().card(ASIDE)
    assert card.text == "A card could not be shown: alert:3."
    for part in ("alert:3", "<#C0ALERTS01>", "invalid_blocks", "card 7"):
        assert part in str(card.blocks)


def test_it_pings_nobody() -> None:
    assert "<@" not in str(renderer().card(replace(ASIDE, channel_id="U0BROKER01")).blocks)


@pytest.mark.parametrize("failure", ["<!channel>", "x" * 300])
def test_a_failure_of_any_kind_is_text(failure: str) -> None:
    assert "<!channel>" not in str(renderer().card(replace(ASIDE, failure=failure)).blocks)


def test_it_says_when_the_card_is_shown() -> None:
    assert renderer().card(replace(ASIDE, failure=None)).text == "Shown by now: alert:3."
