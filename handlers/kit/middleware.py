"""What every listener finds in its arguments: `desk`, `render`, `operators`, and Bolt's own `user_id`.

Nothing keeps a list of what was delivered before: every listener may run twice with the effect of once.
Reading and publishing are idempotent, a form's use case is keyed by its view's id, and a card's button by the
version that it shows.
"""

from __future__ import annotations

from collections.abc import Callable

from slack_bolt import App, BoltContext, BoltResponse

from handlers.kit.rendering import Renderer
from services.desk import Desk


def register(app: App, desk: Desk, render: Renderer, operators: str | None) -> None:
    @app.middleware
    def equip(context: BoltContext, next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002  Bolt's name
        context["desk"] = desk
        context["render"] = render
        context["operators"] = operators
        return next()
