from __future__ import annotations
import re
from typing import Final, Literal
import attrs
from .errors import ConfigurationError

@attrs.frozen
class Inherit:

    def __repr__(self) -> str:
        ...
INHERIT: Final = Inherit()

@attrs.frozen(kw_only=True)
class Locale:
    language: str | Inherit | None = INHERIT
    accept_language: str | Inherit | None = INHERIT
    culture: str | Inherit | None = INHERIT
    time_zone: str | int | Inherit | None = INHERIT
    offset: bool | Inherit = INHERIT

    def __attrs_post_init__(self) -> None:
        ...

    def over(self, base: Locale) -> Locale:
        ...

    def parameters(self) -> dict[Literal['language', 'accept_language', 'culture', 'time_zone'], str | None]:
        ...

def checked_locale(given: object) -> Locale:
    ...
NOTHING_SET: Final = Locale()
DEFAULT: Final = Locale(language=None, accept_language=None, culture=None, time_zone='UTC', offset=True)
