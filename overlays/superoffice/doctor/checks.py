"""Checks of a site: can this machine reach it, trust it, agree with it on the time, and sign in."""

from __future__ import annotations

import socket
import ssl
import time
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

import attrs
import msgspec

from superoffice_api.api.ticket.get_tickets import get_tickets
from superoffice_runtime import Response

from .._address import is_loopback, proxy_for
from .._decode import reader_for
from .._read_plan import ReadPlan
from ..auth.sign_in import SignIn
from ..errors import PROXY_ADVICE, APIError
from ..locale import Locale
from ..settings import ClientSettings
from ..transport.http import tls_context
from ..transport.sync import SyncSender

Level: TypeAlias = Literal["ok", "unknown", "warn", "fail"]
NO_SUCH_ID = 2**31 - 1  # the greatest that an id can be; no tenant has counted so far
_CONNECT_SECONDS = 10.0


@attrs.frozen
class Finding:
    """The outcome of one check: its level, what was seen, and what to do in a plain sentence.

    `unknown` is not a failure: no response showed it. `key` and `value` are the words of a saved file.

    >>> Finding("clock", "warn", "2 minutes behind the server's", "Set this machine's clock.").level
    'warn'
    """

    name: str
    level: Level
    seen: str
    advice: str = ""
    key: str = ""
    value: str | int | None = None


Row: TypeAlias = dict[str, Any]
Kind: TypeAlias = Literal["tickets", "null", "error", "page", "other"]


@attrs.frozen
class ProbeResponse:
    """A response as it came. `rows` are those of a list of tickets, None for each null; `error` is an object."""

    status_code: int
    headers: Mapping[str, str]
    kind: Kind
    rows: list[Row | None]
    error: Row
    seconds: float

    @property
    def tickets(self) -> list[tuple[int, Row]]:
        """Its tickets after their ids, in its order, repeated ones too; what stands for a missing ticket is none."""
        found = ((row.get("TicketId"), row) for row in self.rows if row)
        return [(number, row) for number, row in found if type(number) is int and number > 0]

    @property
    def ids(self) -> list[int]:
        """The ids of its tickets."""
        return [number for number, _ in self.tickets]

    @property
    def summary(self) -> str:
        """What came in place of tickets, in a few words."""
        if self.status_code != 200:
            return f"status {self.status_code}" + (" with a web page" if self.kind == "page" else "")
        named = {"null": "null", "error": "an error", "page": "a web page"}
        return f"200 with {named.get(self.kind, 'something that is not a list of tickets')}"


class ProbeClient:
    """Sends single requests with a client's limits and retries, and returns what came, whatever its status."""

    def __init__(self, settings: ClientSettings, sender: SyncSender) -> None:
        self.settings = settings
        self.site = settings.site if isinstance(settings.site, str) else ""  # a tenant's is not known yet
        self.sender = sender

    def get_tickets(self, ids: Sequence[int], *, select: Iterable[Any] | None = None, **locale: Any) -> ProbeResponse:
        """Ask once, for ids that are not valid too; raises `APIConnectionError`."""
        request = ReadPlan(self.settings, reader_for(select, None), locale=Locale(**locale)).request(ids)
        response = self.sender.run(self.settings.attempts(request), request)
        seconds = time.monotonic() - request.sent_at  # without the connection's set-up, which is not the server's time
        return ProbeResponse(response.status_code, response.headers, *_read(response), seconds)

    @property
    def address(self) -> tuple[str, int]:
        """The site's host and port."""
        parts = urlsplit(self.site)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _read(response: Response) -> tuple[Kind, list[Row | None], Row]:
    """Return what a response to a request for JSON is, its tickets and its error."""
    if response.content.removeprefix(BOM_UTF8).lstrip().startswith(b"<"):
        return "page", [], {}
    try:
        content = msgspec.json.decode(get_tickets.json(response), type=list[Row | None] | Row | None)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return "other", [], {}
    if isinstance(content, list):
        return ("tickets", content, {}) if response.status_code == 200 else ("other", [], {})
    return ("null", [], {}) if content is None else ("error", [], content)


def _check_address(client: ProbeClient) -> Finding:
    settings, tenant = client.settings, client.settings.site
    if isinstance(tenant, str):
        return Finding("address", "ok", tenant)
    request = ReadPlan(settings, reader_for(None, None), locale=Locale()).request([NO_SUCH_ID])
    lookup = SignIn(request, settings.timeout, settings.retries, settings.limiter, tenant, None)
    client.sender.run(lookup.before(settings.timeout.total), request)
    client.site, client.settings = tenant.site, attrs.evolve(settings, site=tenant.site)
    return Finding("address", "ok", f"{client.site}, where {tenant.context} is now")


def _check_host(client: ProbeClient) -> Finding:
    host, port = client.address
    if proxy_for(client.site):
        seen = "calls go through the proxy of this environment, so the host was not tried directly"
        return Finding("host", "unknown", seen)
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        advice = "Look for a misspelling in the address, and whether this machine needs a VPN or another name server."
        return Finding("host", "fail", f"no address is known for the name {host}", advice)
    try:
        with socket.create_connection((host, port), _CONNECT_SECONDS) as connection:
            return Finding("host", "ok", f"{connection.getpeername()[0]} accepts connections on port {port}")
    except TimeoutError:
        advice = "Ask whether a firewall stands between; it has to let this machine out to that port."
        return Finding("host", "fail", f"{host} did not respond on port {port} in {_CONNECT_SECONDS:g} s", advice)
    except OSError as error:
        advice = "Check the port in the address, whether the server runs, and whether a firewall stands between."
        where = host if addresses[0][4][0] == host else f"{host} ({addresses[0][4][0]})"
        return Finding("host", "fail", f"{where} refused port {port}: {error.strerror or error}", advice)


_MISTRUST: Final[Mapping[str, str]] = {  # by what stands in OpenSSL's message
    "expired": "Ask whoever runs the server to replace its certificate, and check this machine's date.",
    "not valid for": "The certificate is made out to another name: use the name that it names in the address.",
    "": "If the certificate is your organisation's own, name the file of its root in SSL_CERT_FILE.",
}


def _check_tls(client: ProbeClient) -> Finding:
    if client.site.startswith("http://"):
        if is_loopback(client.site):
            return Finding("TLS", "ok", "plain http, which never leaves this machine")
        advice = "Use https, so that tickets and credentials cannot be read on the way."
        return Finding("TLS", "warn", "plain http to another machine", advice)
    if proxy_for(client.site):
        seen = "behind the proxy of this environment; authentication below tells whether it is trusted"
        return Finding("TLS", "unknown", seen)
    try:
        with (
            socket.create_connection(client.address, _CONNECT_SECONDS) as plain,
            tls_context().wrap_socket(plain, server_hostname=client.address[0]) as secured,
        ):
            version, certificate = secured.version(), secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        advice = next(advice for words, advice in _MISTRUST.items() if words in error.verify_message.lower())
        return Finding("TLS", "fail", f"the certificate is not trusted: {error.verify_message}", advice)
    except OSError as error:  # ssl.SSLError is one
        advice = "Check that the port speaks https; an old server may lack TLS 1.2, which is the least that is safe."
        reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
        return Finding("TLS", "fail", f"no TLS connection came about: {reason}", advice)
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    days = (ends - datetime.now(UTC)).days
    advice = "" if days >= 14 else "Ask whoever runs the server to replace its certificate in time."
    seen = f"{version}, certificate good until {ends:%Y-%m-%d}, {days} days left"
    return Finding("TLS", "warn" if advice else "ok", seen, advice)


def _check_clock(response: ProbeResponse) -> Finding:
    try:
        skew = (parsedate_to_datetime(response.headers["date"]) - datetime.now(UTC)).total_seconds()
    except (KeyError, ValueError, TypeError, OverflowError):  # also of a date that no calendar has
        return Finding("clock", "unknown", "the response carries no Date to compare with")
    # Date counts whole seconds, and the response travelled: only minutes mean anything.
    if abs(skew) <= 60:
        return Finding("clock", "ok", "the server's clock and this machine's agree within a minute")
    seen = f"this machine's clock is {abs(skew):.0f} s {'behind' if skew > 0 else 'ahead of'} the server's"
    advice = "Let this machine keep its time over NTP; the system user signs in with it and would be refused."
    return Finding("clock", "warn", seen, advice)


def _sentence(advice: str) -> str:
    return f"{advice[0].upper()}{advice[1:]}."


_BY_STATUS: Final[Mapping[int, str]] = {  # or by its first digit
    3: "The site sends callers elsewhere: give the address that a browser ends at, with https.",
    403: "The user is known but may not read tickets here: check the user's role, and that the app is approved.",
    407: _sentence(PROXY_ADVICE),
    404: "No ticket agent is at this address: online it ends in the tenant, such as /Cust12345, on-site often in "
    "/SuperOffice or the like.",
    421: "The tenant has moved to another host: look up its address again (api/state/Cust12345 of the online host).",
    429: "Too many calls a second: wait, and see what else uses this app's ten calls a second.",
    5: "The server is in trouble or under maintenance: try again later, and tell whoever runs it.",
}
_BY_KIND: Final[Mapping[Kind, str]] = {
    "page": "The response is a page: the address may be another site's, a login page's, or a proxy's.",
    **dict.fromkeys(("null", "error"), "The agent failed: check that this user may read tickets."),
    "other": "That is not a response of SuperOffice's: check the address, and any proxy on the way.",
}
_UNAUTHORIZED: Final[Mapping[str | None, str]] = {
    None: "Set SUPEROFFICE_TOKEN, SUPEROFFICE_SOTICKET, or SUPEROFFICE_USER with SUPEROFFICE_PASSWORD.",
    "BasicAuth": "Check SUPEROFFICE_USER and SUPEROFFICE_PASSWORD; online sites take a session ticket or a token "
    "instead.",
    "SoTicketAuth": "Get a new session ticket, since one lasts 6 hours; online, SUPEROFFICE_APP_TOKEN must go with it.",
    "BearerAuth": "Get a new access token, since one lasts an hour; only online sites take it.",
}


def _check_sign_in(client: ProbeClient, response: ProbeResponse) -> Finding:
    status, kind = response.status_code, response.kind
    scheme = None if client.settings.auth is None else type(client.settings.auth).__name__
    how = "without credentials" if scheme is None else f"with {scheme}"
    if kind == "tickets":
        return Finding("authentication", "ok", f"accepted {how}")
    if status == 401:
        advice = _UNAUTHORIZED.get(scheme, "Check the credentials.")
    else:
        by_kind = _BY_KIND[kind if status == 200 or kind == "page" else "other"]
        advice = _BY_STATUS.get(status) or _BY_STATUS.get(status // 100) or by_kind
    return Finding("authentication", "fail", f"{response.summary}, asked {how}", advice)


def _check_time(response: ProbeResponse) -> Finding:
    threshold, seen = get_tickets.slow_threshold, f"the first call took {response.seconds:.2f} s"
    if threshold is None or response.seconds <= threshold:
        return Finding("time", "ok", seen)
    advice = "Ask for fewer tickets a call and select only the fields you need; the server's operators see slow calls."
    return Finding("time", "warn", f"{seen}; past {threshold:g} s counts as slow", advice)


def run_checks(client: ProbeClient, ids: list[int]) -> Iterator[Finding]:
    """Run the checks one by one; where one fails, the later ones make no sense."""
    name = "address"
    try:
        yield _check_address(client)
        yield _check_host(client)
        yield _check_tls(client)
        name = "authentication"
        response = client.get_tickets(ids[:1] or [NO_SUCH_ID])
    except APIError as error:
        yield Finding(name, "fail", str(error.args[0]), _sentence(error.advice))
    else:
        yield from (_check_clock(response), _check_sign_in(client, response), _check_time(response))
