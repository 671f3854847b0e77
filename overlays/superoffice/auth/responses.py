"""Reads what authentication servers respond, and shows what of it may be shown."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec

from superoffice_runtime import Response

from ..errors import SignInError
from ..transport.call import Cleaner

T = TypeVar("T")
V = TypeVar("V")
TRY_LATER: Final = "try again later; if it stays, tell the operators of the authentication server"
_SHOWN: Final = 200  # characters of a server's own words


class HiddenRepr(msgspec.Struct):
    """A value whose fields may be secret: a traceback that shows variables shows none of them."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # msgspec's own shows all
        return []


class HiddenValues(dict[str, V]):
    """Names with values that may be secret: a traceback that shows variables shows the names only."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()} {', '.join(self)}>"


def decode(content: bytes | str | msgspec.Raw, kind: type[T], *, strict: bool = True) -> T | None:
    """Return JSON as a value of a type; None where it is not one. An error from in here would hold the content."""
    try:
        raw = content.encode() if isinstance(content, str) else content
        return msgspec.json.decode(raw, type=kind, strict=strict)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None


def check_ok(response: Response, kind: type[T], what: str) -> T:
    """Return the value in a response of status 200; raise `SignInError` for any other response."""
    if response.status != 200:
        raise SignInError(f"the response to {what} has status {response.status}", advice=TRY_LATER).of_answer(response)
    if (found := decode(response.content, kind, strict=False)) is None:
        raise SignInError(f"the response to {what} cannot be read", advice=TRY_LATER).of_answer(response)
    return found


def shown(text: object, *secrets: str | None) -> str:
    """Return a server's words: short, without secrets that it may repeat, and without what would steer a terminal."""
    return Cleaner(lambda: filter(None, secrets))(str(text))[:_SHOWN]
