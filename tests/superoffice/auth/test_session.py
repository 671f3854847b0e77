"""A web session: its XSRF value and cookies, from a page or from cookies, refreshed when the site refreshes them."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from typing import Any

import pytest

from superoffice import AuthenticationError, ConfigurationError, SuperOffice, XsrfAuth
from superoffice.auth.schemes import cookies_after, hidden_input

from ...support.faults import Faults, Visit, answer
from ...support.gate import WAYS, at_once

SITE = "https://crm.example.com/Cust1/api/v1/Agents/Ticket/GetTickets"


class Web:
    """A site with web sessions: `xsrf` is the value of the only session; `sets` are sent with each response."""

    def __init__(self, xsrf: str, *sets: str) -> None:
        self.xsrf = xsrf
        self.session = "s1"
        self.sets = list(sets)
        self.seen: list[tuple[str, dict[str, str]]] = []
        self._server = Faults(self._script)

    async def _script(self, visit: Visit) -> None:
        head = visit.head.decode()
        xsrf = re.search(r"(?im)^x-xsrf-token: ([^\r]*)", head)
        line = re.search(r"(?im)^cookie: ([^\r]*)", head)
        cookies = {name: morsel.value for name, morsel in SimpleCookie(line[1] if line else "").items()}
        self.seen.append((xsrf[1] if xsrf else "", cookies))
        good = self.seen[-1][0] == self.xsrf and cookies.get("session") == self.session
        number = re.search(rb"[0-9]+", visit.body)
        body = b'[{"TicketId": %s}]' % (number[0] if number else b"0")
        sets = [f"Set-Cookie: {line}" for line in self.sets]
        await visit.send(answer(body if good else b"{}", 200 if good else 401, headers=sets))

    @property
    def site(self) -> str:
        return self._server.site

    def __enter__(self) -> Web:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()


@pytest.mark.parametrize("way", WAYS)
def test_a_value_that_the_site_refreshes_is_sent_from_then_on(way: str) -> None:
    with Web("x1", "XSRF-TOKEN=x2; Path=/", "session=s2; Path=/; HttpOnly") as web:
        auth = XsrfAuth("x1", {"session": "s1"})
        assert at_once(way, web.site, 1, auth=auth) == [1]
        web.xsrf, web.session, web.sets = "x2", "s2", []
        assert at_once(way, web.site, 3, auth=auth) == [1, 2, 3]
        assert web.seen == [("x1", {"session": "s1"})] + [("x2", {"session": "s2", "XSRF-TOKEN": "x2"})] * 3


@pytest.mark.parametrize("way", WAYS)
def test_many_calls_whose_value_was_refreshed_all_succeed(way: str) -> None:
    with Web("x2", "XSRF-TOKEN=x2; Path=/") as web:
        came = at_once(way, web.site, 100, auth=XsrfAuth("x1", {"session": "s1"}))
        assert came == list(range(1, 101))
        assert web.seen[0][0] == "x1"


@pytest.mark.parametrize("way", WAYS)
def test_a_session_that_ended_is_an_error_and_nothing_is_sent_again(way: str) -> None:
    with Web("x2", "other=1; Path=/") as web:
        [error] = at_once(way, web.site, 1, auth=XsrfAuth("x1", {"session": "s1"}))
        assert type(error) is AuthenticationError
        assert len(web.seen) == 2  # again with the cookie that was set, and no more
    with Web("x2") as web:
        [error] = at_once(way, web.site, 1, auth=XsrfAuth("x1", {"session": "s1"}))
        assert (type(error), len(web.seen)) == (AuthenticationError, 1)


def test_sessions_do_not_mix_and_other_sign_in_keeps_no_cookies() -> None:
    with Web("x1", "mark=of-one; Path=/") as web:
        one, two = XsrfAuth("x1", {"session": "s1"}), XsrfAuth("x1", {"session": "s1"})
        with SuperOffice(web.site, auth=one) as first, SuperOffice(web.site, auth=two) as second:
            first.tickets.get(1)
            web.sets = ["mark=of-two; Path=/"]
            second.tickets.get(1)
            web.sets = []
            first.tickets.get(1)
            second.tickets.get(1)
    assert [cookies.get("mark") for _, cookies in web.seen] == [None, None, "of-one", "of-two"]


def test_a_call_with_its_own_cookies_has_those_alone() -> None:
    with Web("x1") as web, SuperOffice(web.site, auth=XsrfAuth("x1", {"session": "s0"})) as client:
        assert client.tickets.get(1, headers={"cookie": "session=s1"}).ticket_id == 1
        with pytest.raises(AuthenticationError):
            client.tickets.get(1, headers={"X-XSRF-Token": "x9"})
        with pytest.raises(AuthenticationError):
            client.tickets.get(1, headers={"Authorization": None})  # it is not to be signed in
    assert web.seen == [("x1", {"session": "s1"}), ("x9", {"session": "s0"}), ("", {})]


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("a=2", {"a": "2"}),
        ("a = 2 ; Path=/; Secure; HttpOnly; SameSite=Lax; Priority=High; Partitioned", {"a": "2"}),
        ("b=2", {"a": "1", "b": "2"}),
        ("a=2=3", {"a": "2=3"}),
        ('a="2"', {"a": '"2"'}),
        ("a=; Max-Age=60", {"a": ""}),
        ("a=2; Domain=example.com", {"a": "2"}),
        ("a=2; Domain=.CRM.example.com", {"a": "2"}),
        ("a=2; Domain=other.example.com", {"a": "1"}),
        ("a=2; Domain=xample.com", {"a": "1"}),
        ("a=2; Path=/Cust1", {"a": "2"}),
        ("a=2; Path=/Cust1/", {"a": "2"}),
        ("a=2; Path=/Cust", {"a": "1"}),
        ("a=2; Path=/Cust1/login", {"a": "1"}),
        ("a=2; Max-Age=0", {}),
        ("a=2; max-age=-1", {}),
        ("a=2; Max-Age=soon", {"a": "2"}),
        ("a=2; Max-Age=" + "9" * 5000, {"a": "2"}),
        ("a=2; Max-Age=-" + "9" * 5000, {}),
        ("a=2; Max-Age=" + "0" * 5000, {}),
        ("a=2; Max-Age=-0", {}),
        ("a=2; Max-Age=\u0660", {"a": "2"}),
        ("a=2; Expires=Wed, 21 Oct 2015 07:28:00 GMT", {}),
        ("a=2; Expires=Wed, 21-Oct-2015 07:28:00 GMT", {}),
        ("a=2; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Max-Age=60", {"a": "2"}),
        ("a=2; Expires=Fri, 31 Dec 9999 23:59:59 GMT", {"a": "2"}),
        ("a=2; Expires=Fri, 31 Dec 99999 23:59:59 GMT", {"a": "2"}),
        ("b=2; Max-Age=0", {"a": "1"}),
        ("a", {"a": "1"}),
        ("=2", {"a": "1"}),
        ("", {"a": "1"}),
        ("a=\u00e4", {"a": "1"}),
        ("a=2\n", {"a": "2"}),
        ("a=2\n3", {"a": "1"}),
    ],
)
def test_cookies_are_kept_as_browsers_keep_them(line: str, kept: dict[str, str]) -> None:
    assert cookies_after({"a": "1"}, SITE, [line]) == kept


@pytest.mark.parametrize(
    ("page", "value"),
    [
        ('<input type="hidden" name="XSRF_TOKEN" value="x1">', "x1"),
        ("<form><INPUT value='x&amp;1' id=XSRF_TOKEN /></form>", "x&1"),
        ('<input name="XSRF_TOKEN"><input name="XSRF_TOKEN" value="x2">', "x2"),
        ('<input name="OTHER" value="x1"><p name="XSRF_TOKEN" value="x1">', None),
        ('<input name="XSRF_TOKEN" value="x1"><![<!--', "x1"),
        ("<![<input", None),
        ("", None),
        ('<input name="XSRF_TOKEN" value="x1"><![odd]', "x1"),
        ("<![odd]", None),
        ("<![[[=p S[/Nl<Fx!", None),
    ],
)
def test_a_page_holds_the_value_in_a_hidden_input(page: str, value: str | None) -> None:
    assert hidden_input(page) == value


def test_a_session_is_made_from_cookies_or_from_a_page() -> None:
    cookies = {"session": "s1", "XSRF-TOKEN": "x1"}
    makers: list[Any] = [
        XsrfAuth.from_cookies(cookies),
        XsrfAuth.from_page('<input type="hidden" name="XSRF_TOKEN" value="x1">', cookies),
    ]
    for auth in makers:
        with Web("x1") as web, SuperOffice(web.site, auth=auth) as client:
            assert client.tickets.get(1).ticket_id == 1
            assert web.seen == [("x1", cookies)]
    with pytest.raises(ConfigurationError, match="no cookie XSRF-TOKEN"):
        XsrfAuth.from_cookies({"session": "s1"})
    with pytest.raises(ConfigurationError, match="no input XSRF_TOKEN"):
        XsrfAuth.from_page("<p>Sign in</p>", {"session": "s1"})
