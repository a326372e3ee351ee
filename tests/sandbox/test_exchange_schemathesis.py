"""The sandbox exchange keeps the contract, as schemathesis sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.sandbox.exchange import routes
from bot.sandbox.server import SandboxServer
from bot.sandbox.world.faults import Faults
from bot.sandbox.world.world import World

HERE = Path(__file__).parent
CONTRACT = HERE.parents[1] / "docs" / "exchange-api.yaml"


def test_the_sandbox_exchange_keeps_the_contract(tmp_path: Path) -> None:
    now = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
    app = routes(World(7, now), Faults(), "s3cret", clock=lambda: now, tick_seconds=None)
    (tmp_path / "schemathesis.toml").write_text('[auth.openapi.token]\nbearer = "s3cret"\n')
    with SandboxServer(app) as server:
        run = subprocess.run(
            [
                str(Path(sys.executable).parent / "schemathesis"),
                *("run", str(CONTRACT), "--url", server.url),
                *("--max-examples", "15", "--seed", "7", "--generation-deterministic", "--no-color"),
            ],
            cwd=tmp_path,
            env=os.environ | {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(HERE)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 0, run.stdout + run.stderr
