"""A replica that does nothing but send employees, in a hurry. `python -m tests.replicas.sending DB URL NAME`.

With leases of a second and a half, what a killed one held is soon taken up by another.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta

from bot.clock import StoreClock
from bot.database import make_engine, make_sessions
from bot.jobs.employees import EmployeeSync
from services import outbox
from tests.plain_scim import PlainScim
from tests.platform import FakeHr, record
from tests.workforce import RULES

EMPLOYEES = 2000
LEASE = timedelta(seconds=1.5)
LANES = 4


def hr() -> FakeHr:
    """The same in every process."""
    made = FakeHr(marks=True)
    made.put(*(record(str(ref)) for ref in range(EMPLOYEES)))
    return made


def main(database: str, url: str, name: str) -> None:
    outbox.LEASE, outbox.LONGEST_CALL, outbox.MOST_WAIT_S = LEASE, LEASE / 3, 0.5
    engine = make_engine(database)
    clock = StoreClock(engine)
    clock.measure()
    lanes = {"at_once": LANES, "replica": name}
    sync = EmployeeSync(make_sessions(engine), clock, hr(), lambda: PlainScim(url), RULES, **lanes)
    while True:
        sync.send()
        sync.tell()
        time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
