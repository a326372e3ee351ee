"""Templates in, Slack's JSON out: no value may become structure, and nothing that Slack refuses goes out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

import handlers
from handlers.kit.mrkdwn import Mrkdwn, at, clip, escape, mention, say
from handlers.kit.rendering import Renderer, Unshowable

SECTION = '[{"type": "section", "text": {"type": "mrkdwn", "text": {{ value }}}}]'


def renderer(folder: Path, blocks: str = SECTION, text: str = "{{ value }}") -> Renderer:
    place = folder / "story" / "message" / "it"
    place.mkdir(parents=True)
    (place / "blocks.json.j2").write_text(blocks)
    (place / "text.txt.j2").write_text(text)
    return Renderer(folder)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    return renderer(Path(tmp_path_factory.mktemp("templates")))


@given(value=st.text(min_size=1, max_size=500))
def test_any_text_is_one_json_string(plain: Renderer, value: str) -> None:
    [block] = plain.message("story/it", value=value).blocks
    assert block == {"type": "section", "text": {"type": "mrkdwn", "text": value}}


@given(value=st.text(max_size=300))
def test_no_text_can_mention_or_link_in_the_fallback(plain: Renderer, value: str) -> None:
    text = plain.message("story/it", value="x" + value).text
    assert "<" not in text
    assert ">" not in text


@given(value=st.text(max_size=300), name=st.text(max_size=50))
def test_what_is_put_into_a_pattern_loses_its_meaning(value: str, name: str) -> None:
    said = say("*{}* {name}", value, name=name)
    assert "<" not in said
    assert said == f"*{escape(value)}* {escape(name)}"


def test_mrkdwn_that_is_ours_keeps_its_meaning() -> None:
    assert say("{} by {}", "<b>", mention("U1")) == "&lt;b&gt; by <@U1>"


def test_braces_in_a_value_are_not_filled() -> None:
    assert say("{} and {}", "{1}", "two") == "{1} and two"


def test_a_moment_is_shown_in_the_readers_time_zone() -> None:
    moment = datetime(2026, 11, 18, 15, tzinfo=UTC)
    assert at(moment) == "<!date^1795014000^{date_short_pretty} at {time}|18 Nov 2026 15:00 UTC>"


@pytest.mark.parametrize(("text", "clipped"), [("abcd", "abcd"), ("abcde", "abc…")])
def test_what_is_too_long_is_cut_with_an_ellipsis(text: str, clipped: str) -> None:
    assert clip(text, 4) == clipped


def test_cutting_keeps_the_kind_of_text() -> None:
    assert isinstance(clip(Mrkdwn("<@U1>"), 20), Mrkdwn)
    assert not isinstance(clip("<@U1>", 20), Mrkdwn)


def test_a_null_in_a_list_is_dropped(tmp_path: Path) -> None:
    looping = '[{% for each in value %}{"type": "divider"}, {% endfor %} null]'
    assert renderer(tmp_path, looping).message("story/it", value=[1, 2]).blocks == [{"type": "divider"}] * 2


def test_a_missing_value_is_an_error_and_not_an_empty_place(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError):
        renderer(tmp_path, text="fine").message("story/it")


def test_what_slack_would_refuse_is_not_sent_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(Unshowable) as refused:
        renderer(tmp_path, text="fine").message("story/it", value="secret " * 500)
    assert "/blocks/0/text/text" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_markup_in_a_value_is_not_escaped_for_html(plain: Renderer) -> None:
    assert json.dumps(plain.message("story/it", value="Quill & Sons").blocks).count("Quill & Sons") == 1


def test_the_notice_takes_any_sentence() -> None:
    view = handlers.renderer().modal("kit/notice", sentence="x" * 5000)
    assert len(view["blocks"][0]["text"]["text"]) == 3000
