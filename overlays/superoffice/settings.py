"""A client's settings, shared by both clients, and what they add to a request. No I/O."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, TypedDict, TypeVar, cast, get_args
from urllib.parse import urlsplit

import attrs

from superoffice_api.facts import RequestMediaType, ResponseMediaType, Security
from superoffice_runtime import Operation, Request

from ._address import checked_site, is_loopback
from .auth.refreshing import RefreshingAuth
from .auth.schemes import Auth, BasicAuth, BearerAuth, SoTicketAuth, check_sent, sign_in_header
from .auth.tenant import DOMAIN, Environment, Tenant
from .errors import ConfigurationError, InvalidInputError, check_given, own_name
from .hooks import Hooks
from .locale import DEFAULT, NOTHING_SET, Locale, checked_locale
from .retries import RateLimiter, RetryPolicy, Timeout
from .transport.attempts import Attempts, PreparedRequest, run_attempts
from .transport.call import SIGN_IN_HEADERS, SentHeaders, check_headers, hidden

if TYPE_CHECKING:
    from .auth.sign_in import SignIn


DEFAULT_BATCH_SIZE: Final = 100
DEFAULT_TIMEOUT: Final = Timeout()
DEFAULT_RETRIES: Final = RetryPolicy()
DEFAULT_CALLS_PER_SECOND: Final = 10.0  # what the service allows to an application
DEFAULT_MAX_CONCURRENCY: Final = 8
DEFAULT_MAX_RESPONSE_BYTES: Final = 256 * 1024 * 1024
F = TypeVar("F", bound=Callable[..., Any])
Headers = Mapping[str, str | None]
_FIXED: Final = BasicAuth, SoTicketAuth, BearerAuth  # whose headers never change
_NO_NAMES: Final = frozenset[str]()
_SIGNS_IN: Final = Security.BEARER.header.lower()
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
    retries: RetryPolicy | int | None
    calls_per_second: float | None
    max_concurrency: int
    batch_size: int
    max_response_bytes: int
    content_type: RequestMediaType | None
    accept: ResponseMediaType | None
    hooks: Hooks | None
    allow_http: bool


def shows_options(options: type, of: Callable[..., Any]) -> Callable[[F], F]:
    """Have `help()` show a function's `**options` one by one, with the defaults of the function that reads them."""
    more = [each for name, each in inspect.signature(of).parameters.items() if name in options.__annotations__]

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
            raise TypeError(f"{method}() got an unexpected keyword argument {name!r}")


@attrs.frozen(kw_only=True, eq=False)
class ClientSettings:
    """The settings of a client, checked."""

    site: str | Tenant
    auth: Auth | RefreshingAuth | None
    fixed: SentHeaders  # the credentials that never change, an application token too
    locale: Locale
    timeout: Timeout
    retries: RetryPolicy
    max_concurrency: int
    batch_size: int
    max_response_bytes: int
    media: Mapping[str, str]
    hooks: Hooks | None
    limiter: RateLimiter | None
    readable: bool = False  # by others on the way, who must not see credentials

    def locale_for(self, locale: Locale | None) -> Locale:
        """Return the locale of one call."""
        return self.locale if locale is None else checked_locale(locale).over(self.locale)

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
        timeout: float | Timeout | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Headers | None = None,
    ) -> PreparedRequest:
        """Write a request, with credentials, a call's own headers (None removes one), timeout and retries."""
        try:
            target, (written, content) = request.target, request.write(preferred)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise InvalidInputError(f"{operation.name} cannot be called with that: {error}") from error
        merged = SentHeaders(written)
        if self.auth is not None and type(self.auth) not in _FIXED and not isinstance(self.auth, RefreshingAuth):
            merged.update(self.auth.headers())
        merged.update(self.fixed)
        self.check_own(headers)
        own = frozenset(map(str.lower, headers)) if headers else _NO_NAMES
        if headers:
            for name in [name for name in merged if name.lower() in own]:
                del merged[name]
            merged.update({name: value for name, value in headers.items() if value is not None})
        check_headers(merged)
        prepared = PreparedRequest(
            request.method,
            self.site if isinstance(self.site, str) else "",  # a tenant's is found when the request is sent
            target,
            headers=merged,
            content=content,
            ids=tuple(ids),
            timeout=self.timeout if timeout is None else Timeout.of(timeout),
            retries=self.retries if retries is None else as_retries(retries),
            slow=operation.slow_threshold,
            safe=operation.safe,
        )
        prepared.own = own
        return prepared

    def check_own(self, headers: Headers | None) -> None:
        """Raise `InvalidInputError` for a call's own headers that cannot be sent."""
        if headers is None:
            return
        if not _are_pairs(headers):
            raise InvalidInputError("headers= takes names with their values, such as {'X-Trace': '7'}")
        check_headers({name: value for name, value in headers.items() if value is not None})
        if self.readable and not _SECRET.isdisjoint(map(str.lower, headers)):
            raise InvalidInputError(
                "the site is plain http, which would show the credentials of these headers to everyone on the way; "
                "use https, or make the client with allow_http=True where the network itself is safe"
            )

    def attempts(self, prepared: PreparedRequest) -> Attempts:
        """Start a request's way through limits, credentials, attempts and retries."""
        return run_attempts(prepared, self.limiter, self.hooks, self._sign_in(prepared))

    def _sign_in(self, prepared: PreparedRequest) -> SignIn | None:
        tenant = None if isinstance(self.site, str) else self.site
        auth = self.auth if isinstance(self.auth, RefreshingAuth) and _SIGNS_IN not in prepared.own else None
        if tenant is None and auth is None:
            return None
        from .auth.sign_in import SignIn

        return SignIn(prepared, tenant, auth, self.timeout, self.retries, limiter=self.limiter)


def make_settings(
    site: str | Tenant,
    *,
    auth: Auth | RefreshingAuth | None = None,
    app_token: str | None = None,
    locale: Locale = NOTHING_SET,
    timeout: float | Timeout = DEFAULT_TIMEOUT,
    retries: RetryPolicy | int | None = DEFAULT_RETRIES,
    calls_per_second: float | None = DEFAULT_CALLS_PER_SECOND,
    max_concurrency: int = DEFAULT_MAX_CONCURRENCY,
    batch_size: int = DEFAULT_BATCH_SIZE,
    max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
    content_type: RequestMediaType | None = None,
    accept: ResponseMediaType | None = None,
    hooks: Hooks | None = None,
    allow_http: bool = False,
) -> ClientSettings:
    """Check a client's settings; raises `ConfigurationError` for what cannot work."""
    address = site if isinstance(site, Tenant) else checked_site(site)
    _check_auth(auth)
    if app_token is not None:
        check_sent("the client", "app_token", app_token, Security.APP_TOKEN)
    check_auth_matches_site(address, auth, app_token)
    check_given(bool, "True or False", allow_http=allow_http)
    signed = auth is not None or app_token is not None
    plain = isinstance(address, str) and address.startswith("http://") and not is_loopback(address)
    if signed and plain and not allow_http:
        raise ConfigurationError(
            f"the site {address} is plain http, which would show the credentials to everyone on the way; "
            "use https, or allow_http=True in a program whose network itself is safe"
        )
    media: dict[str, str] = {}
    if content_type is not None:
        media["Content-Type"] = _one_of(content_type, get_args(RequestMediaType), "content_type")
    if accept is not None:
        media["Accept"] = _one_of(accept, get_args(ResponseMediaType), "accept")
    fixed = SentHeaders(auth.headers() if isinstance(auth, _FIXED) and type(auth) in _FIXED else ())
    if app_token is not None:
        fixed.update(sign_in_header(Security.APP_TOKEN, app_token))
    return ClientSettings(
        site=address,
        auth=auth,
        fixed=fixed,
        locale=checked_locale(locale).over(DEFAULT),
        timeout=Timeout.of(timeout),
        retries=as_retries(retries),
        max_concurrency=checked_size(max_concurrency, "max_concurrency"),
        batch_size=checked_size(batch_size, "batch_size"),
        max_response_bytes=checked_size(max_response_bytes, "max_response_bytes"),
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


def hide_secrets(options: ClientOptions) -> ClientOptions:
    """Hide the secrets of options from tracebacks, in place; what cannot sign in is refused once no frame holds it."""
    auth: Any = options.get("auth")
    signs_in = auth is None or isinstance(auth, RefreshingAuth) or callable(getattr(auth, "headers", None))
    if not signs_in or isinstance(auth, type):
        options["auth"] = cast("Any", _Unfit(auth))
    if "app_token" in options:
        options["app_token"] = hidden(options["app_token"])
    return options


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
        raise ConfigurationError(f"hooks={given!r} is not a {ours}; give one, such as {ours}(after=function)")
    return given


def as_retries(given: RetryPolicy | int | None) -> RetryPolicy:
    """Return a RetryPolicy as it is, or one of a number of attempts; None stands for a single attempt."""
    if isinstance(given, RetryPolicy):
        return given
    if type(given) not in (bool, int, float, str, NoneType):  # such as the Retry of another package
        raise ConfigurationError(f"retries= takes a number of attempts or a superoffice.RetryPolicy, not {given!r}")
    return RetryPolicy(attempts=1 if given is None else given)


def checked_size(given: int, name: str) -> int:
    """Check a number of things; raises `ConfigurationError`."""
    if type(given) is not int or given < 1:
        raise ConfigurationError(f"{name}={given!r} is not a whole number over 0")
    return given


def asks_for_offset(locale: Locale) -> bool:
    """Return whether the server is asked to write date-times with their offset."""
    return "includeTZOffset" in (locale.parameters()["time_zone"] or "")


def assumed_zone(locale: Locale) -> tzinfo | None:
    """Return the zone of date-times without offset, where it is certain."""
    return UTC if locale.offset is True and str(locale.time_zone).upper() in ("UTC", "1") else None


def _one_of(given: Any, known: tuple[Any, ...], name: str) -> Any:
    if given not in known:
        raise ConfigurationError(f"{name}={given!r} is not one of the endpoint's media types: {', '.join(known)}")
    return given


_STAGE: Final = re.compile(r"stage\d*" + re.escape(DOMAIN))


def check_auth_matches_site(site: str | Tenant, auth: Auth | RefreshingAuth | None, app_token: str | None) -> None:
    """Raise `ConfigurationError` for credentials that the site's kind of installation does not take.

    An address outside superoffice.com tells nothing for certain: a gateway may stand before either kind.
    """
    host = "" if isinstance(site, Tenant) else urlsplit(site).hostname or ""
    named = getattr(auth, "tenant", None)
    if isinstance(site, Tenant) and isinstance(named, Tenant) and not _same(site, named):
        raise ConfigurationError(f"auth= signs in to {named!r}, and the client reads {site!r}; give both the same one")
    if _STAGE.fullmatch(host):
        Environment.named("stage")
    if not isinstance(site, Tenant) and not host.endswith(DOMAIN):
        return
    if isinstance(auth, BasicAuth):
        raise ConfigurationError(
            "user name and password sign in to on-site installations only; online use OAuthAuth, SystemUserAuth, "
            "TokenAuth or BearerAuth, or SoTicketAuth with app_token=, at a terminal superoffice login"
        )
    if app_token is None and _is_ticket(auth):
        raise ConfigurationError(
            "online a SuperOffice ticket must come with the application's secret; give app_token=, at a terminal "
            "SUPEROFFICE_APP_TOKEN"
        )


def _same(one: Tenant, other: Tenant) -> bool:
    return (one.context.lower(), one.environment.url) == (other.context.lower(), other.environment.url)


def _is_ticket(auth: Auth | RefreshingAuth | None) -> bool:
    if isinstance(auth, RefreshingAuth):
        return auth.scheme == Security.SO_TICKET and not auth.brings_app_token
    return isinstance(auth, SoTicketAuth)
