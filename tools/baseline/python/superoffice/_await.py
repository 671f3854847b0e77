from __future__ import annotations
import inspect
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any
from ._exchange import Function, Outcome
from ._once import Hold
from .errors import CallTimeoutError

async def hold_on(step: Hold) -> None:
    ...

async def called(step: Function) -> Outcome:
    ...
