"""The behaviour of a sandbox: variants of what is not documented of the real server, and troubles."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias, get_args

import attrs
import msgspec

Check: TypeAlias = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def one_of(values: Iterable[str]) -> Check:
    """Make a validator for one of several names."""
    names = tuple(values)

    def check(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if value not in names:
            raise ValueError(must_be_one_of(attribute.name, value, names))

    return check


def must_be_one_of(name: str, value: object, values: Iterable[str]) -> str:
    """Return the message for a value that is not one of several."""
    *others, last = values
    return f"{name} must be {', '.join(others)} or {last} (got {value!r})"


def between(low: float, high: float, *, whole: bool = False) -> Check:
    """Make a validator for a number in a range, its ends included."""

    def check(_: object, attribute: attrs.Attribute[Any], value: float) -> None:
        check_number(attribute.name, value, whole=whole)
        if not low <= value <= high:
            raise ValueError(f"{attribute.name} must be from {low:,} to {high:,} (got {value})")

    return check


def check_number(name: str, value: object, *, whole: bool = False) -> None:
    """Raise `ValueError` if a value is not a number."""
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise ValueError(f"{name} must be a {'whole ' if whole else ''}number (got {value!r})")


def check_kind(name: str, value: object, kind: type, example: str) -> None:
    """Raise `TypeError` if a value is of another type; it is not shown, since it may be a secret."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {example} (got a {type(value).__name__})")


def no_such(what: str, name: str, known: Iterable[str]) -> str:
    """Return the message for an unknown name, with the nearest of the known ones, or with all if they are few."""
    *others, last = names = list(known)
    near = get_close_matches(name, names, n=1)
    few = f"; it has {', '.join(others)} and {last}" if len(others) < 10 else ""
    return f"{what} has no {name}" + (f"; did you mean {near[0]}?" if near else few)


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
NoIds: TypeAlias = Literal["error", "array", "null"]
AppToken: TypeAlias = Literal["optional", "required"]


class _Saved(msgspec.Struct):
    """A file that `superoffice doctor --save` wrote; its other fields are for people."""

    format: Annotated[int, msgspec.Meta(ge=1, le=1)]
    behaviour: dict[str, str]


def _variant(variants: Any, text: str) -> Any:
    values = get_args(variants)
    return attrs.field(default=values[0], validator=one_of(values), metadata={"help": text})


def _zone_code(instance: Behaviour, attribute: attrs.Attribute[Any], value: object) -> None:
    from .zones import code_of

    if not isinstance(value, str) or code_of(value) is None:
        raise ValueError(f"{attribute.name} must be a time zone code such as NO or US-NY (got {value!r})")


def _positive(instance: Behaviour, attribute: attrs.Attribute[Any], value: int | None) -> None:
    if value is None:
        return
    check_number(attribute.name, value, whole=True)
    if value <= 0:
        raise ValueError(f"{attribute.name} must be more than 0 (got {value})")


def _not_negative(instance: Behaviour, attribute: attrs.Attribute[Any], value: float) -> None:
    check_number(attribute.name, value)
    if not 0 <= value < float("inf"):
        raise ValueError(f"{attribute.name} must not be negative (got {value})")


def _truth(instance: Behaviour, attribute: attrs.Attribute[Any], value: object) -> None:
    if not isinstance(value, bool):
        raise ValueError(f"{attribute.name} must be True or False (got {value!r})")


@attrs.frozen(kw_only=True)
class Behaviour:
    """Each field is an undocumented behaviour of the real server, or a trouble it can have; the default is likely.

    Raises:
        ValueError: A value is not one of its field's.

    >>> Behaviour(missing="null").missing
    'null'
    """

    missing: Missing = _variant(Missing, "What an id without a ticket yields: nothing, null, or an object of defaults.")
    unselected: Unselected = _variant(
        Unselected, "How a field that $select leaves out is sent: as null, not at all, or as 0 and false."
    )
    empty_date: EmptyDate = _variant(
        EmptyDate, "How an empty date (year 1) is written: without an offset, with Z, or shifted by the zone."
    )
    duplicates: Duplicates = _variant(Duplicates, "How often a repeated id is sent: each time, or once.")
    error_shape: ErrorShape = _variant(
        ErrorShape, "The error body: Message and MessageDetail, ErrorType and Message, or ErrorMessage."
    )
    errors_in_200: ErrorsIn200 = _variant(
        ErrorsIn200, "What an invalid request gets: 400, or 200 with null or with an error object."
    )
    unknown_select: UnknownSelect = _variant(UnknownSelect, "What an unknown name in $select does.")
    offsets: Offsets = _variant(Offsets, "When date-times carry an offset: as SO-TimeZone asks, always, or never.")
    date_form: DateForm = _variant(
        DateForm, "How converted date-times are written: +01:00, +0100, or with seven more digits."
    )
    stamps: Stamps = _variant(Stamps, "The zone of CreatedAt and LastChanged: as SO-TimeZone asks, or UTC.")
    invalid_ids: InvalidIds = _variant(InvalidIds, "What an id below 1 is: an error, or a missing ticket.")
    no_ids: NoIds = _variant(NoIds, "What an empty list of ids gets: an error, an empty array, or null.")
    app_token: AppToken = _variant(AppToken, "If SO-AppToken is required with a SoTicket, as online.")
    base_zone: str = attrs.field(
        default="NO",
        validator=_zone_code,
        metadata={"help": "Time zone of the stored date-times."},
    )
    calls_per_second: int | None = attrs.field(
        default=None,
        validator=_positive,
        metadata={"help": "Send 429 and Retry-After to more requests a second; the real limit is 10."},
    )
    slow: float = attrs.field(
        default=0.0, validator=_not_negative, metadata={"help": "Seconds to wait before each response."}
    )
    maintenance: bool = attrs.field(default=False, validator=_truth, metadata={"help": "Send 503 to every request."})

    @classmethod
    def from_file(cls, path: Path, **chosen: Any) -> Self:
        """Return the behaviour that `superoffice doctor --save` found; arguments in `chosen` count more than the file.

        Raises:
            ValueError: The file is not one of those, or has values that this version does not know.
            OSError: It cannot be read.
        """
        try:
            saved = msgspec.json.decode(path.read_bytes(), type=_Saved)
        except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
            raise ValueError(f"{path} was not saved by this version's `superoffice doctor --save`: {error}") from None
        known = [field.name for field in attrs.fields(cls) if isinstance(field.default, str)]
        for name in saved.behaviour:
            if name not in known:
                raise ValueError(f"{path}: behaviour has no {name}; it has {', '.join(known)}")
        try:
            found = cls(**saved.behaviour)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  - validated
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}: {error.args[0]}") from None
        return attrs.evolve(found, **chosen)
