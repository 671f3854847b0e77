"""The differences between what a client did and what a case requires, in sentences. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import parse_qsl

import msgspec
from msgspec import UNSET, Struct

from superoffice.select import FIELDS

from .case import Error, Outcome, Problem, Request

SECRET: Final = {"authorization", "cookie", "x-xsrf-token", "so-apptoken"}
_MEDIA: Final = {"content-type", "accept"}
_SHOWN: Final = 120  # characters of a value in a sentence
_CLOSE: Final = timedelta(milliseconds=1)
_COUNTED: Final = ("missing", "unexpected", "problems")
_NEVER: Final = object()


class Sent(Struct, frozen=True, kw_only=True):
    """A request as it was received; the names of headers are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def shown(value: object) -> str:
    """Return a value as JSON, shortened if it is long."""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def same(one: Any, other: Any) -> bool:
    """Compare JSON: true is not 1, and 1.0 is 1.

    >>> same({"a": [1, None]}, {"a": [1.0, None]}), same(True, 1)
    (True, False)
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        members, others = cast("dict[str, Any]", one), cast("dict[str, Any]", other)
        return members.keys() == others.keys() and all(same(members[name], others[name]) for name in members)
    if isinstance(one, list) and isinstance(other, list):
        items, opposite = cast("Sequence[Any]", one), cast("Sequence[Any]", other)
        return len(items) == len(opposite) and all(map(same, items, opposite))
    return bool(one == other)


def of_request(wanted: Request, sent: Sent) -> Iterator[str]:
    """Yield the differences of a request."""
    if sent.method != wanted.method:
        yield f"the method is {sent.method}, not {wanted.method}"
    if sent.path != wanted.path:
        yield f"the path is {sent.path}, not {wanted.path}"
    query = parse_qsl(sent.query, keep_blank_values=True)
    for name, value in query:
        if name not in wanted.query:
            yield f"the query has {name}={value}, which it must not"
        elif value != wanted.query[name]:
            yield f"{name} in the query is {shown(value)}, not {shown(wanted.query[name])}"
    names = [name for name, _ in query]
    yield from (f"{name} is not in the query" for name in wanted.query if name not in names)
    yield from (f"{name} is in the query {names.count(name)} times" for name in wanted.query if names.count(name) > 1)
    for name, wanted_value in wanted.headers.items():
        yield from _of_header(name, wanted_value, sent.headers.get(name.lower()))
    try:
        body = msgspec.json.decode(sent.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        yield "the body is not JSON"
    else:
        if not same(body, wanted.body):
            yield f"the body is {shown(body)}, not {shown(wanted.body)}"


def _of_header(name: str, wanted: str | None, sent: str | None) -> Iterator[str]:
    secret = name.lower() in SECRET  # it may hold real credentials
    if wanted is None:
        if sent is not None:
            yield f"the header {name} is there{'' if secret else f' as {shown(sent)}'}, and must not be"
    elif sent is None:
        yield f"the header {name} is not there; it must be {shown(wanted)}"
    elif name.lower() in _MEDIA:
        if sent.partition(";")[0].strip().lower() != wanted:
            yield f"the header {name} is {shown(sent)}, not {shown(wanted)}"
    elif sent != wanted:
        yield f"the header {name} is {'another' if secret else shown(sent)}, not {shown(wanted)}"


def of_outcome(wanted: Outcome, reported: Outcome) -> Iterator[str]:
    """Yield the differences of an outcome."""
    if wanted.error is None and reported.error is not None:
        yield f"the call ended in the error {reported.error.kind}, and must not"
    elif wanted.error is not None and reported.error is None:
        yield f"the call must end in the error {wanted.error.kind}, and did not"
    elif wanted.error is not None and reported.error is not None:
        yield from _of_error(wanted.error, reported.error)
    if wanted.tickets is not UNSET:
        yield from _of_tickets(wanted.tickets, [] if reported.tickets is UNSET else reported.tickets)
    for name in _COUNTED:
        value, found = getattr(wanted, name), getattr(reported, name)
        if value is UNSET and wanted.error is not None:
            continue
        value, found = _listed(value), _listed(found)
        if not same(value, found):
            yield f"{name} is {shown(found)}, not {shown(value)}"


def _listed(value: Any) -> list[Any]:
    """Return a list that may have been left out; problems are sorted."""
    if value is UNSET:
        return []
    if all(isinstance(one, Problem) for one in value):
        value = sorted(value, key=lambda one: (one.position, one.member or ""))
    return [msgspec.to_builtins(one) for one in value]


def _of_error(wanted: Error, reported: Error) -> Iterator[str]:
    for name in wanted.__struct_fields__:
        value, found = getattr(wanted, name), getattr(reported, name)
        if value is not UNSET and not same(value, found):
            found_text = "was not reported" if found is UNSET else f"is {shown(found)}"
            yield f"the error's {name} {found_text}, not {shown(value)}"


def _of_tickets(wanted: list[dict[str, Any]], reported: list[dict[str, Any]]) -> Iterator[str]:
    ids, found = ([ticket.get("TicketId") for ticket in tickets] for tickets in (wanted, reported))
    if not same(ids, found):
        yield f"the tickets are {shown(found)}, not {shown(ids)}"
        return
    for ticket, other in zip(wanted, reported, strict=True):
        for name, value in ticket.items():
            given = other.get(name, _NEVER)
            if given is _NEVER:
                yield f"{name} of ticket {ticket['TicketId']} was not reported"
            elif not (_same_moment(value, given) if _is_date(name) else same(value, given)):
                yield f"{name} of ticket {ticket['TicketId']} is {shown(given)}, not {shown(value)}"


def _is_date(name: str) -> bool:
    return name in FIELDS and FIELDS[name].type == "date-time"


def _same_moment(value: Any, given: Any) -> bool:
    """Compare date-times: both or neither have an offset, and they differ by less than a millisecond."""
    if not isinstance(value, str) or not isinstance(given, str):
        return same(value, given)
    try:
        one, other = datetime.fromisoformat(value), datetime.fromisoformat(given)
        return (one.tzinfo is None) is (other.tzinfo is None) and abs(one - other) < _CLOSE
    except ValueError:
        return False
