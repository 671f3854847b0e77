from __future__ import annotations
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import urlsplit
import attrs
from superoffice_api.facts import SecurityScheme
from ._headers import SentHeaders
from ._once import Once
from ._site import is_loopback
from .errors import ConfigurationError

@attrs.frozen
class Credential:
    headers: Mapping[str, str] = attrs.field(converter=SentHeaders, repr=False)
    expires_at: float | None = None
    slides: float | None = None

@attrs.frozen(kw_only=True)
class Ask:
    method: str
    url: str
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    content: bytes = attrs.field(default=b'', repr=False)
    safe: bool = True

    def __attrs_post_init__(self) -> None:
        ...

@attrs.frozen
class Await:
    function: Callable[[], Awaitable[Any] | Any] = attrs.field(repr=False)
AuthStep: TypeAlias = Ask | Await

class RenewingAuth(ABC):
    scheme: SecurityScheme
    brings_app_token: bool = False
    keeps_cookies: bool = False

    def __init__(self) -> None:
        self.credential: Once[Credential] = ...
        ...

    @abstractmethod
    def renew(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        ...

    def received(self, url: str, cookies: Sequence[str]) -> None:
        ...
