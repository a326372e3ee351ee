"""How tests name the fixture that gives a page of the workspace to one of the cast."""

from __future__ import annotations

from collections.abc import Callable

from bot.sandbox.cast import CastMember
from bot.sandbox.workspace.driver import Person

As = Callable[[CastMember], Person]
