"""The requests that the sandbox received, for assertions."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, overload
from urllib.parse import parse_qsl, urlencode

import attrs
import msgspec

_SECRET = {"authorization", "cookie", "x-xsrf-token", "so-apptoken", "x-sandbox-admin"}
_LOGIN = "/login/"
# Fields of a request to sign in: those that are shown, and those whose names are; of others the name too may be secret.
_SHOWN = {
    *("client_id", "code_challenge_method", "contextidentifier", "grant_type", "redirect_uri", "response_type"),
    *("returntokentype", "scope"),
}
_NAMED = {
    *("applicationtoken", "choice", "client_secret", "code", "code_challenge", "code_verifier", "nonce", "password"),
    *("refresh_token", "signedsystemtoken", "state", "user"),
}
_MAX_REQUESTS = 1_000
_MAX_BYTES = 16_000_000


@attrs.frozen(kw_only=True)
class RecordedRequest:
    """A request, and the status of its response; credentials are `***`.

    `headers` has names in lower case. `request_id` is the response's `X-Request-Id`, and an error's `request_id`.
    `status_code` is 0 if the connection was cut or reset. Below `/login`, only
    fields of body and query that are not secret are shown.

    >>> _ = client.tickets.get(439, select=["Title"])
    >>> last = box.requests[-1]
    >>> last.method, last.status_code, last.json(), last.headers["authorization"]
    ('POST', 200, {'TicketIds': [439]}, '***')
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = attrs.field(repr=False)
    status_code: int
    request_id: str

    def json(self) -> Any:
        """Decode the body as JSON."""
        return msgspec.json.decode(self.body)

    def form(self) -> dict[str, str]:
        """Decode the body as a form."""
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))


class Requests(Sequence[RecordedRequest]):
    """The last 1,000 requests, oldest first, or fewer where their bodies are large."""

    def __init__(self, *, secrets: bool = False) -> None:
        self._secrets = secrets
        self._lock = threading.Lock()
        self._requests: deque[RecordedRequest] = deque()
        self._bytes = 0

    def add(
        self,
        *,
        method: str,
        path: str,
        query: str,
        headers: dict[str, str],
        body: bytes,
        status_code: int,
        request_id: str,
    ) -> None:
        """Record a request."""
        if not self._secrets:
            headers = {name: "***" if name in _SECRET else value for name, value in headers.items()}
            if path.lower().startswith(_LOGIN):
                query, body = _redacted_form(query), _redacted(body)
        made = RecordedRequest(
            method=method,
            path=path,
            query=query,
            headers=headers,
            body=body,
            status_code=status_code,
            request_id=request_id,
        )
        with self._lock:
            self._requests.append(made)
            self._bytes += len(body)
            while len(self._requests) > _MAX_REQUESTS or self._bytes > _MAX_BYTES:
                self._bytes -= len(self._requests.popleft().body)

    def clear(self) -> None:
        """Remove all of them."""
        with self._lock:
            self._requests.clear()
            self._bytes = 0

    def _copy(self) -> list[RecordedRequest]:
        with self._lock:
            return list(self._requests)

    @overload
    def __getitem__(self, place: int) -> RecordedRequest: ...
    @overload
    def __getitem__(self, place: slice) -> list[RecordedRequest]: ...
    def __getitem__(self, place: int | slice) -> RecordedRequest | list[RecordedRequest]:
        return self._copy()[place]

    def __iter__(self) -> Iterator[RecordedRequest]:
        return iter(self._copy())

    def __len__(self) -> int:
        return len(self._requests)

    def __repr__(self) -> str:
        return f"<{len(self)} requests>"


def _redacted(body: bytes) -> bytes:
    try:
        fields = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _redacted_form(body.decode(errors="replace")).encode()
    return msgspec.json.encode(dict(_redacted_pair(*pair) for pair in fields.items()))


def _redacted_form(text: str) -> str:
    return urlencode([_redacted_pair(*pair) for pair in parse_qsl(text, keep_blank_values=True)], safe="*")


def _redacted_pair(name: str, value: Any) -> tuple[str, Any]:
    if name.lower() in _SHOWN:
        return name, value
    return name if name.lower() in _NAMED else "***", "***"
