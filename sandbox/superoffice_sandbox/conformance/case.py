"""The conformance cases as values. `cases/case.schema.json` says what each member means."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType, field


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must go out."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict[str, str])
    headers: dict[str, str | None] = field(default_factory=dict[str, str | None])
    body: Any


class Response(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is answered. `json` is `UNSET` where `text` is the body, since null is an answer too."""

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
    """One request, its answer, and how many seconds after the first request it may come."""

    request: Request
    response: Response
    not_before: float = 0.0


class Problem(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that did not decode."""

    ticket: int | None
    member: str | None
    position: int


class Error(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a call failed; what is `UNSET` does not count."""

    kind: str
    status: int | UnsetType | None = UNSET
    ids: list[int] | UnsetType = UNSET
    attempts: int | UnsetType = UNSET
    message: str | UnsetType | None = UNSET
    type: str | UnsetType | None = UNSET
    source: str | UnsetType | None = UNSET
    retry_after: float | UnsetType | None = UNSET


class Outcome(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a call came to, as a case has it and as a client reports it."""

    tickets: list[dict[str, Any]] | UnsetType = UNSET
    missing: list[int] | UnsetType = UNSET
    unexpected: list[int] | UnsetType = UNSET
    problems: list[Problem] | UnsetType = UNSET
    error: Error | None = None


class Case(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule: a call, the exchanges that it makes, and what it comes to."""

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
        """The topic, by which the cases are parted into files."""
        return self.id.partition(".")[0]

    @property
    def members(self) -> list[str]:
        """The members of tickets that a client is to report."""
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
    *("request", "select", "project", "locale", "signin", "values", "dates", "enumerations", "masks", "batch"),
    *("answers", "errors", "retries", "lists", "limits", "refused"),
)
"""The topics, in the order in which an SDK is best written."""
