"""What a table of tickets holds: the class they were read into, and how their date-times stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from .._extras import extra
from ..errors import check_given

if TYPE_CHECKING:
    from arro3.core import RecordBatch, Schema

    from ..problem import Problem


class TableSpec(msgspec.Struct, frozen=True):  # as a class of attrs it would take longer to make
    """Says what the columns of a table are, also where it has no row.

    `kind` is a Struct's class. `zone` is the one in which date-times without offset stand, where that is certain;
    `naive` says that the server was asked for such, so that the columns have no zone. `strict` makes odd values errors.
    """

    kind: Any
    zone: tzinfo | None = None
    naive: bool = False
    strict: bool = False

    def schema(self, *, wire: bool) -> Schema:
        """Give the schema; raises `MissingExtraError`."""
        _need_arrow(wire)
        from .schema import columns_of

        return columns_of(self.kind, self.naive, wire).schema

    def record_batch(
        self, tickets: Sequence[Any], *, wire: bool, clean: Callable[[str], str]
    ) -> tuple[RecordBatch, list[Problem]]:
        """Make a record batch of tickets, and say which values do not fit their columns; raises `MissingExtraError`."""
        _need_arrow(wire)
        from .build import record_batch

        return record_batch(tickets, self, wire=wire, clean=clean)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the class of a selection as its paths: it was made, so no module has it."""
        from ..views import PartialTicket

        if issubclass(self.kind, PartialTicket):
            return _layout, (None, self.kind.paths(), self.zone, self.naive, self.strict)
        return _layout, (self.kind, (), self.zone, self.naive, self.strict)


def _layout(kind: Any, paths: tuple[str, ...], zone: tzinfo | None, naive: bool, strict: bool) -> TableSpec:
    from ..views import partial_type

    return TableSpec(partial_type(paths) if kind is None else kind, zone, naive, strict)


def _need_arrow(wire: bool) -> None:
    check_given(bool, "True or False", wire=wire)
    with extra("export"):
        import_module("arro3.core")
