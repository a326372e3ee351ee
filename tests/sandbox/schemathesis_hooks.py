"""What a schema cannot say: a cursor is one that was given out, and a key is new for each request."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import schemathesis

ANY_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,512}")
ANY_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@schemathesis.hook
def before_call(_: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    del kwargs
    if ANY_CURSOR.fullmatch(str(case.query.get("cursor", ""))):
        del case.query["cursor"]
    if ANY_KEY.fullmatch(str(case.headers.get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = str(uuid4())
