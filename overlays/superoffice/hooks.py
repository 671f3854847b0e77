"""What a program hears of its requests: functions that it has called, and the log on standard error."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal, TypeAlias

import attrs

from .errors import ConfigurationError, check_given

LOG = "SUPEROFFICE_LOG"
CallKind: TypeAlias = Literal["call", "sign_in", "tenant"]


@attrs.frozen(kw_only=True)
class CallEvent:
    """A moment in the life of a request. It holds no body, and no secret, so it can be logged as it is.

    `kind` is `call` for a request of your program, `sign_in` or `tenant` for one that gets credentials or finds the
    tenant first. `attempt` counts from 1; `elapsed` are the seconds of this attempt, `wait` those until the next.
    `status_code` is None where there was no response, and `error` is then why. `headers` are the response's, without
    those that may hold a secret, such as cookies; `request_id` is the one by which the server's operators find it.

    >>> event = CallEvent(method="POST", path="/api/v1/Agents/Ticket/GetTickets", ids=(439,), attempt=1)
    >>> event.kind, event.status_code
    ('call', None)
    """

    method: str
    path: str
    ids: tuple[int, ...]
    attempt: int
    kind: CallKind = "call"
    status_code: int | None = None
    elapsed: float | None = None
    wait: float | None = None
    error: Exception | None = None
    headers: Mapping[str, str] = attrs.field(default=MappingProxyType({}), hash=False)
    request_id: str | None = None


Hook: TypeAlias = Callable[[CallEvent], Awaitable[None] | None]
"""A function that takes an event; an async client also awaits what it returns."""


@attrs.frozen(kw_only=True)
class Hooks:
    """Functions to call before and after each attempt, before a retry, and when an attempt was slow.

    They hear of requests that sign in or find a tenant, too; those have another `kind`.

    What a hook raises, the call raises. Slow is what takes longer than the OpenAPI document's threshold, 2 seconds.

    >>> told = client.with_options(hooks=Hooks(after=lambda event: print(event.status_code)))
    >>> _ = told.tickets.get(439)
    200
    """

    before: Hook | None = None
    after: Hook | None = None
    on_retry: Hook | None = None
    on_slow: Hook | None = None

    def __attrs_post_init__(self) -> None:
        check_given(Callable | None, "a function that takes an event", **attrs.asdict(self, recurse=False))


def log_to_stderr(level: str) -> None:
    """Write what the logger `superoffice` says, from `debug` or `info` on, to standard error; the root logger stays."""
    if level.lower() not in ("debug", "info"):
        raise ConfigurationError(f"{LOG}={level!r} is not a level of the log; set it to debug or info, or not at all")
    logging.getLogger("superoffice").addHandler(_handler())
    logging.getLogger("superoffice").setLevel(level.upper())


@cache
def _handler() -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return handler
