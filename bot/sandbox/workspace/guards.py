"""Who may talk to this server: only this machine, only its own page, only with the session's token."""

from __future__ import annotations

import hmac

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.sandbox.workspace.state import Workspace

_HELP = "Open the address that `lastsync demo` printed: it carries the session's token.\n"


def _own_origins(request: web.Request) -> set[str]:
    port = request.transport.get_extra_info("sockname")[1] if request.transport else 0
    return {f"127.0.0.1:{port}", f"localhost:{port}"}


@web.middleware
async def only_this_machine(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Against DNS rebinding and pages of other origins."""
    own = _own_origins(request)
    origin = request.headers.get("Origin")
    if request.headers.get("Host") not in own or (origin is not None and origin != f"http://{request.host}"):
        return web.Response(status=403, text="This server answers on 127.0.0.1 only.\n")
    return await handler(request)


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    sockets = " ".join(f"ws://{host}" for host in sorted(_own_origins(request)))
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {sockets}; "
        "img-src 'self' data: https:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"


def require_token(workspace: Workspace, given: str) -> None:
    if not hmac.compare_digest(given.encode(), workspace.session_token.encode()):
        raise web.HTTPForbidden(text=_HELP)


def token_of(request: web.Request) -> str:
    """From the header, or from the address for what a browser opens itself."""
    return request.headers.get("X-Sandbox-Token") or request.query.get("token", "")
