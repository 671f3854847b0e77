"""Web sessions and their XSRF values."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from superoffice_sandbox import Sandbox

from ...support.sandbox_calls import PATH
from ...support.web import NO_TLS
from .person import get, post


@pytest.fixture
def browser(box: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=box.site, verify=NO_TLS) as browser:
        yield browser


def sign_in(box: Sandbox, browser: httpx.Client) -> str:
    page = browser.post(box.identity.session_url, data={"user": box.user, "password": box.password})
    assert page.status_code == 200
    return hidden(page)


def hidden(page: httpx.Response) -> str:
    (value,) = re.findall(r'<input type="hidden" name="XSRF_TOKEN" value="([^"]+)">', page.text)
    return str(value)


def call(browser: httpx.Client, xsrf: str) -> httpx.Response:
    return browser.post(PATH, json={"TicketIds": [439]}, headers={"X-XSRF-TOKEN": xsrf})


def test_a_browser_signs_in(box: Sandbox, browser: httpx.Client) -> None:
    page = browser.get(box.identity.session_url)
    assert (page.status_code, "XSRF_TOKEN" in page.text, "Set-Cookie" in page.headers) == (200, False, False)
    xsrf = sign_in(box, browser)
    assert browser.cookies["XSRF-TOKEN"] == xsrf
    assert hidden(browser.get(box.identity.session_url)) == xsrf
    assert call(browser, xsrf).status_code == 200
    for wrong in ("", "x", browser.cookies["session"]):
        assert call(browser, wrong).status_code == 401
    other = {"X-XSRF-TOKEN": xsrf}
    assert post(box.site + PATH, json={"TicketIds": [439]}, headers=other).status_code == 401
    assert post(box.site + PATH, json={"TicketIds": [439]}, headers=other | {"Cookie": "session=x"}).status_code == 401


def test_its_cookies_are_not_for_scripts_or_other_sites(box: Sandbox, browser: httpx.Client) -> None:
    page = browser.post(box.identity.session_url, data={"user": box.user, "password": box.password})
    session, xsrf = page.headers.get_list("Set-Cookie")
    assert re.fullmatch(r"session=[\w-]{43}; HttpOnly; Path=/; SameSite=lax", session)
    assert re.fullmatch(r"XSRF-TOKEN=[\w-]{43}; Path=/; SameSite=lax", xsrf)


def test_a_wrong_password_is_told(box: Sandbox) -> None:
    for form in ({"user": box.user, "password": "x"}, {}):
        page = post(box.identity.session_url, data=form)
        assert (page.status_code, "is wrong" in page.text, "Set-Cookie" in page.headers) == (401, True, False)


def test_a_session_ends_six_hours_after_its_last_use(box: Sandbox, browser: httpx.Client) -> None:
    xsrf = sign_in(box, browser)
    for _ in range(2):
        box.clock.forward(hours=5, minutes=50)
        assert call(browser, xsrf).status_code == 200
    box.clock.forward(hours=6)
    assert call(browser, xsrf).status_code == 401
    assert "XSRF_TOKEN" not in browser.get(box.identity.session_url).text
    again = sign_in(box, browser)
    box.identity.expire()
    assert call(browser, again).status_code == 401


def test_its_value_is_refreshed_when_it_is_asked_to(box: Sandbox, browser: httpx.Client) -> None:
    old = sign_in(box, browser)
    assert "Set-Cookie" not in call(browser, old).headers
    box.identity.refresh_xsrf()
    answer = call(browser, old)
    assert (answer.status_code, answer.headers.get_list("Set-Cookie")) == (
        200,
        [f"XSRF-TOKEN={browser.cookies['XSRF-TOKEN']}; Path=/; SameSite=lax"],
    )
    new = browser.cookies["XSRF-TOKEN"]
    assert new != old
    assert call(browser, old).status_code == 200  # it may have been on its way
    assert hidden(browser.get(box.identity.session_url)) == new
    box.clock.forward(seconds=60)
    assert call(browser, old).status_code == 401
    assert "Set-Cookie" not in call(browser, new).headers


def test_its_value_is_refreshed_every_few_seconds(box: Sandbox, browser: httpx.Client) -> None:
    box.identity.refresh_xsrf(every=600)
    values = {sign_in(box, browser)}
    for _ in range(3):
        box.clock.forward(seconds=600)
        assert call(browser, browser.cookies["XSRF-TOKEN"]).status_code == 200
        values.add(browser.cookies["XSRF-TOKEN"])
    assert len(values) == 4
    with pytest.raises(ValueError, match="more than 0 seconds"):
        box.identity.refresh_xsrf(every=0)


def test_a_cookie_of_no_session_gets_no_value(box: Sandbox) -> None:
    box.identity.refresh_xsrf()
    answer = post(
        box.site + PATH, json={"TicketIds": [439]}, auth=(box.user, box.password), headers={"Cookie": "session=x"}
    )
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
    fixed = {"Cookie": "session=sandbox-session", "X-XSRF-TOKEN": "sandbox-xsrf"}
    assert post(box.site + PATH, json={"TicketIds": [439]}, headers=fixed).status_code == 200
    assert get(box.identity.session_url, headers={"Cookie": "session=x"}).status_code == 200
