"""Files as Slack takes them: an address to send the bytes to, then the file is shared where it belongs."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from mimetypes import guess_type
from pathlib import PurePosixPath

from bot.sandbox.workspace.errors import Json, SlackError

BYTES = "application/octet-stream"


@dataclass
class File:
    """`content` is None until the bytes have come; `channels` are those that it was shared in."""

    id: str
    name: str
    title: str
    size: int
    user: str
    created: int
    content: bytes | None = None
    channels: tuple[str, ...] = ()
    shared: bool = False

    @property
    def mimetype(self) -> str:
        return guess_type(self.name)[0] or BYTES

    def wire(self, base_url: str) -> Json:
        return {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title,
            "mimetype": self.mimetype,
            "filetype": PurePosixPath(self.name).suffix.removeprefix(".") or "binary",
            "user": self.user,
            "size": self.size,
            "mode": "hosted",
            "is_public": bool(self.channels),
            "channels": list(self.channels),
            "url_private": f"{base_url}/files/{self.id}",
            "url_private_download": f"{base_url}/files/{self.id}",
        }


class Files:
    """Kept in memory, for as long as the workspace lives."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._files: dict[str, File] = {}
        self._awaited: dict[str, File] = {}

    def expect(self, name: str, size: int, user: str) -> tuple[File, str]:
        """A file to come, and the key of the address that takes its bytes, once."""
        file_id, key = f"F{secrets.token_hex(5).upper()}", secrets.token_urlsafe(18)
        made = File(file_id, name, name, size, user, int(self._clock().timestamp()))
        self._files[file_id] = self._awaited[key] = made
        return made, key

    def take(self, key: str, content: bytes) -> None:
        """Raise SlackError unless these are the bytes that were announced."""
        awaited = self._awaited.get(key)
        if awaited is None:
            raise SlackError("upload_url_expired")
        if len(content) != awaited.size:
            raise SlackError("length_mismatch")
        awaited.content = content
        del self._awaited[key]

    def get(self, file_id: str) -> File:
        found = self._files.get(file_id)
        if found is None:
            raise SlackError("file_not_found")
        return found

    def all(self) -> list[File]:
        return [each for each in self._files.values() if each.shared]

    def remove(self, file: File) -> None:
        del self._files[file.id]
