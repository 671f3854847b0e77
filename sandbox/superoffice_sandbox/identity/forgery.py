"""JSON Web Tokens: valid ones, and ones that are wrong in each way that a client must notice."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias, get_args

import attrs
import msgspec

from ..behaviour import one_of
from .keys import Keys, base64url

Forgery: TypeAlias = Literal[
    "wrong_key",
    "unknown_key",
    "no_kid",
    "alg_none",
    "hs256",
    "jku",
    "jwk",
    "tampered",
    "expired",
    "not_yet_valid",
    "wrong_issuer",
    "wrong_audience",
    "wrong_nonce",
    "missing_claim",
]
"""What is wrong with a token.

`wrong_key` is signed with an unpublished key, under the id of the published one; `unknown_key` under its own id;
`no_kid` names no key. `alg_none` is not signed; `hs256` is signed with the public key as a shared secret. The header of
`jku` (with `x5u`) names an address of its own key, and that of `jwk` holds the key. `tampered` was changed after it was
signed. `expired` and `not_yet_valid` are wrong by an hour. `wrong_issuer`, `wrong_audience` and `wrong_nonce` name
others, and `missing_claim` lacks the claim that is named.
"""
_FOREIGN: Final = {"wrong_key", "unknown_key", "jku", "jwk"}
_HOUR: Final = 3600


@attrs.frozen(kw_only=True)
class Wrong:
    """One thing that is wrong with a token."""

    kind: Forgery = attrs.field(validator=one_of(get_args(Forgery)))
    claim: str = ""

    def __attrs_post_init__(self) -> None:
        if (self.kind == "missing_claim") != bool(self.claim):
            raise ValueError("missing_claim needs claim=, and no other kind takes it")


def make(keys: Keys, claims: Mapping[str, Any], wrong: Wrong | None, foreign_keys_url: str) -> str:
    """Make a token (RS256), wrong as `wrong` says, if given."""
    kind = None if wrong is None else wrong.kind
    key = keys.current if kind not in _FOREIGN else keys.foreign
    header: dict[str, Any] = {"typ": "JWT", "alg": "RS256", "kid": key.kid}
    match kind:
        case "wrong_key":
            header["kid"] = keys.current.kid
        case "no_kid":
            del header["kid"]
        case "alg_none":
            header["alg"] = "none"
        case "hs256":
            header["alg"] = "HS256"
        case "jku":
            header |= {"jku": foreign_keys_url, "x5u": foreign_keys_url}
        case "jwk":
            header["jwk"] = key.jwk()
        case _:
            pass  # the header is right
    content = _content(header, claims if wrong is None else _claims(claims, wrong))
    match kind:
        case "alg_none":
            signature = b""
        case "hs256":
            signature = hmac.digest(key.public_pem(), content, "sha256")
        case "tampered":
            signature = key.sign(_content(header, claims))
        case _:
            signature = key.sign(content)
    return f"{content.decode('ascii')}.{base64url(signature)}"


def _claims(claims: Mapping[str, Any], wrong: Wrong) -> dict[str, Any]:
    changed = dict(claims)
    match wrong.kind:
        case "expired":
            changed |= dict.fromkeys(("iat", "nbf"), claims["iat"] - 2 * _HOUR) | {"exp": claims["iat"] - _HOUR}
        case "not_yet_valid":
            changed |= {"nbf": claims["iat"] + _HOUR, "exp": claims["iat"] + 2 * _HOUR}
        case "wrong_issuer":
            changed["iss"] = "https://sign-in.example.com"
        case "wrong_audience":
            changed["aud"] = "another-application"
        case "wrong_nonce":
            changed["nonce"] = "another-nonce"
        case "tampered":
            changed["sub"] = "somebody.else@example.com"
        case "missing_claim":
            changed.pop(wrong.claim, None)
        case _:
            pass  # the claims are right
    return changed


def _content(header: Mapping[str, Any], claims: Mapping[str, Any]) -> bytes:
    return ".".join(base64url(msgspec.json.encode(part)) for part in (header, claims)).encode("ascii")
