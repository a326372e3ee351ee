"""Resolutions on their way to the exchange, and messages that clear once a sync has proved them right."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from services import outbox, resolutions, settling
from services.desk import Clock, Sessions
from services.errors import LastsyncError
from services.models import Resolution
from services.ports import Exchange

MOST_GROUPS = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Resolver:
    """`settling` is how long after a sync the carrier may still send a message again."""

    sessions: Sessions
    clock: Clock
    exchange: Exchange
    replica: str
    settling: timedelta

    def send(self) -> int:
        """Tell the exchange what people decided; return how many resolutions were taken."""
        taken = 0
        for _ in range(MOST_GROUPS):
            # A name of its own for each claim: a thread that wakes too late holds no later claim's lease.
            by = f"{self.replica[:40]}/{uuid4().hex[:12]}"
            with self.sessions.write() as session:
                ids = outbox.claim(session, Resolution, self.clock(), by=by)
            if not ids:
                break
            taken += sum(self._send_one(resolution_id, by) for resolution_id in ids)
        return taken

    def settle(self) -> int:
        """Clear what the carriers did not send again; return how many messages."""
        cleared = 0
        for _ in range(MOST_GROUPS):
            with self.sessions.write() as session:
                found = settling.settle(session, self.clock(), self.settling)
            cleared += found
            if found < settling.SWEEP:
                break
        return cleared

    def _send_one(self, resolution_id: int, by: str) -> bool:
        with self.sessions.write() as session:
            order = resolutions.begin(session, resolution_id, self.clock(), by=by)
        if order is None:
            return False
        try:
            item = resolutions.send(self.exchange, order)
        except Exception as error:
            if not isinstance(error, LastsyncError):
                log.exception("Resolution %s failed", resolution_id)
            with self.sessions.write() as session:
                resolutions.settle_failed(session, resolution_id, self.clock(), by=by, error=error)
            return False
        with self.sessions.write() as session:
            resolutions.settle_sent(session, resolution_id, self.clock(), by=by, item=item)
        return True
