from __future__ import annotations
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import parse_qsl
import msgspec
from msgspec import UNSET, Struct
from superoffice.select import FIELDS
from .case import Error, Outcome, Problem, Request
SECRET: Final = {'authorization', 'cookie', 'x-xsrf-token', 'so-apptoken'}

class Sent(Struct, frozen=True, kw_only=True):
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

def shown(value: object) -> str:
    ...

def same(one: Any, other: Any) -> bool:
    ...

def of_request(wanted: Request, sent: Sent) -> Iterator[str]:
    ...

def of_outcome(wanted: Outcome, reported: Outcome) -> Iterator[str]:
    ...
