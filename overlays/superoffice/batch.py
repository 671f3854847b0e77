"""The result of asking for several tickets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from html import escape
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, SupportsIndex, TypeAlias, TypeVar, overload

from superoffice_api.models import Ticket
from superoffice_runtime import Response

from .arrow import TableSpec
from .errors import MissingTicketsError, TicketDecodeError, check_given, extra, name_ids
from .problem import Problem
from .transport.redaction import NO_SECRETS, Cleaner, others, told
from .views import PartialTicket, TicketView

if TYPE_CHECKING:
    import pandas
    import polars
    from arro3.core import Table


HasTicketId: TypeAlias = Ticket | PartialTicket | TicketView
"""A ticket, whole, in part or projected."""
_ROWS = 50  # of a table in a notebook
T_co = TypeVar("T_co", bound=HasTicketId, covariant=True)


def not_found(ids: Sequence[int], problems: Iterable[Problem]) -> str:
    """Return a sentence on missing ids, with what the response has in a ticket's place."""
    missing = frozenset(ids)
    said = (p for p in problems if p.field == "TicketId" and (p.ticket_id is None or p.ticket_id in missing))
    known = list(dict.fromkeys(p.reason for p in said))
    more = f" and {len(known) - 1} more" if len(known) > 1 else ""
    why = f"{known[0]}{more}" if known else "unknown, deleted, or not readable for this user"
    return f"{name_ids(ids)} not found: {why}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat(" ", "minutes") if isinstance(value, datetime) else str(value)


class TicketBatch(Generic[T_co]):  # polars would read a subclass of Sequence as a list of objects
    """Tickets in the order in which their ids were asked for, and an account of what did not come.

    An id asked for twice has its ticket at both places; one that is not found is left out and is in `missing`. It has a
    length, indexes and slices, and is a table for what reads Arrow: `polars.DataFrame(batch)`, `pyarrow.table(batch)`,
    `pandas.DataFrame.from_arrow(batch)`, `duckdb.sql("FROM batch")`.

    Attributes:
        requested: The ids as asked for.
        missing: Ids that were not found, each once, in the order asked for: unknown, deleted or not readable.
        unexpected: Tickets that nobody asked for, and those that differ from a later one with the same id.
        problems: Values that did not decode; their fields are None. `to_arrow` adds those that fit no column. Where a
            server sends them without end, the last one of a response tells how many more there were.
        unreadable: Ids of tickets that came back but could not be read as what they should be; `problems` says why.
    """

    _clean: Cleaner = NO_SECRETS  # for what a table tells later; what knows secrets is not pickled

    def __init__(
        self,
        requested: Sequence[int],
        tickets: Sequence[T_co],
        problems: Sequence[Problem] = (),
        *,
        call: tuple[str, str, int] | None = None,
        layout: TableSpec | None = None,
        clean: Cleaner | None = None,
    ) -> None:
        if clean is not None:
            self._clean = clean
        self._call = call  # method, path and attempts, for errors
        self._layout = layout
        self.requested = tuple(requested)
        received = tuple([ticket.ticket_id for ticket in tickets])  # a list is quicker than a generator
        self._received = tuple(tickets)
        self.problems = tuple(problems)
        self.unreadable = tuple(dict.fromkeys(p.ticket_id for p in problems if p.fatal and p.ticket_id is not None))
        if received == self.requested and len(set(received)) == len(received):  # as nearly always: everything, in order
            self._items = self._received
            self.missing: tuple[int, ...] = ()
            self.unexpected: tuple[T_co, ...] = ()
        else:
            known, wanted = self.by_id, dict.fromkeys(self.requested)
            self._items = tuple(known[id_] for id_ in self.requested if id_ in known)
            there = known.keys() | set(self.unreadable)
            self.missing = tuple(id_ for id_ in wanted if id_ not in there)
            self.unexpected = tuple(
                t for t in self._received if t.ticket_id not in wanted or t not in (known[t.ticket_id],)
            )

    @cached_property
    def by_id(self) -> Mapping[int, T_co]:
        """The tickets by their ids, the unexpected ones too; of several with one id, the last."""
        return MappingProxyType({ticket.ticket_id: ticket for ticket in self._received})

    def aligned(self) -> list[T_co | None]:
        """Return one entry for each id asked for, None where the ticket is missing."""
        return [self.by_id.get(id_) for id_ in self.requested]

    def raise_for_missing(self) -> None:
        """Raise `MissingTicketsError` if any ticket asked for is missing."""
        if self.missing:
            error = MissingTicketsError(not_found(self.missing, self.problems), ids=self.missing)
            raise error if self._call is None else error.of_call(*self._call)

    def to_dicts(self, *, api_names: bool = False) -> list[dict[str, object]]:
        """Return the tickets as dictionaries by attribute, or by API name; date-times stay date-times.

        >>> client.tickets.get_many([439], select=["OwnedByName"]).to_dicts(api_names=True)
        [{'TicketId': 439, 'OwnedByName': 'KL'}]
        """
        check_given(bool, "True or False", api_names=api_names)
        return [ticket.to_dict(api_names=api_names) for ticket in self._items]

    def to_arrow(self, *, api_names: bool = False) -> Table:
        """Return the tickets as an Arrow table, which pyarrow, polars, pandas, duckdb and others take without a copy.

        Its columns are the fields that were asked for, in the OpenAPI document's types: date-times in UTC (with none
        where `Locale(offset=False)` asked for such), counts of minutes and seconds as durations, names and enumerations
        that repeat as dictionaries, `table_right` as a struct, `field_properties` as a map. What that document says
        of each stands in its metadata. Empty dates are null. So is a number past 32 bits, or another value that its
        column cannot hold, which is then in `problems`. A field that the document does not have is a column of its own
        type, or JSON text. `api_names` names columns by their API names, in place of attributes.

        Raises:
            MissingExtraError: The extra is not installed: `pip install 'superoffice-sdk[export]'`.
            InvalidIdError: A batch of your own holds a ticket whose id is not valid, such as one past 32 bits.
            TicketDecodeError: `strict`, and a value does not fit its column.

        Example:
            >>> table = client.tickets.get_many([439, 829], select=["OwnedByName", "TimeToReply"]).to_arrow()
            >>> table.column_names, table["time_to_reply"].type.time_unit
            (['ticket_id', 'owned_by_name', 'time_to_reply'], 's')
        """
        layout = self._layout or TableSpec(type(self._items[0]) if self._items else Ticket)
        record, found = layout.record_batch(self._items, api_names=api_names)
        odd = told(found, self._clean)
        self.problems += tuple(others(odd, self.problems))
        if odd and layout.strict:
            raise TicketDecodeError.of(odd, self)
        from arro3.core import Table

        return Table.from_batches([record])

    def to_pandas(self) -> pandas.DataFrame:
        """Return the tickets as a pandas DataFrame, with the columns of `to_arrow`; needs pandas and pyarrow.

        Raises what `to_arrow` does; `MissingExtraError` says what to install.

        Example:
                frame = client.tickets.get_many([439, 829]).to_pandas()
        """
        with extra("export", "pandas", "pyarrow"):
            import_module("pandas")  # which pyarrow does without until it makes a frame
            frame: pandas.DataFrame = import_module("pyarrow").table(self).to_pandas()
            return frame

    def to_polars(self) -> polars.DataFrame:
        """Return the tickets as a polars DataFrame, with the columns of `to_arrow`; needs polars.

        Raises what `to_arrow` does; `MissingExtraError` says what to install.

        Example:
                frame = client.tickets.get_many([439, 829]).to_polars()
        """
        with extra("export", "polars"):
            frame: polars.DataFrame = import_module("polars").DataFrame(self)
            return frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __array__(self, *_: object, **__: object) -> Any:
        """Refuse to become an array, of which `pandas.DataFrame(batch)` would make one column of objects."""
        raise TypeError(
            "a batch is a table, not an array; use batch.to_pandas(), or pandas.DataFrame.from_arrow(batch)"
        )

    def _repr_html_(self) -> str:
        """Show a table in notebooks; everything in it is escaped, for titles are written by strangers."""
        rows = self.to_dicts()
        names = [name for name in rows[0] if any(row.get(name) is not None for row in rows)] if rows else []
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(_cell(row.get(name)))}</td>" for name in names) + "</tr>"
            for row in rows[:_ROWS]
        )
        more = f"<p>{len(rows) - _ROWS} more</p>" if len(rows) > _ROWS else ""
        return f"<p>{escape(repr(self))}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"

    @overload
    def __getitem__(self, index: SupportsIndex) -> T_co: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T_co]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> T_co | Sequence[T_co]:
        try:
            return self._items[index]
        except IndexError:
            raise IndexError(
                f"the batch has no ticket at place {index} of {len(self)}; by its id a ticket is in .by_id"
            ) from None

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T_co]:
        return iter(self._items)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return self.requested == other.requested and self._received == other._received

    def __getstate__(self) -> dict[str, object]:
        """Leave out `by_id`, which is made again and cannot be pickled, and what knows secrets."""
        return {name: value for name, value in vars(self).items() if name not in ("by_id", "_clean")}

    def __hash__(self) -> int:
        return hash((self.requested, tuple([ticket.ticket_id for ticket in self._received])))

    def __repr__(self) -> str:
        missing = f", {len(self.missing)} missing" if self.missing else ""
        return f"<TicketBatch of {len(self)}{missing}>"


class APIResponse(Response, Generic[T_co], frozen=True):
    """The response to `raw` as it came: `status_code`, `headers`, `content`, its `text`, and `json()` of it.

    >>> response = client.tickets.raw([439, 77777])
    >>> response.status_code, response.json()[0]["TicketId"], response.parse().missing
    (200, 439, (77777,))
    """

    _read: Callable[[], TicketBatch[T_co]]  # what it holds cannot be shown or pickled

    def parse(self) -> TicketBatch[T_co]:
        """Return the tickets as `get_many` does; raises what that raises, such as an `APIStatusError` for a 403."""
        return self._read()


def cleaner_for(batches: Sequence[TicketBatch[Any]]) -> Callable[[str], str]:
    """Return what takes the secrets of the calls of some batches out of what their table tell."""

    def clean(text: str) -> str:
        for batch in batches:
            text = batch._clean(text)  # pyright: ignore[reportPrivateUsage] - of this module
        return text

    return clean
