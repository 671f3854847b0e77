"""A client's settings, shared by both clients, and what they add to a request. No I/O."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypedDict, TypeVar, cast, get_args
from urllib.parse import urlsplit

import attrs

from superoffice_api.facts import RequestMediaType, ResponseMediaType, Security
from superoffice_runtime import Operation, Request

from ._address import checked_site, is_loopback
from .auth.refreshing import RefreshingAuth
from .auth.schemes import Auth, BasicAuth, BearerAuth, SoTicketAuth, check_sent, sign_in_header
from .auth.tenant import DOMAIN, Environment, Tenant
from .errors import ConfigurationError, InvalidInputError, check_given
from .hooks import Hooks
from .locale import DEFAULT, NOTHING_SET, Locale
from .retries import RetryPolicy, Timeout
from .transport.attempts import Attempts, PreparedRequest, run_attempts
from .transport.rate_limit import RateLimiter
from .transport.redaction import SIGN_IN_HEADERS, SentHeaders, check_headers, hidden
from .transport.sender import Network, Verify, make_network

DEFAULT_BATCH_SIZE: Final = 100
DEFAULT_TIMEOUT: Final = Timeout()
DEFAULT_RETRIES: Final = RetryPolicy()
DEFAULT_CALLS_PER_SECOND: Final = 10.0  # what the service allows to an application
DEFAULT_MAX_CONCURRENCY: Final = 8
_MOST_BYTES: Final = 256 * 1024 * 1024
F = TypeVar("F", bound=Callable[..., Any])
Headers = Mapping[str, str | None]
_FIXED: Final = BasicAuth, SoTicketAuth, BearerAuth  # whose headers never change
_SECRET: Final = SIGN_IN_HEADERS | {Security.APP_TOKEN.header.lower()}


class SendOptions(TypedDict, total=False):
    """Options of a call that sends, in place of the client's own settings."""

    locale: Locale | None
    timeout: float | Timeout | None
    retries: RetryPolicy | int | None
    headers: Headers | None


class CallOptions(SendOptions, total=False):
    """Options of a call that reads tickets."""

    strict: bool


class StreamOptions(CallOptions, total=False):
    """Options of a stream of tickets."""

    ordered: bool
    max_concurrency: int | None


class ClientOptions(TypedDict, total=False):
    """What a client takes besides its site and transport, as the class describes it."""

    auth: Auth | RefreshingAuth | None
    app_token: str | None
    locale: Locale
    timeout: float | Timeout
    retries: RetryPolicy | int
    calls_per_second: float | None
    max_concurrency: int
    batch_size: int
    max_response_bytes: int | None
    content_type: RequestMediaType | None
    accept: ResponseMediaType | None
    hooks: Hooks | None
    headers: Mapping[str, str] | None
    proxy: str | None
    verify: Verify
    user_agent: str | None
    allow_http: bool


def shows_options(options: type, *of: Callable[..., Any]) -> Callable[[F], F]:
    """Have `help()` show a function's `**options` one by one, with the defaults of the functions that read them."""
    known = [each for reads in of for each in inspect.signature(reads).parameters.values()]
    more = [each.replace(kind=each.KEYWORD_ONLY) for each in known if each.name in options.__annotations__]

    def shown(function: F) -> F:
        signature = inspect.signature(function)
        given = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
        vars(function)["__signature__"] = signature.replace(parameters=[*given, *more])
        return function

    return shown


def check_options(method: str, options: type, given: Mapping[str, Any]) -> None:
    """Raise TypeError for an option that a method does not have, with the words of Python itself."""
    for name in given:
        if name not in options.__annotations__:
            from difflib import get_close_matches  # for a mistake alone

            near = get_close_matches(name, options.__annotations__, n=1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            raise TypeError(f"{method}() got an unexpected keyword argument {name!r}{meant}")


def as_retries(given: RetryPolicy | int) -> RetryPolicy:
    """Return a RetryPolicy as it is, or one of a number of retries."""
    return given if isinstance(given, RetryPolicy) else RetryPolicy(retries=given)


def checked_size(given: int, name: str) -> int:
    """Check a number of things; raises `ConfigurationError`."""
    if type(given) is not int or given < 1:
        raise ConfigurationError(f"{name}={given!r} is not a whole number over 0")
    return given


def _check_hooks(_: object, __: object, given: Any) -> None:
    check_given(Hooks | None, "a superoffice.Hooks, such as superoffice.Hooks(after=function)", hooks=given)


def _over(locale: Locale, base: Locale) -> Locale:
    check_given(Locale, "a superoffice.Locale, such as superoffice.Locale(language='en')", locale=locale)
    return locale.over(base)


@attrs.frozen(kw_only=True, eq=False)
class ClientSettings:
    """The settings of a client, checked."""

    site: str | Tenant
    auth: Auth | RefreshingAuth | None
    fixed: SentHeaders  # the credentials that never change, an application token too
    locale: Locale
    timeout: Timeout
    retries: RetryPolicy = attrs.field(converter=as_retries)
    batch_size: int = attrs.field(validator=lambda _, field, given: checked_size(given, field.name))
    media: Mapping[str, str | None]
    headers: Headers  # of each request to the site
    network: Network
    hooks: Hooks | None = attrs.field(validator=_check_hooks)
    limiter: RateLimiter | None
    readable: bool = False  # by others on the way, who must not see credentials
    bounded: bool = True  # whether a response may be as large as fits the ids; else its size was given

    def locale_for(self, locale: Locale | None) -> Locale:
        """Return the locale of one call."""
        return self.locale if locale is None else _over(locale, self.locale)

    def preferred(self, operation: Operation[Any], locale: Locale) -> dict[str, str | None]:
        """Return the headers that an operation's request gets where it leaves them open: locale and media types."""
        given = locale.parameters().items()
        return {**self.media, **{operation.headers[name]: value for name, value in given if name in operation.headers}}

    def prepare(
        self,
        operation: Operation[Any],
        request: Request,
        preferred: Mapping[str, str | None],
        ids: Sequence[int] = (),
        *,
        timeout: Timeout | None = None,
        retries: RetryPolicy | None = None,
        headers: Headers | None = None,
        largest: int | None = None,
    ) -> PreparedRequest:
        """Write a request, with credentials, and a call's own timeout, retries and headers (None removes one)."""
        try:
            target, (written, content) = request.target, request.write(preferred)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise InvalidInputError(f"{operation.name} cannot be called with that: {error}") from error
        sent = SentHeaders(written)
        if self.auth is not None and type(self.auth) not in _FIXED and not isinstance(self.auth, RefreshingAuth):
            sent.update(self.auth.headers())
        sent.update(self.fixed)
        own: frozenset[str] = frozenset()
        if headers := self.headers if headers is None else headers:
            own = frozenset(map(str.lower, headers))
            sent = SentHeaders({name: value for name, value in sent.items() if name.lower() not in own})
            sent.update({name: value for name, value in headers.items() if value is not None})
        check_headers(sent)
        return PreparedRequest(
            request.method,
            self.site if isinstance(self.site, str) else "",  # a tenant's is found when the request is sent
            target,
            headers=sent,
            content=content,
            ids=tuple(ids),
            timeout=timeout or self.timeout,
            retries=retries or self.retries,
            slow=operation.slow_threshold,
            safe=operation.safe,
            own=own,
            largest=largest if self.bounded else None,
        )

    def checked_headers(self, headers: Headers | None, kind: Any = str | None) -> Headers:
        """Return a call's own headers over the client's; raises `InvalidInputError` for some that cannot be sent."""
        if headers is None:
            return self.headers
        given: Mapping[Any, Any] = headers if isinstance(cast("object", headers), Mapping) else {None: None}
        if not all(isinstance(name, str) and isinstance(given[name], kind) for name in given):
            raise InvalidInputError("headers= takes texts by their names, such as {'X-Trace': '7'}")
        check_headers(SentHeaders({name: it for name, it in headers.items() if it is not None}))
        if self.readable and not _SECRET.isdisjoint(map(str.lower, headers)):
            raise InvalidInputError(
                "the site is plain http, which would show the credentials of these headers to everyone on the way; "
                "use https, or make the client with allow_http=True where the network itself is safe"
            )
        own = set(map(str.lower, headers))
        return SentHeaders({**{name: it for name, it in self.headers.items() if name.lower() not in own}, **headers})

    def attempts(self, prepared: PreparedRequest) -> Attempts:
        """Start a request's way through limits, credentials, attempts and retries."""
        tenant = None if isinstance(self.site, str) else self.site
        auth = self.auth if isinstance(self.auth, RefreshingAuth) and "authorization" not in prepared.own else None
        sign_in = None
        if tenant is not None or auth is not None:
            from .auth.sign_in import SignIn

            sign_in = SignIn(prepared, self.timeout, self.retries, self.limiter, tenant, auth, self.hooks)
        return run_attempts(prepared, self.limiter, self.hooks, sign_in)


def make_settings(
    site: str | Tenant,
    *,
    auth: Auth | RefreshingAuth | None = None,
    app_token: str | None = None,
    locale: Locale = NOTHING_SET,
    timeout: float | Timeout = DEFAULT_TIMEOUT,
    retries: RetryPolicy | int = DEFAULT_RETRIES,
    calls_per_second: float | None = DEFAULT_CALLS_PER_SECOND,
    max_concurrency: int = DEFAULT_MAX_CONCURRENCY,
    batch_size: int = DEFAULT_BATCH_SIZE,
    max_response_bytes: int | None = None,
    content_type: RequestMediaType | None = None,
    accept: ResponseMediaType | None = None,
    hooks: Hooks | None = None,
    headers: Mapping[str, str] | None = None,
    proxy: str | None = None,
    verify: Verify = True,
    user_agent: str | None = None,
    allow_http: bool = False,
) -> ClientSettings:
    """Check a client's settings; raises `ConfigurationError` for what cannot work."""
    address = site if isinstance(site, Tenant) else checked_site(site)
    fixed = SentHeaders(auth.headers() if isinstance(auth, _FIXED) and type(auth) in _FIXED else ())
    if app_token is not None:
        check_sent("the client", "app_token", app_token, Security.APP_TOKEN)
        fixed.update(sign_in_header(Security.APP_TOKEN, app_token))
    _check_auth_matches_site(address, auth, app_token)
    check_given(bool, "True or False", allow_http=allow_http)
    types = ("content_type", content_type, get_args(RequestMediaType)), ("accept", accept, get_args(ResponseMediaType))
    for name, given, known in types:
        if given not in (None, *known):
            raise ConfigurationError(f"{name}={given!r} is not one of the endpoint's media types: {', '.join(known)}")
    plain = isinstance(address, str) and address.startswith("http://") and not is_loopback(address)
    if plain and not allow_http and (auth is not None or app_token is not None):
        raise ConfigurationError(
            f"the site {address} is plain http, which would show the credentials to everyone on the way; "
            "use https, or allow_http=True in a program whose network itself is safe"
        )
    largest = _MOST_BYTES if max_response_bytes is None else max_response_bytes
    sizes = {"max_concurrency": max_concurrency, "max_response_bytes": largest}
    limits = {name: checked_size(size, name) for name, size in sizes.items()}
    made = ClientSettings(
        site=address,
        auth=auth,
        fixed=fixed,
        locale=_over(locale, DEFAULT),
        timeout=Timeout.of(timeout),
        retries=retries,
        batch_size=batch_size,
        media={"Content-Type": content_type, "Accept": accept},
        headers=SentHeaders(),
        network=make_network(proxy, verify, user_agent, **limits),
        hooks=hooks,
        limiter=None if calls_per_second is None else RateLimiter(calls_per_second),
        readable=plain and not allow_http,
        bounded=max_response_bytes is None,
    )
    return attrs.evolve(made, headers=made.checked_headers(headers, str))


def settings_of(owner: str, site: str | Tenant, options: ClientOptions) -> ClientSettings:
    """Return a client's settings, checked; secrets among the options are hidden from tracebacks, in place."""
    given = cast("dict[str, Any]", options)
    given.update({name: hidden(given[name]) for name in ("app_token", "proxy") if name in given})
    if "headers" in given:
        is_mapping = isinstance(given["headers"], Mapping)
        given["headers"] = SentHeaders(given["headers"]) if is_mapping else hidden(given["headers"])
    auth: Any = options.get("auth")
    signs_in = isinstance(auth, RefreshingAuth | None) or callable(getattr(auth, "headers", None))
    if not signs_in or isinstance(auth, type):
        kind = f"the class {auth.__name__}" if isinstance(auth, type) else f"a {type(auth).__name__}"
        auth = options["auth"] = None  # it may be a secret, which no frame of the error may hold
        raise ConfigurationError(f"auth= is {kind}; give what signs in, such as superoffice.BasicAuth(user, password)")
    check_options(owner, ClientOptions, options)
    return make_settings(site, **options)


def _check_auth_matches_site(site: str | Tenant, auth: Auth | RefreshingAuth | None, app_token: str | None) -> None:
    named = getattr(auth, "tenant", None)
    here = (site.context.lower(), site.environment.url) if isinstance(site, Tenant) else None
    if here and isinstance(named, Tenant) and (named.context.lower(), named.environment.url) != here:
        raise ConfigurationError(f"auth= signs in to {named!r}, and the client reads {site!r}; give both the same one")
    host = DOMAIN if isinstance(site, Tenant) else urlsplit(site).hostname or ""
    if re.fullmatch(rf"stage\d*{re.escape(DOMAIN)}", host):
        Environment.named("stage")
    if not host.endswith(DOMAIN):
        return  # which tells nothing for certain: a gateway may stand before either kind of installation
    if isinstance(auth, BasicAuth):
        raise ConfigurationError(
            "user name and password sign in to on-site installations only; online use OAuthAuth, SystemUserAuth, "
            "TokenAuth or BearerAuth, or SoTicketAuth with app_token=, at a terminal superoffice login"
        )
    is_ticket = getattr(auth, "scheme", None) == Security.SO_TICKET and not getattr(auth, "brings_app_token", False)
    if app_token is None and is_ticket:
        raise ConfigurationError(
            "online a SuperOffice ticket must come with the application's secret; give app_token=, at a terminal "
            "SUPEROFFICE_APP_TOKEN"
        )
