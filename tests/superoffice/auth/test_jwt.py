"""Whom a signed token convinces: tokens as attackers make them, and the keys that are asked for."""

from __future__ import annotations

import time
from hashlib import sha1
from typing import Any

import pytest

from superoffice import SignInError
from superoffice.auth.jwt import KeySet, key_id
from superoffice.transport.redaction import hidden

from ...support.keys import DAY, claims, jwk, jwks, public_pem, rsa_key, token, url64
from ...support.secrets import texts

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
    assert repr(checked(token(claims(), KEY))) == "<values iss, aud, iat, exp, nonce>"
    assert checked(token(claims(), OTHER, {"kid": "two"}))["nonce"] == "n0nce"
    assert checked(token(claims(aud=["app"]), KEY))["aud"] == ["app"]
    assert checked(token(claims(aud=["other", "app"], azp="app"), KEY))["azp"] == "app"
    assert checked(token(claims(aud=None, nonce=None), KEY), audience=None, nonce=None)
    now = int(time.time())
    assert checked(token(claims(exp=now - 5, iat=now + 30, nbf=now + 30), KEY))  # clocks differ a little


def thumbprint(name: str) -> bytes:
    return sha1(name.encode(), usedforsecurity=False).digest()


X5T = url64(thumbprint("one"))


@pytest.mark.parametrize(
    "published",
    [
        [jwk(KEY, "one", x5t=X5T), jwk(OTHER, "two", x5t=url64(thumbprint("two")))],
        [jwk(KEY, "one", x5t=f"{X5T}="), jwk(OTHER, "two")],
        [jwk(OTHER, "two"), jwk(KEY, thumbprint("one").hex().upper())],
        [jwk(OTHER, "two"), jwk(KEY, thumbprint("one").hex())],
        [jwk(OTHER, "two"), jwk(KEY, "one")],  # none of which it names: each is tried
        [{**jwk(OTHER, "two"), "kid": ""}, {**jwk(KEY, ""), "x5t": X5T}],
        [{"kty": "EC", "kid": "three"}, jwk(KEY, "one")],
    ],
)
def test_a_token_may_name_its_key_by_a_thumbprint(published: list[dict[str, Any]]) -> None:
    keys = KeySet()
    text = token(claims(), KEY, {"kid": None, "x5t": X5T})
    assert keys.wants(key_id(text))
    keys.take(jwks(*published))
    found = keys.claims(text, issuer="SuperOffice AS", audience="app", nonce="n0nce")
    assert found["aud"] == "app"
    forged = token(claims(), rsa_key("third"), {"kid": None, "x5t": X5T})
    with pytest.raises(SignInError, match="not signed with the key"):
        keys.claims(forged, issuer="SuperOffice AS")
    for claim in ({"iss": "Somebody AS"}, {"exp": "1581665207"}, {"nbf": str(int(NOW) + DAY)}):
        with pytest.raises(SignInError, match=r"issued by|expired|not valid yet"):
            keys.claims(token(claims(**claim), KEY, {"kid": None, "x5t": X5T}), issuer="SuperOffice AS")


def test_a_thumbprint_that_is_known_selects_its_key_alone() -> None:
    keys = key_set(jwk(KEY, "one", x5t=X5T), jwk(OTHER, "two"))
    assert not keys.wants(f"x5t {X5T}")
    with pytest.raises(SignInError, match="not signed with the key"):
        keys.claims(token(claims(), OTHER, {"kid": None, "x5t": X5T}), issuer="SuperOffice AS")


def test_a_kid_goes_before_a_thumbprint() -> None:
    keys = key_set(jwk(KEY, "one", x5t=X5T), jwk(OTHER, "two"))
    for kid in ("two", "three"):
        with pytest.raises(SignInError, match=r"not signed with the key|does not publish"):
            keys.claims(token(claims(), KEY, {"kid": kid, "x5t": X5T}), issuer="SuperOffice AS")


def test_keys_are_not_fetched_over_and_over_for_thumbprints_that_nobody_publishes() -> None:
    keys = KeySet()
    text = token(claims(), KEY, {"kid": None, "x5t": X5T})
    with pytest.raises(SignInError, match="does not publish"):
        keys.claims(text, issuer="SuperOffice AS")
    wanted = 0
    for _ in range(5):
        wanted += keys.wants(key_id(text))
        keys.take(jwks(jwk(OTHER, "two"), jwk(KEY, "one")))
        assert keys.claims(text, issuer="SuperOffice AS", audience="app")
    assert wanted == 3


@pytest.mark.parametrize(
    "header", [{"x5t": ""}, {"x5t": 7}, {"x5t": None}, {"x5t": [X5T]}, {"kid": "", "x5t": X5T}, {"kid": 1, "x5t": X5T}]
)
def test_a_name_that_is_none_convinces_nobody(header: dict[str, Any]) -> None:
    with pytest.raises(SignInError, match=r"not a signed JWT|does not name the key"):
        key_id(token(claims(), KEY, {"kid": None, **header}))


def test_times_may_be_written_as_text() -> None:
    now = int(time.time())
    text = {"iat": str(now), "nbf": str(now - 60), "exp": str(now + 300)}
    assert checked(token(claims(**text), KEY))["exp"] == text["exp"]
    assert checked(token(claims(exp=str(now - 5), iat=str(now + 30)), KEY))  # clocks differ a little
    wrong = {
        "has expired": {"exp": str(now - 90)},
        "not valid yet": {"nbf": str(now + DAY)},
        "issued in the future": {"iat": str(now + DAY)},
    }
    for said, claim in wrong.items():
        with pytest.raises(SignInError, match=said):
            checked(token(claims(**claim), KEY))


ODD: list[Any] = [
    *("", " 9999999999", "9999999999 ", "+9999999999", "-1", "1e12", "0x9", "9_999_999_999", "\u0669" * 10, "9" * 16),
    *("inf", "nan", "soon", [9999999999], {"a": 1}),
]


@pytest.mark.parametrize("odd", ODD)
def test_a_time_that_is_no_number_of_seconds_is_no_time(odd: Any) -> None:
    for name in ("exp", "nbf", "iat"):
        with pytest.raises(SignInError, match="clock is wrong"):
            checked(token(claims(**{name: odd}), KEY))


def test_whatever_a_library_raises_of_a_token_it_convinces_nobody() -> None:
    deep = b"[" * 3000 + b"]" * 3000  # deeper than Python's own limit
    with pytest.raises(SignInError, match="not signed with the key"):
        checked(token(deep, KEY))
    head = url64(b'{"alg":"RS256","kid":"one","a":' + deep + b"}")
    with pytest.raises(SignInError, match="not a signed JWT"):
        checked(f"{head}.e30.e30")


FORGED: dict[str, tuple[str, str]] = {
    "none": (token(claims(), None, {"alg": "none"}), "RS256, which alone"),
    "None": (token(claims(), None, {"alg": "None"}), "RS256, which alone"),
    "no alg": (token(claims(), KEY, {"alg": None}), "not a signed JWT|RS256, which alone"),
    "HS256 with the public key": (token(claims(), public_pem(KEY), {"alg": "HS256"}), "RS256, which alone"),
    "HS256 that says RS256": (token(claims(), public_pem(KEY)), "not signed with the key"),
    "no signature": (token(claims(), None), "not signed with the key"),
    "wrong key": (token(claims(), OTHER), "not signed with the key"),
    "key of nobody": (token(claims(), rsa_key("third"), {"kid": "three"}), "does not publish"),
    "no kid": (token(claims(), KEY, {"kid": None}), "does not name the key"),
    "odd kid": (token(claims(), KEY, {"kid": 1}), "not a signed JWT|does not name the key"),
    **{
        name: (token(claims(), OTHER, {name: value}), f"says by {name}|not a signed JWT")
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
    "nonce": (token(claims(nonce="other"), KEY), "for another attempt to sign in"),
    "no nonce": (token(claims(nonce=None), KEY), "for another attempt to sign in"),
    "odd issuer": (token(claims(iss=7), KEY), "issued by somebody else"),
    "odd audience": (token(claims(aud={"app": 1}), KEY), "for another application"),
    "no claims": (token({}, KEY), "for another application|issued by somebody else"),
    "a list": (token(b"[]", KEY), "not signed with the key|for another application"),
    "no JSON": (token(b"{", KEY), "not signed with the key"),
    "nothing": ("", "not a signed JWT"),
    "words": ("not a token", "not a signed JWT"),
    "two parts": ("e30.e30", "not a signed JWT"),
    "five parts": ("e30.e30.e30.e30.e30", "not a signed JWT"),
    "outside ASCII": ("é.é.é", "not a signed JWT"),
    "huge": (token({"a": "x" * 2_000_000}, KEY), "not a signed JWT|not signed"),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_token_convinces_nobody(case: str) -> None:
    text, said = FORGED[case]
    with pytest.raises(SignInError, match=said) as caught:
        checked(hidden(text))
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
    assert not keys.wants("four")


def test_a_withdrawn_key_goes() -> None:
    keys = key_set()
    keys.take(jwks(jwk(OTHER, "two")))
    with pytest.raises(SignInError, match="does not publish"):
        keys.claims(token(claims(), KEY), issuer="SuperOffice AS")


@pytest.mark.parametrize(
    "published", [b"", b"null", b"[]", b'{"keys": {}}', b'{"keys": [7, {"kty": 7}]}', b"<html>", b"[" * 99_999]
)
def test_what_is_no_set_of_keys_holds_none(published: bytes) -> None:
    keys = key_set()
    keys.take(published)
    with pytest.raises(SignInError, match="does not publish"):
        keys.claims(token(claims(), KEY), issuer="SuperOffice AS")


@pytest.mark.parametrize("key", [jwk(KEY, "one", use="enc"), jwk(KEY, "one", alg="PS256"), {"kty": "EC", "kid": "one"}])
def test_keys_for_other_purposes_are_left_aside(key: dict[str, Any]) -> None:
    with pytest.raises(SignInError, match="does not publish"):
        key_set(key).claims(token(claims(), KEY), issuer="SuperOffice AS")


def test_a_published_key_that_is_none_convinces_nobody() -> None:
    with pytest.raises(SignInError, match="not signed with the key"):
        key_set({"kty": "RSA", "kid": "one", "n": "!", "e": ""}).claims(token(claims(), KEY), issuer="SuperOffice AS")


def test_key_id_gives_the_kid() -> None:
    assert key_id(token(claims(), KEY, {"kid": "two"})) == "two"
