from __future__ import annotations
import logging
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate, chain
from typing import Any, TypeAlias
import msgspec
from arro3 import core
from arro3.core import Array, DataType, RecordBatch
from msgspec.structs import astuple
from ._columns import BOOL, INT32, INT64, STRING, Column, columns_of, entry_of
from ._layout import Layout
from ._plan import ticket_id
from .batch import Problem
Where: TypeAlias = Callable[[int], tuple[int, str]]
log = logging.getLogger('superoffice')

def record_batch(tickets: Sequence[Any], layout: Layout, *, wire: bool) -> tuple[RecordBatch, list[Problem]]:
    ...

class _Builder:

    def __init__(self, tickets: Sequence[Any], layout: Layout) -> None:
        self.problems: dict[tuple[int, str], Problem] = ...
        ...

    def array(self, column: Column, values: Sequence[Any], where: Where) -> Array:
        ...
