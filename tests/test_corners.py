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
    AsyncSuperOffice,
    BasicAuth,
    CallTimeoutError,
    ClientClosedError,
    ConfigurationError,
    Hooks,
    InvalidInputError,
    RawField,
    Retries,
    SoTicketAuth,
    SuperOffice,
    Ticket,
    TransportError,
    _env,
    _http,
    _send,
)
from superoffice.doctor import examine
from superoffice_runtime.flags import OpenFlag
from superoffice_runtime.shapes import read_number
from superoffice_sandbox import Sandbox

from .faults.proxy import Faults, delays, fine
from .test_cli import run
from .test_doctor import named
from .test_redaction import SECRETS, TOKEN, texts
from .wire import SITE, answered, transport


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
    assert named(examine(server.site), "host").level == "fail"  # looked at directly too


def test_certificates_come_from_elsewhere_without_truststore(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "truststore", None)
    certificates: Callable[[], Any] = _http.tls_context.__wrapped__
    assert certificates().get_ca_certs


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "gopher://user:pr0xy-pass@127.0.0.1"),
        ("HTTPS_PROXY", "http://user:pr0xy-pass@127.0.0.1:port"),
        ("ALL_PROXY", "http://user:pr0xy-pass@[::1"),
        ("SSL_CERT_FILE", "/nowhere/ca.pem"),
    ],
)
def test_an_environment_that_allows_no_connection_is_told(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setitem(sys.modules, "truststore", None)
    monkeypatch.setattr(_http, "tls_context", _http.tls_context.__wrapped__)

    async def go() -> None:
        async with AsyncSuperOffice(SITE) as client:
            await client.tickets.get(1)

    with pytest.raises(ConfigurationError, match=f"no connection can be set up: .*; check .*{name}") as caught:
        asyncio.run(go())
    assert "pr0xy-pass" not in texts(caught.value)
    with SuperOffice(SITE) as client, pytest.raises(ConfigurationError) as again:
        client.tickets.get(1)
    assert str(again.value) == str(caught.value)


def test_a_call_that_another_thread_closes_the_client_under_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def closes(out: Any, remaining: float) -> httpx.Request:
        client.close()
        return _http.request_of(out, remaining)

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
        with pytest.raises(TransportError, match="the connection broke: broken pipe") as caught:
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
        pytest.raises(CallTimeoutError, match="did not end within the time allowed"),
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
    from superoffice._command import main

    both = run("get", "1", "--site", SITE, "--sandbox")
    assert (both.returncode, "not both" in both.stderr) == (2, True)
    for name in [name for name in sys.modules if name.startswith("superoffice._cli")]:
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
            locale=superoffice.Locale(language="sv"), timeout=3, retries=Retries(attempts=2), call_size=1, hooks=Hooks()
        )
        assert [ticket.ticket_id for ticket in other.tickets.get_many([2, 1])] == [2, 1]
        assert (other.site, client.site) == (box.site, box.site)
        with pytest.raises(ConfigurationError, match="call_size=0"):
            client.with_options(call_size=0)


def test_media_types_that_are_none_are_refused() -> None:
    for name in ("content_type", "accept"):
        with pytest.raises(ConfigurationError, match=f"{name}='text/plain' is none of the endpoint's media types"):
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
