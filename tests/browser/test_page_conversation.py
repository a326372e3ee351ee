"""Channels as people read them: who said what, what is new, what is for one's eyes only, threads."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from bot.sandbox.cast import AGENCY, ALERTS, BROKER, GENERAL, NEWCOMER
from bot.sandbox.workspace import Workspace
from tests.bot.patience import eventually
from tests.browser.page_samples import Json, actions, button, section
from tests.browser.page_support import Visit

pytestmark = pytest.mark.browser


def say(workspace: Workspace, text: str, author: str = BROKER.user_id, **more: str) -> Json:
    channel = workspace.conversations.get("general")
    message: Json = workspace.conversations.add(channel, {"user": author, "text": text, **more})
    return message


def test_messages_of_one_author_stand_under_one_name(workspace: Workspace, visit: Visit) -> None:
    for text in ("One", "Two"):
        say(workspace, text)
    say(workspace, "Three", AGENCY.user_id)
    page = visit(place=GENERAL.channel_id)
    expect(page.locator(".author:visible")).to_have_text([BROKER.real_name, AGENCY.real_name])


def test_the_app_is_marked_as_an_app(workspace: Workspace, visit: Visit) -> None:
    workspace.post_as_bot(workspace.conversations.get("general"), {"text": "Hello"})
    message = visit(place=GENERAL.channel_id).get_by_role("article")
    expect(message).to_contain_text("APP")
    expect(message).to_have_accessible_name(re.compile(r"^Lastsync, \d+:\d\d [AP]M$"))


def test_what_one_writes_appears_with_enter_and_the_field_is_empty_again(
    workspace: Workspace, visit: Visit
) -> None:
    page = visit(place=GENERAL.channel_id)
    composer = page.get_by_label("Message #general")
    composer.fill("Two lines")
    composer.press("Shift+Enter")
    composer.press_sequentially("<b>of text</b>")
    composer.press("Enter")
    expect(page.get_by_test_id("messages").locator(".text")).to_have_text("Two lines\n<b>of text</b>")
    expect(composer).to_have_value("")
    assert workspace.channel_messages("general")[0]["text"] == "Two lines\n&lt;b&gt;of text&lt;/b&gt;"


def test_an_ephemeral_answer_is_marked_and_only_its_person_sees_it(
    workspace: Workspace, visit: Visit
) -> None:
    channel = workspace.conversations.get("general")
    workspace.post_as_bot(channel, {"text": "For Dana"}, AGENCY.user_id)
    page = visit(place=GENERAL.channel_id)
    expect(page.get_by_role("article")).to_contain_text("Only visible to you")
    page.get_by_label("Acting as").select_option(BROKER.user_id)
    expect(page.get_by_text("For Dana")).to_have_count(0)


def test_an_edit_changes_the_message_in_place(workspace: Workspace, visit: Visit) -> None:
    channel = workspace.conversations.get("general")
    card = workspace.post_as_bot(
        channel, {"text": "Late", "blocks": [section("Late"), actions(button("Open"))]}
    )
    page = visit(place=GENERAL.channel_id)
    page.get_by_role("button", name="Open").focus()
    blocks = [{**card["blocks"][0], "text": {"type": "mrkdwn", "text": "Closed"}}, *card["blocks"][1:]]
    workspace.live.run(
        lambda: workspace.conversations.change(channel, card, {"blocks": blocks}, "U0LASTSYNC")
    )
    expect(page.get_by_role("article")).to_contain_text("Closed")
    expect(page.get_by_role("article")).to_contain_text("(edited)")
    expect(page.get_by_role("button", name="Open")).to_be_focused()


def test_a_deleted_message_goes(workspace: Workspace, visit: Visit) -> None:
    kept, gone = say(workspace, "Kept"), say(workspace, "Gone")
    page = visit(place=GENERAL.channel_id)
    channel = workspace.conversations.get("general")
    workspace.conversations.remove(channel, gone)
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_role("article")).to_contain_text(kept["text"])


def test_what_arrives_elsewhere_is_marked_unread_until_it_is_read(workspace: Workspace, visit: Visit) -> None:
    page = visit(place=ALERTS.channel_id)
    general = page.locator(f"[data-place={GENERAL.channel_id}]")
    for text in ("One", "Two"):
        say(workspace, text)
    expect(general).to_have_accessible_name("general, 2 unread")
    expect(page).to_have_title(re.compile(r"^\(2\) "))
    general.click()
    expect(general).to_have_accessible_name("general")
    expect(page.get_by_role("separator").filter(has_text="New")).to_have_count(0)
    expect(page.locator("[data-testid=unread]")).to_have_count(0)


def test_another_person_has_their_own_unread_marks(workspace: Workspace, visit: Visit) -> None:
    page = visit(place=GENERAL.channel_id)
    say(workspace, "Read by Dana", NEWCOMER.user_id)
    expect(page.get_by_text("Read by Dana").first).to_be_visible()
    page.locator(f"[data-place={ALERTS.channel_id}]").click()
    page.get_by_label("Acting as").select_option(BROKER.user_id)
    expect(page.locator(f"[data-place={GENERAL.channel_id}]")).to_have_accessible_name("general, 1 unread")


def test_a_thread_opens_beside_and_takes_replies(workspace: Workspace, visit: Visit) -> None:
    parent = say(workspace, "Who checks Guardian?")
    say(workspace, "I do", AGENCY.user_id, thread_ts=parent["ts"])
    page = visit(place=GENERAL.channel_id)
    expect(page.get_by_test_id("messages").get_by_role("article")).to_have_count(1)
    page.get_by_role("button", name="1 reply").click()
    thread = page.get_by_role("complementary", name="Thread")
    expect(thread.get_by_role("article")).to_have_count(2)
    thread.get_by_label("Reply").fill("Thank you")
    page.keyboard.press("Enter")
    expect(thread.get_by_role("article")).to_have_count(3)
    expect(page.get_by_role("button", name="2 replies")).to_be_visible()
    page.keyboard.press("Escape")
    expect(thread).to_be_hidden()


def test_a_command_in_a_thread_is_refused_in_slacks_words(workspace: Workspace, visit: Visit) -> None:
    say(workspace, "Who checks Guardian?")
    page = visit(place=GENERAL.channel_id)
    page.get_by_role("article").hover()
    page.get_by_role("button", name="Reply in thread").click()
    page.get_by_test_id("thread-composer").fill("/carrier-status Harbor")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("messages").get_by_text("is not supported in threads")).to_have_count(1)


def test_reactions_are_counted(workspace: Workspace, visit: Visit) -> None:
    message = say(workspace, "On time")
    message["reactions"] = [{"name": "eyes", "count": 2, "users": [AGENCY.user_id, BROKER.user_id]}]
    page = visit(place=GENERAL.channel_id)
    expect(page.locator("[data-reaction=eyes]")).to_contain_text("2")


def test_an_archived_channel_takes_no_messages(workspace: Workspace, visit: Visit) -> None:
    workspace.conversations.alter(workspace.conversations.get("general"), archived=True)
    page = visit(place=GENERAL.channel_id)
    expect(page.get_by_text("This channel is archived")).to_be_visible()
    expect(page.get_by_test_id("composer")).to_have_count(0)


def test_a_channel_without_the_app_says_so(workspace: Workspace, visit: Visit) -> None:
    page = visit(place=GENERAL.channel_id)
    channel = workspace.conversations.get("general")
    workspace.conversations.alter(channel, bot_is_member=False)
    expect(page.get_by_text("Lastsync is not in this channel")).to_be_visible()


def test_the_apps_messages_are_a_tab_beside_its_home(workspace: Workspace, visit: Visit) -> None:
    workspace.post_as_bot(workspace.conversations.get(AGENCY.user_id), {"text": "Good morning"})
    page = visit(place="home")
    expect(page.get_by_text("has not filled its Home tab yet")).to_be_visible()
    page.get_by_role("tab", name="Home").press("ArrowRight")
    expect(page.get_by_role("tab", name="Messages")).to_be_focused()
    expect(page.get_by_role("article")).to_contain_text("Good morning")


def test_opening_the_home_tab_tells_the_app(workspace: Workspace, visit: Visit) -> None:
    workspace.delivery.speed = 1000
    visit(place="home")
    eventually(lambda: bool(workspace.trace.entries("envelope", "app_home_opened")))
    assert workspace.trace.entries("envelope", "app_home_opened")[0].body["event"]["tab"] == "home"


def test_two_thousand_messages_open_and_grow_without_lag(workspace: Workspace, visit: Visit) -> None:
    for number in range(2000):
        say(workspace, f"Message {number}")
    page = visit(place=ALERTS.channel_id)
    took = page.evaluate(
        """async (place) => {
          const start = performance.now();
          document.querySelector(`[data-place=${place}]`).click();
          document.querySelector("[data-testid=messages]").getBoundingClientRect();
          return performance.now() - start;
        }""",
        GENERAL.channel_id,
    )
    assert took < 500, f"opening the channel took {took:.0f} ms"
    expect(page.get_by_text("Message 1999")).to_be_in_viewport()
    assert page.locator("[data-testid=messages] [data-ts]").count() < 200
    say(workspace, "The newest")
    expect(page.get_by_test_id("messages").get_by_text("The newest")).to_be_in_viewport()


def test_earlier_messages_come_as_one_scrolls_up(workspace: Workspace, visit: Visit) -> None:
    for number in range(300):
        say(workspace, f"Message {number}.")
    page = visit(place=GENERAL.channel_id)
    log = page.get_by_test_id("messages")
    expect(log.get_by_text("Message 0.")).to_have_count(0)
    for _ in range(6):
        log.evaluate("(node) => { node.scrollTop = 0; node.dispatchEvent(new Event('scroll')); }")
    expect(log.get_by_text("Message 0.")).to_have_count(1)
    assert log.locator("[data-ts]").count() == 300


def test_someone_reading_older_messages_is_not_pulled_away(workspace: Workspace, visit: Visit) -> None:
    for number in range(60):
        say(workspace, f"Message {number}.")
    page = visit(place=GENERAL.channel_id)
    log = page.get_by_test_id("messages")
    log.hover()
    page.mouse.wheel(0, -600)
    eventually(
        lambda: bool(log.evaluate("(node) => node.scrollHeight - node.scrollTop - node.clientHeight > 200"))
    )
    say(workspace, "The newest")
    jump = page.get_by_role("button", name="New messages")
    expect(jump).to_be_visible()
    expect(log.get_by_text("The newest")).not_to_be_in_viewport()
    jump.click()
    expect(log.get_by_text("The newest")).to_be_in_viewport()


def test_a_file_is_shown_with_its_size_and_can_be_fetched(workspace: Workspace, visit: Visit) -> None:
    file, key = workspace.files.expect("audit <b>.csv", 3, workspace.bot_user_id)
    workspace.files.take(key, b"a,b")
    place = workspace.conversations.get("general")
    workspace.post_as_bot(place, {"text": "The log", "files": [file.wire("")]})
    page = visit(place=GENERAL.channel_id)
    files = page.get_by_role("list", name="Files")
    expect(files.get_by_role("listitem")).to_contain_text("3 bytes")
    with page.expect_download() as fetching:
        files.get_by_role("link", name="audit <b>.csv").click()
    assert fetching.value.path().read_bytes() == b"a,b"


def test_a_deleted_file_says_so(workspace: Workspace, visit: Visit) -> None:
    gone = {"id": "F1", "mode": "tombstone"}
    workspace.post_as_bot(workspace.conversations.get("general"), {"text": "The log", "files": [gone]})
    expect(visit(place=GENERAL.channel_id).get_by_text("This file was deleted.")).to_be_visible()


def test_a_reply_that_is_also_sent_to_the_channel_names_its_thread(
    workspace: Workspace, visit: Visit
) -> None:
    parent = say(workspace, "Who checks *Guardian*?")
    say(workspace, "I did", AGENCY.user_id, thread_ts=parent["ts"], subtype="thread_broadcast")
    page = visit(place=GENERAL.channel_id)
    shown = page.get_by_test_id("messages").get_by_role("article").last
    expect(shown).to_contain_text("replied to a thread: Who checks Guardian?")
    shown.get_by_role("button", name="Who checks Guardian?").click()
    thread = page.get_by_role("complementary", name="Thread")
    expect(thread.get_by_role("article")).to_have_count(2)
    expect(thread).not_to_contain_text("replied to a thread")


def test_what_is_for_one_person_in_a_thread_stays_in_it_and_is_not_counted(
    workspace: Workspace, visit: Visit
) -> None:
    parent = say(workspace, "Who checks Guardian?")
    say(workspace, "I do", AGENCY.user_id, thread_ts=parent["ts"])
    general = workspace.conversations.get("general")
    workspace.post_as_bot(general, {"text": "Only for Dana", "thread_ts": parent["ts"]}, AGENCY.user_id)
    page = visit(place=GENERAL.channel_id)
    expect(page.get_by_test_id("messages").get_by_role("article")).to_have_count(1)
    page.get_by_role("button", name="1 reply").click()
    private = page.get_by_test_id("thread-messages").locator("article.ephemeral")
    expect(private).to_contain_text("Only for Dana")
