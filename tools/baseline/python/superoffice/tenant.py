from __future__ import annotations
import re
from collections.abc import Generator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit
import attrs
import msgspec
from superoffice_runtime import Response
from ._once import Once
from ._renewal import Ask, AuthStep
from ._site import checked_site, is_loopback
from .auth import check_text
from .errors import ConfigurationError, TenantError, TenantUnavailableError
EnvironmentName: TypeAlias = Literal['sod', 'qaonline', 'online']
DOMAIN: Final = '.superoffice.com'

@attrs.frozen
class Environment:
    name: str
    url: str

    def __attrs_post_init__(self) -> None:
        ...

    @classmethod
    def named(cls, name: str) -> Environment:
        ...

    def trusts(self, site: str) -> bool:
        ...

class _State(msgspec.Struct, rename='pascal'):
    context_identifier: str | None = None
    endpoint: str | None = None
    state: str | None = None
    is_running: bool | None = None
    valid_until: datetime | None = None
    api: str | None = None

    @property
    def expires(self) -> datetime | None:
        ...

    @property
    def site(self) -> str:
        ...

@attrs.frozen
class Place:
    site: str
    valid_until: float | None = None

class Tenant:

    def __init__(self, context: str, *, environment: EnvironmentName | Environment='online', allowed_hosts: Iterable[str]=()) -> None:
        self.context = ...
        self.environment = ...
        self.allowed_hosts = ...
        self.place: Once[Place] = ...
        ...

    def __repr__(self) -> str:
        ...

    @property
    def site(self) -> str:
        ...

    def find(self, rejected: Place | None) -> Generator[AuthStep, Any, Place]:
        ...
