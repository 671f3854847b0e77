"""The conformance cases as values. `cases/case.schema.json` describes each field."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType, field


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request that must be sent."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict[str, str])
    headers: dict[str, str | None] = field(default_factory=dict[str, str | None])
    body: Any


class Response(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The response to it. `json` is `UNSET` if `text` is the body, since null is a response too."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    json: Any = UNSET
    text: str = ""
    connection: Literal["cut", "reset", "silent"] | None = None

    @property
    def content(self) -> bytes:
        """The body."""
        return self.text.encode() if self.json is UNSET else msgspec.json.encode(self.json)


class Exchange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request, its response, and how many seconds after the first request it may come."""

    request: Request
    response: Response
    not_before: float = 0.0


class Problem(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that did not decode."""

    ticket: int | None
    member: str | None
    position: int


class Error(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a call failed; fields that are `UNSET` are not compared."""

    kind: str
    status: int | UnsetType | None = UNSET
    ids: list[int] | UnsetType = UNSET
    attempts: int | UnsetType = UNSET
    message: str | UnsetType | None = UNSET
    type: str | UnsetType | None = UNSET
    source: str | UnsetType | None = UNSET
    retry_after: float | UnsetType | None = UNSET


class Outcome(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The outcome of a call, as a case has it and as a client reports it."""

    tickets: list[dict[str, Any]] | UnsetType = UNSET
    missing: list[int] | UnsetType = UNSET
    unexpected: list[int] | UnsetType = UNSET
    problems: list[Problem] | UnsetType = UNSET
    error: Error | None = None


class Case(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule: a call, its exchanges, and its outcome."""

    id: str
    title: str
    evidence: Literal["documented", "inferred"]
    source: str
    client: dict[str, Any] = field(default_factory=dict[str, Any])
    call: dict[str, Any]
    exchanges: list[Exchange]
    outcome: Outcome

    @property
    def topic(self) -> str:
        """The topic: each has a file of cases."""
        return self.id.partition(".")[0]

    @property
    def members(self) -> list[str]:
        """The fields of tickets that a client must report."""
        tickets = self.outcome.tickets or []
        return list(dict.fromkeys(name for ticket in tickets for name in ticket)) or ["TicketId"]


def folder() -> Traversable:
    """Return the folder of the cases."""
    return files(__name__.rpartition(".")[0]) / "cases"


@cache
def load() -> tuple[Case, ...]:
    """Read the cases, topic by topic.

    >>> load()[0].id
    'request.page-sample'
    """
    found: list[Case] = []
    for file in folder().iterdir():
        if file.name.endswith(".json") and file.name != "case.schema.json":
            found += msgspec.json.decode(file.read_bytes(), type=list[Case])
    return tuple(sorted(found, key=lambda case: TOPICS.index(case.topic)))


TOPICS = (
    *("request", "select", "project", "locale", "authentication", "values", "dates", "enumerations", "masks", "batch"),
    *("responses", "errors", "retries", "lists", "limits", "refused"),
)
"""The topics, in the best order to write an SDK."""
