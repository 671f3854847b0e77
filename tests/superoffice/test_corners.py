"""Branches that no other test has a reason to take."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import msgspec
import pytest

import superoffice
from superoffice import (
    APIConnectionError,
    APITimeoutError,
    AsyncSuperOffice,
    BasicAuth,
    ClientClosedError,
    ConfigurationError,
    ConnectionFailedError,
    Hooks,
    InvalidInputError,
    RawField,
    RetryPolicy,
    SoTicketAuth,
    SuperOffice,
    Ticket,
)
from superoffice import environment as _env
from superoffice._address import proxy_for
from superoffice.doctor.report import diagnose
from superoffice.transport import http as _http
from superoffice.transport import sync as _send
from superoffice_runtime.flags import OpenFlag
from superoffice_runtime.shapes import read_number
from superoffice_sandbox import Sandbox

from ..support.faults import Faults, delays, fine
from ..support.wire import SITE, answered, transport
from .cli.test_cli import run
from .doctor.test_doctor import named
from .test_redaction import SECRETS, TOKEN, texts


def test_slow_calls_are_logged_and_told(caplog: pytest.LogCaptureFixture) -> None:
    told: list[float | None] = []
    hooks = Hooks(on_slow=lambda event: told.append(event.elapsed))

    async def go(site: str) -> None:
        async with AsyncSuperOffice(site, hooks=hooks) as client:
            await client.tickets.get_many([1, 2])

    with Faults(delays(2.2)) as server:
        with SuperOffice(server.site, hooks=hooks) as client:
            client.tickets.get_many([1, 2])
            client.with_options(hooks=Hooks()).tickets.get_many([1, 2])
        asyncio.run(go(server.site))
    assert len(told) == 2
    assert all(took is not None and took > 2 for took in told)
    slow = [record for record in caplog.records if "slow" in record.getMessage()]
    assert [record.levelno for record in slow] == [logging.WARNING] * 3
    assert "for 2 ids" in slow[0].getMessage()


def test_proxies_of_the_environment_are_used_and_keep_to_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with Faults(fine()) as proxy, Faults(fine()) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.site)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with SuperOffice("http://crm.invalid") as client:
            assert len(client.tickets.get_many([1, 2])) == 2
        with SuperOffice(server.site) as client:
            assert len(client.tickets.get_many([1, 2])) == 2
        assert proxy.seen[0].startswith(b"POST http://crm.invalid/api/v1/")
        assert (len(proxy.seen), len(server.seen)) == (1, 1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_reached_past_any_proxy(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sign-in may go there over plain http, since nobody else sees it."""
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    with Faults(fine()) as server:
        site = server.site.replace("127.0.0.1", host)

        async def go() -> None:
            async with AsyncSuperOffice(site, auth=BasicAuth("u", "p"), retries=None) as client:
                assert len(await client.tickets.get_many([1, 2])) == 2

        asyncio.run(go())
        with SuperOffice(site, auth=BasicAuth("u", "p"), retries=None) as client:
            assert len(client.tickets.get_many([1, 2])) == 2
    assert named(diagnose(server.site), "host").level == "fail"  # looked at directly too


def test_certificates_come_from_elsewhere_without_truststore(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "truststore", None)
    certificates: Callable[[], Any] = _http.tls_context.__wrapped__
    assert certificates().get_ca_certs


def by_both(site: str, **options: Any) -> None:
    """Read two tickets with either client."""

    async def go() -> None:
        async with AsyncSuperOffice(site, **options) as client:
            await client.tickets.get_many([1, 2])

    with SuperOffice(site, **options) as client:
        client.tickets.get_many([1, 2])
    asyncio.run(go())


UNREAD = ["localhost,127.0.0.0/8,::1/128", "[::1]", "fd00::/8", "bücher.de", "a:b:c", "[", "]", "::", "/8", "%", "://"]
UNREAD += [
    "http://[",
    "127.0.0.1/99",
    "host:99999999",
    ",, ,",
    " ",
    "",
    "xn--é",
    "*.",
    "1.2.3",
    "[::1]:x",
    "*[::1",
    "a b",
]


@pytest.mark.parametrize("value", UNREAD)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_no_value_of_no_proxy_stops_a_call(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with Faults(fine()) as proxy, Faults(fine()) as server:
        by_both(server.site)  # without a proxy, and with one
        monkeypatch.setenv("http_proxy", proxy.site)
        by_both("http://crm.invalid")
        assert (len(server.seen), len(proxy.seen)) == (2, 2)


@pytest.mark.parametrize(
    ("entries", "sites"),
    [
        ("10.0.0.0/8", "http://10.1.2.3"),
        ("10.1.2.3", "http://10.1.2.3:8080/x"),
        ("10.1.2.9/8", "https://10.1.2.3"),
        ("0.0.0.0/0", "http://10.1.2.3"),
        ("fd00::/8", "http://[fd00::1]:8080"),
        ("fd00::1/128", "http://[FD00:0:0::1]"),
        ("[fd00::1]", "http://[fd00::1]"),
        ("[fd00::1]:8080", "http://[fd00::1]:8080"),
        ("[fd00::]/8", "https://[fd00::1]"),
        ("crm.example.com", "http://crm.example.com"),
        ("example.com", "https://crm.example.com"),
        (".example.com", "https://crm.example.com"),
        (".example.com", "https://example.com"),
        ("*.example.com", "https://crm.example.com"),
        ("EXAMPLE.com", "https://crm.Example.COM"),
        ("example.com.", "https://crm.example.com"),
        ("example.com", "https://crm.example.com."),
        ("crm.example.com:443", "https://crm.example.com/x"),
        ("crm.example.com:8443", "https://crm.example.com:8443"),
        ("crm.example.com:80", "http://crm.example.com"),
        ("https://crm.example.com/x", "https://crm.example.com"),
        ("bücher.de", "https://xn--bcher-kva.de"),
        ("xn--bcher-kva.de", "https://crm.bücher.de"),
        ("BÜCHER.de", "https://bücher.de"),
        ("bu\u0308cher.de", "https://bücher.de"),  # as macOS writes it
        ("straße.de", "https://xn--strae-oqa.de"),
        ("a, crm.example.com,", "https://crm.example.com"),
        ("a crm.example.com", "https://crm.example.com"),
        ("a\t,\ncrm.example.com", "https://crm.example.com"),
        ("*", "https://crm.example.com"),
        ("a,*", "https://10.1.2.3"),
    ],
)
def test_no_proxy_names_hosts_as_for_curl(entries: str, sites: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert proxy_for(sites) == ("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", entries)
    assert proxy_for(sites) is None


@pytest.mark.parametrize(
    ("entries", "site"),
    [
        ("10.0.0.0/8", "http://11.1.2.3"),
        ("10.0.0.0/8", "http://[fd00::1]"),
        ("10.0.0.0/8", "http://10.example.com"),
        ("fd00::/8", "http://10.1.2.3"),
        ("1.2.3", "http://10.1.2.3"),
        ("example.com", "https://nonexample.com"),
        ("example.com", "https://example.com.evil.net"),
        ("crm.example.com", "https://example.com"),
        ("crm.example.com:8443", "https://crm.example.com"),
        ("10.1.2.3:80", "https://10.1.2.3"),
        ("http://crm.example.com", "https://crm.example.com"),
        ("", "https://crm.example.com"),
        (".", "https://crm.example.com"),
        ("xn--é", "https://crm.example.com"),
    ],
)
def test_other_hosts_go_through_the_proxy(entries: str, site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", entries)
    name = "https_proxy" if site.startswith("https") else "HTTP_PROXY"
    assert proxy_for(site) == (name, "http://127.0.0.1:9")


def test_no_proxy_is_kept_to_and_the_proxy_does_not_see_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    with Faults(fine()) as proxy, monkeypatch.context() as given:
        given.setenv("HTTP_PROXY", proxy.site)
        given.setenv("NO_PROXY", "crm.invalid,127.0.0.0/8")
        for site in ("http://crm.invalid", "http://127.0.0.2:1"):
            with pytest.raises(ConnectionFailedError):
                by_both(site, retries=None)
        assert not proxy.seen


@pytest.mark.parametrize("form", ["{}", "http:/{}", "http:///{}", "HTTP://{}/x?y", " http://{} ", "http://u:p%40w@{}"])
def test_a_proxy_is_named_as_for_curl(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Faults(fine()) as proxy:
        monkeypatch.setenv("http_proxy", form.format(proxy.site.removeprefix("http://")))
        monkeypatch.setenv("https_proxy", "gopher://which.no.call.needs")
        by_both("http://crm.invalid")
        assert len(proxy.seen) == 2
        for head in proxy.seen:
            assert head.startswith(b"POST http://crm.invalid/api/v1/Agents/Ticket/GetTickets ")
            assert (b"Proxy-Authorization: Basic dTpwQHc=" in head) == ("u:p" in form)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HTTPS_PROXY", "gopher://user:pr0xy-pass@127.0.0.1", "no address that can be used"),
        ("HTTPS_PROXY", "http://user:pr0xy-pass@127.0.0.1:port", "no address that can be used"),
        ("https_proxy", "http://user:pr0xy-pass@127.0.0.1:99999", "no address that can be used"),
        ("HTTPS_PROXY", "http://user:a/pr0xy-pass@127.0.0.1:9", "no address that can be used"),
        ("HTTPS_PROXY", "http://user:pr0xy-pass@", "no address that can be used"),
        ("HTTPS_PROXY", "http://user:pr0xy-pass@a b", "no address that can be used"),
        ("ALL_PROXY", "http://user:pr0xy-pass@[::1", "no address that can be used"),
        ("all_proxy", "socks4://user:pr0xy-pass@127.0.0.1:9", "no address that can be used"),
        ("ALL_PROXY", "socks5://user:pr0xy-pass@127.0.0.1:9", "a SOCKS proxy, which takes another package: pip"),
        ("SSL_CERT_FILE", "/nowhere/ca.pem", "No such file"),
        ("SSL_CERT_FILE", __file__, "check SSL_CERT_FILE"),
        ("SSLKEYLOGFILE", "/nowhere/keys", "No such file"),
    ],
)
def test_an_environment_that_allows_no_connection_is_told(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, value)
    for package in ("truststore", "socksio"):
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr(_http, "tls_context", _http.tls_context.__wrapped__)

    async def go() -> None:
        async with AsyncSuperOffice(SITE) as client:
            await client.tickets.get(1)

    with pytest.raises(ConfigurationError, match=f"no connection can be set up: .*{said}") as caught:
        asyncio.run(go())
    variables = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSLKEYLOGFILE"}
    assert {each for each in variables if each in str(caught.value).upper()} == {name.upper()}
    assert name in str(caught.value)
    assert "pr0xy-pass" not in texts(caught.value)
    with SuperOffice(SITE) as client, pytest.raises(ConfigurationError) as again:
        client.tickets.get(1)
    assert str(again.value) == str(caught.value)
    assert "pr0xy-pass" not in texts(again.value)


def test_a_call_that_another_thread_closes_the_client_under_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def closes(*given: Any) -> httpx.Request:
        client.close()
        return _http.request_of(*given)

    with Faults(fine()) as server, SuperOffice(server.site) as client:
        monkeypatch.setattr(_send, "request_of", closes)  # the last thing before it is sent
        with pytest.raises(ClientClosedError, match="the client was closed"):
            client.tickets.get(1)

    def fail(_: httpx.Request) -> httpx.Response:
        raise RuntimeError("of the transport's own")

    monkeypatch.undo()
    with (
        SuperOffice(SITE, transport=httpx.MockTransport(fail)) as client,
        pytest.raises(RuntimeError, match="of the transport's own"),
    ):
        client.tickets.get(1)


def test_what_httpx_says_is_kept_without_its_frames() -> None:
    """A failed write has the headers in a frame of httpcore's; a socket does not fail one on demand."""

    def fail(request: httpx.Request) -> httpx.Response:
        sent = list(request.headers.raw)
        assert sent
        raise httpx.WriteError("broken pipe", request=request) from OSError("EPIPE")

    auth = superoffice.BearerAuth(TOKEN)
    with SuperOffice(SITE, auth=auth, transport=httpx.MockTransport(fail), retries=None) as client:
        with pytest.raises(APIConnectionError, match="the connection broke: broken pipe") as caught:
            client.tickets.get(1)
        shown = texts(caught.value)
    assert "EPIPE" in shown
    assert not [secret for secret in SECRETS if secret in shown]


def test_a_transport_of_a_users_own_keeps_to_the_time() -> None:
    def drip() -> Iterator[bytes]:
        while True:
            time.sleep(0.05)
            yield b" "

    slow = httpx.MockTransport(lambda _: httpx.Response(200, content=drip()))
    with (
        SuperOffice(SITE, transport=slow, timeout=0.3) as client,
        pytest.raises(APITimeoutError, match="did not end within the time allowed"),
    ):
        client.tickets.get(1)


def test_a_users_own_transport_serves_calls_at_once() -> None:
    """Both are under way at the same time; a transport that was given is one, and is not closed between."""
    together = threading.Barrier(2, timeout=100)

    def reply(_: httpx.Request) -> httpx.Response:
        together.wait()
        return httpx.Response(200, json=[{"TicketId": 1}])

    with SuperOffice(SITE, transport=httpx.MockTransport(reply)) as client, ThreadPoolExecutor(2) as pool:
        assert [ticket.ticket_id for ticket in pool.map(client.tickets.get, [1, 1])] == [1, 1]


def test_a_users_own_async_transport_serves_calls_at_once() -> None:
    async def go() -> list[int]:
        both = asyncio.Event()
        waiting = 0

        async def reply(_: httpx.Request) -> httpx.Response:
            nonlocal waiting
            waiting += 1
            if waiting == 2:
                both.set()
            await asyncio.wait_for(both.wait(), 100)
            return httpx.Response(200, json=[{"TicketId": 1}])

        async with AsyncSuperOffice(SITE, transport=httpx.MockTransport(reply)) as client:
            return [t.ticket_id for t in await asyncio.gather(client.tickets.get(1), client.tickets.get(1))]

    assert asyncio.run(go()) == [1, 1]


def test_the_command_line_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from superoffice.cli.main import main

    both = run("get", "1", "--site", SITE, "--sandbox")
    assert (both.returncode, "not both" in both.stderr) == (2, True)
    for name in [name for name in sys.modules if name.startswith("superoffice.cli.app")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "click", None)
    with pytest.raises(SystemExit):
        main()
    assert "superoffice-sdk[cli]" in capfd.readouterr().err


def test_a_hook_may_raise_stop_iteration() -> None:
    nothing: Iterator[None] = iter(())
    hooks = Hooks(before=lambda _: next(nothing))
    with SuperOffice(SITE, transport=transport([]), hooks=hooks) as client, pytest.raises(StopIteration):
        client.tickets.get_many([1])


def test_with_options_changes_each_setting(box: Sandbox, basic: BasicAuth) -> None:
    with SuperOffice(box.site, auth=basic) as client:
        other = client.with_options(
            locale=superoffice.Locale(language="sv"),
            timeout=3,
            retries=RetryPolicy(attempts=2),
            batch_size=1,
            hooks=Hooks(),
        )
        assert [ticket.ticket_id for ticket in other.tickets.get_many([2, 1])] == [2, 1]
        assert (other.site, client.site) == (box.site, box.site)
        with pytest.raises(ConfigurationError, match="batch_size=0"):
            client.with_options(batch_size=0)


def test_media_types_that_are_none_are_refused() -> None:
    for name in ("content_type", "accept"):
        with pytest.raises(ConfigurationError, match=f"{name}='text/plain' is not one of the endpoint's media types"):
            SuperOffice(SITE, **{name: "text/plain"})  # type: ignore[arg-type]


def test_empty_cells_and_texts_of_fields() -> None:
    table = answered([{"TicketId": 1, "Title": "a"}, {"TicketId": 2}], [1, 2])._repr_html_()
    assert "<td></td>" in table
    assert str(RawField("Mood")) == "Mood"
    assert "SuperOffice" in dir(superoffice)


def test_lists_become_plain() -> None:
    class Tagged(Ticket):
        tags: list[str] = msgspec.field(default_factory=list[str])

    (ticket,) = answered([{"TicketId": 1, "tags": ["a"]}], into=Tagged)
    assert ticket.to_dict()["tags"] == ["a"]


def test_the_environment_contradicts_itself_or_says_enough() -> None:
    site = {"SUPEROFFICE_SITE": SITE}
    for wrong, said in (
        ({}, "no site was named"),
        ({**site, "SUPEROFFICE_TOKEN": "a", "SUPEROFFICE_SOTICKET": "b"}, "are both set"),
        ({**site, "SUPEROFFICE_USER": "a"}, "belong together"),
    ):
        with pytest.raises(ConfigurationError, match=said):
            _env.settings(wrong)
    assert _env.settings(site)["auth"] is None
    assert _env.settings({**site, "SUPEROFFICE_SOTICKET": "b"})["auth"] == SoTicketAuth("b")
    with pytest.raises(InvalidInputError, match="not both"):
        answered([], select=["Title"], into=Ticket)


class Colour(OpenFlag):
    RED = 1
    BLUE = 2


def test_values_of_the_runtime() -> None:
    assert Colour.wire_names() == {"RED": 1, "BLUE": 2}
    assert [read_number(text) for text in ("1.5", "1.2.3", " ", "1_0")] == [1.5, "1.2.3", None, "1_0"]


def test_a_transport_whose_parts_are_named_otherwise_is_left_as_it_is() -> None:
    class Renamed(httpx.HTTPTransport):
        def __init__(self, **_: object) -> None:
            """Have no pool."""

    laid: list[Any] = []
    _http.make_transport(Renamed, SITE, laid.append)
    assert laid == []
