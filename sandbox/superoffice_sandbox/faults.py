"""Faults on demand: for one call by its `X-Sandbox-Fault` header, for the next by `box.fault(...)` or an admin call."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Mapping
from typing import Any, Final, Literal, Self, TypeAlias, get_args

import attrs
import msgspec

from .behaviour import between, no_such, one_of

Kind: TypeAlias = Literal["delay", "cut", "reset", "garbage", "html", "status", "null", "error"]
HEADER: Final = "x-sandbox-fault"
_MAX_DELAY = 600.0
_ANSWER: Final = ("status", "retry_after")
_TAKES: Final = {"delay": ("seconds",), "html": _ANSWER, "status": _ANSWER}  # besides how often they strike
_NO_LINGER = struct.pack("ii", 1, 0)


@attrs.frozen(kw_only=True)
class Fault:
    """What goes wrong, and for how many calls.

    `delay` answers rightly after `seconds`; `cut` closes the connection in the middle of a right answer; `reset` resets
    it before one; `garbage` answers 200 with bytes that are no JSON; `html` answers `status` with a web page; `status`
    answers it with an error body, and `retry_after` if that is set; `null` and `error` answer 200 with null or with an
    error object.
    """

    kind: Kind = attrs.field(validator=one_of(get_args(Kind)))
    times: int = attrs.field(default=1, validator=between(1, 1_000_000, whole=True))
    seconds: float = attrs.field(default=1.0, validator=between(0, _MAX_DELAY))
    status: int = attrs.field(default=503, validator=between(200, 599, whole=True))
    retry_after: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(between(0, 1_000_000_000, whole=True))
    )

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(type(self)):
            if getattr(self, field.name) != field.default:
                self._check(self.kind, field.name)

    @staticmethod
    def _check(kind: str, name: str) -> None:
        takes = ("times", *_TAKES.get(kind, ()))
        if name not in ("kind", *takes):
            raise TypeError(f"the fault {kind} takes no {name}, only {' and '.join(takes)}")

    @classmethod
    def of(cls, kind: Kind | None, members: Mapping[str, Any]) -> Self:
        """Make one of what a test gave by name.

        Raises:
            TypeError: A fault has no such member, or this one does not take it.
            ValueError: No such fault, or a member of another type or out of its range.
        """
        known = [field.name for field in attrs.fields(cls)]
        for name in members:
            if name not in known:
                raise TypeError(no_such("a fault", name, known))
        fault = cls(kind="status" if kind is None else kind, **members)
        for name in members:
            cls._check(fault.kind, name)
        return fault

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `status=503; times=2; retry_after=1`, `delay=0.5`, `cut`, or a JSON object of the members.

        >>> Fault.parse("status=429; times=2").times
        2

        Raises:
            ValueError: It is neither.
        """
        if text.lstrip().startswith("{"):
            try:
                members = msgspec.json.decode(text, type=dict[str, str | int | float | None])
            except msgspec.MsgspecError as error:
                raise ValueError(str(error)) from None
        else:
            pairs = [part.partition("=") for part in text.split(";") if part.strip()]
            members = {name.strip().lower(): value.strip() for name, _, value in pairs}
            kind = next((name for name in members if name in get_args(Kind)), None)
            if kind is not None and members[kind] and kind != "status":
                members["seconds"] = members[kind]
            members = {
                "kind": kind or "",
                **{name: v for name, v in members.items() if name != kind or name == "status"},
            }
            if members.get("status") == "":
                del members["status"]
        numbers: dict[str, Any] = {
            name: (float if name == "seconds" else int)(value) if name != "kind" and isinstance(value, str) else value
            for name, value in members.items()
        }
        try:
            return cls.of(numbers.pop("kind", ""), numbers)
        except TypeError as error:
            raise ValueError(str(error)) from None


class Faults:
    """The faults that wait for calls, first come first served; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let the next calls fail."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Forget what has not struck yet."""
        with self._lock:
            self._waiting.clear()

    def take(self) -> Fault | None:
        """Give the fault that strikes this call."""
        with self._lock:
            if not self._waiting:
                return None
            fault = self._waiting.pop(0)
            if fault.times > 1:
                self._waiting.insert(0, attrs.evolve(fault, times=fault.times - 1))
            return fault


async def hang_up(transport: asyncio.Transport | None, *, reset: bool) -> None:
    """Close the connection, gently or with a reset; without one, as in process, raise what a client would see."""
    if transport is None:
        raise ConnectionResetError("the sandbox cut this answer, as it was asked to")
    if reset:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()
    else:
        transport.close()
    await asyncio.sleep(0.01)  # the server notices the loss in between, and has nothing to complain of
