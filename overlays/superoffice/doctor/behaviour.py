"""Undocumented behaviour, and its variants: the doctor finds those of a server, and the sandbox has them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, get_args

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

BEHAVIOUR: Final[Mapping[str, tuple[str, ...]]] = {
    "missing": get_args(Missing),
    "unselected": get_args(Unselected),
    "empty_date": get_args(EmptyDate),
    "duplicates": get_args(Duplicates),
    "error_shape": get_args(ErrorShape),
    "errors_in_200": get_args(ErrorsIn200),
    "unknown_select": get_args(UnknownSelect),
    "offsets": get_args(Offsets),
    "date_form": get_args(DateForm),
    "stamps": get_args(Stamps),
    "invalid_ids": get_args(InvalidIds),
    "no_ids": get_args(NoIds),
}
"""The variants of each undocumented behaviour, the likely one first."""
