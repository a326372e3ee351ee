"""Alerts at the page: a second channel hears of one employer, and a card is acknowledged and put off."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from bot.sandbox.cast import AGENCY, ALERTS, HARBOR
from tests.browser.page_support import Visit
from tests.browser.test_journeys import (
    ANSWER,
    BY_ITSELF,
    address,
    choose,
    close,
    dialog,
    press,
    pytestmark,
    stir,
    visit,
)

__all__ = ["address", "pytestmark", "visit"]


def cards(page: Page) -> Locator:
    return page.get_by_test_id("messages").locator("article:not(.ephemeral)")


def send(page: Page, words: str) -> None:
    page.get_by_test_id("composer").fill(words)
    page.get_by_role("button", name="Send", exact=True).click()


def test_a_second_channel_is_subscribed_for_one_employer_and_hears_of_no_other(visit: Visit) -> None:
    page = visit(AGENCY, HARBOR.channel_id)
    send(page, "/carrier-alerts")
    press(dialog(page, "Carrier alerts"), "Subscribe this channel")
    form = dialog(page, "Subscribe a channel")
    choose(form.get_by_role("combobox", name="Employers"), "harb", "Harbor Bakery")
    form.get_by_test_id("modal-submit").click()
    listed = dialog(page, "Carrier alerts")
    expect(listed).to_contain_text("Harbor Bakery · every carrier", timeout=ANSWER)
    close(listed)
    for employer in ("Oakline Furniture", "Harbor Bakery"):
        stir(page, "A carrier sends a Failure", employer=employer)
    expect(cards(page).filter(has_text="Harbor Bakery").first).to_be_visible(timeout=BY_ITSELF)
    expect(cards(page).filter(has_text="Oakline Furniture")).to_have_count(0)


def test_a_card_is_put_off_and_then_acknowledged_with_a_note(visit: Visit) -> None:
    page = visit(AGENCY, ALERTS.channel_id)
    lost = cards(page).filter(has_text="Lost · Kaiser Permanente for Quill & Sons Printing")
    expect(lost).to_have_count(1, timeout=BY_ITSELF)
    lost.get_by_label("Snooze").select_option(label="For an hour")
    expect(lost).to_contain_text("Snoozed by @Dana Whitfield until", timeout=BY_ITSELF)
    lost.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Acknowledge with a note…").click()
    note = dialog(page, "Acknowledge")
    note.get_by_label("Note").fill("Kaiser has been called.")
    note.get_by_test_id("modal-submit").click()
    expect(lost).to_contain_text("Acknowledged by @Dana Whitfield", timeout=BY_ITSELF)
    expect(lost).to_contain_text("Kaiser has been called.")
