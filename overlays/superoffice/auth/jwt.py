"""Tokens that a sign-in server signed: whether they can be trusted, told by the keys that it publishes. No I/O."""

from __future__ import annotations

import re
import time
from base64 import urlsafe_b64encode
from collections import deque
from collections.abc import Generator, Iterable
from functools import partial
from importlib import import_module
from secrets import token_hex
from typing import Any, Final, Self, TypeVar

import msgspec

from superoffice_runtime import Response

from .._extras import extra
from ..errors import ConfigurationError, SignInError
from ..transport.call import Cleaner, hidden
from .refreshing import AuthStep, Await, Credential, SendRequest
from .storage import TokenStore
from .tenant import Tenant

LEEWAY: Final = 60  # seconds by which this machine's clock and the server's may differ
_KEEP_KEYS: Final = 24 * 3600.0  # seconds after which the keys are fetched again, so that a withdrawn one goes
_FETCHES, _WITHIN = 3, 60.0  # keys are fetched so often in so many seconds at most, whatever tokens come
_X5T: Final = "x5t "  # goes before a thumbprint where it stands in the place of a kid, which holds no such blank
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_FOREIGN: Final = {"jku", "jwk", "x5c", "x5u"}  # a token that brings its key along, or says where to get it


class UntrustedError(Exception):
    """A token cannot be trusted; the message completes a sentence that begins with it. It never holds the token."""


class Claims(dict[str, Any]):
    """What a token says, once it is trusted. A traceback that shows variables shows the names only."""

    def __repr__(self) -> str:
        return f"<claims {', '.join(self)}>"


class _Key(msgspec.Struct):
    """One of a server's public keys, as far as we choose by it."""

    kty: str
    kid: str = ""
    x5t: str = ""
    use: str = "sig"
    alg: str = "RS256"
    n: str = ""
    e: str = ""

    @property
    def names(self) -> Iterable[str]:
        """What a token may call it: its kid, or its certificate's thumbprint, of which a kid may be the hexadecimal."""
        if self.kid:
            yield self.kid
        if _HEX.fullmatch(self.kid):
            yield _X5T + urlsafe_b64encode(bytes.fromhex(self.kid)).decode().rstrip("=")
        if self.x5t:
            yield _X5T + self.x5t.rstrip("=")


class _Keys(msgspec.Struct):
    """What a server publishes; keys of kinds that nobody here knows are among them."""

    keys: list[msgspec.Raw]


def check_installed() -> None:
    """Raise `MissingExtraError` where no token could be checked."""
    with extra("signin"):
        import_module("joserfc.jws")


class KeySet:
    """A server's public keys, and by what tokens name them."""

    def __init__(self) -> None:
        self._all: list[_Key] = []
        self._keys: dict[str, _Key] = {}
        self._taken = -_KEEP_KEYS
        self._asked: deque[float] = deque(maxlen=_FETCHES)

    def wants(self, kid: str) -> bool:
        """Whether the keys have to be fetched to check a token of this key; raises `UntrustedError` where too often."""
        now = time.monotonic()
        if kid in self._keys and now - self._taken < _KEEP_KEYS:
            return False
        if len(self._asked) == _FETCHES and now - self._asked[0] < _WITHIN:
            if kid.startswith(_X5T):
                return False  # each that there is will be tried
            raise UntrustedError(
                f"names a key that the server did not publish when it was asked {_FETCHES} times within a minute"
            )
        self._asked.append(now)
        return True

    def take(self, content: bytes) -> None:
        """Put what the server published in the place of what it published before."""
        try:
            found = msgspec.json.decode(content, type=_Keys).keys
        except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
            found = []
        self._all = [key for raw in found if (key := _key(raw)) is not None]
        self._keys = {name: key for key in self._all for name in key.names}
        self._taken = time.monotonic()

    def claims(self, token: str, *, issuer: str, audience: str | None = None, nonce: str | None = None) -> Claims:
        """Check a token by the key that it names, and give what it says.

        RS256 is the one algorithm that is accepted. `audience` must be among those that the token is for, and the
        one it was made for where it has several. A token that names its key by a thumbprint that the server does not
        publish may be signed with any key that it does.
        """
        kid = key_id(token)
        keys = [self._keys[kid]] if kid in self._keys else self._all if kid.startswith(_X5T) else []
        if not keys:
            raise UntrustedError("names a key that the server does not publish")
        found = _checked(token, keys, issuer, audience, nonce)
        if isinstance(found, str):
            raise UntrustedError(found)
        return found


def _checked(token: str, keys: Iterable[_Key], issuer: str, audience: str | None, nonce: str | None) -> Claims | str:
    """Return what a token says, or what is wrong with it: an exception from in here would carry it in its frames."""
    with extra("signin"):
        from joserfc.errors import ClaimError
        from joserfc.jwt import JWTClaimsRegistry

    claims = next((found for key in keys if (found := _read(token, key)) is not None), None)
    if claims is None:
        return "is not signed with the key that it names"
    expected: dict[str, Any] = {"iss": {"essential": True, "value": issuer}, "exp": {"essential": True}}
    if audience is not None:
        expected["aud"] = {"essential": True, "value": audience}
    if nonce is not None:
        expected["nonce"] = {"essential": True, "value": nonce}
    try:
        JWTClaimsRegistry(leeway=LEEWAY, **expected).validate(
            {name: _number(claims[name]) if name in _TIMES else claims[name] for name in _CLAIMS if name in claims}
        )
    except ClaimError as error:
        return _CLAIMS[str(error.claim).partition(",")[0]]
    alone = claims.get("aud") in (audience, [audience])
    # Where several may read it, it says whom it was made for.
    if audience in (None, claims.get("azp", audience if alone else "")):
        return claims
    return "was made for another application"


def _read(token: str, key: _Key) -> Claims | None:
    """Read a token that is signed with a key."""
    from joserfc.jwk import RSAKey
    from joserfc.jwt import decode

    try:
        public = RSAKey.import_key({"kty": "RSA", "n": key.n, "e": key.e})
        return Claims(decode(token, public, ["RS256"]).claims)
    except Exception:  # whatever a stranger's token makes a library raise, it is not signed
        return None


def _number(value: object) -> object:
    """Read a time that is written as text, as old tokens have it."""
    if isinstance(value, bool):
        return str(value)  # older joserfc takes it for a number
    return int(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


_HEX: Final = re.compile("[0-9A-Fa-f]{40}")
_TIMES: Final = ("exp", "nbf", "iat")
_CLAIMS: Final = {
    "iss": "was issued by somebody else",
    "exp": "has expired, or this machine's clock is wrong",
    "nbf": "is not valid yet, or this machine's clock is wrong",
    "iat": "was issued in the future, or this machine's clock is wrong",
    "aud": "is for another application",
    "nonce": "answers another sign-in",
}


def key_id(token: str) -> str:
    """Return what a token calls its key, by `kid`, else by `x5t`; raises `UntrustedError` for one not to be checked."""
    with extra("signin"):
        from joserfc.jws import extract_compact
    header: dict[str, Any] | None
    try:
        header = extract_compact(token.encode()).headers()
    except Exception:  # whatever a stranger's token makes a library raise
        header = None
    if header is None:  # raised out here, without what it came of: the frames there hold the token
        raise UntrustedError("is no signed JWT")
    if header.get("alg") != "RS256":
        raise UntrustedError("is not signed with RS256, which alone is accepted")
    if found := _FOREIGN & header.keys():
        raise UntrustedError(f"says by {', '.join(sorted(found))} what key to trust, which only the server may")
    kid = header.get("kid")
    thumbprint = header.get("x5t")
    if kid is None and isinstance(thumbprint, str) and thumbprint:
        return _X5T + thumbprint.rstrip("=")
    if not isinstance(kid, str) or not kid:
        raise UntrustedError("does not name the key that it is signed with")
    return kid


def _key(raw: msgspec.Raw) -> _Key | None:
    """Read a key; None for one of another kind, which some other program has use for."""
    try:
        key = msgspec.json.decode(raw, type=_Key)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None
    return key if (key.kty, key.use, key.alg) == ("RSA", "sig", "RS256") else None


CLAIM: Final = "http://schemes.superoffice.net/identity/"
EARLY: Final = 120.0  # seconds before its end in which what was kept is renewed: sooner than what a client holds
LATER: Final = "try again later; if it stays, tell the operators of the sign-in server"
_SHOWN: Final = 200  # characters of a server's own words
T = TypeVar("T", bound="StoredCredential")


class HiddenRepr(msgspec.Struct):
    """Members that may be secret: a traceback that shows variables shows none of them."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # msgspec's own shows all
        return []


class StoredCredential(HiddenRepr):
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


def checked_keeping(owner: str, keeping: TokenStore | None) -> TokenStore | None:
    """Return what keeps; raises `ConfigurationError` for what lacks a method, as a name or a class does."""
    methods = [getattr(keeping, name, None) for name in ("load", "save", "delete")]
    if keeping is not None and (isinstance(keeping, type) or not all(map(callable, methods))):
        raise ConfigurationError(
            f"{owner} takes an object as keeping=, such as FileTokenStore(), that can load, save and delete"
        )
    return keeping


def load(keeping: TokenStore | None, name: str, kind: type[T]) -> Generator[AuthStep, Any, T | None]:
    """Give what was kept."""
    if keeping is None:
        return None
    text: Any = hidden((yield Await(partial(keeping.load, name))))
    if not isinstance(text, str | None):
        raise ConfigurationError(f"{type(keeping).__name__}.load() gave no text; it is to give what was saved, or None")
    return None if text is None else kind.of(text)


def writable(keeping: TokenStore | None, name: str) -> Generator[AuthStep, Any, None]:
    """Save and delete a trial: a store that cannot be written raises now, and not after an exchange."""
    if keeping is not None:
        trial = f"{name}/trial-{token_hex(4)}"  # of its own, since others may try at the same time
        yield Await(partial(keeping.save, trial, "trial"))
        yield Await(partial(keeping.delete, trial))


def save(keeping: TokenStore | None, name: str, kept: StoredCredential) -> Generator[AuthStep, Any, None]:
    """Keep something."""
    if keeping is not None:
        yield Await(partial(keeping.save, name, kept.text()))


def serves(kept: StoredCredential, rejected: Credential | None) -> bool:
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
            response = yield SendRequest(method="GET", url=address, headers={"Accept": "application/json"})
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
