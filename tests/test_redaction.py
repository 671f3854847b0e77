"""No secret shows: not in logs at DEBUG, nor in any text, pickle or traceback of any error, variables included."""

from __future__ import annotations

import asyncio
import base64
import io
import logging
import pickle
import traceback
from collections.abc import Callable, Generator, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import pytest

from superoffice import (
    AsyncSuperOffice,
    BasicAuth,
    BearerAuth,
    Environment,
    Hooks,
    InvalidInputError,
    RenewingAuth,
    Retries,
    SignInError,
    SoTicketAuth,
    SuperOffice,
    SuperOfficeError,
    Tenant,
    TicketView,
    TokenAuth,
    XsrfAuth,
    errors,
)
from superoffice._headers import SentHeaders
from superoffice._renewal import Ask, AuthStep, Credential
from superoffice._wire_log import OURS
from superoffice.auth import Auth, hidden
from superoffice_api.facts import Security

from .faults.proxy import OK, Faults, Script, answer, bomb, sends, status, zipped
from .test_errors import ALL
from .test_exchange import outgoing

PASSWORD, TICKET, TOKEN = "pa55/w0rd+of&user=", "7T:t1cket/of+user==", "8A:Cust1.t0ken-of/user=="
XSRF, SESSION, APP = "xsrf/v4lue+of=user", "s3ssion/of+user==", "app/t0ken+of=program"
SCHEMES: dict[str, Auth | RenewingAuth] = {
    "basic": BasicAuth("user", PASSWORD),
    "so_ticket": SoTicketAuth(TICKET),
    "bearer": BearerAuth(TOKEN),
    "xsrf": XsrfAuth(XSRF, {"SoSession": SESSION}),
    "token": TokenAuth(lambda: TOKEN),
}


def spellings() -> set[str]:
    """Each secret raw, in base64 (wherever in its text it begins) and as URLs have it."""
    found: set[str] = set()
    for secret in (PASSWORD, TICKET, TOKEN, XSRF, SESSION, APP):
        found |= {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}
        for shift in range(3):  # base64 of three bytes is four characters, so there are three ways to begin
            whole = base64.b64encode(b"x" * shift + secret.encode()).decode()
            found.add(whole[4 if shift else 0 : -4])
    found.add(base64.b64encode(f"user:{PASSWORD}".encode()).decode())
    return found


SECRETS = spellings()


def test_the_search_would_find_them() -> None:
    header = BasicAuth("user", PASSWORD).headers()["Authorization"]
    assert any(secret in header for secret in SECRETS)
    assert any(secret in quote(TOKEN) for secret in SECRETS)
    assert all(len(secret) > 8 for secret in SECRETS)


class Strict(TicketView):
    title: str


QUICK = Retries(attempts=2, base=0.01)
BROKEN = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
WRONG: dict[str, tuple[Script, dict[str, Any]]] = {
    "closed": (sends(then="close"), {}),
    "reset": (sends(answer(length=900), then="reset"), {}),
    "garbage": (sends(b"what?\r\n\r\n", then="close"), {}),
    "chunks": (sends(BROKEN), {}),
    "gzip": (sends(zipped(OK, cut=8)), {}),
    "bomb": (sends(bomb(3)), {}),
    "silence": (sends(), {"timeout": 0.1}),
    "null": (sends(answer(b"null")), {}),
    "error": (sends(answer(b'{"Error": true, "Message": "No."}')), {}),
    "odd": (sends(answer(b'[{"TicketId": 1, "Title": null}]')), {"into": Strict}),
    "missing": (sends(answer(b"[]")), {}),
    **{str(code): (status(code), {}) for code in (302, 400, 401, 403, 404, 406, 415, 421, 429, 500, 503)},
    "header": (sends(), {"headers": {"X-Note": "a\nb"}}),
    "header name": (sends(), {"headers": {"X Note": "a"}}),
    "no id": (sends(), {"id": 0}),
    "no field": (sends(), {"select": ["Titel"]}),
    "no projection": (sends(), {"into": int}),
}


def ask(site: str | Tenant, auth: Auth | RenewingAuth, **call: Any) -> None:
    with SuperOffice(site, auth=auth, app_token=APP, retries=QUICK, max_response_bytes=10**6) as client:
        client.tickets.get(call.pop("id", 1), **call)


def ask_async(site: str | Tenant, auth: Auth | RenewingAuth, **call: Any) -> None:
    async def go() -> None:
        async with AsyncSuperOffice(
            site, auth=auth, app_token=APP, retries=QUICK, max_response_bytes=10**6, calls_per_second=None
        ) as client:
            await client.tickets.get(call.pop("id", 1), **call)

    asyncio.run(go())


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that any logger says at DEBUG."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    root = logging.getLogger()
    level = root.level
    loggers = [logging.getLogger(name) for name in ("httpx", "httpcore", "superoffice", "asyncio")]
    levels = [logger.level for logger in loggers]
    root.addHandler(handler)
    for logger in (root, *loggers):
        logger.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)
    for logger, before in zip(loggers, levels, strict=True):
        logger.setLevel(before)


def texts(error: BaseException) -> str:
    """Everything that an error shows, and those that it came from; of our frames and those below, variables too."""
    shown = [str(error), repr(error), repr(error.args), repr(vars(error))]
    if isinstance(error, SuperOfficeError):
        shown.append(pickle.dumps(error).decode("latin-1"))
    shown += traceback.format_exception(error)
    below = error.__traceback__.tb_next if error.__traceback__ else None  # the test's own frame holds what it was given
    trimmed = error.with_traceback(below)
    shown += traceback.TracebackException.from_exception(trimmed, capture_locals=True).format()
    return "\n".join(shown)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("ask", [ask, ask_async])
def test_no_secret_shows(
    scheme: str, ask: Callable[..., None], logged: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    met: set[type] = set()
    for name, (script, call) in WRONG.items():
        with Faults(script) as server:
            with pytest.raises(SuperOfficeError) as caught:
                ask(server.site, SCHEMES[scheme], **call)
            met.add(type(caught.value))
            shown = texts(caught.value)
            assert not [secret for secret in SECRETS if secret in shown], name
    with Faults(sends(), greeting=b"220 no TLS here\r\n") as server:
        with pytest.raises(errors.TlsError) as insecure:
            ask(server.site.replace("http:", "https:"), SCHEMES[scheme])
        met.add(type(insecure.value))
        shown = texts(insecure.value)
        assert not [secret for secret in SECRETS if secret in shown]
    for site in ("http://127.0.0.1:9", "https://127.0.0.1:9", "https://xn--zzzzzz-.invalid", "http://crm.example.com"):
        with pytest.raises(SuperOfficeError) as caught:
            ask(site, SCHEMES[scheme])
        met.add(type(caught.value))
        shown = texts(caught.value)
        assert not [secret for secret in SECRETS if secret in shown], site
    with Faults(sends(answer(b'{"State": "OfflineMaintenance"}'))) as service:
        online = {**SCHEMES, "basic": SCHEMES["token"]}
        with pytest.raises(errors.TenantUnavailableError) as down:
            ask(Tenant("Cust1", environment=Environment("test", service.site)), online[scheme])
        met.add(type(down.value))
        shown = texts(down.value)
        assert not [secret for secret in SECRETS if secret in shown]
        assert not [head for head in service.seen if any(secret.encode() in head for secret in SECRETS)]
    for function in (gives_a_bad_one, breaks):
        with pytest.raises((errors.SignInError, InvalidInputError)) as unsigned:
            ask("http://127.0.0.1:9", TokenAuth(function))
        met.add(type(unsigned.value))
        shown = texts(unsigned.value)
        assert not [secret for secret in SECRETS if secret in shown]
    printed = "".join(capfd.readouterr())
    said = logged.getvalue()
    assert "attempt 1" in said
    assert "HTTP Request: POST" in said
    assert "send_request_headers" in said
    assert not [secret for secret in SECRETS if secret in said + printed]
    never_sees_a_sign_in = {
        *(errors.NotSelectedError, errors.MissingTicketsError, errors.ClientClosedError, errors.StreamClosedError),
        errors.NoKeyringError,  # tests/flows/test_keeping.py
        *(errors.ExportRefusedError, errors.MissingExtraError),  # raised before anything is sent
    }
    only_parents = {
        kind for kind in ALL if any(issubclass(other, kind) and other is not kind for other in ALL)
    } - met  # fmt: skip
    assert set(ALL) - met - only_parents <= never_sees_a_sign_in


def gives_a_bad_one() -> str:
    return f"{TOKEN}\n"


def breaks() -> str:
    raise OSError("no vault")


def stream(site: str, auth: Auth | RenewingAuth) -> None:
    with (
        SuperOffice(site, auth=auth, app_token=APP, retries=QUICK, max_response_bytes=10**6) as client,
        client.tickets.stream([1, 2]) as tickets,
    ):
        list(tickets)


def stream_async(site: str, auth: Auth | RenewingAuth) -> None:
    async def go() -> None:
        async with (
            AsyncSuperOffice(site, auth=auth, app_token=APP, retries=QUICK, max_response_bytes=10**6) as client,
            client.tickets.stream([1, 2]) as tickets,
        ):
            _ = [ticket async for ticket in tickets]

    asyncio.run(go())


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("read", [stream, stream_async])
@pytest.mark.parametrize("wrong", ["closed", "garbage", "bomb", "null", "401", "503"])
def test_no_secret_shows_in_a_stream(
    scheme: str,
    read: Callable[..., None],
    wrong: str,
    logged: io.StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with Faults(WRONG[wrong][0]) as server, pytest.raises(SuperOfficeError) as caught:
        read(server.site, SCHEMES[scheme])
    shown = texts(caught.value) + logged.getvalue() + "".join(capfd.readouterr())
    assert "_stream.py" in shown
    assert not [secret for secret in SECRETS if secret in shown]


class Exchanging(RenewingAuth):
    """Exchanges secrets for a token, and finds fault with the answer."""

    scheme = Security.BEARER

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def renew(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        headers, content = SentHeaders({"Authorization": f"Basic {PASSWORD}"}), hidden(TICKET)
        response = yield Ask(method="POST", url=self._url, headers=headers, content=str(content).encode())
        if response.status != 200:
            raise SignInError("no").of_answer(response)
        return Credential({"Authorization": f"Bearer {TOKEN}\n"})


REPEATS = status(401, f"X-Token: {TOKEN}", body=TICKET.encode())


@pytest.mark.parametrize("ask", [ask, ask_async])
def test_no_secret_of_an_exchange_shows(
    ask: Callable[..., None], logged: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    scripts = {name: WRONG[name][0] for name in ("closed", "reset", "garbage", "chunks", "gzip", "bomb", "302", "503")}
    for name, script in {**scripts, "repeats": REPEATS, "bad token": sends(answer(b"{}"))}.items():
        with Faults(script) as server, pytest.raises((SignInError, InvalidInputError)) as caught:
            ask("http://127.0.0.1:9", Exchanging(server.site))
        assert len(server.seen) >= 1, name
        shown = texts(caught.value)
        assert not [secret for secret in SECRETS if secret in shown], name
    said = logged.getvalue() + "".join(capfd.readouterr())
    assert "attempt 1" in said
    assert "(b'X-Token', b'***')" in said
    assert not [secret for secret in SECRETS if secret in said]


@pytest.mark.parametrize("ask", [ask, ask_async])
def test_what_a_site_sends_in_a_header_is_veiled_where_httpcore_logs_it(
    ask: Callable[..., None], logged: io.StringIO
) -> None:
    cookies = [f"Set-Cookie: SoSession={SESSION}; path=/", 'Set-Cookie: XSRF-TOKEN="it\'s s3cret"']
    told = ("Content-Type: application/json", "SO-TimeZone: GMT", "Location: /x?code=s3cret", "X-It's: s3cret")
    with Faults(sends(answer(headers=[*cookies, *told]))) as server:
        ask(server.site, SCHEMES["xsrf"])
        ours = logged.getvalue()
        httpx.get(server.site, trust_env=False)  # somebody else's call in the same program
    others = logged.getvalue()[len(ours) :]
    assert "s3cret" not in ours
    assert SESSION not in ours
    assert ours.count("(b'Set-Cookie', b'***')") == 2
    assert all(
        shown in ours for shown in ("(b'SO-TimeZone', b'GMT')", "(b'Location', b'***')", "(b\"X-It's\", b'***')")
    )
    assert SESSION in others


def test_the_password_of_a_proxy_is_veiled_where_httpcore_logs_it(logged: io.StringIO) -> None:
    said = {"host": "x.example", "auth": (b"user", PASSWORD.encode())}
    line = " ".join(f"{name}={value!r}" for name, value in said.items())
    socks = logging.getLogger("httpcore.socks")
    with Faults(sends(answer())) as server:
        ask(server.site, SCHEMES["bearer"])
    before = OURS.set(outgoing())
    try:
        socks.debug("setup_socks5_connection.started %s", line)
    finally:
        OURS.reset(before)
    assert "setup_socks5_connection.started host='x.example' auth=(b'user', b'***')\n" in logged.getvalue()


@pytest.mark.parametrize("secret", ["8A:sp4ce-at-end ", " 8A:sp4ce-at-start", "8A:l1ne\nfeed", "8A:\u00e4ccent"])
def test_a_secret_that_no_header_can_hold_is_not_quoted(secret: str) -> None:
    for options in ({"app_token": secret}, {"auth": XsrfAuth(secret, {"a": secret})}):
        with SuperOffice("https://x.example", **options) as client:  # type: ignore[arg-type]
            with pytest.raises(InvalidInputError, match=r"the header .* holds a control character") as caught:
                client.tickets.get(1)
            assert secret.strip() not in texts(caught.value)
            assert repr(secret.strip())[1:-1] not in texts(caught.value)


def test_events_of_hooks_hold_no_secret() -> None:
    told: list[object] = []
    hooks = Hooks(before=told.append, after=told.append, on_retry=told.append)
    with Faults(status(503)) as server, SuperOffice(
        server.site, auth=SCHEMES["bearer"], app_token=APP, hooks=hooks, retries=QUICK
    ) as client, pytest.raises(errors.ServerError):  # fmt: skip
        client.tickets.get(1)
    assert len(told) == 5
    assert not [secret for secret in SECRETS if secret in repr(told)]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_setting_shows_a_secret(scheme: str) -> None:
    client = SuperOffice("https://x.example", auth=SCHEMES[scheme], app_token=APP)
    other = AsyncSuperOffice("https://x.example", auth=SCHEMES[scheme], app_token=APP)
    shown = repr(client) + repr(other) + repr(SCHEMES[scheme]) + repr(vars(client)) + repr(vars(other))
    assert not [secret for secret in SECRETS if secret in shown]
