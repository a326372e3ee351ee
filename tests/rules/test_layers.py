"""The layer contract in pyproject.toml leaves no module out."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_service_but_the_connectors_is_kept_from_speaking_http() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    named = next(each for each in contracts if each["name"] == "Only connectors speak HTTP")["source_modules"]
    code = (path for path in (ROOT / "services").iterdir() if path.suffix in {"", ".py"})
    inside = {path.stem for path in code} - {"__init__", "__pycache__", "connectors"}
    assert sorted(named) == sorted(f"services.{name}" for name in inside)
