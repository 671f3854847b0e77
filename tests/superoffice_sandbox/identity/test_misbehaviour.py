"""What may be wrong with the other side of sign-in, and what is remembered of those who asked it."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any, get_args

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

import superoffice_sandbox
from superoffice_sandbox import Forgery, Sandbox

from .person import CHALLENGE, REDIRECT, VERIFIER, agree, call, exchange, get, keys, post, read, refresh, sign_in

WRONG_CLAIMS = {"expired", "not_yet_valid", "wrong_issuer", "wrong_audience", "wrong_nonce", "missing_claim"}


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verified(token: str, key: object) -> bool:
    assert isinstance(key, RSAKey)
    content, _, signature = token.rpartition(".")
    key.public_key.verify(decoded(signature), content.encode(), PKCS1v15(), SHA256())
    return True


def part(token: str, number: int) -> dict[str, Any]:
    return dict(json.loads(decoded(token.split(".")[number])))


def forged(box: Sandbox, kind: Forgery) -> str:
    box.identity.misbehave(kind, claim="nonce" if kind == "missing_claim" else "")
    return str(sign_in(box)["id_token"])


@pytest.mark.parametrize("kind", get_args(Forgery))
def test_somebody_elses_library_tells_what_is_wrong_with_the_signature(box: Sandbox, kind: Forgery) -> None:
    token = forged(box, kind)
    try:
        jwt.decode(token, keys(box), algorithms=["RS256"])
    except (JoseError, ValueError):
        right = False
    else:
        right = True
    assert right == (kind in WRONG_CLAIMS)
    assert read(box, sign_in(box)["id_token"])["aud"] == box.identity.client_id  # the next one is right again


def test_wrong_keys_and_algorithms(box: Sandbox) -> None:
    published = [key.kid for key in keys(box)]
    assert part(forged(box, "wrong_key"), 0) == {"typ": "JWT", "alg": "RS256", "kid": published[-1]}
    assert part(forged(box, "unknown_key"), 0)["kid"] not in published
    token = forged(box, "no_kid")
    assert part(token, 0) == {"typ": "JWT", "alg": "RS256"}
    assert verified(token, keys(box).keys[-1])
    token = forged(box, "alg_none")
    assert (part(token, 0)["alg"], token.endswith(".")) == ("none", True)
    content, _, signature = forged(box, "hs256").rpartition(".")
    assert part(content, 0)["alg"] == "HS256"
    key = keys(box).keys[-1]
    assert isinstance(key, RSAKey)
    pem = key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert decoded(signature) == hmac.digest(pem, content.encode(), "sha256")


def test_keys_that_a_token_brings_itself(box: Sandbox) -> None:
    token = forged(box, "jku")
    header = part(token, 0)
    assert header["jku"] == header["x5u"]
    assert verified(token, KeySet.import_key_set(get(header["jku"]).json()).keys[0])
    token = forged(box, "jwk")
    assert verified(token, RSAKey.import_key(part(token, 0)["jwk"]))
    for claims in (part(token, 1), part(forged(box, "tampered"), 1)):
        assert claims["aud"] == box.identity.client_id
    assert claims["sub"] == "somebody.else@example.com"


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("wrong_issuer", {"iss"}),
        ("wrong_audience", {"aud"}),
        ("wrong_nonce", {"nonce"}),
        ("missing_claim", {"nonce"}),
        ("expired", {"iat", "nbf", "exp"}),
        ("not_yet_valid", {"nbf", "exp"}),
    ],
)
def test_wrong_claims(box: Sandbox, kind: Forgery, changed: set[str]) -> None:
    right = part(sign_in(box)["id_token"], 1)
    wrong = part(forged(box, kind), 1)
    late = {name for name in ("iat", "nbf", "exp") if name in wrong and 0 <= wrong[name] - right[name] < 300}
    assert {name for name in right if name not in wrong or right[name] != wrong[name]} - late == changed - late
    assert not late & changed
    if kind == "expired":
        assert wrong["iat"] < wrong["exp"] < right["iat"]
    if kind == "not_yet_valid":
        assert right["iat"] + 1800 < wrong["nbf"] < wrong["exp"]


def test_a_system_users_token_may_be_wrong_too(box: Sandbox) -> None:
    box.identity.misbehave("missing_claim", claim="http://schemes.superoffice.net/identity/ticket", times=2)
    for _ in range(2):
        assert "http://schemes.superoffice.net/identity/ticket" not in read(box, exchange(box).json()["Token"])
    assert "http://schemes.superoffice.net/identity/ticket" in read(box, exchange(box).json()["Token"])


def test_only_what_is_known_can_be_wrong(box: Sandbox) -> None:
    with pytest.raises(ValueError, match=r"^kind must be .* or .* \(got 'rude'\)$"):
        box.identity.misbehave("rude")  # type: ignore[arg-type]
    for kind, claim in (("missing_claim", ""), ("expired", "exp")):
        with pytest.raises(ValueError, match="needs claim="):
            box.identity.misbehave(kind, claim=claim)  # type: ignore[arg-type]
    for times in (0, 1001):
        with pytest.raises(ValueError, match="from 1 to 1,000"):
            box.identity.misbehave("expired", times=times)
    with pytest.raises(ValueError, match="one of discovery, jwks, tokens, exchange, state"):
        box.identity.fault("x")  # type: ignore[arg-type]


def test_each_part_of_sign_in_can_fail(box: Sandbox) -> None:
    token = sign_in(box)["refresh_token"]
    box.identity.fault("tokens", status=503, times=2, retry_after=7)
    assert [refresh(box, token).status_code for _ in range(3)] == [503, 503, 200]
    box.identity.fault("exchange", "reset")
    with pytest.raises(httpx.ReadError):
        exchange(box)
    box.identity.fault("state", "html", status=200)
    assert get(f"{box.site}/api/state/Cust12345").text.startswith("<!doctype html>")
    box.identity.fault("jwks", "cut")
    with pytest.raises(httpx.RemoteProtocolError):
        get(f"{box.site}/login/.well-known/jwks")
    box.identity.fault("discovery", delay=0)
    assert get(f"{box.site}/login/.well-known/openid-configuration").json()["issuer"] == box.site
    assert call(box, "Bearer 8A:sandbox-token") == 200


def test_what_signs_in_is_remembered_without_its_secrets(box: Sandbox) -> None:
    tokens = sign_in(box)
    refresh(box, tokens["refresh_token"], client_secret=box.identity.client_secret)
    exchange(box)
    post(f"{box.site}/login/common/oauth/tokens", content=b"\xff;secret=hush")
    post(f"{box.site}/login/common/oauth/tokens", content=b'["hush"]')
    remembered = repr([(call.path, call.query, call.headers, call.body) for call in box.requests])
    user = box.identity.system_user
    secrets = [tokens["refresh_token"], box.password, box.identity.client_secret, VERIFIER, CHALLENGE, "some-nonce"]
    for secret in [*secrets, "some+state", user.system_token, "hush"]:
        assert secret not in remembered
    consent, redeemed, refreshed, exchanged, _, _ = box.requests
    assert f"client_id={box.identity.client_id}" in consent.query
    assert redeemed.form() == {
        "client_id": box.identity.client_id,
        "grant_type": "authorization_code",
        "redirect_uri": REDIRECT,
        "code": "***",
        "code_verifier": "***",
    }
    assert refreshed.form()["grant_type"] == "refresh_token"
    assert exchanged.json() == {
        "SignedSystemToken": "***",
        "ApplicationToken": "***",
        "ContextIdentifier": "Cust12345",
        "ReturnTokenType": "JWT",
    }


def test_they_are_remembered_with_secrets_where_that_is_wanted() -> None:
    with superoffice_sandbox.start(tickets=0, record_secrets=True) as box:
        agree(box)
        consent = box.requests[-1]
        assert consent.form() == {"user": box.user, "password": box.password, "choice": "allow"}
        assert CHALLENGE in consent.query


def test_many_may_be_issued_and_the_oldest_are_forgotten(box: Sandbox) -> None:
    issuer = box.identity.issuer
    first = issuer._tickets.issue("app")
    assert issuer.ticket(first, None)
    for _ in range(10_000):
        last = issuer._tickets.issue("app")
    assert (issuer.ticket(first, None), issuer.ticket(last, None)) == (False, True)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda box: box.identity.set_state("Running", valid_seconds="long"), "^valid_seconds must be a number"),
        (
            lambda box: box.identity.misbehave("wrong_key", times="often"),
            r"^times must be a whole number \(got 'often'",
        ),
        (lambda box: box.identity.misbehave("wrong_key", times=1.5), r"^times must be a whole number \(got 1\.5"),
        (lambda box: box.identity.refresh_xsrf(every="x"), "^every must be a number"),
        (lambda box: box.identity.refresh_xsrf(every=float("nan")), "^every must be more than 0"),
        (lambda box: box.identity.register(5), "^a redirect address must be text"),
        (lambda box: box.identity.move(5), "can move to a host, such as http://localhost:8080"),
        (lambda box: box.identity.fault("state", tims=5), "^a fault has no tims; did you mean times"),
        (lambda box: box.clock.forward(hours="x"), "^hours must be a number"),
        (lambda box: box.clock.skew(minutes=None), "^minutes must be a number"),
        (lambda box: setattr(box, "behaviour", "null"), "^behaviour must be a Behaviour, such as Behaviour"),
    ],
)
def test_a_value_of_another_kind_is_refused(box: Sandbox, act: Callable[[Sandbox], object], said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        act(box)


def test_the_clock_goes_forward(box: Sandbox) -> None:
    for wrong in ({"seconds": -1}, {"days": 40_000}, {"hours": float("nan")}):
        with pytest.raises(ValueError, match="time moves forward"):
            box.clock.forward(**wrong)
    for wrong in ({"hours": -1e6}, {"seconds": float("nan")}):
        with pytest.raises(ValueError, match="wrong by at most 100 years"):
            box.clock.skew(**wrong)
    box.clock.skew(hours=1)
    later = read(box, sign_in(box)["id_token"])
    box.clock.skew()
    assert later["iat"] - read(box, sign_in(box)["id_token"])["iat"] == pytest.approx(3600, abs=300)
