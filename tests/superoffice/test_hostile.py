"""Whatever bytes a server sends, each client makes of them a typed result or an error of ours, and stays usable.

Every response and stream is made from its number, which a failure tells. `nox -s long` tries 100,000 and 2,000.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import pickle
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from functools import partial
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
import trustme

from superoffice import (
    APIError,
    AsyncSuperOffice,
    OAuthAuth,
    PartialTicket,
    SuperOffice,
    SuperOfficeError,
    Tenant,
    Ticket,
    TicketBatch,
    TicketView,
    Timeout,
)
from superoffice.auth.tenant import Environment

from ..support.hostile import Hostile, Stream, fine, odd, stream, tickets, whole

LONG = "SUPEROFFICE_LONG" in os.environ
RESPONSES = 2_000 if LONG else 150  # in each share
STREAMS = 50 if LONG else 20  # in each share, plain and in TLS
SIGN_INS = 500 if LONG else 40
SHARES = range(50 if LONG else 1)  # so that several processes can do them
STREAM_SHARES = range(20 if LONG else 1)
SIGN_IN_SHARES = range(10 if LONG else 1)


class View(TicketView):
    title: str
    created_at: datetime | None
    priority: int | None


def fits(value: Any, hint: Any) -> bool:
    """Return whether a value is of a type, inside too."""
    kind = get_origin(hint)
    if kind in (Union, UnionType):
        return any(fits(value, each) for each in get_args(hint))
    if kind is dict:
        of_keys, of_values = get_args(hint)
        return type(value) is dict and all(fits(k, of_keys) and fits(v, of_values) for k, v in value.items())
    if kind is list:
        return type(value) is list and all(fits(each, get_args(hint)[0]) for each in value)
    if hasattr(hint, "__struct_fields__"):
        hints = get_type_hints(type(value))
        return isinstance(value, hint) and all(
            fits(getattr(value, name), hints[name]) for name in hints if name[0] != "_"
        )
    if hint in (None, type(None)):
        return value is None
    return (
        isinstance(value, hint) and (hint is not int or type(value) is int) and (hint is not datetime or value.year > 1)
    )


def check_ticket(found: object, kind: type, title: str) -> None:
    assert isinstance(found, kind)
    ticket: Any = found
    names = ("ticket_id", "title") if kind is PartialTicket else get_type_hints(kind)
    hints = get_type_hints(Ticket) | (get_type_hints(kind) if kind is View else {})
    for name in names:
        if name[0] != "_":
            assert fits(getattr(ticket, name), hints[name]), (name, getattr(ticket, name))
    assert ticket.title not in others(title)


def others(title: str) -> set[str]:
    """Return the titles that come with the responses of other calls, sent on the same connection."""
    number, turn = title.removeprefix("call ").partition(";")[0].split(".")
    return {"stale", *(f"call {int(number) - 1}.{each};" for each in (0, 1)), f"call {number}.{1 - int(turn)};"}


def check_batch(batch: Any, kind: type, ids: tuple[int, ...], title: str) -> None:
    assert type(batch) is TicketBatch
    assert batch.requested == ids
    found = [ticket.ticket_id for ticket in batch]
    assert found == [id_ for id_ in ids if id_ in batch.by_id]
    assert set(found) | set(batch.missing) | set(batch.unreadable) >= set(ids)
    assert not set(found) & set(batch.missing)
    for ticket in batch:
        check_ticket(ticket, kind, title)
    for problem in batch.problems:
        assert problem.ticket_id is None or type(problem.ticket_id) is int
        assert str(problem).isprintable()
    repr(batch)
    batch.to_dicts()


def check_error(error: Exception) -> None:
    """An error is of our tree, and can be shown, sent to another process, and handled by its attributes."""
    assert isinstance(error, SuperOfficeError), repr(error)
    assert isinstance(error, APIError), repr(error)
    shown = str(error)
    assert len(shown) < 1000
    assert shown.isprintable(), shown
    assert repr(error)
    assert error.advice
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(again), str(again), repr(vars(again))) == (type(error), shown, repr({**vars(error), "response": None}))
    assert error.status_code is None or type(error.status_code) is int


# How tickets are read: the method, its options, and the class of each ticket.
CALLS: list[tuple[str, dict[str, Any], type]] = [
    ("get_many", {}, Ticket),
    ("get_many", {"select": ["title"]}, PartialTicket),
    ("get_many", {"into": View}, View),
    ("get_many", {"strict": True}, Ticket),
    ("raw", {}, Ticket),
    ("get", {}, Ticket),
    ("get", {"into": View}, View),
    ("stream", {}, Ticket),
]


Read = Callable[[str, tuple[int, ...], dict[str, Any]], Any]


@contextmanager
def both(site: str | Tenant, **options: Any) -> Iterator[list[Read]]:
    """Have a sync and an async client, each as a function that takes a method's name, ids and options."""

    def read(method: str, ids: tuple[int, ...], given: dict[str, Any]) -> Any:
        if method == "stream":
            with sync.tickets.stream(ids, **given) as tickets:
                return list(tickets)
        asked: Any = ids[0] if method == "get" else ids
        came = getattr(sync.tickets, method)(asked, **given)
        return came.parse() if method == "raw" else came

    async def read_async(method: str, ids: tuple[int, ...], given: dict[str, Any]) -> Any:
        if method == "stream":
            async with other.tickets.stream(ids, **given) as tickets:
                return [ticket async for ticket in tickets]
        asked: Any = ids[0] if method == "get" else ids
        came = await getattr(other.tickets, method)(asked, **given)
        return came.parse() if method == "raw" else came

    options = {"retries": 0, "calls_per_second": None, "max_response_bytes": 2_000_000, **options}
    sync, other = SuperOffice(site, **options), AsyncSuperOffice(site, **options)
    with asyncio.Runner() as runner:
        try:
            yield [read, lambda method, ids, given: runner.run(read_async(method, ids, given))]
        finally:
            sync.close()
            runner.run(other.close())


@contextmanager
def running(server: Hostile) -> Iterator[Hostile]:
    """Have a server that is rid of every connection at its end, and a process that is rid of what a client made."""
    before = set(threading.enumerate())
    with server.running():
        yield server
    gc.collect()  # what was left open warns now, and a warning is an error
    assert not set(threading.enumerate()) - before


def check_call(read: Read, number: int, ids: tuple[int, ...], title: str, **more: Any) -> None:
    method, given, kind = CALLS[number % len(CALLS)]
    try:
        came = read(method, ids, {**given, **more})
    except Exception as error:
        check_error(error)
        return
    if method == "get":
        assert came.ticket_id == ids[0]
        check_ticket(came, kind, title)
    elif method == "stream":
        assert [ticket.ticket_id for ticket in came] == [id_ for id_ in ids if id_ in {t.ticket_id for t in came}]
        for ticket in came:
            check_ticket(ticket, kind, title)
    else:
        check_batch(came, kind, ids, title)


def asked_of(number: int, turn: int) -> tuple[tuple[int, ...], str]:
    """Return the ids of a call, and the title by which its tickets are known."""
    return ((number % 7 + 1,), (3, 1, 2), tuple(range(1, 6)))[number % 3], f"call {number}.{turn};"


@contextmanager
def noted(number: int, turn: int, stream: Stream) -> Iterator[None]:
    """Have a failure say what was sent."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"number {number}, turn {turn}: {stream.before[:300]!r}, {b''.join(stream.pieces)[:2000]!r}")
        raise


@pytest.mark.parametrize("share", SHARES)
def test_odd_responses(share: int) -> None:
    with running(Hostile()) as server, both(server.site, timeout=20) as clients:
        for number in range(share * RESPONSES, (share + 1) * RESPONSES):
            for turn, read in enumerate(clients):
                ids, title = asked_of(number, turn)
                server.next = Stream(pieces=(odd(number, tickets(ids, title)),))
                with noted(number, turn, server.next):
                    check_call(read, number, ids, title)
        assert server.ended(2), "a connection that is of no use was left open"


def good_places(site: str) -> dict[str, Any]:
    """Return what a good server says of a tenant, of where people sign in, and of their tokens."""
    places = ("issuer", "authorization_endpoint", "jwks_uri")
    return {
        "state": {"ContextIdentifier": "Cust1", "Api": site, "IsRunning": True, "State": "Running", "Endpoint": site},
        "openid-configuration": {**dict.fromkeys(places, f"{site}/login/x"), "token_endpoint": f"{site}/login/tokens"},
        "tokens": {
            "access_token": "8A:Cust1.token",
            "expires_in": 3600,
            "refresh_token": "again",
            "token_type": "Bearer",
        },
    }


@pytest.mark.parametrize("share", SIGN_IN_SHARES)
def test_odd_responses_while_a_client_signs_in(share: int) -> None:
    with running(Hostile()) as server:
        good = good_places(server.site)
        tenant = partial(Tenant, "Cust1", environment=Environment("hostile", server.site))
        for number in range(share * SIGN_INS, (share + 1) * SIGN_INS):
            name = list(good)[number % 3]
            ids, title = asked_of(number, 0)
            bad = Stream(pieces=(odd(number, deepcopy(good[name])),))

            def asked(head: bytes, name: str = name, bad: Stream = bad) -> Stream | None:
                path = head.split(b" ")[1].decode()
                place = next((each for each in good if each in path), None)
                if place is None:
                    return None
                return bad if place == name else Stream(pieces=(whole(json.dumps(good[place]).encode()),))

            server.asked, server.next = asked, Stream(pieces=(fine(ids, title),))
            auth = OAuthAuth(tenant(), "client", refresh_token="refresh-token")
            with both(tenant(), auth=auth, timeout=20) as clients:
                for turn, read in enumerate(clients):
                    with noted(number, turn, bad):
                        check_call(read, number, ids, title)


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    ca, path = trustme.CA(), tmp_path_factory.mktemp("tls") / "ca.pem"
    ca.cert_pem.write_to_path(path)
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(ours)
    return ours, path


@pytest.mark.parametrize("share", STREAM_SHARES)
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_hostile_streams(share: int, secure: bool, trust: tuple[ssl.SSLContext, Path]) -> None:
    """After each of them a good response is read, and is the one to its own request."""
    options: dict[str, Any] = {"verify": trust[1]} if secure else {}
    short = {"timeout": Timeout(connect=5, read=0.3, write=5, total=0.6)}
    with running(Hostile(trust[0] if secure else None)) as server, both(server.site, **options) as clients:
        for number in range(share * STREAMS, (share + 1) * STREAMS):
            for turn, read in enumerate(clients):
                ids, title = asked_of(number, turn)
                server.next = stream(number, ids, title)
                with noted(number, turn, server.next):
                    check_call(read, number, ids, title, **short)
                    with server.sending:  # what comes later cannot be told from the response to the next request
                        ids, title = tuple(id_ + 1 for id_ in ids), f"call {number}.{turn}; again"
                        server.next = Stream(pieces=(fine(ids, title),), then="stay")
                    assert [ticket.title for ticket in read("get_many", ids, {"retries": 1})] == [title] * len(ids)
        assert server.ended(2), "a connection that is of no use was left open"
