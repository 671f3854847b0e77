"""What the sign-in flows share: how a sign-in server answers, whom its tokens convince, what is kept. No I/O."""

from __future__ import annotations

import time
from collections.abc import Generator
from functools import partial
from secrets import token_hex
from typing import Any, Final, Self, TypeVar

import msgspec

from superoffice_runtime import Response

from ._headers import Cleaner, hidden
from ._jwt import Claims, KeySet, UntrustedError, key_id
from ._renewal import Ask, AuthStep, Await, Credential
from .errors import ConfigurationError, SignInError
from .keeping import Keeping
from .tenant import Tenant

CLAIM: Final = "http://schemes.superoffice.net/identity/"
EARLY: Final = 120.0  # seconds before its end in which what was kept is renewed: sooner than what a client holds
LATER: Final = "try again later; if it stays, tell the operators of the sign-in server"
_SHOWN: Final = 200  # characters of a server's own words
T = TypeVar("T", bound="Kept")


class Secretive(msgspec.Struct):
    """Members that may be secret: a traceback that shows variables shows none of them."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # msgspec's own shows all
        return []


class Kept(Secretive):
    """What is kept of a sign-in: until when it holds, in seconds since 1970; subclasses add what."""

    expires_at: float

    def text(self) -> str:
        """Give what to keep."""
        return hidden(msgspec.json.encode(self).decode())

    @classmethod
    def of(cls, text: str) -> Self | None:
        """Read what was kept; None for what is nothing of the kind, as after a change of versions."""
        try:
            return msgspec.json.decode(text.encode(), type=cls)
        except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
            return None


def check_tenant(owner: str, tenant: object) -> None:
    """Raise `ConfigurationError` for what is not a tenant to sign in to."""
    if not isinstance(tenant, Tenant):
        raise ConfigurationError(f"{owner} signs in to a tenant: Tenant('Cust12345'), not a {type(tenant).__name__}")


def checked_keeping(owner: str, keeping: Keeping | None) -> Keeping | None:
    """Return what keeps; raises `ConfigurationError` for what lacks a method, as a name or a class does."""
    methods = [getattr(keeping, name, None) for name in ("load", "save", "delete")]
    if keeping is not None and (isinstance(keeping, type) or not all(map(callable, methods))):
        raise ConfigurationError(
            f"{owner} takes an object as keeping=, such as FileKeeping(), that can load, save and delete"
        )
    return keeping


def load(keeping: Keeping | None, name: str, kind: type[T]) -> Generator[AuthStep, Any, T | None]:
    """Give what was kept."""
    if keeping is None:
        return None
    text: Any = hidden((yield Await(partial(keeping.load, name))))
    if not isinstance(text, str | None):
        raise ConfigurationError(f"{type(keeping).__name__}.load() gave no text; it is to give what was saved, or None")
    return None if text is None else kind.of(text)


def writable(keeping: Keeping | None, name: str) -> Generator[AuthStep, Any, None]:
    """Save and delete a trial: a store that cannot be written raises now, and not after an exchange."""
    if keeping is not None:
        trial = f"{name}/trial-{token_hex(4)}"  # of its own, since others may try at the same time
        yield Await(partial(keeping.save, trial, "trial"))
        yield Await(partial(keeping.delete, trial))


def save(keeping: Keeping | None, name: str, kept: Kept) -> Generator[AuthStep, Any, None]:
    """Keep something."""
    if keeping is not None:
        yield Await(partial(keeping.save, name, kept.text()))


def serves(kept: Kept, rejected: Credential | None) -> bool:
    """Whether what was kept can be used: another program may have renewed it in time.

    After a 401 it is not: what ended the one may have ended the other too, and a call is repeated only once.
    """
    return rejected is None and kept.expires_at > time.time() + EARLY


def answered(response: Response, kind: type[Any], what: str) -> Any:
    """Read a good answer; raises `SignInError` for any other."""
    if response.status != 200:
        raise SignInError(f"{what} answered with status {response.status}", advice=LATER).of_answer(response)
    try:
        return msgspec.json.decode(response.content, type=kind, strict=False)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        pass
    raise SignInError(f"{what} answered with what cannot be read", advice=LATER).of_answer(response)


def trusted(
    keys: KeySet, token: str, address: str, *, issuer: str, audience: str | None = None, nonce: str | None = None
) -> Generator[AuthStep, Any, Claims]:
    """Check a token by the keys published at an address; raises `SignInError` for one that is not to be trusted."""
    try:
        if keys.wants(key_id(token)):
            response = yield Ask(method="GET", url=address, headers={"Accept": "application/json"})
            if response.status != 200:
                raise UntrustedError(f"cannot be checked, since its keys were answered with status {response.status}")
            keys.take(response.content)
        return keys.claims(token, issuer=issuer, audience=audience, nonce=nonce)
    except UntrustedError as error:
        wrong = str(error)
    raise SignInError(
        f"the sign-in server's token {wrong}", advice="nothing of it was used; look who answers in its place"
    )


def of_tenant(claims: Claims, tenant: str) -> None:
    """Refuse a token that names another tenant; raises `SignInError`. That it names one is inferred."""
    named = claims.get(f"{CLAIM}ctx", tenant)
    if str(named).casefold() != tenant.casefold():
        raise SignInError(
            f"the sign-in was for the tenant {shown(named)}, not for {tenant}", advice="sign in to the right one"
        )


def shown(text: object, *secrets: str | None) -> str:
    """Show a server's words: short, without secrets that it may repeat, and without what would steer a terminal."""
    return Cleaner(lambda: filter(None, secrets))(str(text))[:_SHOWN]
