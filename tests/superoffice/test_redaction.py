"""No secret shows: not in logs at DEBUG, nor in any text, pickle or traceback of any error, variables included."""

from __future__ import annotations

import asyncio
import copy
import io
import json
import logging
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs
import httpx
import pytest

from superoffice import (
    AsyncSuperOffice,
    BasicAuth,
    BearerAuth,
    ConfigurationError,
    Environment,
    Hooks,
    InvalidInputError,
    OAuthAuth,
    RefreshingAuth,
    RetryPolicy,
    SignInError,
    SoTicketAuth,
    SuperOffice,
    SuperOfficeError,
    SystemUserAuth,
    Tenant,
    TicketView,
    TokenAuth,
    XsrfAuth,
    errors,
    login,
)
from superoffice.auth.refreshing import AuthStep, Credential, SendRequest
from superoffice.auth.schemes import Auth
from superoffice.doctor.report import iter_findings
from superoffice.transport.attempts import SENDING
from superoffice.transport.redaction import Cleaner, SentHeaders, hidden, secrets_received, secrets_sent
from superoffice_api.facts import Security
from superoffice_runtime import Request, Response

from ..support.faults import OK, Faults, Script, answer, bomb, sends, status, zipped
from ..support.secrets import (
    APP,
    PASSWORD,
    SCHEMES,
    SECRETS,
    SESSION,
    TICKET,
    TOKEN,
    XSRF,
    as_tools_show,
    texts,
)
from ..support.wire import SITE, transport
from .test_errors import ALL
from .transport.test_attempts import outgoing


def test_the_search_would_find_them() -> None:
    header = BasicAuth("user", PASSWORD).headers()["Authorization"]
    assert any(secret in header for secret in SECRETS)
    assert any(secret in quote(TOKEN) for secret in SECRETS)
    assert all(len(secret) > 8 for secret in SECRETS)


class Strict(TicketView):
    title: str


QUICK = RetryPolicy(retries=1, base=0.01)
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


def ask(site: str | Tenant, auth: Auth | RefreshingAuth, **call: Any) -> None:
    with SuperOffice(site, auth=auth, app_token=APP, retries=QUICK, max_response_bytes=10**6) as client:
        client.tickets.get(call.pop("id", 1), **call)


def ask_async(site: str | Tenant, auth: Auth | RefreshingAuth, **call: Any) -> None:
    async def go() -> None:
        async with AsyncSuperOffice(
            site, auth=auth, app_token=APP, retries=QUICK, max_response_bytes=10**6, calls_per_second=None
        ) as client:
            await client.tickets.get(call.pop("id", 1), **call)

    asyncio.run(go())


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
        errors.NoKeyringError,  # tests/superoffice/auth/test_storage.py
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


def stream(site: str, auth: Auth | RefreshingAuth) -> None:
    with (
        SuperOffice(site, auth=auth, app_token=APP, retries=QUICK, max_response_bytes=10**6) as client,
        client.tickets.stream([1, 2]) as tickets,
    ):
        list(tickets)


def stream_async(site: str, auth: Auth | RefreshingAuth) -> None:
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
    assert "stream.py" in shown
    assert not [secret for secret in SECRETS if secret in shown]


class Exchanging(RefreshingAuth):
    """Exchanges secrets for a token, and finds fault with the answer."""

    scheme = Security.BEARER

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def refresh(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        headers, content = SentHeaders({"Authorization": f"Basic {PASSWORD}"}), hidden(TICKET)
        response = yield SendRequest(method="POST", url=self._url, headers=headers, content=str(content).encode())
        if response.status_code != 200:
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
@pytest.mark.parametrize("code", [200, 400])
def test_a_credential_under_another_name_is_in_no_error_of_a_sign_in(ask: Callable[..., None], code: int) -> None:
    class Odd(Exchanging):
        def refresh(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
            response = yield SendRequest(url=self._url, headers={"Authorization": f"Basic {PASSWORD}"})
            raise SignInError("no").of_answer(response)

    told = {"odd": "0paque-credential"} if code == 200 else {"error": "invalid_grant", "repeated": PASSWORD}
    with Faults(status(code, body=json.dumps(told).encode())) as server, pytest.raises(SignInError) as caught:
        ask("http://127.0.0.1:9", Odd(server.site))
    assert caught.value.status_code == code
    assert caught.value.body == (None if code == 200 else {"error": "invalid_grant", "repeated": "[hidden]"})
    assert not [secret for secret in (*SECRETS, "0paque-credential") if secret in texts(caught.value)]


@pytest.mark.parametrize("ask", [ask, ask_async])
def test_an_answer_with_a_token_that_is_broken_off_shows_in_no_traceback(ask: Callable[..., None]) -> None:
    whole = answer(f'{{"access_token": "{TOKEN}", "rest": "{"x" * 2**20}"}}'.encode())
    with Faults(sends(whole)) as server, pytest.raises(SignInError, match="grew past") as caught:
        ask("http://127.0.0.1:9", Exchanging(server.site))
    shown = texts(caught.value) + texts(caught.value.__cause__ or caught.value)
    assert not [secret for secret in SECRETS if secret in shown]


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
    before = SENDING.set(outgoing())
    try:
        socks.debug("setup_socks5_connection.started %s", line)
    finally:
        SENDING.reset(before)
    assert "setup_socks5_connection.started host='x.example' auth=(b'user', b'***')\n" in logged.getvalue()


SCHEMES_OF: dict[str, Callable[[str], object]] = {
    "user": lambda secret: BasicAuth(secret, "pw"),
    "password": lambda secret: BasicAuth("user", secret),
    "ticket": SoTicketAuth,
    "bearer": BearerAuth,
    "xsrf": lambda secret: XsrfAuth(secret, {"session": "s"}),
    "cookie": lambda secret: XsrfAuth("x", {"session": secret}),
    "xsrf cookie": lambda secret: XsrfAuth.from_cookies({"XSRF-TOKEN": secret}),
    "app token": lambda secret: SuperOffice("https://x.example", app_token=secret),
    "async app token": lambda secret: AsyncSuperOffice("https://x.example", app_token=secret),
    "client secret": lambda secret: OAuthAuth(Tenant("Cust1"), "app", client_secret=secret),
    "refresh token": lambda secret: OAuthAuth(Tenant("Cust1"), "app", refresh_token=secret),
    "client id": lambda secret: OAuthAuth(Tenant("Cust1"), secret),
    "login": lambda secret: login(Tenant("Cust1"), "app", client_secret=secret, open_browser=None),
    "system token": lambda secret: system_user(system_token=secret),
    "system user's app token": lambda secret: system_user(app_token=secret),
    "private key": lambda secret: system_user(private_key=secret),
    "passphrase": lambda secret: system_user(passphrase=secret),
    "SUPEROFFICE_PASSWORD": lambda secret: of_environment(SUPEROFFICE_USER="user", SUPEROFFICE_PASSWORD=secret),
    "SUPEROFFICE_APP_TOKEN": lambda secret: of_environment(SUPEROFFICE_APP_TOKEN=secret),
}
KEPT = "s3cr3t" * 20  # longer than what rich shows of a text


def of_environment(**variables: str) -> SuperOffice:
    return SuperOffice.from_env({"SUPEROFFICE_SITE": "https://x.example", **variables})


def system_user(**changes: Any) -> SystemUserAuth:
    given = {"system_token": "Super-1", "private_key": "<RSAKeyValue>", "app_token": "app"}
    return SystemUserAuth(Tenant("Cust1"), **{**given, **changes})


def refused(make: Callable[[], object]) -> SuperOfficeError:
    """What a thing raises that is made, and shows no secret in it."""
    with pytest.raises((ConfigurationError, InvalidInputError)) as caught:
        make()
    ours = caught.value.__traceback__
    while ours is not None and not ours.tb_frame.f_globals["__name__"].startswith("superoffice."):
        before, ours = ours, ours.tb_next
    assert "s3cr3t" not in texts(caught.value.with_traceback(before))
    return caught.value


@pytest.mark.parametrize("place", SCHEMES_OF)
@pytest.mark.parametrize("wrong", [f"{KEPT}\udcff", f"\ud83d{KEPT}", KEPT.encode(), 7, [KEPT], {KEPT: KEPT}])
def test_a_secret_that_cannot_be_encoded_is_refused_when_it_is_given_and_not_quoted(place: str, wrong: Any) -> None:
    said = "bytes that are not UTF-8" if isinstance(wrong, str) else f"as text, not as {type(wrong).__name__}"
    assert said in str(refused(lambda: SCHEMES_OF[place](wrong)))


@pytest.mark.parametrize("place", [name for name in SCHEMES_OF if name not in ("private key", "passphrase")])
@pytest.mark.parametrize(
    "wrong", [f"{KEPT}\n", f"\r\n{KEPT}", f"{KEPT}\0", f"{KEPT}\x1b[2J", f"a\u2028{KEPT}", f"\ufeff{KEPT}"]
)
def test_a_secret_with_a_control_character_is_refused_when_it_is_given(place: str, wrong: str) -> None:
    assert "control character" in str(refused(lambda: SCHEMES_OF[place](wrong)))


OF_ASCII = ("user", "password", "private key", "passphrase", "SUPEROFFICE_PASSWORD")


@pytest.mark.parametrize("place", [name for name in SCHEMES_OF if name not in OF_ASCII])
@pytest.mark.parametrize("wrong", [f"{KEPT} ", f" {KEPT}", f"{KEPT}\u00e4"])
def test_a_secret_that_no_header_can_hold_is_refused_when_it_is_given(place: str, wrong: str) -> None:
    assert re.search("outside ASCII|blank at an end", str(refused(lambda: SCHEMES_OF[place](wrong))))


@pytest.mark.parametrize("place", [name for name in SCHEMES_OF if "SUPEROFFICE" not in name])
def test_an_empty_secret_is_refused_when_it_is_given(place: str) -> None:
    if place in (
        "cookie",
        "passphrase",
        "private key",
    ):  # a site may set an empty one; the others are told of otherwise
        return
    assert "empty" in str(refused(lambda: SCHEMES_OF[place]("")))


def test_a_user_name_ends_at_a_colon_so_it_holds_none() -> None:
    assert "colon" in str(refused(lambda: BasicAuth(f"{KEPT}:b", "c")))
    assert BasicAuth("domain\\åse", "a:b ö ").headers()["Authorization"] == "Basic ZG9tYWluXMOlc2U6YTpiIMO2IA=="


WRONG_COOKIES: list[Any] = [
    f"session={KEPT}",
    [("session", KEPT)],
    {f"session={KEPT}": ""},
    {"": KEPT},
    {"a": f"{KEPT};b=c"},
    {7: KEPT},
]


@pytest.mark.parametrize("wrong", WRONG_COOKIES)
def test_cookies_are_given_by_their_names(wrong: Any) -> None:
    assert "cookie" in str(refused(lambda: XsrfAuth("x", wrong)))
    assert "cookie" in str(refused(lambda: XsrfAuth.from_cookies(wrong)))
    page = '<input name="XSRF_TOKEN" value="x">'
    assert "cookie" in str(refused(lambda: XsrfAuth.from_page(page, wrong)))


def test_a_session_without_a_value_is_refused() -> None:
    assert "takes page as text" in str(refused(lambda: XsrfAuth.from_page(KEPT.encode(), {})))  # type: ignore[arg-type]
    assert "holds no input" in str(refused(lambda: XsrfAuth.from_page("<p>", {"session": KEPT})))
    assert "no cookie XSRF-TOKEN" in str(refused(lambda: XsrfAuth.from_cookies({"session": KEPT})))


@pytest.mark.parametrize("client", [SuperOffice, AsyncSuperOffice, iter_findings])
@pytest.mark.parametrize("auth", [KEPT, ("user", KEPT), {"token": KEPT}, BearerAuth])
def test_what_is_given_in_the_place_of_auth_is_not_shown(client: Any, auth: Any) -> None:
    more = {"app_token": None, "ids": [1]} if client is iter_findings else {}
    assert "auth= is" in str(refused(lambda: client("https://x.example", auth=auth, **more)))


def test_a_function_that_gives_what_cannot_be_sent_is_told_without_it() -> None:
    assert "for a token itself use BearerAuth" in str(refused(lambda: TokenAuth(KEPT)))  # type: ignore[arg-type]
    for made in (f"{KEPT}\udcff", f"{KEPT}\n", f"Bearer {KEPT}"):
        for tries in (ask, ask_async):
            assert refused(lambda: tries("http://127.0.0.1:9", TokenAuth(lambda: made)))  # noqa: B023 - called at once


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_signs_in_shows_nothing_to_a_debugger_and_to_pytest(scheme: str) -> None:
    auth = SCHEMES[scheme]
    shown = [as_tools_show(auth), as_tools_show(vars(auth) if hasattr(auth, "__dict__") else {})]
    if not isinstance(auth, RefreshingAuth):
        shown += [
            as_tools_show(auth.headers()),
            *(repr(getattr(auth, name)) for name in ("password", "ticket", "token") if hasattr(auth, name)),
        ]
        shown += [as_tools_show(attrs.asdict(auth))]  # type: ignore[arg-type]
    assert not [secret for secret in SECRETS if secret in "\n".join(shown)]


TWO = """
import pytest, rich.console, rich.traceback
from superoffice import BasicAuth, BearerAuth, OAuthAuth, SoTicketAuth, Tenant, TokenAuth, XsrfAuth
from superoffice.auth.refreshing import Credential
from superoffice.auth.oauth import Attempt

MADE = {
    "basic": lambda secret: BasicAuth("user", secret),
    "ticket": SoTicketAuth,
    "bearer": BearerAuth,
    "several": lambda secret: [BearerAuth(secret)],
    "by name": lambda secret: {"auth": BearerAuth(secret), "headers": BearerAuth(secret).headers()},
    "credential": lambda secret: Credential({"Authorization": f"Bearer {secret}"}),
    "session": lambda secret: XsrfAuth(secret, {"session": secret}),
    "its credential": lambda secret: XsrfAuth(secret, {"session": secret})._first,
    "person": lambda secret: OAuthAuth(Tenant("Cust1"), "app", client_secret=secret, refresh_token=secret),
    "its members": lambda secret: vars(OAuthAuth(Tenant("Cust1"), "app", client_secret=secret, refresh_token=secret)),
    "attempt": lambda secret: Attempt(state=secret, nonce=secret, verifier=secret),
}

@pytest.mark.parametrize("name", MADE)
def test_two(name):
    one, other = (MADE[name](f"s3cr{number}t" * 30) for number in (3, 4))
    try:
        raise AssertionError
    except AssertionError:
        rich.console.Console(width=500).print(rich.traceback.Traceback(show_locals=True))
    assert one == other
"""


@pytest.mark.parametrize("verbose", ["-q", "-v", "-vv"])
def test_pytest_and_rich_tell_two_apart_without_the_secret(verbose: str, tmp_path: Path) -> None:
    (tmp_path / "test_two.py").write_text(TWO)
    options = ["-p", "no:cacheprovider", "--showlocals", "--tb=long", verbose]
    command = [sys.executable, "-m", "pytest", *options, "test_two.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "11 failed" in done.stdout, done.stdout + done.stderr
    assert "locals" in done.stdout  # of rich's
    assert not re.search("s3cr[34]t", done.stdout), done.stdout


def test_static_sign_in_is_a_value() -> None:
    for make in (SCHEMES_OF["password"], SoTicketAuth, BearerAuth):
        one = make("a")
        assert one == make("a") == pickle.loads(pickle.dumps(one)) == copy.deepcopy(one)  # noqa: S301 - our own
        assert len({one, make("a"), make("b")}) == 2
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            one.token = "b"  # type: ignore[attr-defined]
    assert BearerAuth("a") != SoTicketAuth("a") != "a"


def test_messages_show_neither_headers_nor_body_to_rich() -> None:
    response = Response(200, httpx.Headers({"Set-Cookie": SESSION}), TICKET.encode())
    request = Request(method="POST", path="/x", parameters=(("Cookie", SESSION),), body=TICKET)
    shown = as_tools_show([response, request, {"answer": response}])
    assert "200" in shown
    assert not [secret for secret in SECRETS if secret in shown]


@pytest.mark.parametrize("ask", [ask, ask_async])
@pytest.mark.parametrize("code", [400, 401, 403, 500])
def test_a_cookie_that_a_site_sets_is_in_no_traceback(code: int, ask: Callable[..., None]) -> None:
    cookies = (f"Set-Cookie: SoSession={SESSION}; path=/", f"Set-Cookie: XSRF-TOKEN={XSRF}")
    with Faults(status(code, *cookies)) as server, pytest.raises(SuperOfficeError) as caught:
        ask(server.site, XsrfAuth("old", {"session": "old"}))
    shown = texts(caught.value)
    assert not [secret for secret in SECRETS if secret in shown]


def test_events_of_hooks_hold_no_secret() -> None:
    told: list[object] = []
    hooks = Hooks(before=told.append, after=told.append, on_retry=told.append)
    with Faults(status(503)) as server, SuperOffice(
        server.site, auth=SCHEMES["bearer"], app_token=APP, hooks=hooks, retries=QUICK
    ) as client, pytest.raises(errors.InternalServerError):  # fmt: skip
        client.tickets.get(1)
    assert len(told) == 5
    assert not [secret for secret in SECRETS if secret in repr(told)]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_setting_shows_a_secret(scheme: str) -> None:
    client = SuperOffice("https://x.example", auth=SCHEMES[scheme], app_token=APP)
    other = AsyncSuperOffice("https://x.example", auth=SCHEMES[scheme], app_token=APP)
    shown = repr(client) + repr(other) + repr(SCHEMES[scheme]) + repr(vars(client)) + repr(vars(other))
    assert not [secret for secret in SECRETS if secret in shown]


# The other servers of a sign-in, each of which may repeat what it was sent


def test_a_credential_that_is_not_base64_is_still_looked_for() -> None:
    clean = Cleaner(lambda: secrets_sent({"Authorization": "Basic s3cr3tx"}, b""))
    assert clean("no user for s3cr3tx") == "no user for [hidden]"


def test_words_that_stay_secret_however_often_they_are_cleaned_are_not_shown() -> None:
    assert Cleaner(lambda: {"[hidden]"})("no user for [hidden]") == "[hidden]"


def cleaned(text: str, *secrets: str) -> str:
    return Cleaner(lambda: secrets)(text)


@pytest.mark.parametrize(
    ("text", "secrets", "shown"),
    [
        ("", ["pa55w0rd"], ""),
        ("One\r\n\ttwo\x1b[2J\u202e\u2028three", [], "One two [2J three"),
        ("a user and a ticket", ["a", "tic"], "a user and a ticket"),  # too short to be looked for
        ("xTje0y TJE0", ["Tje0"], "x[hidden]y [hidden]"),
        ("pa55 w0rd, pa55+w0rd, pa55\n w0rd", ["pa55 w0rd"], "[hidden], [hidden], [hidden]"),
        ("caf\u00e9-p caf\u00c3\u00a9-p caf%C3%A9-p caf%c3%a9-P", ["caf\u00e9-p"], " ".join(["[hidden]"] * 4)),
        ("abcdefghijkl mnopqrstuvw lmnopqrstuvwxyz", ["abcdefghijklmnopqrstuvwxyz"], "[hidden] [hidden]"),
        ("abcdefghijk nopqrstuvwx", ["abcdefghijklmnopqrstuvwxyz"], "abcdefghijk nopqrstuvwx"),
        ("100%25 &amp; no", ["pa55w0rd"], "100%25 &amp; no"),  # words that hold none stay as they are
        ("pa55w0rd and p&#97;55w0rd", ["pa55w0rd"], "[hidden] and [hidden]"),
        ("pa%41b", ["pa%41b"], "[hidden]"),
        ("a [hidden] one", ["hidden"], "[hidden]"),
        ("eyJhbGciOiJSUzI1NiJ9.eyJzdWIi.c2ln was sent", [], "[hidden] was sent"),
        ("no 7T:abcdefg and 8A:Cust1.abcd, but 9A:x", [], "no [hidden] and [hidden], but 9A:x"),
        ("x" * 10_001, [], "x" * 10_000),
    ],
)  # fmt: skip
def test_what_a_server_wrote_is_cleaned(text: str, secrets: list[str], shown: str) -> None:
    assert cleaned(text, *secrets) == shown


@pytest.mark.parametrize(
    ("headers", "content", "known"),
    [
        ({"Accept": "application/json", "X-Request-Id": "7-request-7"}, b"", set[str]()),
        ({"Authorization": "Basic dXNlcjpwYXNzd29yZA=="}, b"", {"dXNlcjpwYXNzd29yZA==", "password"}),
        ({"Authorization": "Basic dXNlcjpw"}, b"", {"dXNlcjpw", "user:p"}),
        (
            {"Authorization": "Basic dXNlcjrkcOTk5A=="},
            b"",
            {"dXNlcjrkcOTk5A==", "\u00e4p\u00e4\u00e4\u00e4", "\ufffdp\ufffd\ufffd\ufffd"},
        ),
        ({"Authorization": "basic ?"}, b"", {"?", ""}),
        ({"Authorization": "basic abcde"}, b"", {"abcde"}),  # which is not base64
        ({"Proxy-Authorization": "alone"}, b"", {"alone"}),
        ({"COOKIE": 'a="one"; b=two=2'}, b"", {"one", "two=2"}),
        ({"X-Key": "my own key"}, b"", {"my own key"}),
        ({}, b"grant_type=refresh_token&refresh_token=r%2Fs&code=c&x=y", {"r%2Fs", "r/s", "c"}),
        ({}, b'{"ApplicationToken": "a\\/b", "TicketIds": [1], "code": "C"}', {"a\\/b", "a/b"}),
    ],
)
def test_the_secrets_of_a_request_are_known(headers: dict[str, str], content: bytes, known: set[str]) -> None:
    assert secrets_sent(headers, content) == known


def test_the_secrets_of_a_response_are_known() -> None:
    headers = httpx.Headers(
        [
            ("Set-Cookie", "session=one; Path=/tickets; Expires=Wed, 21 Oct 2026 07:28:00 GMT; SameSite=Strict"),
            ("Set-Cookie", 'XSRF-TOKEN="two"; Max-Age=3600; Domain=example.com; Secure'),
        ]
    )
    body = b'{"access_token": "three", "token_type": "Bearer", "Title": "four"}'
    assert secrets_received(headers, body) == {"one", "two", "three"}
    with (
        SuperOffice(
            SITE, transport=transport({"Message": "It is t0k3n!"}, headers={"Set-Cookie": "a=t0k3n"})
        ) as client,
        pytest.raises(errors.ErrorInSuccessError, match=r"an error: It is \[hidden\]!"),
    ):
        client.tickets.get(1)


def test_the_words_of_other_errors_are_left_as_they_are() -> None:
    def fails() -> str:
        raise OSError("no vault:\n  at all") from ValueError(f"for {APP}", 7)

    auth = TokenAuth(fails)
    with SuperOffice("http://127.0.0.1:9", auth=auth, app_token=APP) as client, pytest.raises(SignInError) as caught:
        client.tickets.get(1)
    cause = caught.value.__cause__
    assert cause is not None
    assert cause.args == ("no vault:\n  at all",)
    assert cause.__cause__ is not None
    assert cause.__cause__.args == ("for [hidden]", 7)


@pytest.mark.parametrize("text", ["eyJ-" * 2500, "eyJ-" * 2500 + ". ", "-eyJa" * 2000 + "."])
def test_what_is_no_token_stays(text: str) -> None:
    assert Cleaner(set)(text) == text[:10_000].strip()


def test_a_body_keeps_its_lines_and_numbers_but_no_secret() -> None:
    clean = Cleaner(lambda: {TOKEN, "1234567"}).value
    assert (
        clean(f"Traceback:\n  in call\x1b\n\ttoken = {TOKEN!r}\n") == "Traceback:\n  in call \n\ttoken = '[hidden]'\n"
    )
    assert clean({TOKEN: [1234567, 5, 1.5, True, None]}) == {"[hidden]": ["[hidden]", 5, 1.5, True, None]}
    deep: Any = TOKEN
    for _ in range(900):
        deep = [deep]
    assert repr(clean(deep)) == "[" * 50 + "'...'" + "]" * 50
