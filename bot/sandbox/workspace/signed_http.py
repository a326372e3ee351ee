"""Signed HTTP: the other way in which Slack reaches an app."""

from __future__ import annotations

import json
import time
from urllib.parse import urlencode

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.workspace.errors import Json
from bot.sandbox.workspace.sockets import Unanswered

_OK = 200


def _encoded(kind: str, payload: Json) -> tuple[str, str]:
    """The body and content type that Slack uses for this kind."""
    if kind == "events_api":
        return json.dumps(payload), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form), "application/x-www-form-urlencoded"


async def _answer(response: ClientResponse) -> Json:
    text = await response.text()
    if response.status != _OK:
        final = response.headers.get("X-Slack-No-Retry") == "1"
        raise Unanswered("http_service_error", "http_error", final=final)
    if response.content_type == "application/json" and text.strip():
        decoded: Json = json.loads(text)
        return decoded
    return {"text": text} if text.strip() else {}


class SignedHttp:
    def __init__(self, url: str, signing_secret: str) -> None:
        self.url = url
        self._signer = SignatureVerifier(signing_secret)
        self._session: ClientSession | None = None

    async def send(
        self, kind: str, payload: Json, seconds: float, retry: tuple[int, str] | None = None
    ) -> Json:
        """`retry` is the number and reason of a redelivery."""
        body, content_type = _encoded(kind, payload)
        headers = self._headers(body, content_type)
        if retry is not None:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        if self._session is None:
            self._session = ClientSession()
        timeout = ClientTimeout(total=seconds)
        try:
            async with self._session.post(self.url, data=body, headers=headers, timeout=timeout) as response:
                return await _answer(response)
        except TimeoutError:
            raise Unanswered("operation_timeout", "http_timeout") from None
        except ClientError:
            raise Unanswered("dispatch_failed", "connection_failed") from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _headers(self, body: str, content_type: str) -> dict[str, str]:
        timestamp = str(int(time.time()))
        signature = self._signer.generate_signature(timestamp=timestamp, body=body) or ""
        return {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature,
        }
