from __future__ import annotations
from base64 import b64encode
from collections.abc import Mapping
from typing import Protocol
import attrs
from superoffice_api.facts import Security, SecurityScheme

class Auth(Protocol):

    def headers(self) -> Mapping[str, str]:
        ...

class _Secret(str):
    __slots__ = ()

    def __repr__(self) -> str:
        ...

def hidden(secret: str | None) -> str | None:
    ...

def app_token_header(token: str) -> tuple[str, str]:
    ...

@attrs.frozen
class BasicAuth:
    user: str
    password: str = attrs.field(repr=False)

    def headers(self) -> Mapping[str, str]:
        ...

@attrs.frozen
class SoTicketAuth:
    ticket: str = attrs.field(repr=False)

    def headers(self) -> Mapping[str, str]:
        ...

@attrs.frozen
class BearerAuth:
    token: str = attrs.field(repr=False)

    def headers(self) -> Mapping[str, str]:
        ...

@attrs.frozen
class XsrfAuth:
    token: str = attrs.field(repr=False)
    cookies: Mapping[str, str] = attrs.field(repr=False)

    def headers(self) -> Mapping[str, str]:
        ...
