"""files.*: uploading in Slack's three steps, and what becomes of a file."""

from __future__ import annotations

import json

from bot.sandbox.workspace.errors import Json, SlackError
from bot.sandbox.workspace.files import File
from bot.sandbox.workspace.methods.calls import Caller, Method, need, page
from bot.sandbox.workspace.methods.chat import open_channel, thread
from bot.sandbox.workspace.state import Workspace


def _address(caller: Caller, arguments: Json) -> Json:
    need(arguments, "filename", "length")
    workspace = caller.workspace
    length = str(arguments["length"])
    if not length.isdigit() or int(length) == 0:
        raise SlackError("invalid_arguments")
    file, key = workspace.files.expect(str(arguments["filename"]), int(length), workspace.bot_user_id)
    return {"upload_url": f"http://{caller.host}/upload/{key}", "file_id": file.id}


def _complete(caller: Caller, arguments: Json) -> Json:
    need(arguments, "files")
    workspace = caller.workspace
    files = [_named(workspace, each) for each in _list_of(arguments["files"])]
    for channel_id in _channels(arguments):
        _share(workspace, channel_id, files, arguments)
    for file in files:
        file.shared = True
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


def _list_of(given: object) -> list[Json]:
    try:
        found = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        found = None
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
        raise SlackError("invalid_arguments")
    return found


def _named(workspace: Workspace, given: Json) -> File:
    file = workspace.files.get(str(given.get("id")))
    if file.content is None:
        raise SlackError("file_not_found")
    file.title = str(given.get("title") or file.name)
    return file


def _channels(arguments: Json) -> list[str]:
    given = str(arguments.get("channels") or arguments.get("channel_id") or "")
    return [each for each in given.split(",") if each]


def _share(workspace: Workspace, channel_id: str, files: list[File], arguments: Json) -> None:
    channel = open_channel(workspace, channel_id)
    said = {"text": str(arguments.get("initial_comment") or ""), **thread(workspace, channel, arguments)}
    workspace.pace.post(channel.id)
    for file in files:
        file.channels = (*file.channels, channel.id)
    shown = [file.wire(workspace.base_url) for file in files]
    posted = workspace.post_as_bot(channel, {**said, "subtype": "file_share", "files": shown})
    workspace.on_bot_message(channel, posted)


def _info(caller: Caller, arguments: Json) -> Json:
    need(arguments, "file")
    workspace = caller.workspace
    return {"file": workspace.files.get(str(arguments["file"])).wire(workspace.base_url), "comments": []}


def _list(caller: Caller, arguments: Json) -> Json:
    workspace = caller.workspace
    channel = arguments.get("channel")
    chosen = [file for file in workspace.files.all() if channel is None or channel in file.channels]
    return page([file.wire(workspace.base_url) for file in chosen], arguments, "files")


def _delete(caller: Caller, arguments: Json) -> Json:
    need(arguments, "file")
    workspace = caller.workspace
    file = workspace.files.get(str(arguments["file"]))
    workspace.files.remove(file)
    for channel_id in file.channels:
        _unshare(workspace, channel_id, file)
    return {}


def _unshare(workspace: Workspace, channel_id: str, file: File) -> None:
    channel = workspace.conversations.get(channel_id)
    for message in [one for one in channel.messages if "files" in one]:
        left = [shown for shown in message["files"] if shown["id"] != file.id]
        if len(left) < len(message["files"]):
            gone = {"id": file.id, "mode": "tombstone"}
            workspace.conversations.change(channel, message, {"files": [*left, gone]})


METHODS = {
    "files.getUploadURLExternal": Method(
        _address, ("files:write",), tier=4, differs="`snippet_type` and `alt_txt` are not read"
    ),
    "files.completeUploadExternal": Method(
        _complete,
        ("files:write",),
        tier=4,
        differs="shared at once, without a preview; `blocks` are not read",
    ),
    "files.info": Method(_info, ("files:read",), tier=4, differs="no comments, previews or public links"),
    "files.list": Method(_list, ("files:read",), tier=3, differs="filters by channel alone; pages by cursor"),
    "files.delete": Method(_delete, ("files:write",), tier=3),
}
