"""Whatever a server answers becomes a typed result or an error of ours; whatever is asked for comes back in order.

The examples are the same in every run; `nox -s long` tries many more of them.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from typing import Any, get_type_hints

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from superoffice import SuperOffice, SuperOfficeError, Ticket, TicketBatch, TicketView
from superoffice._ids import MAX_ID
from superoffice.export.text import _cell, _may_run

from ..support.wire import SITE, transport

LONG = "SUPEROFFICE_LONG" in os.environ
EXAMPLES = 100_000 if LONG else 300
fixed = settings(
    max_examples=EXAMPLES, derandomize=not LONG, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)

NAMES = Ticket.__struct_encode_fields__
HINTS = get_type_hints(Ticket)
dates = st.sampled_from(
    ["2022-10-17T08:26:00", "2022-10-17T08:26:00Z", "2022-10-17T08:26:00.1234567-0500", "0001-01-01T00:00:00",
     "0001-01-01T01:00:00+01:00", "9999-12-31T23:59:59Z", "2024-11-15", "", "T", "2022-02-30T00:00:00"]
)  # fmt: skip
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | dates
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)
members = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), anything, max_size=8)
tickets = st.builds(lambda id_, rest: {"TicketId": id_, **rest}, st.integers(1, 20), members)
answers = st.lists(tickets | anything, max_size=6) | anything


class Some(TicketView):
    title: str
    created_at: datetime | None
    priority: int | None


def check(batch: TicketBatch[Any], ids: list[int]) -> None:
    """A batch is what it says: in order, complete, typed."""
    found = [ticket.ticket_id for ticket in batch]
    assert found == [id_ for id_ in ids if id_ in batch.by_id]
    assert set(found) | set(batch.missing) | set(batch.unreadable) >= set(ids)
    assert not set(found) & set(batch.missing)
    for ticket in batch:
        for name in type(ticket).__struct_fields__:
            value = getattr(ticket, name)
            if HINTS[name] == datetime | None and value is not None:
                assert isinstance(value, datetime)
                assert value.year > 1
            elif HINTS[name] == int | None and value is not None:
                assert type(value) is int


@fixed
@given(answers, st.lists(st.integers(1, 20), min_size=1, max_size=6), st.sampled_from(["whole", "select", "into"]))
def test_any_json_gives_a_typed_result_or_an_error_of_ours(answer: Any, ids: list[int], kind: str) -> None:
    options: dict[str, Any] = {"whole": {}, "select": {"select": ["Title", "CreatedAt"]}, "into": {"into": Some}}[kind]
    with SuperOffice(SITE, transport=transport(json.dumps(answer))) as client:
        try:
            batch = client.tickets.get_many(ids, **options)
        except SuperOfficeError:
            return
    check(batch, ids)
    assert all(problem.field or problem.fatal for problem in batch.problems)


@fixed
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_give_a_typed_result_or_an_error_of_ours(content: bytes) -> None:
    with SuperOffice(SITE, transport=transport(content)) as client:
        try:
            batch = client.tickets.get_many([1])
        except SuperOfficeError:
            return
    check(batch, [1])


@fixed
@given(st.lists(st.integers(1, MAX_ID), max_size=30), st.randoms(use_true_random=False))
def test_any_ids_come_back_complete_and_in_order(ids: list[int], random: Any) -> None:
    shuffled = list(dict.fromkeys(ids))
    random.shuffle(shuffled)
    kept = shuffled[: random.randint(0, len(shuffled))]
    with SuperOffice(SITE, transport=transport([{"TicketId": id_, "Title": str(id_)} for id_ in kept])) as client:
        batch = client.tickets.get_many(ids)
    assert [ticket.ticket_id for ticket in batch] == [id_ for id_ in ids if id_ in kept]
    assert batch.missing == tuple(dict.fromkeys(id_ for id_ in ids if id_ not in kept))
    assert [ticket.ticket_id if ticket else None for ticket in batch.aligned()] == [
        i if i in kept else None for i in ids
    ]


@fixed
@given(st.lists(anything, max_size=5))
def test_any_values_as_ids_are_asked_for_or_refused(values: list[Any]) -> None:
    with SuperOffice(SITE, transport=transport([])) as client:
        try:
            batch = client.tickets.get_many(values)
        except SuperOfficeError:
            assert not all(type(value) is int and 0 < value <= MAX_ID for value in values)
        else:
            assert batch.requested == tuple(values)


@given(st.text(st.sampled_from("=+-@\uff1d \t\n\v\xa0\u200b\u0301'a1")))
def test_cells_that_were_guarded_are_read_back(text: str) -> None:
    cell = _cell(text, safe=True)
    assert (cell[1:] if cell.startswith("'") and _may_run(cell) else cell) == text
