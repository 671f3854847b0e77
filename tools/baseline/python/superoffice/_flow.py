from __future__ import annotations
import time
from collections.abc import Generator
from functools import partial
from typing import Any, Final, Self, TypeVar
import msgspec
from superoffice_runtime import Response
from ._jwt import Claims, KeySet, UntrustedError, key_id
from ._renewal import Ask, AuthStep, Await, Credential
from .auth import hidden
from .errors import SignInError
from .keeping import Keeping
CLAIM: Final = 'http://schemes.superoffice.net/identity/'
EARLY: Final = 120.0
LATER: Final = 'try again later; if it stays, tell the operators of the sign-in server'
T = TypeVar('T', bound='Kept')

class Secretive(msgspec.Struct):

    def __repr__(self) -> str:
        ...

class Kept(Secretive):
    expires_at: float

    def text(self) -> str:
        ...

    @classmethod
    def of(cls, text: str) -> Self | None:
        ...

def load(keeping: Keeping | None, name: str, kind: type[T]) -> Generator[AuthStep, Any, T | None]:
    ...

def save(keeping: Keeping | None, name: str, kept: Kept) -> Generator[AuthStep, Any, None]:
    ...

def serves(kept: Kept, rejected: Credential | None) -> bool:
    ...

def answered(response: Response, kind: type[Any], what: str) -> Any:
    ...

def trusted(keys: KeySet, token: str, address: str, *, issuer: str, audience: str | None=None, nonce: str | None=None) -> Generator[AuthStep, Any, Claims]:
    ...

def of_tenant(claims: Claims, tenant: str) -> None:
    ...

def shown(text: object, *secrets: str | None) -> str:
    ...
