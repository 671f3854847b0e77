"""Projections: classes that say what they want of a ticket."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from typing import Any, Optional, Union

import httpx
import msgspec
import pytest

from superoffice import (
    FieldProperty,
    InvalidInputError,
    ProjectionError,
    SuperOffice,
    TableRight,
    Ticket,
    TicketDecodeError,
    TicketOrigin,
    TicketView,
    View,
)

from ..support.wire import SITE, answered, transport


class Brief(TicketView):
    title: str
    created_at: datetime


class Rights(View):
    mask: str | None


class Misspelt(View):
    msk: str | None


class Rich(TicketView):
    subject: str | None = msgspec.field(name="Title")
    origin: TicketOrigin | None
    base_status: str | None
    table_right: Rights | None
    has_attachment: Optional[bool]  # noqa: UP045 - the older spelling must work too
    time_spent: float = 0.0


class WithExtra(Ticket):
    mood: str | None = msgspec.field(name="x_mood", default=None)


def asked(into: Any) -> str:
    sent: list[httpx.Request] = []
    with SuperOffice(SITE, transport=transport([], sent)) as client:
        client.tickets.get_many([1], into=into)
    return sent[0].url.raw_path.decode().partition("?")[2]


def test_a_view_asks_for_its_own_members() -> None:
    assert asked(Brief) == "$select=TicketId,Title,CreatedAt"
    assert asked(Rich) == "$select=TicketId,Title,Origin,BaseStatus,TableRight/Mask,HasAttachment,TimeSpent"
    assert asked(WithExtra) == ""
    assert asked(Ticket) == ""


def test_a_view_is_filled() -> None:
    wire = {"TicketId": 1, "Title": "t", "CreatedAt": "2024-11-15T09:30:00+01:00", "Priority": 7}
    (brief,) = answered([wire], into=Brief)
    assert brief == Brief(ticket_id=1, title="t", created_at=datetime(2024, 11, 15, 8, 30, tzinfo=UTC))
    assert type(brief) is Brief
    assert pickle.loads(pickle.dumps(brief)) == brief  # noqa: S301 - our own bytes
    assert hash(brief) == hash(answered([wire], into=Brief)[0])
    rich_wire = {"TicketId": 1, "Title": "t", "Origin": "pigeon", "BaseStatus": "Active", "TableRight": {"Mask": "R"}}
    (rich,) = answered([{**rich_wire, "TimeSpent": 3}], into=Rich)
    assert (rich.subject, rich.origin, rich.base_status, rich.table_right) == (
        "t",
        "pigeon",
        "Active",
        Rights(mask="R"),
    )
    assert (rich.has_attachment, rich.time_spent) == (None, 3.0)


class Dated(TicketView):
    created_at: datetime | None
    closed_at: Union[datetime, None]  # noqa: UP007 - the older spelling
    owned_by: "Union[Later, None]"  # noqa: UP007, UP037 - text that names what does not exist yet


Later = int


def test_a_view_takes_dates_without_zone_and_annotations_that_are_text() -> None:
    (ticket,) = answered([{"TicketId": 1, "CreatedAt": "2024-11-15T09:30:00", "ClosedAt": None}], into=Dated)
    assert ticket.created_at == datetime(2024, 11, 15, 9, 30, tzinfo=UTC)
    assert (ticket.closed_at, ticket.owned_by) == (None, None)


class AsText(TicketView):
    """Annotations are text here, as the first import has it."""

    field_properties: dict[str, FieldProperty]
    subject: str | None = msgspec.field(name="Title")
    has_attachment: bool | None = True


def test_annotations_say_what_is_required_also_as_text() -> None:
    (ticket,) = answered([{"TicketId": 1, "FieldProperties": {}}], into=AsText)
    assert (ticket.field_properties, ticket.subject, ticket.has_attachment) == ({}, None, True)
    with pytest.raises(TicketDecodeError, match="ticket 1, FieldProperties: None does not decode"):
        answered([{"TicketId": 1}], into=AsText)


class Loose(TicketView):
    title: Any
    created_at: Any
    closed_at: object
    priority: int | None


def test_a_member_of_any_type_is_what_the_server_sent() -> None:
    wire = {"Title": None, "CreatedAt": "0001-01-01T00:00:00", "ClosedAt": "2024-11-15T09:30:00+0100"}
    for more in ({}, {"Priority": "x"}):  # the second is read member by member
        (ticket,) = answered([{"TicketId": 2, **wire, **more}], [2], into=Loose)
        assert (ticket.ticket_id, ticket.title) == (2, None)
        assert (ticket.created_at, ticket.closed_at) == (wire["CreatedAt"], wire["ClosedAt"])
        assert ticket.priority is None
    (ticket,) = answered([{"TicketId": 2}], [2], into=Loose)
    assert (ticket.title, ticket.created_at, ticket.closed_at) == (None, None, None)


def test_optional_members_may_be_left_out() -> None:
    (rich,) = answered([{"TicketId": 1}], into=Rich)
    assert rich == Rich(ticket_id=1, subject=None, origin=None, base_status=None, table_right=None, has_attachment=None)


@pytest.mark.parametrize(
    ("second", "member", "why"),
    [
        ({"Title": None, "CreatedAt": "2024-11-15T09:30:00Z"}, "Title", "is null, and the field must"),
        ({"CreatedAt": "2024-11-15T09:30:00Z"}, "Title", "is null, and the field must"),
        ({"Title": 5, "CreatedAt": "2024-11-15T09:30:00Z"}, "Title", "Expected `str`, got `int`"),
        ({"Title": "t", "CreatedAt": "0001-01-01T00:00:00"}, "CreatedAt", "is an empty date, and the"),
        ({"Title": "t", "CreatedAt": ""}, "CreatedAt", "Invalid RFC3339"),
    ],
)
def test_a_required_member_without_value_is_an_error_that_keeps_the_rest(
    second: dict[str, object], member: str, why: str
) -> None:
    wire = [{"TicketId": 1, "Title": "a", "CreatedAt": "2024-11-15T09:30:00Z"}, {"TicketId": 2, **second}]
    with pytest.raises(
        TicketDecodeError, match=rf"ticket 2, {member}: .*\({why}.*could be read is on the error's batch"
    ) as caught:
        answered(wire, [1, 2, 3], into=Brief)
    error = caught.value
    assert (error.problem.ticket_id, error.problem.field, error.ids) == (2, member, (2,))
    assert [ticket.ticket_id for ticket in error.batch] == [1]  # type: ignore[attr-defined]
    assert (error.batch.unreadable, error.batch.missing) == ((2,), (3,))  # type: ignore[attr-defined]


def test_a_subclass_of_ticket_has_its_own_members_too() -> None:
    (ticket,) = answered([{"TicketId": 1, "Title": "t", "x_mood": "good"}], into=WithExtra)
    assert isinstance(ticket, WithExtra)
    assert (ticket.title, ticket.mood) == ("t", "good")
    assert answered([{"TicketId": 1, "CreatedAt": "0001-01-01T00:00:00"}], into=WithExtra)[0].created_at is None


def test_a_wrong_name_is_refused_when_the_class_is_made() -> None:
    with pytest.raises(ProjectionError, match=r"Wrong.titel: there is no such field; did you mean 'title'\?"):

        class Wrong(TicketView):
            titel: str

    with pytest.raises(ProjectionError, match=r"Renamed\.subject: there is no such field"):

        class Renamed(TicketView):
            subject: str = msgspec.field(name="Titel")


def test_a_wrong_type_is_refused_when_the_class_is_made() -> None:
    with pytest.raises(ProjectionError, match=r"Wrong.priority: Priority is int \| None, which str cannot hold"):

        class Wrong(TicketView):
            priority: str

    with pytest.raises(ProjectionError, match="Title is not an object that a View could be of"):

        class Nested(TicketView):
            title: Rights

    with pytest.raises(ProjectionError, match=r"Misspelt.msk: there is no such field; did you mean 'mask'"):

        class Holder(TicketView):
            table_right: Misspelt | None


def test_a_type_that_is_not_there_yet_is_checked_at_first_use() -> None:
    class Early(TicketView):
        table_right: NotThereYet | None  # type: ignore[name-defined] # noqa: F821

    with pytest.raises(ProjectionError, match="names a type that cannot be found"):
        asked(Early)


def test_whole_objects_may_be_asked_for() -> None:
    class Whole(TicketView):
        table_right: TableRight | None
        anything: Any = msgspec.field(name="FieldProperties")

    assert asked(Whole) == "$select=TicketId,TableRight,FieldProperties"


@pytest.mark.parametrize("into", [dict, int, View, "Brief"])
def test_what_is_no_projection_is_refused(into: Any) -> None:
    with pytest.raises(ProjectionError, match="takes a subclass of TicketView or of Ticket"):
        asked(into)


def test_select_and_into_exclude_each_other() -> None:
    with SuperOffice(SITE, transport=transport([])) as client, pytest.raises(InvalidInputError, match="not both"):
        client.tickets.get_many([1], select=["Title"], into=Brief)  # type: ignore[call-overload]


def test_a_real_projection_over_http(client: SuperOffice) -> None:
    brief = client.tickets.get(1234, into=Brief)
    assert brief.title.startswith("Cannot access")
    assert brief.created_at.year == 2024


class Needed(TicketView):
    closed_at: datetime
    priority: int


@pytest.mark.parametrize(
    ("ticket", "options", "advice"),
    [
        ({"ClosedAt": "0001-01-01T00:00:00", "Priority": 1}, {"into": Needed}, "type the field with None"),
        ({"ClosedAt": None, "Priority": 1}, {"into": Needed}, "type the field with None"),
        ({"ClosedAt": "2024-01-01T00:00:00Z", "Priority": "high"}, {"into": Needed}, "type the field with None"),
        ({"ClosedAt": None, "Priority": 1}, {"into": Needed, "strict": True}, "type the field with None"),
        ({"ClosedAt": "soon"}, {"strict": True}, "leave strict= out"),
        ({"ClosedAt": "soon"}, {"strict": True, "select": ["ClosedAt"]}, "leave strict= out"),
        ({"TicketId": "one"}, {}, "ask the server's operators what stands there"),
        ({"TicketId": "one"}, {"strict": True}, "ask the server's operators what stands there"),
    ],
)
def test_the_way_out_of_a_value_that_does_not_fit_is_one_for_what_was_given(
    ticket: dict[str, Any], options: dict[str, Any], advice: str
) -> None:
    with pytest.raises(TicketDecodeError) as caught:
        answered([{"TicketId": 1, **ticket}], **options)
    assert caught.value.advice == f"{advice}; what could be read is on the error's batch"
