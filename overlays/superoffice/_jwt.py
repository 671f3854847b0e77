"""Tokens that a sign-in server signed: whether they can be trusted, told by the keys that it publishes. No I/O."""

from __future__ import annotations

import re
import time
from base64 import urlsafe_b64encode
from collections import deque
from collections.abc import Iterable
from importlib import import_module
from typing import Any, Final

import msgspec

from ._extras import extra

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
