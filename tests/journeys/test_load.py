"""Many people at once: everybody is answered, once, and nobody is told to try again."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from bot.sandbox import cast
from bot.sandbox.world.carriers import CARRIERS
from tests.journeys.shown import EMPLOYERS, STATUS, room
from tests.journeys.whole import Whole, running

AT_ONCE = 50
ROUNDS = 3
TEXTS = ["", "help", "red", *EMPLOYERS.values(), *(f"harbor {carrier.name}" for carrier in CARRIERS)]


@pytest.fixture(params=["socket mode", "signed HTTP"])
def crowded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Whole]:
    with running(tmp_path, signed_http=request.param == "signed HTTP") as started:
        yield started


def test_fifty_different_commands_at_once_are_all_acknowledged(crowded: Whole) -> None:
    """How fast is the bench's to say: this machine may be doing something else."""
    watched = [crowded.acting(member) for member in cast.PEOPLE]
    answers = [answer for _ in range(ROUNDS) for answer in say_all_at_once(crowded)]
    acks = crowded.workspace.trace.entries("ack")
    assert all(answer["ok"] for answer in answers)
    assert len([ack for ack in acks if ack.ok]) == ROUNDS * AT_ONCE
    assert [notice for page in watched for notice in page.notices()] == []


def say_all_at_once(whole: Whole) -> list[dict[str, object]]:
    headers = {"X-Sandbox-Token": whole.stage.token}
    limits = httpx.Limits(max_connections=AT_ONCE)
    with (
        httpx.Client(
            base_url=whole.stage.server.url, headers=headers, trust_env=False, timeout=60, limits=limits
        ) as client,
        ThreadPoolExecutor(AT_ONCE) as people,
    ):

        def say(number: int) -> dict[str, object]:
            member, text = cast.PEOPLE[number % len(cast.PEOPLE)], TEXTS[number % len(TEXTS)]
            what = {"user": member.user_id, "channel": room(member.user_id), "text": f"{STATUS} {text}"}
            answer: dict[str, object] = client.post("/page/say", json=what).json()
            return answer

        return list(people.map(say, range(AT_ONCE)))
