"""OAuth 2 and OpenID Connect: `/login/common/oauth/authorize` and `/login/common/oauth/tokens`."""

from __future__ import annotations

import re
from base64 import b64decode
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote_plus, urlencode

import attrs

from ..credentials import same
from .issuer import LOGIN, Grant
from .keys import base64url

if TYPE_CHECKING:
    from .application import Application
    from .issuer import Issuer

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_MOST_FIELDS: Final = 50


@attrs.define(eq=False)
class OAuthError(Exception):
    """An error as in RFC 6749. `back` is where the browser is sent with it; None without a registered address."""

    error: str
    description: str
    status: int = 400
    back: str | None = None

    def body(self) -> dict[str, str]:
        """Return the fields of the error's body, or of the address that the browser is sent to."""
        return {"error": self.error, "error_description": self.description}


@attrs.frozen(kw_only=True)
class ConsentRequest:
    """A valid request for a person's consent: what is granted with it, and what is sent back as it came."""

    grant: Grant
    state: str | None


def discovery(base: str) -> dict[str, Any]:
    """Return the OpenID Connect discovery document."""
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}{LOGIN}/common/oauth/authorize",
        "token_endpoint": f"{base}{LOGIN}/common/oauth/tokens",
        "jwks_uri": f"{base}{LOGIN}/.well-known/jwks",
        "scopes_supported": ["openid"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic", "none"],
        "code_challenge_methods_supported": ["S256"],
    }


def fields(text: str) -> dict[str, str]:
    """Read a query or a form; a repeated name is an error.

    Raises:
        OAuthError: `invalid_request`.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise OAuthError("invalid_request", "The parameters cannot be read.") from None
    named = dict(pairs)
    if len(named) != len(pairs):
        raise OAuthError("invalid_request", "A parameter came more than once.")
    return named


def consent_request(issuer: Issuer, query: str) -> ConsentRequest:
    """Read a request for a person's consent.

    Raises:
        OAuthError: It is not valid.
    """
    given = fields(query)
    application = issuer.known(given.get("client_id", ""))
    if application is None:
        raise OAuthError("unauthorized_client", "The client_id is not known.")
    redirect_uri = given.get("redirect_uri", "")
    if not application.admits(redirect_uri):
        raise OAuthError("invalid_request", "The redirect_uri is not registered for this application.")
    error = _wrong(given)
    if error is not None:
        error.back = sent_back(redirect_uri, error.body(), given.get("state"))
        raise error
    grant = Grant(
        application=application, redirect_uri=redirect_uri, challenge=given["code_challenge"], nonce=given.get("nonce")
    )
    return ConsentRequest(grant=grant, state=given.get("state"))


def _wrong(given: dict[str, str]) -> OAuthError | None:
    if given.get("response_type") != "code":
        return OAuthError("unsupported_response_type", "The response_type must be code.")
    if "openid" not in given.get("scope", "").split():
        return OAuthError("invalid_scope", "The scope must be openid.")
    if given.get("code_challenge_method") != "S256":
        return OAuthError("invalid_request", "PKCE is required, with code_challenge_method=S256.")
    if not _CHALLENGE.fullmatch(given.get("code_challenge", "")):
        return OAuthError("invalid_request", "The code_challenge must be 43 characters of base64url.")
    return None


def consent(issuer: Issuer, asked: ConsentRequest) -> str:
    """Return the address that the browser is sent to, with a code."""
    return sent_back(asked.grant.redirect_uri, {"code": issuer.code(asked.grant)}, asked.state)


def denied(asked: ConsentRequest) -> str:
    """Return the address that the browser is sent to if the person does not agree."""
    error = OAuthError("access_denied", "The person did not agree.")
    return sent_back(asked.grant.redirect_uri, error.body(), asked.state)


def sent_back(redirect_uri: str, members: dict[str, str], state: str | None) -> str:
    """Return a redirect address with these fields in its query."""
    query = urlencode(members if state is None else members | {"state": state})
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"


def tokens(issuer: Issuer, content: bytes, content_type: str, authorization: str, base: str) -> dict[str, Any]:
    """Issue the tokens that a request asks for.

    Raises:
        OAuthError: The request is not valid.
    """
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise OAuthError("invalid_request", "The body must be application/x-www-form-urlencoded.")
    try:
        given = fields(content.decode("ascii"))
    except UnicodeDecodeError:
        raise OAuthError("invalid_request", "The parameters cannot be read.") from None
    application = _client(issuer, given, authorization)
    match given.get("grant_type"):
        case "authorization_code":
            return issuer.tokens(_redeemed(issuer, given, application), base, first=True)
        case "refresh_token":
            grant = issuer.refreshable(given.get("refresh_token", ""), application)
            if grant is None:
                raise OAuthError("invalid_grant", "The refresh token is not valid.")
            return issuer.tokens(grant, base, first=False)
        case None:
            raise OAuthError("invalid_request", "The grant_type is missing.")
        case _:
            raise OAuthError("unsupported_grant_type", "The grant_type is authorization_code or refresh_token.")


def _redeemed(issuer: Issuer, given: dict[str, str], application: Application) -> Grant:
    verifier = given.get("code_verifier", "")
    if not _VERIFIER.fullmatch(verifier):
        raise OAuthError("invalid_request", "The code_verifier must be 43 to 128 characters.")
    challenge = base64url(sha256(verifier.encode("ascii")).digest())
    grant = issuer.redeem(given.get("code", ""), application, given.get("redirect_uri", ""), challenge)
    if grant is None:
        raise OAuthError("invalid_grant", "The code is not valid for this application, redirect_uri and code_verifier.")
    return grant


def _client(issuer: Issuer, given: dict[str, str], authorization: str) -> Application:
    client_id, secret = given.get("client_id", ""), given.get("client_secret")
    if authorization:
        named, secret = _basic(authorization)
        if client_id not in ("", named) or "client_secret" in given:
            raise OAuthError("invalid_request", "The application must authenticate by one method, not by two.")
        client_id = named
    application = issuer.known(client_id)
    right = application is not None and (
        not application.secret_required if secret is None else same(secret, application.client_secret)
    )
    if application is None or not right:
        raise OAuthError("invalid_client", "The application is not known, or its secret is wrong.", 401)
    return application


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, value = authorization.partition(" ")
    try:
        client_id, colon, secret = b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        client_id = colon = secret = ""
    if scheme.lower() != "basic" or not colon:
        raise OAuthError("invalid_client", "Authorization must be Basic, with client_id and client_secret.", 401)
    return unquote_plus(client_id), unquote_plus(secret)
