"""What was asked for and what came, put side by side."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from typing import Any

import attrs
import msgspec
import numpy
import pytest

import superoffice
from superoffice import MissingTicketsError, RawField, SuperOffice, Ticket, TicketBatch, TicketDecodeError, TicketView
from superoffice.arrow import TableSpec
from superoffice.batch import cleaner_for, not_found
from superoffice.problem import Problem
from superoffice.transport.redaction import Cleaner

from ..support.wire import SITE, answered, transport

ONE, TWO, TWO_AGAIN, NINE = (
    Ticket(ticket_id=id_, title=title) for id_, title in ((1, "a"), (2, "b"), (2, "c"), (9, "d"))
)


def odd(id_: int | None, *, fatal: bool = False, value: object = "x", member: str | None = "Title") -> Problem:
    return Problem(id_, member, value, "is wrong", 3, fatal)


@pytest.mark.parametrize(
    ("requested", "came", "items", "missing", "unexpected"),
    [
        ([], [], [], (), []),
        ([1, 2], [ONE, TWO], [ONE, TWO], (), []),
        ([1, 2], [TWO, ONE], [ONE, TWO], (), []),
        ([1, 2, 1], [ONE, TWO], [ONE, TWO, ONE], (), []),
        ([1, 2, 1], [ONE, TWO, ONE], [ONE, TWO, ONE], (), []),
        ([1], [ONE, ONE], [ONE], (), []),
        ([3, 1, 3, 4], [ONE], [ONE], (3, 4), []),
        ([1, 2], [], [], (1, 2), []),
        ([], [ONE], [], (), [ONE]),
        ([1], [NINE, ONE, TWO], [ONE], (), [NINE, TWO]),
        ([2], [TWO, TWO_AGAIN], [TWO_AGAIN], (), [TWO]),  # the last word counts, and the other is not lost
        ([2, 2], [TWO, TWO_AGAIN], [TWO_AGAIN, TWO_AGAIN], (), [TWO]),
        ([2, 1], [TWO, ONE, TWO_AGAIN, TWO, TWO_AGAIN], [TWO_AGAIN, ONE], (), [TWO, TWO]),
        ([2, 2], [TWO, TWO], [TWO, TWO], (), []),
        ([1], [TWO, TWO_AGAIN, ONE], [ONE], (), [TWO, TWO_AGAIN]),
    ],
)
def test_every_way_in_which_tickets_can_come(
    requested: list[int], came: list[Ticket], items: list[Ticket], missing: tuple[int, ...], unexpected: list[Ticket]
) -> None:
    batch = TicketBatch(requested, came)
    assert (list(batch), batch.missing, list(batch.unexpected)) == (items, missing, unexpected)
    assert (batch.requested, batch.problems, batch.unreadable) == (tuple(requested), (), ())
    assert batch.by_id == {ticket.ticket_id: ticket for ticket in came}
    assert batch.aligned() == [batch.by_id.get(id_) for id_ in requested]
    assert len(batch) == len(items)
    assert batch[0:1] == tuple(items[:1])


def test_what_came_but_cannot_be_read_is_not_missing() -> None:
    problems = [odd(1, fatal=True), odd(1, fatal=True), odd(2), odd(None, fatal=True), odd(5, fatal=True)]
    batch = TicketBatch([1, 2, 3], [TWO], problems)
    assert (batch.unreadable, batch.missing, list(batch)) == ((1, 5), (3,), [TWO])
    assert batch.problems == tuple(problems)
    with pytest.raises(MissingTicketsError) as caught:
        batch.raise_for_missing()
    assert caught.value.ids == (3,)
    assert str(caught.value) == (
        "ticket 3 not found: unknown, deleted, or not readable for this user; "
        "take them off the list, or read `missing` and continue without them"
    )
    TicketBatch([2], [TWO]).raise_for_missing()


UNKNOWN = "unknown, deleted, or not readable for this user"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ([], UNKNOWN),
        ([(None, "TicketId", "A")], "A"),
        ([(7, "TicketId", "A")], "A"),
        ([(5, "TicketId", "A")], UNKNOWN),  # a ticket that is not missing
        ([(7, "Title", "A")], UNKNOWN),
        ([(7, "Author", "A")], UNKNOWN),
        ([(7, "Whatever", "A")], UNKNOWN),
        ([(7, None, "A")], UNKNOWN),
        ([(None, "TicketId", "A"), (7, "TicketId", "A")], "A"),
        ([(7, "TicketId", "A"), (None, "TicketId", "B")], "A and 1 more"),
        ([(7, "TicketId", each) for each in "ABCABC"], "A and 2 more"),
    ],
)
def test_why_a_ticket_is_missing_is_what_stands_in_its_place(
    told: list[tuple[int | None, str | None, str]], why: str
) -> None:
    problems = [Problem(id_, field, None, reason, 0) for id_, field, reason in told]
    assert not_found([6, 7], problems) == f"tickets 6, 7 not found: {why}"


def test_a_response_does_not_change() -> None:
    with SuperOffice(SITE, transport=transport([{"TicketId": 1}])) as client:
        response = client.tickets.raw([1])
    with pytest.raises(AttributeError, match="immutable"):
        response.status_code = 500  # type: ignore[misc]


def test_a_table_of_several_batches_tells_no_secret_of_any() -> None:
    cleaners = Cleaner(lambda: {"pa55w/rd"}), Cleaner(lambda: {"t0ken/1"})
    batches = [TicketBatch([1], [ONE], clean=clean) for clean in cleaners]
    assert cleaner_for(batches)("a pa55w/rd and a t0ken/1") == "a [hidden] and a [hidden]"


def test_an_account_cannot_be_changed_from_outside() -> None:
    batch = TicketBatch([1], [ONE])
    with pytest.raises(TypeError):
        batch.by_id[2] = TWO  # type: ignore[index]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        odd(1).field = "Author"  # type: ignore[misc]
    assert batch.by_id is batch.by_id


def test_batches_are_equal_that_were_asked_and_answered_alike() -> None:
    batch = TicketBatch([1, 2], [ONE, TWO])
    batch.by_id  # noqa: B018 - made, it must not stand in the way
    for same in (TicketBatch([1, 2], [ONE, TWO]), pickle.loads(pickle.dumps(batch))):  # noqa: S301 - our own bytes
        assert same == batch
        assert hash(same) == hash(batch)
        assert same.by_id == batch.by_id
    for other in (
        TicketBatch([1, 2], [ONE]),
        TicketBatch([1, 2], [ONE, TWO_AGAIN]),
        TicketBatch([1, 2, 3], [ONE, TWO]),
        TicketBatch([1], [ONE, TWO]),
        [ONE, TWO],
    ):
        assert batch != other
    assert len({hash(TicketBatch(asked, [ONE, TWO])) for asked in ([1], [2], [1, 2])}) == 3


def test_a_batch_says_how_many_came() -> None:
    assert repr(TicketBatch([1], [ONE])) == "<TicketBatch of 1>"
    assert repr(TicketBatch([1, 3], [ONE])) == "<TicketBatch of 1, 1 missing>"


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (odd(7), "ticket 7, Title: 'x' does not decode (is wrong)"),
        (odd(0), "ticket 0, Title: 'x' does not decode (is wrong)"),
        (odd(None), "element 3 of the response, Title: 'x' does not decode (is wrong)"),
        (odd(7, member=None), "ticket 7, as a whole: 'x' does not decode (is wrong)"),
        (odd(7, value="x" * 198), f"ticket 7, Title: '{'x' * 198}' does not decode (is wrong)"),
        (odd(7, value="x" * 199), f"ticket 7, Title: '{'x' * 199}... does not decode (is wrong)"),
    ],
)
def test_a_problem_is_a_sentence(problem: Problem, said: str) -> None:
    assert str(problem) == said
    assert Problem(1, "Title", 5, "odd", 0).fatal is False


def cells(batch: TicketBatch[Any]) -> list[str]:
    page = batch._repr_html_()
    return [part.split("<")[0] for part in page.replace("<th>", "<td>").split("<td>")[1:]]


def test_a_table_has_the_members_that_any_ticket_has() -> None:
    moment = datetime(2024, 11, 15, 9, 30, 59, tzinfo=UTC)
    tickets = [Ticket(ticket_id=1, title="a"), Ticket(ticket_id=2, created_at=moment, has_attachment=False)]
    assert cells(TicketBatch([1, 2], tickets)) == [
        *("ticket_id", "title", "created_at", "has_attachment"),
        *("1", "a", "", ""),
        *("2", "", "2024-11-15 09:30+00:00", "False"),
    ]


def test_a_batch_is_no_array_of_objects() -> None:
    with pytest.raises(TypeError, match=r"use batch.to_pandas\(\)"):  # pandas.DataFrame(batch) asks for one
        numpy.asarray(TicketBatch([], []))


def test_a_long_table_is_cut() -> None:
    tickets = [Ticket(ticket_id=number) for number in range(1, 54)]
    for count, more in ((1, ""), (50, ""), (51, "<p>1 more</p>"), (53, "<p>3 more</p>")):
        batch = TicketBatch(range(1, count + 1), tickets[:count])
        assert cells(batch) == ["ticket_id", *map(str, range(1, min(count, 50) + 1))]
        assert batch._repr_html_().endswith(f"</table>{more}")
    assert cells(TicketBatch[Ticket]([], [])) == []


def test_dictionaries_are_by_attribute_unless_the_wires_names_are_wanted() -> None:
    batch = TicketBatch([2, 1], [ONE, TWO])
    assert [row["ticket_id"] for row in batch.to_dicts()] == [2, 1]
    assert [row["TicketId"] for row in batch.to_dicts(api_names=True)] == [2, 1]
    with pytest.raises(TypeError):
        batch.to_dicts(True)  # type: ignore[misc] # by name only


class Brief(TicketView):
    title: str


def test_a_batch_of_your_own_becomes_a_table() -> None:
    table = TicketBatch([1], [Brief(ticket_id=1, title="a")]).to_arrow()
    assert (table.column_names, table["title"].to_pylist()) == (["ticket_id", "title"], ["a"])
    assert TicketBatch([1], [ONE]).to_arrow(api_names=True).column_names == list(Ticket.__struct_encode_fields__)
    assert TicketBatch([1], []).to_arrow().column_names == list(Ticket.__struct_fields__)
    with pytest.raises(TypeError, match="positional"):
        TicketBatch([1], [ONE]).to_arrow(True)  # type: ignore[misc] # which is refused


@pytest.mark.parametrize("strict", [True, False])
def test_what_fits_no_column_is_a_problem_or_an_error(*, strict: bool) -> None:
    layout = TableSpec(Ticket, strict=strict)
    large = Ticket(ticket_id=1, priority=2**31)
    batch = TicketBatch([1], [large], layout=layout)
    if strict:
        with pytest.raises(TicketDecodeError, match="ticket 1, Priority: 2147483648 does not decode"):
            batch.to_arrow()
    else:
        assert batch.to_arrow()["priority"].to_pylist() == [None]
    assert [problem.field for problem in batch.problems] == ["Priority"]
    assert TicketBatch([1], [ONE], layout=layout).to_arrow()["title"].to_pylist() == ["a"]


def test_a_place_past_the_end_leads_to_the_ids() -> None:
    batch = TicketBatch([1, 9], [ONE, NINE])
    with pytest.raises(IndexError, match=r"no ticket at place 9 of 2; by its id a ticket is in \.by_id$"):
        batch[9]
    assert list(reversed(batch)) == [NINE, ONE]


def test_empty_cells_and_texts_of_fields() -> None:
    table = answered([{"TicketId": 1, "Title": "a"}, {"TicketId": 2}], [1, 2])._repr_html_()
    assert "<td></td>" in table
    assert str(RawField("Mood")) == "Mood"
    assert "SuperOffice" in dir(superoffice)


def test_lists_become_plain() -> None:
    class Tagged(Ticket):
        tags: list[str] = msgspec.field(default_factory=list[str])

    (ticket,) = answered([{"TicketId": 1, "tags": ["a"]}], into=Tagged)
    assert ticket.to_dict()["tags"] == ["a"]
