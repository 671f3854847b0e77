"""What an async call waits for besides its answer: a user's function, and what a call elsewhere makes."""

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
    """Wait for what another call makes, which may run in another thread or event loop."""
    import anyio

    made = anyio.Event()
    wake = from_anywhere(made.set)
    step.flight.add_done_callback(lambda _: wake())
    with anyio.move_on_after(step.seconds):
        await made.wait()


def from_anywhere(function: Callable[[], None]) -> Callable[[], None]:
    """Give what has a function called in this event loop, from any thread; nothing happens once the loop has ended."""
    call = _soon()

    def wake() -> None:
        with suppress(RuntimeError):
            call(function)

    return wake


def _soon() -> Callable[[Callable[[], object]], object]:
    """Give how this event loop is told from another thread to call something."""
    with suppress(KeyError, RuntimeError):  # it is not loaded, or this is no loop of its
        soon: Callable[[Callable[[], object]], object] = sys.modules["trio"].lowlevel.current_trio_token().run_sync_soon
        return soon
    import asyncio

    return asyncio.get_running_loop().call_soon_threadsafe


async def called(step: Function) -> Outcome:
    """Call a user's function: one that has to be awaited here, any other in a thread, since it may block."""
    import anyio
    import anyio.to_thread

    with anyio.move_on_after(step.seconds):
        try:
            if _is_async(step.function):
                return Outcome(await step.function())
            # In a list, since trio takes what is awaited for a mistake there.
            (given,) = await anyio.to_thread.run_sync(lambda: [step.function()], abandon_on_cancel=True)
            return Outcome(await given if inspect.isawaitable(given) else given)
        except Exception as error:
            return Outcome(error=error)
    return Outcome(error=CallTimeoutError("the function that gives the token took longer than the time allowed"))


def _is_async(function: Any) -> bool:
    while isinstance(function, partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004 - it is called
