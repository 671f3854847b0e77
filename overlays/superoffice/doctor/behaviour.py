"""Undocumented behaviour, and its variants: the doctor finds those of a server, and the sandbox has them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

Missing: TypeAlias = Literal["omit", "null", "default"]
Unselected: TypeAlias = Literal["null", "omit", "default"]
EmptyDate: TypeAlias = Literal["plain", "utc", "offset"]
Duplicates: TypeAlias = Literal["repeat", "once"]
ErrorShape: TypeAlias = Literal["message", "typed", "agent"]
ErrorsIn200: TypeAlias = Literal["off", "null", "error"]
UnknownSelect: TypeAlias = Literal["ignore", "error"]
Offsets: TypeAlias = Literal["asked", "always", "never"]
DateForm: TypeAlias = Literal["iso", "compact", "ticks"]
Stamps: TypeAlias = Literal["zone", "utc"]
InvalidIds: TypeAlias = Literal["error", "missing"]
NoIds: TypeAlias = Literal["array", "null", "error"]

EXPLAINED: Final[Mapping[str, Mapping[str, str]]] = {
    "missing": {
        "omit": "are left out",
        "null": "come as nothing in their places",
        "default": "come as an object of defaults",
    },
    "unselected": {"null": "come empty", "omit": "are left out", "default": "come as 0, false and empty text"},
    "empty_date": {
        "plain": "year 1 without an offset",
        "utc": "year 1 with Z",
        "offset": "year 1, shifted by the zone",
    },
    "duplicates": {"repeat": "an id asked for twice comes twice", "once": "an id asked for twice comes once"},
    "error_shape": {
        "message": "Message and MessageDetail",
        "typed": "ErrorType and Message",
        "agent": "ErrorType and ErrorMessage",
    },
    "errors_in_200": {
        "off": "an error has a status of its own",
        "null": "200 with null",
        "error": "200 with an error object",
    },
    "unknown_select": {"ignore": "are ignored", "error": "fail the call"},
    "offsets": {
        "asked": "date-times carry an offset when includeTZOffset asks for it",
        "always": "date-times carry an offset whether or not includeTZOffset asks for it",
        "never": "date-times carry no offset, though includeTZOffset asks for it",
    },
    "date_form": {
        "iso": "plain ISO 8601",
        "compact": "offsets without a colon, +0100",
        "ticks": "seven digits after the second",
    },
    "stamps": {"zone": "follows SO-TimeZone", "utc": "stays in UTC while the other date-times follow SO-TimeZone"},
    "invalid_ids": {"error": "fail the call", "missing": "count as missing"},
    "no_ids": {"array": "get an empty list", "null": "get nothing", "error": "fail the call"},
}
"""The variants of each undocumented behaviour in words, the likely one first."""
BEHAVIOUR: Final[Mapping[str, tuple[str, ...]]] = {key: tuple(variants) for key, variants in EXPLAINED.items()}
"""The variants of each undocumented behaviour, the likely one first."""
