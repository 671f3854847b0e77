"""Authentication of people by OAuth 2 and OpenID Connect: a code with PKCE, and tokens that are refreshed."""

from __future__ import annotations

import math
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Generator
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec

from superoffice_api.facts import Security
from superoffice_runtime import Response

from ..errors import SignInError
from ..transport.redaction import hidden
from .jwt import check_installed
from .refreshing import TRY_LATER, AuthStep, Credential, HiddenRepr, HiddenValues, SendRequest, check_ok, decode, shown
from .schemes import check_secret, sign_in_header
from .storage import StoredAuth, StoredCredential, TokenStore
from .tenant import Tenant

_SECONDS: Final = 3600.0  # that an access token lives where the server does not say
_AGAIN: Final = "sign in again, with superoffice login or superoffice.login()"
_OF_THE_APPLICATION: Final = ("invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope")
_REDIRECT: Final = ", and the redirect that is registered for the application"
_BROWSER: Final = {
    "access_denied": "sign in again, and agree; if it stays, ask an administrator whether the application is approved",
    **dict.fromkeys(("server_error", "temporarily_unavailable"), TRY_LATER),
}


class Metadata(msgspec.Struct):
    """The addresses of an authentication server."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class Tokens(StoredCredential):
    """The tokens of a person."""

    access_token: str
    refresh_token: str | None = None

    def credential(self) -> Credential:
        """Return what signs in with the access token."""
        return Credential(sign_in_header(Security.BEARER, self.access_token), expires_at=self.expires_at)


class _Reply(HiddenRepr):
    access_token: str
    expires_in: float = _SECONDS
    refresh_token: str | None = None
    id_token: str | None = None


class _Refusal(HiddenRepr):
    error: str = ""
    error_description: str = ""


def _random() -> str:
    return hidden(secrets.token_urlsafe(48))


class Attempt(HiddenRepr, kw_only=True):
    """One attempt to sign somebody in: what the browser's response and the id token must bring back."""

    state: str = msgspec.field(default_factory=_random)
    nonce: str = msgspec.field(default_factory=_random)
    verifier: str = msgspec.field(default_factory=_random)

    def address(self, metadata: Metadata, client_id: str, redirect: str) -> str:
        """Return the address at which a person signs in."""
        query = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect,
            "scope": "openid",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{metadata.authorization_endpoint}?{urlencode(query)}"

    def accepts(self, query: str) -> bool:
        """Return whether a response by a browser is for this attempt."""
        given = _parameters(query)
        same = secrets.compare_digest(given.get("state", "").encode(), self.state.encode())
        return same and ("code" in given) != ("error" in given)

    def code(self, query: str) -> str:
        """Return the code of an accepted response; raise `SignInError` where the person or the server refused."""
        given = _parameters(query)
        if "error" not in given:
            return hidden(given["code"])
        reason = f"{given['error']}: {given.get('error_description', '')}".rstrip(": ")
        advice = _BROWSER.get(given["error"], f"check client_id{_REDIRECT}")
        raise SignInError(f"authentication was refused: {shown(reason, *msgspec.structs.astuple(self))}", advice=advice)


class OAuthAuth(StoredAuth):
    """Signs a person in with an access token that is refreshed before it ends and after a 401; online only.

    The refresh token comes from `superoffice login` or `login()`, which store it, or from your own program. It lives
    long, and may be used again and again (source: public documentation).

    Args:
        tenant: Whose tickets to read; give the client the same.
        client_id: The application's, as SuperOffice issued it.
        client_secret: Its secret, which is the app token too.
        refresh_token: A person's refresh token.
        token_store: Where tokens are stored; by default they are not.

    Raises `ConfigurationError` for an argument that cannot be right; calls raise `SignInError`.

    >>> OAuthAuth(Tenant("Cust12345", environment="sod"), "1f0c5c3e", refresh_token="secret")
    OAuthAuth(Tenant('Cust12345', environment='sod'), '1f0c5c3e')
    """

    scheme = Security.BEARER

    def __init__(
        self,
        tenant: Tenant,
        client_id: str,
        *,
        client_secret: str | None = None,
        refresh_token: str | None = None,
        token_store: TokenStore | None = None,
    ) -> None:
        client_id, client_secret, refresh_token = hidden(client_id), hidden(client_secret), hidden(refresh_token)
        self.client_id = client_id
        super().__init__(tenant, token_store)
        check_secret("OAuthAuth", "client_id", client_id, sent=True)
        for name, value in {"client_secret": client_secret, "refresh_token": refresh_token}.items():
            if value is not None:
                check_secret("OAuthAuth", name, value, sent=True)
        self.client_id = str(client_id)
        self._client_secret = client_secret
        self._own = None if refresh_token is None else Tokens(0.0, "", str(refresh_token))
        self._metadata: Metadata | None = None

    def __repr__(self) -> str:
        return f"OAuthAuth({self.tenant!r}, {self.client_id!r})"

    @property
    def stored_as(self) -> str:
        """The name under which the tokens are stored."""
        return f"{self.tenant.environment.name}/{self.tenant.context}/{self.client_id}"

    def refresh(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        """Use the access token that another program stored meanwhile, or refresh."""
        stored = yield from self._load(Tokens)
        tokens = stored or self._own
        if tokens is None:
            raise SignInError(f"nobody is signed in to {self.tenant.context}", advice=_AGAIN)
        if tokens.is_usable(rejected):
            return tokens.credential()
        if tokens.refresh_token is None:
            raise SignInError("the access token has ended, and no refresh token came with it", advice=_AGAIN)
        yield from self._check_store()
        form = HiddenValues(grant_type="refresh_token", refresh_token=tokens.refresh_token)
        tokens, _ = yield from self._request_tokens(form)
        if stored is None:
            self._own = tokens
        # Somebody who signed out meanwhile must stay so.
        if stored is None or (yield from self._load(Tokens)) is not None:
            yield from self._save(tokens)
        return tokens.credential()

    def prepare(self) -> Generator[AuthStep, Any, Metadata]:
        """Check, before a person signs in, that tokens can be checked and stored; return the server's addresses."""
        check_installed()
        yield from self._check_store()
        return (yield from self._discover())

    def redeem(self, attempt: Attempt, code: str, redirect: str) -> Generator[AuthStep, Any, Credential]:
        """Exchange the browser's code for tokens, and store them once the id token is trusted."""
        form = HiddenValues(grant_type="authorization_code", code=code, redirect_uri=redirect)
        form["code_verifier"] = attempt.verifier
        tokens, id_token = yield from self._request_tokens(form)
        metadata = yield from self._discover()
        if id_token is None:
            raise SignInError("no id token came, so nobody vouches for who signed in", advice=TRY_LATER)
        expected = {"issuer": metadata.issuer, "audience": self.client_id, "nonce": attempt.nonce}
        yield from self._check_token(id_token, metadata.jwks_uri, **expected)
        if self._token_store is None:
            self._own = tokens
        yield from self._save(tokens)
        return tokens.credential()

    def _discover(self) -> Generator[AuthStep, Any, Metadata]:
        if self._metadata is None:
            base = self.tenant.environment.url
            response = yield SendRequest(url=f"{base}/login/.well-known/openid-configuration")
            found = check_ok(response, Metadata, "the request for the authentication server's metadata")
            for address in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
                if origin(address) != origin(base):
                    said = f"the authentication server leads to another host, {shown(origin(address))}"
                    raise SignInError(said, advice="check which server responds in its place")
            self._metadata = found
        return self._metadata

    def _request_tokens(self, form: HiddenValues[str]) -> Generator[AuthStep, Any, tuple[Tokens, str | None]]:
        metadata = yield from self._discover()
        form["client_id"] = self.client_id
        if self._client_secret:
            form["client_secret"] = self._client_secret
        response = yield SendRequest(
            method="POST",
            url=metadata.token_endpoint,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            content=urlencode(form).encode(),
            safe="code" not in form,  # which can be used once
        )
        if response.status_code in (400, 401, 403):
            raise _refused(response, form)
        reply = check_ok(response, _Reply, "the request for tokens")
        ends = time.time() + (reply.expires_in if math.isfinite(reply.expires_in) else _SECONDS)
        again = reply.refresh_token or form.get("refresh_token")
        return Tokens(ends, reply.access_token, again), hidden(reply.id_token)


def _refused(response: Response, form: HiddenValues[str]) -> SignInError:
    refusal = decode(response.content, _Refusal) or _Refusal()
    reason = f"{refusal.error}: {refusal.error_description}".rstrip(": ") or f"status {response.status_code}"
    reason = shown(reason, *map(form.get, ("client_secret", "code", "code_verifier", "refresh_token")))
    advice = "check client_id, client_secret (SUPEROFFICE_APP_TOKEN at a terminal)"
    advice += _REDIRECT if "redirect_uri" in form else ""
    if refusal.error == "invalid_grant":
        advice = _AGAIN
    elif refusal.error not in _OF_THE_APPLICATION:  # such as access_denied, which SuperOffice has for every cause
        advice = f"{_AGAIN}; if that is refused too, {advice}"
    what = "the browser's code" if "code" in form else "the refresh token"
    return SignInError(f"{what} was refused: {reason}", advice=advice).of_answer(response)


def _parameters(query: str) -> HiddenValues[str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=20)
    except ValueError:
        pairs = []
    found = HiddenValues(pairs)
    return found if len(found) == len(pairs) else HiddenValues()


def origin(address: str) -> str:
    """Return scheme, host and port of an address; of another text what no address equals."""
    return "/".join(address.split("/", 3)[:3]).lower()
