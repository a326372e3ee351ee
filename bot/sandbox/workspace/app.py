"""The aiohttp application around a workspace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.sandbox.workspace import guards, page, people_say, respond, transfers, webapi
from bot.sandbox.workspace.events_menu import Stir
from bot.sandbox.workspace.state import Workspace

_LARGEST = 4 * 1024 * 1024


def build_app(workspace: Workspace, stir: Stir | None = None) -> web.Application:
    app = web.Application(
        middlewares=[guards.only_this_machine, _base_url_keeper(workspace)], client_max_size=_LARGEST
    )
    app[page.PAGE_SOCKETS] = set()
    app.add_routes(_slack_routes(workspace))
    app.add_routes(_page_routes(workspace, stir))
    app.on_response_prepare.append(guards.add_security_headers)
    app.on_startup.append(_starting(workspace, stir))
    app.on_shutdown.append(_stopping(workspace))
    workspace.on_bot_message = partial(people_say.report_message, workspace)
    return app


def _slack_routes(workspace: Workspace) -> list[web.RouteDef]:
    api = partial(webapi.handle, workspace)
    return [
        web.get("/api/{method}", api),
        web.post("/api/{method}", api),
        web.get("/link/", partial(_link, workspace)),
        web.post("/respond/{key}", partial(respond.handle, workspace)),
        web.post("/upload/{key}", partial(transfers.upload, workspace)),
    ]


def _page_routes(workspace: Workspace, stir: Stir | None) -> list[web.AbstractRouteDef]:
    return [
        web.get("/", partial(page.index, workspace)),
        web.get("/page/live", partial(page.live, workspace)),
        web.post("/page/{verb}", partial(page.verb, workspace)),
        web.get(r"/page/trace/{number:\d+}", partial(page.show_passage, workspace)),
        web.get("/sandbox/events", partial(page.show_menu, workspace, stir)),
        web.post("/sandbox/events", partial(page.cause_event, workspace, stir)),
        web.get("/files/{file}", partial(transfers.download, workspace)),
        web.static("/static", page.STATIC),
    ]


async def _link(workspace: Workspace, request: web.Request) -> web.StreamResponse:
    if not workspace.socket_tickets.redeem(request.query.get("ticket", "")):
        return web.Response(status=403, text="This ticket was used or never issued.\n")
    return await workspace.sockets.serve(request)


def _base_url_keeper(workspace: Workspace) -> Middleware:
    """Response URLs need our own address, which is only known once someone has reached us."""

    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        workspace.base_url = workspace.base_url or f"http://{request.host}"
        return await handler(request)

    return keep


def _starting(workspace: Workspace, stir: Stir | None) -> Callable[[web.Application], Awaitable[None]]:
    async def start(_app: web.Application) -> None:
        workspace.live.attach_loop()
        if stir is not None:
            stir.subscribe(lambda sentence: workspace.live.tell({"type": "world", "text": sentence}))

    return start


def _stopping(workspace: Workspace) -> Callable[[web.Application], Awaitable[None]]:
    async def stop(app: web.Application) -> None:
        await workspace.delivery.close()
        await workspace.sockets.close()
        await asyncio.gather(*(socket.close(code=1001) for socket in [*app[page.PAGE_SOCKETS]]))

    return stop
