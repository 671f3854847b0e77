"""Faults: for one request by its `X-Sandbox-Fault` header, for the next by `box.fault(...)` or the admin routes."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Mapping
from typing import Any, Final, Literal, Self, TypeAlias, get_args

import attrs
import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .behaviour import between, no_such, one_of

Kind: TypeAlias = Literal["delay", "cut", "reset", "garbage", "html", "status", "body", "null", "error"]
HEADER: Final = "x-sandbox-fault"
TRANSPORT: Final = "superoffice_sandbox.transport"
CUT: Final = "superoffice_sandbox.cut"  # an ASGI message of our own: the request is recorded, and nothing sent
_MAX_DELAY = 600.0
_ANSWER: Final = ("status", "retry_after")
# Besides how often they strike; the first of these that is named is the kind of a fault without one.
_TAKES: Final = {"delay": ("delay",), "status": (*_ANSWER, "body"), "body": ("body",), "html": _ANSWER}
_NO_LINGER = struct.pack("ii", 1, 0)


def _encoded(body: Any) -> bytes:
    if isinstance(body, bytes | str):
        return body.encode() if isinstance(body, str) else body
    try:
        return msgspec.json.encode(body)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"body must be JSON, text or bytes ({error})") from None


@attrs.frozen(kw_only=True)
class Fault:
    """What goes wrong, and for how many requests.

    `delay` is how many seconds late the right response comes; `cut` closes the connection in the middle of it; `reset`
    resets the connection before it; `garbage` sends 200 with bytes that are not JSON; `html` sends `status` with a web
    page; `status` sends that status with an error body or `body`, and `Retry-After` if `retry_after` is set; `body`
    sends 200 with `body`: text and bytes as they are, anything else as JSON; `null` and `error` send 200 with null or
    with an error object.
    """

    kind: Kind = attrs.field(validator=one_of(get_args(Kind)))
    times: int = attrs.field(default=1, validator=between(1, 1_000_000, whole=True))
    delay: float = attrs.field(default=1.0, validator=between(0, _MAX_DELAY))
    status: int = attrs.field(default=503, validator=between(200, 599, whole=True))
    retry_after: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(between(0, 1_000_000_000, whole=True))
    )
    body: bytes = attrs.field(default=b"", converter=_encoded, repr=False)

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
    def of(cls, kind: Kind | int | None, arguments: Mapping[str, Any]) -> Self:
        """Make a fault of keyword arguments.

        Raises:
            TypeError: A fault has no such argument, this one does not take it, or a body cannot be written.
            ValueError: There is no such fault, or a value has another type or is out of its range.
        """
        if isinstance(kind, int):
            raise ValueError(f"a status is given by name: fault(status={kind})")
        known = [field.name for field in attrs.fields(cls)]
        for name in arguments:
            if name not in known:
                raise TypeError(no_such("a fault", name, known))
        named: Any = next((name for name in _TAKES if name in arguments), "status")
        fault = cls(kind=named if kind is None else kind, **arguments)
        for name in arguments:
            cls._check(fault.kind, name)
        return fault

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `status=503; times=2; retry_after=1`, `delay=0.5`, `cut`, or a JSON object.

        >>> Fault.parse("status=429; times=2").times
        2

        Raises:
            ValueError: The text is not a fault.
        """
        if text.lstrip().startswith("{"):
            try:
                arguments = msgspec.json.decode(text, type=dict[str, Any])
            except msgspec.MsgspecError as error:
                raise ValueError(str(error)) from None
        else:
            pairs = [part.partition("=") for part in text.split(";") if part.strip()]
            arguments = {name.strip().lower(): value.strip() for name, _, value in pairs}
            kind = next((name for name in arguments if name in get_args(Kind)), "")
            if not arguments.get(kind):  # `delay=0.5` and `status=503` have a value, `cut` has none
                arguments.pop(kind, None)
                arguments["kind"] = kind
        numbers: dict[str, Any] = {
            name: (float if name == "delay" else int)(value)
            if name not in ("kind", "body") and isinstance(value, str)
            else value
            for name, value in arguments.items()
        }
        try:
            return cls.of(numbers.pop("kind", None), numbers)
        except TypeError as error:
            raise ValueError(str(error)) from None


class Faults:
    """A queue of faults for the next requests; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Add a fault to the queue."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Empty the queue."""
        with self._lock:
            self._waiting.clear()

    def take(self) -> Fault | None:
        """Return the fault of this request."""
        with self._lock:
            if not self._waiting:
                return None
            fault = self._waiting.pop(0)
            if fault.times > 1:
                self._waiting.insert(0, attrs.evolve(fault, times=fault.times - 1))
            return fault


class CutResponse(Response):
    """The first half of a response, or nothing of it, before the connection ends."""

    def __init__(self, request: Request, content: bytes, media_type: str, *, reset: bool = False) -> None:
        super().__init__(content, media_type=media_type or None)
        self._transport: asyncio.Transport | None = request.scope.get(TRANSPORT)
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the half, and close or reset the connection; in process, raise what a client would see."""
        await send({"type": CUT})  # before the client sees the end, so that it finds the request
        if not self._reset:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            half = bytes(self.body)[: len(self.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
        if self._transport is None:
            raise ConnectionResetError("the sandbox cut this response, as it was asked to")
        if self._reset:
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self._transport.abort()
        else:
            self._transport.close()
        await asyncio.sleep(0.01)  # uvicorn notices the loss meanwhile, and does not complain
