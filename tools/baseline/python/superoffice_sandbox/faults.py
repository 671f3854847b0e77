from __future__ import annotations
import asyncio
import socket
import struct
import threading
from typing import Final, Literal, Self, TypeAlias, get_args
import attrs
import msgspec
from .checks import between, one_of
Kind: TypeAlias = Literal['delay', 'cut', 'reset', 'garbage', 'html', 'status', 'null', 'error']
HEADER: Final = 'x-sandbox-fault'

@attrs.frozen(kw_only=True)
class Fault:
    kind: Kind = attrs.field(validator=one_of(get_args(Kind)))
    times: int = attrs.field(default=1, converter=int, validator=between(1, 1000000))
    seconds: float = attrs.field(default=1.0, converter=float, validator=between(0, _MAX_DELAY))
    status: int = attrs.field(default=503, converter=int, validator=between(200, 599))
    retry_after: int | None = attrs.field(default=None, converter=attrs.converters.optional(int))

    @classmethod
    def parse(cls, text: str) -> Self:
        ...

class Faults:

    def __init__(self) -> None:
        ...

    def add(self, fault: Fault) -> None:
        ...

    def clear(self) -> None:
        ...

    def take(self) -> Fault | None:
        ...

async def hang_up(transport: asyncio.Transport | None, *, reset: bool) -> None:
    ...
