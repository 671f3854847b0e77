"""What a user writes after the edits; checked by mypy, and run against a server and a sandbox. No overlay knows it."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, date, datetime
from typing import assert_type

import superoffice_sandbox
from superoffice import (
    AsyncSuperOffice,
    BasicAuth,
    InternalServerError,
    InvalidInputError,
    InvalidResponseError,
    Locale,
    SuperOffice,
    TicketFields,
    TicketView,
)
from superoffice_api.api.finding_things import find_pets
from superoffice_api.api.pets import born_pets, count_pets, delete_toy, get_picture, list_pets, map_pets, put_toy
from superoffice_api.api.ticket import close_ticket, get_ticket_status, get_tickets
from superoffice_api.client import Client
from superoffice_api.facts import PetFieldName, TicketFieldName
from superoffice_api.fields import PetFields
from superoffice_api.flags import PetBacks, PetFronts
from superoffice_api.models import (
    CloseTicketRequest,
    GetTicketsRequest,
    Pet,
    PetKind,
    Satisfaction,
    StatusOfTicket,
    Ticket,
    TicketBaseStatus,
    TicketOrigin,
)

MOMENT = datetime(2026, 11, 3, 8, 30, tzinfo=UTC)
REX = Pet(id=1, class_=PetKind.DOG, address1="Kennel", weight=4.5, born=MOMENT, tags=["good", "boy"])
NAMES: list[TicketFieldName] = ["EscalatedAt", "Satisfaction"]
PET_NAMES: list[PetFieldName] = ["Class", "Address1"]


class Moved(TicketView):
    escalated_at: datetime | None
    satisfaction: Satisfaction | None
    origin: TicketOrigin | None


def tickets() -> None:
    """A property, a value, a nested object and a header, through a sandbox that nobody changed either."""
    given = {
        "EscalatedAt": "2026-11-03T09:30:00",
        "Origin": "Letter",
        "Satisfaction": {"Score": 5, "Comment": "Thanks"},
    }
    with superoffice_sandbox.start() as box, SuperOffice(box.site, auth=BasicAuth(box.user, box.password)) as client:
        id_ = box.add(**given).ticket_id
        ticket = client.tickets.get(id_)
        assert_type(ticket.escalated_at, datetime | None)
        assert_type(ticket.satisfaction, Satisfaction | None)
        assert ticket.escalated_at == MOMENT, ticket
        assert ticket.satisfaction == Satisfaction(score=5, comment="Thanks")
        assert ticket.origin is TicketOrigin.LETTER
        assert client.tickets.get(1).escalated_at is None
        assert TicketFields.escalated_at.meaning(client.tickets.get(1)) == "empty"
        partial = client.tickets.get(id_, select=[TicketFields.satisfaction / "Score", *NAMES[:1]])
        assert_type(partial.satisfaction, Satisfaction | None)
        assert (partial.satisfaction and partial.satisfaction.score, partial.escalated_at) == (5, MOMENT)
        moved = client.tickets.get(id_, into=Moved)
        assert (moved.escalated_at, moved.origin) == (MOMENT, "Letter")
        assert_type(get_tickets.sync(client, GetTicketsRequest(ticket_ids=[id_]), trace="abc"), list[Ticket])
        assert box.requests[-1].headers["so-trace"] == "abc"
        in_xml = get_tickets.sync(client, GetTicketsRequest(ticket_ids=[id_]), accept="application/xml")
        assert in_xml[0].satisfaction == ticket.satisfaction


def operations(client: SuperOffice) -> None:
    status = get_ticket_status.sync(client, 439, language="en")
    assert_type(status, StatusOfTicket)
    assert status.status is TicketBaseStatus.CLOSED
    close_ticket.sync(client, CloseTicketRequest(ticket_id=439))
    with Client(client.site) as bare:
        assert_type(get_ticket_status.sync(bare, 439), StatusOfTicket)
        assert get_ticket_status.sync(bare, 439) == status
    try:
        close_ticket.sync(client, CloseTicketRequest(ticket_id=502))
    except InternalServerError as error:
        assert "may have been carried out" in str(error)
    else:
        raise AssertionError
    found = list_pets.sync(
        client,
        ids=[1, 2],
        names=["a b", "c"],
        kind=PetKind.DOG,
        since=MOMENT,
        on=date(2026, 11, 3),
        tame=True,
        weight=0.5,
        text="x",
        from_="y",
    )
    assert_type(found, list[Pet])
    assert found == [REX], found
    assert_type(count_pets.sync(client), int)
    assert count_pets.sync(client) == 7
    assert_type(map_pets.sync(client), dict[str, Pet])
    assert map_pets.sync(client) == {"Rex": REX}
    assert_type(born_pets.sync(client), dict[str, datetime | None])
    assert born_pets.sync(client) == {"Rex": MOMENT, "Tom": None}
    assert_type(get_picture.sync(client, 1, "ball"), bytes)
    assert get_picture.sync(client, 1, "a/b ü") == b"\x89PNG"
    assert_type(put_toy.sync(client, 1, "ball"), Pet | None)
    assert put_toy.sync(client, 1, "ball", REX) == REX
    assert put_toy.sync(client, 1, "ball") is None
    delete_toy.sync(client, 1, "ball")
    assert_type(find_pets.sync(client, [1, 2]), Pet | None)
    assert find_pets.sync(client, [1, 2]) == REX
    assert find_pets.sync(client, []) is None
    try:
        get_picture.sync(client, 1, "..")
    except InvalidInputError as error:
        assert "step of a path" in str(error)
    else:
        raise AssertionError
    try:
        get_picture.sync(client, 1, "error")
    except InvalidResponseError as error:
        assert "an error: No picture" in str(error)
    else:
        raise AssertionError


async def without_blocking(site: str) -> None:
    async with AsyncSuperOffice(site, auth=BasicAuth("u", "p")) as client:
        assert_type(await get_ticket_status.asyncio(client, 439), StatusOfTicket)
        assert (await count_pets.asyncio(client)) == 7


def main() -> None:
    tickets()
    auth, locale = BasicAuth("u", "p"), Locale(language="sv")
    with SuperOffice(sys.argv[1], auth=auth, locale=locale) as client:
        operations(client)
    with SuperOffice(
        sys.argv[1], auth=auth, locale=locale, accept="application/xml", content_type="application/xml"
    ) as client:
        operations(client)
    asyncio.run(without_blocking(sys.argv[1]))
    assert (str(PetFields.class_), PetFields.mother.type, PetFields.mother.members) == ("Class", "Pet", None)
    assert (PetFronts.PAT, PetBacks.KICK) == (1, 1)
    assert PET_NAMES == ["Class", "Address1"]


if __name__ == "__main__":
    main()
