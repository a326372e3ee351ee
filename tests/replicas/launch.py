"""The bot as `lastsync run` starts it, in a hurry: with leases of seconds, a killed replica is soon replaced.

Run as `python -m tests.replicas.launch [SKEW]`, with the settings in the environment. SKEW is by how many
seconds the machine's clock is wrong. Nothing of what is tested is replaced: the numbers are smaller.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from bot import app, clock
from bot.__main__ import main
from bot.slack import chat
from services import outbox
from services.cards import delivery
from services.channels import routing

CALL_SECONDS = 2  # what one call to Slack may take
LEASE = timedelta(seconds=6)


def hurry() -> None:
    app.CALL_SECONDS = chat.CALL_SECONDS = CALL_SECONDS
    outbox.LEASE = LEASE
    outbox.LONGEST_CALL = timedelta(seconds=3)
    delivery.PACE = timedelta(seconds=0.05)
    outbox.MOST_WAIT_S = 1.0
    delivery.PROBES, delivery.HOURLY = (timedelta(seconds=5),), timedelta(seconds=5)
    routing.GATHER = timedelta(seconds=1)


def skew(seconds: float) -> None:
    """Set this machine's clock wrong, as far as the bot's own time goes."""
    wrong = timedelta(seconds=seconds)
    clock.StoreClock.__init__.__kwdefaults__["machine"] = lambda: datetime.now(UTC) + wrong


if __name__ == "__main__":
    hurry()
    skew(float(sys.argv[1]) if len(sys.argv) > 1 else 0)
    sys.exit(main(["run"]))
