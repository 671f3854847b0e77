"""What a user writes with the package made of `animals.json` and `shapes.yaml`; checked by mypy, and run on a server."""

from __future__ import annotations

import sys
from typing import Any, assert_type
from uuid import UUID

import msgspec
from superoffice import BasicAuth, InvalidInputError, SuperOffice
from zoo.api.animal import change, get, get_all, get_picture, put_picture, states
from zoo.api.animal_agent import get_animal
from zoo.api.row import anything, get_api_v_1_row_key_report, list_rows, patch_decode
from zoo.models import Animal, AnimalState, Everything, EverythingInner, EverythingInnerDeep, Kind, Named, Person


def refused(call: Any, *given: Any, **named: Any) -> str:
    try:
        call(*given, **named)
    except InvalidInputError as error:
        return str(error)
    raise AssertionError


def main(client: SuperOffice) -> None:
    animal = get_animal.sync(client, animal_id=7, select=["Name"], language="sv")
    assert_type(animal, Animal)
    assert (animal.name, animal.keeper, animal.born) == ("Rex", Person(name="Ann"), msgspec.UNSET)
    assert get_animal.get_animal.slow_threshold == 3.0
    assert (animal.state, AnimalState("ASLEEP")) == ("asleep", AnimalState.ASLEEP)
    assert_type(get.sync(client, 7), Animal)
    assert_type(get_all.sync(client, kinds=["a", "b"], names=["c", "d"], body_query="e"), list[Animal])
    changed = change.sync(
        client, 7, Animal(name="Tom", born=None, animal_id=7, friends=[Animal(animal_id=1, name="Kim")])
    )
    assert changed.to_dict(api_names=True) == {"Name": "Tom", "Born": None, "Friends": [{"Name": "Kim"}]}
    assert_type(get_picture.sync(client, 7), bytes)
    assert get_picture.sync(client, 7) == b"\x89PNG"
    put_picture.sync(client, 7, b"\x89PNG")
    assert_type(states.sync(client), dict[str, list[list[int]]])
    assert states.sync(client) == {"Rex": [[1, 2], []]}

    rows = list_rows.sync(client)
    assert_type(rows, list[dict[str, Any]])
    assert rows == [{"ticketId": 1, "x_custom": 5}]
    given = Everything(
        free={"a": [1]},
        any=[None],
        map={"a": [1, "b"]},
        many=[{"c": 1}],
        both={"ticketId": 1, "x": 2},
        named=Named(name=None),
        either=Named(name="Ann"),
        unclear={"anything": True},
        kind=Kind.CAT,
        level=2,
        numbers=[1],
        inner=EverythingInner(deep=EverythingInnerDeep(est=True)),
    )
    came = patch_decode.sync(client, given)
    assert_type(came, Everything)
    assert came == given, came
    assert_type(came.either, str | int | Named | msgspec.UnsetType | None)
    report = get_api_v_1_row_key_report.sync(client, UUID(int=1))
    assert_type(report, Everything | bytes | None)
    assert isinstance(report, Everything)
    assert get_api_v_1_row_key_report.sync(client, UUID(int=2)) == b"%PDF"
    assert get_api_v_1_row_key_report.sync(client, UUID(int=3)) is None
    assert anything.sync(client, {"a": [1]}) == {"a": [1]}

    with_id = Named(id=1, name="Ann")
    free = patch_decode.sync(client, Everything(id=2, either=with_id, nested=[[with_id]], map={"a": [with_id]}))
    assert free.to_dict() == {"either": {"name": "Ann"}, "nested": [[{"name": "Ann"}]], "map": {"a": [{"name": "Ann"}]}}

    assert "a step of the path must be a text, a number, a date or a list of these, not a Animal" in refused(
        get.sync, client, animal
    )
    assert "names must be a text, a number, a date or a list of these, not a Animal" in refused(
        get_all.sync, client, names=animal
    )
    assert "kinds must be a text" in refused(get_all.sync, client, kinds=animal)
    assert "its body is not of the type Animal: Expected `object`, got `Person`" in refused(
        change.sync, client, 7, Person(name="Ann")
    )
    assert "of the type Animal: Expected `object`, got `null`" in refused(change.sync, client, 7, None)


if __name__ == "__main__":
    with SuperOffice(sys.argv[1], auth=BasicAuth("u", "p")) as client:
        main(client)
