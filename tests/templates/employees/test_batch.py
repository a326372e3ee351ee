"""The card of a batch: progress, then the summary."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from handlers import renderer
from services.employees.cards import BatchCard

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
RUNNING = BatchCard(
    batch_id=7,
    version=3,
    because="sync",
    level=None,
    total=1200,
    successful=290,
    failed=10,
    in_progress=900,
    linked=40,
    created=250,
    updated=0,
    closed=0,
    reasons=(("missing", "date_of_birth", 6), ("email_taken", "email", 4)),
    stuck=0,
    asked_by="U0AGENCY01",
    asked_at=NOW,
    rate=60.0,
    time_left=timedelta(seconds=15),
)


def shown(facts: BatchCard) -> str:
    message = renderer().card(facts)
    return message.text + json.dumps(message.blocks, ensure_ascii=False)


def test_while_it_runs_it_shows_a_bar_the_count_the_rate_and_the_time_left() -> None:
    text = shown(RUNNING)
    assert "300 of 1,200 employees sent" in text
    assert "█████░" in text
    assert "15 seconds left" in text
    assert "date of birth" in text


def test_the_summary_tells_linked_and_created_apart() -> None:
    ended = replace(RUNNING, ended_at=NOW, successful=1190, in_progress=0, created=1150)
    text = shown(ended)
    assert "1,190 Successful, 10 Failed" in text
    assert "40 linked" in text
    assert "1,150 created" in text


def test_what_the_rest_waits_for_and_who_is_stuck_are_said() -> None:
    text = shown(replace(RUNNING, waiting_for="The Benefits platform <does> not answer.", stuck=313))
    assert "The Benefits platform &lt;does&gt; not answer." in text
    assert "313" in text
