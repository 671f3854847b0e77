"""A client's settings, shared by both clients, and what they add to a request. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any, TypedDict, get_args

import attrs

from superoffice_api.facts import RequestMediaType, ResponseMediaType
from superoffice_runtime import Operation, Request

from ._exchange import Exchange, Outgoing, SentHeaders, exchange
from ._site import checked_site, is_loopback
from .auth import Auth, app_token_header
from .errors import ConfigurationError, InvalidInputError
from .hooks import Hooks
from .locale import DEFAULT, NOTHING_SET, Locale
from .retries import RateLimiter, Retries, Timeout

Headers = Mapping[str, str | None]
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Media(TypedDict, total=False):
    """The media types of a client's requests and answers, where they are not the document's first."""

    content_type: RequestMediaType
    accept: ResponseMediaType


@attrs.frozen(kw_only=True)
class Core:
    """The settings of a client, checked."""

    site: str
    auth: Auth | None
    app_token: str | None = attrs.field(repr=False)
    locale: Locale
    timeout: Timeout
    retries: Retries
    call_size: int
    media: Media
    hooks: Hooks | None
    limiter: RateLimiter | None

    def locale_for(self, locale: Locale | None) -> Locale:
        """Give the locale of one call."""
        return (locale or NOTHING_SET).over(self.locale)

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
        if self.auth is not None:
            merged.update(self.auth.headers())
        if self.app_token is not None:
            merged.update([app_token_header(self.app_token)])
        if headers:
            own = {name.lower() for name in headers}
            for name in [name for name in merged if name.lower() in own]:
                del merged[name]
            merged.update({name: value for name, value in headers.items() if value is not None})
        wrong = next((name for name in merged if not _can_be_sent(name, merged[name])), None)
        if wrong is not None:
            shown = wrong if _NAME.fullmatch(wrong) else repr(wrong)
            raise InvalidInputError(
                f"the header {shown} holds a control character, one outside ASCII, or a blank at an end; take it out"
            )
        return Outgoing(
            request.method,
            self.site,
            request.target,
            headers=merged,
            content=request.content,
            ids=tuple(ids),
            timeout=self.timeout if timeout is None else Timeout.of(timeout),
            retries=self.retries if retries is None else as_retries(retries),
            slow=slow,
            safe=safe,
        )

    def exchange(self, out: Outgoing) -> Exchange:
        """Start a call's way through limits, attempts and repetitions."""
        return exchange(out, self.limiter, self.hooks)


def _can_be_sent(name: str, value: str) -> bool:
    """Whether a header is one; httpx would quote its value, perhaps a secret, in an error."""
    return _NAME.fullmatch(name) is not None and value.isascii() and value.isprintable() and value == value.strip()


def make_core(
    site: str,
    *,
    auth: Auth | None,
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
    address = checked_site(site)
    signed = auth is not None or app_token is not None
    if signed and address.startswith("http://") and not (allow_http or is_loopback(address)):
        raise ConfigurationError(
            f"the site {address} is plain http, which would show the sign-in to everyone on the way; "
            "use https, or say allow_http=True where the network itself is safe"
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
        locale=locale.over(DEFAULT),
        timeout=Timeout.of(timeout),
        retries=as_retries(retries),
        call_size=checked_size(call_size, "call_size"),
        media=media,
        hooks=hooks,
        limiter=None if calls_per_second is None else RateLimiter(calls_per_second),
    )


def as_retries(given: Retries | int | None) -> Retries:
    """Take a number of attempts, None for a single one, or Retries as they are."""
    if isinstance(given, Retries):
        return given
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
