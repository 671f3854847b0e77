"""`$select`: what is sent, what comes, and what is refused."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from superoffice import (
    NotSelectedError,
    PartialTicket,
    RawField,
    SuperOffice,
    Ticket,
    TicketFields,
    UnknownFieldError,
    fields,
)
from superoffice.select import hint, selected_paths

from ..support.wire import SITE, answered, transport


def asked(**options: object) -> str:
    sent: list[httpx.Request] = []
    with SuperOffice(SITE, transport=transport([], sent)) as client:
        client.tickets.get_many([1], **options)  # type: ignore[call-overload]
    return sent[0].url.raw_path.decode().partition("?")[2]


def test_names_and_fields_are_sent_with_the_id_first() -> None:
    select = [
        "Title",
        TicketFields.table_right / "Mask",
        TicketFields.field_properties / "x" / "FieldRight",
        RawField("Mood"),
    ]
    assert asked(select=select) == "$select=TicketId,Title,TableRight/Mask,FieldProperties/x/FieldRight,Mood"
    assert asked(select=[]) == "$select=TicketId"
    assert asked() == ""


def test_repeated_and_covered_paths_are_sent_once() -> None:
    select = ["Title", TicketFields.title, "TableRight/Mask", "TableRight", "TicketId"]
    assert selected_paths(select) == ("TicketId", "Title", "TableRight")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Titel", "Ticket has no field 'Titel'; did you mean 'Title'?"),
        ("titel", "Ticket has no field 'titel'; did you mean 'title'?"),
        ("TITLE", "Ticket has no field 'TITLE'; did you mean 'Title'?"),
        ("ownedbyname", "did you mean 'owned_by_name'?"),
        ("OwnedBy_Name", "did you mean 'OwnedByName'?"),
        ("Titel/Mask", "Ticket has no field 'Titel'; did you mean 'Title'?"),
        ("Zzz", "for a field that only a newer server has, use RawField"),
        ("TableRight/Msk", "TableRight has no field 'Msk'; did you mean 'Mask'?"),
        ("Title/Length", "Title has no field 'Length'"),
        ("TableRight/Zzz", "it has Mask, Reason"),
        ("table_right/msk", "TableRight has no field 'msk'; did you mean 'mask'?"),
        (
            "field_properties/x/zzz",
            "FieldProperties/x has no field 'zzz'; it has field_length, field_right, field_type",
        ),
    ],
)
def test_a_misspelt_name_is_refused_with_the_nearest_right_one(name: str, said: str) -> None:
    with pytest.raises(UnknownFieldError, match=said.replace("?", r"\?")):
        asked(select=[name])
    with pytest.raises(UnknownFieldError, match=said.replace("?", r"\?")):
        fields([name])


def test_attribute_names_and_api_names_both_work_and_the_api_names_are_sent() -> None:
    assert asked(select=["title", "CreatedAt"]) == "$select=TicketId,Title,CreatedAt"
    nested = ["table_right/mask", "TableRight/reason", "field_properties/x/field_right"]
    assert asked(select=nested) == "$select=TicketId,TableRight/Mask,TableRight/Reason,FieldProperties/x/FieldRight"
    assert asked(select=["ticket_id", "Title", "title"]) == "$select=TicketId,Title"
    assert asked(select=Ticket.__struct_fields__) == asked(select=Ticket.__struct_encode_fields__)


def test_fields_takes_names_known_only_at_run_time() -> None:
    names = ["title", "CreatedAt", "table_right/mask"]
    assert fields(names) == [TicketFields.title, TicketFields.created_at, TicketFields.table_right / "mask"]
    assert fields([]) == []
    assert asked(select=fields(iter(names))) == "$select=TicketId,Title,CreatedAt,TableRight/Mask"
    with pytest.raises(UnknownFieldError, match=r"names takes several names, such as \['title'\], not a single one"):
        fields("title")


def test_a_hint_lists_the_names_only_where_they_are_few() -> None:
    names = [f"Member{number}" for number in range(10)]
    assert hint("zzz", names[:9]) == f"; it has {', '.join(names[:9])}"
    assert hint("zzz", names) == hint("zzz", []) == "; for a field that only a newer server has, use RawField"


def test_one_text_is_no_list_of_names() -> None:
    with pytest.raises(UnknownFieldError, match=r"several names, such as \['Title', 'Priority'\], not a single one"):
        asked(select="Title, Priority")


def test_what_is_no_list_of_names_and_fields_is_refused() -> None:
    with pytest.raises(UnknownFieldError, match=r"several names, such as \['TableRight/Mask'\], not a single one"):
        asked(select=TicketFields.table_right / "Mask")
    for wrong in (1, None, Ticket.title):
        with pytest.raises(
            UnknownFieldError, match=f"a name, such as 'Title', or one of TicketFields, not {re.escape(repr(wrong))}"
        ):
            asked(select=[wrong])


@pytest.mark.parametrize("name", ["", "a b", "x,y", "a&b", "/", "a//b"])
def test_a_raw_field_is_a_name(name: str) -> None:
    with pytest.raises(UnknownFieldError, match="cannot be a field's name"):
        RawField(name)


def test_a_wrong_nested_name_is_a_key_error_at_once() -> None:
    with pytest.raises(KeyError, match="TableRight has no field 'Msk'"):
        TicketFields.table_right / "Msk"


@pytest.mark.parametrize(
    "unselected",
    [
        {"Title": "t", "Priority": None, "HasAttachment": None},
        {"Title": "t"},
        {"Title": "t", "Priority": 0, "HasAttachment": False, "CreatedAt": "0001-01-01T00:00:00", "Author": 3},
    ],
)
def test_what_was_not_selected_cannot_be_read_however_the_server_answers(unselected: dict[str, object]) -> None:
    (ticket,) = answered([{"TicketId": 1, **unselected}], select=["Title"])
    assert isinstance(ticket, PartialTicket)
    assert (ticket.ticket_id, ticket.title) == (1, "t")
    with pytest.raises(NotSelectedError, match="'priority' was not selected") as caught:
        _ = ticket.priority
    assert isinstance(caught.value, AttributeError)
    assert not hasattr(ticket, "has_attachment")
    assert repr(ticket) == "PartialTicket(ticket_id=1, title='t')"
    assert ticket.to_dict(api_names=True) == {"TicketId": 1, "Title": "t"}


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (lambda ticket: ticket.Title, "'Title' is read as .title or as ['Title']"),
        (lambda ticket: ticket["title"], "'title' is read as .title or as ['Title']"),
        (
            lambda ticket: ticket["Priority"],
            "'Priority' was not selected, so its value is not known; selected are TicketId",
        ),
        (lambda ticket: ticket.titel, "Ticket has no field 'titel'; did you mean 'title'?"),
        (lambda ticket: ticket["Titel"], "Ticket has no field 'Titel'; did you mean 'Title'?"),
        (lambda ticket: ticket.table_right.Mask, "'Mask' is read as .mask or as ['Mask']"),
        (lambda ticket: ticket["Mood"], "for a field that only a newer server has, use RawField"),
    ],
)
def test_a_member_that_is_not_there_says_why(read: Callable[[Any], object], said: str) -> None:
    wire = [{"TicketId": 1, "Title": "t", "TableRight": {"Mask": "Select"}}]
    (ticket,) = answered(wire, select=["Title", "TableRight/Mask"])
    with pytest.raises(NotSelectedError) as caught:
        read(ticket)
    assert said in str(caught.value)


def test_nested_and_raw_members_come_back() -> None:
    wire = [{"TicketId": 1, "TableRight": {"Mask": "Select", "Reason": "x"}, "Mood": {"a": [1]}}]
    (ticket,) = answered(wire, select=[TicketFields.table_right / "Mask", RawField("Mood")])
    assert ticket.table_right is not None
    assert ticket.table_right.mask == "Select"
    with pytest.raises(NotSelectedError):
        _ = ticket.table_right.reason
    assert ticket["Mood"] == {"a": [1]}
    assert ticket[TicketFields.ticket_id] == 1
    with pytest.raises(NotSelectedError):
        ticket["Title"]


def test_a_selected_null_is_none() -> None:
    assert answered([{"TicketId": 1, "Title": None}], select=["Title"])[0].title is None
    assert answered([{"TicketId": 1}], select=["Title"])[0].title is None


def test_partial_tickets_pickle_compare_and_hash() -> None:
    select = ["Title", "TableRight/Mask", "FieldProperties"]
    wire = [{"TicketId": 1, "Title": "t", "TableRight": {"Mask": "R"}, "FieldProperties": {"a": {"FieldType": "x"}}}]
    (ticket,) = answered(wire, select=select)
    pickled = pickle.loads(pickle.dumps(ticket))  # noqa: S301 - our own bytes
    for same in (pickled, copy.deepcopy(ticket), answered(wire, select=select)[0]):
        assert same == ticket
        assert hash(same) == hash(ticket)
    assert ticket != answered(wire, select=["Title"])[0]


def test_real_selection_over_http(client: SuperOffice) -> None:
    batch = client.tickets.get_many([439, 77777, 829], select=["Title", TicketFields.priority])
    assert [ticket.ticket_id for ticket in batch] == [439, 829]
    assert batch.missing == (77777,)
    assert all(ticket.title and ticket.priority for ticket in batch)
