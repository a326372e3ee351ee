"""What the App Home answers to."""

from __future__ import annotations

from handlers.home import home
from handlers.home.ids import HomeAction
from handlers.kit.surface import Surface, ids

SURFACE = Surface(
    actions={
        HomeAction.UNMUTE: home.unmute,
        HomeAction.REFRESH: home.refresh,
        HomeAction.OPEN: home.open_item,
    },
    events={
        "app_home_opened": home.opened,
    },
    names=ids(HomeAction),
)
