"""A store with an HR system and a Benefits platform beside it, people with roles, and replicas that sync."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.jobs.employees import EmployeeSync
from services.access import Actor
from services.desk import Desk, Sessions
from services.employees import batches, history, listing, selections
from services.employees.batches import Started
from services.employees.history import EmployeeView
from services.employees.listing import Counts, Filters, State
from services.employees.selections import Chosen
from services.employees.validation import Rules
from services.store.employees import Attempt, Employee
from tests.platform import FakeHr, FakePlatform, record
from tests.rows import Clock, Rows

ADMIN = "U0ADMIN"
BROKER = "U0BROKER"
READER = "U0READER"
HR_ADMIN = "U0HRADMIN"
NOBODY = "U0NOBODY"
RULES = Rules.load()

P = ParamSpec("P")
Result = TypeVar("Result")


class Workforce(Rows):
    """`employer_id` is the employer of `platform.record`'s records, `elsewhere` another one."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        super().__init__(sessions, clock.at)
        self.clock, self.hr, self.platform, self.rules = clock, FakeHr(), FakePlatform(), RULES
        self.employer_id, self.elsewhere = self.employer(), self.employer("Quill & Sons")
        self.person(BROKER, "broker", self.employer_id)
        self.person(READER, "read_only", self.employer_id)
        self.person(HR_ADMIN, "employer", self.employer_id)

    @property
    def desk(self) -> Desk:
        return Desk(self.sessions, self.clock, frozenset({ADMIN}))

    @contextmanager
    def replica(self, name: str = "one", at_once: int = 1) -> Iterator[EmployeeSync]:
        connect = self.platform.connect
        made = {"at_once": at_once, "replica": name}
        sync = EmployeeSync(self.sessions, self.clock, self.hr, connect, self.rules, **made)
        try:
            yield sync
        finally:
            sync.close()

    def hire(self, number: int, first: int = 1001, **columns: Any) -> None:
        self.hr.put(*(record(str(ref), **columns) for ref in range(first, first + number)))

    def read(self) -> int:
        with self.replica() as sync:
            return sync.read()

    def send(self) -> int:
        with self.replica() as sync:
            return sync.send()

    def tell(self) -> int:
        with self.replica() as sync:
            return sync.tell()

    def finish(self, minutes: int = 60) -> None:
        """Let the time go on and a replica work until nobody is In progress."""
        with self.replica() as sync:
            for _ in range(minutes * 6):
                sync.send()
                sync.tell()
                if not self.counts().in_progress:
                    return
                self.clock.forward(seconds=10)
        raise AssertionError("some are still in progress")

    def everyone(self, user_id: str = ADMIN, state: State = State.NOT_SYNCING, **filters: Any) -> Chosen:
        chosen = Filters(state=state, **filters)
        return self.desk.do(user_id, selections.choose, chosen, everyone=True)

    def tick(self, *refs: str, user_id: str = ADMIN) -> Chosen:
        ids = [self.id(ref) for ref in refs]
        return self.desk.do(user_id, selections.choose, Filters(), ids)

    def start(self, user_id: str = ADMIN, state: State = State.NOT_SYNCING, **filters: Any) -> Started:
        chosen = self.everyone(user_id, state, **filters)
        return self.desk.do(user_id, batches.start, chosen.id)

    def sync_all(self) -> None:
        """Read HR, press Sync for everyone, and wait for the end."""
        self.read()
        self.start()
        self.finish()

    def ask(
        self,
        use_case: Callable[Concatenate[Session, Actor, Any, P], Result],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Result:
        return self.desk.ask(ADMIN, use_case, *args, **kwargs)

    def counts(self) -> Counts:
        return self.ask(listing.page).counts

    def history(self, ref: str = "1001") -> EmployeeView:
        return self.ask(history.view, self.id(ref))

    def try_again(self, ref: str = "1001", user_id: str = ADMIN) -> Started:
        newest_id = self.history(ref).newest_id
        assert newest_id is not None
        return self.desk.do(user_id, batches.try_again, self.id(ref), newest_id)

    def id(self, ref: str) -> int:
        return self.one(Employee, ref=ref).id

    def states(self) -> dict[str, str]:
        """The state of the newest attempt, by HR's number."""
        query = select(Employee.ref, Attempt.state).join(Attempt, Attempt.employee_id == Employee.id)
        with self.sessions.read() as session:
            return {row.ref: row.state for row in session.execute(query.where(Attempt.newest))}

    def outcomes(self) -> Counter[str]:
        return Counter(each.outcome or each.state for each in self.all(Attempt))

    def operations(self, refs: Sequence[str] = ()) -> list[str]:
        """What the platform was asked, of those refs or of all."""
        emails = {f"worker{ref}@harbor.example" for ref in refs}
        return [what for what, email in self.platform.calls if not refs or email in emails]
