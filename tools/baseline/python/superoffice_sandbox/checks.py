from __future__ import annotations
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias
import attrs
Check: TypeAlias = Callable[[Any, 'attrs.Attribute[Any]', Any], None]

def one_of(values: Iterable[str]) -> Check:
    ...

def between(low: float, high: float) -> Check:
    ...
