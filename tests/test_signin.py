"""Sign-in that renews: once, however many wait for it, and one replay after a 401."""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import Any

import pytest

from superoffice import (
    AuthenticationError,
    BearerAuth,
    ConfigurationError,
    RenewingAuth,
    ResponseTooLargeError,
    SignInError,
    SuperOffice,
    TokenAuth,
)
from superoffice._renewal import Ask, AuthStep, Credential
from superoffice_api.facts import Security

from .faults.proxy import Faults, answer, sends, status
from .gate import WAYS, Gate, at_once

MANY = 200


class Tokens:
    """Gives tokens: t1, t2, ... and counts how often it was asked. It waits for `ready` first, where there is one."""

    def __init__(self, *given: object) -> None:
        self.asked = 0
        self._given = given
        self.ready: threading.Event | None = None

    def __call__(self) -> str:
        self.asked += 1
        assert self.ready is None or self.ready.wait(60)
        token = self._given[self.asked - 1] if self.asked <= len(self._given) else f"t{self.asked}"
        if isinstance(token, Exception):
            raise token
        return str(token)


def told_when(auth: RenewingAuth, count: int) -> threading.Event:
    """Give an event that is set once so many calls have begun and need a credential."""
    told, begun, get = threading.Event(), iter(range(1, count + 1)), auth.credential.get

    def counting(*args: Any, **options: Any) -> Any:
        if next(begun, count) == count:
            told.set()
        return get(*args, **options)

    auth.credential.get = counting  # type: ignore[method-assign] # it only counts
    return told


@pytest.mark.parametrize("way", WAYS)
def test_many_calls_that_need_a_token_ask_for_one(way: str) -> None:
    tokens = Tokens()
    with Gate("Bearer t1") as gate:
        came = at_once(way, gate.site, MANY, auth=TokenAuth(tokens))
    assert (came, tokens.asked) == (list(range(1, MANY + 1)), 1)


@pytest.mark.parametrize("way", WAYS)
def test_many_calls_whose_token_is_rejected_ask_for_one_other(way: str) -> None:
    tokens = Tokens()
    with Gate("Bearer t2") as gate:
        came = at_once(way, gate.site, MANY, auth=TokenAuth(tokens))
    assert (came, tokens.asked) == (list(range(1, MANY + 1)), 2)
    assert set(gate.seen) == {"Bearer t1", "Bearer t2"}


@pytest.mark.parametrize("way", WAYS)
def test_a_failed_renewal_fails_all_that_waited_and_the_next_call_tries_again(way: str) -> None:
    tokens = Tokens(OSError("no vault"))
    auth = TokenAuth(tokens)
    tokens.ready = told_when(auth, MANY)
    with Gate("Bearer t2") as gate:
        came = at_once(way, gate.site, MANY, auth=auth)
        assert {type(error) for error in came} == {SignInError}
        assert {str(error).partition(" (")[0] for error in came} == {
            "the sign-in could not be renewed: OSError was raised"
        }
        assert {str(error.__cause__) for error in came} == {"no vault"}
        assert [error.ids for error in came] == [(number,) for number in range(1, MANY + 1)]
        assert (tokens.asked, gate.seen) == (1, [])
        assert at_once(way, gate.site, 1, auth=auth) == [1]
    assert tokens.asked == 2


@pytest.mark.parametrize("way", WAYS)
def test_a_second_401_is_an_error_and_no_third_is_asked_for(way: str) -> None:
    tokens = Tokens()
    with Gate() as gate:
        [error] = at_once(way, gate.site, 1, auth=TokenAuth(tokens))
    assert type(error) is AuthenticationError
    assert (error.attempts, gate.seen, tokens.asked) == (2, ["Bearer t1", "Bearer t2"], 2)


@pytest.mark.parametrize("way", WAYS)
def test_the_same_token_again_is_not_sent_again(way: str) -> None:
    tokens = Tokens("same", "same")
    with Gate() as gate:
        [error] = at_once(way, gate.site, 1, auth=TokenAuth(tokens))
    assert type(error) is AuthenticationError
    assert (error.attempts, gate.seen, tokens.asked) == (1, ["Bearer same"], 2)


@pytest.mark.parametrize("way", ["asyncio", "trio"])
def test_an_async_function_is_awaited(way: str) -> None:
    async def token() -> str:
        return "t1"

    with Gate("SoTicket t1") as gate:
        assert at_once(way, gate.site, 3, auth=TokenAuth(token, scheme="SoTicket")) == [1, 2, 3]


class Exchanging(RenewingAuth):
    """Exchanges a secret for a token at an address of its own."""

    scheme = Security.BEARER

    def __init__(self, url: str, *, safe: bool = True) -> None:
        super().__init__()
        self._url = url
        self._safe = safe

    def renew(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        response = yield Ask(method="POST", url=self._url, content=b"secret", safe=self._safe)
        return Credential({"Authorization": f"Bearer {response.content.decode()}"})


@pytest.mark.parametrize("way", WAYS)
def test_a_question_about_sign_in_goes_out_without_sign_in_and_takes_no_slot(way: str) -> None:
    with Faults(status(503), sends(answer(b"t1"))) as service, Gate("Bearer t1") as gate:
        auth = Exchanging(f"{service.site}/tokens?x=1")
        assert at_once(way, gate.site, 5, auth=auth, app_token="app", max_concurrency=1) == [1, 2, 3, 4, 5]
        assert [head.split(b"\r\n")[0] for head in service.seen] == [b"POST /tokens?x=1 HTTP/1.1"] * 2
        assert not [head for head in service.seen if b"SO-AppToken" in head or b"Authorization" in head]


@pytest.mark.parametrize("way", WAYS)
def test_a_redirect_of_a_question_is_not_followed(way: str) -> None:
    with Faults(status(302, "Location: /elsewhere", body=b"moved")) as service, Gate("Bearer moved") as gate:
        assert at_once(way, gate.site, 1, auth=Exchanging(service.site)) == [1]
        assert len(service.seen) == 1


@pytest.mark.parametrize("way", ["threads", "asyncio"])  # httpx leaves generators behind on trio, which warn
def test_an_answer_about_sign_in_is_small(way: str) -> None:
    with Faults(sends(answer(bytes(2**20 + 1)))) as service, Gate() as gate:
        [error] = at_once(way, gate.site, 1, auth=Exchanging(service.site))
    assert str(error).startswith("the sign-in could not be renewed: the answer grew past 1,048,576 bytes")
    assert type(error.__cause__) is ResponseTooLargeError


@pytest.mark.parametrize("url", ["http://login.example.com/", "https://", "ftp://127.0.0.1/", "login.example.com"])
def test_sign_in_goes_to_secure_addresses_only(url: str) -> None:
    with (
        SuperOffice("https://crm.example.com", auth=Exchanging(url)) as client,
        pytest.raises(ConfigurationError, match="sign-in goes to https addresses only"),
    ):
        client.tickets.get(1)


def test_a_client_without_async_refuses_an_async_function() -> None:
    async def token() -> str:
        return "t1"

    with Gate() as gate, SuperOffice(gate.site, auth=TokenAuth(token)) as client:
        with pytest.raises(ConfigurationError, match="AsyncSuperOffice awaits async ones"):
            client.tickets.get(1)
        assert gate.seen == []


def test_static_sign_in_is_not_renewed() -> None:
    with Gate() as gate, SuperOffice(gate.site, auth=BearerAuth("t1")) as client:
        with pytest.raises(AuthenticationError):
            client.tickets.get(1)
        assert gate.seen == ["Bearer t1"]
