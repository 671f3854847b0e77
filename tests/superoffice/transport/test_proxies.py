"""The proxies and certificates of the environment."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import pytest

from superoffice import (
    AsyncSuperOffice,
    BasicAuth,
    ConfigurationError,
    ConnectionFailedError,
    SuperOffice,
)
from superoffice._address import proxy_for
from superoffice.doctor.report import diagnose
from superoffice.transport import http as _http

from ...support.faults import Faults, fine
from ...support.secrets import texts
from ...support.wire import SITE
from ..doctor.test_doctor import named


def by_both(site: str, **options: Any) -> None:
    """Read two tickets with either client."""

    async def go() -> None:
        async with AsyncSuperOffice(site, **options) as client:
            await client.tickets.get_many([1, 2])

    with SuperOffice(site, **options) as client:
        client.tickets.get_many([1, 2])
    asyncio.run(go())


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
            async with AsyncSuperOffice(site, auth=BasicAuth("u", "p"), retries=0) as client:
                assert len(await client.tickets.get_many([1, 2])) == 2

        asyncio.run(go())
        with SuperOffice(site, auth=BasicAuth("u", "p"), retries=0) as client:
            assert len(client.tickets.get_many([1, 2])) == 2
    assert named(diagnose(server.site), "host").level == "fail"  # looked at directly too


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
                by_both(site, retries=0)
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


def test_certificates_come_from_elsewhere_without_truststore(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "truststore", None)
    certificates: Callable[[], Any] = _http.tls_context.__wrapped__
    assert certificates().get_ca_certs
