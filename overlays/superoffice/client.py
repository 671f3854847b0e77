"""The two clients: one vocabulary, with and without async."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, Unpack

import attrs

from superoffice_runtime import Operation, Request

from ._read_plan import prepare_any, read_any
from .auth.tenant import Tenant
from .environment import Given, settings
from .hooks import Hooks
from .locale import Locale
from .retries import RetryPolicy, Timeout
from .settings import ClientOptions, ClientSettings, Headers, make_settings, settings_of, shows_options
from .tickets import AsyncTickets, Tickets
from .transport.sync import SyncSender

if TYPE_CHECKING:
    import httpx

    from .transport.asynchronous import AsyncSender

S = TypeVar("S", SyncSender, "AsyncSender")
T = TypeVar("T")


class EnvironmentOptions(ClientOptions, total=False):
    """What `from_env` takes, in place of what the environment says."""

    site: str | Tenant | None
    transport: httpx.BaseTransport | httpx.AsyncBaseTransport | None


class _Client(Generic[S]):
    tickets: Any
    _settings: ClientSettings
    _sender: S

    @property
    def site(self) -> str:
        """The address of the site, without a slash at its end; a tenant's is empty until a first call has found it."""
        site = self._settings.site
        return site if isinstance(site, str) else site.site

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **options: Unpack[EnvironmentOptions]) -> Self:
        """Make a client from environment variables; `options` are those of the class.

        `SUPEROFFICE_SITE`, or `SUPEROFFICE_TENANT` with `SUPEROFFICE_ENVIRONMENT` (online, if it is not set); one of
        `SUPEROFFICE_TOKEN`, `SUPEROFFICE_SOTICKET`, `SUPEROFFICE_USER` with `SUPEROFFICE_PASSWORD`, or, for a tenant's
        system user, `SUPEROFFICE_SYSTEM_USER_TOKEN` with `SUPEROFFICE_PRIVATE_KEY_FILE` or `SUPEROFFICE_PRIVATE_KEY`
        (and, where they are wanted, `SUPEROFFICE_PRIVATE_KEY_PASSPHRASE` and `SUPEROFFICE_TOKEN_STORE`, which is `file`
        or `keyring`); `SUPEROFFICE_APP_TOKEN`; `SUPEROFFICE_LOG`, which is `debug` or `info`. Raises
        `ConfigurationError` where they contradict each other.

        >>> SuperOffice.from_env({"SUPEROFFICE_SITE": "https://crm.example.com", "SUPEROFFICE_TOKEN": "8A:secret"})
        SuperOffice('https://crm.example.com', auth=BearerAuth())
        """
        environ = Given.of(environ)
        return cls(**{**settings(environ, site=options.pop("site", None)), **options})

    def with_options(
        self,
        *,
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: RetryPolicy | int | None = None,
        batch_size: int | None = None,
        hooks: Hooks | None = None,
        headers: Headers | None = None,
    ) -> Self:
        """Return a client with other settings that shares connections and limits with this one.

        What is not given stays; a locale and headers add to this client's. Closing either closes both.

        >>> patient = client.with_options(timeout=300, retries=5)
        """
        limit = None if timeout is None else Timeout.of(timeout)
        given = {"timeout": limit, "retries": retries, "batch_size": batch_size, "hooks": hooks}
        changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        other = copy(self)
        changes |= {"locale": self._settings.locale_for(locale), "headers": self._settings.checked_headers(headers)}
        other._settings = attrs.evolve(self._settings, **changes)
        other.tickets = type(self.tickets)(other._settings, self._sender)
        return other

    def __repr__(self) -> str:
        if not hasattr(self, "_settings"):
            return f"<{type(self).__name__}, not set up>"  # in a traceback of what was wrong with its settings
        return f"{type(self).__name__}({self._settings.site!r}, auth={self._settings.auth!r})"


class SuperOffice(_Client[SyncSender]):
    """Reads from one SuperOffice site. Safe to share between threads; use it in `with`, or close it.

    Its `tickets` has `get`, `get_many`, `stream` and `export`; see `help(Tickets)`.

    Args:
        site: Address of the tenant's site, such as `https://online3.superoffice.com/Cust12345`, or a `Tenant`, which
            finds it and follows when it moves.
        auth: How to sign in: `BasicAuth`, `SoTicketAuth`, `BearerAuth` or `XsrfAuth`; or `TokenAuth`, `OAuthAuth` or
            `SystemUserAuth`, which refresh.
        app_token: The application's secret, sent as a header of its own; online servers ask for it.
        locale: Language and time zone of every call.
        timeout: Seconds that a whole call may take, or a `Timeout` with limits for each step.
        retries: How often a request is retried at most, 0 for never, or a `RetryPolicy`.
        calls_per_second: How many requests the server may get in any second, over all threads; None for no limit.
        max_concurrency: How many calls may be under way at once.
        batch_size: How many ids a request has at most; longer lists are sent in several.
        max_response_bytes: The largest response that is accepted, decompressed, in place of 8 MiB and 256 KiB for each
            id, at most 256 MiB.
        content_type: Media type of requests, by default JSON. What XML and form bodies look like is inferred, not
            documented.
        accept: Media type of responses; a ticket is the same through each.
        hooks: Functions to call for attempts, retries and slow requests.
        headers: Headers of each request to the site; those of a call come before them.
        proxy: The address of a proxy for all requests, such as `http://user:secret@proxy.example.com:3128`, in place
            of the environment's. This machine is reached directly.
        verify: The certificates to trust: True, for those of the system, a file or a folder of them, or an
            `ssl.SSLContext`.
        user_agent: What the User-Agent has after our own, such as `myapp/1.0`.
        transport: An `httpx.BaseTransport` to send with, as in `httpx.Client`, in place of `proxy` and `verify`.
        allow_http: Send credentials over plain http to another machine.

    Raises `ConfigurationError` where the site cannot be one, does not take the credentials or would show them to
    others, or a setting cannot work.

    >>> SuperOffice("https://crm.example.com", auth=BasicAuth("user", "secret"))
    SuperOffice('https://crm.example.com', auth=BasicAuth(user='user'))
    """

    tickets: Tickets

    @shows_options(ClientOptions, make_settings)
    def __init__(
        self, site: str | Tenant, *, transport: httpx.BaseTransport | None = None, **options: Unpack[ClientOptions]
    ) -> None:
        settings = self._settings = settings_of(type(self).__name__, site, options)
        self._sender = SyncSender(transport, settings.network)
        self.tickets = Tickets(settings, self._sender)

    def send(self, operation: Operation[T], request: Request, /) -> T:
        """Send a request of any operation, with the credentials, limits and retries of `tickets`; return its result.

        The functions `sync` of `superoffice_api.api` call it: so the generated package runs on this client. The
        client's locale and media types are sent where the request leaves them open; `with_options` returns a client
        with another timeout or other retries. What the OpenAPI document does not call safe is not sent again once the
        server may have carried it out. Values come as the server sends them: an empty date is one of year 1.

        Raises `InvalidInputError` before anything is sent, and where the call failed `APIStatusError`,
        `InvalidResponseError` or `APIConnectionError`.

        >>> from superoffice_api.api.ticket import get_tickets
        >>> from superoffice_api.models import GetTicketsRequest
        >>> get_tickets.sync(client, GetTicketsRequest(ticket_ids=[1234]), select=["Title"])[0].title
        'Cannot access customer portal - Login button not working'
        """
        prepared = prepare_any(self._settings, operation, request)
        response = self._sender.run(self._settings.attempts(prepared), prepared)
        return read_any(operation, prepared, response, request.accepts)

    def close(self) -> None:
        """Close the connections, and end the calls that are under way; closing twice is harmless."""
        self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncSuperOffice(_Client["AsyncSender"]):
    """Reads from one SuperOffice site without blocking; arguments and errors as in `SuperOffice`.

    Its `tickets` has `get`, `get_many`, `stream` and `export`, with `await`; see `help(AsyncTickets)`.
    `transport` is an `httpx.AsyncBaseTransport`, and hooks may be async. Use it in `async with`, or close it.

    >>> import asyncio
    >>> async def title() -> str | None:
    ...     async with AsyncSuperOffice(box.site, auth=BasicAuth(box.user, box.password)) as client:
    ...         return (await client.tickets.get(439)).title
    >>> asyncio.run(title())
    '...'
    """

    tickets: AsyncTickets

    @shows_options(ClientOptions, make_settings)
    def __init__(
        self, site: str | Tenant, *, transport: httpx.AsyncBaseTransport | None = None, **options: Unpack[ClientOptions]
    ) -> None:
        from .transport.asynchronous import AsyncSender  # which a sync client does without

        settings = self._settings = settings_of(type(self).__name__, site, options)
        self._sender = AsyncSender(transport, settings.network)
        self.tickets = AsyncTickets(settings, self._sender)

    async def send(self, operation: Operation[T], request: Request, /) -> T:
        """Send a request of any operation, as `asyncio` of `superoffice_api.api` does; as in `SuperOffice.send`."""
        prepared = prepare_any(self._settings, operation, request)
        response = await self._sender.run(self._settings.attempts(prepared), prepared)
        return read_any(operation, prepared, response, request.accepts)

    async def close(self) -> None:
        """Close the connections, and end the calls that are under way; closing twice is harmless."""
        await self._sender.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
