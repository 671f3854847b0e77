"""The identity provider over HTTP."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..credentials import cookie, same
from ..guard import read_body
from ..responses import Handler, respond
from ..state import SandboxState
from . import oauth, pages
from .issuer import LOGIN
from .oauth import OAuthError
from .service import SESSION_PATH, Part
from .session import COOKIE, XSRF_COOKIE
from .system_user import authenticate

_FRESH: Final = {"Cache-Control": "no-store", "Pragma": "no-cache", "X-Content-Type-Options": "nosniff"}


def base_of(request: Request) -> str:
    """Return the address at which the sandbox was called."""
    return f"{request.url.scheme}://{request.url.netloc}"


def routes(state: SandboxState) -> list[Route]:
    """Make the routes below `/login` and `/api/state`."""

    def part(path: str, name: Part, handler: Handler, method: str = "GET") -> Route:
        async def struck(request: Request) -> Response:
            content = await read_body(request)
            fault = state.identity.faults[name].take()
            return await respond(fault, request, content, state.behaviour.error_shape, handler)

        return _anycase(Route(path, struck, methods=[method]))

    async def discovery(request: Request, _: bytes) -> Response:
        return _json(oauth.discovery(base_of(request)))

    async def jwks(_: Request, __: bytes) -> Response:
        return _json(state.identity.issuer.keys.jwks())

    async def foreign(_: Request) -> Response:
        return _json({"keys": [state.identity.issuer.keys.foreign.jwk()]})  # the jku of a forged token

    async def authorize(request: Request) -> Response:
        issuer = state.identity.issuer
        try:
            asked = oauth.consent_request(issuer, request.url.query)
        except OAuthError as error:
            return pages.failed(error.description) if error.back is None else RedirectResponse(error.back, 303, _FRESH)
        wrong = False
        if request.method == "POST":
            given = await _form(request)
            if given.get("choice") == "deny":
                return RedirectResponse(oauth.denied(asked), 303, _FRESH)
            if _may_sign_in(state, given):
                return RedirectResponse(oauth.consent(issuer, asked), 303, _FRESH)
            wrong = True
        name, back = asked.grant.application.client_id, asked.grant.redirect_uri
        return pages.consent(name, issuer.tenant.name, back, issuer.credentials, wrong=wrong)

    async def tokens(request: Request, content: bytes) -> Response:
        authorization = request.headers.get("authorization", "")
        kind = request.headers.get("content-type", "")
        try:
            return _json(oauth.tokens(state.identity.issuer, content, kind, authorization, base_of(request)))
        except OAuthError as error:
            challenge = {"WWW-Authenticate": "Basic"} if error.status == 401 and authorization else {}
            return _json(error.body(), error.status, challenge)

    async def exchange(request: Request, content: bytes) -> Response:
        return _json(authenticate(state.identity.issuer, content, base_of(request)))

    async def tenant_state(request: Request, _: bytes) -> Response:
        tenant = state.identity.issuer.tenant
        return _json(tenant.describe(request.path_params["name"], base_of(request), state.identity.clock))

    async def session(request: Request) -> Response:
        issuer = state.identity.issuer
        secret = cookie(request.headers.get("cookie", ""), COOKIE)
        xsrf = issuer.sessions.xsrf(secret)
        if request.method == "POST":
            if not _may_sign_in(state, await _form(request)):
                return pages.sign_in(issuer.credentials, wrong=True)
            secret, xsrf = issuer.sessions.begin()
        if xsrf is None:
            return pages.sign_in(issuer.credentials, wrong=False)
        page = pages.signed_in(issuer.credentials.user, xsrf)
        page.set_cookie(COOKIE, secret, httponly=True, samesite="lax")
        page.headers.append("Set-Cookie", xsrf_cookie(xsrf))
        return page

    return [
        part(f"{LOGIN}/.well-known/openid-configuration", "discovery", discovery),
        part(f"{LOGIN}/.well-known/jwks", "jwks", jwks),
        _anycase(Route(f"{LOGIN}/.well-known/foreign", foreign)),
        _anycase(Route(f"{LOGIN}/common/oauth/authorize", authorize, methods=["GET", "POST"])),
        part(f"{LOGIN}/common/oauth/tokens", "tokens", tokens, "POST"),
        part(f"{LOGIN}/api/PartnerSystemUser/Authenticate", "exchange", exchange, "POST"),
        _anycase(Route(SESSION_PATH, session, methods=["GET", "POST"])),
        part("/api/state/{name}", "state", tenant_state),
    ]


def xsrf_cookie(value: str) -> str:
    """Return the Set-Cookie header of an XSRF value, which a page's scripts may read."""
    return f"{XSRF_COOKIE}={value}; Path=/; SameSite=lax"


def _anycase(route: Route) -> Route:
    # /login and /Login are the same to the real server, and public documentation has both.
    route.path_regex = re.compile(route.path_regex.pattern, re.IGNORECASE)
    return route


def _may_sign_in(state: SandboxState, given: dict[str, str]) -> bool:
    known = state.credentials
    right = [same(given.get("user", ""), known.user), same(given.get("password", ""), known.password)]
    return all(right)


async def _form(request: Request) -> dict[str, str]:
    content = await read_body(request)
    try:
        return oauth.fields(content.decode("ascii"))
    except (OAuthError, UnicodeDecodeError):
        return {}  # signs nobody in


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(value), status, {**_FRESH, **(headers or {})}, media_type="application/json")
