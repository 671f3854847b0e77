"""What a person with a browser, and the application behind them, do to sign in; over plain HTTP, without our client."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jwt
from joserfc.jwk import KeySet

from superoffice_sandbox import Sandbox

from ...support.sandbox_calls import PATH
from ...support.web import get, post

VERIFIER = "a" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
REDIRECT = "http://127.0.0.1:5000/callback"
TICKET = "http://schemes.superoffice.net/identity/ticket"


def asking(box: Sandbox, **changes: str | None) -> dict[str, str]:
    """Return the parameters of a valid request for consent, with changes; None leaves one out."""
    right: dict[str, str | None] = {
        "client_id": box.identity.client_id,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "openid",
        "state": "some state&",
        "nonce": "some-nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in (right | changes).items() if value is not None}


def agree(box: Sandbox, choice: str = "allow", **changes: str | None) -> httpx.Response:
    """Answer the page as a person does."""
    form = {"user": box.user, "password": box.password, "choice": choice}
    return post(f"{box.site}/login/common/oauth/authorize", params=asking(box, **changes), data=form)


def sent_to(answer: httpx.Response) -> dict[str, str]:
    """Return what the browser brings back to the application."""
    assert answer.status_code == 303, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def ask(box: Sandbox, auth: tuple[str, str] | None = None, /, **form: str | None) -> httpx.Response:
    """Ask for tokens, as an application does."""
    sent = {name: value for name, value in ({"client_id": box.identity.client_id} | form).items() if value is not None}
    return post(f"{box.site}/login/common/oauth/tokens", data=sent, auth=auth)


def redeem(box: Sandbox, code: str, **changes: str | None) -> httpx.Response:
    """Ask for tokens for a code."""
    right: dict[str, str | None] = {"redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    return ask(box, grant_type="authorization_code", code=code, **(right | changes))


def sign_in(box: Sandbox) -> dict[str, Any]:
    """Sign a person in: gives the tokens."""
    answer = redeem(box, sent_to(agree(box))["code"])
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def refresh(box: Sandbox, token: str, **changes: str | None) -> httpx.Response:
    """Ask for tokens for a refresh token."""
    return ask(box, grant_type="refresh_token", refresh_token=token, **changes)


def keys(box: Sandbox) -> KeySet:
    """Fetch the published keys."""
    return KeySet.import_key_set(get(f"{box.site}/login/.well-known/jwks").json())


def read(box: Sandbox, token: str) -> dict[str, Any]:
    """Read a token with the published keys, as somebody else's library has it."""
    return dict(jwt.decode(token, keys(box), algorithms=["RS256"]).claims)


def call(box: Sandbox, authorization: str = "", /, site: str = "", **headers: str) -> int:
    """Call the endpoint: gives the status."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if authorization:
        sent["Authorization"] = authorization
    return post((site or box.site) + PATH, json={"TicketIds": [439]}, headers=sent).status_code


def private_key(pem: str, passphrase: bytes | None = None) -> RSAPrivateKey:
    """Read a private key."""
    key = load_pem_private_key(pem.encode(), passphrase)
    assert isinstance(key, RSAPrivateKey)
    return key


def signed(box: Sandbox, *, at: float | None = None, token: str | None = None) -> str:
    """Sign a system token, as a program does, for a moment in seconds since 1970."""
    user = box.identity.system_user
    key = private_key(user.private_key_pem())
    moment = datetime.now(UTC) if at is None else datetime.fromtimestamp(at, UTC)
    content = f"{user.system_token if token is None else token}.{moment:%Y%m%d%H%M}"
    return f"{content}.{b64encode(key.sign(content.encode(), PKCS1v15(), SHA256())).decode()}"


def exchange(box: Sandbox, **changes: str) -> httpx.Response:
    """Exchange a signed system token."""
    right = {
        "SignedSystemToken": changes.get("SignedSystemToken") or signed(box),
        "ApplicationToken": box.identity.client_secret,
        "ContextIdentifier": box.identity.tenant,
        "ReturnTokenType": "JWT",
    }
    return post(f"{box.site}/Login/api/PartnerSystemUser/Authenticate", json=right | changes)


def ticket(box: Sandbox) -> str:
    """Sign a system user in: gives the ticket."""
    answer = exchange(box).json()
    assert answer["IsSuccessful"], answer
    return str(read(box, answer["Token"])[TICKET])
