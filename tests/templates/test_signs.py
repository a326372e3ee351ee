"""The signs in what the bot says: the local workspace draws them, since a machine may have no font for it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DRAWINGS = ROOT / "bot/sandbox/workspace/static/js/emoji_drawings.js"
SAID = [*(ROOT / "templates").rglob("*.j2"), *(ROOT / "handlers").rglob("phrases.py")]
SIGN = re.compile("[\u23e9-\u23ff\u25a0-\u2bff\u21a9\u21aa\U0001f300-\U0001faff]")


def test_the_local_workspace_draws_every_sign_that_the_bot_uses() -> None:
    drawings = DRAWINGS.read_text(encoding="utf-8")
    used = {sign for path in SAID for sign in SIGN.findall(path.read_text(encoding="utf-8"))}
    assert used
    assert {sign for sign in used if f'"{sign}"' not in drawings} == set()
