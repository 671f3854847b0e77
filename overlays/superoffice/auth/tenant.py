"""A tenant of SuperOffice's cloud by its name: where it is now, and whether it can be called."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

import attrs
import msgspec

from superoffice_runtime import Response
from superoffice_runtime.media import within_second

from .._address import checked_address, checked_site, is_loopback
from ..errors import APIConnectionError, ConfigurationError, TenantError, TenantUnavailableError
from ..retries import parse_retry_after
from ..transport.single_flight import SingleFlight
from .refreshing import AuthStep, SendRequest, advice_aside, shown
from .schemes import check_text

EnvironmentName: TypeAlias = Literal["sod", "qaonline", "online"]
_NAMES: Final = get_args(EnvironmentName)
DOMAIN: Final = ".superoffice.com"
_SOON: Final = timedelta(minutes=5)
_YEAR: Final = timedelta(days=365).total_seconds()
_LATER: Final = "try again later; if it stays, check which server responds in the place of the state service"
_STATES: Final[dict[str, tuple[str, timedelta | None]]] = {  # what a state means, and when it may have passed
    "Provisioning": ("is being set up", _SOON),
    "MigrationPending": ("is about to be moved", _SOON),
    "OfflineMaintenance": ("is offline for maintenance, which usually takes minutes", _SOON),
    "Suspended": ("is suspended, and comes back at night once its subscription continues", timedelta(days=1)),
    "Unknown": ("is not known to the environment", None),
    "ProvisioningFailed": ("could not be set up", None),
    "Deleted": ("has been deleted", None),
    "Deleting": ("is being deleted", None),
    "DeleteFailed": ("was to be deleted, which failed", None),
}


@attrs.frozen
class Environment:
    """One of SuperOffice's clouds: the address of its state service and authentication.

    The three there are go by name: `sod` for development, `qaonline` for tests, `online` for production. The `url` of
    one of your own, for tests, is https, or plain http on this machine.

    >>> Environment.named("sod").url
    'https://sod.superoffice.com'
    """

    name: str
    url: str

    def __attrs_post_init__(self) -> None:
        check_text("Environment", "name", self.name)
        if checked_address(self.url) != self.url:
            raise ConfigurationError(f"an environment's address ends without a slash: {self.url.rstrip('/')}")
        if self.url.startswith("http:") and not is_loopback(self.url):
            raise ConfigurationError(f"the environment {self.url} is plain http, which would show secrets to others")

    @classmethod
    def named(cls, name: str) -> Environment:
        """Return an environment by its name; raise `ConfigurationError` if there is none."""
        if name not in _NAMES:
            now = "; it is 'qaonline' now" if name == "stage" else ""
            raise ConfigurationError(f"environment={name!r} must be one of {', '.join(_NAMES)}{now}")
        return cls(name, f"https://{name}{DOMAIN}")

    def trusts(self, site: str) -> bool:
        """Return whether credentials may go to a site that this environment's state service names."""
        if is_loopback(self.url):  # a test's own, whose tenants are on this machine too
            return is_loopback(site)
        parts = urlsplit(site)
        return parts.scheme == "https" and (parts.hostname or "").endswith(DOMAIN)


class _State(msgspec.Struct, rename="pascal"):
    context_identifier: str | None = None
    endpoint: str | None = None
    state: str | None = None
    is_running: bool | None = None
    valid_until: datetime | None = None
    api: str | None = None

    @property
    def expires(self) -> datetime | None:
        until = self.valid_until
        if until is not None and until.tzinfo is not None:
            with suppress(OverflowError):  # at an edge of the calendar, where hours do not matter
                until = until.astimezone(UTC)
        return until and until.replace(tzinfo=UTC)


@attrs.frozen
class Place:
    """Where a tenant is, and until when that holds, in seconds since 1970."""

    site: str
    valid_until: float | None = None


class Tenant:
    """A tenant of SuperOffice's cloud, given to a client in the place of an address.

    The environment's state service is asked where it is when the first call needs that, when the response's ValidUntil
    has passed, and again when a host says that the tenant is not there (421), since tenants move. Clients that share a
    Tenant share what was found. (Source: SuperOffice's public documentation of tenant status.)

    Args:
        context: The tenant's context identifier, such as `Cust12345`; `ConfigurationError` is raised for any other.
        environment: `"sod"`, `"qaonline"`, `"online"`, or an `Environment` of your own.
        allowed_hosts: Hosts outside superoffice.com to which credentials may go too, if the state service names one.

    >>> SuperOffice(Tenant("Cust12345", environment="sod"))
    SuperOffice(Tenant('Cust12345', environment='sod'), auth=None)
    """

    def __init__(
        self, context: str, *, environment: EnvironmentName | Environment = "online", allowed_hosts: Iterable[str] = ()
    ) -> None:
        check_text(type(self).__name__, "context", context)
        if not re.fullmatch(r"[A-Za-z0-9_-]+", context):
            raise ConfigurationError(f"{context!r} is not a context identifier; give it as Cust12345")
        self.context = context
        self.environment = environment if isinstance(environment, Environment) else Environment.named(environment)
        given: Any = allowed_hosts
        hosts: list[Any] = [*given] if isinstance(given, Iterable) and not isinstance(given, str) else [None]
        if not all(isinstance(host, str) for host in hosts):
            raise ConfigurationError(f"allowed_hosts is a list of hosts: ['crm.example.com'], not {given!r}")
        self.allowed_hosts = frozenset(host.lower() for host in hosts)
        what = f"the address of {context}"
        self.place: SingleFlight[Place] = SingleFlight(what, lambda place: place.valid_until, otherwise=300.0)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.context!r}, environment={self.environment.name!r})"

    @property
    def site(self) -> str:
        """Where it was found last; empty before."""
        place = self.place.last
        return "" if place is None else place.site

    def find(self, rejected: Place | None) -> Generator[AuthStep, Any, Place]:
        """Ask where the tenant is; raises `TenantError` where it cannot be called."""
        try:
            response = yield SendRequest(url=f"{self.environment.url}/api/state/{self.context}")
        except APIConnectionError as error:
            kind = TenantUnavailableError if error.repeatable else TenantError
            said = f"the tenant {self.context} could not be looked up: {error.args[0]}"
            raise kind(said, advice=advice_aside(error, "the state service")) from error
        found = self._read(response)
        state, expires = found.state, found.expires
        works = state in ("Running", "OnlineMaintenance") if found.is_running is None else found.is_running
        if state in _STATES or not works:
            said, wait = _STATES.get(state or "", ("cannot be called now", _SOON))
            if wait is None:
                raise self._error(f"it {said} ({state})", state)
            later = datetime.now(UTC) + wait
            raise self._unavailable(f"{said} ({shown(state)})", state, max(later, expires or later))
        site = self._address(found)
        if rejected is not None and rejected.site == site:
            return rejected
        return Place(site, None if expires is None else expires.timestamp())

    def _read(self, response: Response) -> _State:
        said = f"the state service responded with {response.status_code}"
        if response.status_code in (408, 425, 429) or response.status_code >= 500:
            wait = parse_retry_after(response.headers.get("retry-after"))
            # A later moment than in a year may be past the end of the calendar.
            moment = None if wait is None else datetime.now(UTC) + timedelta(seconds=min(wait, _YEAR))
            raise self._unavailable(f"cannot be called: {said}", None, moment)
        if response.status_code != 200:
            raise self._error(said)
        try:
            found = msgspec.json.decode(within_second(response.content, ["ValidUntil"]), type=_State)
        except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
            raise self._error(f"the state service's response cannot be read ({error})", advice=_LATER) from None
        if found.context_identifier is not None and found.context_identifier.lower() != self.context.lower():
            raise self._error("the state service responded for another tenant", advice=_LATER)
        return found

    def _address(self, found: _State) -> str:
        try:
            site = checked_site(found.api or found.endpoint or "")
        except ConfigurationError as error:
            said = f"the state service named no address that can be called: {shown(error)}"
            raise self._error(said, found.state) from None
        parts = urlsplit(site)
        host = parts.hostname or ""
        if self.environment.trusts(site) or (host in self.allowed_hosts and parts.scheme == "https"):
            return site
        said = f"the state service named {shown(f'{parts.scheme}://{host}')}, where credentials must not go"
        advice = f"ask SuperOffice whether that is right; if so, allow it: Tenant(..., allowed_hosts=[{shown(host)!r}])"
        raise self._error(said, found.state, advice=advice)

    def _error(self, said: str, state: str | None = None, *, advice: str | None = None) -> TenantError:
        error = TenantError(f"the tenant {self.context} cannot be called: {said}", advice=advice)
        error.state = state
        return error

    def _unavailable(self, said: str, state: str | None, moment: datetime | None) -> TenantError:
        advice = None if moment is None else f"try again after {moment:%Y-%m-%d %H:%M} UTC"
        error = TenantUnavailableError(f"the tenant {self.context} {said}", advice=advice)
        error.state, error.try_after = state, moment
        return error
