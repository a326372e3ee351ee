"""The newest revision is read from file names, so that a running bot need not load Alembic."""

from __future__ import annotations

import subprocess
import sys

from alembic.config import Config
from alembic.script import ScriptDirectory

from bot import database


def test_the_newest_file_is_alembics_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(database._MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [database.head()]


def test_a_running_bot_loads_neither_alembic_nor_the_sandbox() -> None:
    code = "import sys, bot.__main__; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = loaded.stdout.split()
    assert "bot.app" in names
    assert [each for each in names if each.startswith(("alembic", "aiohttp", "bot.sandbox"))] == []
