from __future__ import annotations
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal
import msgspec
from msgspec import UNSET, Struct, UnsetType, field

class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict[str, str])
    headers: dict[str, str | None] = field(default_factory=dict[str, str | None])
    body: Any

class Response(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    json: Any = UNSET
    text: str = ''
    connection: Literal['cut', 'reset', 'silent'] | None = None

    @property
    def content(self) -> bytes:
        ...

class Exchange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    request: Request
    response: Response
    not_before: float = 0.0

class Problem(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ticket: int | None
    member: str | None
    position: int

class Error(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: str
    status: int | UnsetType | None = UNSET
    ids: list[int] | UnsetType = UNSET
    attempts: int | UnsetType = UNSET
    message: str | UnsetType | None = UNSET
    type: str | UnsetType | None = UNSET
    source: str | UnsetType | None = UNSET
    retry_after: float | UnsetType | None = UNSET

class Outcome(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tickets: list[dict[str, Any]] | UnsetType = UNSET
    missing: list[int] | UnsetType = UNSET
    unexpected: list[int] | UnsetType = UNSET
    problems: list[Problem] | UnsetType = UNSET
    error: Error | None = None

class Case(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    title: str
    evidence: Literal['documented', 'inferred']
    source: str
    client: dict[str, Any] = field(default_factory=dict[str, Any])
    call: dict[str, Any]
    exchanges: list[Exchange]
    outcome: Outcome

    @property
    def topic(self) -> str:
        ...

    @property
    def members(self) -> list[str]:
        ...

def folder() -> Traversable:
    ...

@cache
def load() -> tuple[Case, ...]:
    ...
TOPICS = (*('request', 'select', 'project', 'locale', 'signin', 'values', 'dates', 'enumerations', 'masks', 'batch'), *('answers', 'errors', 'retries', 'lists', 'limits', 'refused'))
