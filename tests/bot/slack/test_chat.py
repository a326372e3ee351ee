"""Posting, editing and looking up through the Web API, and what becomes of its errors."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from threading import Thread

import pytest
from slack_sdk import WebClient

from bot.sandbox.cast import ALERTS, BROKER, NEWCOMER
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace
from bot.slack.chat import Identity, SlackChat, web_client
from services.errors import Doubtful, Rejected, Unavailable
from services.ports import ChatMessage

CHANNEL = ALERTS.channel_id


def changed(message: ChatMessage) -> ChatMessage:
    return ChatMessage("Guardian synced", message.blocks)


def test_a_post_returns_its_place_and_can_be_edited_there(
    chat: SlackChat, workspace: Workspace, message: ChatMessage
) -> None:
    ts = chat.post(CHANNEL, message, "key-1")
    chat.edit(CHANNEL, ts, changed(message))
    [posted] = workspace.channel_messages(CHANNEL)
    assert (posted["ts"], posted["text"]) == (ts, "Guardian synced")


def test_a_post_is_found_by_its_key(chat: SlackChat, message: ChatMessage) -> None:
    chat.post(CHANNEL, message, "key-1")
    ts = chat.post(CHANNEL, message, "key-2")
    assert chat.find(CHANNEL, "key-2") == ts
    assert chat.find(CHANNEL, "key-3") is None


def test_a_post_is_found_on_a_later_page(
    chat: SlackChat, message: ChatMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.chat._HISTORY_PAGE", 2)
    ts = chat.post(CHANNEL, message, "key-0")
    for number in range(1, 6):
        chat.post(CHANNEL, message, f"key-{number}")
    assert chat.find(CHANNEL, "key-0") == ts


def test_a_person_is_a_channel_for_posting_editing_and_finding(
    chat: SlackChat, workspace: Workspace, message: ChatMessage
) -> None:
    ts = chat.post(BROKER.user_id, message, "key-1")
    chat.edit(BROKER.user_id, ts, changed(message))
    assert chat.find(BROKER.user_id, "key-1") == ts
    [direct] = workspace.channel_messages(workspace.conversations.get(BROKER.user_id).id)
    assert direct["text"] == "Guardian synced"
    assert chat.find(NEWCOMER.user_id, "key-1") is None


def test_a_refusal_carries_slacks_code(chat: SlackChat, message: ChatMessage) -> None:
    with pytest.raises(Rejected) as caught:
        chat.post("C0NOWHERE1", message, "key-1")
    assert caught.value.code == "channel_not_found"


def test_a_429_says_how_long_to_wait(chat: SlackChat, workspace: Workspace, message: ChatMessage) -> None:
    workspace.faults.begin("rate_limited", seconds=30)
    with pytest.raises(Unavailable) as caught:
        chat.post(CHANNEL, message, "key-1")
    assert caught.value.retry_after is not None
    assert 25 < caught.value.retry_after <= 30


def test_an_error_of_slacks_own_leaves_a_post_in_doubt_and_an_edit_to_be_tried_again(
    chat: SlackChat, workspace: Workspace, message: ChatMessage
) -> None:
    workspace.faults.begin("errors", seconds=30)
    with pytest.raises(Doubtful):
        chat.post(CHANNEL, message, "key-1")
    with pytest.raises(Unavailable):
        chat.edit(CHANNEL, "1.1", message)
    with pytest.raises(Unavailable):
        chat.find(CHANNEL, "key-1")


def test_a_post_whose_answer_is_lost_is_in_doubt_made_once_and_found(
    chat: SlackChat, workspace: Workspace, message: ChatMessage
) -> None:
    workspace.faults.lost_answers = 1
    with pytest.raises(Doubtful):
        chat.post(CHANNEL, message, "key-1")
    [posted] = workspace.channel_messages(CHANNEL)
    assert chat.find(CHANNEL, "key-1") == posted["ts"]


def test_a_slack_that_is_too_slow_leaves_a_post_in_doubt(
    slack: SandboxServer, workspace: Workspace, message: ChatMessage
) -> None:
    workspace.faults.begin("slow", seconds=2, amount=1.5)
    impatient = SlackChat(web_client(workspace.bot_token, f"{slack.url}/api/", seconds=1))
    with pytest.raises(Doubtful):
        impatient.post(CHANNEL, message, "key-1")


@contextlib.contextmanager
def port(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """An address where one connection is taken and treated by `answer`."""

    def serve() -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/"


def hang_up(connection: socket.socket) -> None:
    connection.recv(100_000)


def chatter(connection: socket.socket) -> None:
    connection.recv(100_000)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/html\r\n\r\nhello")


@pytest.mark.parametrize("answer", [hang_up, chatter])
def test_an_answer_that_is_none_leaves_a_post_in_doubt(
    answer: Callable[[socket.socket], None], message: ChatMessage
) -> None:
    with port(answer) as url, pytest.raises(Doubtful):
        SlackChat(web_client("xoxb-made-up", url, seconds=2)).post(CHANNEL, message, "key-1")


def test_a_slack_that_refuses_the_connection_was_certainly_not_reached(message: ChatMessage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/api/"
    with pytest.raises(Unavailable):
        SlackChat(web_client("xoxb-made-up", url, seconds=2)).post(CHANNEL, message, "key-1")


def test_the_identity_is_asked_once(client: WebClient, workspace: Workspace) -> None:
    identity = Identity(client)
    assert identity()["bot_user_id"] == workspace.bot_user_id
    workspace.faults.token_revoked = True
    assert identity()["bot_token"] == workspace.bot_token


def test_a_wrong_token_is_a_refusal_with_slacks_code(slack: SandboxServer) -> None:
    with pytest.raises(Rejected) as caught:
        Identity(web_client("xoxb-made-up", f"{slack.url}/api/", seconds=2)).verify()
    assert caught.value.code == "invalid_auth"


def test_a_reply_goes_into_its_thread_and_is_found_there(
    chat: SlackChat, workspace: Workspace, message: ChatMessage
) -> None:
    root = chat.post(CHANNEL, message, "key-1")
    ts = chat.post(CHANNEL, message, "key-2", thread=root)
    posted = workspace.channel_messages(CHANNEL)[-1]
    assert (posted["ts"], posted["thread_ts"], posted.get("subtype")) == (ts, root, None)
    assert chat.find(CHANNEL, "key-2", thread=root) == ts
    assert chat.find(CHANNEL, "key-2") is None


def test_a_reply_that_is_said_aloud_is_in_the_channel_too(
    chat: SlackChat, workspace: Workspace, message: ChatMessage
) -> None:
    root = chat.post(BROKER.user_id, message, "key-1")
    ts = chat.post(BROKER.user_id, message, "key-2", thread=root, broadcast=True)
    said = workspace.channel_messages(workspace.conversations.get(BROKER.user_id).id)[-1]
    assert said["subtype"] == "thread_broadcast"
    assert chat.find(BROKER.user_id, "key-2") == chat.find(BROKER.user_id, "key-2", thread=root) == ts


def test_a_reply_to_a_message_that_is_gone_is_refused(chat: SlackChat, message: ChatMessage) -> None:
    with pytest.raises(Rejected) as caught:
        chat.post(CHANNEL, message, "key-1", thread="1.000001")
    assert caught.value.code == "thread_not_found"


def test_a_post_can_be_taken_back(chat: SlackChat, workspace: Workspace, message: ChatMessage) -> None:
    chat.delete(CHANNEL, chat.post(CHANNEL, message, "key-1"))
    assert workspace.channel_messages(CHANNEL) == []


def test_a_token_that_was_taken_back_is_noticed_until_it_works_again(
    chat: SlackChat, workspace: Workspace, message: ChatMessage
) -> None:
    workspace.faults.token_revoked = True
    with pytest.raises(Rejected):
        chat.post(CHANNEL, message, "key-1")
    assert chat.refused == "token_revoked"
    workspace.faults.token_revoked = False
    chat.post(CHANNEL, message, "key-1")
    assert chat.refused == ""


def test_another_refusal_says_nothing_against_the_token(chat: SlackChat, message: ChatMessage) -> None:
    with pytest.raises(Rejected):
        chat.post("C0NOWHERE1", message, "key-1")
    assert chat.refused == ""


def test_the_identity_knows_what_was_granted(client: WebClient, workspace: Workspace) -> None:
    identity = Identity(client)
    identity.verify()
    assert identity.granted == workspace.scopes


def dripping(first: bytes, then: bytes) -> Iterator[str]:
    """A Slack that sends a few bytes of its answer, and then one after another for half a minute."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                connection.sendall(first)
                for _ in range(600):
                    connection.sendall(then)
                    time.sleep(0.05)

        Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/"


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (b"HTTP/1.1 200 ", b"O"),
        (OK, b"X: 1\r\n"),
        (OK + b"Content-Length: 9999\r\n\r\n", b" "),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (OK + b"\r\n", b" " * 1_000_000),
    ],
    ids=["status", "headers", "body", "chunks", "no end"],
)
def test_an_answer_that_drips_or_has_no_end_is_given_up(
    message: ChatMessage, first: bytes, then: bytes
) -> None:
    """Fault 25."""
    for url in dripping(first, then):
        began = time.monotonic()
        with pytest.raises(Doubtful):
            SlackChat(web_client("xoxb-1", url, seconds=1)).post(CHANNEL, message, "key-1")
        assert time.monotonic() - began < 25
