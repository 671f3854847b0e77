"""Languages, cultures and time zones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import superoffice_sandbox
from superoffice_sandbox import Behaviour, Sandbox

from ..support.sandbox_calls import post, ticket

RAW = 'NO:"Høy";US:"High";SW:"Hög";GE:"Hoch"'
STATUS = "TicketStatusDisplayValue"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with superoffice_sandbox.start(tickets=0) as box:
        box.add(ticket_id=7, title=RAW, priority_name=RAW, TicketStatusDisplayValue="[SR_SANDBOX_OPEN]")
        yield box


@pytest.mark.parametrize(
    ("headers", "priority", "status"),
    [
        ({}, RAW, "[SR_SANDBOX_OPEN]"),
        ({"Accept_Language": "en"}, "High", "Open"),
        ({"Accept_Language": "nb-NO"}, "Høy", "Åpen"),
        ({"Accept_Language": "en;q=0.2, sv;q=0.9"}, "Hög", "Öppen"),
        ({"Accept_Language": "is, de;q=0.5, en;q=0.4"}, "Hoch", "Offen"),
        ({"Accept_Language": "is"}, "High", "Open"),
        ({"Accept_Language": "en-us; en-gb"}, "High", "Open"),
        ({"Accept_Language": "en;q=0"}, RAW, "[SR_SANDBOX_OPEN]"),
        ({"Accept_Language": "en", "SO_Language": "no"}, "Høy", "Åpen"),
        ({"Accept_Language": "en", "SO_Language": "*"}, RAW, "[SR_SANDBOX_OPEN]"),
        ({"Accept_Language": "en", "SO_Language": "x"}, RAW, "[SR_SANDBOX_OPEN]"),
        ({"Accept_Language": "en", "SO_Language": ""}, "High", "Open"),
    ],
)
def test_languages(box: Sandbox, headers: dict[str, str], priority: str, status: str) -> None:
    got = ticket(box, 7, **headers)
    assert (got["PriorityName"], got[STATUS]) == (priority, status)
    assert got["Title"] == RAW  # what customers write is no text of the tenant's


def test_texts_and_reasons_of_the_seeded_tickets(box: Sandbox) -> None:
    raw, told = ticket(box, 829), ticket(box, 829, SO_Language="fr")
    assert raw["TicketTypeName"].startswith('NO:"')
    assert told["TicketTypeName"] == "Support Request"
    assert raw["FieldProperties"]["ContactName"]["FieldRight"]["Reason"] == "[SR_MANDATORY_FIELD_1281]"
    assert told["FieldProperties"]["ContactName"]["FieldRight"]["Reason"] == "Nom de société"


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"SO_Culture": "de"}, "[I:1234] [F:1234.5] [D:11/20/2024] [DT:11/20/2024 14:15:00]"),
        ({"SO_Language": "en"}, "1,234 1,234.5 11/20/24 11/20/24, 2:15\u202fPM"),
        ({"SO_Language": "en", "SO_Culture": "de"}, "1.234 1.234,5 20.11.24 20.11.24, 14:15"),
        ({"SO_Language": "de"}, "1.234 1.234,5 20.11.24 20.11.24, 14:15"),
        ({"SO_Language": "en", "SO_Culture": "nowhere"}, "1,234 1,234.5 11/20/24 11/20/24, 2:15\u202fPM"),
    ],
)
def test_culture_writes_values_inside_texts(box: Sandbox, headers: dict[str, str], text: str) -> None:
    box.add(ticket_id=8, category_name="[I:1234] [F:1234.5] [D:11/20/2024] [DT:11/20/2024 14:15:00]")
    assert ticket(box, 8, **headers)["CategoryName"] == text


def test_odd_values_inside_texts_stay(box: Sandbox) -> None:
    box.add(ticket_id=8, category_name="[I:x] [D:31/31/2024] [SR_UNKNOWN] [F:inf]")
    assert ticket(box, 8, SO_Language="en")["CategoryName"] == "[I:x] [D:31/31/2024] [SR_UNKNOWN] [F:inf]"


@pytest.mark.parametrize(
    ("stored", "zone", "text"),
    [
        ("2024-03-31T00:59:00Z", "NO, includeTZOffset", "2024-03-31T01:59:00+01:00"),
        ("2024-03-31T01:00:00Z", "NO, includeTZOffset", "2024-03-31T03:00:00+02:00"),
        ("2024-10-27T00:30:00Z", "NO, includeTZOffset", "2024-10-27T02:30:00+02:00"),
        ("2024-10-27T01:30:00Z", "NO, includeTZOffset", "2024-10-27T02:30:00+01:00"),
        ("2024-10-27T01:30:00Z", "NO", "2024-10-27T02:30:00"),
        ("2024-03-10T06:59:00Z", "US-NY, includeTZOffset", "2024-03-10T01:59:00-05:00"),
        ("2024-03-10T07:00:00Z", "460,includeTZOffset", "2024-03-10T03:00:00-04:00"),
        ("2024-07-01T12:00:00+02:00", "UTC, includeTZOffset", "2024-07-01T10:00:00Z"),
        ("2024-07-01T12:00:00+02:00", "1", "2024-07-01T10:00:00"),
        ("2024-07-01T12:00:00", "261, includeTZOffset", "2024-07-01T12:00:00+02:00"),
        ("2024-07-01T12:00:00", "includeTZOffset", "2024-07-01T12:00:00+02:00"),
        ("2024-07-01T12:00:00", "UTC", "2024-07-01T10:00:00"),
        ("2024-01-01T00:00:00Z", "AU-WA, includeTZOffset", "2024-01-01T08:00:00+08:00"),
        ("2024-01-01T00:00:00Z", "US-HI", "2023-12-31T14:00:00"),
        ("2024-01-01T00:00:00.1234567Z", "BD", "2024-01-01T06:00:00.123456"),
        pytest.param(*("not a date", "NO", "not a date"), marks=pytest.mark.off_document("stores no date on purpose")),
        ("9999-12-31T23:59:59Z", "NO", "9999-12-31T23:59:59Z"),
        ("0001-01-02T00:00:00+01:00", "UTC", "0001-01-01T23:00:00"),
    ],
)
def test_time_zones(box: Sandbox, stored: str, zone: str, text: str) -> None:
    box.store.add([{"TicketId": 9, "Deadline": stored}])
    assert ticket(box, 9, SO_TimeZone=zone)["Deadline"] == text
    assert ticket(box, 9)["Deadline"] == stored


def test_the_answer_names_its_zone(box: Sandbox) -> None:
    assert post(box, [439]).headers["SO-TimeZone"] == "NO"
    assert post(box, [439], SO_TimeZone="460, includeTZOffset").headers["SO-TimeZone"] == "US-NY"


@pytest.mark.parametrize("zone", ["XX", "US-ZZ", "9999"])
def test_a_code_that_is_not_known_here_is_as_none(box: Sandbox, zone: str) -> None:
    box.store.add([{"TicketId": 9, "Deadline": "2024-07-01T12:00:00"}])
    assert ticket(box, 9, SO_TimeZone=zone)["Deadline"] == "2024-07-01T12:00:00"
    assert ticket(box, 9, SO_TimeZone=f"{zone}, includeTZOffset")["Deadline"] == "2024-07-01T12:00:00+02:00"
    assert post(box, [9], SO_TimeZone=zone).headers["SO-TimeZone"] == "NO"


@pytest.mark.parametrize("zone", ["Europe/Oslo", "GMT", "no", "0", "99999999", "NO, DK", ",", "NO, includetzoffset"])
def test_what_is_no_zone_code_is_an_error(box: Sandbox, zone: str) -> None:
    answer = post(box, [439], SO_TimeZone=zone)
    assert (answer.status_code, set(answer.json())) == (400, {"Message", "MessageDetail"})


@pytest.mark.parametrize(
    ("stored", "form", "zone", "text"),
    [
        ("1850-07-01T12:00:00", "compact", "includeTZOffset", "1850-07-01T12:00:00+0043"),  # without seconds
        ("0999-07-01T12:00:00Z", "ticks", "UTC", "0999-07-01T12:00:00.0000000"),
    ],
)
def test_a_date_long_ago_has_the_form_of_others(box: Sandbox, stored: str, form: Any, zone: str, text: str) -> None:
    box.store.add([{"TicketId": 9, "CreatedAt": stored}])
    box.behaviour = Behaviour(date_form=form)
    try:
        assert ticket(box, 9, SO_TimeZone=zone)["CreatedAt"] == text
    finally:
        box.behaviour = Behaviour()


@pytest.mark.parametrize(
    ("behaviour", "zone", "text"),
    [
        ({"offsets": "always"}, "NO", "2024-07-01T12:00:00+02:00"),
        ({"offsets": "never"}, "UTC, includeTZOffset", "2024-07-01T10:00:00"),
        ({"date_form": "compact"}, "NO, includeTZOffset", "2024-07-01T12:00:00+0200"),
        ({"date_form": "ticks"}, "NO, includeTZOffset", "2024-07-01T12:00:00.0000000+02:00"),
        ({"stamps": "utc"}, "NO, includeTZOffset", "2024-07-01T10:00:00Z"),
        ({"base_zone": "US-NY"}, "UTC", "2024-07-01T16:00:00"),
    ],
)
def test_readings_of_date_times(box: Sandbox, behaviour: dict[str, Any], zone: str, text: str) -> None:
    box.store.add([{"TicketId": 9, "CreatedAt": "2024-07-01T12:00:00"}])
    box.behaviour = Behaviour(**behaviour)
    try:
        assert ticket(box, 9, SO_TimeZone=zone)["CreatedAt"] == text
    finally:
        box.behaviour = Behaviour()
