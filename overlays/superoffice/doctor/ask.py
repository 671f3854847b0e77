"""What the doctor's checks and probes have in common: a finding, and a way to ask that keeps the raw answer."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, cast

import attrs
import msgspec

from superoffice_api.api.ticket.get_tickets import build, get_tickets
from superoffice_api.models import GetTicketsRequest
from superoffice_runtime import Response

from ..settings import ClientSettings
from ..transport.sync import SyncSender

Level: TypeAlias = Literal["ok", "unseen", "warn", "fail"]
NO_SUCH_ID = 2**31 - 1  # the greatest that an id can be; no tenant has counted so far


@attrs.frozen
class Finding:
    """One thing that was looked at: how it stands, what was seen, and what to do in a plain sentence.

    `unseen` is no trouble: nothing that was asked for showed it. `key` and `value` are the words of a saved file.

    >>> Finding("clock", "warn", "2 minutes behind the server's", "Set this machine's clock.").level
    'warn'
    """

    name: str
    level: Level
    seen: str
    advice: str = ""
    key: str = ""
    value: str | int | None = None


def _is_id(value: object) -> bool:
    return type(value) is int and value > 0


Kind: TypeAlias = Literal["tickets", "null", "error", "page", "other"]


@attrs.frozen
class Answer:
    """A server's answer as it came: `rows` are the tickets, where it is a list, with null for what came as null."""

    status: int
    headers: Mapping[str, str]
    kind: Kind
    rows: list[dict[str, Any] | None]
    error: Mapping[str, Any]
    seconds: float
    at: datetime

    @property
    def tickets(self) -> dict[int, dict[str, Any]]:
        """The tickets that came, by id; what stands in a missing one's place is none."""
        return {row["TicketId"]: row for row in self.rows if row and _is_id(row.get("TicketId"))}

    @property
    def ids(self) -> list[int]:
        """The ids of the tickets that came, in the server's order, repeated ones too."""
        return [row["TicketId"] for row in self.rows if row and _is_id(row.get("TicketId"))]

    @property
    def said(self) -> str:
        """What came in place of tickets, in a few words."""
        if self.status != 200:
            return f"status {self.status}" + (" with a web page" if self.kind == "page" else "")
        words = {"null": "200 with null", "error": "200 with an error", "page": "200 with a web page"}
        return words.get(self.kind, "200 with something that is no list of tickets")


class Asker:
    """Asks a site, with the client's own limits and repetitions."""

    def __init__(self, core: ClientSettings, sender: SyncSender) -> None:
        self._core = core
        self._sender = sender

    def ask(self, ids: Sequence[int], **parameters: Any) -> Answer:
        """Send one call, with the operation's own parameters; raises `APIConnectionError`."""
        request = build(GetTicketsRequest(ticket_ids=list(ids)), **parameters)
        out = self._core.prepare(get_tickets, request, {}, [number for number in ids if number > 0])
        response = self._sender.run(self._core.attempts(out), out)
        seconds = time.monotonic() - out.sent_at  # setting a connection up here is no fault of the server's
        kind, found = _read(response)
        if response.status != 200 and kind == "tickets":
            kind = "other"
        rows: list[dict[str, Any] | None] = found if kind == "tickets" else []
        error: dict[str, Any] = found if kind == "error" else {}
        return Answer(response.status, response.headers, kind, rows, error, seconds, datetime.now(UTC))


def _read(response: Response) -> tuple[Kind, Any]:
    """Tell what an answer to a call for JSON is, and give it."""
    if response.content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return "page", None
    try:
        found: Any = msgspec.json.decode(get_tickets.json(response))
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return "other", None
    if found is None:
        return "null", None
    if isinstance(found, dict):
        return "error", cast("dict[str, Any]", found)
    try:
        return "tickets", msgspec.convert(found, list[dict[str, Any] | None])
    except msgspec.ValidationError:
        return "other", None
