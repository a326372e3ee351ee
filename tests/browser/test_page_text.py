"""mrkdwn is read as Slack reads it, and text never becomes markup."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.sandbox.cast import AGENCY, GENERAL, HARBOR
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace, build_app
from tests.browser.page_support import Opener, Visit

pytestmark = pytest.mark.browser

_DRAW = """async ([module, name, text]) => {
  const { [name]: draw } = await import(`/static/js/${module}.js`);
  const box = document.createElement("div");
  box.append(...draw(text));
  return box.innerHTML;
}"""
Draw = Callable[..., str]


@pytest.fixture(scope="module")
def draw(browser: Browser) -> Iterator[Draw]:
    """The HTML that the page's modules make of a text. Dates are told for the agency user."""
    workspace = Workspace()
    with SandboxServer(build_app(workspace)) as server:
        page = browser.new_page()
        page.goto(f"{server.url}/?token={workspace.session_token}")
        page.get_by_test_id("channel-pane").wait_for()
        yield partial(_drawn, page)
        page.close()


def _drawn(page: Page, text: str, module: str = "mrkdwn", name: str = "mrkdwn") -> str:
    drawn: str = page.evaluate(_DRAW, [module, name, text])
    return drawn


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("*bold* _italic_ ~gone~", "<strong>bold</strong> <em>italic</em> <s>gone</s>"),
        ("*_both_*", "<strong><em>both</em></strong>"),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
        ("* not bold *", "* not bold *"),
        ("`*as it is*`", "<code>*as it is*</code>"),
        ("a &lt;b&gt; &amp; c", "a &lt;b&gt; &amp; c"),
        ("&amp;lt; stays escaped once", "&amp;lt; stays escaped once"),
        ("&gt; said\nanswered", "<blockquote>said</blockquote>answered"),
        ("• one\n• two", '<ul class="bullets"><li>one</li><li>two</li></ul>'),
        ("- not a list in mrkdwn", "- not a list in mrkdwn"),
        ("```\nas it *is*\n```", "<pre><code>as it *is*</code></pre>"),
        ("an ``` unclosed fence", "an ``` unclosed fence"),
        (":not_an_emoji: 12:30:45", ":not_an_emoji: 12:30:45"),
        ("<!here>", '<span class="mention mention-broadcast">@here</span>'),
    ],
)
def test_mrkdwn(draw: Draw, text: str, drawn: str) -> None:
    assert draw(text) == drawn


@pytest.mark.parametrize(
    "address", ["https://example.com/a?b=1", "mailto:dana@example.com", "http://127.0.0.1:8/x"]
)
def test_an_address_that_may_be_opened_is_a_link(draw: Draw, address: str) -> None:
    link = draw(f"<{address}|open>")
    assert f'href="{address}"' in link
    assert 'rel="noopener noreferrer"' in link


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "http://example.com",
        "http://127.0.0.1.evil.example/",
        "vbscript:x",
        "blob:https://example.com/x",
    ],
)
def test_any_other_address_is_only_text(draw: Draw, address: str) -> None:
    assert "<a " not in draw(f"<{address}|open>")
    assert "<a " not in draw(f"[open]({address})", "markdown", "markdown")


def test_mentions_are_names(draw: Draw) -> None:
    drawn = draw(f"<@{AGENCY.user_id}> in <#{HARBOR.channel_id}|x> and <@U0NOBODY>")
    assert f"@{AGENCY.real_name}" in drawn
    assert f"#{HARBOR.name}" in drawn
    assert "@U0NOBODY" in drawn


def test_a_mentioned_channel_opens(workspace: Workspace, visit: Visit) -> None:
    channel = workspace.conversations.get("general")
    workspace.post_as_bot(channel, {"text": f"See <#{HARBOR.channel_id}|{HARBOR.name}>"})
    page = visit(place=GENERAL.channel_id)
    page.get_by_test_id("messages").get_by_role("button", name=f"#{HARBOR.name}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(HARBOR.name)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("{date_num}", "2025-01-31"),
        ("{date}", "January 31st, 2025"),
        ("{date_short} at {time}", "Jan 31, 2025 at 6:30 PM"),
        ("{date_long}", "Friday, January 31st, 2025"),
        ("due {date_pretty}", "due January 31st, 2025"),
        ("{unknown} {time_secs}", "{unknown} 6:30:00 PM"),
    ],
)
def test_a_date_is_told_in_the_persons_own_time_zone(draw: Draw, pattern: str, words: str) -> None:
    assert f">{words}</time>" in draw(f"<!date^1738366200^{pattern}|fallback>")


def test_a_date_that_is_none_shows_its_fallback(draw: Draw) -> None:
    assert ">last week</time>" in draw("<!date^soon^{date}|last week>")


def test_the_same_moment_reads_differently_for_another_person(workspace: Workspace, visit: Visit) -> None:
    channel = workspace.conversations.get("general")
    workspace.post_as_bot(channel, {"text": "<!date^1738366200^{time}|then>"})
    page = visit(place=GENERAL.channel_id)
    expect(page.get_by_test_id("messages").get_by_text("6:30 PM")).to_be_visible()
    page.get_by_label("Acting as").select_option(label="Marcus Oyelaran, Broker")
    expect(page.get_by_test_id("messages").get_by_text("5:30 PM")).to_be_visible()


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        ("# Big", '<h3 class="md-h1" dir="auto">Big</h3>'),
        ("**bold** *it* ~~no~~", '<p dir="auto"><strong>bold</strong> <em>it</em> <s>no</s></p>'),
        ("1. one\n2. two", '<ol><li dir="auto">one</li><li dir="auto">two</li></ol>'),
        ("- a\n  - b", '<ul><li dir="auto">a<ul><li dir="auto">b</li></ul></li></ul>'),
        ("> quoted", '<blockquote><p dir="auto">quoted</p></blockquote>'),
        ("```py\nx = 1\n```", "<pre><code>x = 1</code></pre>"),
        ("<b>no</b>", '<p dir="auto">&lt;b&gt;no&lt;/b&gt;</p>'),
        ("---", "<hr>"),
    ],
)
def test_markdown(draw: Draw, source: str, drawn: str) -> None:
    assert draw(source, "markdown", "markdown") == drawn


HOSTILE = [
    "<img src=x onerror=window.harmed=1>",
    '"><script>window.harmed=1</script>',
    "<!date^1738366200^{date}^javascript:window.harmed=1|x>",
    '<https://example.com/"onmouseover="window.harmed=1|x>',
    "*<svg onload=window.harmed=1>* `<script>` &lt;iframe srcdoc=x&gt;",
    "\u202egnp.exe :boom: ```<style>*{display:none}</style>```",
]


def _everywhere(text: str) -> list[dict[str, object]]:
    plain = {"type": "plain_text", "text": text}
    mrkdwn = {"type": "mrkdwn", "text": text}
    option = {"text": plain, "value": text}
    run = {"type": "text", "text": text}
    cell = {"type": "raw_text", "text": text}
    segments = [{"label": text, "value": 1}]
    blocks: list[dict[str, object]] = [
        {"type": "section", "text": mrkdwn, "fields": [mrkdwn, plain]},
        {"type": "header", "text": plain},
        {"type": "context", "elements": [mrkdwn, {"type": "image", "image_url": text, "alt_text": text}]},
        {"type": "actions", "elements": [{"type": "button", "text": plain, "action_id": text, "url": text}]},
        {"type": "actions", "elements": [{"type": "static_select", "options": [option], "action_id": "s"}]},
        {"type": "actions", "elements": [{"type": "checkboxes", "options": [option], "action_id": "c"}]},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [run]}]},
        {"type": "markdown", "text": text},
        {"type": "table", "rows": [[cell], [cell]]},
        {"type": "data_table", "caption": text, "rows": [[cell], [cell]]},
        {"type": "data_visualization", "title": text, "chart": {"type": "pie", "segments": segments}},
        {"type": "card", "title": plain, "body": mrkdwn, "subtext": mrkdwn},
        {"type": text},
    ]
    return [{"block_id": f"{number}{text}", **block} for number, block in enumerate(blocks)]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_in_every_place(workspace: Workspace, visit: Visit, text: str) -> None:
    channel = workspace.conversations.get("general")
    workspace.post_as_bot(channel, {"text": text})
    workspace.post_as_bot(channel, {"text": text, "username": text, "blocks": _everywhere(text)})
    page = visit(place=GENERAL.channel_id, lenient=True)
    message = page.get_by_test_id("messages").locator("[data-ts]").last
    expect(message.locator("[data-block]")).to_have_count(13)
    foreign = message.locator(
        "script, iframe, style, img:not([src^='https:']), [onerror], [onload], [onmouseover]"
    )
    expect(foreign).to_have_count(0)
    expect(message.locator("a[href^='javascript']")).to_have_count(0)
    assert page.evaluate("window.harmed") is None


def test_the_page_is_refused_without_its_token(open_page: Opener, server: SandboxServer) -> None:
    expect(open_page(server.url).locator("body")).to_contain_text("Open the address that")
