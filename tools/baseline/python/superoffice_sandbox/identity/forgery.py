from __future__ import annotations
import hmac
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias, get_args
import attrs
import msgspec
from ..checks import one_of
from .keys import Keys, base64url
Forgery: TypeAlias = Literal['wrong_key', 'unknown_key', 'no_kid', 'alg_none', 'hs256', 'jku', 'jwk', 'tampered', 'expired', 'not_yet_valid', 'wrong_issuer', 'wrong_audience', 'wrong_nonce', 'missing_claim']

@attrs.frozen(kw_only=True)
class Wrong:
    kind: Forgery = attrs.field(validator=one_of(get_args(Forgery)))
    claim: str = ''

    def __attrs_post_init__(self) -> None:
        ...

def make(keys: Keys, claims: Mapping[str, Any], wrong: Wrong | None, foreign_keys_url: str) -> str:
    ...
