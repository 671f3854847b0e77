"""The cases themselves: described by their schema, named once, and covering what they promise."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from superoffice import SuperOfficeError, errors
from superoffice_sandbox.conformance import TOPICS, load
from superoffice_sandbox.conformance.case import folder

from .runner import kind

HOME = Path(__file__).parents[3] / "sandbox/superoffice_sandbox/conformance/cases"
SCHEMA = json.loads((HOME / "case.schema.json").read_bytes())
RAW: dict[str, list[dict[str, Any]]] = {
    file.stem: json.loads(file.read_bytes()) for file in HOME.glob("*.json") if file.name != "case.schema.json"
}
ALL = [case for cases in RAW.values() for case in cases]


def test_the_schema_is_one_and_describes_every_member() -> None:
    Draft202012Validator.check_schema(SCHEMA)

    def check(where: str, schema: dict[str, Any]) -> None:
        assert "description" in schema or "$ref" in schema, where
        if "properties" in schema:
            assert schema.get("additionalProperties") is False or "patternProperties" in schema, (
                f"{where} is not closed"
            )
        for name, member in schema.get("properties", {}).items():
            check(f"{where}.{name}", member)

    for name, schema in SCHEMA["$defs"].items():
        check(name, schema)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case["id"])
def test_a_case_fits_the_schema(case: dict[str, Any]) -> None:
    Draft202012Validator(SCHEMA).validate(case)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "Select.Names"},
        {"title": "no sentence"},
        {"evidence": "guessed"},
        {"call": {"ids": [1], "id": 1}},
        {"call": {"ids": [1], "selekt": []}},
        {"client": {"auth": {"basic": {"user": "a", "password": "b"}, "bearer": "c"}}},
        {"exchanges": [{"request": {"method": "POST", "path": "/x", "body": {}}, "response": {"status": 200}}]},
        {"exchanges": [{"request": {"method": "POST", "path": "/x", "body": {}}, "response": {"connection": "cut"}}]},
        {"outcome": {}},
        {"outcome": {"tickets": [{"Title": "x"}]}},
        {"outcome": {"tickets": [{"TicketId": 1, "Origin": "Email"}]}},
        {"outcome": {"tickets": [{"TicketId": 1, "CreatedAt": "2024-11-15T09:30:00+01:00"}]}},
        {"outcome": {"error": {"kind": "bad_luck"}}},
    ],
)
def test_a_wrong_case_does_not_fit(change: dict[str, Any]) -> None:
    (case,) = (case for case in ALL if case["id"] == "select.names")
    assert not Draft202012Validator(SCHEMA).is_valid({**case, **change})


def test_ids_are_unique_and_begin_with_their_file() -> None:
    assert max(Counter(case["id"] for case in ALL).values()) == 1
    assert all(case["id"].startswith(f"{topic}.") for topic, cases in RAW.items() for case in cases)


def test_the_cases_cover_the_topics() -> None:
    assert len(ALL) >= 60
    assert set(RAW) == set(TOPICS)
    assert all(RAW.values())


def test_what_is_installed_is_what_the_repository_holds() -> None:
    assert {file.name for file in folder().iterdir()} == {file.name for file in HOME.iterdir()}
    assert {case.id for case in load()} == {case["id"] for case in ALL}
    assert [case.topic for case in load()] == sorted((case.topic for case in load()), key=TOPICS.index)


def test_every_kind_of_error_is_ours_and_occurs() -> None:
    named = {known["const"] for known in SCHEMA["$defs"]["kind"]["oneOf"]}
    tree = [made for made in vars(errors).values() if isinstance(made, type) and issubclass(made, SuperOfficeError)]
    assert named <= {kind(made) for made in tree}
    assert named == {case["outcome"]["error"]["kind"] for case in ALL if "error" in case["outcome"]}
    for parent in (errors.APIStatusError, errors.InvalidResponseError, errors.InvalidInputError):
        assert {kind(made) for made in parent.__subclasses__()} <= named


def test_every_status_of_a_class_of_its_own_occurs() -> None:
    said = {answer["response"].get("status") for case in ALL for answer in case["exchanges"]}
    assert {200, 204, 302, 400, 401, 403, 404, 406, 415, 421, 429, 500, 502, 503, 504, 520} <= said


def test_what_must_not_be_sent_is_not_expected() -> None:
    refused = [case for case in ALL if case["id"].startswith("refused.")]
    assert refused
    assert all(case["exchanges"] == [] and "error" in case["outcome"] for case in refused)


def test_a_connection_is_cut_in_a_right_answer() -> None:
    cut = [one.response for case in load() for one in case.exchanges if one.response.connection == "cut"]
    assert {response.status for response in cut} == {200}  # which is what the sandbox writes before it cuts
