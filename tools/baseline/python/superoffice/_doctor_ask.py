from __future__ import annotations
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, cast
import attrs
import msgspec
from superoffice_api.api.ticket.get_tickets import get_tickets
from superoffice_api.models import GetTicketsRequest
from superoffice_runtime import Response
from ._core import Core
from ._send import SyncSender
Level: TypeAlias = Literal['ok', 'unseen', 'warn', 'fail']
NO_SUCH_ID = 2 ** 31 - 1

@attrs.frozen
class Finding:
    name: str
    level: Level
    seen: str
    advice: str = ''
    key: str = ''
    value: str | int | None = None
Kind: TypeAlias = Literal['tickets', 'null', 'error', 'page', 'other']

@attrs.frozen
class Answer:
    status: int
    headers: Mapping[str, str]
    kind: Kind
    rows: list[dict[str, Any] | None]
    error: Mapping[str, Any]
    seconds: float
    at: datetime

    @property
    def tickets(self) -> dict[int, dict[str, Any]]:
        ...

    @property
    def ids(self) -> list[int]:
        ...

    @property
    def said(self) -> str:
        ...

class Asker:

    def __init__(self, core: Core, sender: SyncSender) -> None:
        ...

    def ask(self, ids: Sequence[int], **parameters: Any) -> Answer:
        ...
