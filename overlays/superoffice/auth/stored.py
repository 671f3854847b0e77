"""Authentication with a tenant's server whose credential a token store may hold from one run to the next."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Generator
from functools import partial
from secrets import token_hex
from typing import Any, Final, TypeVar

import msgspec

from ..errors import ConfigurationError, SignInError
from ..transport.attempts import CallFunction
from ..transport.call import hidden
from .jwt import KeySet, check_installed, key_id, untrusted
from .refreshing import AuthStep, Credential, HiddenRepr, HiddenValues, RefreshingAuth, SendRequest, decode, shown
from .storage import TokenStore
from .tenant import Tenant

CLAIM: Final = "http://schemes.superoffice.net/identity/"
_EARLY: Final = 120.0  # seconds before its end in which a stored one is refreshed: sooner than what a client holds
T = TypeVar("T", bound="StoredCredential")


class StoredCredential(HiddenRepr):
    """What a token store holds: until when it is valid, in seconds since 1970; subclasses add the tokens."""

    expires_at: float

    def is_usable(self, rejected: Credential | None) -> bool:
        """Return whether it can be used: another program may have refreshed it in time.

        After a 401 it cannot: what ended the one may have ended the other too, and a request is retried only once.
        """
        return rejected is None and self.expires_at > time.time() + _EARLY


class StoredAuth(RefreshingAuth):
    """What `OAuthAuth` and `SystemUserAuth` share: a tenant, a token store, and the check of the server's tokens."""

    def __init__(self, tenant: object, token_store: TokenStore | None) -> None:
        super().__init__()
        owner = type(self).__name__
        if not isinstance(tenant, Tenant):
            kind = type(tenant).__name__
            raise ConfigurationError(f"{owner} signs in to a tenant: Tenant('Cust12345'), not a {kind}")
        self.tenant = tenant
        methods = [getattr(token_store, name, None) for name in ("load", "save", "delete")]
        if token_store is not None and (isinstance(token_store, type) or not all(map(callable, methods))):
            raise ConfigurationError(
                f"{owner} takes an object as token_store=, such as FileTokenStore(), that can load, save and delete"
            )
        self._token_store = token_store
        self._keys = KeySet()

    @property
    @abstractmethod
    def stored_as(self) -> str:
        """The name under which the credential is stored."""

    def _load(self, kind: type[T]) -> Generator[AuthStep, Any, T | None]:
        """Return what is stored; None for nothing, and for what another version stored."""
        if self._token_store is None:
            return None
        text: Any = hidden((yield CallFunction(partial(self._token_store.load, self.stored_as))))
        if not isinstance(text, str | None):
            owner = type(self._token_store).__name__
            raise ConfigurationError(f"{owner}.load() returned no text; it must return what was saved, or None")
        return None if text is None else decode(text, kind)

    def _check_store(self) -> Generator[AuthStep, Any, None]:
        """Save and delete a trial: a store that cannot be written raises now, and not after an exchange."""
        if self._token_store is not None:
            trial = f"{self.stored_as}/trial-{token_hex(4)}"  # of its own, since others may try at the same time
            yield CallFunction(partial(self._token_store.save, trial, "trial"))
            yield CallFunction(partial(self._token_store.delete, trial))

    def _save(self, stored: StoredCredential) -> Generator[AuthStep, Any, None]:
        if self._token_store is not None:
            text = hidden(msgspec.json.encode(stored).decode())
            yield CallFunction(partial(self._token_store.save, self.stored_as, text))

    def _check_token(self, token: str, keys_url: str, **expected: str) -> Generator[AuthStep, Any, HiddenValues[Any]]:
        """Return a token's claims; raise `SignInError` for one that cannot be trusted or is for another tenant."""
        check_installed()
        if self._keys.wants(key_id(token)):
            response = yield SendRequest(url=keys_url)
            if response.status != 200:
                raise untrusted(f"cannot be checked, since its keys came with status {response.status}")
            self._keys.take(response.content)
        claims = self._keys.claims(token, **expected)
        named = claims.get(f"{CLAIM}ctx", self.tenant.context)  # that it names one is inferred
        if str(named).casefold() != self.tenant.context.casefold():
            raise SignInError(
                f"the token is for the tenant {shown(named)}, not for {self.tenant.context}",
                advice="sign in to the right one",
            )
        return claims
