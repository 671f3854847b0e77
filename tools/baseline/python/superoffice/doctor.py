from __future__ import annotations
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, SupportsIndex
import attrs
import msgspec
from ._client import DEFAULT_MAX_RESPONSE_BYTES
from ._core import Core, make_core
from ._doctor_ask import Asker, Finding, Level
from ._doctor_checks import check_address, check_clock, check_host, check_sign_in, check_time, check_tls
from ._doctor_probes import WORDS, probes
from ._plan import ticket_ids
from ._renewal import RenewingAuth
from ._send import SyncSender
from .auth import Auth
from .locale import NOTHING_SET
from .retries import Retries
from .tenant import Tenant
__all__ = ['FORMAT', 'READINGS', 'Finding', 'Level', 'Report', 'examine', 'look']
FORMAT: Final = 1
READINGS: Final[Mapping[str, tuple[str, ...]]] = {**{key: tuple(words) for key, words in WORDS.items()}, 'empty_date': ('plain', 'utc', 'offset'), 'offsets': ('asked', 'always', 'never'), 'date_form': ('iso', 'compact', 'ticks'), 'stamps': ('zone', 'utc')}

@attrs.frozen
class Report:
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        ...

    @property
    def warned(self) -> bool:
        ...

    @property
    def summary(self) -> str:
        ...

    def to_json(self) -> bytes:
        ...

def examine(site: str | Tenant, *, auth: Auth | RenewingAuth | None=None, app_token: str | None=None, ids: Iterable[SupportsIndex]=(), timeout: float=30.0) -> Report:
    ...

def look(site: str | Tenant, *, auth: Auth | RenewingAuth | None, app_token: str | None, ids: Iterable[SupportsIndex], timeout: float=30.0) -> Iterator[Finding]:
    ...
