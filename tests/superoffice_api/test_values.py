"""Whatever values a server sends become a typed ticket or an account of what is wrong, never less."""

from __future__ import annotations

import cProfile
import json
import logging
import pickle
import pstats
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest

from superoffice import (
    InvalidResponseError,
    Locale,
    MissingTicketsError,
    RawField,
    SuperOffice,
    TableRight,
    Ticket,
    TicketBaseStatus,
    TicketDecodeError,
    TicketFields,
    TicketNotFoundError,
    TicketView,
    View,
    _decode,
)
from superoffice._decode import NOT_TEXT, WHOLE, Bounds, read_tickets, reader_for, unwritable
from superoffice.transport.redaction import Cleaner
from superoffice_api.api.ticket import get_tickets
from superoffice_api.models import GetTicketsRequest

from ..support.contract_page import DATE_TIME
from ..support.wire import SITE, answered, transport


class Closed(TicketView):
    title: str
    closed_at: datetime


class Dated(TicketView):
    created_at: datetime | None


def one(**members: Any) -> Ticket:
    ticket: Ticket = answered([{"TicketId": 1, **members}])[0]
    return ticket


def test_every_nullable_member_may_be_null_or_left_out() -> None:
    nulls = dict.fromkeys(Ticket.__struct_encode_fields__[1:])
    assert one(**nulls) == one() == Ticket(ticket_id=1)


def test_unknown_members_are_ignored() -> None:
    assert one(Brandnew={"a": [1, None]}, Title="t") == Ticket(ticket_id=1, title="t")


LAST: dict[str, datetime] = {  # of a second: what follows the sixth digit never leads into the next one
    "2024-12-31T23:59:59.9999999": datetime(2024, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "2024-12-31T23:59:59.9999995Z": datetime(2024, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "2024-12-31T12:30:44.99999999999999+01:00": datetime(2024, 12, 31, 11, 30, 44, 999999, tzinfo=UTC),
    "2024-12-31 23:59:59.9999999-0500": datetime(2025, 1, 1, 4, 59, 59, 999999, tzinfo=UTC),
    "2024-02-29t23:59:59.9999999z": datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
    "9999-12-31T23:59:59.9999999": datetime.max.replace(tzinfo=UTC),
    "9999-12-31T23:59:59.9999999Z": datetime.max.replace(tzinfo=UTC),
    "9999-12-31T23:59:59.9999999-14:00": datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
    "2024-12-31T23:59:59.9999994Z": datetime(2024, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "2024-12-31T23:59:59.999999Z": datetime(2024, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
}


@pytest.mark.parametrize("wire", LAST)
@pytest.mark.parametrize(
    "options",
    [{}, {"select": ["Title", "ClosedAt"]}, {"into": Closed}, {"strict": True}, {"locale": Locale(offset=False)}],
)
def test_no_date_is_read_as_another_second(wire: str, options: dict[str, Any]) -> None:
    locale = options.get("locale")
    expected = LAST[wire]
    if locale is not None and wire[-1].isdigit() and not re.search(r"[+-]\d\d:?\d\d$", wire):
        expected = expected.replace(tzinfo=None)
    for odd in ({}, {"Priority": "x"}) if options != {"strict": True} else ({},):  # which is read one by one
        ticket = answered([{"TicketId": 1, "Title": wire, "ClosedAt": wire, **odd}], **options)[0]
        assert (ticket.title, ticket.closed_at) == (wire, expected)
    (ticket,) = answered(
        b'[{"TicketId":1,"Title":"","ClosedAt"  :\n "%s"}]' % wire.replace("+", "\\u002B").encode(), **options
    )
    assert ticket.closed_at == expected


def test_dates_that_are_not_asked_for_as_such_stay_as_they_came() -> None:
    last = "2024-12-31T23:59:59.9999999"
    (ticket,) = answered(
        [{"TicketId": 1, "x_due": last, "Title": f'"ClosedAt":"{last}"'}], select=["Title", RawField("x_due")]
    )
    assert (ticket["x_due"], ticket.title) == (last, f'"ClosedAt":"{last}"')


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        ("2022-10-17T08:26:00Z", datetime(2022, 10, 17, 8, 26, tzinfo=UTC)),
        ("2022-10-17T08:26:00+02:00", datetime(2022, 10, 17, 8, 26, tzinfo=timezone(timedelta(hours=2)))),
        ("2022-10-17T08:26:00-0500", datetime(2022, 10, 17, 8, 26, tzinfo=timezone(timedelta(hours=-5)))),
        ("2022-10-17T08:26:00.1234567Z", datetime(2022, 10, 17, 8, 26, 0, 123457, tzinfo=UTC)),
        ("2022-10-17T08:26:00", datetime(2022, 10, 17, 8, 26, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("member", DATE_TIME)
def test_every_form_of_date_time(member: str, wire: str, expected: datetime) -> None:
    ticket = one(**{member: wire})
    value = getattr(ticket, dict(zip(Ticket.__struct_encode_fields__, Ticket.__struct_fields__, strict=True))[member])
    assert value == expected
    assert value.utcoffset() == expected.utcoffset()


@pytest.mark.parametrize("zone", ["Z", "+01:00", ""])
@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("member", DATE_TIME)
@pytest.mark.parametrize("select", [None, DATE_TIME])
def test_one_odd_date_is_found_in_a_page_without_any(
    select: list[str] | None, member: str, place: int, zone: str
) -> None:
    offset = timezone(timedelta(hours=1)) if zone == "+01:00" else UTC
    attribute = dict(zip(Ticket.__struct_encode_fields__, Ticket.__struct_fields__, strict=True))[member]
    usual = datetime(2024, 7, 1, 8, 0, tzinfo=offset)
    for odd, expected in [
        ("0001-01-01T00:00:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("0001-12-31T23:00:00-14:00", None),  # in another zone this is year 2
        ("0002-01-01T01:00:00+14:00", datetime(2, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=14)))),
        ("2024-07-01T08:00:00", datetime(2024, 7, 1, 8, 0, tzinfo=UTC)),
        ("2024-07-01T08:00:00+02:00", datetime(2024, 7, 1, 8, 0, tzinfo=timezone(timedelta(hours=2)))),
        (None, None),
    ]:
        page = [{"TicketId": id_, **dict.fromkeys(DATE_TIME, f"2024-07-01T08:00:00{zone}")} for id_ in (1, 2)]
        page[place][member] = odd
        tickets, _ = read_tickets(json.dumps(page).encode(), reader_for(select, None), UTC, Bounds(2))
        read = [{name: getattr(ticket, name) for name in ticket.__struct_fields__} for ticket in tickets]
        assert read[place].pop(attribute) == expected
        rest = [value for ticket in read for value in ticket.values() if isinstance(value, datetime)]
        assert rest == [usual] * 19


def test_naive_times_stay_naive_where_no_offset_was_asked_for() -> None:
    wire = [{"TicketId": 1, "CreatedAt": "2022-10-17T08:26:00"}]
    for locale in (Locale(offset=False), Locale(time_zone="NO"), Locale(time_zone=None)):
        assert answered(wire, locale=locale)[0].created_at == datetime(2022, 10, 17, 8, 26)
    assert answered(wire, locale=Locale(time_zone=1))[0].created_at == datetime(2022, 10, 17, 8, 26, tzinfo=UTC)


@pytest.mark.parametrize("suffix", ["", "Z", "+01:00", "-05:00", "+0100", ".0000000", ".0000000Z"])
@pytest.mark.parametrize("clock", ["00:00:00", "01:00:00", "23:00:00"])
def test_the_empty_date_is_none_in_every_form(suffix: str, clock: str) -> None:
    empty = f"0001-01-01T{clock}{suffix}"
    assert one(**dict.fromkeys(DATE_TIME, empty)) == Ticket(ticket_id=1)
    (partial,) = answered([{"TicketId": 1, "ClosedAt": empty}], select=["ClosedAt"])
    assert partial.closed_at is None


def test_objects_may_be_empty() -> None:
    ticket = one(TableRight={}, FieldProperties={})
    assert (ticket.table_right, ticket.field_properties) == (TableRight(), {})
    properties = one(FieldProperties={"x": {}, "y": {"FieldRight": {}}}).field_properties
    assert properties is not None
    assert properties["x"].field_right is None


def test_null_elements_and_tickets_without_id_are_missing() -> None:
    batch = answered(
        [
            *(None, {"TicketId": 2}, {"TicketId": None}, {"TicketId": 0, "Title": ""}, {"Title": "x"}),
            *({"TicketId": 0, "Title": 5}, {"TicketId": None, "Title": 5}),  # odd beside, but no ticket's
        ],
        [1, 2, 3],
    )
    assert [ticket.ticket_id for ticket in batch] == [2]
    assert (batch.missing, batch.problems, batch.unexpected) == ((1, 3), (), ())


@pytest.mark.parametrize(
    ("member", "raw"),
    [
        ("CreatedAt", "2024-11-15"),
        ("CreatedAt", ""),
        ("CreatedAt", "2024-11-15T09:30:00+01"),
        ("CreatedAt", 5),
        ("Priority", "5"),
        ("Priority", 5.5),
        ("Title", 5),
        ("HasAttachment", "true"),
        ("TableRight", "x"),
        ("FieldProperties", {"a": {"FieldLength": "long"}}),
        ("Origin", 3),
    ],
)
def test_an_odd_value_costs_its_member_and_is_told(member: str, raw: object, caplog: pytest.LogCaptureFixture) -> None:
    wire = [{"TicketId": 1, "Author": "a"}, {"TicketId": 2, "Author": "b", member: raw}, {"TicketId": 3, "Author": "c"}]
    with caplog.at_level(logging.WARNING, "superoffice"):
        batch = answered(wire, [1, 2, 3])
    attribute = dict(zip(Ticket.__struct_encode_fields__, Ticket.__struct_fields__, strict=True))[member]
    assert [ticket.author for ticket in batch] == ["a", "b", "c"]
    assert getattr(batch[1], attribute) is None
    (problem,) = batch.problems
    assert (problem.ticket_id, problem.field, problem.value, problem.position) == (2, member, raw, 1)
    assert f"ticket 2, {member}: {raw!r} does not decode" in caplog.text
    with pytest.raises(TicketDecodeError, match=f"ticket 2, {member}"):
        answered(wire, [1, 2, 3], strict=True)


def test_odd_values_do_not_disturb_dates_of_the_same_ticket() -> None:
    batch = answered(
        [{"TicketId": 1, "Title": 5, "CreatedAt": "0001-01-01T00:00:00", "ClosedAt": "2024-01-01T00:00:00"}]
    )
    assert batch[0].created_at is None
    assert batch[0].closed_at == datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("options", [{}, {"select": ["CreatedAt"]}, {"into": Dated}])
def test_an_answer_in_which_nothing_is_odd_is_read_at_once(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Empty and naive dates are not odd. Tickets read one by one cost several times as much."""
    monkeypatch.setattr(_decode, "_OddPage", None)
    wire = [
        {"TicketId": 1, "CreatedAt": "2024-11-15T09:30:00"},
        {"TicketId": 2, "CreatedAt": "0001-01-01T00:00:00"},
        {"TicketId": 3, "CreatedAt": None},
    ]
    batch = answered(wire, [1, 2, 3], **options)
    assert [ticket.created_at for ticket in batch] == [datetime(2024, 11, 15, 9, 30, tzinfo=UTC), None, None]


def test_a_field_named_as_an_error_costs_no_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_decode, "_OddPage", None)
    for member in ("Author", "CreatedAt"):
        (ticket,) = answered([{"TicketId": 1, member: "2024-11-15T09:30:00Z", "Error": "e"}])
        assert ticket.to_dict(api_names=True)[member]


def test_dates_are_settled_at_full_speed_wherever_all_of_them_are_asked_for() -> None:
    class Due(Ticket):
        deadline: datetime  # type: ignore[assignment] # narrower than the base's: that is the point

    assert reader_for(None, None).dates is Ticket
    dates = [field.path for field in vars(TicketFields).values() if getattr(field, "type", "") == "date-time"]
    assert reader_for(dates, None).dates is Ticket
    assert reader_for(dates[1:], None).dates is not Ticket
    assert reader_for(None, type("Own", (Ticket,), {})).dates is Ticket
    assert reader_for(None, Due).dates is not Ticket


@pytest.mark.parametrize("options", [{"select": ["Title"], "into": None}, {"select": None, "into": Dated}])
def test_a_reader_is_made_once(options: dict[str, Any]) -> None:
    assert reader_for(**options) is reader_for(**options)


def test_elements_that_are_no_tickets_are_an_error_that_keeps_the_rest() -> None:
    for odd in (5, "x", [], {"TicketId": "7"}, {"TicketId": 1.5}):
        with pytest.raises(TicketDecodeError) as caught:
            answered([odd, {"TicketId": 2}], [1, 2])
        assert [ticket.ticket_id for ticket in caught.value.batch] == [2]  # type: ignore[attr-defined]


def test_one_element_that_is_no_text_costs_only_itself() -> None:
    with pytest.raises(TicketDecodeError, match="element 1 of the response") as caught:
        answered(b'[{"TicketId": 1}, "\xff"]', [1, 2])
    assert [ticket.ticket_id for ticket in caught.value.batch] == [1]
    assert "ask the server's operators" in str(caught.value)


class Loose(TicketView):
    title: str | None
    author: str | None


@pytest.mark.parametrize("options", [{}, {"select": ["Title", "Author", "Category"]}, {"into": Loose}])
def test_one_member_that_cannot_be_decoded_costs_only_itself(options: dict[str, Any]) -> None:
    for raw in (b'"a\xffb"', b"1e999", b"9" * 5_000):
        wire = b'[{"TicketId": 1, "Title": %s, "Author": "b"}, {"TicketId": 2}]' % raw
        batch = answered(wire, [1, 2], **options)
        assert [(ticket.ticket_id, ticket.title, ticket.author) for ticket in batch] == [
            (1, None, "b"),
            (2, None, None),
        ]
        (problem,) = batch.problems
        assert (problem.ticket_id, problem.field, problem.value) == (1, "Title", raw)
        assert "is not text in UTF-8, or not a number that fits" in str(problem)
    for raw, value in ((rb'"a\ud800"', "a\ud800"), (b"NaN", None), (b'"a\x01b"', "a\x01b")):  # no JSON to msgspec
        wire = b'[{"TicketId": 1, "Title": %s, "Author": "b"}, {"TicketId": 2}, null]' % raw
        batch = answered(wire, [1, 2], **options)
        kept = value if value == "a\x01b" else None
        assert [(ticket.ticket_id, ticket.title, ticket.author) for ticket in batch] == [
            (1, kept, "b"),
            (2, None, None),
        ]
        assert [(problem.ticket_id, problem.field) for problem in batch.problems] == ([] if kept else [(1, "Title")])
        assert value in (None, *(problem.value for problem in batch.problems), kept)
    for wire in (b'[{"TicketId": "\xff"}, {"TicketId": 2}]', b'[{"TicketId": 1e999, "Title": 5}, {"TicketId": 2}]'):
        with pytest.raises(TicketDecodeError, match="element 0 of the response, TicketId") as caught:
            answered(wire, [1, 2])
        assert [ticket.ticket_id for ticket in caught.value.batch] == [2]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cannot be read"),
        (b"null", "null"),
        (b" \r\nnull ", "null"),
        (b'[{"TicketId": 1', "cannot be read"),
        (b'[{"TicketId": 1}] trailing', "cannot be read"),
        (b"true", "cannot be read"),
        (b'"text"', "cannot be read"),
        (b"<!DOCTYPE html><html>", "a page or XML"),
        (b'{"Error": true, "ErrorMessage": "Broken"}', "an error: Broken"),
        (b'{"Message": "Broken"}', "an error: Broken"),
        (b'{"ErrorType": "T"}', "an error: T"),
        (b"[" * 100_000, "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_a_200_that_holds_no_tickets_is_an_error(content: bytes, said: str) -> None:
    with pytest.raises(InvalidResponseError, match=said):
        answered(content)


def test_a_byte_order_mark_and_other_charsets_are_read() -> None:
    text = json.dumps([{"TicketId": 1, "Title": "blåbær"}], ensure_ascii=False)
    assert answered(b"\xef\xbb\xbf" + text.encode())[0].title == "blåbær"
    for charset in ("utf-16", "iso-8859-1"):
        headers = {"Content-Type": f"application/json; charset={charset}"}
        assert answered(text.encode(charset), headers=headers)[0].title == "blåbær"
    for name in ("CharSet=utf-16", "version=1;charset='UTF-16'", 'charset="utf_16"'):
        assert answered(text.encode("utf-16"), headers={"Content-Type": f"text/json; {name}"})[0].title == "blåbær"
    for charset in ("nonsense", "\0", "hex", "undefined", "idna", "unicode_escape", "utf-16-be", "x" * 5000, "utf-7"):
        with pytest.raises(InvalidResponseError):
            answered(text.encode("utf-16"), headers={"Content-Type": f"application/json; charset={charset}"})
    for charset in ("punycode", "raw_unicode_escape", "none", "utf8mb4"):  # of Python's own, and of nobody's
        assert answered(text.encode(), headers={"Content-Type": f"text/json; charset={charset}"})[0].title == "blåbær"


def test_enumerations_match_any_case_and_keep_what_is_new() -> None:
    assert one(BaseStatus="active").base_status is TicketBaseStatus.ACTIVE
    new = one(BaseStatus="Dreaming").base_status
    assert new == "Dreaming"
    assert new is not None
    assert not new.is_known


class Anything(TicketView):
    title: str | None
    deadline: object


@pytest.mark.parametrize("depth", [99, 100, 300, 480, 900])
@pytest.mark.parametrize("opens", ["[", '{"a":'])
@pytest.mark.parametrize(
    ("name", "options"), [("x_mood", {"select": ["Title", RawField("x_mood")]}), ("Deadline", {"into": Anything})]
)
def test_a_value_of_any_kind_can_be_written_or_is_told(
    depth: int, opens: str, name: str, options: dict[str, Any]
) -> None:
    ends = ("]" if opens == "[" else "}") * depth
    wire = f'[{{"TicketId": 1, "Title": "a", "{name}": {opens * depth}1{ends}}}]'
    batch = answered(wire, **options)
    assert batch[0].title == "a"
    assert [(problem.field, problem.reason) for problem in batch.problems] == (
        [] if depth < 100 else [(name, "is nested more than 100 deep")]
    )
    assert pickle.loads(pickle.dumps(batch)) == batch  # noqa: S301 - our own bytes
    assert repr(batch.problems)
    assert hash(batch[0])
    assert msgspec.json.encode(batch.to_dicts())


@pytest.mark.parametrize("value", [r'["\ud800"]', r'{"\ud800": 1}', r'{"a": [{"b": "\ud800"}]}'])
def test_half_of_a_surrogate_pair_is_found_wherever_it_is(value: str) -> None:
    batch = answered(f'[{{"TicketId": 1, "x_mood": {value}}}]', select=[RawField("x_mood")])
    assert (batch[0]["x_mood"], batch.problems[0].field) == (None, "x_mood")
    whole = answered(r'[{"TicketId": 1, "FieldProperties": {"\ud800": null}}]')
    assert (whole[0].field_properties, whole.problems[0].field) == (None, "FieldProperties")
    part = answered(r'[{"TicketId": 1, "TableRight": {"Mask": "\ud800", "Reason": "x"}}]')
    assert part[0].table_right == TableRight(mask=None, reason="x")
    assert [(problem.field, problem.value) for problem in part.problems] == [("TableRight/Mask", "\ud800")]
    deep = r'{"a": {"b": "\ud800", "c": 1}, "d": "\ud800"}'
    some = answered(f'[{{"TicketId": 1, "x_mood": {deep}}}]', select=[RawField("x_mood")])
    assert some[0]["x_mood"] == {"a": {"b": None, "c": 1}, "d": None}
    assert [problem.field for problem in some.problems] == ["x_mood/a/b", "x_mood/d"]


def test_text_outside_of_ascii_can_be_written() -> None:
    assert [unwritable(each) for each in ("bl\u00e5b\u00e6r", "\U0001f600", "\ud800", "x\udfff")] == [
        "",
        "",
        *[NOT_TEXT] * 2,
    ]


def test_of_what_is_too_deep_no_part_is_told_too() -> None:
    deep = '{"a":' * 150 + r'"\ud800"' + "}" * 150
    (problem,) = answered(f'[{{"TicketId": 1, "x_mood": {deep}}}]', select=[RawField("x_mood")]).problems
    assert (problem.field, problem.reason) == ("x_mood", "is nested more than 100 deep")


class Tagged(Ticket):
    tags: list[str] | None = msgspec.field(default=None, name="Tags")
    links: dict[str, list[str | None]] | None = msgspec.field(default=None, name="Links")


def test_half_of_a_surrogate_pair_in_a_list_is_found_too() -> None:
    wire = r'[{"TicketId": 1, "Tags": ["a", "\ud800"], "Links": {"x": ["a", "\ud800"]}}]'
    (ticket,) = batch = answered(wire, into=Tagged)
    assert (ticket.tags, ticket.links) == (None, None)
    assert [problem.field for problem in batch.problems] == ["Tags", "Links"]


class Rights(View):
    mask: object


class Within(TicketView):
    table_right: Rights | None


def test_a_view_inside_a_view_may_take_anything_too() -> None:
    deep = "[" * 200 + "]" * 200
    (ticket,) = answered('[{"TicketId": 1, "TableRight": {"Mask": [1, {"a": "b"}]}}]', into=Within)
    assert ticket.table_right == Rights(mask=[1, {"a": "b"}])
    batch = answered(f'[{{"TicketId": 1, "TableRight": {{"Mask": {deep}}}}}, {{"TicketId": 2}}]', [1, 2], into=Within)
    assert (batch[0].table_right, batch.problems[0].field) == (None, "TableRight")
    with pytest.raises(TicketDecodeError) as caught:
        answered(f"[{deep}]", into=Within)
    assert caught.value.problem.value == "a list that is more than 50 deep"


def test_a_deeply_nested_element_costs_no_other() -> None:
    deep = '{"TicketId": 1, "FieldProperties": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}"
    with pytest.raises((TicketDecodeError, InvalidResponseError)):
        answered(f'[{deep}, {{"TicketId": 2}}]', [1, 2])


class Titled(TicketView):
    title: str | None


# What stands in the place of a ticket, and what is said of it.
NO_TICKETS: list[tuple[dict[str, Any], object, str]] = [
    ({"ticketId": 13}, 13, "its id is named 'ticketId', not 'TicketId'"),
    ({"TICKETID": "13", "Title": "t"}, "13", "its id is named 'TICKETID', not 'TicketId'"),
    ({"ticket_id": 13}, 13, "its id is named 'ticket_id', not 'TicketId'"),
    ({"TicketId": 0, "Id": 13}, 13, "its id is named 'Id', not 'TicketId'"),
    ({"Error": True, "ErrorMessage": "no access to ticket 13"}, None, "the server says: no access to ticket 13"),
    ({"TicketId": 0, "Title": "", "Message": "no access"}, None, "the server says: no access"),
    ({"error": {"code": "Denied", "message": "no access"}}, None, "the server says: no access"),
    ({"Error": True, "ErrorType": "Denied"}, None, "the server says: Denied"),
    ({"Error": True}, None, "the server says: it is an error"),
]


@pytest.mark.parametrize(("element", "value", "reason"), NO_TICKETS)
@pytest.mark.parametrize("options", [{}, {"select": ["Title"]}, {"into": Titled}])
def test_what_stands_in_the_place_of_a_ticket_is_told(
    element: dict[str, Any], value: object, reason: str, options: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    wire = [{"TicketId": 1}, element]
    with caplog.at_level(logging.WARNING, "superoffice"):
        batch = answered(wire, [1, 13], **options)
    assert ([ticket.ticket_id for ticket in batch], batch.missing, batch.unreadable) == ([1], (13,), ())
    (problem,) = batch.problems
    assert (problem.ticket_id, problem.field, problem.value, problem.position) == (None, "TicketId", value, 1)
    assert (problem.reason, problem.fatal) == (reason, False)
    assert caplog.messages.count(str(problem)) == 2  # of both clients
    with pytest.raises(MissingTicketsError, match=f"ticket 13 not found: {re.escape(reason)}; take"):
        batch.raise_for_missing()
    with pytest.raises(TicketDecodeError, match=re.escape(reason)) as caught:
        answered(wire, [1, 13], strict=True, **options)
    assert caught.value.batch.missing == (13,)
    with SuperOffice(SITE, transport=transport([element])) as client:
        with pytest.raises(TicketNotFoundError, match=f"ticket 13 not found: {re.escape(reason)}; check"):
            client.tickets.get(13, **options)
        with client.tickets.stream([13], **options) as stream:
            assert list(stream) == []
        assert (list(stream.missing), [each.reason for each in stream.problems]) == ([13], [reason])
        if "TicketId" not in element:
            with pytest.raises(InvalidResponseError, match=r"required field `TicketId`|no access|Denied|an error"):
                get_tickets.sync(client, GetTicketsRequest(ticket_ids=[13]))


def test_several_reasons_are_counted_in_a_sentence() -> None:
    batch = answered([element for element, *_ in NO_TICKETS], [13, 14])
    with pytest.raises(MissingTicketsError, match=r"tickets 13, 14 not found: its id .* and 7 more; take"):
        batch.raise_for_missing()


def test_an_export_notes_what_stands_in_the_place_of_a_ticket(tmp_path: Path) -> None:
    for element, _, reason in NO_TICKETS[3:6]:
        with SuperOffice(SITE, transport=transport([element])) as client:
            result = client.tickets.export([13], tmp_path / "out.jsonl")
        assert (list(result.missing), result.problems) == ([13], 1)
        assert result.problems_path is not None
        assert reason in result.problems_path.read_text()


@pytest.mark.parametrize(("depth", "kept"), [(48, True), (51, False), (900, False)])
def test_a_value_deeper_than_can_be_shown_is_told_in_words(depth: int, kept: bool) -> None:
    value = "[" * depth + "]" * depth
    (problem,) = answered(f'[{{"TicketId": 1, "Priority": {value}}}]', [1]).problems
    assert "ticket 1, Priority: " in str(problem) + repr(problem)[:0]
    assert (str(problem.value).replace(" ", "") == value, "more than 50 deep" in str(problem)) == (kept, not kept)


def test_a_value_of_a_problem_has_a_largest_size() -> None:
    for length in (10_000, 10_001):
        (problem,) = answered([{"TicketId": 1, "Priority": "x" * length}], [1]).problems
        assert problem.value == "x" * 10_000


WORK: dict[str, Callable[[int], Any]] = {
    "values": lambda at: {"TicketId": at + 1, "Priority": f"high {at}"},
    "errors": lambda at: {"Error": True, "ErrorMessage": f"no access to ticket {at}"},
}


@pytest.mark.parametrize("kind", WORK)
def test_problems_cost_little_however_many_there_are(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "superoffice")
    secrets = {f"s3cret of {at} that is n0where" for at in range(100)}
    calls: list[int] = []
    for count in (100, 400):
        content = json.dumps([WORK[kind](at) for at in range(count)]).encode()
        read_tickets(content, WHOLE, None, Bounds(count), clean=Cleaner(lambda: secrets))  # what is worked out once
        profile = cProfile.Profile()
        profile.enable()
        _, problems = read_tickets(content, WHOLE, None, Bounds(count), clean=Cleaner(lambda: secrets))
        profile.disable()
        assert len(problems) == count
        calls.append(pstats.Stats(profile).total_calls)
    assert (calls[1] - calls[0]) / 300 < 400


# What a server says in the place of ticket 13, with its id: what the error is said to be.
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"Error": True, "ErrorMessage": "no access"}, "no access"),
    ({"error": True, "errorMessage": "no access"}, "no access"),
    ({"error": "no access"}, "no access"),
    ({"error": {"code": "Denied", "message": "no access"}}, "no access"),
    ({"errors": [{"message": "no access"}]}, "no access"),
    ({"Message": "no access", "ExceptionType": "Denied"}, "no access"),
    ({"title": "no access", "status": 403}, "no access"),
    ({"Error": True}, "it is an error"),
    ({"ErrorType": "Denied"}, "Denied"),
    (
        {"Title": "", "CreatedAt": "0001-01-01T00:00:00", "Priority": 0, "Error": True, "Message": "no access"},
        "no access",
    ),
    ({"BaseStatus": "Unknown", "TableRight": {"Mask": "None"}, "Error": True, "Message": "no access"}, "no access"),
]


@pytest.mark.parametrize(("members", "said"), REFUSED)
@pytest.mark.parametrize("options", [{}, {"select": ["Title"]}, {"into": Titled}, {"into": Closed}])
def test_an_error_that_names_its_ticket_is_no_ticket(
    members: dict[str, Any], said: str, options: dict[str, Any], tmp_path: Path
) -> None:
    reason = f"the server says: {said}"
    wire = [{"TicketId": 1, "Title": "a", "ClosedAt": "2024-11-15T09:30:00Z"}, {"TicketId": 13, **members}]
    batch = answered(wire, [1, 13], **options)
    assert ([ticket.ticket_id for ticket in batch], batch.missing, batch.unreadable) == ([1], (13,), ())
    told = [(each.ticket_id, each.field, each.reason, each.position, each.fatal) for each in batch.problems]
    assert told == [(13, "TicketId", reason, 1, False)]
    with pytest.raises(MissingTicketsError, match=f"ticket 13 not found: {re.escape(reason)}; take"):
        batch.raise_for_missing()
    with pytest.raises(TicketDecodeError, match=re.escape(reason)):
        answered(wire, [1, 13], strict=True, **options)
    with SuperOffice(SITE, transport=transport(wire[1:])) as client:
        with pytest.raises(TicketNotFoundError, match=f"ticket 13 not found: {re.escape(reason)}; check"):
            client.tickets.get(13, **options)
        with client.tickets.stream([13], **options) as stream:
            assert list(stream) == []
        assert (list(stream.missing), [each.reason for each in stream.problems]) == ([13], [reason])
        if "into" not in options:
            result = client.tickets.export([13], tmp_path / "out.csv", **options)
            assert (result.tickets, list(result.missing), result.problems) == (0, [13], 1)
        assert client.tickets.raw([13]).json() == wire[1:]


def test_a_ticket_of_which_something_came_is_one_whatever_else_came() -> None:
    new = {"Error": "mailbox full", "ErrorMessage": "new", "Message": "m", "Detail": "d"}
    ticket = {"TicketId": 1, "Title": "no error", "CreatedAt": None, "Priority": 5}
    for wire in ({**ticket, **new}, {"TicketId": 1, "Title": "", **dict.fromkeys(new)}, {**ticket, "Title": {}, **new}):
        batch = answered([wire])
        assert ([each.ticket_id for each in batch], batch.missing) == ([1], ())
        assert len(batch.problems) == (wire["Title"] == {})
    batch = answered([{"TicketId": 1, "Error": "e", "Message": "m"}], select=[RawField("Error")])
    assert (batch[0]["Error"], batch.problems) == ("e", ())
    batch = answered(
        [{"TicketId": 1, "Title": 'the "error"'}, {"TicketId": 2, "Title": None}], [1, 2], select=["Title"]
    )
    assert ([each.title for each in batch], batch.problems) == (['the "error"', None], ())


def test_a_null_is_missing_and_nothing_is_said_of_it() -> None:
    batch = answered("[null]", [13], strict=True)
    assert (list(batch), batch.missing, batch.problems) == ([], (13,), ())


IN_XML: list[tuple[str, str | None]] = [
    ("<Error><ErrorMessage>no access</ErrorMessage></Error>", "no access"),
    ("<Error><Error>true</Error><ErrorType>Denied</ErrorType></Error>", "Denied"),
    ("<Error/>", "it is an error"),
    ("<Error>no access</Error>", "no access"),
    (
        '<a:Fault xmlns:a="urn:a"><faultcode>Denied</faultcode><faultstring>no access</faultstring></a:Fault>',
        "no access",
    ),
    ("<TicketEntity><Error>true</Error><ErrorMessage>no access</ErrorMessage></TicketEntity>", "no access"),
    ("<Ticket><error><code>Denied</code><message>no access</message></error></Ticket>", "no access"),
    (
        "<Ticket><Errors><Error>one</Error><Error>two</Error><Error>three</Error></Errors></Ticket>",
        "Error: one: Error: two Error: three",
    ),
    ("<Ticket><Error>1</Error></Ticket>", "it is an error"),
    ("<Ticket><Title/><Error>false</Error></Ticket>", None),
    ("<Ticket><Message/></Ticket>", None),
    ("<Ticket><TicketId>0</TicketId><Title/></Ticket>", None),
    (f'<Ticket xmlns:i="{"http://www.w3.org/2001/XMLSchema-instance"}" i:nil="true"/>', None),
]


WITH_ID = [(xml.replace(">", "><TicketId>13</TicketId>", 1), said) for xml, said in IN_XML if said and "<Ticket" in xml]


@pytest.mark.parametrize(("element", "said"), [*IN_XML, *WITH_ID])
def test_an_error_in_the_place_of_a_ticket_is_told_in_xml_too(element: str, said: str | None) -> None:
    content = f"<ArrayOfTicket><Ticket><TicketId>1</TicketId><Title>a</Title></Ticket>{element}</ArrayOfTicket>"
    answer = transport(content.encode(), headers={"Content-Type": "application/xml"})
    with SuperOffice(SITE, transport=answer, accept="application/xml") as client:
        batch = client.tickets.get_many([1, 13])
        assert ([ticket.title for ticket in batch], batch.missing) == (["a"], (13,))
        assert [problem.reason for problem in batch.problems] == ([] if said is None else [f"the server says: {said}"])
        assert [problem.position for problem in batch.problems] == [1] * len(batch.problems)
        if said is not None:
            with pytest.raises(TicketDecodeError, match=f"the server says: {said}"):
                client.tickets.get_many([1, 13], strict=True)
        with client.tickets.stream([1, 13]) as stream:
            assert len(list(stream)) == 1
        assert list(stream.problems) == list(batch.problems)
