"""A client's settings, shared by both clients, and what they add to a request. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, TypedDict, cast, get_args

import attrs

from superoffice_api.facts import RequestMediaType, ResponseMediaType, Security
from superoffice_runtime import Operation, Request

from ._exchange import Exchange, Outgoing, exchange
from ._fit import check_fit
from ._headers import SIGN_IN_HEADERS, SentHeaders, check_headers
from ._renewal import RenewingAuth
from ._site import checked_site, is_loopback
from .auth import Auth, check_sent, sign_in_header
from .errors import ConfigurationError, InvalidInputError, check_given, own_name
from .hooks import Hooks
from .locale import DEFAULT, Locale, checked_locale
from .retries import RateLimiter, Retries, Timeout
from .tenant import Tenant

if TYPE_CHECKING:
    from ._signin import SignIn

Headers = Mapping[str, str | None]
_NO_NAMES: Final = frozenset[str]()
_SIGNS_IN: Final = Security.BEARER.header.lower()
_SECRET: Final = SIGN_IN_HEADERS | {Security.APP_TOKEN.header.lower()}


class Media(TypedDict, total=False):
    """The media types of a client's requests and answers, where they are not the document's first."""

    content_type: RequestMediaType
    accept: ResponseMediaType


@attrs.frozen(kw_only=True)
class Core:
    """The settings of a client, checked."""

    site: str | Tenant
    auth: Auth | RenewingAuth | None
    app_token: str | None = attrs.field(repr=False)
    locale: Locale
    timeout: Timeout
    retries: Retries
    call_size: int
    media: Media
    hooks: Hooks | None
    limiter: RateLimiter | None
    readable: bool = False  # by others on the way, who must not see a sign-in

    def locale_for(self, locale: Locale | None) -> Locale:
        """Give the locale of one call."""
        return self.locale if locale is None else checked_locale(locale).over(self.locale)

    def arguments(self, operation: Operation[..., Any], locale: Locale) -> dict[str, Any]:
        """Give those of the client's own settings for which an operation has arguments: locale and media types."""
        given: dict[str, Any] = {k: v for k, v in locale.parameters().items() if k in operation.headers}
        if self.media.get("content_type") in operation.content_types:
            given["content_type"] = self.media.get("content_type")
        if self.media.get("accept") in operation.accepts:
            given["accept"] = self.media.get("accept")
        return given

    def outgoing(
        self,
        request: Request,
        ids: Sequence[int] = (),
        *,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        slow: float | None = None,
        safe: bool = False,
    ) -> Outgoing:
        """Add sign-in and a call's own headers (None removes one), timeout and retries."""
        merged = SentHeaders(request.headers)
        if self.auth is not None and not isinstance(self.auth, RenewingAuth):
            merged.update(self.auth.headers())
        if self.app_token is not None:
            merged.update(sign_in_header(Security.APP_TOKEN, self.app_token))
        self.check_own(headers)
        own = frozenset(map(str.lower, headers)) if headers else _NO_NAMES
        if headers:
            for name in [name for name in merged if name.lower() in own]:
                del merged[name]
            merged.update({name: value for name, value in headers.items() if value is not None})
        check_headers(merged)
        out = Outgoing(
            request.method,
            self.site if isinstance(self.site, str) else "",  # a tenant's is found when the call goes out
            request.target,
            headers=merged,
            content=request.content,
            ids=tuple(ids),
            timeout=self.timeout if timeout is None else Timeout.of(timeout),
            retries=self.retries if retries is None else as_retries(retries),
            slow=slow,
            safe=safe,
        )
        out.own = own
        return out

    def check_own(self, headers: Headers | None) -> None:
        """Raise `InvalidInputError` for a call's own headers that cannot be sent."""
        if headers is None:
            return
        if not _are_pairs(headers):
            raise InvalidInputError("headers= takes names with their values, such as {'X-Trace': '7'}")
        check_headers({name: value for name, value in headers.items() if value is not None})
        if self.readable and not _SECRET.isdisjoint(map(str.lower, headers)):
            raise InvalidInputError(
                "the site is plain http, which would show the sign-in of these headers to everyone on the way; "
                "use https, or make the client with allow_http=True where the network itself is safe"
            )

    def exchange(self, out: Outgoing) -> Exchange:
        """Start a call's way through limits, attempts and repetitions."""
        return exchange(out, self.limiter, self.hooks, self._sign_in(out))

    def _sign_in(self, out: Outgoing) -> SignIn | None:
        tenant = None if isinstance(self.site, str) else self.site
        auth = self.auth if isinstance(self.auth, RenewingAuth) and _SIGNS_IN not in out.own else None
        if tenant is None and auth is None:
            return None
        from ._signin import SignIn

        return SignIn(out, tenant, auth, self.timeout, self.retries, limiter=self.limiter)


def make_core(
    site: str | Tenant,
    *,
    auth: Auth | RenewingAuth | None,
    app_token: str | None,
    locale: Locale,
    timeout: float | Timeout,
    retries: Retries | int | None,
    calls_per_second: float | None,
    call_size: int,
    content_type: RequestMediaType | None,
    accept: ResponseMediaType | None,
    hooks: Hooks | None,
    allow_http: bool,
) -> Core:
    """Check a client's settings; raises `ConfigurationError` for what cannot work."""
    address = site if isinstance(site, Tenant) else checked_site(site)
    _check_auth(auth)
    if app_token is not None:
        check_sent("the client", "app_token", app_token, Security.APP_TOKEN)
    check_fit(address, auth, app_token)
    check_given(bool, "True or False", allow_http=allow_http)
    signed = auth is not None or app_token is not None
    plain = isinstance(address, str) and address.startswith("http://") and not is_loopback(address)
    if signed and plain and not allow_http:
        raise ConfigurationError(
            f"the site {address} is plain http, which would show the sign-in to everyone on the way; "
            "use https, or allow_http=True in a program whose network itself is safe"
        )
    media: Media = {}
    if content_type is not None:
        media["content_type"] = _one_of(content_type, get_args(RequestMediaType), "content_type")
    if accept is not None:
        media["accept"] = _one_of(accept, get_args(ResponseMediaType), "accept")
    return Core(
        site=address,
        auth=auth,
        app_token=app_token,
        locale=checked_locale(locale).over(DEFAULT),
        timeout=Timeout.of(timeout),
        retries=as_retries(retries),
        call_size=checked_size(call_size, "call_size"),
        media=media,
        hooks=checked_hooks(hooks),
        limiter=None if calls_per_second is None else RateLimiter(calls_per_second),
        readable=plain and not allow_http,
    )


class _Unfit:
    """What was given as `auth` and cannot be it, of which only the kind is shown: it may be a secret."""

    def __init__(self, auth: object) -> None:
        self.kind = f"the class {auth.__name__}" if isinstance(auth, type) else f"a {type(auth).__name__}"
        self.ours = own_name("BasicAuth", auth)


def veiled(auth: Any) -> Any:
    """Return what signs in as it is; what cannot is refused once no frame holds it."""
    signs_in = auth is None or isinstance(auth, RenewingAuth) or callable(getattr(auth, "headers", None))
    return auth if signs_in and not isinstance(auth, type) else _Unfit(auth)


def _check_auth(auth: object) -> None:
    if isinstance(auth, _Unfit):
        raise ConfigurationError(f"auth= is {auth.kind}; give what signs in, such as {auth.ours}(user, password)")


def _are_pairs(given: Any) -> bool:
    if not isinstance(given, Mapping):
        return False
    pairs = cast("Mapping[object, object]", given)
    return all(isinstance(name, str) and isinstance(value, str | None) for name, value in pairs.items())


def checked_hooks(given: object) -> Hooks | None:
    """Check a client's hooks; raises `ConfigurationError` for a bare function."""
    if not isinstance(given, Hooks | None):
        ours = own_name("Hooks", given)
        raise ConfigurationError(f"hooks={given!r} is no {ours}; give one, such as {ours}(after=function)")
    return given


def as_retries(given: Retries | int | None) -> Retries:
    """Take a number of attempts, None for a single one, or Retries as they are."""
    if isinstance(given, Retries):
        return given
    if type(given) not in (bool, int, float, str, NoneType):  # such as the Retry of another package
        raise ConfigurationError(f"retries= takes a number of attempts or a superoffice.Retries, not {given!r}")
    return Retries(attempts=1 if given is None else given)


def checked_size(given: int, name: str) -> int:
    """Check a number of things; raises `ConfigurationError`."""
    if type(given) is not int or given < 1:
        raise ConfigurationError(f"{name}={given!r} is no whole number over 0")
    return given


def asks_for_offset(locale: Locale) -> bool:
    """Whether the server is asked to write date-times with their offset."""
    return "includeTZOffset" in (locale.parameters()["time_zone"] or "")


def assumed_zone(locale: Locale) -> tzinfo | None:
    """The zone that a date-time without offset stands in, where that is certain."""
    return UTC if locale.offset is True and str(locale.time_zone).upper() in ("UTC", "1") else None


def _one_of(given: Any, known: tuple[Any, ...], name: str) -> Any:
    if given not in known:
        raise ConfigurationError(f"{name}={given!r} is none of the endpoint's media types: {', '.join(known)}")
    return given
