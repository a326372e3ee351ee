from __future__ import annotations

from dataclasses import replace

import pytest

from services.status.diagnosis import Case, diagnose
from tests.services.cases import (
    CASE,
    DAY,
    FIRST_AWAITED,
    HOUR,
    IN_TRANSIT,
    LATE,
    LOST,
    MESSAGE,
    MISSED,
    NEVER_ON,
    NOW,
    ON_TUESDAYS,
    WARNING,
    came_back,
    disabled,
    never_synced,
    pending,
    silent,
    with_messages,
)


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        (pending(23 * DAY), "Pending, day 23 of 60: Guardian has not activated it yet."),
        (pending(HOUR), "Pending: Guardian has not activated it yet."),
        (pending(70 * DAY), "Pending for 70 days: Guardian should have activated it within 60."),
        (disabled("person"), "Turned off by hand on Tuesday, 17 November: nothing is sent to Guardian."),
        (
            disabled("inactivity"),
            "Turned off for inactivity on Tuesday, 17 November: nothing is sent to Guardian.",
        ),
        (disabled(None), "Turned off on Tuesday, 17 November: nothing is sent to Guardian."),
        (
            CASE,
            (
                "Nothing is wrong: Guardian usually syncs on Tuesdays around 06:00; "
                "the next is expected on Tuesday, 24 November."
            ),
        ),
        (
            replace(CASE, expectation=replace(ON_TUESDAYS, next_at=NOW - HOUR)),
            (
                "Nothing is wrong: Guardian usually syncs on Tuesdays around 06:00; "
                "the next may come any time now."
            ),
        ),
        (
            replace(CASE, expectation=replace(FIRST_AWAITED, due_at=NOW + DAY)),
            "Nothing is wrong: Guardian last synced 3 days ago; its habit is not known yet.",
        ),
        (
            MISSED,
            (
                "One expected sync did not come, which happens: Guardian usually syncs on Tuesdays "
                "around 06:00; the next is expected on Tuesday, 24 November."
            ),
        ),
        (LATE, "Late: Guardian usually syncs on Tuesdays around 06:00, and the last sync was 3 days ago."),
        (LOST, "Stopped: Guardian used to sync on Tuesdays around 06:00, and the last sync was 3 days ago."),
        (never_synced(5 * DAY), "Active for 5 days, and the first sync has not come yet."),
        (never_synced(HOUR), "Newly Active, and the first sync has not come yet."),
        (never_synced(30 * DAY), "Active for 30 days, and not one sync has come."),
        (
            with_messages(came_back(9 * DAY)),
            "A resolved message came back: 9 days after the resolution, Guardian still disagrees.",
        ),
        (
            with_messages(came_back(5 * DAY)),
            "A resolved message came back, but the resolution is only 5 days old.",
        ),
        (
            with_messages(came_back(5 * DAY, returns=3), came_back(5 * DAY, returns=2)),
            "2 resolved messages came back 3 times: resolving alone does not settle it.",
        ),
        (
            with_messages(came_back(30 * DAY, cycles=4)),
            "A resolved message stays open through sync after sync: resolving alone does not settle it.",
        ),
        (
            with_messages(IN_TRANSIT),
            "A resolved message cannot clear yet: Guardian has not synced since the resolution 24 hours ago.",
        ),
        (
            with_messages(MESSAGE, replace(MESSAGE, kind="birth_date_mismatch")),
            "2 open Failures may keep Guardian from taking updates: SSN discrepancy and birth date mismatch.",
        ),
        (
            with_messages(replace(MESSAGE, received_at=NOW - 30 * DAY)),
            "A Failure has been open for 30 days, and may keep Guardian from taking updates.",
        ),
    ],
)
def test_the_sentence_names_numbers_and_days(case: Case, sentence: str) -> None:
    assert diagnose(case, NOW).sentence == sentence


@pytest.mark.parametrize(
    ("case", "advised"),
    [
        (pending(23 * DAY), "by hand"),
        (pending(61 * DAY), "Contact the Account Manager"),
        (pending(61 * DAY), "by hand"),
        (disabled("person"), "turn it on and enter the group number again"),
        (disabled("inactivity"), "by hand"),
        (NEVER_ON, "Turn it on with the group number"),
        (replace(CASE, change_queued="deactivate"), "by hand again"),
        (CASE, "Wait until Tuesday, 24 November."),
        (MISSED, "It is late if nothing has come by Saturday, 21 November."),
        (silent(due=-5 * DAY, lost=-8 * DAY, missed=1), "It is late if that sync is missed too."),
        (LATE, "verify the group number"),
        (LATE, "if nothing has come by Friday, 27 November, contact the Operations Team"),
        (LOST, "contact the Operations Team"),
        (never_synced(5 * DAY), "Wait until Sunday, 6 December."),
        (never_synced(5 * DAY), "verify the group number"),
        (never_synced(30 * DAY), "contact the Operations Team"),
        (with_messages(IN_TRANSIT), "Wait until Tuesday, 24 November. The correction goes then."),
        (with_messages(came_back(3 * DAY)), "Wait until Tuesday, 24 November."),
        (with_messages(came_back(9 * DAY)), "resolve it again"),
        (with_messages(came_back(9 * DAY, returns=2)), "Contact the Operations Team"),
        (with_messages(MESSAGE), "Resolve the Failures first"),
        (with_messages(replace(MESSAGE, received_at=NOW - 30 * DAY)), "contact the Operations Team"),
    ],
)
def test_the_advice_is_the_seeds_solution(case: Case, advised: str) -> None:
    assert advised in diagnose(case, NOW).advice


@pytest.mark.parametrize(
    ("case", "line"),
    [
        (pending(23 * DAY), "Turned on Wednesday, 28 October."),
        (disabled("person"), "Last sync 3 days ago, on Tuesday, 17 November."),
        (CASE, "Last sync 3 days ago, on Tuesday, 17 November."),
        (
            replace(CASE, last_sync_at=NOW - 92 * HOUR, syncs=()),
            "Last sync 4 days ago, on Monday, 16 November.",
        ),
        (LATE, "2 expected syncs did not come."),
        (never_synced(5 * DAY), "No sync since it became Active on Sunday, 15 November."),
        (with_messages(MESSAGE), "1 open Failure (SSN discrepancy), the oldest for 3 days."),
        (with_messages(WARNING), "1 open Warning (name spelling); Warnings do not block."),
        (
            with_messages(*(replace(WARNING, kind=kind) for kind in ("a", "b", "c", "d", "e", "a"))),
            "6 open Warnings (a, b, c and 2 more); Warnings do not block.",
        ),
        (
            with_messages(replace(MESSAGE, assignee="middleware")),
            "1 message with the middleware: nothing to do here.",
        ),
        (
            with_messages(came_back(9 * DAY, cycles=2)),
            "SSN discrepancy: resolved 9 days ago, Guardian has synced twice since.",
        ),
        (with_messages(IN_TRANSIT), "1 resolved message on the way to the carrier."),
        (
            replace(CASE, change_queued="group_number"),
            "A new group number is on its way to the exchange.",
        ),
    ],
)
def test_the_evidence_names_what_the_verdict_rests_on(case: Case, line: str) -> None:
    assert line in diagnose(case, NOW).evidence
