"""How the sandbox answers where nobody has written down how the real server does, and what it can be made to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

import attrs
import msgspec

Check: TypeAlias = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def one_of(values: Iterable[str]) -> Check:
    """Make the check for one of several names."""
    names = tuple(values)

    def check(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if value not in names:
            raise ValueError(none_of(attribute.name, value, names))

    return check


def none_of(name: str, value: object, values: Iterable[str]) -> str:
    """Return the sentence that refuses a value which is none of several."""
    *others, last = values
    return f"{name} must be {', '.join(others)} or {last} (got {value!r})"


def between(low: float, high: float, *, whole: bool = False) -> Check:
    """Make the check for a number in a range, its ends included."""

    def check(_: object, attribute: attrs.Attribute[Any], value: float) -> None:
        check_number(attribute.name, value, whole=whole)
        if not low <= value <= high:
            raise ValueError(f"{attribute.name} must be from {low:,} to {high:,} (got {value})")

    return check


def check_number(name: str, value: object, *, whole: bool = False) -> None:
    """Raise `ValueError` for what is not a number."""
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise ValueError(f"{name} must be a {'whole ' if whole else ''}number (got {value!r})")


def check_kind(name: str, value: object, kind: type, example: str) -> None:
    """Raise `TypeError` for what is not of a kind; its value is not shown, since it may be a secret."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {example} (got a {type(value).__name__})")


def no_such(what: str, name: str, known: Iterable[str]) -> str:
    """Return the sentence that refuses a name, with the nearest of those that there are."""
    near = get_close_matches(name, known, n=1)
    return f"{what} has no {name}" + (f"; did you mean {near[0]}?" if near else "")


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
AppToken: TypeAlias = Literal["optional", "required"]


class _Saved(msgspec.Struct):
    """A file that `superoffice doctor --save` wrote; what it saw besides is for people."""

    format: Annotated[int, msgspec.Meta(ge=1, le=1)]
    behaviour: dict[str, str]


def _choice(*values: str, text: str) -> Any:
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
    """Each field is an open question about the real server, or a trouble it can have; the default is the likely answer.

    Raises:
        ValueError: A field has none of its values.

    >>> Behaviour(missing="null").missing
    'null'
    """

    missing: Missing = _choice(
        "omit", "null", "default", text="What an id without a ticket yields: nothing, null, or an object of defaults."
    )
    unselected: Unselected = _choice(
        "null",
        "omit",
        "default",
        text="How a member that $select leaves out comes: null, not at all, or as 0 and false.",
    )
    empty_date: EmptyDate = _choice(
        "plain", "utc", "offset", text="How an empty date (year 1) is written: bare, with Z, or shifted by the zone."
    )
    duplicates: Duplicates = _choice("repeat", "once", text="Whether an id that is asked for twice comes twice.")
    error_shape: ErrorShape = _choice(
        "message",
        "typed",
        "agent",
        text="The error body: Message and MessageDetail, ErrorType and Message, or ErrorMessage.",
    )
    errors_in_200: ErrorsIn200 = _choice(
        "off", "null", "error", text="What a wrong request gets: 400, or 200 with null or with an error object."
    )
    unknown_select: UnknownSelect = _choice("ignore", "error", text="What an unknown name in $select does.")
    offsets: Offsets = _choice(
        "asked", "always", "never", text="When date-times carry an offset: as SO-TimeZone asks, always, or never."
    )
    date_form: DateForm = _choice(
        "iso",
        "compact",
        "ticks",
        text="How converted date-times are written: +01:00, +0100, or with seven more digits.",
    )
    stamps: Stamps = _choice("zone", "utc", text="Whether CreatedAt and LastChanged follow SO-TimeZone or stay in UTC.")
    invalid_ids: InvalidIds = _choice("error", "missing", text="What an id below 1 is: an error, or a missing ticket.")
    no_ids: NoIds = _choice(
        "array", "null", "error", text="What an empty list of ids gets: an empty array, null, or an error."
    )
    app_token: AppToken = _choice(
        "optional", "required", text="Whether SO-AppToken must come with a SoTicket, as online."
    )
    base_zone: str = attrs.field(
        default="NO",
        validator=_zone_code,
        metadata={"help": "Time zone of the stored date-times."},
    )
    calls_per_second: int | None = attrs.field(
        default=None,
        validator=_positive,
        metadata={"help": "Answer more calls a second with 429 and Retry-After; the real limit is 10."},
    )
    slow: float = attrs.field(
        default=0.0, validator=_not_negative, metadata={"help": "Seconds to wait before each answer."}
    )
    maintenance: bool = attrs.field(default=False, validator=_truth, metadata={"help": "Answer every call with 503."})

    @classmethod
    def from_file(cls, path: Path, **chosen: Any) -> Self:
        """Answer as the server did that `superoffice doctor --save` wrote of; what is `chosen` outweighs the file.

        Raises:
            ValueError: The file is none of those, or says what this version does not know.
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
