"""Issued secrets, and until when they are valid."""

from __future__ import annotations

import threading
from hashlib import sha256
from math import inf
from secrets import token_urlsafe
from typing import Final, Generic, TypeVar

import attrs

from ..clock import Clock

T = TypeVar("T")
_MOST: Final = 10_000


@attrs.define(eq=False)
class _Entry(Generic[T]):
    holder: T
    ends: float


class Ledger(Generic[T]):
    """Secrets of one kind, stored as digests, and who holds them. Safe to use from any thread.

    Args:
        clock: The clock by which they expire.
        prefix: The beginning of each secret.
        seconds: How long one is valid; None is for ever.
        sliding: If True, each use extends it by that time.
    """

    def __init__(self, clock: Clock, prefix: str = "", *, seconds: float | None = None, sliding: bool = False) -> None:
        self._clock = clock
        self._prefix = prefix
        self._seconds = inf if seconds is None else seconds
        self._sliding = sliding
        self._lock = threading.Lock()
        self._entries: dict[bytes, _Entry[T]] = {}

    def issue(self, holder: T) -> str:
        """Make a secret; of more than 10,000 the oldest are removed."""
        secret = self._prefix + token_urlsafe(32)
        with self._lock:
            self._entries[_digest(secret)] = _Entry(holder, self._clock.now() + self._seconds)
            while len(self._entries) > _MOST:
                del self._entries[next(iter(self._entries))]
        return secret

    def find(self, secret: str) -> T | None:
        """Return who holds it, or None if it was never issued, has expired or was revoked."""
        with self._lock:
            entry = self._entries.get(_digest(secret))
            now = self._clock.now()
            if entry is None or now >= entry.ends:
                return None
            if self._sliding:
                entry.ends = now + self._seconds
            return entry.holder

    def clear(self) -> None:
        """Revoke them all."""
        with self._lock:
            self._entries.clear()


def _digest(secret: str) -> bytes:
    # Found by digest, so that the time of the search does not depend on the secret.
    return sha256(secret.encode(errors="replace")).digest()
