"""An employee's life, in any order of what HR, people, the platform and a dying replica may do."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.database import make_engine, make_sessions, migrate
from services.employees import batches
from services.employees.listing import State
from services.errors import Doubtful, Invalid, MovedOn, Refused, Unavailable
from services.ports import SetAside
from services.store.employees import Attempt, Batch, Employee
from tests.outside import Killed
from tests.rows import Clock
from tests.workforce import ADMIN, Workforce

REFS = ("1001", "1002", "1003")
_TROUBLES = (
    Killed(), Doubtful("No answer came."), Unavailable("It does not answer."), ValueError("garbage"),
)  # fmt: skip


class EmployeesLive(RuleBasedStateMachine):
    """`worked`: what the accounts were like when the employee's newest attempt was Successful."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.engine = make_engine(f"sqlite:///{Path(self.folder.name) / 'life.db'}")
        migrate(self.engine)
        self.workforce = Workforce(make_sessions(self.engine), Clock())
        self.linked: dict[str, str] = {}

    @initialize(begun=st.booleans())
    def hire(self, begun: bool) -> None:  # noqa: FBT001
        self.workforce.platform.add("worker1002@harbor.example")
        self.workforce.hire(3)
        self.workforce.read()
        if begun:
            self.workforce.sync_all()

    @rule(ref=st.sampled_from(REFS), title=st.sampled_from(["Dr", "Ms", "Duchess", None]))
    def hr_changes(self, ref: str, title: str | None) -> None:
        self._hr(ref, title=title)

    @rule(ref=st.sampled_from(REFS), days=st.sampled_from([None, -1, 0, 2]))
    def hr_notes_a_leave_date(self, ref: str, days: int | None) -> None:
        today = self.workforce.clock().date()
        self._hr(ref, leave_date=None if days is None else today + timedelta(days=days))

    @rule(ref=st.sampled_from(REFS), other=st.sampled_from(REFS))
    def hr_moves_an_address(self, ref: str, other: str) -> None:
        self._hr(ref, email=f"worker{other}@harbor.example")

    @rule(ref=st.sampled_from(REFS))
    def hr_loses_or_finds(self, ref: str) -> None:
        rows = self.workforce.hr.rows
        kept = {key: each for key, each in rows.items() if key.ref != ref}
        self.workforce.hr.rows = kept
        if len(kept) == len(rows):
            self.workforce.hire(1, first=int(ref))
            self.workforce.hr.aside = [each for each in self.workforce.hr.aside if each.ref != f"emp_1/{ref}"]

    @rule(ref=st.sampled_from(REFS))
    def hr_garbles_a_row_or_mends_it(self, ref: str) -> None:
        hr, bad = self.workforce.hr, SetAside(f"emp_1/{ref}", "line 2: date of birth: is no date")
        if bad in hr.aside:
            hr.aside.remove(bad)
            self.workforce.hire(1, first=int(ref))
        else:
            hr.aside.append(bad)
            hr.rows = {key: each for key, each in hr.rows.items() if key.ref != ref}

    @rule()
    def hr_is_read(self) -> None:
        self.workforce.read()

    @rule(state=st.sampled_from(list(State)))
    def somebody_presses_sync(self, state: State) -> None:
        try:
            self.workforce.start(state=state)
        except (Invalid, MovedOn):
            return

    @rule(ref=st.sampled_from(REFS), level=st.sampled_from(["Standard", "Executive", None]))
    def somebody_assigns_a_level(self, ref: str, level: str | None) -> None:
        if self.workforce.history(ref).line.state is State.IN_PROGRESS:
            return
        chosen = self.workforce.tick(ref)
        self.workforce.desk.do(ADMIN, batches.assign_level, chosen.id, level)

    @rule(ref=st.sampled_from(REFS))
    def somebody_tries_again(self, ref: str) -> None:
        if self.workforce.history(ref).newest_id is None:
            return
        try:
            self.workforce.try_again(ref)
        except Refused:
            return

    @rule()
    def a_replica_sends(self) -> None:
        self.workforce.send()
        self.workforce.tell()

    @rule(
        trouble=st.sampled_from(_TROUBLES),
        operation=st.sampled_from(["find", "post", "patch"]),
        late=st.booleans(),
    )
    def a_replica_sends_in_trouble(self, trouble: BaseException, operation: str, late: bool) -> None:  # noqa: FBT001
        def strike(what: str, _email: str) -> None:
            if what == operation:
                raise trouble

        platform = self.workforce.platform
        setattr(platform, "after" if late else "before", strike)
        try:
            self.workforce.send()
        except Killed:
            pass
        finally:
            platform.before = platform.after = lambda *_: None

    @rule(minutes=st.sampled_from([1, 5, 60 * 24 * 3]))
    def time_goes_on(self, minutes: int) -> None:
        self.workforce.clock.forward(minutes=minutes)

    @rule(ref=st.sampled_from(REFS))
    def somebody_leaves(self, ref: str) -> None:
        self._hr(ref, leave_date=self.workforce.clock().date() + timedelta(days=1))
        self.workforce.read()
        self.workforce.finish()
        self.workforce.clock.forward(days=2)

    def teardown(self) -> None:
        try:
            self._calm_comes()
        finally:
            self.engine.dispose()
            self.folder.cleanup()

    def _calm_comes(self) -> None:
        """With nothing failing any more, whoever can be sent has what HR has, and nobody waits for ever."""
        self.workforce.clock.forward(minutes=10)
        for _ in range(2):
            self.workforce.read()
            self.workforce.finish()
        assert self.workforce.counts().in_progress == 0
        for employee in self.workforce.all(Employee):
            if employee.account_id and self.workforce.history(employee.ref).line.state is State.SUCCESSFUL:
                self._agrees(employee)
        assert all(each.ended_at or not each.total for each in self._batches_told())

    @invariant()
    def an_account_once_linked_stays(self) -> None:
        for each in self.workforce.all(Employee):
            if each.account_id:
                assert self.linked.setdefault(each.ref, each.account_id) == each.account_id
        assert len(set(self.linked.values())) == len(self.linked)

    @invariant()
    def nobody_has_two_accounts(self) -> None:
        accounts = self.workforce.platform.accounts.values()
        keys = [each.key for each in accounts if each.key]
        assert len(keys) == len(set(keys))
        assert len(self.workforce.platform.accounts) <= len(REFS) + 1

    @invariant()
    def everybody_has_one_newest_attempt_and_it_is_the_last(self) -> None:
        last: dict[int, Attempt] = {}
        for each in self.workforce.all(Attempt):
            last[each.employee_id] = each
        newest = {each.employee_id: each.id for each in self.workforce.all(Attempt) if each.newest}
        assert newest == {employee_id: each.id for employee_id, each in last.items()}

    @invariant()
    def an_attempt_is_due_while_it_is_in_progress_and_only_then(self) -> None:
        for each in self.workforce.all(Attempt):
            assert (each.due_at is not None) == (each.state == State.IN_PROGRESS)
            assert (each.finished_at is None) == (each.state == State.IN_PROGRESS)
            assert (each.origin is not None) == (each.state == State.FAILED)

    def _hr(self, ref: str, **changed: object) -> None:
        if any(key.ref == ref for key in self.workforce.hr.rows):
            self.workforce.hr.change(ref, **changed)

    def _agrees(self, employee: Employee) -> None:
        account = self.workforce.platform.accounts[employee.account_id or ""]
        record = next((each for key, each in self.workforce.hr.rows.items() if key.ref == employee.ref), None)
        if record is None or record.email is None:
            return
        left = employee.leave_date is not None and employee.leave_date < self.workforce.clock().date()
        assert account.active == (not left)
        if left:
            return  # to close an account takes nothing else
        assert account.email == record.email.reveal()
        assert account.package == self.workforce.rules.package(employee.level)

    def _batches_told(self) -> list[Batch]:
        self.workforce.clock.forward(minutes=1)
        self.workforce.tell()
        return self.workforce.all(Batch)


TestEmployeesLive = EmployeesLive.TestCase
TestEmployeesLive.settings = settings(max_examples=20, stateful_step_count=20)
