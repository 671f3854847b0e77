"""Tokens that a sign-in server signed: whether they can be trusted, told by the keys that it publishes. No I/O."""

from __future__ import annotations

import time
from collections import deque
from typing import Any, Final

import msgspec

from ._extras import extra

LEEWAY: Final = 60  # seconds by which this machine's clock and the server's may differ
_KEEP_KEYS: Final = 24 * 3600.0  # seconds after which the keys are fetched again, so that a withdrawn one goes
_FETCHES, _WITHIN = 3, 60.0  # keys are fetched so often in so many seconds at most, whatever tokens come
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
    use: str = "sig"
    alg: str = "RS256"
    n: str = ""
    e: str = ""


class _Keys(msgspec.Struct):
    """What a server publishes; keys of kinds that nobody here knows are among them."""

    keys: list[msgspec.Raw]


class KeySet:
    """A server's public keys by `kid`."""

    def __init__(self) -> None:
        self._keys: dict[str, _Key] = {}
        self._taken = -_KEEP_KEYS
        self._asked: deque[float] = deque(maxlen=_FETCHES)

    def wants(self, kid: str) -> bool:
        """Whether the keys have to be fetched to check a token of this key; raises `UntrustedError` where too often."""
        now = time.monotonic()
        if kid in self._keys and now - self._taken < _KEEP_KEYS:
            return False
        if len(self._asked) == _FETCHES and now - self._asked[0] < _WITHIN:
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
        self._keys = {key.kid: key for raw in found if (key := _key(raw)) is not None}
        self._taken = time.monotonic()

    def claims(self, token: str, *, issuer: str, audience: str | None = None, nonce: str | None = None) -> Claims:
        """Check a token by the key that it names, and give what it says.

        RS256 is the one algorithm that is accepted. `audience` must be among those that the token is for, and the
        one it was made for where it has several.
        """
        key = self._keys.get(key_id(token))
        if key is None:
            raise UntrustedError("names a key that the server does not publish")
        with extra("signin"):
            from joserfc import jwt
            from joserfc.errors import ClaimError, JoseError
            from joserfc.jwk import RSAKey

        expected: dict[str, Any] = {"iss": {"essential": True, "value": issuer}, "exp": {"essential": True}}
        if audience is not None:
            expected["aud"] = {"essential": True, "value": audience}
        if nonce is not None:
            expected["nonce"] = {"essential": True, "value": nonce}
        wrong = claims = None
        try:
            public = RSAKey.import_key({"kty": "RSA", "n": key.n, "e": key.e})
            claims = Claims(jwt.decode(token, public, ["RS256"]).claims)
            checks = jwt.JWTClaimsRegistry(leeway=LEEWAY, **expected)
            checks.validate({name: claims[name] for name in _CLAIMS if name in claims})
        except ClaimError as error:
            wrong = _CLAIMS[str(error.claim).partition(",")[0]]
        except (JoseError, ValueError):
            wrong = "is not signed with the key that it names"
        if wrong is None and claims is not None:
            alone = claims.get("aud") in (audience, [audience])
            # Where several may read it, it says whom it was made for.
            if audience in (None, claims.get("azp", audience if alone else "")):
                return claims
            wrong = "was made for another application"
        raise UntrustedError(str(wrong))


_CLAIMS: Final = {
    "iss": "was issued by somebody else",
    "exp": "has expired, or this machine's clock is wrong",
    "nbf": "is not valid yet, or this machine's clock is wrong",
    "iat": "was issued in the future, or this machine's clock is wrong",
    "aud": "is for another application",
    "nonce": "answers another sign-in",
}


def key_id(token: str) -> str:
    """Give the `kid` of a token; raises `UntrustedError` for one that must not even be checked."""
    with extra("signin"):
        from joserfc.errors import JoseError
        from joserfc.jws import extract_compact
    header: dict[str, Any] | None
    try:
        header = extract_compact(token.encode()).headers()
    except (JoseError, ValueError):
        header = None
    if header is None:  # raised out here, without what it came of: the frames there hold the token
        raise UntrustedError("is no signed JWT")
    if header.get("alg") != "RS256":
        raise UntrustedError("is not signed with RS256, which alone is accepted")
    if found := _FOREIGN & header.keys():
        raise UntrustedError(f"says by {', '.join(sorted(found))} what key to trust, which only the server may")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise UntrustedError("does not name the key that it is signed with")
    return kid


def _key(raw: msgspec.Raw) -> _Key | None:
    """Read a key; None for one of another kind, which some other program has use for."""
    try:
        key = msgspec.json.decode(raw, type=_Key)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None
    return key if key.kid and (key.kty, key.use, key.alg) == ("RSA", "sig", "RS256") else None
