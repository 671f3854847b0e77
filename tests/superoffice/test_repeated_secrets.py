"""No secret shows that a server repeats, wherever it can write."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from superoffice import (
    AsyncSuperOffice,
    Environment,
    Hooks,
    OAuthAuth,
    RefreshingAuth,
    RetryPolicy,
    SuperOffice,
    SuperOfficeError,
    SystemUserAuth,
    Tenant,
    TicketBatch,
    XsrfAuth,
    errors,
)
from superoffice.auth.schemes import Auth
from superoffice.auth.storage import CLAIM
from superoffice.cli.app import cli

from ..support.faults import Faults, Visit, answer, sends
from ..support.keys import claims, jwk, pem, rsa_key, token
from ..support.secrets import APP, PASSWORD, SCHEMES, SESSION, TICKET, TOKEN, XSRF, texts
from .test_properties import EXAMPLES, fixed
from .test_redaction import QUICK

# What a server repeats, wherever it can write

JSON, HEAD = "Content-Type: application/json", "HTTP/1.1 {} X"
FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": str.upper,
    "in a URL": lambda text: quote(text, safe=""),
    "in a form": quote_plus,
    "in a URL in a URL": lambda text: quote(quote(text, safe=""), safe=""),
    "all in a URL": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "in HTML": escape,
    "all in HTML": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "in JSON": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "all in JSON": lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
    "as Python shows bytes": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "in two lines": lambda text: f"{text[:14]} {text[14:]}",
    "cut": lambda text: text[:-2],
    "in a word": lambda text: f"<{text}>",
}
BODIES: dict[str, Callable[[str], bytes]] = {
    "message": lambda text: json.dumps({"Message": text, "MessageDetail": text, "ErrorType": text}).encode(),
    "source": lambda text: json.dumps({"Error": True, "ErrorMessage": "No.", "ErrorSource": text}).encode(),
    "lists": lambda text: json.dumps({"Message": "No.", "ModelState": {text: [text]}}).encode(),
    "problem": lambda text: json.dumps({"title": text, "detail": text, "status": 400, "type": text}).encode(),
    "inner": lambda text: json.dumps({"error": {"code": text, "message": text}}).encode(),
    "sign-in": lambda text: json.dumps({"error": text, "error_description": text, "access_token": text}).encode(),
    "system user": lambda text: json.dumps({"IsSuccessful": False, "ErrorMessage": text, "Token": text}).encode(),
    "state": lambda text: json.dumps({"State": text, "IsRunning": False, "ContextIdentifier": "Cust1"}).encode(),
    "place": lambda text: json.dumps({"State": "Running", "IsRunning": True, "Endpoint": f"https://{text}"}).encode(),
    "several lines": lambda text: json.dumps({"Message": f"\x1b[2J\n{text}\r\n  at {text}"}).encode(),
    "a string": lambda text: json.dumps(text).encode(),
    "no ticket": lambda text: json.dumps([text, {text: text}]).encode(),
    "an error in a list": lambda text: json.dumps([{"Error": True, "ErrorMessage": text}]).encode(),
    "an id": lambda text: json.dumps([{"ticketId": text}, {"TicketId": text}]).encode(),
    "a value": lambda text: json.dumps([{"TicketId": 1, "Priority": text, "FieldProperties": {text: text}}]).encode(),
    "values": lambda text: json.dumps([{"TicketId": 1, "Title": {"a": [text]}, "Origin": [text]}]).encode(),
    "a name": lambda text: json.dumps([{"TicketId": 1, "TableRight": {text: "\ud800"}}]).encode(),
    "names": lambda text: json.dumps([{"TicketId": 1, "FieldProperties": {text: {"FieldLength": 2**40}}}]).encode(),
    "cut off": lambda text: f'[{{"TicketId": 1, "Title": "{text}'.encode(),
    "text": lambda text: f"No: {text}".encode(),
    "a page": lambda text: f"<!doctype html><title>{text}</title>{text}".encode(),
    "XML": lambda text: f"<Error><Message>{escape(text)}</Message></Error>".encode(),
    "a root of XML": lambda text: f"<{text}/>".encode(),
    "UTF-16": lambda text: json.dumps({"Message": text}).encode("utf-16"),
    "bytes": lambda text: b"\xff" + text.encode(),
}
HEADS: dict[str, Callable[[str], str]] = {
    "correlation": "X-Correlation-Id: {0}\r\nX-Request-Id: {0}\r\nTraceparent: {0}".format,
    "header": "X-Header: {0}\r\nServer: {0}\r\nVia: {0}".format,
    "name": lambda text: f"{''.join(char for char in text if char.isalnum() or char in '-.')}: 1",
    "no header": "{}".format,
    "type": "Content-Type: {0}; charset={0}".format,
    "coding": "Content-Encoding: {}".format,
    "length": "Content-Length: {}".format,
    "transfer": "Transfer-Encoding: {}".format,
    "cookie": "Set-Cookie: session={0}; path=/\r\nSet-Cookie: {0}".format,
    "redirect": "Location: https://elsewhere.example/?code={}".format,
    "time": "Retry-After: {0}\r\nDate: {0}".format,
}
LINES: dict[str, str] = {
    "reason": "HTTP/1.1 {0} {1}\r\n\r\n",
    "status": "HTTP/1.1 {1}\r\n\r\n",
    "start": "{1}\r\n\r\n",
    "chunk": "HTTP/1.1 {0} X\r\nTransfer-Encoding: chunked\r\n\r\n{1}\r\n",
    "informing": "HTTP/1.1 103 {1}\r\nLink: {1}\r\n\r\nHTTP/1.1 {0} {1}\r\nX-Request-Id: {1}\r\n\r\n",
}
PLACES = st.sampled_from([*BODIES, *HEADS, *LINES])
STATUSES = st.sampled_from([200, 204, 302, 400, 401, 403, 404, 421, 429, 500, 503])
KINDS = st.sampled_from(["application/json", "application/xml", "application/problem+json", "text/html", "text/plain"])
REPEATED = st.tuples(PLACES, st.sampled_from([*FORMS]), STATUSES, KINDS)


def repeating(place: str, form: str, code: int, kind: str, secret: str) -> bytes:
    """The bytes of a server that repeats a secret somewhere, in some form."""
    text = FORMS[form](secret)
    if place in LINES:
        return LINES[place].format(code, text).encode()
    if place in BODIES:
        return answer(BODIES[place](text), code, headers=(f"Content-Type: {kind}",))
    return answer(b'{"Message": "No."}', code, headers=(HEADS[place](text), *(() if place == "type" else (JSON,))))


def request_of(visit: Visit) -> str:
    """A request as a text, which a server repeats as a whole."""
    return " ".join((visit.head + visit.body).decode().split())


def leaks(shown: str, *secrets: str) -> list[str]:
    """The secrets of which a text shows 12 characters, or all, however it escapes them."""
    plain = [shown]
    for decode in (unquote, unescape, lambda text: re.sub(r"\\\\+(?=[/ux])", r"\\", text), decoded) * 2:
        plain.append(decode(plain[-1]))
    texts = {re.sub(r"[\s+]", "", text).lower() for text in plain}
    found: list[str] = []
    for secret in secrets:
        small = re.sub(r"[\s+]", "", secret).lower()
        runs = {small[at : at + 12] for at in range(max(1, len(small) - 11))}
        found += [secret for text in texts for run in runs if run in text]
    return found


def decoded(text: str) -> str:
    return re.sub(r"\\(?:u00|x)([0-9a-f]{2})|\\/", lambda code: chr(int(code[1] or "2f", 16)), text)


WHOLE = {
    "basic": [PASSWORD, f"user:{PASSWORD}", base64.b64encode(f"user:{PASSWORD}".encode()).decode(), APP],
    "so_ticket": [TICKET, f"SoTicket {TICKET}", APP],
    "bearer": [TOKEN, f"Bearer {TOKEN}", APP],
    "xsrf": [XSRF, SESSION, f"SoSession={SESSION}; a=b", APP],
    "token": [TOKEN, f"Authorization: Bearer {TOKEN}", APP],
}
KNOWN = (PASSWORD, TICKET, TOKEN, XSRF, SESSION, APP, *(each for each in WHOLE["basic"]))


@pytest.fixture(scope="module")
def server() -> Iterator[Faults]:
    with Faults(sends()) as server:
        yield server


def shown_by(work: Callable[[Hooks], Any], logged: io.StringIO) -> str:
    """Everything that a call shows, whatever comes of it."""
    told: list[object] = []
    logged.seek(0)
    logged.truncate()
    try:
        came = work(Hooks(before=told.append, after=told.append, on_retry=told.append))
        if isinstance(came, TicketBatch):
            came.to_arrow()
        shown = repr(came) + "".join(map(str, getattr(came, "problems", ())))
        shown += repr(getattr(came, "problems", ()))
    except SuperOfficeError as error:
        shown = texts(error)
    return shown + repr(told) + logged.getvalue()


def many(site: str | Tenant, auth: Auth | RefreshingAuth, **options: Any) -> Any:
    with SuperOffice(
        site, auth=auth, app_token=APP, retries=QUICK, timeout=5, calls_per_second=None, **options
    ) as client:
        return client.tickets.get_many([1])


def many_async(site: str | Tenant, auth: Auth | RefreshingAuth, **options: Any) -> Any:
    async def go() -> Any:
        async with AsyncSuperOffice(
            site, auth=auth, app_token=APP, retries=QUICK, timeout=5, calls_per_second=None, **options
        ) as client:
            return await client.tickets.get_many([1])

    return asyncio.run(go())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_secret_shows_that_a_server_repeats(scheme: str, server: Faults, logged: io.StringIO) -> None:
    @fixed
    @given(REPEATED, st.sampled_from([*WHOLE[scheme], ""]), st.sampled_from([many, many_async]))
    def repeat(how: tuple[str, str, int, str], secret: str, call: Callable[..., Any]) -> None:
        async def script(visit: Visit) -> None:
            await visit.send(repeating(*how, secret or request_of(visit)))
            visit.close()

        server.scripts[:] = [script]
        # One whose cookies the server replaces is made for each.
        auth = XsrfAuth(XSRF, {"SoSession": SESSION}) if scheme == "xsrf" else SCHEMES[scheme]
        shown = shown_by(lambda hooks: call(server.site, auth, hooks=hooks), logged)
        assert "attempt=1" in shown
        assert not leaks(shown, *KNOWN)

    repeat()


SECRET, REFRESH, SYSTEM = "cl1ent-secret/of+program", "r3fresh/token+of=user", "Program-s1gnedByNobody"
KEY = pem(rsa_key())
ROLES = {"tickets": "GetTickets", "state": "/api/state/", "metadata": "openid", "tokens": "/tokens"}
ROLES |= {"exchange": "Authenticate", "keys": "jwks"}
FLOWS: dict[str, tuple[list[str], list[str]]] = {
    "oauth": (["tickets", "state", "metadata", "tokens"], [SECRET, REFRESH, TOKEN, quote_plus(REFRESH)]),
    "system user": (["tickets", "state", "exchange", "keys"], [SYSTEM, APP, TICKET, KEY.splitlines()[1]]),
    "tenant": (["tickets", "state"], [TOKEN, f"Bearer {TOKEN}", APP]),
}


def flow(name: str, where: Tenant) -> Auth | RefreshingAuth:
    if name == "oauth":
        return OAuthAuth(where, "program", client_secret=SECRET, refresh_token=REFRESH)
    if name == "system user":
        return SystemUserAuth(where, system_token=SYSTEM, private_key=KEY, app_token=APP)
    return SCHEMES["bearer"]


def good(role: str, site: str) -> bytes:
    """What the server of a role answers when all is well."""
    said: dict[str, Any] = {
        "tickets": [{"TicketId": 1}],
        "state": {"ContextIdentifier": "Cust1", "Endpoint": site, "State": "Running", "IsRunning": True},
        "metadata": {
            "issuer": site,
            "authorization_endpoint": f"{site}/authorize",
            "token_endpoint": f"{site}/tokens",
            "jwks_uri": f"{site}/jwks",
        },
        "tokens": {"access_token": TOKEN, "expires_in": 3600},
        "exchange": {"IsSuccessful": True, "Token": signed_ticket()},
        "keys": {"keys": [jwk(rsa_key(), "one")]},
    }[role]
    return answer(json.dumps(said).encode())


@cache
def signed_ticket() -> str:
    return token({**claims(), f"{CLAIM}ctx": "Cust1", f"{CLAIM}ticket": TICKET}, rsa_key())


@pytest.mark.parametrize("name", FLOWS)
def test_no_secret_shows_that_a_server_of_a_sign_in_repeats(name: str, server: Faults, logged: io.StringIO) -> None:
    roles, secrets = FLOWS[name]
    issued = () if name == "tenant" else (TOKEN, TICKET)
    known = (SECRET, REFRESH, SYSTEM, TOKEN, TICKET, APP, KEY, signed_ticket())

    @settings(fixed, max_examples=EXAMPLES // 3)
    @given(REPEATED, st.sampled_from([*secrets, ""]), st.sampled_from(roles), st.sampled_from([many, many_async]))
    def repeat(how: tuple[str, str, int, str], secret: str, bad: str, call: Callable[..., Any]) -> None:
        async def script(visit: Visit) -> None:
            role = next(role for role, path in ROLES.items() if path.encode() in visit.head)
            early = bad != "tickets" and secret in issued  # it does not know that one
            text = "" if early else secret
            await visit.send(repeating(*how, text or request_of(visit)) if role == bad else good(role, server.site))
            visit.close()

        server.scripts[:] = [script]
        where = Tenant("Cust1", environment=Environment("test", server.site))
        shown = shown_by(lambda hooks: call(where, flow(name, where), hooks=hooks), logged)
        assert not leaks(shown, *known)

    repeat()


@pytest.mark.parametrize("place", [*BODIES, *HEADS, *LINES])
def test_a_terminal_shows_no_secret_that_a_server_repeats(
    place: str, server: Faults, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def script(visit: Visit) -> None:
        await visit.send(repeating(place, "as it is", 403, "application/json", request_of(visit)))
        visit.close()

    server.scripts[:] = [script]
    monkeypatch.setattr(RetryPolicy, "wait", lambda *_: None)
    environment = {
        "SUPEROFFICE_SITE": server.site,
        "SUPEROFFICE_USER": "user",
        "SUPEROFFICE_PASSWORD": PASSWORD,
        "SUPEROFFICE_APP_TOKEN": APP,
    }
    for command in (["get", "1"], ["export", "1", "--out", str(tmp_path / "out.csv")], ["doctor", "--ids", "1"]):
        done = CliRunner().invoke(cli, command, env=environment)
        assert done.exit_code == 3, done.output
        assert not leaks(done.output, *KNOWN)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("way", ["batch", "stream", "export", "strict"])
def test_no_secret_shows_in_the_names_that_a_table_tells(
    form: str, way: str, server: Faults, logged: io.StringIO, tmp_path: Path
) -> None:
    secret = FORMS[form](TOKEN)
    server.scripts[:] = [sends(answer(BODIES["names"](secret), headers=(JSON,)))]
    with SuperOffice(server.site, auth=SCHEMES["bearer"], app_token=APP) as client:
        shown = ""
        if way == "export":
            result = client.tickets.export([1], tmp_path / "a.parquet")
            assert result.problems_path is not None
            shown = result.problems_path.read_text()
        elif way == "stream":
            with client.tickets.stream([1]) as stream:
                assert sum(batch.num_rows for batch in stream.to_arrow_batches()) == 1
            shown = "".join(map(str, stream.problems)) + repr(stream.problems)
        elif way == "batch":
            batch = client.tickets.get_many([1])
            batch.to_arrow()
            shown = "".join(map(str, batch.problems)) + repr(batch.problems)
        else:
            strict = client.tickets.get_many([1], strict=True)
            with pytest.raises(errors.TicketDecodeError) as caught:
                strict.to_arrow()
            shown = f"{caught.value!s} {caught.value!r} {caught.value.problems}"  # tickets themselves are the caller's
    assert "FieldProperties" in shown
    assert not leaks(shown + logged.getvalue(), *KNOWN)
