"""Functions that a program has called while its calls run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import attrs

from .errors import check_given


@attrs.frozen(kw_only=True)
class CallEvent:
    """A moment in the life of a call. It holds no headers and no bodies, so it can be logged as it is.

    `attempt` counts from 1; `elapsed` are the seconds of this attempt, `wait` those until the next; `status` is None
    where there was no response, and `error` is then why.

    >>> CallEvent(method="POST", path="/api/v1/Agents/Ticket/GetTickets", ids=(439,), attempt=1).status is None
    True
    """

    method: str
    path: str
    ids: tuple[int, ...]
    attempt: int
    status: int | None = None
    elapsed: float | None = None
    wait: float | None = None
    error: Exception | None = None


Hook: TypeAlias = Callable[[CallEvent], Awaitable[None] | None]
"""A function that takes an event; an async client also awaits what it returns."""


@attrs.frozen(kw_only=True)
class Hooks:
    """Functions to call before and after each attempt, before a retry, and when an attempt was slow.

    What a hook raises, the call raises. Slow is what takes longer than the OpenAPI document's threshold, 2 seconds.

    >>> told = client.with_options(hooks=Hooks(after=lambda event: print(event.status)))
    >>> _ = told.tickets.get(439)
    200
    """

    before: Hook | None = None
    after: Hook | None = None
    on_retry: Hook | None = None
    on_slow: Hook | None = None

    def __attrs_post_init__(self) -> None:
        check_given(Callable | None, "a function that takes an event", **attrs.asdict(self, recurse=False))
