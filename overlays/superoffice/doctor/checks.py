"""The doctor's checks: can this machine reach the site, trust it, agree with it on the time, and sign in."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from superoffice_api.api.ticket.get_tickets import get_tickets
from superoffice_runtime import Request

from .._address import is_loopback, proxy_for
from ..auth.sign_in import SignIn
from ..errors import PROXY_ADVICE, APIError, SignInError, TenantError
from ..settings import ClientSettings
from ..transport.http import tls_context
from ..transport.sync import SyncSender
from .ask import NO_SUCH_ID, Answer, Asker, Finding

_CONNECT_SECONDS = 10.0
_FEW_DAYS = 14
_MUCH_SKEW = 60.0  # seconds


def check_address(core: ClientSettings, sender: SyncSender) -> tuple[Finding, str]:
    """Tell which address is meant, and find a tenant's; that it can be one was checked with the client's settings."""
    tenant = core.site
    if isinstance(tenant, str):
        return Finding("address", "ok", tenant), tenant
    out = core.prepare(get_tickets, Request(method="GET", path=""), {})
    try:
        sender.run(
            SignIn(out, tenant, None, core.timeout, core.retries, limiter=core.limiter).before(core.timeout.total), out
        )
    except TenantError as error:
        return _failed("address", error), ""
    return Finding("address", "ok", f"{tenant.site}, where {tenant.context} is now"), tenant.site


def check_host(site: str) -> Finding:
    """Look the name up and open a connection."""
    parts = urlsplit(site)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    if proxy_for(site):
        seen = "calls go through the proxy of this environment, so the host was not tried directly"
        return Finding("host", "unseen", seen)
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        advice = "Look for a misspelling in the address, and whether this machine needs a VPN or another name server."
        return Finding("host", "fail", f"no address is known for the name {host}", advice)
    try:
        with socket.create_connection((host, port), _CONNECT_SECONDS) as connection:
            reached = connection.getpeername()[0]
    except TimeoutError:
        advice = "Ask whether a firewall stands between; it has to let this machine out to that port."
        return Finding("host", "fail", f"{host} gave no answer on port {port} in {_CONNECT_SECONDS:g} s", advice)
    except OSError as error:
        advice = "Check the port in the address, whether the server runs, and whether a firewall stands between."
        where = host if addresses[0][4][0] == host else f"{host} ({addresses[0][4][0]})"
        return Finding("host", "fail", f"{where} refused port {port}: {error.strerror or error}", advice)
    return Finding("host", "ok", f"{reached} answers on port {port}")


def check_tls(site: str) -> Finding:
    """Make a TLS connection with the trust that calls have, and look at its version and certificate."""
    parts = urlsplit(site)
    if parts.scheme == "http":
        if is_loopback(site):
            return Finding("TLS", "ok", "plain http, which never leaves this machine")
        advice = "Use https, so that tickets and sign-in cannot be read on the way."
        return Finding("TLS", "warn", "plain http to another machine", advice)
    if proxy_for(site):
        return Finding(
            "TLS", "unseen", "behind the proxy of this environment; sign-in below tells whether it is trusted"
        )
    return _handshake(parts.hostname or "", parts.port or 443)


def _handshake(host: str, port: int) -> Finding:
    try:
        with (
            socket.create_connection((host, port), _CONNECT_SECONDS) as plain,
            tls_context().wrap_socket(plain, server_hostname=host) as secured,
        ):
            version, certificate = secured.version(), secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return Finding("TLS", "fail", f"the certificate is not trusted: {error.verify_message}", _mistrust(error))
    except OSError as error:  # ssl.SSLError is one
        advice = "Check that the port speaks https; an old server may lack TLS 1.2, which is the least that is safe."
        reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
        return Finding("TLS", "fail", f"no TLS connection came about: {reason}", advice)
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    days = (ends - datetime.now(UTC)).days
    seen = f"{version}, certificate good until {ends:%Y-%m-%d}, {days} days left"
    if days < _FEW_DAYS:
        return Finding("TLS", "warn", seen, "Ask whoever runs the server to renew its certificate in time.")
    return Finding("TLS", "ok", seen)


def _mistrust(error: ssl.SSLCertVerificationError) -> str:
    said = error.verify_message.lower()
    if "expired" in said:
        return "Ask whoever runs the server to renew its certificate, and check this machine's date."
    if "mismatch" in said or "not valid for" in said:
        return "The certificate is made out to another name: use the name that it names in the address."
    return "If the certificate is your organisation's own, name the file of its root in SSL_CERT_FILE."


def check_clock(answer: Answer) -> Finding:
    """Compare the answer's Date header with this machine's clock."""
    try:
        theirs = parsedate_to_datetime(answer.headers["date"])
        skew = (theirs - answer.at).total_seconds()
    except (KeyError, ValueError, TypeError, OverflowError):  # also of a date that no calendar has
        return Finding("clock", "unseen", "the answer carries no Date to compare with")
    # Date counts whole seconds, and the answer travelled: only minutes mean anything.
    if abs(skew) <= _MUCH_SKEW:
        return Finding("clock", "ok", "the server's clock and this machine's agree within a minute")
    side = "behind" if skew > 0 else "ahead of"
    seen = f"this machine's clock is {abs(skew):.0f} s {side} the server's"
    advice = (
        "Let this machine keep its time over NTP; the system user's sign-in is signed with it and would be refused."
    )
    return Finding("clock", "warn", seen, advice)


def check_sign_in(core: ClientSettings, asker: Asker, ids: list[int]) -> tuple[Finding, Answer | None]:
    """Ask for one ticket, and say what the answer means."""
    try:
        answer = asker.ask(ids[:1] or [NO_SUCH_ID])
    except SignInError as error:
        return _failed("sign-in", error), None
    except APIError as error:
        return Finding("sign-in", "fail", str(error), "Mend the connection, then run this again."), None
    how = "without credentials" if core.auth is None else f"with {type(core.auth).__name__}"
    if answer.status == 200 and answer.kind == "tickets":
        return Finding("sign-in", "ok", f"accepted {how}"), answer
    return Finding("sign-in", "fail", f"{answer.said}, asked {how}", _advice(core, answer)), answer


def _failed(name: str, error: APIError) -> Finding:
    return Finding(name, "fail", str(error.args[0]), f"{error.advice[0].upper()}{error.advice[1:]}.")


_MEANINGS: Final[Mapping[int, str]] = {
    403: "The sign-in is known but may not read tickets here: check the user's role, and that the app is approved.",
    407: f"{PROXY_ADVICE[0].upper()}{PROXY_ADVICE[1:]}.",
    404: "No ticket agent is at this address: online it ends in the tenant, such as /Cust12345, on-site often in "
    "/SuperOffice or the like.",
    421: "The tenant has moved to another host: look up its address anew (api/state/Cust12345 of the online host).",
    429: "Too many calls a second: wait, and see what else uses this app's ten calls a second.",
}


def _advice(core: ClientSettings, answer: Answer) -> str:
    status = answer.status
    if status == 401:
        return _unauthorized(core)
    if status in _MEANINGS:
        return _MEANINGS[status]
    if status >= 500:
        return "The server is in trouble or under maintenance: try again later, and tell whoever runs it."
    ways = [
        (300 <= status < 400, "The site sends callers elsewhere: give the address that a browser ends at, with https."),
        (answer.kind == "page", "A page answers: the address may be another site's, a sign-in page's, or a proxy's."),
        (
            status == 200 and answer.kind in ("null", "error"),
            "The agent failed: check that this user may read tickets.",
        ),
    ]
    other = "That is no answer of SuperOffice's: check the address, and any proxy on the way."
    return next((text for holds, text in ways if holds), other)


def _unauthorized(core: ClientSettings) -> str:
    names = {
        "BasicAuth": "Check SUPEROFFICE_USER and SUPEROFFICE_PASSWORD; online sites take a ticket or a token instead.",
        "SoTicketAuth": "Get a new ticket, since one lasts 6 hours; online, SUPEROFFICE_APP_TOKEN must go with it.",
        "BearerAuth": "Get a new access token, since one lasts an hour; only online sites take it.",
    }
    unset = "Set SUPEROFFICE_TOKEN, SUPEROFFICE_SOTICKET, or SUPEROFFICE_USER with SUPEROFFICE_PASSWORD."
    return unset if core.auth is None else names.get(type(core.auth).__name__, "Check the credentials.")


def check_time(answer: Answer) -> Finding:
    """Compare the time of the first call with what the document calls slow."""
    threshold = get_tickets.slow_threshold
    seen = f"the first call took {answer.seconds:.2f} s"
    if threshold is None or answer.seconds <= threshold:
        return Finding("time", "ok", seen)
    advice = "Ask for fewer tickets a call and select only the members you need; the server's operators see slow calls."
    return Finding("time", "warn", f"{seen}; past {threshold:g} s counts as slow", advice)
