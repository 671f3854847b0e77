"""Whom a signed token convinces: tokens as attackers make them, and the keys that are asked for."""

from __future__ import annotations

import time
from typing import Any

import pytest

from superoffice._jwt import KeySet, UntrustedError, key_id

from ..test_redaction import texts
from .keys import DAY, claims, jwk, jwks, public_pem, rsa_key, token

KEY, OTHER = rsa_key(), rsa_key("other")
NOW = time.time()


def key_set(*keys: dict[str, Any]) -> KeySet:
    keys_of = KeySet()
    keys_of.take(jwks(*(keys or (jwk(KEY, "one"), jwk(OTHER, "two", use="sig", alg="RS256")))))
    return keys_of


def checked(text: str, **expected: Any) -> dict[str, Any]:
    return key_set().claims(text, **{"issuer": "SuperOffice AS", "audience": "app", "nonce": "n0nce", **expected})


def test_a_good_token_is_believed() -> None:
    assert checked(token(claims(), KEY))["aud"] == "app"
    assert checked(token(claims(), OTHER, {"kid": "two"}))["nonce"] == "n0nce"
    assert checked(token(claims(aud=["app"]), KEY))["aud"] == ["app"]
    assert checked(token(claims(aud=["other", "app"], azp="app"), KEY))["azp"] == "app"
    assert checked(token(claims(aud=None, nonce=None), KEY), audience=None, nonce=None)
    now = int(time.time())
    assert checked(token(claims(exp=now - 5, iat=now + 30, nbf=now + 30), KEY))  # clocks differ a little


FORGED: dict[str, tuple[str, str]] = {
    "none": (token(claims(), None, {"alg": "none"}), "RS256, which alone"),
    "None": (token(claims(), None, {"alg": "None"}), "RS256, which alone"),
    "no alg": (token(claims(), KEY, {"alg": None}), "no signed JWT|RS256, which alone"),
    "HS256 with the public key": (token(claims(), public_pem(KEY), {"alg": "HS256"}), "RS256, which alone"),
    "HS256 that says RS256": (token(claims(), public_pem(KEY)), "not signed with the key"),
    "no signature": (token(claims(), None), "not signed with the key"),
    "wrong key": (token(claims(), OTHER), "not signed with the key"),
    "key of nobody": (token(claims(), rsa_key("third"), {"kid": "three"}), "does not publish"),
    "no kid": (token(claims(), KEY, {"kid": None}), "does not name the key"),
    "odd kid": (token(claims(), KEY, {"kid": 1}), "no signed JWT|does not name the key"),
    **{
        name: (token(claims(), OTHER, {name: value}), f"says by {name}|no signed JWT")
        for name, value in {
            "jku": "https://evil.example/jwks",
            "x5u": "https://evil.example/cert",
            "jwk": jwk(OTHER, "one"),
            "x5c": ["MIIB"],
        }.items()
    },
    "changed": (token(claims(), KEY)[:-350] + "A" + token(claims(), KEY)[-349:], "not signed with the key"),
    "expired": (token(claims(exp=int(NOW) - 90), KEY), "has expired"),
    "no expiry": (token(claims(exp=None), KEY), "has expired"),
    "expiry in words": (token(claims(exp="tomorrow"), KEY), "has expired"),
    "not yet": (token(claims(nbf=int(NOW) + DAY), KEY), "not valid yet"),
    "from the future": (token(claims(iat=int(NOW) + DAY), KEY), "issued in the future"),
    "issuer": (token(claims(iss="Somebody AS"), KEY), "issued by somebody else"),
    "no issuer": (token(claims(iss=None), KEY), "issued by somebody else"),
    "audience": (token(claims(aud="another"), KEY), "for another application"),
    "no audience": (token(claims(aud=None), KEY), "for another application"),
    "other audiences": (token(claims(aud=["another", "third"]), KEY), "for another application"),
    "of another": (token(claims(aud=["app", "another"], azp="another"), KEY), "made for another"),
    "of nobody": (token(claims(aud=["app", "another"]), KEY), "made for another"),
    "nonce": (token(claims(nonce="other"), KEY), "answers another sign-in"),
    "no nonce": (token(claims(nonce=None), KEY), "answers another sign-in"),
    "odd issuer": (token(claims(iss=7), KEY), "issued by somebody else"),
    "odd audience": (token(claims(aud={"app": 1}), KEY), "for another application"),
    "no claims": (token({}, KEY), "for another application|issued by somebody else"),
    "a list": (token(b"[]", KEY), "not signed with the key|for another application"),
    "no JSON": (token(b"{", KEY), "not signed with the key"),
    "nothing": ("", "no signed JWT"),
    "words": ("not a token", "no signed JWT"),
    "two parts": ("e30.e30", "no signed JWT"),
    "five parts": ("e30.e30.e30.e30.e30", "no signed JWT"),
    "outside ASCII": ("é.é.é", "no signed JWT"),
    "huge": (token({"a": "x" * 2_000_000}, KEY), "no signed JWT|not signed"),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_token_convinces_nobody(case: str) -> None:
    from superoffice.auth import hidden

    text, said = FORGED[case]
    with pytest.raises(UntrustedError, match=said) as caught:
        checked(hidden(text) or "")
    if len(text) > 90:
        assert text[60:] not in texts(caught.value)
        assert text.rpartition(".")[0] not in texts(caught.value)


def test_keys_are_fetched_for_an_unknown_one_but_not_over_and_over() -> None:
    keys = KeySet()
    assert keys.wants("one")
    keys.take(jwks(jwk(KEY, "one")))
    assert not keys.wants("one")
    assert keys.wants("two")
    assert keys.wants("three")
    with pytest.raises(UntrustedError, match="did not publish when it was asked 3 times within a minute"):
        keys.wants("four")
    assert not keys.wants("one")


def test_a_withdrawn_key_goes() -> None:
    keys = key_set()
    keys.take(jwks(jwk(OTHER, "two")))
    with pytest.raises(UntrustedError, match="does not publish"):
        keys.claims(token(claims(), KEY), issuer="SuperOffice AS")


@pytest.mark.parametrize(
    "published", [b"", b"null", b"[]", b'{"keys": {}}', b'{"keys": [7, {"kty": 7}]}', b"<html>", b"[" * 99_999]
)
def test_what_is_no_set_of_keys_holds_none(published: bytes) -> None:
    keys = key_set()
    keys.take(published)
    with pytest.raises(UntrustedError, match="does not publish"):
        keys.claims(token(claims(), KEY), issuer="SuperOffice AS")


@pytest.mark.parametrize("key", [jwk(KEY, "one", use="enc"), jwk(KEY, "one", alg="PS256"), {"kty": "EC", "kid": "one"}])
def test_keys_for_other_purposes_are_left_aside(key: dict[str, Any]) -> None:
    with pytest.raises(UntrustedError, match="does not publish"):
        key_set(key).claims(token(claims(), KEY), issuer="SuperOffice AS")


def test_a_published_key_that_is_none_convinces_nobody() -> None:
    with pytest.raises(UntrustedError, match="not signed with the key"):
        key_set({"kty": "RSA", "kid": "one", "n": "!", "e": ""}).claims(token(claims(), KEY), issuer="SuperOffice AS")


def test_key_id_gives_the_kid() -> None:
    assert key_id(token(claims(), KEY, {"kid": "two"})) == "two"
