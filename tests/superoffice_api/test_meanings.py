"""Locales, masks, units and sentinels: what values mean."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from superoffice import ConfigurationError, Field, FieldRights, Locale, SuperOffice, TableRights, Ticket, TicketFields
from superoffice_sandbox import Sandbox


def test_minutes_and_seconds_are_time_spans() -> None:
    ticket = Ticket(ticket_id=1, time_to_reply=120, time_spent_queue=120)
    assert TicketFields.time_to_reply.duration(ticket) == timedelta(hours=2)
    assert TicketFields.time_spent_queue.duration(ticket) == timedelta(minutes=2)
    assert TicketFields.time_to_close.duration(ticket) is None
    most = Ticket(ticket_id=1, time_to_reply=2**62, time_spent_queue=-(2**62))  # beyond what a time span can hold
    assert TicketFields.time_to_reply.duration(most) == timedelta.max
    assert TicketFields.time_spent_queue.duration(most) == timedelta.min
    with pytest.raises(TypeError, match="Title does not count time"):
        TicketFields.title.duration(ticket)


@pytest.mark.parametrize(
    ("field", "value", "meaning"),
    [
        (TicketFields.cust_id, -1, "no customer"),
        (TicketFields.cust_id, None, "no customer"),
        (TicketFields.cust_id, 7, None),
        (TicketFields.owned_by, 1, "unassigned"),
        (TicketFields.created_by, 1, "created externally"),
        (TicketFields.connect_id, 0, "not connected"),
        (TicketFields.connect_id, -1, "not connected"),
        (TicketFields.connect_id, 439, None),
        (TicketFields.closed_at, None, "empty"),
        (TicketFields.title, None, None),
    ],
)
def test_special_values_have_names(field: Field, value: object, meaning: str | None) -> None:
    members: dict[str, Any] = {field.attribute: value}
    assert field.meaning(Ticket(ticket_id=1, **members)) == meaning


def test_meanings_work_on_partial_tickets(client: SuperOffice) -> None:
    (ticket,) = client.tickets.get_many([1234], select=["TimeToReply", "ConnectId"])
    assert TicketFields.time_to_reply.duration(ticket) == timedelta(hours=2)
    assert TicketFields.connect_id.meaning(ticket) == "not connected"


def test_masks_are_flags_and_keep_what_they_do_not_know() -> None:
    rights = TableRights.parse("Select, update ,Levitate,RI")
    assert TableRights.UPDATE in rights
    assert TableRights.INSERT in rights
    assert TableRights.DELETE not in rights
    assert (rights.unknown, str(rights)) == (("Levitate",), "Select, update ,Levitate,RI")
    assert rights.flags == TableRights.SELECT | TableRights.UPDATE | TableRights.INSERT
    assert TableRights.URI == TableRights.SELECT | TableRights.UPDATE | TableRights.INSERT
    assert FieldRights.UPDATE in FieldRights.parse("Read, Write")
    assert FieldRights.parse("FULL").unknown == ("FULL",)
    for empty in (None, "", " , ", "None"):
        assert TableRights.parse(empty).flags == TableRights.NONE


@pytest.mark.parametrize(
    "zone", ["Europe/Oslo", "utc", "CET+1", "CET", "EST", "Z", "", "UTC, includeTZOffset", True, 0, -5, "US/Eastern"]
)
def test_a_time_zone_is_a_code_of_superoffices(zone: object) -> None:
    if zone == "":
        assert Locale(time_zone="", offset=True).parameters()["time_zone"] == "includeTZOffset"
        return
    with pytest.raises(ConfigurationError, match="is not a time zone code of SuperOffice's"):
        Locale(time_zone=zone)  # type: ignore[arg-type]


def test_a_refused_time_zone_comes_with_the_right_one() -> None:
    with pytest.raises(ConfigurationError, match="give 'NO'"):
        Locale(time_zone="Europe/Oslo")
    for code in ("UTC", "NO", "US-NY", "AU-ACT", 261, "261"):
        assert Locale(time_zone=code, offset=False).parameters()["time_zone"] == str(code)


@pytest.mark.parametrize("offset", ["no", 0, None])
def test_an_offset_is_wanted_or_not(offset: object) -> None:
    with pytest.raises(ConfigurationError, match="cannot be used; give True or False"):
        Locale(offset=offset)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["English", "EN", "xx", "e", "", 5, "en_US"])
@pytest.mark.parametrize("member", ["language", "accept_language", "culture"])
def test_a_language_is_an_iso_code(member: str, language: object) -> None:
    with pytest.raises(ConfigurationError, match=f"{member}=.* is not an ISO 639-1 code"):
        Locale(**{member: language})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "languages",
    [
        "fr,de,ru,zh",
        "en-US,en;q=0.9",
        "nb-NO, nb;q=0.9 ,\tno;q=0.8,*;q=0.1",
        "*;q=0.5",
        "da, en-gb;q=0.8, en;Q=0.7",
        "sv;q=1.000,fil ; q=0.",
        "zh-Hant-TW,EN;q=0",
        "*",
        "en",
    ],
)
def test_any_preference_of_languages_is_sent(languages: str, client: SuperOffice, box: Sandbox) -> None:
    client.tickets.get_many([1], locale=Locale(accept_language=languages))
    assert box.requests[-1].headers["accept-language"] == languages.replace("\t", " ")


@pytest.mark.parametrize(
    "languages",
    ["fr,", ",fr", "fr,,de", " fr,de", "fr,de ", "fr;q=2", "fr;q=0.1234", "fr;q=1.5", "fr;level=1", "fr;", "en_US,en",
     "fr,de\n", "fr,\r\nX-Evil: 1", "fr,dé", "fr de,no", "nb-,en", "abcdefghi,en", "fr,\x00", "f*,de"],
)  # fmt: skip
def test_what_is_no_list_of_languages_is_refused(languages: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^accept_language=.* is not a list of languages; give it as 'nb, en"):
        Locale(accept_language=languages)


def test_the_language_liked_best_is_answered_in(client: SuperOffice) -> None:
    for languages, text in (("fr,de,ru,zh", "Mittel"), ("en;q=0.8, sv;q=0.9", "Mellan"), ("*;q=0.1,nb", "Middels")):
        assert client.tickets.get(439, locale=Locale(accept_language=languages)).priority_name == text


def test_languages_that_are_iso_codes() -> None:
    for language in ("en", "nb", "en-US", "*", "x", None):
        assert Locale(language=language).parameters()["language"] == language
    with pytest.raises(ConfigurationError):
        Locale(culture="*")
