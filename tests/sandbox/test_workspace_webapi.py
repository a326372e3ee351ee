"""The Web API as the real slack_sdk client meets it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox.cast import AGENCY, ALERTS, BOT_USER_ID, BROKER, GENERAL
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import DEFAULT_SCOPES, Workspace, build_app
from bot.sandbox.workspace.driver import Person
from bot.sandbox.workspace.methods import METHODS

SECTION: dict[str, Any] = {"type": "section", "text": {"type": "mrkdwn", "text": "*late*"}}
KEY = {"event_type": "lastsync_card", "event_payload": {"key": "card-7"}}


def error_of(call: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        call()
    data = caught.value.response.data
    assert isinstance(data, dict)
    return data


def test_auth_test_says_who_and_which_scopes(client: WebClient) -> None:
    answer = client.auth_test()
    assert answer["user_id"] == BOT_USER_ID
    assert set(answer.headers["x-oauth-scopes"].split(",")) == DEFAULT_SCOPES


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-wrong", "invalid_auth")])
def test_a_call_without_the_token_is_refused(server: SandboxServer, token: str, error: str) -> None:
    stranger = WebClient(token=token or None, base_url=f"{server.url}/api/")
    assert error_of(stranger.auth_test)["error"] == error


def test_an_app_token_is_no_bot_token(server: SandboxServer, workspace: Workspace) -> None:
    wrong = WebClient(token=workspace.app_token, base_url=f"{server.url}/api/")
    assert error_of(wrong.team_info)["error"] == "not_allowed_token_type"


def test_a_revoked_token_is_told(client: WebClient, broker: Person) -> None:
    broker.cause("slack_revoke_token")
    assert error_of(client.auth_test)["error"] == "token_revoked"


def test_a_missing_scope_names_what_is_needed() -> None:
    poor = Workspace(scopes=("chat:write",))
    with SandboxServer(build_app(poor)) as server:
        client = WebClient(token=poor.bot_token, base_url=f"{server.url}/api/")
        answer = error_of(lambda: client.users_info(user=AGENCY.user_id))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "users:read")
    assert answer["provided"] == "chat:write"


def test_an_unknown_method_is_named(client: WebClient) -> None:
    answer = error_of(lambda: client.api_call("dnd.info"))
    assert (answer["error"], answer["req_method"]) == ("unknown_method", "dnd.info")


def test_a_post_appears_in_the_channel_and_on_the_page(client: WebClient, broker: Person) -> None:
    answer = client.chat_postMessage(channel=ALERTS.channel_id, text="late", blocks=[SECTION])
    [message] = broker.messages("carrier-alerts")
    assert (message["ts"], message["text"], message["user"]) == (answer["ts"], "late", BOT_USER_ID)
    assert message["blocks"][0]["block_id"]


def test_a_post_to_a_person_opens_the_direct_messages(client: WebClient, broker: Person) -> None:
    answer = client.chat_postMessage(channel=BROKER.user_id, text="for you")
    assert answer["channel"].startswith("D")
    assert [message["text"] for message in broker.messages()] == ["for you"]


def test_form_and_query_arguments_are_read_like_json(server: SandboxServer, workspace: Workspace) -> None:
    url = f"{server.url}/api/chat.postMessage"
    form = {"token": workspace.bot_token, "channel": "#general", "blocks": '[{"type": "divider"}]'}
    assert httpx.post(url, data=form).json()["ok"]
    reading = {"token": workspace.bot_token, "channel": GENERAL.channel_id}
    read = httpx.get(f"{server.url}/api/conversations.history", params=reading).json()
    assert read["messages"][0]["blocks"][0]["type"] == "divider"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE1", "text": "x"}, "channel_not_found"),
        ({"channel": ALERTS.channel_id}, "no_text"),
        ({"channel": ALERTS.channel_id, "blocks": "{"}, "invalid_blocks_format"),
        ({"channel": ALERTS.channel_id, "text": "x", "metadata": {"a": 1}}, "invalid_metadata_schema"),
        ({"channel": ALERTS.channel_id, "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"text": "x"}, "invalid_arguments"),
    ],
)
def test_a_post_is_refused_with_slacks_code(client: WebClient, arguments: dict[str, Any], error: str) -> None:
    assert error_of(lambda: client.api_call("chat.postMessage", json=arguments))["error"] == error


def test_invalid_blocks_say_where(client: WebClient) -> None:
    empty = {"type": "section", "text": {"type": "mrkdwn", "text": ""}}
    answer = error_of(lambda: client.chat_postMessage(channel=ALERTS.channel_id, text="x", blocks=[empty]))
    assert answer["error"] == "invalid_blocks"
    [line] = answer["response_metadata"]["messages"]
    assert line == "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"


@pytest.mark.parametrize(
    ("event", "error"), [("slack_archive_channel", "is_archived"), ("slack_remove_bot", "not_in_channel")]
)
def test_a_channel_that_was_lost_refuses_posts(
    client: WebClient, broker: Person, event: str, error: str
) -> None:
    broker.cause(event, channel=ALERTS.channel_id)
    refused = error_of(lambda: client.chat_postMessage(channel=ALERTS.channel_id, text="x"))
    assert refused["error"] == error


def test_an_edit_keeps_blocks_and_marks_the_message(client: WebClient, broker: Person) -> None:
    ts = client.chat_postMessage(channel=ALERTS.channel_id, text="late", blocks=[SECTION])["ts"]
    client.chat_update(channel=ALERTS.channel_id, ts=ts, text="closed")
    [message] = broker.messages("carrier-alerts")
    assert (message["text"], message["edited"]["user"]) == ("closed", BOT_USER_ID)
    assert message["blocks"][0]["type"] == "section"


def test_an_edit_takes_4000_characters_and_no_more(client: WebClient) -> None:
    ts = client.chat_postMessage(channel=ALERTS.channel_id, text="late")["ts"]
    client.chat_update(channel=ALERTS.channel_id, ts=ts, text="x" * 4000)
    too_long = error_of(lambda: client.chat_update(channel=ALERTS.channel_id, ts=ts, text="x" * 4001))
    assert too_long["error"] == "msg_too_long"


def test_only_own_messages_can_be_changed(client: WebClient, broker: Person) -> None:
    said = broker.say("mine", channel="general")
    change = error_of(lambda: client.chat_update(channel=GENERAL.channel_id, ts=said["ts"], text="yours"))
    remove = error_of(lambda: client.chat_delete(channel=GENERAL.channel_id, ts=said["ts"]))
    assert (change["error"], remove["error"]) == ("cant_update_message", "cant_delete_message")


def test_a_deleted_message_is_gone_everywhere(client: WebClient, broker: Person) -> None:
    ts = client.chat_postMessage(channel=ALERTS.channel_id, text="late")["ts"]
    client.chat_delete(channel=ALERTS.channel_id, ts=ts)
    assert broker.messages("carrier-alerts") == []
    gone = error_of(lambda: client.chat_update(channel=ALERTS.channel_id, ts=ts, text="x"))
    assert gone["error"] == "message_not_found"


def test_an_ephemeral_message_is_not_in_the_history(client: WebClient, broker: Person) -> None:
    client.chat_postEphemeral(channel=GENERAL.channel_id, user=BROKER.user_id, text="only you")
    assert broker.messages("general")[0]["is_ephemeral"]
    assert client.conversations_history(channel=GENERAL.channel_id)["messages"] == []


def test_metadata_is_found_only_when_asked_for(client: WebClient) -> None:
    client.chat_postMessage(channel=ALERTS.channel_id, text="late", metadata=KEY)
    plain = client.conversations_history(channel=ALERTS.channel_id)["messages"][0]
    full = client.conversations_history(channel=ALERTS.channel_id, include_all_metadata=True)["messages"][0]
    assert "metadata" not in plain
    assert full["metadata"] == KEY


def test_history_comes_newest_first_in_pages(client: WebClient, workspace: Workspace) -> None:
    workspace.pace.limited = False
    for number in range(5):
        client.chat_postMessage(channel=ALERTS.channel_id, text=str(number))
    pages = client.conversations_history(channel=ALERTS.channel_id, limit=2)
    texts = [message["text"] for page in pages for message in page["messages"]]
    assert texts == ["4", "3", "2", "1", "0"]


def test_history_is_bounded_by_oldest_and_latest(client: WebClient) -> None:
    first, second, third = (
        client.chat_postMessage(channel=ALERTS.channel_id, text=text)["ts"] for text in "abc"
    )
    between = client.conversations_history(channel=ALERTS.channel_id, oldest=first, latest=third)
    assert [message["ts"] for message in between["messages"]] == [second]
    inclusive = client.conversations_history(channel=ALERTS.channel_id, oldest=second, inclusive=True)
    assert [message["ts"] for message in inclusive["messages"]] == [third, second]


def test_replies_are_counted_and_kept_out_of_the_history(client: WebClient, broker: Person) -> None:
    ts = client.chat_postMessage(channel=ALERTS.channel_id, text="late")["ts"]
    client.chat_postMessage(channel=ALERTS.channel_id, text="still late", thread_ts=ts)
    thread = client.conversations_replies(channel=ALERTS.channel_id, ts=ts)["messages"]
    assert [message["text"] for message in thread] == ["late", "still late"]
    assert broker.messages("carrier-alerts")[0]["reply_count"] == 1
    assert len(client.conversations_history(channel=ALERTS.channel_id)["messages"]) == 1


def test_a_channel_takes_a_burst_and_then_one_message_a_second(client: WebClient, clock: Any) -> None:
    for _ in range(5):
        client.chat_postMessage(channel=ALERTS.channel_id, text="x")
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=ALERTS.channel_id, text="x")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["retry-after"] == "1"
    client.chat_postMessage(channel=GENERAL.channel_id, text="another channel is free")
    clock.advance(1)
    client.chat_postMessage(channel=ALERTS.channel_id, text="x")


def test_people_are_found_by_id_and_by_address(client: WebClient) -> None:
    assert client.users_info(user=AGENCY.user_id)["user"]["tz"] == "America/New_York"
    assert client.users_lookupByEmail(email=AGENCY.email.upper())["user"]["id"] == AGENCY.user_id
    assert error_of(lambda: client.users_lookupByEmail(email="no@body.example"))["error"] == "users_not_found"
    assert BOT_USER_ID in {user["id"] for user in client.users_list()["members"]}


def test_addresses_need_their_scope() -> None:
    without = Workspace(scopes=("users:read",))
    with SandboxServer(build_app(without)) as server:
        client = WebClient(token=without.bot_token, base_url=f"{server.url}/api/")
        assert "email" not in client.users_info(user=AGENCY.user_id)["user"]["profile"]


def test_channels_are_listed_and_described(client: WebClient) -> None:
    listed = client.conversations_list(types="public_channel,im")["channels"]
    assert {channel["is_im"] for channel in listed} == {True, False}
    assert client.conversations_info(channel=ALERTS.channel_id)["channel"]["name"] == ALERTS.name
    assert BOT_USER_ID in client.conversations_members(channel=ALERTS.channel_id)["members"]
    opened = client.conversations_open(users=BROKER.user_id)["channel"]["id"]
    assert client.conversations_info(channel=opened)["channel"]["user"] == BROKER.user_id


def test_a_reaction_is_given_once(client: WebClient, broker: Person) -> None:
    ts = client.chat_postMessage(channel=ALERTS.channel_id, text="late")["ts"]
    client.reactions_add(channel=ALERTS.channel_id, timestamp=ts, name="eyes")
    again = error_of(lambda: client.reactions_add(channel=ALERTS.channel_id, timestamp=ts, name="eyes"))
    assert again["error"] == "already_reacted"
    assert broker.messages("carrier-alerts")[0]["reactions"][0]["count"] == 1


def test_team_and_bot_describe_themselves(client: WebClient) -> None:
    assert client.team_info()["team"]["name"] == "Whitfield Benefits"
    bot_id = client.auth_test()["bot_id"]
    assert client.bots_info(bot=bot_id)["bot"]["user_id"] == BOT_USER_ID


def test_blocks_validate_points_at_what_is_wrong(client: WebClient) -> None:
    wrong = [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]
    answer = error_of(lambda: client.api_call("blocks.validate", json={"blocks": wrong}))
    assert answer["error"] == "invalid_blocks"
    [problem] = answer["errors"]
    assert (problem["pointer"], problem["code"]) == ("/blocks/0/text/type", "failed_constraint")
    assert client.api_call("blocks.validate", json={"blocks": [SECTION]})["ok"]


def test_rate_limits_hit_every_method_for_a_while(client: WebClient, broker: Person, clock: Any) -> None:
    broker.cause("slack_rate_limited", seconds=20)
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=ALERTS.channel_id, text="x")
    assert int(caught.value.response.headers["retry-after"]) in {19, 20}
    clock.advance(21)
    assert client.chat_postMessage(channel=ALERTS.channel_id, text="x")["ok"]


def test_an_outage_answers_500_without_json(client: WebClient, broker: Person) -> None:
    broker.cause("slack_errors", seconds=20)
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=ALERTS.channel_id, text="x")
    assert caught.value.response.status_code == 500
    broker.cause("slack_mend")
    assert client.auth_test()["ok"]


def test_a_slow_slack_outlasts_a_short_timeout(
    server: SandboxServer, workspace: Workspace, broker: Person
) -> None:
    broker.cause("slack_slow", seconds=20, delay=1)
    hasty = WebClient(
        token=workspace.bot_token, base_url=f"{server.url}/api/", timeout=0.2, retry_handlers=[]
    )  # type: ignore[arg-type]
    with pytest.raises(TimeoutError):
        hasty.chat_postMessage(channel=ALERTS.channel_id, text="x")


def test_a_lost_answer_leaves_the_message(client: WebClient, broker: Person) -> None:
    broker.cause("slack_lose_answers", count=1)
    with pytest.raises(OSError, match=r"closed|reset|Remote end"):
        client.chat_postMessage(channel=ALERTS.channel_id, text="once", metadata=KEY)
    history = client.conversations_history(channel=ALERTS.channel_id, include_all_metadata=True)["messages"]
    assert [message["metadata"]["event_payload"]["key"] for message in history] == ["card-7"]
    assert client.chat_postMessage(channel=ALERTS.channel_id, text="again")["ok"]


def test_the_trace_keeps_bodies_but_no_token(client: WebClient, workspace: Workspace) -> None:
    client.chat_postMessage(channel=ALERTS.channel_id, text="late")
    [entry] = workspace.trace.entries("api", "chat.postMessage")
    assert entry.body == {"channel": ALERTS.channel_id, "text": "late"}
    assert workspace.bot_token not in str(workspace.trace.entries())


def test_a_method_takes_a_minutes_calls_and_then_its_rate(client: WebClient, clock: Any) -> None:
    for _ in range(20):
        client.users_list()
    with pytest.raises(SlackApiError) as refused:
        client.users_list()
    assert (refused.value.response.status_code, refused.value.response["error"]) == (429, "ratelimited")
    assert refused.value.response.headers["Retry-After"] == "3"
    clock.advance(3)
    assert client.users_list()["ok"]


def test_the_rates_of_methods_do_not_touch_each_other(client: WebClient) -> None:
    for _ in range(20):
        client.users_list()
    assert client.conversations_list()["ok"]
    assert client.auth_test()["ok"]


@pytest.mark.parametrize(
    ("name", "a_minute"),
    [("chat.update", 50), ("views.open", 100), ("conversations.list", 20), ("auth.test", 0)],
)
def test_a_method_has_the_rate_of_its_tier(name: str, a_minute: int) -> None:
    assert METHODS[name].a_minute == a_minute


def test_without_a_pace_nothing_is_refused(client: WebClient, workspace: Workspace) -> None:
    workspace.pace.limited = False
    assert all(client.users_list()["ok"] for _ in range(25))


def test_nobody_reacts_in_an_archived_channel(client: WebClient, workspace: Workspace) -> None:
    ts = client.chat_postMessage(channel="general", text="Late")["ts"]
    channel = workspace.conversations.get("general")
    workspace.conversations.alter(channel, archived=True)
    with pytest.raises(SlackApiError, match="is_archived"):
        client.reactions_add(channel=channel.id, timestamp=ts, name="eyes")
