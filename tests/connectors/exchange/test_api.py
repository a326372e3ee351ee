"""How the connector asks: paging, retries, and what it makes of refusals and silence."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import httpx
import pytest

from services.connectors.exchange.api import ExchangeApi
from services.errors import Misconfigured, Outside, Rejected, Unavailable
from services.ports import Outcome
from tests.connectors.answers import NOW, Answer, exchange, integration, message, page, problem, sync

KEY = "7f9c2b9e-8a54-4c59-9f5e-0d3c1f6f9a11"


def failure_of(*answers: Answer) -> Outside:
    connector, _ = exchange(*answers)
    with pytest.raises(Outside) as raised:
        list(connector.syncs(None))
    return raised.value


def test_pages_are_followed_to_the_last() -> None:
    connector, scripted = exchange(
        page(sync(id="a"), next_cursor="two"), page(sync(id="b"), next_cursor="three"), page(sync(id="c"))
    )
    assert [len(each.items) for each in connector.syncs(None)] == [1, 1, 1]
    assert [request.url.params.get("cursor") for request in scripted.requests] == [None, "two", "three"]


def test_a_reading_may_start_where_the_last_one_stopped() -> None:
    connector, scripted = exchange(page(sync(id="a"), next_cursor="two"), page())
    pages = list(connector.syncs(datetime(2026, 3, 1, 6, 0, tzinfo=UTC)))
    assert {request.url.params["updated_since"] for request in scripted.requests} == {"2026-03-01T06:00:00Z"}
    assert pages[0].updated_to == datetime(2026, 3, 3, 11, 4, 15, tzinfo=UTC)


def test_an_empty_answer_says_nothing_of_progress() -> None:
    [only] = list(exchange(page())[0].syncs(None))
    assert only.updated_to is None


def test_progress_never_goes_back() -> None:
    connector, _ = exchange(page(sync(id="a"), sync(id="b", updated_at="2026-02-01T00:00:00Z")))
    [only] = list(connector.syncs(None))
    assert only.updated_to == datetime(2026, 3, 3, 11, 4, 15, tzinfo=UTC)


def test_a_cursor_that_loops_is_noticed() -> None:
    numbers = count()
    failure = failure_of(lambda _: page(sync(id=f"s{next(numbers)}"), next_cursor="again"))
    assert isinstance(failure, Rejected)
    assert failure.code == "endless_paging"


def test_pages_that_never_bring_anything_new_are_noticed() -> None:
    numbers = count()
    failure = failure_of(lambda _: page(sync(), next_cursor=f"c{next(numbers)}"))
    assert isinstance(failure, Rejected)
    assert next(numbers) < 10


def test_unreadable_items_are_passed_however_many_pages_they_fill() -> None:
    """21 syncs without an id hid all that came behind them."""
    numbers = count()
    nameless = [
        page(
            *(sync(id=None, synced_at=f"2026-03-02T10:{next(numbers):02}:00Z") for _ in range(3)),
            next_cursor=f"c{n}",
        )
        for n in range(7)
    ]
    connector, _ = exchange(*nameless, page(sync(id="last")))
    pages = list(connector.syncs(None))
    assert [each.ref for page in pages for each in page.set_aside] == [None] * 21
    assert [len(page.items) for page in pages] == [0] * 7 + [1]


def test_empty_pages_on_the_way_are_passed() -> None:
    connector, _ = exchange(*(page(next_cursor=f"c{n}") for n in range(9)), page(sync(id="last")))
    assert sum(len(page.items) for page in connector.syncs(None)) == 1


def test_unreadable_pages_that_come_again_are_a_circle() -> None:
    numbers = count()
    failure = failure_of(lambda _: page(sync(id=None), next_cursor=f"c{next(numbers)}"))
    assert isinstance(failure, Rejected)
    assert next(numbers) < 10


def test_paging_without_end_is_noticed() -> None:
    numbers = count()
    scripted = httpx.MockTransport(lambda _: page(sync(id=f"s{(n := next(numbers))}"), next_cursor=f"c{n}"))
    connector = ExchangeApi("http://exchange.test", "t", clock=lambda: NOW, transport=scripted, max_pages=20)
    with pytest.raises(Rejected):
        list(connector.syncs(None))
    assert next(numbers) == 20


def test_what_was_read_before_a_failure_is_kept() -> None:
    connector, _ = exchange(page(sync(), next_cursor="two"), problem(400, "The cursor is not known."))
    pages = connector.syncs(None)
    assert len(next(pages).items) == 1
    with pytest.raises(Rejected):
        next(pages)


@pytest.mark.parametrize(
    "passing",
    [
        httpx.Response(500, text="<html>oops</html>"),
        httpx.Response(503),
        httpx.Response(429, headers={"Retry-After": "0"}),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("hung up"),
    ],
)
def test_a_passing_failure_is_not_noticed(passing: Answer) -> None:
    connector, scripted = exchange(passing, page(sync()))
    assert len(next(connector.syncs(None)).items) == 1
    assert len(scripted.requests) == 2


def test_a_failure_that_lasts_is_given_up_after_three_tries() -> None:
    connector, scripted = exchange(httpx.ConnectError("refused"))
    with pytest.raises(Unavailable):
        next(connector.syncs(None))
    assert len(scripted.requests) == 3


def test_a_long_pause_is_left_to_the_caller() -> None:
    connector, scripted = exchange(problem(429, "Slow down.", **{"Retry-After": "45"}))
    with pytest.raises(Unavailable) as raised:
        next(connector.syncs(None))
    assert raised.value.retry_after == 45
    assert len(scripted.requests) == 1


@pytest.mark.parametrize(
    "garbage",
    [
        httpx.Response(200, html="<!doctype html><title>Sign in</title>"),
        httpx.Response(200, content=b"\xff\xfe\x00"),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, content=b"9" * 5000),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"items": {}}),
        httpx.Response(200, json={"items": [], "next_cursor": 7}),
        httpx.Response(200, json={"items": [], "next_cursor": "x" * 5000}),
        lambda _: httpx.Response(
            200, stream=httpx.ByteStream(b"no gzip"), headers={"Content-Encoding": "gzip"}
        ),
        httpx.Response(204),
    ],
    ids=["html", "bytes", "depth", "number", "list", "items", "cursor", "long cursor", "gzip", "nothing"],
)
def test_an_answer_that_cannot_be_read_is_not_an_answer(garbage: Answer) -> None:
    assert isinstance(failure_of(garbage), Unavailable)


def test_a_refusal_carries_its_reason_and_code() -> None:
    failure = failure_of(problem(409, "Already turned on.", "https://x.test/problems/already-on"))
    assert isinstance(failure, Rejected)
    assert failure.sentence == "The exchange did not take it: Already turned on."
    assert failure.code == "already-on"


def test_a_reason_is_masked_and_cut() -> None:
    failure = failure_of(problem(422, "SSN 123-45-6789 of ana@example.com. " + "word " * 200))
    assert "SSN [number withheld] of [e-mail withheld]" in failure.sentence
    assert len(failure.sentence) < 250


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"detail": 3, "type": ["x"]}'])
def test_a_refusal_without_a_reason_says_so(body: bytes) -> None:
    failure = failure_of(httpx.Response(404, content=body))
    assert isinstance(failure, Rejected)
    assert failure.sentence == "The exchange did not take it: it gave no reason."
    assert failure.code == "404"


def test_a_wrong_token_is_named_as_such() -> None:
    failure = failure_of(problem(401, "Who are you?"))
    assert isinstance(failure, Misconfigured)
    assert "EXCHANGE_TOKEN" in failure.sentence


def test_an_address_that_moved_is_named_as_such() -> None:
    failure = failure_of(httpx.Response(302, headers={"Location": "https://login.test"}))
    assert isinstance(failure, Misconfigured)
    assert "EXCHANGE_URL" in failure.sentence


def test_turning_on_sends_the_group_number_under_its_key() -> None:
    connector, scripted = exchange(httpx.Response(200, json=integration(status="pending")))
    assert connector.activate("int_1", "G-1", KEY).status == "pending"
    [request] = scripted.requests
    assert (request.method, request.url.path) == ("PUT", "/v1/integrations/int_1/activation")
    assert request.headers["Idempotency-Key"] == KEY
    assert request.content == b'{"group_number":"G-1"}'


def test_resolving_says_which_side_is_right_under_its_key() -> None:
    resolved = message(state="resolved", outcome="carrier", resolved_at="2026-03-04T14:59:00Z")
    connector, scripted = exchange(httpx.Response(200, json=resolved))
    item = connector.resolve("msg_1", Outcome.CARRIER, "Checked.", KEY)
    assert (item.state, item.outcome, item.platform_value) == ("resolved", "carrier", "••••")
    [request] = scripted.requests
    assert (request.method, request.url.path) == ("POST", "/v1/messages/msg_1/resolution")
    assert request.headers["Idempotency-Key"] == KEY
    assert request.content == b'{"outcome":"carrier","note":"Checked."}'


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_resolution_that_is_refused_carries_the_reason(status: int) -> None:
    connector, _ = exchange(problem(status, "Jo's SSN is 123-45-6789.", "/problems/already-resolved"))
    with pytest.raises(Rejected) as raised:
        connector.resolve("msg_1", Outcome.PLATFORM, None, KEY)
    assert raised.value.code == "already-resolved"
    assert "123" not in raised.value.sentence


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(503, headers={"Retry-After": "60"}),
        httpx.ReadTimeout("slow"),
        httpx.Response(200, html="<!doctype html><title>Sign in</title>"),
        httpx.Response(200, json={}),
        httpx.Response(200, json=message(id="msg_2")),
        httpx.Response(204),
    ],
    ids=["500", "503", "nothing", "html", "empty", "another message", "no content"],
)
def test_a_resolution_without_a_readable_answer_may_be_sent_again(answer: Answer) -> None:
    connector, scripted = exchange(answer)
    with pytest.raises(Unavailable):
        connector.resolve("msg_1", Outcome.PLATFORM, None, KEY)
    assert {request.headers["Idempotency-Key"] for request in scripted.requests} == {KEY}


def test_a_write_without_an_answer_is_repeated_under_the_same_key() -> None:
    connector, scripted = exchange(
        httpx.ReadTimeout("slow"), httpx.Response(200, json=integration(status="disabled"))
    )
    connector.deactivate("int_1", KEY)
    assert [request.headers["Idempotency-Key"] for request in scripted.requests] == [KEY, KEY]


def test_a_ref_cannot_leave_its_place_in_the_address() -> None:
    connector, scripted = exchange(httpx.Response(200, json=integration()))
    connector.change_group_number("../admin?x", "G-1", KEY)
    assert scripted.requests[0].url.raw_path == b"/v1/integrations/..%2Fadmin%3Fx"


def test_a_write_whose_answer_is_unreadable_may_be_repeated() -> None:
    connector, _ = exchange(httpx.Response(200, json={"id": 3}))
    with pytest.raises(Unavailable):
        connector.deactivate("int_1", KEY)


def test_the_token_goes_out_and_shows_nowhere_else(caplog: pytest.LogCaptureFixture) -> None:
    connector, scripted = exchange(httpx.Response(500))
    with pytest.raises(Unavailable) as raised:
        connector.ping()
    assert scripted.requests[0].headers["Authorization"] == "Bearer s3cret"
    assert "s3cret" not in f"{raised.value!r} {connector.__dict__!r} {caplog.text}"


def test_nothing_of_a_request_reaches_the_logs(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    connector, _ = exchange(httpx.ConnectError("refused"), httpx.Response(200, json=integration()))
    connector.activate("int_1", "GROUP-77", KEY)
    out, err = capsys.readouterr()
    assert "GROUP-77" not in caplog.text + out + err


def test_a_closed_connector_holds_no_connection() -> None:
    connector, _ = exchange(page())
    connector.ping()
    connector.close()
    assert connector._client.is_closed
