"""What one response may hold, take and write is bounded by the ids and fields that were asked for."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from io import StringIO
from math import nextafter
from types import SimpleNamespace
from typing import Any

import pytest

from superoffice import (
    APITimeoutError,
    AsyncSuperOffice,
    ConnectionBrokenError,
    InternalServerError,
    InvalidResponseError,
    ResponseTooLargeError,
    SuperOffice,
    TicketDecodeError,
    _decode,
)
from superoffice._decode import WHOLE, Bounds, read_tickets
from superoffice.batch import TicketBatch
from superoffice.problem import Problem, short_repr
from superoffice.transport.redaction import HIDDEN, MOST, Cleaner, told, unescaped
from superoffice_api.api.ticket import get_tickets
from superoffice_api.models import GetTicketsRequest, Ticket
from superoffice_runtime import Response

from ..support.faults import Faults, answer, sends, zipped
from ..support.wire import SITE, answered, transport

pytestmark = pytest.mark.off_document("hostile responses")
MIB = 1024 * 1024
XML = {"content-type": "application/xml"}
# Reads tickets 1 and 2 in one of the ways, and prints the megabytes that took, the lines logged, and how it ended.
CHILD = """
import asyncio, logging, os, resource, sys, tempfile
import click
from superoffice import AsyncSuperOffice, SuperOffice
from superoffice.cli.app import cli
from superoffice_runtime import xml

site, way, ids, lines = *sys.argv[1:3], [1, 2], []
log = logging.Handler()
log.emit = lambda record: lines.append(record.getMessage())
logging.getLogger("superoffice").addHandler(log)

def stream(client):
    with client.tickets.stream(ids) as tickets:
        return list(tickets)

async def later():
    async with AsyncSuperOffice(site, retries=0) as client:
        return await client.tickets.get_many(ids)

ways = {
    "get": lambda client: client.tickets.get(1),
    "get_many": lambda client: client.tickets.get_many(ids),
    "stream": stream,
    "export": lambda client: client.tickets.export(ids, tempfile.mkdtemp() + "/tickets.jsonl"),
    "raw": lambda client: client.tickets.raw(ids).parse(),
    "async": lambda client: asyncio.run(later()),
}

def command(_):
    os.environ["SUPEROFFICE_SITE"] = site
    try:
        cli.main(["get", "1", "2"], standalone_mode=False)
    except SystemExit:  # some are missing
        pass
    except click.ClickException as error:
        raise error.__context__ or error

ways["cli"] = command

def run():
    with SuperOffice(site, retries=0) as client:
        try:
            ways[way](client)
        except Exception as error:
            return type(error).__name__ + " " + str(len(str(error)))
    return "read"

run()  # which imports what it takes
lines.clear()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
ended = run()
print()
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, len(lines), ended)
"""
WAYS = ["get", "get_many", "stream", "export", "raw", "async", "cli"]


def ticket(more: bytes) -> bytes:
    return b'[{"TicketId":1,"Title":"One",' + more + b"}]"


def filled(start: bytes, unit: bytes, end: bytes, size: int = 8 * MIB) -> bytes:
    """Return JSON or XML of a size, nearly all of which is one unit again and again."""
    return start + unit * ((size - len(start) - len(end)) // len(unit)) + end


def in_xml(more: bytes) -> bytes:
    return b"<ArrayOfTicket><Ticket><TicketId>1</TicketId>" + more + b"</Ticket></ArrayOfTicket>"


def peak(body: bytes, way: str, kind: str = "application/json") -> tuple[float, int, list[str]]:
    """Return the megabytes that reading a body took in a process of its own, the lines logged, and how it ended."""
    empty = answer(b"<ArrayOfTicket/>" if "xml" in kind else b"[]", headers=[f"Content-Type: {kind}"])
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(body) + packer.flush()
    hostile = answer(packed, headers=[f"Content-Type: {kind}", "Content-Encoding: gzip"])
    with Faults(sends(empty), sends(hostile)) as server:
        command = [sys.executable, "-c", CHILD, server.site, way]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    megabytes, lines, *ended = ran.stdout.splitlines()[-1].split()
    return float(megabytes), int(lines), ended


ONES = b"[" + b",".join([b"1"] * 1_000_000) + b"]"
MAPS = {
    "elements": ONES,
    "tickets": filled(b"[", b'{"TicketId":1},', b'{"TicketId":1}]'),
    "odd tickets": filled(b"[", b'{"TicketId":1,"Priority":"high"},', b'{"TicketId":1}]'),
    "empty objects": filled(b"[", b"{},", b"{}]"),
    "a map of a field": ticket(b'"FieldProperties":{%s}' % b",".join(b'"k%x":{}' % at for at in range(700_000))),
    "maps in maps": filled(b'[{"TicketId":1,"Priority":[', b'{"":' * 90 + b"0" + b"}" * 90 + b",", b"0]}]"),
    "a name again": filled(b'[{"TicketId":1', b',"Title":"x"', b"}]"),
    "half characters": ticket(
        b'"FieldProperties":{%s}' % b",".join(rb'"k%x":{"FieldType":"\ud800"}' % at for at in range(200_000))
    ),
}
TEXTS = {
    "a title": filled(b'[{"TicketId":1,"Title":"', b"a", b'"}]'),
    "two bytes a character": filled(b'[{"TicketId":1,"Title":"', "\u0436".encode(), b'"}]'),
    "escapes": filled(b'[{"TicketId":1,"Title":"', rb"\u0041", b'"}]'),
    "of another type": filled(b'[{"TicketId":1,"Title":"One","Priority":"', b"a", b'"}]'),
    "an unknown state": filled(b'[{"TicketId":1,"BaseStatus":"', b"a", b'"}]'),
    "an unknown field": filled(b'[{"TicketId":1,"Zzz":"', b"error", b'"}]'),
}


@pytest.mark.parametrize("name", MAPS)
def test_maps_take_at_most_15_times_their_bytes(name: str) -> None:
    megabytes, lines, _ = peak(MAPS[name], "get_many")
    assert megabytes <= 15 * len(MAPS[name]) / MIB
    assert lines <= 101


@pytest.mark.parametrize("name", TEXTS)
def test_texts_take_at_most_3_times_their_bytes(name: str) -> None:
    megabytes, lines, ended = peak(TEXTS[name], "get_many")
    assert megabytes <= 3.1 * len(TEXTS[name]) / MIB  # some of it is Python's own
    assert (lines <= 1, ended) == (True, ["read"])


@pytest.mark.parametrize("way", WAYS)
def test_a_million_elements_for_two_ids_are_an_error(way: str) -> None:
    megabytes, lines, (kind, length) = peak(ONES, way)
    assert (megabytes < 50, lines, kind, int(length) < 500) == (True, 0, "InvalidResponseError", True)


@pytest.mark.parametrize(
    "body",
    [
        filled(b"<ArrayOfTicket>", b"<a/>", b"</ArrayOfTicket>"),
        filled(in_xml(b"<Z>").partition(b"</Ticket>")[0], b"<a/>", b"</Z></Ticket></ArrayOfTicket>"),
        in_xml(b"<Z %s/>" % b" ".join(b"k%x=''" % at for at in range(800_000))),
    ],
    ids=["items", "unknown elements", "attributes"],
)
def test_xml_takes_no_more(body: bytes) -> None:
    megabytes, lines, ended = peak(body, "get_many", "application/xml")
    assert (megabytes <= 3 * len(body) / MIB, lines, ended[0]) == (True, 0, "InvalidResponseError")


@pytest.mark.parametrize("element", ["1", '{"TicketId":%d}', "null", '{"TicketId":%d,"Priority":"high"}'])
def test_elements_past_twice_the_ids_and_a_hundred_are_an_error(element: str) -> None:
    def elements(count: int) -> str:
        return "[" + ",".join(element.replace("%d", str(at + 1)) for at in range(count)) + "]"

    try:
        found: Any = answered(elements(104), [1, 2])
    except TicketDecodeError as error:  # of what is no ticket at all
        found = error.batch
    assert len(found) + len(found.unexpected) == (104 if "TicketId" in element else 0)
    with pytest.raises(InvalidResponseError, match=r"more than 104 elements, where 2 tickets were asked for"):
        answered(elements(105), [1, 2])


def test_as_many_tickets_as_may_come_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_decode, "_OddPage", None)
    bounds = Bounds(2)
    content = json.dumps([{"TicketId": at, "Title": "One"} for at in range(1, bounds.elements + 1)]).encode()
    assert len(read_tickets(content, WHOLE, None, bounds)[0]) == 104


def test_elements_of_a_large_response_are_counted_before_they_are_decoded() -> None:
    large = json.dumps([{"TicketId": at, "Title": "x" * 600} for at in range(1, 106)])
    with pytest.raises(InvalidResponseError, match="more than 104 elements"):
        answered(large, [1, 2])


def test_what_xml_holds_is_counted_as_in_json() -> None:
    items = b"<ArrayOfTicket>%s</ArrayOfTicket>"
    one = b"<Ticket><TicketId>%d</TicketId></Ticket>"
    found = answered(items % b"".join(one % at for at in range(1, 105)), [1, 2], headers=XML)
    assert len(found.unexpected) == 102
    with pytest.raises(InvalidResponseError, match="more than 104 elements"):
        answered(items % b"".join(one % at for at in range(1, 106)), [1, 2], headers=XML)


def test_the_generated_functions_are_bounded_too() -> None:
    for content, headers in ((ONES, None), (filled(b"<ArrayOfTicket>", b"<a/>", b"</ArrayOfTicket>"), XML)):
        with (
            SuperOffice(SITE, transport=transport(content, headers=headers)) as client,
            pytest.raises(InvalidResponseError, match="more than 26,000 values") as raised,
        ):
            get_tickets.sync(client, GetTicketsRequest(ticket_ids=[1, 2]))
        assert raised.value.ids == (1, 2)


def full(id_: int) -> dict[str, Any]:
    """Return a ticket with all fields, 200 fields of its own among them, which have 1,000 characters each."""
    right = {"FieldRight": {"Mask": "None", "Reason": ""}, "FieldType": "string", "FieldLength": 5000}
    properties = {f"Field{at}": right for at in range(265)}
    own = {f"x_{at}": "a, {b} [c] \U0001f600 " * 60 for at in range(200)}
    names = Ticket(ticket_id=id_, title="Title").to_dict(api_names=True)
    return {**names, "FieldProperties": properties, "ExtraFields": own}


@pytest.mark.parametrize("escaped", [False, True])
def test_large_tickets_of_an_honest_server_are_read(escaped: bool) -> None:
    content = json.dumps([full(at) for at in range(1, 6)], ensure_ascii=escaped)
    assert len(content) > 900_000
    found = answered(content, range(1, 6))
    assert (len(found), found.problems, len(found[0].field_properties)) == (5, (), 265)


def test_many_tickets_of_an_honest_server_are_read() -> None:
    made = [{**full(at), "ExtraFields": {}} for at in range(1, 1001)]
    with SuperOffice(SITE, transport=transport(made), batch_size=1000) as client:
        found = client.tickets.get_many(range(1, 1001))
    assert (len(found), found.problems, found.unexpected) == (1000, (), ())


@pytest.mark.parametrize("ids", [1, 3])
def test_accepted_bytes_follow_the_ids(ids: int) -> None:
    largest = 8 * MIB + ids * MIB // 4
    fits = filled(b'[{"TicketId":1,"Title":"', b"a", b'"}]', largest)

    async def later(site: str) -> None:
        async with AsyncSuperOffice(site, retries=0) as client:
            await client.tickets.get_many(range(1, ids + 1))

    with Faults(sends(zipped(fits)), sends(zipped(fits + b" "))) as server:
        with SuperOffice(server.site, retries=0) as client:
            assert client.tickets.get_many(range(1, ids + 1))[0].ticket_id == 1
            with pytest.raises(ResponseTooLargeError, match=rf"past {largest:,} bytes.*max_response_bytes="):
                client.tickets.get_many(range(1, ids + 1))
        with pytest.raises(ResponseTooLargeError, match=f"past {largest:,} bytes"):
            asyncio.run(later(server.site))
        with SuperOffice(server.site, retries=0, max_response_bytes=largest + 1) as client:
            assert client.tickets.get_many(range(1, ids + 1))[0].ticket_id == 1


def odd(count: int, each: Callable[[int], Any] = str) -> dict[str, Any]:
    return {f"k{at}": {"FieldType": f"\ud800{each(at)}"} for at in range(count)}


def test_problems_past_their_bound_are_counted(logged: StringIO) -> None:
    content = json.dumps([{"TicketId": 1, "Title": "One", "FieldProperties": odd(1500)}, {"TicketId": "2"}])
    with pytest.raises(TicketDecodeError) as raised:
        answered(content, [1])
    problems = raised.value.batch.problems
    assert len(problems) == 1022  # 1,000, 20 for the id, the one that cost a ticket, and the count of the others
    assert str(problems[-1]) == "and 480 more values that did not decode"
    assert problems[-2].fatal
    assert "and 922 more problems, which the result lists" in logged.getvalue()


def test_past_their_bound_those_are_told_that_cost_a_ticket() -> None:
    bounds = Bounds(3)
    bounds.problems = 0
    content = b'[{"TicketId":1,"Author":5},{"TicketId":2,"Error":"no access"},{"TicketId":3,"Title":5}]'
    _, problems = read_tickets(content, WHOLE, None, bounds)
    assert [(problem.ticket_id, problem.field) for problem in problems] == [(2, "TicketId"), (None, None)]
    assert str(problems[-1]) == "and 2 more values that did not decode"


def test_a_path_is_cut(logged: StringIO) -> None:
    names = {f"{at}": "\ud800" for at in range(5)}
    batch = answered(json.dumps([{"TicketId": 1, "Title": "x", "FieldProperties": {"n" * 100_000: names}}]))
    assert [len(problem.field or "") for problem in batch.problems] == [200] * 5
    assert len(logged.getvalue()) < 20_000


def test_of_many_long_values_the_type_is_told() -> None:
    values: list[Any] = ["x" * 9_000 + str(at) for at in range(20)] + [7, ["y" * 200_000], "short"]
    found = [problem.value for problem in told([Problem(1, "A", each, "odd", 0) for each in values], Cleaner(tuple))]
    assert found[:11] == values[:11]
    assert found[11:20] == ["a str of more than 100 characters, among many of such"] * 9
    assert found[20:] == [7, "a list of more than 100 characters, among many of such", "short"]


def test_a_repr_is_made_no_further_than_it_is_shown() -> None:
    value = {"a": [1, b"x", {}, None], "b": {"c": [[]]}}
    assert all(short_repr(value, most) == repr(value)[:most] for most in range(80))
    assert short_repr([value] * 10**7, 20) == repr([value])[:20]
    assert short_repr("ab" * 10**8, 5) == "'abab"
    deep: list[Any] = []
    for _ in range(150):
        deep = [deep]
    assert short_repr(deep, 10_000) == "[" * 101 + "]" * 101


def seconds(run: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        run()
        best = min(best, time.process_time() - began)
    return best


def fails_with(body: bytes) -> Callable[[], object]:
    def run() -> None:
        with (
            SuperOffice(SITE, transport=transport(body, status=500), retries=0) as client,
            pytest.raises(InternalServerError),
        ):
            client.tickets.get(1)

    return run


def reads(body: bytes) -> Callable[[], object]:
    def run() -> None:
        with SuperOffice(SITE, transport=transport(body)) as client:
            client.tickets.get_many([1])

    return run


def unreadable(count: int) -> Callable[[], object]:
    ids = range(1, 2 * count + 1)
    problems = [Problem(at, "Title", None, "odd", 0, fatal=True) for at in range(1, count + 1)]
    return lambda: TicketBatch(ids, list[Ticket](), problems)


@pytest.mark.parametrize(
    "job",
    [
        lambda size: fails_with(b'{"Message":"' + rb"\n" * size + b'"}'),
        lambda size: fails_with(b'"' + b"<title" * size + b'"'),
        lambda size: fails_with(b'{"Message":"' + b" at" * size + b'"}'),
        lambda size: reads(b'[{"TicketId":1,"Zzz":"' + b"error" * size + b'"}]'),
        lambda size: reads(b'[{"TicketId":1,"' + b"error" * size + b'":null}]'),
        lambda size: reads(b'[{"TicketId":1,"Priority":' + b"9" * size * 5 + b"}]"),
        unreadable,
    ],
    ids=["lines", "titles", "blanks", "a text of errors", "a name of errors", "a number", "unreadable tickets"],
)
def test_nothing_takes_the_square_of_what_came(job: Callable[[int], Callable[[], object]]) -> None:
    for _ in range(5):  # a busy machine makes some look slow
        small, large = seconds(job(5_000)), seconds(job(40_000))
        if large < 24 * small + 0.05:  # eight times as long; the square would be 64 times
            return
    pytest.fail(f"{large} s for eight times what took {small} s")


def test_numbered_characters_of_any_length_are_read() -> None:
    assert unescaped("&#" + "9" * 5000 + "; &#0; &#x41; &#" + "0" * 5000 + "65; &# &amp;") == "\ufffd \ufffd A A &# &"
    fails_with(b'{"Message":"&#' + b"9" * 5000 + b';"}')()
    hidden = Cleaner(lambda: ["pa55w/rd"])("&#" + "9" * 5000 + "; pa55w&#47;rd")
    assert HIDDEN in hidden
    assert "pa55w" not in hidden


@pytest.mark.parametrize(
    "body",
    [
        {"Message": "no", "access_token": "abcdefghijklm" * 10_000},
        {"Message": "no", **{f"t{at}_token": f"abcd{at:012}" for at in range(10_000)}},
        {"Message": "no", "access_token": r"\u005c%2525" * 10_000},
    ],
)
def test_of_a_response_of_secrets_without_end_nothing_is_shown(body: Any) -> None:
    with (
        SuperOffice(SITE, transport=transport(body, status=500), retries=0) as client,
        pytest.raises(InternalServerError, match=r"the server failed \(500\): \[hidden\]") as raised,
    ):
        client.tickets.get(1)
    assert "abcd" not in str(vars(raised.value)["body"])


def test_an_error_keeps_little_of_a_long_body() -> None:
    body = b'{"Message":"no","More":[' + b'{"":0},' * 1_000_000 + b"0]}"
    with (
        SuperOffice(SITE, transport=transport(body, status=500), retries=0) as client,
        pytest.raises(InternalServerError, match="the server failed") as raised,
    ):
        client.tickets.get(1)
    error: Any = raised.value
    assert (len(error.body), len(str(error)) < 300, error.server_message) == (MOST, True, None)


@pytest.mark.parametrize("head", ["X-A: " + "a" * 10**6, "\r\n".join(f"Set-Cookie: c{at}=v" for at in range(10**5))])
def test_headers_without_end_are_an_error(head: str) -> None:
    with (
        Faults(sends(answer(headers=[head]))) as server,
        SuperOffice(server.site, retries=0) as client,
        pytest.raises(ConnectionBrokenError, match="the connection broke") as raised,
    ):
        client.tickets.get(1)
    assert len(str(raised.value)) < 500


def test_a_name_that_no_enumeration_has_is_kept_whole() -> None:
    status = answered(json.dumps([{"TicketId": 1, "BaseStatus": "z" * 1000}]))[0].base_status
    assert (str(status), status.is_known) == ("z" * 1000, False)


@pytest.mark.parametrize("late", [-1.0, 1.5])
@pytest.mark.parametrize("title", ["One", "\\ud800"])  # half of a surrogate pair, which takes a second look at all
def test_reading_ends_with_the_time_of_its_call(title: str, late: float) -> None:
    content = filled(b"[", b'{"TicketId":1,"Title":"%s"},' % (title * 1000).encode(), b'{"TicketId":2}]', 4 * MIB)
    bounds = Bounds(content.count(b"{"))
    whole, _ = read_tickets(content, WHOLE, None, bounds)
    if late > 0 and title == "One":
        assert read_tickets(content, WHOLE, None, bounds, ends=time.monotonic() + late) == (whole, [])
    else:
        with pytest.raises(TimeoutError):
            read_tickets(content, WHOLE, None, bounds, ends=time.monotonic() + late)


def test_bounds_grow_with_the_ids() -> None:
    some = {"bytes": 35 * MIB // 4, "elements": 106, "values": 29_000, "problems": 1_060}
    assert vars(Bounds(3)) == {"ids": 3, **some}


@pytest.mark.parametrize("element", [b"1", b"[  ]", b"{  }"])
def test_values_are_counted_by_their_marks(element: bytes) -> None:
    """Each element has a comma before it, or the bracket of the array, and may open one of its own."""
    count = Bounds(1).values // (1 if element == b"1" else 2)
    fits = b"[" + b",".join([element] * count) + b"]"
    with pytest.raises(ValueError, match="more than 102 elements, where 1 tickets"):
        Bounds(1).check_json(fits)
    with pytest.raises(ValueError, match="more than 23,000 values, where 1 tickets"):
        Bounds(1).check_json(fits[:-1] + b"," + element + b"]")


def test_marks_in_texts_are_no_values() -> None:
    title = rb"[{,\"" * 10_000
    values = b",".join([b"1"] * (Bounds(1).values - 4))  # besides the array, the ticket, its title and the list
    fits = b'[{"TicketId":1,"Title":"%s","A":[%s]}]' % (title, values)
    Bounds(1).check_json(fits)
    with pytest.raises(ValueError, match="more than 23,000 values"):
        Bounds(1).check_json(fits.replace(b"1]}]", b"1,1]}]"))


def test_each_value_may_have_two_texts_with_marks() -> None:
    Bounds(1).check_json(b"{%s}" % b",".join([b'"{a,":"[b,"'] * Bounds(1).values))


@pytest.mark.parametrize(
    ("fits", "more"), [(b"<a></a>" * 23_000, b"<a>"), (b"=" * 23_800 + b" " * (800 * 32 - 23_800), b"=")]
)
def test_elements_and_attributes_of_xml_are_counted(fits: bytes, more: bytes) -> None:
    """Of the signs of attributes one in 32 bytes may stand in a text."""
    Bounds(1).check(Response(200, XML, fits))
    with pytest.raises(ValueError, match="more than 23,000 values"):
        Bounds(1).check(Response(200, XML, fits + more))


def later_by(monkeypatch: pytest.MonkeyPatch, *seconds: float) -> None:
    """Have the clock that reading looks at tell these times after 100, the last of them from then on."""
    times = list(seconds)
    clock = SimpleNamespace(monotonic=lambda: 100 + (times.pop(0) if len(times) > 1 else times[0]))
    monkeypatch.setattr(_decode, "time", clock)


TICKET = b'[{"TicketId":1,"Title":"One"}]'


@pytest.mark.parametrize(("ends", "late"), [(100.25, False), (nextafter(100.25, 0), True)])
def test_what_may_not_be_read_in_time_is_read_one_by_one(
    ends: float, *, late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    later_by(monkeypatch, 0, 50)
    content = TICKET.ljust(500_000)  # at 2 MB in a second
    if late:
        with pytest.raises(TimeoutError):
            read_tickets(content, WHOLE, None, Bounds(1), ends=ends)
    else:
        assert read_tickets(content, WHOLE, None, Bounds(1), ends=ends)[0] == [Ticket(ticket_id=1, title="One")]


@pytest.mark.parametrize(("seconds", "late"), [(0.125, False), (0.25, True)])
def test_reading_one_by_one_ends_in_time(seconds: float, *, late: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    later_by(monkeypatch, 0, 0, seconds)
    content = b'[{"TicketId":1},{"TicketId":2}]'.ljust(500_000)
    if late:
        with pytest.raises(TimeoutError):
            read_tickets(content, WHOLE, None, Bounds(2), ends=100.125)
    else:
        assert len(read_tickets(content, WHOLE, None, Bounds(2), ends=100.125)[0]) == 2


def test_what_is_odd_but_short_has_no_need_to_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for title in (rb"\ud800", b"One"):
        later_by(monkeypatch, 0, 50)
        content = b'[{"TicketId":1,"Priority":"x","Title":"%s"}]' % title
        assert read_tickets(content, WHOLE, None, Bounds(1), ends=101)[0][0].ticket_id == 1


@pytest.mark.parametrize("more", [0, 1])
def test_in_a_hurry_no_element_is_larger_than_what_one_id_may_have(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    later_by(monkeypatch, 0)
    content = filled(b'[{"TicketId":1,"Title":"', b"a", b'"}]', Bounds(1).bytes + 2 + more)
    if more:
        with pytest.raises(TimeoutError):
            read_tickets(content, WHOLE, None, Bounds(1), ends=101)
        assert len(read_tickets(content, WHOLE, None, Bounds(1), ends=110)[0]) == 1
    else:
        assert len(read_tickets(content, WHOLE, None, Bounds(1), ends=101)[0]) == 1


def test_in_a_hurry_what_is_no_json_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    later_by(monkeypatch, 0)
    for ends, error in ((100.0, TimeoutError), (101.0, ValueError)):
        with pytest.raises(error):
            read_tickets(b"[}", WHOLE, None, Bounds(1), ends=ends)


def test_a_ticket_that_takes_all_the_time_is_a_timeout() -> None:
    content = filled(b'[{"TicketId":1,"Title":"', b"a", b'"}]', 9 * MIB)

    async def later() -> None:
        async with AsyncSuperOffice(SITE, transport=transport(content), max_response_bytes=10 * MIB) as client:
            with pytest.raises(APITimeoutError, match="could not be read within the time allowed"):
                await client.tickets.get(1, timeout=1)
            assert (await client.tickets.get(1)).ticket_id == 1

    with SuperOffice(SITE, transport=transport(content), max_response_bytes=10 * MIB) as client:
        with pytest.raises(APITimeoutError, match=r"could not be read within the time allowed .*longer timeout="):
            client.tickets.get(1, timeout=1)
        assert client.tickets.raw([1], timeout=1).parse()[0].ticket_id == 1  # whenever the user wishes
    asyncio.run(later())
