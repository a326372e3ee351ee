"""Files and reactions, as the real slack_sdk client meets them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox.cast import ALERTS, BOT_USER_ID, GENERAL
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import DEFAULT_SCOPES, Workspace, build_app
from bot.sandbox.workspace.driver import Person

TABLE = b"who,what\nbroker,resolved\n"


@pytest.fixture
def workspace() -> Workspace:
    more = {"files:read", "files:write", "reactions:read", "channels:join"}
    return Workspace(scopes=DEFAULT_SCOPES | more, paced=False)


def error_of(call: Callable[[], Any]) -> str:
    with pytest.raises(SlackApiError) as caught:
        call()
    return str(caught.value.response["error"])


def upload(client: WebClient, **more: Any) -> str:
    answer = client.files_upload_v2(content=TABLE.decode(), filename="audit.csv", title="Audit log", **more)
    return str(answer["files"][0]["id"])


def test_a_file_is_uploaded_and_shared_in_a_channel(client: WebClient, broker: Person) -> None:
    file_id = upload(client, channel=ALERTS.channel_id, initial_comment="This week's log")
    [message] = broker.messages("carrier-alerts")
    [file] = message["files"]
    assert (message["text"], message["subtype"]) == ("This week's log", "file_share")
    assert (file["id"], file["name"], file["title"], file["size"]) == (file_id, "audit.csv", "Audit log", 25)
    assert file["mimetype"] == "text/csv"


def test_its_bytes_come_back_to_those_who_may(
    client: WebClient, server: SandboxServer, workspace: Workspace
) -> None:
    address = f"{server.url}/files/{upload(client, channel=ALERTS.channel_id)}"
    bot = {"Authorization": f"Bearer {workspace.bot_token}"}
    page = {"token": workspace.session_token}
    assert httpx.get(address, headers=bot).content == TABLE
    answer = httpx.get(address, params=page)
    assert answer.content == TABLE
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    assert httpx.get(address).status_code == 403
    assert httpx.get(f"{server.url}/files/F0NONE", params=page).status_code == 404


def test_a_file_can_be_shared_in_a_thread(client: WebClient, broker: Person) -> None:
    root = client.chat_postMessage(channel=GENERAL.channel_id, text="The log, please")["ts"]
    upload(client, channel=GENERAL.channel_id, thread_ts=root)
    [asked, shared] = broker.messages("general")
    assert (shared["thread_ts"], asked["reply_count"]) == (root, 1)


def test_a_file_that_belongs_nowhere_is_listed_with_no_channel(client: WebClient) -> None:
    file_id = upload(client)
    shared = upload(client, channel=ALERTS.channel_id)
    assert [file["id"] for file in client.files_list()["files"]] == [file_id, shared]
    assert [file["id"] for file in client.files_list(channel=ALERTS.channel_id)["files"]] == [shared]
    assert client.files_info(file=file_id)["file"]["channels"] == []


def test_a_deleted_file_leaves_its_message(client: WebClient, broker: Person) -> None:
    file_id = upload(client, channel=ALERTS.channel_id)
    client.files_delete(file=file_id)
    [message] = broker.messages("carrier-alerts")
    assert message["files"] == [{"id": file_id, "mode": "tombstone"}]
    assert error_of(lambda: client.files_info(file=file_id)) == "file_not_found"
    assert error_of(lambda: client.files_delete(file=file_id)) == "file_not_found"


@pytest.fixture
def address(client: WebClient) -> tuple[str, str]:
    answer = client.files_getUploadURLExternal(filename="a.txt", length=3)
    return answer["upload_url"], answer["file_id"]


def test_an_address_takes_the_announced_bytes_once(client: WebClient, address: tuple[str, str]) -> None:
    url, file_id = address
    assert httpx.post(url, content=b"four").text == "length_mismatch"
    assert error_of(lambda: client.files_completeUploadExternal(files=[{"id": file_id}])) == "file_not_found"
    assert httpx.post(url, files={"file": b"abc"}).status_code == 200
    assert httpx.post(url, content=b"abc").text == "upload_url_expired"
    [file] = client.files_completeUploadExternal(files=[{"id": file_id}])["files"]
    assert file == {"id": file_id, "title": "a.txt"}


@pytest.mark.parametrize("length", [0, -1, "many"])
def test_a_length_that_is_none_is_refused(client: WebClient, length: object) -> None:
    call = {"filename": "a.txt", "length": length}
    assert error_of(lambda: client.api_call("files.getUploadURLExternal", params=call)) == "invalid_arguments"


@pytest.mark.parametrize("files", ["", "no list", "[]", '["F1"]'])
def test_a_list_of_files_that_is_none_is_refused(client: WebClient, files: str) -> None:
    call = {"files": files}
    assert (
        error_of(lambda: client.api_call("files.completeUploadExternal", params=call)) == "invalid_arguments"
    )


def test_a_file_is_not_shared_where_the_bot_may_not_write(client: WebClient, broker: Person) -> None:
    broker.cause("slack_archive_channel", channel=ALERTS.channel_id)
    assert error_of(lambda: upload(client, channel=ALERTS.channel_id)) == "is_archived"


def test_files_need_their_scopes() -> None:
    poor = Workspace(scopes=("chat:write",))
    with SandboxServer(build_app(poor)) as server:
        client = WebClient(token=poor.bot_token, base_url=f"{server.url}/api/")
        assert error_of(lambda: upload(client)) == "missing_scope"
        assert error_of(client.files_list) == "missing_scope"


def test_a_reaction_is_put_on_and_taken_off(client: WebClient) -> None:
    ts = client.chat_postMessage(channel=GENERAL.channel_id, text="late")["ts"]
    place = {"channel": GENERAL.channel_id, "timestamp": ts}
    client.reactions_add(name="eyes", **place)
    [given] = client.reactions_get(**place)["message"]["reactions"]
    assert given == {"name": "eyes", "users": [BOT_USER_ID], "count": 1}
    [item] = client.reactions_list()["items"]
    assert item["message"]["ts"] == ts
    assert error_of(lambda: client.reactions_add(name="eyes", **place)) == "already_reacted"
    client.reactions_remove(name="eyes", **place)
    assert client.reactions_get(**place)["message"]["reactions"] == []
    assert error_of(lambda: client.reactions_remove(name="eyes", **place)) == "no_reaction"


def test_a_reaction_needs_a_name_and_a_message(client: WebClient) -> None:
    ts = client.chat_postMessage(channel=GENERAL.channel_id, text="late")["ts"]
    place = {"channel": GENERAL.channel_id, "timestamp": ts}
    assert error_of(lambda: client.reactions_add(name="<script>", **place)) == "invalid_name"
    gone = {**place, "timestamp": "1.000001"}
    assert error_of(lambda: client.reactions_add(name="eyes", **gone)) == "message_not_found"
