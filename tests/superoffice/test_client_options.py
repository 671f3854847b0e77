"""The client's own headers, proxy, certificates and user agent, as users of httpx guess them; both clients."""

from __future__ import annotations

import asyncio
import io
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from superoffice import (
    AsyncSuperOffice,
    BasicAuth,
    BearerAuth,
    ConfigurationError,
    ConnectionFailedError,
    InvalidInputError,
    SuperOffice,
    SuperOfficeError,
    SystemUserAuth,
    Tenant,
    TlsError,
    TokenAuth,
)
from superoffice._version import __version__
from superoffice_sandbox import Sandbox

from ..support.faults import Faults, fine, status
from ..support.secrets import texts
from ..support.sign_in import tenant

Get = Callable[..., int]
SITE = "https://crm.example.com"
PASSWORD = "pr0xy-pass-w0rd"


def get_sync(site: str | Tenant, call: dict[str, Any] | None = None, **options: Any) -> int:
    with SuperOffice(site, **options) as client:
        return client.tickets.get(1, **call or {}).ticket_id


def get_async(site: str | Tenant, call: dict[str, Any] | None = None, **options: Any) -> int:
    async def go() -> int:
        async with AsyncSuperOffice(site, **options) as client:
            return (await client.tickets.get(1, **call or {})).ticket_id

    return asyncio.run(go())


@pytest.fixture(params=[get_sync, get_async], ids=["sync", "async"])
def get(request: pytest.FixtureRequest) -> Get:
    """Read ticket 1 with either client: site, options of the call, then those of the client."""
    chosen: Get = request.param
    return chosen


def shown(error: SuperOfficeError) -> str:
    """Return all that shows of an error, but for the frames of the test, which holds the secret itself."""
    ours = error.__traceback__
    while ours is not None and not ours.tb_frame.f_globals["__name__"].startswith("superoffice."):
        ours = ours.tb_next
    return texts(error.with_traceback(ours))


def sent(head: bytes) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)


def test_headers_of_a_client_are_sent_with_each_request_of_it(get: Get) -> None:
    with Faults(fine()) as server:
        get(server.site, headers={"X-Trace": "7", "X-Team": "desk"}, auth=BearerAuth("8A:x"))
        with SuperOffice(server.site, headers={"X-Trace": "7", "X-Team": "desk"}) as client:
            client.tickets.get_many([1, 2])
            with client.tickets.stream([1, 2]) as tickets:
                list(tickets)
        assert len(server.seen) == 3
        for head in server.seen:
            assert {"X-Trace": "7", "X-Team": "desk"}.items() <= sent(head).items()


def test_a_header_of_a_call_wins_and_none_removes_one(get: Get) -> None:
    with Faults(fine()) as server:
        get(server.site, {"headers": {"x-trace": "8", "X-TEAM": None}}, headers={"X-Trace": "7", "X-Team": "desk"})
        [head] = server.seen
        assert sent(head)["x-trace"] == "8"
        assert not {"X-Trace", "X-Team", "X-TEAM"} & sent(head).keys()


def test_with_options_adds_headers() -> None:
    with Faults(fine()) as server, SuperOffice(server.site, headers={"X-Trace": "7", "X-Team": "desk"}) as client:
        other = client.with_options(headers={"X-Trace": "8"})
        other.tickets.get(1)
        other.with_options(timeout=5, headers={"X-Team": None}).tickets.get(1)
        client.tickets.get(1)
        found = [(sent(head)["X-Trace"], sent(head).get("X-Team")) for head in server.seen]
        assert found == [("8", "desk"), ("8", None), ("7", "desk")]
        with pytest.raises(InvalidInputError, match=r"^the header X-Trace holds a control character"):
            client.with_options(headers={"X-Trace": "a\nb"})


def test_an_authorization_header_of_a_client_replaces_its_credentials(get: Get) -> None:
    with Faults(fine()) as server:
        for auth in (BasicAuth("u", "p"), TokenAuth(lambda: "8A:never")):
            get(server.site, auth=auth, headers={"authorization": "Bearer 8A:mine"})
        assert [sent(head)["authorization"] for head in server.seen] == ["Bearer 8A:mine"] * 2
        assert not [head for head in server.seen if b"\r\nAuthorization: " in head]


@pytest.mark.parametrize("kind", [SuperOffice, AsyncSuperOffice])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"headers": {"X-Trace": None}}, "^headers= takes texts by their names, such as"),
        ({"headers": {"X-Trace": 7}}, "^headers= takes texts by their names, such as"),
        ({"headers": [("X-Key", PASSWORD)]}, "^headers= takes texts by their names, such as"),
        ({"headers": {"X Key": PASSWORD}}, "^'X Key' cannot be a header's name; it has letters, digits and hyphens$"),
        ({"headers": {"X-Key": f"{PASSWORD}\n"}}, "^the header X-Key holds a control character"),
        ({"user_agent": ""}, "^user_agent='' cannot be used; give a product and its version in ASCII, such as 'myapp/"),
        ({"user_agent": "myapp\r\nX: 1"}, "^user_agent='myapp.* cannot be used; give a product"),
        ({"user_agent": 5}, "^user_agent=5 cannot be used; give a product"),
        ({"proxy": ""}, "the proxy has no address that can be used; check proxy=, which takes http://, https:// or"),
        ({"proxy": 5}, "the proxy has no address that can be used; check proxy=, which takes"),
        ({"proxy": f"gopher://u:{PASSWORD}@proxy.example.com"}, "the proxy has no address .* check proxy=, which"),
        ({"proxy": f"http://u:{PASSWORD}@"}, "the proxy has no address that can be used; check proxy=, which takes"),
        ({"verify": False}, "^verify=False would show the credentials to whoever responds; give a file or a folder"),
        ({"verify": "nowhere.pem"}, "^verify='nowhere.pem' cannot be used: .*No such file.*; give a file or a folder"),
        ({"verify": __file__}, "cannot be used: .*; give a file or a folder of certificates to trust, or an ssl"),
        ({"verify": 5}, "^verify=5 cannot be used: .*; give a file or a folder"),
    ],
)
def test_what_cannot_be_is_refused_when_the_client_is_made(
    kind: Callable[..., object], options: dict[str, Any], said: str
) -> None:
    with pytest.raises((ConfigurationError, InvalidInputError), match=said) as caught:
        kind(SITE, **options)
    assert PASSWORD not in shown(caught.value)


def test_a_secret_header_is_not_sent_over_plain_http() -> None:
    with pytest.raises(InvalidInputError, match="the site is plain http, which would show the credentials of these"):
        SuperOffice("http://crm.example.com", headers={"Authorization": "Bearer 8A:x"})


@pytest.mark.parametrize("options", [{"proxy": "http://127.0.0.1:9"}, {"verify": ssl.create_default_context()}])
def test_a_transport_takes_neither_proxy_nor_certificates_of_the_client(options: dict[str, Any]) -> None:
    for kind, transport in ((SuperOffice, httpx.HTTPTransport()), (AsyncSuperOffice, httpx.AsyncHTTPTransport())):
        with pytest.raises(ConfigurationError, match=r"^transport= has a proxy= and verify= of its own; give them to"):
            kind(SITE, transport=transport, **options)  # type: ignore[arg-type]


def test_a_proxy_of_the_client_is_used_in_place_of_the_environments(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "crm.invalid")
    with Faults(fine()) as proxy, Faults(fine()) as server:
        address = proxy.site.replace("http://", f"http://user:{PASSWORD}@")
        assert get("http://crm.invalid", proxy=address, user_agent="myapp/1.0") == 1
        assert get(server.site, proxy=address) == 1  # this machine is reached directly
        [head] = proxy.seen
        assert head.startswith(b"POST http://crm.invalid/api/v1/")
        assert b"\r\nProxy-Authorization: Basic dXNlcjpwcjB4eS1wYXNzLXcwcmQ=\r\n" in head
        assert len(server.seen) == 1


@pytest.mark.parametrize("code", [407, 502])
def test_the_password_of_a_proxy_shows_nowhere(get: Get, code: int, logged: io.StringIO) -> None:
    with Faults(status(code)) as proxy:
        address = proxy.site.replace("http://", f"http://user:{PASSWORD}@")
        for site in ("https://crm.invalid", "http://crm.invalid"):
            with pytest.raises(SuperOfficeError) as caught:
                get(site, proxy=address, retries=0)
            assert PASSWORD not in shown(caught.value)
        with SuperOffice(SITE, proxy=address) as client:
            assert PASSWORD not in f"{client!r} {client._settings!r} {vars(client._sender)!r}"
    assert "receive_response_headers" in logged.getvalue()
    assert not [secret for secret in (PASSWORD, "dXNlcjpwcjB4eS1") if secret in logged.getvalue()]


def test_requests_that_sign_in_or_find_a_tenant_use_the_clients_proxy(get: Get) -> None:
    with Faults(status(502)) as proxy:
        with pytest.raises(SuperOfficeError):
            get(Tenant("Cust1", environment="sod"), proxy=proxy.site, retries=0)
        assert proxy.seen[0].startswith(b"CONNECT sod.superoffice.com:443 ")


def test_a_socks_proxy_says_what_to_install(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "socksio", None)
    with pytest.raises(ConfigurationError, match=r"proxy= names a SOCKS proxy, .*: pip install 'httpx\[socks\]'") as no:
        get(SITE, proxy=f"socks5://u:{PASSWORD}@127.0.0.1:9")
    assert PASSWORD not in shown(no.value)


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A site with a certificate of an organisation's own, and the file of what signed it."""
    ca, ours = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    ca.issue_cert("127.0.0.1").configure_cert(ours)
    with Faults(fine(), tls=ours) as server:
        yield server.site.replace("http:", "https:"), tmp_path / "ca.pem"


def test_verify_takes_a_file_or_a_context(get: Get, secured: tuple[str, Path], tmp_path: Path) -> None:
    site, ca = secured
    for verify in (ca, str(ca), ssl.create_default_context(cafile=ca)):
        assert get(site, verify=verify) == 1
    for verify in (True, tmp_path):  # a folder, without names as `openssl rehash` makes them
        with pytest.raises(TlsError, match="certificate verify failed"):
            get(site, verify=verify, retries=0)


def test_from_env_takes_the_options_too(secured: tuple[str, Path]) -> None:
    site, ca = secured
    with SuperOffice.from_env({"SUPEROFFICE_SITE": site}, verify=ca, headers={"X": "1"}, user_agent="a/1") as client:
        assert client.tickets.get(1).ticket_id == 1
    with (
        SuperOffice.from_env({"SUPEROFFICE_SITE": SITE}, proxy="http://127.0.0.1:9", retries=0) as client,
        pytest.raises(ConnectionFailedError, match=r"could not connect to the proxy 127\.0\.0\.1:9"),
    ):
        client.tickets.get(1)


def test_the_user_agent_has_the_programs_own_after_ours_also_where_it_signs_in(box: Sandbox, get: Get) -> None:
    known = box.identity.system_user
    signs: dict[str, Any] = {"system_token": known.system_token, "app_token": known.app_token}
    auth = SystemUserAuth(tenant(box), private_key=known.private_key_pem(), **signs)
    box.requests.clear()
    get(tenant(box), auth=auth, user_agent="myapp/1.0 (desk)")
    paths = [found.path.rpartition("/")[2] for found in box.requests]
    assert paths == [known.tenant, "Authenticate", "jwks", "GetTickets"]
    assert {found.headers["user-agent"] for found in box.requests} == {
        f"superoffice-sdk/{__version__} myapp/1.0 (desk)"
    }


def test_a_user_agent_header_of_a_call_still_replaces_all_of_it(get: Get) -> None:
    with Faults(fine()) as server:
        get(server.site, {"headers": {"User-Agent": "mine"}}, user_agent="myapp/1.0")
        get(server.site)
        assert [sent(head)["User-Agent"] for head in server.seen] == ["mine", f"superoffice-sdk/{__version__}"]
