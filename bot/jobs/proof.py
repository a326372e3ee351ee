"""Each minute: is everybody shown what they should know? Only if so, somebody outside hears that we live."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from bot.telemetry import Metrics
from services import streams
from services.cards import proof as auditor
from services.cards.proof import Proof
from services.desk import Clock, Sessions
from services.errors import LastsyncError
from services.ports import Heartbeat

log = logging.getLogger(__name__)


class Audit:
    """Without a `heartbeat`, nobody is called. `proof` is None until the first run.

    `failing` are the jobs of this process that fail, as the operators read them.
    """

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        metrics: Metrics,
        heartbeat: Heartbeat | None,
        failing: Callable[[], Sequence[object]] = tuple,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._metrics = metrics
        self._heartbeat = heartbeat
        self._failing = failing
        self._may_be_told = True  # a process before this one may have said it, and died
        self.proof: Proof | None = None

    def run(self) -> int:
        """Return how many exceptions there are."""
        with self._sessions.read() as session:
            proof = auditor.prove(session, self._clock())
        if proof.gaps and (self.proof is None or proof.gaps != self.proof.gaps):
            log.warning("Not everything is shown as it should be: %s", " ".join(proof.gaps))
        self.proof = proof
        for name, count in proof.counts.items():
            self._metrics.gaps.labels(name).set(count)
        failing = self._failing()
        self._tell("; ".join(str(each) for each in failing))
        if proof.holds and not failing:
            self._beat()
        return sum(proof.counts.values())

    def _tell(self, failing: str) -> None:
        """Let the operators' card say which jobs fail. Another replica that goes on failing says it anew."""
        if not failing and not self._may_be_told:
            return
        with self._sessions.write() as session:
            if failing:
                streams.fail(session, streams.OWN, self._clock(), failing)
            else:
                streams.recover(session, streams.OWN)
        self._may_be_told = bool(failing)

    def trouble(self) -> str:
        return " ".join(self.proof.gaps) if self.proof else ""

    def close(self) -> None:
        if self._heartbeat is not None:
            self._heartbeat.close()

    def _beat(self) -> None:
        """A heartbeat that is not heard is the listener's alarm, and no reason to stop anything here."""
        if self._heartbeat is None:
            return
        try:
            self._heartbeat.beat()
        except LastsyncError as error:
            log.warning("%s", error.sentence)
