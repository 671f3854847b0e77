"""Responses and streams of bytes that no good server sends, each made from a number, and a server that sends them.

The same number always makes the same bytes, so that what a test found can be made again.
"""

from __future__ import annotations

import gzip
import json
import random
import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

import attrs

from superoffice_api.shapes import SHAPES
from superoffice_runtime.xml import write_xml

Random: TypeAlias = random.Random
RESET = struct.pack("ii", 1, 0)
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**70), 10**400, 0.5, -0.0, 1e308, 1e-320, float("nan"),
    float("inf"), "", " ", "0", "null", "NaN", "true", "T", "2022-02-30T00:00:00", "0001-01-01T00:00:00",
    "0001-01-01T01:00:00+01:00", "9999-12-31T23:59:59.9999999", "2024-01-01T00:00:00+99:99", "2024-01-01T24:00:00",
    "\ud800", "\udfff\ud800", "\0", "\x1b[31m", "\u202e", "\r\nX: y", "\ufeff", "\U0010ffff", "a" * 3000, "\\u0000",
    "8A:Cust12345.AbCdEfGhIj", "eyJhbGciOiJub25lIn0.e30.", [], {}, [None], [[]], {"": None}, {"TicketId": 1},
    {"Error": True, "ErrorMessage": "No."}, {"Mask": [], "Reason": {}}, [1] * 50,
)  # fmt: skip
TYPES = (
    "application/json", "application/json; charset=utf-8", "application/json; charset=latin-1", "text/json;charset=x",
    "application/json; charset=utf-16", "application/json; charset=utf-7", "application/json; charset=undefined",
    "application/json; charset=idna", "application/json; charset=hex", "application/json; charset=\x00", "",
    "application/xml", "text/xml; charset=utf-16", "text/html", "text/plain", "application/problem+json", ";", "a/b/c",
    "application/octet-stream", "multipart/mixed; boundary=x", "application/json, text/html", "\xe5/\xe5",
    'application/json; charset="utf-8', "application/json; charset=" + "u" * 500, "application/json; charset=rot13",
)  # fmt: skip
CODINGS = ("gzip", "deflate", "x-gzip", "gzip, gzip", "br", "zstd", "identity", "utf-8", "gzip;q=1", "", ",,", "\xe5",
           "gzip, deflate, gzip", "compress", ", ".join(["gzip"] * 9))  # fmt: skip
STATUSES = (100, 101, 103, 199, 201, 202, 203, 204, 205, 206, 226, 299, 300, 301, 302, 303, 304, 305, 307, 308, 400,
            401, 402, 403, 404, 405, 406, 407, 409, 410, 411, 413, 415, 418, 421, 425, 429, 431, 451, 499, 500, 501,
            502, 503, 504, 511, 520, 599, 600, 700, 999, 0, 99, 1000, "20", "OK", "2 0", "-1", "²00", "")  # fmt: skip
HEADERS = (
    *(f"Retry-After: {value}" for value in ("soon", "-1", "1e9", "9" * 400, "٣", "Wed 9 X", "Mon, 1 Jan "
      "0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -9999", "1, 2", "\xe5", "Mon, 01 Jan 99999999 0:0:0 GMT")),
    *(f"Set-Cookie: {value}" for value in ("", "=", ";", "a", "a=b; expires=never", "a=b; domain=.", "\xe5=\xff", "a=" +
      "b" * 5000, "XSRF-TOKEN=; Path=/; Max-Age=-1", '"a"="b', "a=b; expires=Mon, 01-Jan-99999 00:00:00 GMT")),
    *(f"Location: {value}" for value in ("", "/", "//", "http://[", "https://xn--zzz-.invalid", "script:1", "\xe5")),
    *(f"WWW-Authenticate: {value}" for value in ("", "Basic", "Bearer error=\"\xe5", ",,,", "Negotiate " + "a" * 2000)),
    *(f"Connection: {value}" for value in ("close", "upgrade", "keep-alive, close", "", "\xe5")),
    *(f"Date: {value}" for value in ("", "yesterday", "Mon, 01 Jan 0000 00:00:00 GMT")),
    *(f"X-Request-Id: {value}" for value in ("", "\x1b]0;x\x07", "\xe5" * 9, "a" * 9000, "8A:Cust1.secretsecret")),
    "Upgrade: h2c", "Trailer: X", "Content-Range: bytes 0-1/2", "Content-Length: 5", "Content-Length: -1", "X:", ": y",
    "X y: z", "no colon", " folded: line", "\tfolded", "X: a\x00b", "X: a\x0bb", "X: \xff\xfe", "TE: a", "\x80: a",
    "X: " + "y" * 20_000, "Content-Length: 5, 5", "Transfer-Encoding: gzip", "Transfer-Encoding: identity, chunked",
    "Content-Type: text/html", "Alt-Svc: h3=\":443\"", "Keep-Alive: timeout=0", "Content-Encoding: gzip", "Age: -1",
)  # fmt: skip

VERSIONS = ("HTTP/1.0", "HTTP/2", "HTTP/0.9", "HTTP/1.2", "ICY", "http/1.1", "")
FIRST = (
    b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early\r\nLink: <a>\r\n\r\n" * 5, b"\r\n", b"\r\n\r\n\r\n",
    b"HTTP/1.1 102 P\r\nContent-Length: 5\r\n\r\n", b"HTTP/1.1 101 Switching\r\n\r\n",
)  # fmt: skip
LAST_CHUNKS = (
    *(b"0\r\n\r\n",) * 5, b"0\r\nX: y\r\n\r\n", b"0\r\n\xff\r\n\r\n", b"0\r\n", b"", b"-1\r\n\r\n", b"zz\r\n", b"0\n\n",
    b"000\r\n\r\n", b"ffffffffffffffffffff\r\n", b"0\r\nContent-Length: 5\r\n\r\n",
)  # fmt: skip


@cache
def _sample() -> str:
    document = json.loads(files("superoffice_api").joinpath("document.json").read_bytes())
    return json.dumps(document["components"]["examples"]["PageResponse"]["value"][0])


def tickets(ids: tuple[int, ...], title: str) -> list[dict[str, Any]]:
    """Return tickets as a server writes them, all with a title by which to know whose they are."""
    return [{**json.loads(_sample()), "TicketId": id_, "Title": title} for id_ in ids]


def whole(body: bytes, *headers: str, status: object = 200, version: str = "HTTP/1.1") -> bytes:
    """Return a response in one piece, with its length."""
    lines = (f"{version} {status} OK", *headers, f"Content-Length: {len(body)}", "", "")
    return "\r\n".join(lines).encode("latin-1", "replace") + body


def fine(ids: tuple[int, ...], title: str) -> bytes:
    """Return what a good server sends."""
    return whole(json.dumps(tickets(ids, title)).encode(), "Content-Type: application/json; charset=utf-8")


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    pairs: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from _places(inner, (*path, key))


def _odd(chance: Random) -> Any:
    return deepcopy(chance.choice(ODD))


def _put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    value[path[0]] = _put(value[path[0]], path[1:], new)
    return value


def _odd_value(value: Any, chance: Random) -> Any:
    """Put odd values in places of a value, drop some, add some."""
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        places = list(_places(value))
        path = chance.choice(places if chance.random() < 0.1 else places[2:] or places)  # the first two are very large
        value = _put(value, path, _odd(chance) if chance.random() < 0.8 else [_odd(chance), {}])
    if isinstance(value, list) and value and isinstance(value[0], dict):
        first, names = value[0], list(value[0])
        for _ in range(chance.choice((0, 0, 1, 9))):
            first.pop(chance.choice(names or [""]), None)
        if chance.random() < 0.1:
            first["TicketId"] = _odd(chance)
        if chance.random() < 0.1:
            value += [value[0], _odd(chance)][: chance.randint(1, 2)]
    return value


def _deep(chance: Random) -> bytes:
    depth = chance.choice((40, 99, 101, 1025, 30_000))
    opened, closed = chance.choice(((b"[", b"]"), (b'{"a":', b"}"), (b'[{"TicketId":1,"Title":', b"}]")))
    return opened * depth + b"1" + closed * (depth if chance.random() < 0.5 else depth // 2)


def _bytes_changed(content: bytes, chance: Random) -> bytes:
    """Flip, drop, double or put in some bytes."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 3, 20))):
        at = chance.randrange(len(changed) + 1)
        how = chance.randrange(4)
        if how == 0:
            changed[at : at + 1] = bytes((chance.randrange(256),))
        elif how == 1:
            del changed[at : at + chance.choice((1, 2, 40))]
        elif how == 2:
            changed[at:at] = changed[at : at + chance.choice((1, 9, 300))]
        else:
            changed[at:at] = chance.choice(
                (b"\0", b"\r\n", b"\n\n", b"\xff", b'"', b"{", b"]", b"\\u", b"0x", b"<", b"&")
            )
    return bytes(changed)


def _as_json(value: Any, chance: Random) -> bytes:
    text = json.dumps(value, ensure_ascii=chance.random() < 0.5)
    coding = "utf-8" if chance.random() < 0.8 else chance.choice(("utf-16", "utf-8-sig", "latin-1", "utf-32", "cp1252"))
    content = text.encode(coding, "surrogatepass" if coding.startswith("utf") else "replace")
    how = chance.randrange(12)
    if how == 0:
        content = content.replace(b'"Title"', b'"TicketId": 7, "Title": 1, "Title"')
    elif how == 1:
        content = content[: chance.randrange(len(content) + 1)]
    elif how == 2:
        content = content.replace(b"null", chance.choice((b"NaN", b"1e999", b"-Infinity", b"9" * 5000, b"01", b"-")))
    elif how == 3:
        content += chance.choice((b"\n", b"\0", b"[]", b"garbage", b"// a comment", b"\xef\xbb\xbf"))
    elif how == 4:
        content = chance.choice((b"\xef\xbb\xbf", b"\xff\xfe", b")]}',\n", b" " * 9000, b"\0")) + content
    return content


def _as_xml(value: Any, chance: Random) -> bytes:
    try:
        content = write_xml(value, "ArrayOfTicket", SHAPES, replace="?")
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError, OverflowError):
        content = b"<ArrayOfTicket><Ticket><TicketId>1</TicketId><Title>a</Title></Ticket></ArrayOfTicket>"
    how = chance.randrange(8)
    if how == 0:
        content = b'<!DOCTYPE a [<!ENTITY b "c">]>' + content
    elif how == 1:
        content = content[: chance.randrange(len(content) + 1)]
    elif how == 2:
        named = chance.choice(("utf-16", "latin-1", "utf-7", "x", "cp037", "iso-8859-99")).encode()
        content = b'<?xml version="1.0" encoding="' + named + b'"?>' + content
    elif how == 3:
        content = b"<a>" * chance.choice((20, 40, 5000)) + content
    elif how == 4:
        content = content.replace(b"<Title>", b"<Title><b/>&#0;&#xD800;&x;")
    return content


def _body(good: object, chance: Random) -> bytes:
    value = _odd_value(good, chance)
    how = chance.randrange(20)
    if how < 12:
        content = _as_json(value, chance)
    elif how < 15:
        content = _as_xml(value, chance)
    elif how == 15:
        content = _deep(chance)
    elif how == 16:
        content = chance.choice(
            (b"", b"null", b"true", b"0", b'""', b"[]", b"{}", b"[null]", b"[[]]", b"\0", b"<", b"nul")
        )
    elif how == 17:
        content = b"<!doctype html><html><title>Sign in &amp; \xff</title>" + chance.randbytes(chance.randrange(200))
    elif how == 18:
        content = json.dumps({
            chance.choice(("Message", "error", "title", "ErrorMessage", "detail", "fault", "errors")): _odd(chance),
            chance.choice(("status", "ErrorType", "code", "traceId", "innererror")): _odd(chance),
        }).encode()  # fmt: skip
    else:
        content = chance.randbytes(chance.choice((1, 10, 5000)))
    return _bytes_changed(content, chance) if chance.random() < 0.15 else content


def _packed(body: bytes, chance: Random) -> tuple[bytes, list[str]]:
    """Compress a body, or only say so, or badly."""
    if chance.random() < 0.75:
        return body, []
    name = chance.choice(CODINGS)
    how = chance.randrange(6)
    if how < 3:
        for coding in name.split(", "):
            body = zlib.compress(body) if coding == "deflate" else gzip.compress(body, 1) if "gzip" in coding else body
    elif how == 3:
        body = gzip.compress(body, 1)[: -chance.randrange(1, 20)]
    elif how == 4:
        body = gzip.compress(body, 1) * 2 + chance.choice((b"", b"\0" * 9, b"garbage"))
    return body, [f"Content-Encoding: {name}"]


def _chunks(body: bytes, chance: Random) -> bytes:
    size = chance.choice((1, 100, 4000, 10**6)) if len(body) < 3000 else chance.choice((400, 10**6))
    more = chance.choice(("", "", ";a=b", ';q="\r"', " ", ";" + "x" * 300)).encode()
    parts = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x%b\r\n%b\r\n" % (len(part), more, part) for part in parts)


def odd(number: int, good: object) -> bytes:
    """Return the odd response of a number, in the place of a good one's JSON; the connection ends after it."""
    chance = random.Random(number)  # noqa: S311 - no secret
    where = chance.choice(("body", "body", "body", "head", "both"))
    body = json.dumps(good).encode() if where == "head" else _body(good, chance)
    kind = "application/xml" if body.startswith(b"<") and chance.random() < 0.9 else "application/json"
    if where == "body":
        if chance.random() < 0.7:
            return whole(body, f"Content-Type: {kind}")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
        return head.encode() + _chunks(body, chance) + b"0\r\n\r\n"
    body, headers = _packed(body, chance)
    status = 200 if chance.random() < 0.6 else chance.choice(STATUSES)
    if chance.random() < 0.3:
        kind = chance.choice(TYPES)
    headers += [f"Content-Type: {kind}"] * chance.choice((0, 1, 1, 1, 1, 1, 1, 2))
    headers += [chance.choice(HEADERS) for _ in range(chance.choice((0, 0, 0, 1, 2)))]
    framing = chance.randrange(12)
    if framing < 7:
        headers.append(f"Content-Length: {len(body)}")
    elif framing < 9:
        headers.append("Transfer-Encoding: chunked")
        body = _chunks(body, chance) + chance.choice(LAST_CHUNKS)
        if chance.random() < 0.1:
            headers.append("Content-Length: 3")
    elif framing == 9:
        headers.append(f"Content-Length: {max(0, len(body) + chance.choice((-1, 1, -50, 10**6)))}")
    elif framing == 10:
        headers.append("Content-Length: " + chance.choice(("", "x", "1e3", "+5", "0x5", "9" * 30, "-0", "\xb2")))
    chance.shuffle(headers)
    version = "HTTP/1.1" if chance.random() < 0.95 else chance.choice(VERSIONS)
    reason = chance.choice(("OK", "", "N\xf6", "a" * 500, "\x1b[1m"))
    head = "\r\n".join((f"{version} {status} {reason}", *headers))
    first = b"" if chance.random() < 0.9 else chance.choice(FIRST)
    return first + head.encode("latin-1", "replace") + b"\r\n\r\n" + body


@attrs.frozen
class Stream:
    """What comes on a connection: before the request was read, and after, piece by piece; and how it ends."""

    before: bytes = b""
    pieces: tuple[bytes, ...] = ()
    pause: float = 0.0
    then: str = "close"  # or reset, stay, alert (in TLS), plain (end of TLS, then bytes without it)
    handshake: bool = True
    endless: bytes = b""  # sent until the client goes


def _cut(whole: bytes, places: Iterable[int]) -> tuple[bytes, ...]:
    at = sorted(places)
    return tuple(map(whole.__getitem__, map(slice, (0, *at), (*at, None))))


def _with_another(chance: Random, good: bytes, stale: bytes, _: bytes) -> Stream:
    """Send, with a response, one that another request would take for its own."""
    more = chance.choice((stale, stale[: chance.randrange(len(stale))], b"\r\n" + stale, _CONTINUE + stale))
    at = chance.choice((0, 0, len(good), chance.randrange(len(good)), good.index(b"\r\n\r\n") + 3))
    return Stream(pieces=(good[:at], good[at:] + more), then="stay")


def _endless(chance: Random, good: bytes, stale: bytes, noise: bytes) -> Stream:
    """Send headers, chunks, responses before the response, or noise, for ever."""
    begun = chance.choice((b"", b"HTTP/1.1 200 OK\r\n", CHUNKED))
    chunk = chance.choice((b"1\r\n[\r\n", b"5;" + b"x" * 900 + b"\r\n     \r\n", b"2000\r\n" + b" " * 8192 + b"\r\n"))
    some = chance.choice(
        (b"X: y\r\n", b"y" * 500, b"\r\n", b" ", b"0" * 500, b"\0" * 999, noise[:999], _CONTINUE, _EARLY)
    )
    return Stream(pieces=(begun,), endless=chunk if begun == CHUNKED and chance.random() < 0.7 else some)


_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_EARLY = b"HTTP/1.1 103 Early\r\nLink: " + b"a" * 999 + b"\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
_TOO_SOON = b"HTTP/1.1 408 Request Timeout\r\n\r\n"
_ALERT = b"\x15\x03\x03\x00\x02\x02\x50"
_HELLO = b"\x16\x03\x01\xff\xff"
_STREAMS: tuple[Callable[[Random, bytes, bytes, bytes], Stream], ...] = (
    lambda chance, good, stale, noise: Stream(pieces=(noise,)),
    lambda chance, good, stale, noise: Stream(pieces=(_bytes_changed(good, chance),)),
    lambda chance, good, stale, noise: Stream(pieces=(_bytes_changed(good, chance),)),
    lambda chance, good, stale, noise: Stream(pieces=(good[: chance.randrange(len(good))],)),
    lambda chance, good, stale, noise: Stream(pieces=_cut(good, chance.choices(range(len(good)), k=9)), pause=0.01),
    lambda chance, good, stale, noise: Stream(pieces=_cut(good[:400], range(chance.randrange(9, 400))), pause=0.002),
    _with_another,
    _with_another,
    _endless,
    _endless,
    lambda chance, good, stale, noise: Stream(before=chance.choice((good, noise, good[:100], _TOO_SOON))),
    lambda chance, good, stale, noise: Stream(pieces=(_bomb(chance.choice((10**6, 10**7))),)),
    lambda chance, good, stale, noise: Stream(pieces=chance.choice(((), (good[:100],), (good,))), then="alert"),
    lambda chance, good, stale, noise: Stream(pieces=chance.choice(((), (good[:100],), (noise,))), then="plain"),
    lambda chance, good, stale, noise: Stream(before=chance.choice((noise, _ALERT, _HELLO, good)), handshake=False),
    lambda chance, good, stale, noise: Stream(),
)


def _bomb(size: int) -> bytes:
    return whole(gzip.compress(bytes(size), 9), "Content-Encoding: gzip")


def stream(number: int, ids: tuple[int, ...], title: str) -> Stream:
    """Return the hostile stream of a number."""
    chance = random.Random(-1 - number)  # noqa: S311 - no secret
    noise = chance.randbytes(chance.choice((1, 7, 100, 5000, 200_000)))
    stale = fine(tuple(id_ + 1 for id_ in ids), "stale")
    made = chance.choice(_STREAMS)(chance, fine(ids, title), stale, noise)
    ends = chance.choice(("close", "close", "reset", "stay"))
    return attrs.evolve(made, then=ends) if made.then == "close" else made


class Hostile:
    """A server on this machine that gives one connection after the other what `next` says, a stream for each request.

    `asked` is called with each request's head; what it returns is sent in place of `next`, unless that is None.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.next = Stream()
        self.asked: Callable[[bytes], Stream | None] = lambda head: None
        self._tls = tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self.site = f"http{'s' if tls else ''}://127.0.0.1:{self._listening.getsockname()[1]}"
        self.connections = 0
        self.sending = threading.Lock()  # held while a stream is sent

    @contextmanager
    def running(self) -> Iterator[Hostile]:
        accepts = threading.Thread(target=self._accept)
        accepts.start()
        try:
            yield self
        finally:
            self._listening.shutdown(socket.SHUT_RDWR)
            accepts.join(30)
            self._listening.close()
            assert self.ended(0), "the client left a connection open"

    def ended(self, but: int) -> bool:
        """Wait until all connections but so many are over; return whether they are."""
        until = time.monotonic() + 20
        while (count := sum(thread.is_alive() for thread in self._threads)) > but and time.monotonic() < until:
            time.sleep(0.005)
        return count <= but

    def _accept(self) -> None:
        with suppress(OSError):  # that it listens no more
            while True:
                connection, _ = self._listening.accept()
                self.connections += 1
                connection.settimeout(60)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._threads = [thread for thread in self._threads if thread.is_alive()]
                self._threads.append(threading.Thread(target=self._visited, args=(connection,)))
                self._threads[-1].start()

    def _visited(self, connection: socket.socket) -> None:
        raw = connection
        with suppress(OSError):  # an SSLError too: the client has gone, or has had enough
            planned = self.next
            if self._tls is not None and planned.handshake:
                connection = self._tls.wrap_socket(connection, server_side=True)
            if planned.before:
                connection.sendall(planned.before)
            while request := self._request(connection):
                planned = self.asked(request) or self.next
                with self.sending:
                    self._send(connection, planned)
                if planned.then == "reset":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                if planned.then != "stay":
                    break
            else:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        raw.close()
        connection.close()

    @staticmethod
    def _send(connection: socket.socket, planned: Stream) -> None:
        for piece in planned.pieces:
            connection.sendall(piece)
            if planned.pause:
                time.sleep(planned.pause)
        while planned.endless:
            connection.sendall(planned.endless * 20)
        if planned.then in ("alert", "plain") and isinstance(connection, ssl.SSLSocket):
            said = b"\x15\x03\x03\x00\x02\x02\x50" if planned.then == "alert" else b"HTTP/1.1 200 OK\r\n\r\n"
            socket.socket.sendall(connection, said)

    @staticmethod
    def _request(connection: socket.socket) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head:
            if not (part := connection.recv(65536)):
                return b""
            head += part
        head, _, body = head.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        while len(body) < length and (part := connection.recv(65536)):
            body += part
        return head
