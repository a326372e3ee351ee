"""Where the bytes of files come in and go out."""

from __future__ import annotations

import hmac

from aiohttp import web

from bot.sandbox.workspace.errors import SlackError
from bot.sandbox.workspace.files import BYTES
from bot.sandbox.workspace.guards import require_token, token_of
from bot.sandbox.workspace.state import Workspace


async def upload(workspace: Workspace, request: web.Request) -> web.Response:
    """The address of `files.getUploadURLExternal`: the bytes as they are, or as a form's only file."""
    try:
        workspace.files.take(request.match_info["key"], await _bytes(request))
    except SlackError as error:
        return web.Response(status=400, text=error.code)
    return web.Response(text="OK")


async def _bytes(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    fields = [each for each in (await request.post()).values() if isinstance(each, web.FileField)]
    return fields[0].file.read() if len(fields) == 1 else b""


async def download(workspace: Workspace, request: web.Request) -> web.Response:
    """For the page's people, who hold its token, and for the bot, who holds its own."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), workspace.bot_token.encode()):
        require_token(workspace, token_of(request))
    try:
        file = workspace.files.get(request.match_info["file"])
    except SlackError:
        raise web.HTTPNotFound from None
    name = "".join(sign if sign.isalnum() or sign in "._-" else "_" for sign in file.name)
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=file.content or b"", content_type=BYTES, headers=disposition)
