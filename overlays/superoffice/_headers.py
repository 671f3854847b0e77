"""Headers that go out: without what no header can hold, and without their values where they might show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, SupportsIndex, overload

from superoffice_api.facts import Security

from .errors import InvalidInputError

SIGN_IN_HEADERS: Final = frozenset({Security.BEARER.header.lower(), Security.XSRF_TOKEN.header.lower(), "cookie"})
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class _Secret(str):
    """Text that a traceback with variables does not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<secret>"

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        return _Secret(super().__getitem__(key))  # rich shows the first 80 characters of a long text


@overload
def hidden(secret: str) -> str: ...
@overload
def hidden(secret: str | None) -> str | None: ...
def hidden(secret: object) -> Any:
    """Return a secret that shows itself in no `repr`; of what is not text the type alone, since it may be one too."""
    if isinstance(secret, str):
        return _Secret(secret)
    return secret if secret is None or isinstance(secret, type) else type(secret)


class SentHeaders(dict[str, str]):
    """Headers with the sign-in among them. A traceback that shows variables shows their names only."""

    def __repr__(self) -> str:
        return f"<headers {', '.join(self)}>"


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise `InvalidInputError` for a header that is none; httpx would quote its value, perhaps a secret."""
    wrong = next((name for name in headers if not can_be_sent(name, headers[name])), None)
    if wrong is not None:
        shown = wrong if _NAME.fullmatch(wrong) else repr(wrong)
        raise InvalidInputError(
            f"the header {shown} holds a control character, one outside ASCII, or a blank at an end; take it out"
        )


def can_be_sent(name: str, value: str) -> bool:
    """Whether a header, or a cookie, may have this name and value."""
    return _NAME.fullmatch(name) is not None and value.isascii() and value.isprintable() and value == value.strip()
