"""The base of every generated model."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Any, Self, Union, cast, dataclass_transform, get_args

import msgspec

_LONGEST = 200  # characters, more than a name has that an enumeration lists


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
# gc=False: models hold no cycles, and a million of them would only slow the collector down.
class Model(msgspec.Struct, frozen=True, kw_only=True, gc=False, repr_omit_defaults=True):
    """An immutable value that is sent or received, with names in snake_case; its `repr` shows what is set.

    >>> class Pet(Model):
    ...     born_in: int | None = msgspec.field(default=None, name="BornIn")
    >>> Pet(born_in=2019), Pet().to_dict(api_names=True)
    (Pet(born_in=2019), {'BornIn': None})
    """

    def to_dict(self, *, api_names: bool = False) -> dict[str, object]:
        """Return what fields are set, as a dictionary by attribute, or by API name; nested objects become dictionaries.

        Date-times stay date-times, enumerations become text; `msgspec.json.encode` of the value writes JSON.
        """
        return cast("dict[str, object]", plain(self, api_names))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Let pydantic and FastAPI, which ask for this, take and write the model as JSON has it, by API names."""
        from pydantic_core import core_schema

        def read(value: object) -> Model:
            try:
                return value if isinstance(value, cls) else msgspec.convert(value, cls)
            except msgspec.ValidationError as error:
                raise ValueError(str(error)) from None

        def write(value: Model) -> dict[str, object]:
            values = ((field.encode_name, getattr(value, field.name)) for field in fields)
            return {name: given for name, given in values if given is not msgspec.UNSET}

        fields = msgspec.structs.fields(cls)
        typed = core_schema.typed_dict_schema(
            {
                field.encode_name: core_schema.typed_dict_field(handler(_set(field.type)), required=field.required)
                for field in fields
            }
        )
        return core_schema.no_info_plain_validator_function(
            read,
            json_schema_input_schema=typed,
            ref=f"{cls.__module__}.{cls.__qualname__}",
            serialization=core_schema.plain_serializer_function_ser_schema(
                write, return_schema=typed, when_used="json"
            ),
        )

    def __hash__(self) -> int:
        return hash((type(self).__name__, *(_hashable(getattr(self, name)) for name in self.__struct_fields__)))


def _set(kind: Any) -> Any:
    """Return a field's type without that of not being set, which pydantic does not know."""
    kept = tuple(each for each in get_args(kind) if each is not msgspec.UnsetType)
    return cast("Any", Union)[kept] if msgspec.UnsetType in get_args(kind) else kind


def plain(value: Any, api_names: bool, shapes: Mapping[str, Any] = {}) -> object:
    """Return a value with dictionaries in place of models, without the fields that `shapes` has as read only."""
    if isinstance(value, Model):
        left_out = {key for kind in type(value).__mro__ if (of := shapes.get(kind.__name__)) for key in of.read_only}
        names = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
        given = ((wire if api_names else name, getattr(value, name)) for name, wire in names if wire not in left_out)
        return {name: plain(each, api_names, shapes) for name, each in given if each is not msgspec.UNSET}
    if isinstance(value, dict):
        return {key: plain(item, api_names, shapes) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [plain(item, api_names, shapes) for item in cast("list[object]", value)]
    return str(value) if isinstance(value, Enum) else value


def _hashable(value: Any) -> object:
    if isinstance(value, dict):
        return frozenset((key, _hashable(item)) for key, item in cast("dict[str, Any]", value).items())
    return tuple(map(_hashable, cast("list[object]", value))) if isinstance(value, list) else value


class OpenStrEnum(StrEnum):
    """A text enumeration that matches without regard to case and keeps values it does not know.

    An unknown value has `is_known` False, and is written as it came. It is not added to the members, so a server cannot
    grow the class without bound.

    >>> class Colour(OpenStrEnum):
    ...     RED = "Red"
    >>> Colour("red"), Colour("Mauve"), Colour("Mauve").is_known
    (Colour.RED, Colour('Mauve'), False)
    """

    @property
    def is_known(self) -> bool:
        """True where the OpenAPI document lists the value."""
        return type(self).__members__.get(self._name_) is self

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Let pydantic and FastAPI, which ask for this, take any text."""
        from pydantic_core import core_schema

        written = core_schema.to_string_ser_schema()
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(), serialization=written)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> Any:
        return {**handler(schema), "examples": [member.value for member in cls]}

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        folded = value[:_LONGEST].casefold()
        for member in cls:
            if member._value_.casefold() == folded:
                return member
        unknown = str.__new__(cls, value)
        unknown._name_ = unknown._value_ = value
        return unknown

    def __reduce_ex__(self, proto: object) -> tuple[type[Self], tuple[str]]:
        return type(self), (self._value_,)

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self._name_}" if self.is_known else f"{type(self).__name__}({self._value_!r})"
