"""What every connector over HTTP shares: bounds on each answer, what is worth a further try, and when."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, cast

import httpcore
import httpx
import stamina

from services.errors import LastsyncError, Misconfigured, Unavailable
from services.outbox import asked_pause

ATTEMPTS = 3
PATIENCE = 6.0  # seconds; no try of a call begins after that
SHORT_WAIT = 2.0  # seconds; a longer Retry-After is the caller's to wait for
CONNECTING = 2.0  # seconds, at most
WHOLE = 8.0  # seconds from a request's first byte to the last of its answer, however it drips
LARGEST = 8 << 20  # bytes of an answer, unpacked
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def retrying() -> stamina.BoundRetryingCaller:
    """A caller that asks again after a short while, where that may help.

    What it calls takes no arguments of its own, because stamina logs those.
    """
    caller = stamina.RetryingCaller(
        attempts=ATTEMPTS, timeout=PATIENCE, wait_initial=0.1, wait_max=1.0, wait_jitter=0.2
    )
    return caller.on(_worth_waiting)


def within(timeout: float) -> httpx.Timeout:
    """`timeout` is in seconds, for each wait of each try."""
    return httpx.Timeout(timeout, connect=min(timeout, CONNECTING))


def retry_after(answer: httpx.Response) -> float | None:
    """The pause that it asks for, in seconds; None where it names none."""
    return asked_pause(answer.headers.get("Retry-After"), datetime.now(UTC))


class Stale(Unavailable):
    """What was to be changed was changed meanwhile: the same request would fail again in a moment."""


def _worth_waiting(error: Exception) -> bool | float:
    if not isinstance(error, Unavailable) or isinstance(error, Misconfigured | Stale):
        return False
    if error.retry_after is None:
        return True
    return error.retry_after if error.retry_after <= SHORT_WAIT else False


def body_of(answer: httpx.Response, too_large: LastsyncError) -> bytes:
    """Read a streamed answer, and raise `too_large` where it is beyond `LARGEST`."""
    read = bytearray()
    # What came unpacked needs none of httpx's unpacking, which takes as long as the reading.
    packed = "Content-Encoding" in answer.headers
    for block in answer.iter_bytes() if packed else cast("httpx.SyncByteStream", answer.stream):
        read += block
        if len(read) > LARGEST:
            raise too_large
    return bytes(read)


def bound(client: httpx.Client) -> httpx.Client:
    """The client with `WHOLE` kept for each of its calls."""
    for each in (client._transport, *client._mounts.values()):  # noqa: SLF001  see `bound_transport`
        if isinstance(each, httpx.HTTPTransport):
            bound_transport(each)
    return client


def bound_transport(transport: httpx.HTTPTransport) -> httpx.HTTPTransport:
    """A time-out of httpx's is for each wait: a byte each half second keeps within it for ever.

    httpx offers no way to its network backend, which httpcore documents; a test drips, and would tell.
    """
    pool: Any = transport._pool  # noqa: SLF001
    pool._network_backend = _TimedBackend(pool._network_backend)  # noqa: SLF001
    return transport


class _TimedBackend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore.NetworkStream:  # noqa: ANN401  passed on
        return _TimedStream(self._inner.connect_tcp(*args, **options))

    def connect_unix_socket(self, *args: Any, **options: Any) -> httpcore.NetworkStream:  # noqa: ANN401  passed on
        return _TimedStream(self._inner.connect_unix_socket(*args, **options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _TimedStream(httpcore.NetworkStream):
    """A request begins with what is written after something was read, and then the clock runs."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._answering = True
        self._until = 0.0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._answering = True
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer as a whole took too long")
        return self._inner.read(max_bytes, left if timeout is None else min(timeout, left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._answering:
            self._answering, self._until = False, time.monotonic() + WHOLE
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:  # noqa: ANN401  passed on
        return _TimedStream(self._inner.start_tls(*args, **options))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  httpcore's own signature
        return self._inner.get_extra_info(info)
