"""Slack in, Slack out. The stories' surfaces are joined here; a test holds manifest.yml equal to them."""

from __future__ import annotations

from pathlib import Path

from slack_bolt import App

from handlers.alerts import surface as alerts
from handlers.channels import surface as channels
from handlers.employees import surface as employees
from handlers.home import surface as home
from handlers.kit import errors, middleware, search
from handlers.kit.rendering import Renderer
from handlers.kit.surface import join
from handlers.messages import surface as messages
from handlers.people import surface as people
from handlers.status import surface as status
from services.desk import Desk

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
STORIES = (status, messages, alerts, home, channels, employees, people)  # the frequent ones first
SURFACE = join([*(each.SURFACE for each in STORIES), search.SURFACE])


def renderer() -> Renderer:
    """Every template, with the words and ids of every story."""
    return Renderer(TEMPLATES, SURFACE.filters, SURFACE.names)


def register(app: App, desk: Desk, render: Renderer, operators: str | None = None) -> None:
    """Join every listener of the surface to the app. `operators`: the channel of those who run Lastsync."""
    middleware.register(app, desk, render, operators)
    SURFACE.register(app)
    errors.register(app, render)
