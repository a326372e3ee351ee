"""Whole journeys through the running demo: the bot as it is, the sandbox around it, a person at the page."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from bot.sandbox.cast import (
    AGENCY,
    ALERTS,
    BROKER,
    EMPLOYER,
    EMPLOYERS,
    GENERAL,
    NEWCOMER,
    CastMember,
)
from tests.bot.processes import Running
from tests.browser.page_support import Opener, Visit, stirring

pytestmark = [pytest.mark.browser, pytest.mark.journey]

ANSWER = 10_000  # milliseconds; through the bot and back, on a busy machine
BY_ITSELF = 60_000  # what the issue promises of the alerts channel


@pytest.fixture(scope="module")
def address(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    assert chromium_path
    folder = tmp_path_factory.mktemp("demo")
    with Running(("demo", "--no-browser", "--port", "0"), folder, {}) as running:
        yield running.line("Ready: ")
        assert running.end(signal.SIGINT) == 0
    assert "Traceback" not in "\n".join(running.said)


@pytest.fixture
def visit(address: str, open_page: Opener) -> Visit:
    def visit(person: CastMember = AGENCY, place: str = GENERAL.channel_id, **options: Any) -> Page:
        page = open_page(f"{address}#{place}", **options)
        page.set_default_timeout(ANSWER)
        page.get_by_test_id("main").locator("> *").first.wait_for()
        act_as(page, person)
        return page

    return visit


def act_as(page: Page, person: CastMember) -> None:
    page.get_by_label("Acting as").select_option(person.user_id)
    page.locator(".acting-name", has_text=person.real_name).wait_for()


def ask(page: Page, words: str) -> Locator:
    """Send a command, and return its answer."""
    answers = page.get_by_test_id("messages").locator("article.ephemeral")
    before = answers.count()
    page.get_by_test_id("composer").fill(words)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(answers).to_have_count(before + 1, timeout=ANSWER)
    return answers.last


def press(where: Locator, button: str) -> None:
    where.get_by_role("button", name=button, exact=True).click()


def dialog(page: Page, title: str) -> Locator:
    found = page.get_by_role("dialog", name=title, exact=True)
    expect(found).to_be_visible(timeout=ANSWER)
    return found


def close(modal: Locator) -> None:
    modal.get_by_test_id("modal-close").click()
    expect(modal).to_have_count(0)


def go_to(page: Page, tab: str) -> Locator:
    """Open a tab of the app."""
    page.get_by_test_id("sidebar").get_by_role("button", name=re.compile("^Lastsync,")).click()
    page.get_by_role("tab", name=tab).click()
    return page.get_by_test_id(tab.lower())


def stir(page: Page, event: str, **choices: str) -> None:
    form = stirring(page, event)
    for label, choice in choices.items():
        form.get_by_label(label.capitalize(), exact=True).select_option(label=choice)
    press(form, "Go")


def employers_in(where: Locator) -> set[str]:
    words = where.inner_text()
    return {employer.name for employer in EMPLOYERS if employer.name in words}


def their(person: CastMember) -> set[str]:
    return {employer.name for employer in EMPLOYERS if employer.ref in person.employer_refs}


def test_an_agency_user_turns_an_integration_on_and_it_becomes_pending(visit: Visit) -> None:
    page = visit(AGENCY)
    answer = ask(page, "/carrier-status northwind cigna")
    expect(answer).to_contain_text("Not turned on yet")
    press(answer, "Turn on")
    form = dialog(page, "Turn on")
    form.get_by_label("Group number").fill("C-778812")
    form.get_by_test_id("modal-submit").click()
    close(dialog(page, "Asked the exchange"))
    card = go_to(page, "Messages").locator("article", has_text="Cigna for Northwind Freight")
    expect(card).to_contain_text("Pending since Today", timeout=ANSWER)
    page.get_by_test_id("sidebar").get_by_role("button", name=GENERAL.name).click()
    answer = ask(page, "/carrier-status northwind cigna")
    expect(answer).to_contain_text("Pending since today")
    expect(answer).to_contain_text("C-778812")
    home = go_to(page, "Home")
    press(home, "Refresh")
    expect(
        home.get_by_text(re.compile("Dana Whitfield.*Integration turned on.*Cigna, Northwind Freight"))
    ).to_be_visible()


def test_the_alerts_channel_fills_by_itself_and_a_card_closes_when_the_carrier_syncs(visit: Visit) -> None:
    page = visit(AGENCY, ALERTS.channel_id)
    cards = page.get_by_test_id("messages").locator("article")
    expect(cards.filter(has_text="open Failure").first).to_be_visible(timeout=BY_ITSELF)
    late = cards.filter(has_text="Late · Principal for Northwind Freight")
    expect(late).to_have_count(1, timeout=BY_ITSELF)
    timestamp = late.get_attribute("data-ts")
    stir(page, "A carrier syncs now", carrier="Principal", employer="Northwind Freight")
    closed = cards.filter(has_text="Synced again · Principal for Northwind Freight")
    expect(closed).to_have_count(1, timeout=BY_ITSELF)
    expect(closed).to_have_attribute("data-ts", str(timestamp))
    expect(closed.get_by_role("button", name="Acknowledge")).to_have_count(0)
    expect(late).to_have_count(0)


def test_a_broker_sees_the_employers_assigned_to_them_and_no_other(visit: Visit) -> None:
    page = visit(BROKER)
    answer = ask(page, "/carrier-status")
    assert employers_in(answer) <= their(BROKER)
    press(answer, "Show all")
    listed = dialog(page, "Carrier integrations")
    seen = employers_in(listed)
    while listed.get_by_role("button", name="Next page").is_visible():
        number = page_number(listed)
        press(listed, "Next page")
        expect(listed).to_contain_text(f"page {number + 1} of")
        seen |= employers_in(listed)
    assert seen == their(BROKER)
    close(listed)
    assert employers_in(ask(page, "/carrier-status oakline")) <= their(BROKER)


def page_number(listed: Locator) -> int:
    found = re.search(r"page (\d+) of", listed.inner_text())
    assert found
    return int(found[1])


def test_an_employer_user_looks_at_their_own_integration_and_cannot_turn_it_off(visit: Visit) -> None:
    page = visit(EMPLOYER)
    assert employers_in(ask(page, "/carrier-status")) == their(EMPLOYER)
    answer = ask(page, "/carrier-status harbor guardian")
    expect(answer).to_contain_text("Harbor Bakery · Guardian")
    expect(answer.get_by_role("button", name="Messages")).to_be_visible()
    for refused in ("Turn off", "Edit group number"):
        expect(answer.get_by_role("button", name=refused)).to_have_count(0)


def test_a_newcomer_learns_who_can_help_gets_a_role_and_sees_that_employer(visit: Visit) -> None:
    page = visit(NEWCOMER)
    expect(ask(page, "/carrier-status")).to_contain_text(f"Ask @{AGENCY.real_name}")
    act_as(page, AGENCY)
    press(go_to(page, "Home"), "People and their roles")
    press(dialog(page, "People"), "Give someone a role")
    form = dialog(page, "Give a role")
    form.get_by_label("Person").select_option(label=NEWCOMER.real_name)
    form.get_by_label("Role").select_option(value="broker")
    choose(form.get_by_role("combobox", name="Employers"), "sund", "Sundial Solar")
    form.get_by_test_id("modal-submit").click()
    people = dialog(page, "People")
    expect(people).to_contain_text("@Noor Haddad is now Broker")
    close(people)
    act_as(page, NEWCOMER)
    page.get_by_test_id("sidebar").get_by_role("button", name=GENERAL.name).click()
    assert employers_in(ask(page, "/carrier-status")) == {"Sundial Solar"}


def choose(box: Locator, words: str, option: str) -> None:
    """Search in a menu, and take what was found."""
    box.click()
    box.fill(words)
    box.page.locator(".list-option", has_text=option).click()


def test_show_all_is_narrowed_by_a_search_and_a_status_and_turned_page_by_page(visit: Visit) -> None:
    page = visit(AGENCY)
    press(ask(page, "/carrier-status"), "Show all")
    listed = dialog(page, "Carrier integrations")
    expect(listed).to_contain_text("44 integrations · page 1 of")
    press(listed, "Next page")
    expect(listed).to_contain_text("44 integrations · page 2 of")
    choose(listed.get_by_role("combobox", name="Any employer"), "oak", "Oakline Furniture")
    expect(listed).to_contain_text("5 integrations · page 1 of 1")
    assert employers_in(listed) == {"Oakline Furniture"}
    listed.get_by_label("Every status").select_option(label="Pending")
    expect(listed).to_contain_text("1 integration · page 1 of 1")
    press(listed, "Clear filters")
    expect(listed).to_contain_text("44 integrations · page 1 of")
    close(listed)


def test_the_sync_history_is_a_chart_that_can_be_read_as_a_table(visit: Visit) -> None:
    page = visit(BROKER)
    answer = ask(page, "/carrier-status harbor guardian")
    press(answer, "Sync history")
    chart = page.get_by_role("figure", name="Syncs per week")
    expect(chart.get_by_role("img", name=re.compile("^Syncs per week"))).to_be_visible(timeout=ANSWER)
    chart.get_by_text("Show as table").click()
    table = chart.get_by_role("table", name="Syncs per week")
    expect(table.get_by_role("columnheader").first).to_have_text("Week from Monday")
    expect(table.get_by_role("row")).not_to_have_count(1)


def test_a_broker_works_through_the_failures_of_an_employer_with_next(visit: Visit) -> None:
    page = visit(BROKER)
    answer = ask(page, "/carrier-messages red rock unitedhealthcare failures")
    expect(answer).to_contain_text("2 Failures")
    expect(answer).to_contain_text("Last Sync of UnitedHealthcare")
    press(answer, "Open the list of messages, with filters")
    listed = dialog(page, "Carrier messages")
    listed.get_by_role("button", name=re.compile("^Resolve: ")).first.click()
    fill_in(dialog(page, "Resolve"), "The carrier is right")
    done = dialog(page, "Resolved")
    expect(done).to_contain_text("1 Failure left to resolve")
    press(done, "Show the next Failure")
    fill_in(dialog(page, "Resolve"), "Our record is right")
    done = dialog(page, "Resolved")
    expect(done).to_contain_text("No Failure is left to resolve here")
    done.get_by_role("button", name="Back").click()
    listed = dialog(page, "Carrier messages")
    expect(listed.get_by_role("button", name=re.compile("^Resolve: "))).to_have_count(0)
    close(listed)


def fill_in(form: Locator, side: str) -> None:
    """Choose a side, answer whatever the kind asks besides, and send it."""
    form.get_by_label(side).check()
    questions = form.get_by_role("radiogroup")
    for number in range(1, questions.count()):
        questions.nth(number).get_by_role("radio").first.check()
    form.get_by_test_id("modal-submit").click()


def test_an_agency_user_syncs_forty_employees_and_learns_why_two_failed(visit: Visit) -> None:
    page = visit(AGENCY)
    page.get_by_test_id("composer").fill("/sync-employees")
    page.get_by_role("button", name="Send", exact=True).click()
    listed = dialog(page, "Employee sync")
    listed.get_by_role("textbox", name="Search").fill("tidewater")
    listed.get_by_role("textbox", name="Search").press("Enter")
    expect(listed).to_contain_text("40 Not syncing · page 1 of 4")
    listed.get_by_label("Select all 40 in this filter").check()
    press(listed, "Assign a Benefits Level to those chosen")
    form = dialog(page, "Assign Level")
    form.get_by_label("Benefits Level").select_option(label="Enhanced")
    form.get_by_test_id("modal-submit").click()
    done = dialog(page, "Level assigned")
    expect(done).to_contain_text("40 employees have the Benefits Level Enhanced now")
    done.get_by_role("button", name="Back").click()
    listed = dialog(page, "Employee sync")
    listed.get_by_label("Select all 40 in this filter").check()
    listed.get_by_test_id("modal-submit").click()
    form = dialog(page, "Confirm Sync")
    expect(form).to_contain_text("You are about to send 40 employees")
    form.get_by_test_id("modal-submit").click()
    dialog(page, "On the way").get_by_test_id("modal-close").click()
    close(dialog(page, "Employee sync"))
    card = go_to(page, "Messages").locator("article", has_text="employees")
    expect(card).to_contain_text("of 40 employees sent")
    expect(card).to_contain_text("38 Successful", timeout=BY_ITSELF)
    expect(card).to_contain_text("The date of birth is missing")
    press(card, "See who Failed, and why")
    listed = dialog(page, "Employee sync")
    listed.get_by_role("button", name=re.compile("^Sync history")).first.click()
    history = dialog(page, "Sync history")
    press(history, "Check HR's record again, and send it")
    expect(dialog(page, "Lastsync")).to_contain_text("Correct that first.")
