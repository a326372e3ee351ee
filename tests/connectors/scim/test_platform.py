"""Accounts at a Benefits platform: scim2-server over real HTTP, with the faults of the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from scim2_models import Context, PatchOp

from bot.sandbox.benefits import BenefitsPlatform
from bot.sandbox.server import SandboxServer
from services.connectors import http
from services.connectors.scim import items, wire
from services.connectors.scim.items import BENEFITS
from services.connectors.scim.platform import ScimBenefits, ScimPlatform
from services.errors import Doubtful, Outside, Rejected, Unavailable
from services.ports import Account, Address, Closing, EmployeeKey, Profile
from services.privacy import Sensitive
from tests.platform import record

TOKEN = "a-token-of-the-platform"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.fixture
def platform() -> BenefitsPlatform:
    return BenefitsPlatform(TOKEN)


@pytest.fixture
def url(platform: BenefitsPlatform) -> Iterator[str]:
    with served(platform) as server:
        yield f"{server.url}/benefits/v2"


@pytest.fixture
def benefits(url: str) -> Iterator[ScimBenefits]:
    connection = ScimPlatform(url, TOKEN, timeout=2.0).connect()
    yield connection
    connection.close()


def served(platform: BenefitsPlatform) -> SandboxServer:
    app = web.Application()
    app.add_subapp("/benefits", platform.routes())
    return SandboxServer(app)


def one(answers: list[Any]) -> Any:
    (answer,) = answers
    return answer


def created(benefits: ScimBenefits, profile: Profile) -> str:
    account = one(benefits.put([profile]))
    assert isinstance(account, Account)
    return account.id


def codes(answers: list[Any]) -> list[str]:
    return [each.code if isinstance(each, Rejected) else type(each).__name__ for each in answers]


def test_an_account_is_created_with_all_that_hr_says(
    platform: BenefitsPlatform, benefits: ScimBenefits
) -> None:
    created(benefits, Profile(record("1001", level="Essential"), "standard", level="Standard"))
    (user,) = platform.users
    assert (user["userName"], user["externalId"], user["active"]) == (
        "worker1001@harbor.example", "emp_1/1001", True,
    )  # fmt: skip
    assert user[ENTERPRISE] == {"employeeNumber": "1001", "organization": "emp_1"}
    assert user[BENEFITS] == {
        "benefitsLevel": "Standard",
        "package": "standard",
        "gender": "Female",
        "dateOfBirth": "1990-02-03",
        "annualPay": "41000",
        "payBasis": "Salaried",
        "payFrequency": "Monthly",
        "changeReason": "Existing employee",
    }


def test_accounts_are_found_by_e_mail_whatever_its_case_and_signs(
    platform: BenefitsPlatform, benefits: ScimBenefits
) -> None:
    quoted = 'o"neil\\@harbor.example" or userName pr or userName eq "'
    known = platform.add(quoted), platform.add("Ada@Harbor.example", "emp_1/7")
    asked = [Sensitive(each) for each in (quoted, "ada@harbor.EXAMPLE", "nobody@harbor.example")]
    assert benefits.find(asked) == [Account(known[0]), Account(known[1], EmployeeKey("emp_1", "7")), None]


@pytest.mark.parametrize("bulk", [True, False])
def test_an_account_is_changed_and_closed_by_its_id(bulk: bool) -> None:  # noqa: FBT001
    platform = BenefitsPlatform(TOKEN, bulk=bulk)
    with served(platform) as server:
        benefits = ScimPlatform(f"{server.url}/benefits/v2", TOKEN).connect()
        known = [created(benefits, Profile(record(each), "standard", level="Standard")) for each in "12"]
        moved = record("1", email="moved@harbor.example", title=None)
        left = record("2", job_title="Baker")
        answers = benefits.put(
            [
                Profile(moved, "plus", account_id=known[0], level="Plus"),
                Profile(left, None, active=False, account_id=known[1]),
            ]
        )
        benefits.close()
    assert [each.id for each in answers if isinstance(each, Account)] == known
    first, second = platform.users
    assert (first["userName"], first[BENEFITS]["package"]) == ("moved@harbor.example", "plus")
    assert "honorificPrefix" not in first["name"]
    assert (second["active"], second["title"], "package" in second[BENEFITS]) == (False, "Baker", False)
    assert benefits.most == (100 if bulk else 1)


@pytest.mark.parametrize("bulk", [True, False])
def test_an_account_is_closed_and_else_left_as_it_is(bulk: bool) -> None:  # noqa: FBT001
    platform = BenefitsPlatform(TOKEN, bulk=bulk)
    with served(platform) as server:
        benefits = ScimPlatform(f"{server.url}/benefits/v2", TOKEN).connect()
        known = [created(benefits, Profile(record(each), "standard", level="Standard")) for each in "12"]
        before = [each | {"meta": None, "active": False} for each in platform.users]
        answers = benefits.put([Closing(each) for each in known])
        benefits.close()
    assert answers == [Account(each) for each in known]
    assert [each | {"meta": None} for each in platform.users] == before


def test_an_e_mail_of_another_account_is_refused_alone_and_together(
    platform: BenefitsPlatform, benefits: ScimBenefits
) -> None:
    platform.add("worker1@harbor.example")
    assert codes(benefits.put([Profile(record("1"), None)])) == ["uniqueness"]
    together = [
        Profile(record("1"), None),
        Profile(record("2"), None),
        Profile(record("3"), None, account_id="no"),
    ]
    assert codes(benefits.put(together)) == ["uniqueness", "Account", "not_found"]
    assert len(platform.users) == 2


def test_an_account_that_changed_since_the_look_up_is_not_overwritten(
    platform: BenefitsPlatform, url: str, benefits: ScimBenefits
) -> None:
    known = platform.add("worker1@harbor.example")
    linked = Profile(record("1"), "standard", account_id=known)
    other = ScimPlatform(url, TOKEN).connect()
    email = Sensitive("worker1@harbor.example")
    benefits.find([email])
    assert codes(other.put([linked])) == ["Account"]
    other.close()
    assert one(benefits.put([linked])).sentence == wire.MOVED
    benefits.find([email])
    assert codes(benefits.put([linked])) == ["Account"]


def test_a_lost_answer_to_a_creation_is_doubtful_and_the_account_is_found(
    platform: BenefitsPlatform, benefits: ScimBenefits
) -> None:
    assert benefits.most == 100
    platform.faults.start("benefits_loses_answers", 60)
    assert codes(benefits.put([Profile(record("1"), None)])) == ["Doubtful"]
    assert codes(benefits.put([Profile(record("2"), None), Profile(record("3"), None)])) == ["Doubtful"] * 2
    platform.faults.recover()
    keys = [one(benefits.find([Sensitive(f"worker{each}@harbor.example")])).key.ref for each in "123"]
    assert (keys, len(platform.users)) == (["1", "2", "3"], 3)
    assert platform.faults.asked.count("POST /Users") == 1


@pytest.mark.parametrize(
    ("fault", "kind", "wait"), [("benefits_throttles", Unavailable, 1.0), ("benefits_away", Outside, None)]
)
def test_a_pause_that_is_asked_for_is_passed_on(
    platform: BenefitsPlatform, benefits: ScimBenefits, fault: str, kind: type[Outside], wait: float | None
) -> None:
    assert benefits.most == 100
    platform.faults.start(fault, 60)
    answer = one(benefits.put([Profile(record("1"), None)]))
    assert isinstance(answer, kind)
    assert getattr(answer, "retry_after", None) == wait
    assert platform.users == []


def test_the_rest_of_a_group_is_not_asked_while_the_platform_is_away(
    platform: BenefitsPlatform, benefits: ScimBenefits
) -> None:
    assert benefits.most == 100
    platform.faults.start("benefits_away", 60)
    emails = [Sensitive(f"worker{each}@harbor.example") for each in range(5)]
    assert codes(benefits.find(emails)) == ["Unavailable"] * 5
    assert len([each for each in platform.faults.asked if each == "GET /Users"]) == http.ATTEMPTS


def test_a_web_page_is_a_refusal_and_links_nobody(platform: BenefitsPlatform, benefits: ScimBenefits) -> None:
    platform.add("worker1@harbor.example")
    assert benefits.most == 100
    platform.faults.start("benefits_garbage", 60)
    assert codes(benefits.find([Sensitive("worker1@harbor.example")])) == ["unreadable"]
    assert codes(benefits.put([Profile(record("1"), None)])) == ["unreadable"]
    assert codes(benefits.put([Profile(record("1"), None, account_id="x")])) == ["unreadable"]


def test_a_token_that_is_not_known_is_said(url: str) -> None:
    with pytest.raises(Unavailable, match="BENEFITS_TOKEN"):
        ScimPlatform(url, "another").ping()
    ScimPlatform(url, TOKEN).ping()


def test_many_who_create_the_same_account_at_once_make_one(platform: BenefitsPlatform, url: str) -> None:
    shared = ScimPlatform(url, TOKEN)

    def create(_: int) -> str:
        benefits = shared.connect()
        answer = codes(benefits.put([Profile(record("1"), None)]))
        benefits.close()
        return answer[0]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(8)))
    assert sorted(answers) == ["Account", *["uniqueness"] * 7]
    assert len(platform.users) == 1
    assert platform.faults.asked.count("GET /ServiceProviderConfig") == 1


def test_a_group_goes_in_requests_of_the_size_that_the_server_takes(
    platform: BenefitsPlatform, benefits: ScimBenefits
) -> None:
    answers = benefits.put([Profile(record(str(number)), None) for number in range(150)])
    assert {type(each) for each in answers} == {Account}
    assert [each.key is None for each in answers if isinstance(each, Account)] == [True] * 150
    assert platform.faults.asked.count("POST /Bulk") == 2
    assert len({each["id"] for each in platform.users}) == 150


def test_no_error_repeats_an_e_mail(platform: BenefitsPlatform, benefits: ScimBenefits) -> None:
    broken = Profile(record("1", email="not an e-mail, 912-34-5678"), None, account_id="x y")
    answers = [
        *benefits.put([broken]),
        *benefits.put([broken, broken]),
        *benefits.find([Sensitive("not-there@x.example\n")]),
    ]
    assert not any("912" in str(each) or "x.example" in str(each) for each in answers)
    assert platform.users == []


def test_errors_are_of_the_kinds_that_the_services_know(benefits: ScimBenefits) -> None:
    answers = benefits.put([Profile(record("1"), None, account_id="../ServiceProviderConfig")])
    assert codes(answers) == ["not_found"]
    assert not isinstance(one(answers), Doubtful)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """Anybody who has an e-mail address: HR's own check lets nobody else pass."""
    maybe = st.none() | st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20)
    address = st.none() | st.builds(lambda *parts: Sensitive(Address(*parts)), *[maybe] * 5)
    plain = ("forenames", "surname", "title", "gender", "job_title", "change_reason", "pay_frequency")
    changed = {name: draw(maybe) for name in plain} | {
        "phone": draw(st.none() | st.just(Sensitive("+1 503 555 0100"))),
        "email": draw(st.sampled_from(["ada@harbor.example", "o'neil+x@harbor.example"])),
        "leave_date": draw(st.none() | st.dates()),
        "address": draw(address),
    }
    return Profile(record("1", **changed), draw(maybe), draw(st.booleans()), level=draw(maybe))


@given(profiles())
def test_a_creation_is_what_the_library_of_scim_says(profile: Profile) -> None:
    """It is put together without the library's models, so it is held to them here, name by name."""
    body = items.creation(profile)
    user = items.Person.model_validate(body, scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    assert body == user.model_dump(scim_ctx=Context.RESOURCE_CREATION_REQUEST)


@given(profiles())
def test_a_change_is_one_that_the_library_of_scim_takes(profile: Profile) -> None:
    body = items.patch(replace(profile, account_id="7"))
    checked = PatchOp[items.Person].model_validate(body, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
    assert len(checked.operations or []) == len(body["Operations"])
    assert {each["path"] for each in body["Operations"]} >= {"userName", *items.OURS}


def test_the_environments_proxy_is_used_and_left_out_where_it_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosts: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        hosts.append(request.host)
        return web.json_response({}, content_type="application/scim+json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    with SandboxServer(app) as server:
        monkeypatch.setenv("http_proxy", server.url.removeprefix("http://"))
        monkeypatch.setenv("no_proxy", "inside.example")
        reached = [asked_at(f"http://{host}.example/v2") for host in ("benefits", "inside")]
    assert set(hosts) == {"benefits.example"}
    assert codes(reached) == ["unreadable", "NotReached"]


def asked_at(url: str) -> object:
    connection = ScimPlatform(url, TOKEN, timeout=0.2).connect()
    try:
        return one(connection.find([Sensitive("a@b.example")]))
    finally:
        connection.close()
