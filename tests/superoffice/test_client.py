"""Both clients against the sandbox over real HTTP."""

from __future__ import annotations

import asyncio
import inspect
import pickle
import pydoc
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

import superoffice
from superoffice import (
    APIConnectionError,
    APIStatusError,
    AsyncSuperOffice,
    AuthenticationError,
    BasicAuth,
    BearerAuth,
    ConfigurationError,
    Environment,
    FileTokenStore,
    Hooks,
    InvalidIdError,
    InvalidInputError,
    InvalidResponseError,
    Locale,
    MissingTicketsError,
    OAuthAuth,
    RawField,
    RetryPolicy,
    SoTicketAuth,
    SuperOffice,
    SystemUserAuth,
    Tenant,
    Ticket,
    TicketBatch,
    TicketNotFoundError,
    Timeout,
    TokenAuth,
    XsrfAuth,
    login,
)
from superoffice.arrow import TableSpec
from superoffice.auth.schemes import Auth
from superoffice.client import EnvironmentOptions as Options
from superoffice.doctor.report import diagnose
from superoffice_sandbox import Sandbox

from ..support.web import NO_TLS
from ..support.wire import SITE, answered

GetMany = Callable[..., TicketBatch[Ticket]]


@pytest.fixture(params=["sync", "async"])
def get_many(request: pytest.FixtureRequest, box: Sandbox, basic: BasicAuth) -> GetMany:
    """`tickets.get_many` of either client, as a plain function."""

    def sync(ids: Any, *, site: str = box.site, auth: Auth | None = basic, **options: Any) -> TicketBatch[Ticket]:
        client_options = {key: options.pop(key) for key in ("transport", "app_token", "timeout") if key in options}
        with SuperOffice(site, auth=auth, **client_options) as client:
            return client.tickets.get_many(ids, **options)

    def run(ids: Any, *, site: str = box.site, auth: Auth | None = basic, **options: Any) -> TicketBatch[Ticket]:
        client_options = {key: options.pop(key) for key in ("transport", "app_token", "timeout") if key in options}

        async def go() -> TicketBatch[Ticket]:
            async with AsyncSuperOffice(site, auth=auth, **client_options) as client:
                return await client.tickets.get_many(ids, **options)

        return asyncio.run(go())

    return sync if request.param == "sync" else run


def answering(content: str, status: int = 200) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: httpx.Response(status, text=content))


def test_order_and_duplicates_are_kept(get_many: GetMany) -> None:
    batch = get_many([829, 3, 439, 3])
    assert [ticket.ticket_id for ticket in batch] == [829, 3, 439, 3]
    assert batch[1] is batch[3]
    assert (len(batch), batch.missing, batch.unexpected) == (4, (), ())
    assert isinstance(batch[0], Ticket)


def test_missing_tickets_are_named(get_many: GetMany) -> None:
    batch = get_many([829, 77777, 1, 77777, 88888])
    assert [ticket.ticket_id for ticket in batch] == [829, 1]
    assert batch.missing == (77777, 88888)
    assert [ticket and ticket.ticket_id for ticket in batch.aligned()] == [829, None, 1, None, None]
    assert set(batch.by_id) == {829, 1}
    with pytest.raises(MissingTicketsError, match="tickets 77777, 88888 not found") as caught:
        batch.raise_for_missing()
    assert caught.value.ids == (77777, 88888)


def test_no_ids_no_request(get_many: GetMany) -> None:
    batch = get_many([], transport=answering("never sent", 500))
    assert (len(batch), batch.missing) == (0, ())
    batch.raise_for_missing()


def test_another_order_and_unexpected_tickets_are_sorted_out(get_many: GetMany) -> None:
    transport = answering('[{"TicketId": 2}, {"TicketId": 9}, {"TicketId": 1}]')
    batch = get_many([1, 2, 3], transport=transport)
    assert [ticket.ticket_id for ticket in batch] == [1, 2]
    assert [ticket.ticket_id for ticket in batch.unexpected] == [9]
    assert batch.missing == (3,)
    assert repr(batch) == "<TicketBatch of 2, 1 missing>"


def test_get_gives_one_ticket_or_says_that_it_is_not_there(client: SuperOffice, box: Sandbox, basic: BasicAuth) -> None:
    assert client.tickets.get(1234).title == "Cannot access customer portal - Login button not working"
    with pytest.raises(TicketNotFoundError, match="ticket 77777 not found"):
        client.tickets.get(77777)

    async def go() -> None:
        async with AsyncSuperOffice(box.site, auth=basic) as other:
            assert (await other.tickets.get(1234)).ticket_id == 1234
            with pytest.raises(TicketNotFoundError):
                await other.tickets.get(77777)

    asyncio.run(go())


@pytest.mark.parametrize("scheme", ["basic", "so_ticket", "bearer", "xsrf"])
def test_every_scheme_signs_in(scheme: str, get_many: GetMany, box: Sandbox) -> None:
    given = box.credentials
    auths: dict[str, tuple[Auth, Auth]] = {
        "basic": (BasicAuth(given.user, given.password), BasicAuth(given.user, "wrong")),
        "so_ticket": (SoTicketAuth(given.so_ticket), SoTicketAuth("7T:wrong")),
        "bearer": (BearerAuth(given.token), BearerAuth("8A:wrong")),
        "xsrf": (XsrfAuth(given.xsrf_token, {"session": given.session}), XsrfAuth(given.xsrf_token, {"session": "no"})),
    }
    right, wrong = auths[scheme]
    assert len(get_many([1], auth=right, app_token=given.app_token)) == 1
    for options in ({"auth": wrong}, {"auth": right, "app_token": "wrong"}):
        with pytest.raises(AuthenticationError) as caught:
            get_many([1], **options)
        assert caught.value.status_code == 401
        assert (caught.value.server_message or "").startswith("Authorization has been denied for this request.")


def test_without_sign_in_the_server_refuses(get_many: GetMany) -> None:
    said = r"asks for credentials, and none were given \(401\).*; give auth=, such as BasicAuth\(.*, or for from_env"
    with pytest.raises(AuthenticationError, match=said):
        get_many([1], auth=None)
    with pytest.raises(AuthenticationError, match=r"did not accept the credentials \(401\).*; check auth="):
        get_many([1], auth=None, headers={"AUTHORIZATION": "Bearer wrong"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("null", "null, which is how it responds to some failed calls"),
        ('{"Error": true, "ErrorType": "X", "ErrorMessage": "Broken", "ErrorSource": "Y"}', "an error: Broken"),
        ("<html>Sign in</html>", "a page or XML"),
        ('[{"TicketId": 1}', "cannot be read as tickets"),
        ("", "cannot be read as tickets"),
        ('{"TicketId": 1}', "cannot be read as tickets"),
    ],
)
def test_a_200_without_tickets_is_an_error(get_many: GetMany, content: str, said: str) -> None:
    with pytest.raises(InvalidResponseError, match=said) as caught:
        get_many([1, 2], transport=answering(content))
    assert caught.value.ids == (1, 2)


@pytest.mark.parametrize(
    ("content", "message", "kind"),
    [
        ('{"Message": "No.", "MessageDetail": "Never."}', "No.", None),
        ('{"Error": true, "ErrorType": "T", "Message": "No.", "ErrorSource": "S"}', "No.", "T"),
        ('{"Error": true, "ErrorType": "T", "ErrorMessage": "No.", "ErrorSource": "S"}', "No.", "T"),
        ("<html>", None, None),
    ],
)
def test_failures_carry_the_servers_words(
    get_many: GetMany, content: str, message: str | None, kind: str | None
) -> None:
    with pytest.raises(APIStatusError, match=r"\(500\)") as caught:
        get_many([5], transport=answering(content, 500))
    error = caught.value
    assert (error.status_code, error.server_message, error.error_type, error.ids) == (500, message, kind, (5,))


def test_a_closed_port_is_a_transport_error(get_many: GetMany) -> None:
    with pytest.raises(APIConnectionError, match="could not connect") as caught:
        get_many([7], site="http://127.0.0.1:9")
    assert caught.value.ids == (7,)


@pytest.mark.parametrize("wrong", [True, 1.0, "1", None, 0, -1, 2**31])
def test_what_is_no_id_is_refused_before_a_request(get_many: GetMany, wrong: object) -> None:
    with pytest.raises(InvalidIdError):
        get_many([1, wrong], transport=answering("never sent", 500))


def test_text_as_a_list_of_ids_is_refused(get_many: GetMany) -> None:
    with pytest.raises(InvalidIdError, match=r"takes several ids, such as .*, not '12'; for one use get\(439\)$"):
        get_many("12")
    with pytest.raises(InvalidIdError, match=r"^raw takes several ids, such as \[12\], not 12$"):
        SuperOffice("https://crm.example.com").tickets.raw(12)  # type: ignore[arg-type]
    with pytest.raises(InvalidIdError, match=r"not 12; for one use get\(12\)$"):
        get_many(12)
    with pytest.raises(InvalidIdError, match=r"not None; for one use get\(439\)$"):
        get_many(None)


def test_what_has_index_is_an_id(get_many: GetMany) -> None:
    class Index:
        def __index__(self) -> int:
            return 439

    assert get_many([Index()])[0].ticket_id == 439


def test_an_array_of_several_is_no_id(get_many: GetMany) -> None:
    import numpy as np

    with pytest.raises(InvalidIdError, match=r"^ids\[0\]: array\(\[1, 2\]\) is a ndarray"):
        get_many(np.array([[1, 2], [3, 4]]), transport=answering("never sent", 500))


def test_a_control_character_in_a_header_is_refused(get_many: GetMany) -> None:
    with pytest.raises(InvalidInputError, match="control character"):
        get_many([1], headers={"X-Note": "a\r\nb"})


def test_a_locale_of_a_call_goes_over_the_clients() -> None:
    sent: list[httpx.Headers] = []
    transport = httpx.MockTransport(lambda request: sent.append(request.headers) or httpx.Response(200, text="[]"))
    with SuperOffice("https://x.example", locale=Locale(language="sv"), transport=transport) as client:
        client.tickets.get_many([1])
        client.tickets.get_many([1], locale=Locale(language=None, culture="nb", time_zone="NO", offset=False))
        client.tickets.get_many([1], headers={"SO-TimeZone": None, "X-Extra": "1"})
    first, second, third = sent
    assert (first["SO-Language"], first["SO-TimeZone"]) == ("sv", "UTC, includeTZOffset")
    assert ("SO-Language" in second, second["SO-Culture"], second["SO-TimeZone"]) == (False, "nb", "NO")
    assert ("SO-TimeZone" in third, third["X-Extra"]) == (False, "1")


TENANTS = r"give one that ends in its name, as https://online3\.superoffice\.com/Cust12345, or Tenant\('Cust12345'\)"


@pytest.mark.parametrize("kind", [SuperOffice, AsyncSuperOffice])
@pytest.mark.parametrize(
    ("site", "said"),
    [
        ("crm.example.com", "no http:// or https://"),
        ("Cust12345", r"the name of a tenant; give Tenant\('Cust12345'\), at a terminal SUPEROFFICE_TENANT="),
        ("https://user:pw@crm.example.com", "holds credentials"),
        (None, "is a text, not None"),
        ("https://[::1", "is not an address"),
        ("https://crm.example.com/?a=b", "a query or a fragment"),
        ("https://crm.example.com/ x", "without blanks"),
        ("https://crm.example.com:port", "a port that is not one"),
        (
            "https://crm.example.com/Remote/Services88/",
            "SOAP services; give https://crm.example.com$",
        ),
        ("https://sod2.superoffice.com/Cust12345/Remote/Services88", r"SOAP services; give https://sod2.*/Cust12345$"),
        ("https://crm.example.com/so/remote/services/Ticket.svc", "SOAP services; give https://crm.example.com/so$"),
        ("https://sod2.superoffice.com/api/v1/Agents/Ticket", f"is not the address of a tenant; {TENANTS}"),
        ("https://sod2.superoffice.com", f"is not the address of a tenant; {TENANTS}"),
        ("https://SOD2.superoffice.com/", f"is not the address of a tenant; {TENANTS}"),
        ("https://online.superoffice.com/api/", f"is not the address of a tenant; {TENANTS}"),
        ("https://qaonline.superoffice.com.:443", f"is not the address of a tenant; {TENANTS}"),
        ("https://online.superoffice.com/login", f"is not the address of a tenant; {TENANTS}"),
        ("https://sod.superoffice.com/Login/common/oauth/tokens", f"is not the address of a tenant; {TENANTS}"),
        ("https://sod.superoffice.com/api/state/Cust12345", f"is not the address of a tenant; {TENANTS}"),
        ("https://online3.superoffice.com/Cust12345/default.aspx", f"is not the address of a tenant; {TENANTS}"),
        ("http://crm.example.com", "plain http"),
        ("http://127.0.0.2", "plain http"),  # a proxy is asked for it
    ],
)
def test_a_site_that_cannot_be_one_is_refused(kind: type, site: str | None, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        kind(site, auth=BasicAuth("user", "pw"))
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("name", ["Authorization", "so-apptoken", "X-XSRF-Token", "Cookie"])
def test_a_calls_own_sign_in_is_not_shown_to_others_either(name: str) -> None:
    sent: list[str] = []
    transport = httpx.MockTransport(
        lambda request: sent.append(request.headers[name]) or httpx.Response(200, text="[]")
    )
    with (
        SuperOffice("http://crm.example.com", transport=transport) as client,
        pytest.raises(InvalidInputError, match="plain http") as caught,
    ):
        client.tickets.get_many([1], headers={name: "s3cr3t"})
    assert "s3cr3t" not in str(caught.value)
    with SuperOffice("http://crm.example.com", transport=transport, allow_http=True) as client:
        client.tickets.get_many([1], headers={name: "s3cr3t"})
    assert sent == ["s3cr3t"]


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        (lambda: BearerAuth(""), "^BearerAuth was given an empty token$"),
        (lambda: SoTicketAuth(""), "^SoTicketAuth was given an empty ticket$"),
        (lambda: BearerAuth("bearer 8A:s3cr3t"), "^BearerAuth takes the token alone, and puts 'bearer' before it"),
        (lambda: SoTicketAuth("SoTicket 7T:s3cr3t"), "^SoTicketAuth takes the ticket alone, and puts 'SoTicket'"),
    ],
)
def test_a_credential_is_neither_empty_nor_a_whole_header(auth: Callable[[], Auth], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        auth()
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    "auth",
    [
        lambda: BasicAuth("user", None),  # type: ignore[arg-type] # as os.environ.get gives it
        lambda: SoTicketAuth(b"7T:s3cr3t"),  # type: ignore[arg-type]
        lambda: BearerAuth(None),  # type: ignore[arg-type]
        lambda: XsrfAuth(None, {}),  # type: ignore[arg-type]
    ],
)
def test_credentials_are_texts(auth: Callable[[], Auth]) -> None:
    with pytest.raises(ConfigurationError, match=r"Auth takes \w+ as text, not as (NoneType|bytes)$"):
        auth()


@pytest.mark.parametrize(
    "end",
    [
        *("", "/", "/api", "/api/", "/API", "/api/v1", "/api/v1/", "/Api/V1", "//api//v1//"),
        *("/api/v1/Agents", "/api/v1/Agents/Ticket", "/API/v1/agents/Ticket/GetTickets/"),
    ],
)
@pytest.mark.parametrize(
    "site",
    [
        "https://sod2.superoffice.com/Cust12345",
        "https://online.superoffice.com:443/cust_12-3",
        "https://crm.example.com",
        "https://crm.example.com/SuperOffice/Web",
        "https://gateway.example.com/login/api/crm",
        "https://gateway.example.com/api/v1/crm",
        "https://gateway.example.com/remote",
        "http://[::1]:8080/x/y",
    ],
)
def test_a_site_may_end_as_superoffice_hands_it_out(site: str, end: str) -> None:
    sent: list[str] = []
    transport = httpx.MockTransport(lambda request: sent.append(str(request.url)) or httpx.Response(200, text="[]"))
    with SuperOffice(site + end, transport=transport) as client:
        assert client.site == site
        client.tickets.get_many([1])
    assert sent == [f"{site.replace(':443', '')}/api/v1/Agents/Ticket/GetTickets"]


def test_no_secret_in_a_repr() -> None:
    secret = "s3cr3t"
    for auth in (BasicAuth("u", secret), SoTicketAuth(secret), BearerAuth(secret), XsrfAuth(secret, {"a": secret})):
        client = SuperOffice("https://x.example", auth=auth, app_token=secret)
        assert secret not in repr(auth) + repr(client) + str(client)


def test_a_servers_cookies_do_not_come_back() -> None:
    seen: list[str | None] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("cookie"))
        return httpx.Response(200, text="[]", headers={"Set-Cookie": "session=of-somebody; Path=/"})

    with SuperOffice("https://x.example", transport=httpx.MockTransport(reply)) as client:
        client.tickets.get_many([1])
        client.tickets.get_many([1])
    assert seen == [None, None]


def test_batches_compare_hash_and_pickle(client: SuperOffice) -> None:
    batch, again = client.tickets.get_many([1, 2]), client.tickets.get_many([1, 2])
    assert batch == again
    assert hash(batch) == hash(again)
    assert batch != client.tickets.get_many([2, 1])
    assert pickle.loads(pickle.dumps(batch)) == batch  # noqa: S301 - our own bytes
    assert batch != [1, 2]
    assert batch[:1] == (batch[0],)
    assert batch.to_dicts(api_names=True)[1]["TicketId"] == batch.to_dicts()[1]["ticket_id"] == 2


def test_empty_dates_are_none_and_times_are_aware(client: SuperOffice) -> None:
    tickets = client.tickets.get_many(range(1, 51))
    assert any(ticket.closed_at is None for ticket in tickets)
    moments = [ticket.created_at for ticket in tickets]
    assert all(moment is not None and moment.tzinfo is not None for moment in moments)


def test_closing_twice_is_harmless(box: Sandbox, basic: BasicAuth) -> None:
    client = SuperOffice(box.site, auth=basic)
    client.tickets.get(1)
    client.close()
    client.close()


def test_a_batch_is_a_table_in_a_notebook(client: SuperOffice) -> None:
    batch = answered([{"TicketId": 1, "Title": "<script>alert(1)</script>", "CreatedAt": "2024-11-15T09:30:00Z"}])
    page = batch._repr_html_()
    assert "<th>title</th>" in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "2024-11-15 09:30" in page
    assert "priority" not in page
    assert "<p>1 more</p>" in answered([{"TicketId": number} for number in range(1, 52)], range(1, 52))._repr_html_()
    assert "of 0" in TicketBatch[Ticket]((), ())._repr_html_()


def test_tickets_become_dictionaries(client: SuperOffice, page_sample: dict[str, Any]) -> None:
    ticket = client.tickets.get(1234, locale=Locale(time_zone=None))
    by_attribute, by_wire = ticket.to_dict(), ticket.to_dict(api_names=True)
    assert list(by_wire) == list(page_sample)
    assert by_attribute["title"] == by_wire["Title"] == page_sample["Title"]
    assert by_wire["FieldProperties"] == page_sample["FieldProperties"]
    assert by_attribute["base_status"] == "Closed"
    assert type(by_attribute["base_status"]) is str
    assert isinstance(hash(ticket), int)


def test_numpy_and_pandas_integers_are_ids(client: SuperOffice) -> None:
    import numpy

    assert [t.ticket_id for t in client.tickets.get_many(numpy.array([439, 829]))] == [439, 829]


def test_settings_come_from_the_environment(box: Sandbox) -> None:
    environ = box.environ
    with SuperOffice.from_env(environ, timeout=5) as client:
        assert client.tickets.get(439).ticket_id == 439
    assert "BearerAuth" in repr(AsyncSuperOffice.from_env({"SUPEROFFICE_TOKEN": "x"}, site="https://x.example"))
    with pytest.raises(ConfigurationError, match=r"takes variables by their names, such as os\.environ"):
        SuperOffice.from_env("https://crm.example.com")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [SuperOffice, AsyncSuperOffice])
def test_the_options_beside_the_environment_are_those_of_the_class(kind: type[SuperOffice | AsyncSuperOffice]) -> None:
    own = {name: taken.annotation for name, taken in inspect.signature(kind).parameters.items()}
    options = {name: taken.__forward_arg__ for name, taken in Options.__annotations__.items()}
    assert own.pop("site") + " | None" == options.pop("site")  # that of the environment
    assert own.pop("transport") in ("httpx.BaseTransport | None", "httpx.AsyncBaseTransport | None")
    assert options.pop("transport") == "httpx.BaseTransport | httpx.AsyncBaseTransport | None"
    assert own == options


@pytest.mark.parametrize("kind", [SuperOffice, AsyncSuperOffice])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"auth": ("tje0", "Tje0")}, r"^auth= is a tuple; .*, such as superoffice\.BasicAuth\(user, password\)$"),
        ({"auth": "8A:secret"}, "^auth= is a str; give what"),
        ({"auth": BasicAuth}, "^auth= is the class BasicAuth; give what"),
        (
            {"locale": "en"},
            r"^locale='en' .*; give a superoffice\.Locale, .*\.Locale\(language='en'\)$",
        ),
        ({"hooks": print}, r"; give a superoffice\.Hooks, such as superoffice\.Hooks\(after=function\)$"),
        ({"auth": httpx.BasicAuth("u", "p")}, r"is a BasicAuth; .*, such as superoffice\.BasicAuth\(user, password\)$"),
        (
            {"timeout": httpx.Timeout(5)},
            r"^timeout= takes a number of seconds over 0 or a superoffice\.Timeout, not httpx\.Timeout\(",
        ),
        ({"timeout": timedelta(seconds=5)}, r"or a superoffice\.Timeout, not datetime\.timedelta"),
        ({"timeout": (5, 10)}, r"or a superoffice\.Timeout, not \(5, 10\); "),
        (
            {"retries": type("Retry", (), {})()},
            r"; give how often a call is retried, 0 for never, or a superoffice\.RetryPolicy$",
        ),
    ],
)
def test_a_setting_of_another_kind_is_told_what_to_give(
    kind: type[SuperOffice | AsyncSuperOffice], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        kind("https://crm.example.com", **options)


@pytest.mark.parametrize(
    ("kind", "transport", "said"),
    [
        (SuperOffice, httpx.AsyncHTTPTransport(verify=NO_TLS), r"httpx.HTTPTransport\(\), and not AsyncHTTPTransport$"),
        (SuperOffice, "https://proxy.example.com", "^transport= takes an httpx.BaseTransport, .* and not str$"),
        (SuperOffice, httpx.HTTPTransport, "and not the class HTTPTransport$"),
        (AsyncSuperOffice, httpx.HTTPTransport(verify=NO_TLS), r"httpx.AsyncHTTPTransport\(\), and not HTTPTransport$"),
    ],
)
def test_a_transport_of_another_kind_is_told_what_to_give(
    kind: type[SuperOffice | AsyncSuperOffice], transport: Any, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        kind("https://crm.example.com", transport=transport)


def test_an_option_of_a_call_of_another_kind_is_told_what_to_give(get_many: GetMany) -> None:
    wrong: Any = "en"
    with SuperOffice("https://crm.example.com") as client:
        with pytest.raises(ConfigurationError, match=r"give a superoffice\.Locale"):
            client.with_options(locale=wrong)
        with pytest.raises(ConfigurationError, match=r"give a superoffice\.Hooks"):
            client.with_options(hooks=wrong)
    with pytest.raises(ConfigurationError, match=r"give a superoffice\.Locale"):
        get_many([1], locale=wrong)
    with pytest.raises(ConfigurationError, match=r"a superoffice\.Timeout, not httpx\.Timeout"):
        get_many([1], timeout=httpx.Timeout(5))
    with pytest.raises(ConfigurationError, match=r"a superoffice\.RetryPolicy$"):
        get_many([1], retries=object())
    with pytest.raises(InvalidInputError, match="headers= takes texts by their names"):
        get_many([1], headers="X-Trace")


class _Unfit:
    """What no argument takes."""


def _callables(box: Sandbox, clients: list[Any], export: Path) -> Iterator[tuple[Callable[..., Any], dict[str, Any]]]:
    """Yield what users call, with the arguments that it must have."""
    known = box.identity.system_user
    where = Tenant(known.tenant, environment=Environment("sandbox", box.site))
    signs = {"system_token": "t", "private_key": known.private_key_pem(), "app_token": "t"}
    person, cookies = {"tenant": where, "client_id": "id"}, {"XSRF-TOKEN": "secret"}
    yield from ((kind, {"site": box.site}) for kind in (SuperOffice, AsyncSuperOffice, diagnose))
    yield from ((BasicAuth, {"user": "u", "password": "p"}), (SoTicketAuth, {"ticket": "t"}))
    yield from ((BearerAuth, {"token": "t"}), (TokenAuth, {"function": str}))
    yield from ((XsrfAuth, {"token": "t", "cookies": cookies}), (XsrfAuth.from_cookies, {"cookies": cookies}))
    yield XsrfAuth.from_page, {"page": '<input name="XSRF_TOKEN" value="secret">', "cookies": {}}
    yield from ((SystemUserAuth, {"tenant": where, **signs}), (OAuthAuth, person), (login, person))
    yield from ((Tenant, {"context": "Cust1"}), (Environment, {"name": "sandbox", "url": box.site}))
    yield from ((kind, {}) for kind in (Hooks, RetryPolicy, Timeout, Locale, FileTokenStore, SuperOffice.from_env))
    yield from ((RawField, {"path": "Mood"}), (Timeout.of, {"value": 5}), (Environment.named, {"name": "sod"}))
    batch: TicketBatch[Any] = TicketBatch([1], [], layout=TableSpec(Ticket))
    yield from ((batch.to_arrow, {}), (batch.to_dicts, {}))
    for client in clients:
        tickets = client.tickets
        yield from ((client.with_options, {}), (tickets.get, {"id": 439}))
        yield from ((method, {"ids": [439]}) for method in (tickets.get_many, tickets.stream))
        yield from ((tickets.export, {"ids": [439], "path": export}), (tickets.stream([439]).to_arrow_batches, {}))


def test_an_argument_of_another_kind_is_refused_before_a_request(
    box: Sandbox, client: SuperOffice, basic: BasicAuth, tmp_path: Path
) -> None:
    async def taken() -> list[str]:
        found: list[str] = []
        async with AsyncSuperOffice(box.site, auth=basic) as other:
            for function, right in _callables(box, [client, other], tmp_path / "tickets.csv"):
                for parameter in inspect.signature(function).parameters.values():
                    if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                        continue
                    for wrong in (_Unfit(), *(["no", 1, None] if parameter.annotation == "bool" else [])):
                        try:
                            made = function(**{**right, parameter.name: wrong})
                            _ = await made if inspect.isawaitable(made) else made
                        except (ConfigurationError, InvalidInputError):
                            continue
                        found.append(f"{function} takes {parameter.name}={wrong!r}")
        return found

    box.requests.clear()
    assert asyncio.run(taken()) == []
    assert not list(box.requests)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Hooks(after=5), "^after=5 cannot be used; give a function that takes an event$"),  # type: ignore[arg-type]
        (lambda: SuperOffice("http://crm", allow_http="no"), "^allow_http='no' cannot be used; give True or False$"),  # type: ignore[arg-type]
        (lambda: RetryPolicy(statuses={"503"}), "^statuses='503' cannot be used; give HTTP statuses, such as .503.$"),  # type: ignore[arg-type]
        (lambda: Tenant("Cust1", allowed_hosts=[5]), "^allowed_hosts is a list of hosts: .* not "),  # type: ignore[list-item]
    ],
)
def test_an_argument_of_another_kind_is_told_what_to_give(make: Callable[[], object], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        make()


@pytest.mark.parametrize("headers", [{"X-Trace": 7}, {7: "X-Trace"}, {"X-Trace": "a\nb"}])
def test_the_headers_of_a_stream_are_refused_when_it_is_made(client: SuperOffice, headers: Any) -> None:
    with pytest.raises(InvalidInputError, match="header"):
        client.tickets.stream([439], headers=headers)


def test_a_misspelt_option_is_refused_under_the_name_of_what_was_called(box: Sandbox, client: SuperOffice) -> None:
    wrong: dict[str, Any] = {"tiemout": 5}
    tickets = client.tickets
    calls: dict[str, Callable[[], object]] = {
        "SuperOffice": lambda: SuperOffice(box.site, **wrong),
        "AsyncSuperOffice": lambda: AsyncSuperOffice(box.site, **wrong),
        "Tickets.get": lambda: tickets.get(1, **wrong),
        "Tickets.get_many": lambda: tickets.get_many([1], **wrong),
        "Tickets.stream": lambda: tickets.stream([1], **wrong),
        "Tickets.export": lambda: tickets.export([1], "tickets.csv", **wrong),
        "Tickets.raw": lambda: tickets.raw([1], **wrong),
        "AsyncTickets.raw": lambda: asyncio.run(AsyncSuperOffice(box.site).tickets.raw([1], **wrong)),
    }
    box.requests.clear()
    for name, call in calls.items():
        with pytest.raises(
            TypeError, match=rf"^{name}\(\) got an unexpected keyword argument 'tiemout'; did you mean 'timeout'\?$"
        ):
            call()
    with pytest.raises(TypeError, match=r"^Tickets.export\(\) got an unexpected keyword argument 'strict'$"):
        tickets.export([1], "tickets.csv", strict=True)  # type: ignore[call-arg]
    for habit, ours in {
        "max_retries": "retries", "default_headers": "headers", "event_hooks": "hooks", "proxies": "proxy",
    }.items():  # fmt: skip
        guess: dict[str, Any] = {habit: None}  # of users of openai and httpx
        with pytest.raises(TypeError, match=f"'{habit}'; did you mean '{ours}'"):
            SuperOffice(box.site, **guess)
    assert not list(box.requests)


def test_help_shows_options_one_by_one() -> None:
    tickets = superoffice.Tickets
    for method in (tickets.get_many, tickets.stream, tickets.raw, superoffice.AsyncTickets.get):
        shown = inspect.signature(method).parameters
        assert {"locale", "timeout", "retries", "headers", "strict"} < shown.keys()
        assert "options" not in shown
    assert "strict" not in inspect.signature(tickets.export).parameters
    assert inspect.signature(SuperOffice).parameters["batch_size"].default == 100


def test_headers_of_your_own_class_are_asked_for_each_time(box: Sandbox, basic: BasicAuth) -> None:
    asked: list[int] = []

    class Own:
        def headers(self) -> Mapping[str, str]:
            asked.append(1)
            return basic.headers()

    with SuperOffice(box.site, auth=Own()) as client:
        assert [client.tickets.get(id_).ticket_id for id_ in (439, 829)] == [439, 829]
    assert len(asked) == 2


@pytest.mark.parametrize("kind", [SuperOffice, AsyncSuperOffice])
def test_help_of_a_client_leads_to_what_reads_tickets(kind: type[SuperOffice | AsyncSuperOffice]) -> None:
    shown = pydoc.plain(pydoc.render_doc(kind))
    assert "Its `tickets` has `get`, `get_many`, `stream` and `export`" in shown


def test_with_options_changes_each_setting(box: Sandbox, basic: BasicAuth) -> None:
    with SuperOffice(box.site, auth=basic) as client:
        other = client.with_options(
            locale=superoffice.Locale(language="sv"),
            timeout=3,
            retries=RetryPolicy(retries=1),
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
