"""The document against the contract page, and the generated facts against both."""

from __future__ import annotations

import json
import re
import typing
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import validate

from superoffice import ConfigurationError, Locale
from superoffice_api import facts
from superoffice_api.api.ticket.get_tickets import get_tickets
from superoffice_api.fields import TicketFields
from superoffice_api.models import Ticket
from superoffice_runtime.fields import Field, fields_of

from ..support.contract_page import (
    DATE_TIME,
    ENUMERATIONS,
    INT32,
    MINUTES,
    OTHERS,
    PRIORITY_CLOCK,
    REQUEST_LINE,
    SECONDS,
    STRING,
)

FIELDS = fields_of(TicketFields)
PAGE = {*INT32, *DATE_TIME, *ENUMERATIONS, *STRING, *OTHERS}
OF_PAGE = {name: field for name, field in FIELDS.items() if name in PAGE}  # the document may have more


def by_unit(unit: str) -> set[str]:
    return {name for name, field in OF_PAGE.items() if field.unit == unit}


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document)


def test_examples_fit_their_schemas(document: dict[str, Any]) -> None:
    operation = document["paths"][REQUEST_LINE[1]]["post"]
    places = [operation["requestBody"], operation["responses"]["200"], document["components"]["responses"]["Failure"]]
    checked = 0
    for place in places:
        content = place["content"]["application/json"]
        for reference in content["examples"].values():
            example = document["components"]["examples"][reference["$ref"].rsplit("/", 1)[-1]]
            OAS30Validator({**document, **content["schema"]}).validate(example["value"])
            checked += 1
    assert checked == 5


def test_a_wrong_example_does_not_fit(document: dict[str, Any], page_sample: dict[str, Any]) -> None:
    schema = {**document, "$ref": "#/components/schemas/Ticket"}
    for wrong in (
        {"TicketId": None},
        {"Title": 3},
        {"CreatedAt": 3},
        {"TableRight": {"Mask": 1}},
        {"Origin": "Pigeon"},
    ):
        assert list(OAS30Validator(schema).iter_errors({**page_sample, **wrong})), wrong


def test_types_are_the_pages() -> None:
    assert len(PAGE) == 65
    assert OF_PAGE.keys() == PAGE
    kinds: dict[str, set[str]] = {}
    for name, field in OF_PAGE.items():
        kinds.setdefault(field.type, set()).add(name)
    assert kinds.pop("int32") == set(INT32)
    assert kinds.pop("date-time") == set(DATE_TIME)
    assert kinds.pop("string") == set(STRING)
    assert {name for kind, names in kinds.items() if kind.startswith("Ticket") for name in names} == set(ENUMERATIONS)
    assert {name: kind for kind, names in kinds.items() for name in names if name in OTHERS} == OTHERS
    assert len(STRING) + len(ENUMERATIONS) == 22


def test_only_the_id_is_required(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["Ticket"]
    assert schema["required"] == ["TicketId"]
    assert [name for name, member in schema["properties"].items() if not member.get("nullable")] == ["TicketId"]


def test_units_and_clocks_are_the_pages() -> None:
    assert by_unit("minutes") == set(MINUTES)
    assert by_unit("seconds") == set(SECONDS)
    assert {name for name, field in OF_PAGE.items() if field.clock == "priority"} == set(PRIORITY_CLOCK)
    around = {name for name in MINUTES + SECONDS if name.startswith("Real")}
    assert {name for name, field in OF_PAGE.items() if field.clock == "24x7"} == around
    assert [name for name, field in OF_PAGE.items() if field.read_only] == ["TimeSpent"]


def test_texts_that_many_tickets_share_are_marked() -> None:
    assert {name for name, field in OF_PAGE.items() if field.repeats} == {
        *("CreatedByName", "OwnedByName", "CategoryName", "CategoryFullname", "PriorityName", "ContactName"),
        *("TicketStatusDisplayValue", "Language", "SaleHeading", "ProjectName", "TicketTypeName"),
    }


def test_sentinels_have_names() -> None:
    assert TicketFields.cust_id.sentinels == {"null": "no customer", "-1": "no customer"}
    assert TicketFields.owned_by.sentinels == {"1": "unassigned"}
    assert TicketFields.created_by.sentinels == {"1": "created externally"}
    assert {name for name, field in OF_PAGE.items() if "year 1" in field.sentinels} == set(DATE_TIME)


def test_every_member_is_described_and_ids_say_where_they_point() -> None:
    assert all(field.description.endswith(".") for field in FIELDS.values())
    assert FIELDS["Priority"].references == "ticket_priority"
    assert FIELDS["AlertLevel"].references == "ticket_alert.level"
    assert {name for name, field in OF_PAGE.items() if field.references} == {
        *(
            "CreatedBy",
            "OwnedBy",
            "Category",
            "Priority",
            "TicketStatus",
            "CustId",
            "AlertLevel",
            "ConnectId",
            "ContactId",
        ),
        *("OwnedByAssociateId", "SaleId", "ProjectId", "FormSubmissionId", "TicketTypeId"),
    }


def test_names_agree_between_models_and_facts() -> None:
    assert tuple(FIELDS) == Ticket.__struct_encode_fields__
    assert typing.get_args(facts.TicketFieldName) == Ticket.__struct_encode_fields__ + Ticket.__struct_fields__
    attributes = [name for name, value in vars(TicketFields).items() if isinstance(value, Field)]
    assert tuple(attributes) == Ticket.__struct_fields__


def test_headers_and_media_types_are_the_pages(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert set(schemes) == {"Basic", "SoTicket", "Bearer", "XsrfToken", "AppToken"}
    headers = {value["name"] for value in document["components"]["parameters"].values() if value["in"] == "header"}
    headers |= {scheme.get("name", "Authorization") for scheme in schemes.values()}
    # Accept and Content-Type are the nine's other two; in OpenAPI they are the media types.
    assert headers >= {
        *("Authorization", "X-XSRF-TOKEN", "SO-AppToken", "Accept-Language", "SO-Language", "SO-Culture", "SO-TimeZone")
    }
    assert len(typing.get_args(facts.RequestMediaType)) == 7
    assert len(typing.get_args(facts.ResponseMediaType)) == 6
    assert get_tickets.slow_threshold == 2.0


@pytest.mark.parametrize("offset", ["", "Z", "+02:00", "-0500", "+05:30"])
@pytest.mark.parametrize("text", ["2022-10-17T08:26:00", "0001-01-01T00:00:00", "9999-12-31T23:59:59.9999999"])
def test_a_moment_has_an_offset_or_none(document: dict[str, Any], text: str, offset: str) -> None:
    schema = document["components"]["schemas"]["Moment"]
    OAS30Validator(schema).validate(text + offset)


@pytest.mark.parametrize(
    "text",
    [
        *("", "2022-10-17", "2022-10-17 08:26:00", "2022-13-17T08:26:00", "2022-10-32T08:26:00", "2022-10-17T24:26:00"),
        *("2022-10-17T08:26:00.", "2022-10-17T08:26:00.12345678", "2022-10-17T08:26:00+1", "22-10-17T08:26:00"),
        "before 2022-10-17T08:26:00 and after",
    ],
)
def test_what_is_not_a_moment(document: dict[str, Any], text: str) -> None:
    assert list(OAS30Validator(document["components"]["schemas"]["Moment"]).iter_errors(text))


def test_every_date_time_is_a_moment(document: dict[str, Any]) -> None:
    members = document["components"]["schemas"]["Ticket"]["properties"]
    assert all(members[name]["allOf"] == [{"$ref": "#/components/schemas/Moment"}] for name in DATE_TIME)
    assert '"date-time"' not in json.dumps(document)


@pytest.mark.parametrize(
    "zone",
    [
        *(
            "UTC",
            "NO",
            "US-NY",
            "AU-ACT",
            "ZZ",
            "261",
            "1",
            "9999",
            261,
            99999,
            0,
            -5,
            True,
            "0",
            "0261",
            "no",
            "US-ny",
        ),
        *("CET", "GMT", "US-", "US-NEWYORK", "Europe/Oslo", "NO,", "NO, DK", " NO", "UTC+1"),
    ],
)
def test_a_time_zone_is_what_the_document_admits(document: dict[str, Any], zone: Any) -> None:
    form = document["components"]["parameters"]["TimeZone"]["schema"]["pattern"]
    admitted = re.search(form, str(zone)) is not None
    for offset in (True, False):
        if admitted:
            sent = Locale(time_zone=zone, offset=offset).parameters()["time_zone"]
            assert re.search(form, str(sent))
        else:
            with pytest.raises(ConfigurationError, match="is not a time zone code"):
                Locale(time_zone=zone, offset=offset)
