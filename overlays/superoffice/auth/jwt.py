"""Checks tokens (JWT) that an authentication server signed, by the keys that it publishes. No I/O."""

from __future__ import annotations

import re
import time
from base64 import urlsafe_b64encode
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any, Final

import msgspec

from ..errors import SignInError, extra
from .refreshing import HiddenValues, decode

_KEEP_KEYS: Final = 24 * 3600.0  # seconds after which the keys are fetched again, so that a withdrawn one goes
_FETCHES, _WITHIN = 3, 60.0  # how often keys are fetched within how many seconds, at most, whatever tokens come
_X5T: Final = "x5t "  # stands before a thumbprint that is used as a kid, which holds no such blank
_FOREIGN: Final = {"jku", "jwk", "x5c", "x5u"}  # a token that brings its key along, or names where to get it
_CLAIMS: Final = {  # what is wrong with a token where a claim is
    "iss": "was issued by somebody else",
    "exp": "has expired, or this machine's clock is wrong",
    "nbf": "is not valid yet, or this machine's clock is wrong",
    "iat": "was issued in the future, or this machine's clock is wrong",
    "aud": "is for another application",
    "nonce": "is for another attempt to sign in",
}


class _Key(msgspec.Struct):
    kty: str
    kid: str = ""
    x5t: str = ""
    use: str = "sig"
    alg: str = "RS256"
    n: str = ""
    e: str = ""

    def is_named(self, name: str) -> bool:
        """Return whether that is its kid, or its certificate's thumbprint, which a kid may be in hex."""
        thumbprint = self.x5t
        if re.fullmatch("[0-9A-Fa-f]{40}", self.kid) and not thumbprint:
            thumbprint = urlsafe_b64encode(bytes.fromhex(self.kid)).decode()
        return name in (self.kid, _X5T + thumbprint.rstrip("="))


class _Published(msgspec.Struct):
    keys: list[msgspec.Raw]  # also of kinds that some other program has use for


def check_installed() -> None:
    """Raise `MissingExtraError` where no token could be checked."""
    with extra("signin"):
        import_module("joserfc.jws")


def untrusted(wrong: str) -> SignInError:
    """Return the error of a token that cannot be trusted."""
    advice = "nothing of it was used; check which server responds in its place"
    return SignInError(f"the authentication server's token {wrong}", advice=advice)


class KeySet:
    """A server's public keys, and how tokens name them."""

    def __init__(self) -> None:
        self._keys: list[_Key] = []
        self._taken = -_KEEP_KEYS
        self._fetches: deque[float] = deque([-_WITHIN] * _FETCHES, _FETCHES)

    def wants(self, kid: str) -> bool:
        """Return whether to fetch the keys for a token of this key: not where that was done too often just now."""
        now = time.monotonic()
        known = now - self._taken < _KEEP_KEYS and any(key.is_named(kid) for key in self._keys)
        if known or now - self._fetches[0] < _WITHIN:
            return False
        self._fetches.append(now)
        return True

    def take(self, content: bytes) -> None:
        """Replace the keys by what the server published."""
        published = decode(content, _Published)
        keys = (decode(raw, _Key) for raw in published.keys) if published else ()
        self._keys = [key for key in keys if key and (key.kty, key.use, key.alg) == ("RSA", "sig", "RS256")]
        self._taken = time.monotonic()

    def claims(
        self, token: str, *, issuer: str, audience: str | None = None, nonce: str | None = None
    ) -> HiddenValues[Any]:
        """Return the claims of a token that is signed with the key that it names; raise `SignInError` for any other."""
        kid = key_id(token)
        named = [key for key in self._keys if key.is_named(kid)]
        # By a thumbprint that the server does not publish, it may be any key that it does.
        keys = self._keys if kid.startswith(_X5T) and not named else named
        if not keys:
            raise untrusted("names a key that the server does not publish")
        claims = next((found for key in keys if (found := _read(token, key)) is not None), None)
        if claims is None:
            raise untrusted("is not signed with the key that it names")
        if wrong := _wrong_in(claims, iss=issuer, aud=audience, nonce=nonce):
            raise untrusted(wrong)
        return claims


def _read(token: str, key: _Key) -> HiddenValues[Any] | None:
    """Return the claims of a token that is signed with a key; an error of a library would hold it in its frames."""
    from joserfc import jwk, jwt

    with suppress(Exception):  # whatever a stranger's token makes it raise, it is not signed
        public = jwk.RSAKey.import_key({"kty": "RSA", "n": key.n, "e": key.e})
        return HiddenValues(jwt.decode(token, public, ["RS256"]).claims)
    return None


def _wrong_in(claims: Mapping[str, Any], **expected: str | None) -> str:
    from joserfc import errors, jwt

    rules: dict[str, Any] = {name: {"essential": True, "value": it} for name, it in expected.items() if it is not None}
    registry = jwt.JWTClaimsRegistry(leeway=60, exp={"essential": True}, **rules)  # clocks differ a little
    try:
        registry.validate({name: _as_time(name, claims[name]) for name in _CLAIMS if name in claims})
    except errors.ClaimError as error:
        return _CLAIMS[str(error.claim).partition(",")[0]]
    audience = expected["aud"]
    alone = claims.get("aud") in (audience, [audience])
    # Where several may read it, it names the one it was made for.
    made_for = claims.get("azp", audience if alone else "")
    return "" if audience in (None, made_for) else "was made for another application"


def _as_time(name: str, value: object) -> object:
    """Read a time that is written as text, as old tokens have it; what else a claim holds stays."""
    is_text = name in ("exp", "nbf", "iat") and isinstance(value, str) and re.fullmatch("[0-9]{1,15}", value)
    return int(str(value)) if is_text else value


def key_id(token: str) -> str:
    """Return a token's name for its key, by `kid`, else by `x5t`; raise `SignInError` if it cannot be checked."""
    from joserfc.jws import extract_compact

    header: dict[str, Any] = {}
    with suppress(Exception):
        header = extract_compact(token.encode()).headers()
    if not header:
        raise untrusted("is not a signed JWT")
    if header.get("alg") != "RS256":
        raise untrusted("is not signed with RS256, which alone is accepted")
    if found := _FOREIGN & header.keys():
        raise untrusted(f"says by {', '.join(sorted(found))} what key to trust, which only the server may")
    kid, thumbprint = header.get("kid"), header.get("x5t")
    if kid is None and isinstance(thumbprint, str) and thumbprint:
        return _X5T + thumbprint.rstrip("=")
    if not isinstance(kid, str) or not kid:
        raise untrusted("does not name the key that it is signed with")
    return kid
