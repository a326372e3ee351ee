"""The lock files, held against what the packages in them ask for."""

from __future__ import annotations

import re
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
_PINNED = re.compile(r"^(\S+==.+?) \\$", re.MULTILINE)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_package_that_is_asked_for_with_an_extra_is_locked_with_it(lock: str) -> None:
    """Older pips take the newest release of what is locked without the extra, and then refuse it."""
    named = (Requirement(each) for each in _PINNED.findall((ROOT / lock).read_text(encoding="utf-8")))
    pinned = [each for each in named if _applies(each)]
    extras = {canonicalize_name(each.name): each.extras for each in pinned}
    asked = [Requirement(said) for each in pinned for said in requires(each.name) or ()]
    with_extras = [each for each in asked if each.extras and _applies(each)]
    lacking = [str(each) for each in with_extras if each.extras - extras[canonicalize_name(each.name)]]
    assert with_extras
    assert not lacking


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})
