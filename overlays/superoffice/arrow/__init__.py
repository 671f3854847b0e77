"""Tickets as tables of Apache Arrow, whose columns need an extra."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import check_given, extra
from ..views import PartialTicket, partial_type

if TYPE_CHECKING:
    from arro3.core import RecordBatch, Schema

    from ..problem import Problem


class TableSpec(msgspec.Struct, frozen=True):  # as a class of attrs it would take longer to make
    """The columns of a table of tickets, also where it has no row."""

    kind: Any  # the class that tickets were read into
    zone: tzinfo | None = None  # of date-times without offset, where it is known
    naive: bool = False  # the server was asked for date-times without offset, and the columns have no zone
    strict: bool = False  # odd values are errors

    def schema(self, *, api_names: bool) -> Schema:
        """Return the schema; raises `MissingExtraError`."""
        check_given(bool, "True or False", api_names=api_names)
        with extra("export"):
            import_module("arro3.core")
        from .columns import columns_of

        return columns_of(self.kind, self.naive, api_names)[1]

    def record_batch(self, tickets: Sequence[Any], *, api_names: bool) -> tuple[RecordBatch, list[Problem]]:
        """Return a record batch of tickets and the values that do not fit, which are null in it."""
        self.schema(api_names=api_names)  # raises where the extra is missing
        from .columns import record_batch

        return record_batch(tickets, self.kind, self.zone, naive=self.naive, api_names=api_names)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the class of a selection, which no module has, as its paths."""
        kind = self.kind.paths() if issubclass(self.kind, PartialTicket) else self.kind
        return _unpickled, (kind, self.zone, self.naive, self.strict)


def _unpickled(kind: type[Any] | tuple[str, ...], *others: Any) -> TableSpec:
    return TableSpec(partial_type(kind) if isinstance(kind, tuple) else kind, *others)
