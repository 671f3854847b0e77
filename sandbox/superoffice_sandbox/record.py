"""The requests that came in, for assertions."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, overload
from urllib.parse import parse_qsl, urlencode

import attrs
import msgspec

_SECRET = {"authorization", "cookie", "x-xsrf-token", "so-apptoken", "x-sandbox-admin"}
_SIGN_IN = "/login/"
# Of a request to sign in: what may be shown, and what is named; the rest, names and all, may be a secret.
_SHOWN = {
    "client_id",
    "code_challenge_method",
    "contextidentifier",
    "grant_type",
    "redirect_uri",
    "response_type",
    "returntokentype",
    "scope",
}
_NAMED = {
    "applicationtoken",
    "choice",
    "client_secret",
    "code",
    "code_challenge",
    "code_verifier",
    "nonce",
    "password",
    "refresh_token",
    "signedsystemtoken",
    "state",
    "user",
}
_KEPT_REQUESTS = 1_000
_KEPT_BYTES = 16_000_000


@attrs.frozen(kw_only=True)
class RecordedRequest:
    """A request as it came in, and the status it was answered with; credentials are `***`.

    `headers` has names in lower case. `status` is 0 where the connection was cut or reset. Of what signs in, below
    `/login`, only members of body and query that are no secrets are shown.

    >>> _ = client.tickets.get(439, select=["Title"])
    >>> last = box.requests[-1]
    >>> last.method, last.status, last.json(), last.headers["authorization"]
    ('POST', 200, {'TicketIds': [439]}, '***')
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = attrs.field(repr=False)
    status: int

    def json(self) -> Any:
        """Decode the body."""
        return msgspec.json.decode(self.body)

    def form(self) -> dict[str, str]:
        """Read the members of a body that is a form."""
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))


class Requests(Sequence[RecordedRequest]):
    """The last 1,000 requests, oldest first, or fewer where their bodies are large."""

    def __init__(self, *, secrets: bool = False) -> None:
        self._secrets = secrets
        self._lock = threading.Lock()
        self._kept: deque[RecordedRequest] = deque()
        self._bytes = 0

    def add(self, *, method: str, path: str, query: str, headers: dict[str, str], body: bytes, status: int) -> None:
        """Keep a request."""
        if not self._secrets:
            headers = {name: "***" if name in _SECRET else value for name, value in headers.items()}
            if path.lower().startswith(_SIGN_IN):
                query, body = _veiled_form(query), _veiled(body)
        made = RecordedRequest(method=method, path=path, query=query, headers=headers, body=body, status=status)
        with self._lock:
            self._kept.append(made)
            self._bytes += len(body)
            while len(self._kept) > _KEPT_REQUESTS or self._bytes > _KEPT_BYTES:
                self._bytes -= len(self._kept.popleft().body)

    def clear(self) -> None:
        """Forget them."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _copy(self) -> list[RecordedRequest]:
        with self._lock:
            return list(self._kept)

    @overload
    def __getitem__(self, place: int) -> RecordedRequest: ...
    @overload
    def __getitem__(self, place: slice) -> list[RecordedRequest]: ...
    def __getitem__(self, place: int | slice) -> RecordedRequest | list[RecordedRequest]:
        return self._copy()[place]

    def __iter__(self) -> Iterator[RecordedRequest]:
        return iter(self._copy())

    def __len__(self) -> int:
        return len(self._kept)

    def __repr__(self) -> str:
        return f"<{len(self)} requests>"


def _veiled(body: bytes) -> bytes:
    try:
        members = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _veiled_form(body.decode(errors="replace")).encode()
    return msgspec.json.encode(dict(_veiled_pair(*pair) for pair in members.items()))


def _veiled_form(text: str) -> str:
    return urlencode([_veiled_pair(*pair) for pair in parse_qsl(text, keep_blank_values=True)], safe="*")


def _veiled_pair(name: str, value: Any) -> tuple[str, Any]:
    if name.lower() in _SHOWN:
        return name, value
    return name if name.lower() in _NAMED else "***", "***"
