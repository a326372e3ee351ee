"""A Benefits platform that answers what it must not: each is told apart, and nobody is linked wrongly."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.connectors import http
from services.connectors.scim import wire
from services.connectors.scim.platform import ScimBenefits, ScimPlatform
from services.errors import Doubtful, Outside, Rejected, Unavailable
from services.ports import Account, Profile
from services.privacy import Sensitive
from tests.platform import record

EMAIL = "worker1@harbor.example"
USER: dict[str, Any] = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "acc-1", "userName": EMAIL,
}  # fmt: skip
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ABLE = {"patch": {"supported": True}, "filter": {"supported": True}, "etag": {"supported": False}}
BULK = {"bulk": {"supported": True, "maxOperations": 50, "maxPayloadSize": 4000}}

Say = Callable[[httpx.Request], httpx.Response]


def scim(body: object, status: int = 200, kind: str = "application/scim+json") -> httpx.Response:
    return httpx.Response(status, content=json.dumps(body), headers={"Content-Type": kind})


def listed(*users: dict[str, Any], total: int | None = None) -> httpx.Response:
    total = len(users) if total is None else total
    return scim({"schemas": [LIST], "totalResults": total, "Resources": users})


def asking(say: Say, **config: Any) -> ScimBenefits:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/ServiceProviderConfig"):
            return scim({**ABLE, **config})
        return say(request)

    return ScimPlatform("https://b.example/v2", "t", transport=httpx.MockTransport(answer)).connect()


def looked_up(answer: httpx.Response) -> Any:
    (found,) = asking(lambda _: answer).find([Sensitive(EMAIL)])
    return found


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(200, html="<title>Sign in</title>"), "unreadable"),
        (scim({"schemas": [LIST], "totalResults": 0}, kind="text/plain"), "unreadable"),
        (httpx.Response(200, content=b"{", headers={"Content-Type": "application/json"}), "unreadable"),
        (
            httpx.Response(200, content=b"[" * 9000, headers={"Content-Type": "application/json"}),
            "unreadable",
        ),
        (scim([USER]), "unreadable"),
        (scim({"hello": "world"}), "unreadable"),
        (listed({key: value for key, value in USER.items() if key != "id"}), "no_id"),
        (listed(USER | {"id": ""}), "no_id"),
        (listed(USER, USER | {"id": "acc-2"}), "ambiguous"),
        (listed(USER, total=7), "ambiguous"),
        (listed(USER, USER | {"id": "acc-2", "userName": "else@harbor.example"}), "filter_ignored"),
        (listed(USER | {"userName": "else@harbor.example"}), "filter_ignored"),
        (listed({key: value for key, value in USER.items() if key != "userName"}), "filter_ignored"),
        (listed(total=3), "unreadable"),
        (scim({"status": "403"}, 403), "forbidden"),
        (httpx.Response(200, content=b" " * (http.LARGEST + 1)), "unreadable"),
        (scim({"scimType": "invalidFilter", "status": "400"}, 400), "invalidFilter"),
    ],
)
def test_an_answer_that_must_not_be_believed_links_nobody(answer: httpx.Response, code: str) -> None:
    found = looked_up(answer)
    assert isinstance(found, Rejected)
    assert found.code == code


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (httpx.Response(302, headers={"Location": "https://elsewhere.example"}), wire.ELSEWHERE),
        (scim({"status": "401"}, 401), wire.TOKEN),
    ],
)
def test_a_token_or_an_address_that_is_none_any_more_is_waited_for(
    answer: httpx.Response, sentence: str
) -> None:
    asked: list[str] = []

    def say(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return answer

    benefits = asking(say)
    found, made = benefits.find([Sensitive(EMAIL)])[0], benefits.put([Profile(record("1"), None)])[0]
    for each in (found, made):
        assert isinstance(each, Unavailable)
        assert not isinstance(each, Doubtful)
        assert each.sentence == sentence
    assert asked == ["GET", "POST"]


def test_an_answer_that_comes_packed_is_unpacked_as_far_as_it_can_be() -> None:
    body = json.dumps({"schemas": [LIST], "totalResults": 1, "Resources": [USER]}).encode()
    headers = {"Content-Type": "application/scim+json", "Content-Encoding": "gzip"}

    def found(sent: bytes) -> Any:
        say = lambda _: httpx.Response(200, stream=httpx.ByteStream(sent), headers=headers)  # noqa: E731
        return asking(say).find([Sensitive(EMAIL)])[0]

    assert found(gzip.compress(body)) == Account("acc-1")
    assert isinstance(found(body), Unavailable)
    assert isinstance(found(gzip.compress(b" " * (http.LARGEST + 1))), Rejected)


def test_an_answer_as_it_should_be_links() -> None:
    assert looked_up(listed(USER)) == Account("acc-1")
    assert looked_up(listed()) is None


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: (
    st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["Resources", "totalResults", "id", "userName", "schemas", "meta", "status"]), inner, max_size=4)
), max_leaves=12))  # fmt: skip
def test_no_json_at_all_brings_a_look_up_down(body: object) -> None:
    found = looked_up(scim(body))
    assert found is None or isinstance(found, Outside)


@pytest.mark.parametrize(
    "others", [{"userName": "else@harbor.example"}, {"externalId": "emp_1/7"}], ids=["e-mail", "key"]
)
def test_an_answer_about_somebody_elses_account_is_in_doubt(others: dict[str, str]) -> None:
    (alone,) = asking(lambda _: scim(USER | others, 201)).put([Profile(record("1"), None)])
    assert isinstance(alone, Doubtful)


def test_bulk_answers_that_name_each_others_accounts_link_nobody() -> None:
    def say(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)["Operations"]
        made = [each["data"] | {"id": f"acc-{number}"} for number, each in enumerate(asked)]
        turned = zip(asked, [*made[1:], made[0]], strict=True)
        answers = [
            {"method": "POST", "bulkId": each["bulkId"], "status": "201", "response": user}
            for each, user in turned
        ]
        return scim({"Operations": answers})

    profiles = [Profile(record(each), None) for each in "123"]
    assert all(isinstance(each, Doubtful) for each in asking(say, **BULK).put(profiles))


@pytest.mark.parametrize(("lacking", "code"), [("filter", "no_filter"), ("patch", "no_patch")])
def test_a_server_that_cannot_do_it_is_not_asked(lacking: str, code: str) -> None:
    asked: list[httpx.Request] = []

    def say(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return listed()

    benefits = asking(say, **{lacking: {"supported": False}})
    linked = Profile(record("1"), None, account_id="acc-1")
    (answer,) = benefits.find([Sensitive(EMAIL)]) if lacking == "filter" else benefits.put([linked])
    assert isinstance(answer, Rejected)
    assert (answer.code, asked) == (code, [])


def test_a_server_that_does_not_say_what_it_can_is_asked_one_at_a_time() -> None:
    silent = httpx.MockTransport(lambda _: scim({"status": "404"}, 404))
    assert ScimPlatform("https://b.example", "t", transport=silent).connect().most == 1


def test_what_the_server_can_is_asked_again_after_it_was_away() -> None:
    answers = iter([httpx.Response(500), httpx.Response(500), httpx.Response(500), scim({**ABLE, **BULK})])
    platform = ScimPlatform("https://b.example", "t", transport=httpx.MockTransport(lambda _: next(answers)))
    benefits = platform.connect()
    assert [benefits.most, benefits.most] == [1, 50]


def test_a_creation_without_an_id_in_its_answer_is_refused() -> None:
    (answer,) = asking(lambda _: scim({"userName": EMAIL}, 201)).put([Profile(record("1"), None)])
    assert isinstance(answer, Rejected | Doubtful)
    assert not isinstance(answer, Account)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("no"), Unavailable),
        (httpx.ReadTimeout("no"), Doubtful),
        (httpx.ReadError("no"), Doubtful),
    ],
)
def test_a_creation_is_doubtful_only_once_it_was_sent(error: Exception, kind: type[Outside]) -> None:
    asked = []

    def say(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        raise error

    (answer,) = asking(say).put([Profile(record("1"), None)])
    assert type(answer) is kind or isinstance(answer, kind)
    assert (asked, isinstance(answer, Doubtful)) == (["POST"], kind is Doubtful)


def test_garbage_for_some_of_many_is_theirs_alone() -> None:
    def say(request: httpx.Request) -> httpx.Response:
        ids = [each["bulkId"] for each in json.loads(request.content)["Operations"]]
        outcomes: list[object] = [
            {
                "bulkId": ids[0],
                "method": "POST",
                "status": "201",
                "location": "https://b.example/v2/Users/new",
            },
            {"bulkId": ids[1], "method": "POST", "status": "201"},
            {"bulkId": ids[2], "method": "POST", "status": {"code": "429"}},
            "what?",
            {"bulkId": ids[4], "method": "PATCH", "status": 200, "location": "/Users/somebody-else"},
            {"method": "PATCH", "status": "200", "location": "https://b.example/v2/Users/acc-5"},
            {"bulkId": ids[6], "method": "POST", "status": "400", "response": "<html>"},
        ]
        return scim({"Operations": outcomes})

    new = [Profile(record(str(number)), None) for number in range(4)]
    linked = [Profile(record(str(number)), None, account_id=f"acc-{number}") for number in (4, 5)]
    room = {"bulk": {"supported": True, "maxOperations": 50, "maxPayloadSize": 1 << 20}}
    answers = asking(say, **room).put([*new, *linked, Profile(record("6"), None)])
    assert answers[0] == Account("new")
    assert [type(each) for each in answers[1:]] == [
        Rejected, Unavailable, Doubtful, Rejected, Account, Rejected,
    ]  # fmt: skip


@given(st.lists(st.fixed_dictionaries({}, optional={
    "bulkId": st.sampled_from(["0", "1", 1, None, []]),
    "method": st.sampled_from(["POST", "PATCH", 7]),
    "status": st.sampled_from(["200", "201", 201, "20", {"code": "400"}, None]),
    "location": st.sampled_from(["/Users/new", "https://[b.example/Users/1", "/", "", 5, "%zz"]),
    "response": st.sampled_from(["<html>", {}, {"id": ""}, {"id": "acc-9"}, {"status": []}]),
}) | st.none(), max_size=3))  # fmt: skip
def test_no_answer_at_all_brings_a_bulk_request_down(outcomes: list[object]) -> None:
    room = {"bulk": {"supported": True, "maxOperations": 50, "maxPayloadSize": 1 << 20}}
    people = [Profile(record("1"), None), Profile(record("2"), None, account_id="acc-2")]
    answers = asking(lambda _: scim({"Operations": outcomes}), **room).put(people)
    assert all(isinstance(each, Account | Outside) for each in answers)
    assert answers[1] == Account("acc-2") or isinstance(answers[1], Outside)


def test_no_bulk_request_is_larger_than_the_server_takes() -> None:
    sizes = []

    def say(request: httpx.Request) -> httpx.Response:
        sizes.append(len(request.content))
        if request.url.path.endswith("/Users"):
            return scim(USER, 201)
        asked = json.loads(request.content)["Operations"]
        return scim({"Operations": [
            {"bulkId": each["bulkId"], "status": "201", "location": "/Users/" + each["bulkId"]}
            for each in asked
        ]})  # fmt: skip

    answers = asking(say, **BULK).put([Profile(record(str(number)), None) for number in range(20)])
    assert {type(each) for each in answers} == {Account}
    assert max(sizes) <= 4000
    assert len(sizes) > 1
