"""A whole Lastsync before an exchange that lies: all is answered, all is read, and each lie is counted."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox import cast
from services.store.exchange import CarrierMessage, Integration, Reading, SetAsideItem
from tests.journeys import liar
from tests.journeys.shown import said
from tests.journeys.whole import Whole, running


@pytest.fixture
def lied_to(tmp_path: Path) -> Iterator[Whole]:
    with liar.lying() as url, running(tmp_path, exchange_url=url) as started:
        yield started


COMMANDS = ("/carrier-status", "/carrier-messages", "/carrier-messages failures", "/carrier-alerts")


def test_an_exchange_that_lies_stops_nothing_and_each_lie_is_counted(lied_to: Whole) -> None:
    agency = lied_to.acting(cast.AGENCY)
    for command in COMMANDS:
        agency.command(command)
    acks = lied_to.workspace.trace.entries("ack")
    assert [ack.ok for ack in acks] == [True] * len(COMMANDS)

    streams = {each.stream: each for each in lied_to.all(Reading)}
    for kind in liar.TRUE:
        assert streams[kind].read_at is not None
        assert streams[kind].failing_since is None
    true = [each for each in lied_to.all(Integration) if re.fullmatch(r"int_\d+", each.ref)]
    assert len(true) == liar.TRUE_ONES
    messages = [each for each in lied_to.all(CarrierMessage) if re.fullmatch(r"msg_\d+", each.ref)]
    assert len(messages) == liar.TRUE_ONES

    counted = lied_to.all(SetAsideItem)
    for kind in liar.TRUE:
        times = sum(each.times for each in counted if each.stream == kind)
        assert times >= liar.unreadable(kind), sorted({each.ref for each in counted if each.stream == kind})
    agency.open_home()
    agency.wait_for(lambda: "could not be read and set aside" in said(agency.home()))
    home = said(agency.home())
    assert [each.reason for each in counted if each.reason not in home] == []

    assert "Traceback" not in lied_to.log.getvalue()
    kept = "\n".join(sqlite3.connect(lied_to.store).iterdump())
    for place in (kept, lied_to.log.getvalue(), str(lied_to.cards())):
        assert liar.SSN not in place
        assert "ana.lee@" not in place
