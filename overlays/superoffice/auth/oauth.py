"""Sign-in of people: OAuth 2 and OpenID Connect, a code from the browser with PKCE, tokens that are refreshed."""

from __future__ import annotations

import math
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Generator
from hashlib import sha256
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import attrs
import msgspec

from superoffice_api.facts import Security
from superoffice_runtime import Response

from ..errors import ConfigurationError, SignInError
from ..transport.call import hidden
from .jwt import (
    LATER,
    HiddenRepr,
    KeySet,
    StoredCredential,
    answered,
    check_tenant,
    checked_keeping,
    load,
    of_tenant,
    save,
    serves,
    shown,
    trusted,
    writable,
)
from .refreshing import AuthStep, Credential, RefreshingAuth, SendRequest
from .schemes import check_token, sign_in_header
from .storage import TokenStore
from .tenant import Tenant

_METADATA: Final = "/login/.well-known/openid-configuration"
_SECONDS: Final = 3600.0  # that an access token lives where the server does not say
_AGAIN: Final = "sign in again, with superoffice login or superoffice.login()"
_OF_THE_APPLICATION: Final = ("invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope")
_REDIRECT: Final = ", and the redirect that is registered for the application"
_BROWSER: Final = {
    "access_denied": "sign in again, and agree; if it stays, ask an administrator whether the application is approved",
    **dict.fromkeys(("server_error", "temporarily_unavailable"), LATER),
}
_SECRET: Final = ("client_secret", "code", "code_verifier", "refresh_token")
_MOST: Final = 20  # parameters of an answer from the browser


class Metadata(msgspec.Struct):
    """Where a sign-in server has what."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str

    def check(self, base: str) -> None:
        """Refuse addresses on other hosts; raises `SignInError`."""
        for address in (self.authorization_endpoint, self.token_endpoint, self.jwks_uri):
            if origin(address) != origin(base):
                raise SignInError(
                    f"the sign-in server leads to another host, {shown(origin(address))}",
                    advice="look who answers in its place",
                )


class Tokens(StoredCredential):
    """What a person's sign-in is kept as."""

    access_token: str
    refresh_token: str | None = None


class _Reply(HiddenRepr):
    access_token: str
    expires_in: float = _SECONDS
    refresh_token: str | None = None
    id_token: str | None = None


class _Refusal(HiddenRepr):
    error: str = ""
    error_description: str = ""


class Form(dict[str, str]):
    """Parameters, secret ones among them. A traceback that shows variables shows the names only."""

    def __repr__(self) -> str:
        return f"<form {', '.join(self)}>"


@attrs.frozen(kw_only=True, eq=False)
class Attempt:
    """One try to sign somebody in: what the browser's answer and the id token must bring back."""

    state: str = attrs.field(repr=False, eq=False)  # or pytest would show what differs
    nonce: str = attrs.field(repr=False, eq=False)
    verifier: str = attrs.field(repr=False, eq=False)

    @classmethod
    def begin(cls) -> Self:
        """Make one that nobody can guess."""
        state, nonce, verifier = (hidden(secrets.token_urlsafe(48)) for _ in range(3))
        return cls(state=state, nonce=nonce, verifier=verifier)

    def address(self, metadata: Metadata, client_id: str, redirect: str) -> str:
        """Give the address at which a person signs in."""
        challenge = urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect,
            "scope": "openid",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{metadata.authorization_endpoint}?{urlencode(query)}"

    def accepts(self, query: str) -> bool:
        """Whether an answer of a browser's is the one to this try."""
        given = _parameters(query)
        return secrets.compare_digest(given.get("state", "").encode(), self.state.encode()) and (
            ("code" in given) != ("error" in given)
        )

    def code(self, query: str) -> str:
        """Give the code of an answer that was accepted; raises `SignInError` where the person or the server said no."""
        given = _parameters(query)
        if "error" in given:
            said = f"{given['error']}: {given.get('error_description', '')}".rstrip(": ")
            advice = _BROWSER.get(given["error"], f"check client_id{_REDIRECT}")
            raise SignInError(f"the sign-in was refused: {shown(said, *attrs.astuple(self))}", advice=advice)
        return hidden(given["code"])


class OAuthAuth(RefreshingAuth):
    """Signs a person in with an access token that is refreshed before it ends and after a 401; online only.

    Where the refresh token comes from: from a sign-in that `superoffice login` or `login()` kept, or from your own
    program as `refresh_token=`. It lives long, and may be used again and again (source: public documentation).

    Args:
        tenant: Whose tickets are to be read; give the client the same.
        client_id: The application's id, as SuperOffice gave it.
        client_secret: The application's secret, where it has one; it is the app token too.
        refresh_token: What a person's sign-in brought.
        keeping: Where tokens are kept; by default they are not.

    Raises:
        ConfigurationError: An argument cannot be right.
        SignInError: Raised by calls for which nobody is signed in, or no longer.

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
        keeping: TokenStore | None = None,
    ) -> None:
        client_id, client_secret, refresh_token = hidden(client_id), hidden(client_secret), hidden(refresh_token)
        super().__init__()
        self.tenant, self.client_id = tenant, client_id
        check_tenant("OAuthAuth", tenant)
        if not client_id:
            raise ConfigurationError("client_id= is empty; SuperOffice gives one to every application")
        for name, value in {
            "client_id": client_id,
            "client_secret": client_secret,
            "refresh_token": refresh_token,
        }.items():
            if value is not None:
                check_token("OAuthAuth", name, value)
        self.client_id = str(client_id)
        self._client_secret = client_secret
        self._keeping = checked_keeping("OAuthAuth", keeping)
        self._own = (
            None if refresh_token is None else Tokens(expires_at=0.0, access_token="", refresh_token=str(refresh_token))
        )
        self._keys = KeySet()
        self._metadata: Metadata | None = None

    def __repr__(self) -> str:
        return f"OAuthAuth({self.tenant!r}, {self.client_id!r})"

    @property
    def kept_as(self) -> str:
        """The name under which the tokens are kept."""
        return f"{self.tenant.environment.name}/{self.tenant.context}/{self.client_id}"

    def renew(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        """Take the token that another program kept meanwhile, or refresh."""
        kept = yield from load(self._keeping, self.kept_as, Tokens)
        tokens = kept or self._own
        if tokens is None:
            raise SignInError(f"nobody is signed in to {self.tenant.context}", advice=_AGAIN)
        if serves(tokens, rejected):
            return _credential(tokens)
        if tokens.refresh_token is None:
            raise SignInError("the access token has ended, and no refresh token came with it", advice=_AGAIN)
        yield from writable(self._keeping, self.kept_as)
        form = Form(grant_type="refresh_token", refresh_token=tokens.refresh_token)
        reply = yield from self._asked(form, "the refresh token")
        # A reply brings no new refresh token; where one should, it takes the place of the old.
        tokens = _tokens(reply, reply.refresh_token or tokens.refresh_token)
        if kept is None:
            self._own = tokens
        # Somebody who signed out meanwhile must stay so.
        if kept is None or (yield from load(self._keeping, self.kept_as, Tokens)) is not None:
            yield from save(self._keeping, self.kept_as, tokens)
        return _credential(tokens)

    def prepared(self) -> Generator[AuthStep, Any, Metadata]:
        """Find out, before a person signs in, whether the tokens can be kept, and where the sign-in server has what."""
        yield from writable(self._keeping, self.kept_as)
        return (yield from self.discovered())

    def discovered(self) -> Generator[AuthStep, Any, Metadata]:
        """Find out where the sign-in server has what."""
        if self._metadata is None:
            base = self.tenant.environment.url
            response = yield SendRequest(method="GET", url=base + _METADATA, headers={"Accept": "application/json"})
            found: Metadata = answered(response, Metadata, "the sign-in server's description of itself")
            found.check(base)
            self._metadata = found
        return self._metadata

    def redeemed(self, attempt: Attempt, code: str, redirect: str) -> Generator[AuthStep, Any, Credential]:
        """Exchange the browser's code for tokens, and keep them once the id token is found good."""
        form = Form(code=code, redirect_uri=redirect, code_verifier=attempt.verifier, grant_type="authorization_code")
        reply = yield from self._asked(form, "the browser's code")
        metadata = yield from self.discovered()
        if reply.id_token is None:
            raise SignInError("the sign-in brought no id token, so nobody vouches for it", advice=LATER)
        token = hidden(reply.id_token)
        expected = {"issuer": metadata.issuer, "audience": self.client_id, "nonce": attempt.nonce}
        of_tenant((yield from trusted(self._keys, token, metadata.jwks_uri, **expected)), self.tenant.context)
        tokens = _tokens(reply, reply.refresh_token)
        if self._keeping is None:
            self._own = tokens
        yield from save(self._keeping, self.kept_as, tokens)
        return _credential(tokens)

    def _asked(self, form: Form, what: str) -> Generator[AuthStep, Any, _Reply]:
        metadata = yield from self.discovered()
        form["client_id"] = self.client_id
        if self._client_secret:
            form["client_secret"] = self._client_secret
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        response = yield SendRequest(
            method="POST",
            url=metadata.token_endpoint,
            headers=headers,
            content=urlencode(form).encode(),
            safe="code" not in form,  # which can be used once
        )
        if response.status in (400, 401, 403):
            raise _refused(response, what, form)
        reply: _Reply = answered(response, _Reply, "the request for tokens")
        return reply


def _refused(response: Response, what: str, form: Form) -> SignInError:
    try:
        refusal = msgspec.json.decode(response.content, type=_Refusal)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        refusal = _Refusal()
    said = f"{refusal.error}: {refusal.error_description}".rstrip(": ") or f"status {response.status}"
    said = shown(said, *(form.get(name) for name in _SECRET))
    return SignInError(f"{what} was refused: {said}", advice=_advice(refusal.error, form)).of_answer(response)


def _advice(word: str, form: Form) -> str:
    """Return what to do about a server's word; access_denied is SuperOffice's for every cause."""
    if word == "invalid_grant":
        return _AGAIN
    settings = "check client_id, client_secret (SUPEROFFICE_APP_TOKEN at a terminal)"
    settings += _REDIRECT if "redirect_uri" in form else ""
    return settings if word in _OF_THE_APPLICATION else f"{_AGAIN}; if that is refused too, {settings}"


def _tokens(reply: _Reply, refresh_token: str | None) -> Tokens:
    seconds = reply.expires_in if math.isfinite(reply.expires_in) else _SECONDS  # what is kept holds no other number
    return Tokens(expires_at=time.time() + seconds, access_token=reply.access_token, refresh_token=refresh_token)


def _credential(tokens: Tokens) -> Credential:
    return Credential(sign_in_header(Security.BEARER, tokens.access_token), expires_at=tokens.expires_at)


def _parameters(query: str) -> Form:
    """Read a query; nothing of one that says something twice."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST)
    except ValueError:
        return Form()
    found = Form(pairs)
    return found if len(found) == len(pairs) else Form()


def origin(address: str) -> str:
    """Give scheme, host and port of an address; one that cannot be split stays as it is, which no other equals."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    return f"{parts.scheme}://{parts.netloc}".lower()
