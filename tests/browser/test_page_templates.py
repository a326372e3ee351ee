"""Every template on the page, with hostile text in its values: none of it becomes more than text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bot.sandbox.cast import AGENCY, GENERAL
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.blocks import identified
from handlers import TEMPLATES
from tests.browser.page_support import Visit
from tests.templates.recording import MARK

pytestmark = pytest.mark.browser

Json = dict[str, Any]
Rendered = dict[str, list[tuple[str, Json]]]  # by template: the kind of surface, and what is on it
ROOT = Path(__file__).parents[2]
MOST = 5  # renderings of one template, the longest first
TOGETHER = 40  # messages, of which the page draws the newest 80
# They show numbers, times, ids, words of our own, and sentences made elsewhere.
NOTHING_FOREIGN = {
    "alerts/message/undelivered",
    "employees/message/help",
    "messages/message/help",
    "channels/message/offer",
    "channels/message/route",
    "channels/message/sample",
    "channels/message/sample_sent",
    "status/message/help",
    "alerts/modal/note",
    "kit/modal/notice",
    "kit/modal/saved",
}

# What no text may become. In the hostile text `safe` and `go` are labels of links, and `x` that of a channel.
LOOK = """() => {
  const harmless = /^(https:|mailto:|data:image\\/|\\/static\\/|\\/files\\/|#)/;
  const addresses = ["href", "src", "srcdoc", "action", "formaction", "xlink:href", "data", "poster"];
  const foreign = ["script", "iframe", "style", "object", "embed", "base", "meta", "link"];
  const labels = { a: ["safe", "go"], button: ["#x"] };
  const found = [];
  for (const node of document.querySelectorAll("main *, dialog *")) {
    const { localName: name, textContent: words } = node;
    if (foreign.includes(name)) found.push(name);
    if (labels[name]?.includes(words)) found.push(`${name} “${words}”`);
    if (node.matches(".unlinked, [data-user=U0FOREIGN1]")) found.push(node.className);
    if (node.matches(".mention-broadcast") && words !== "@here") found.push(words);
    for (const { name: attribute, value } of node.attributes) {
      const leads = addresses.includes(attribute) && !harmless.test(value);
      if (leads || attribute.startsWith("on")) found.push(`${attribute}=${value}`);
    }
  }
  return window.harmed === undefined ? found : [...found, `harmed by ${window.harmed}`];
}"""


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """What tests/templates render of each template, with hostile values."""
    path = tmp_path_factory.mktemp("rendered") / "hostile.json"
    plugin = ("-q", "-p", "no:cacheprovider", "-p", "tests.templates.recording", "-n", "0", "tests/templates")
    environment = {**os.environ, "HOSTILE": str(path)}
    command = [sys.executable, "-m", "pytest", *plugin]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    by_template: Rendered = defaultdict(list)
    for template, kind, shown in sorted(json.loads(path.read_text()), key=lambda each: -len(str(each))):
        if MARK in json.dumps(shown) or template in NOTHING_FOREIGN:
            by_template[template].append((kind, shown))
    return {template: several[:MOST] for template, several in by_template.items()}


def templates() -> set[str]:
    paths = [path.relative_to(TEMPLATES) for path in TEMPLATES.rglob("*.json.j2")]
    return {
        str(path.parent if path.name == "blocks.json.j2" else path).removesuffix(".json.j2") for path in paths
    }


def test_every_template_is_rendered_with_hostile_text(rendered: Rendered) -> None:
    without = sorted(templates() - rendered.keys())
    assert not without, "tests/templates give these no value with words in it"


def those(rendered: Rendered, kind: str) -> list[Json]:
    return [shown for several in rendered.values() for one, shown in several if one == kind]


def test_hostile_text_in_a_message_stays_text(rendered: Rendered, workspace: Workspace, visit: Visit) -> None:
    page, general = visit(place=GENERAL.channel_id), workspace.conversations.get("general")
    for number, shown in enumerate(those(rendered, "message"), start=1):
        blocks = identified(shown["blocks"])
        last = workspace.post_as_bot(general, {"text": shown["text"], "blocks": blocks})
        if number % TOGETHER == 0:
            assert found(page, f"article[data-ts='{last['ts']}']") == []
    assert found(page, f"article[data-ts='{last['ts']}']") == []


def test_hostile_text_in_a_modal_stays_text(rendered: Rendered, workspace: Workspace, visit: Visit) -> None:
    page = visit(place=GENERAL.channel_id)
    for shown in those(rendered, "modal"):
        view = workspace.views.open(AGENCY.user_id, shown)
        assert found(page, f"dialog[data-view-id='{view['id']}']") == [], shown["title"]


def test_hostile_text_in_the_home_tab_stays_text(
    rendered: Rendered, workspace: Workspace, visit: Visit
) -> None:
    page = visit(place="home")
    for shown in those(rendered, "home"):
        view = workspace.views.publish(AGENCY.user_id, shown)
        assert found(page, f"[data-testid=home] [data-block-id='{view['blocks'][-1]['block_id']}']") == []


def found(page: Page, drawn: str) -> list[str]:
    """What should not be there, once the last of it is drawn."""
    expect(page.locator(drawn).first).to_be_attached()
    troubles: list[str] = page.evaluate(LOOK)
    return troubles


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("<!channel>", "@channel"),
        ("<https://example.com/|safe>", "a “safe”"),
        ("<@U0FOREIGN1>", "mention"),
        ("<javascript:x|go>", "unlinked"),
    ],
)
def test_text_that_is_not_escaped_is_found(
    workspace: Workspace, visit: Visit, text: str, trouble: str
) -> None:
    posted = workspace.post_as_bot(workspace.conversations.get("general"), {"text": text})
    assert found(visit(place=GENERAL.channel_id), f"article[data-ts='{posted['ts']}']") == [trouble]
