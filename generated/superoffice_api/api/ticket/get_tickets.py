# Generated from openapi/superoffice.yaml. Do not edit: change the document and run `nox -s generate`.
"""Get several tickets by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

import msgspec
from superoffice_runtime import Operation, Request, Response, build_request, encode_body, json_content
from superoffice_runtime import text as _text

from ...models import GetTicketsRequest, Ticket

if TYPE_CHECKING:
    from superoffice_runtime.shapes import Shape

    from ...client import AsyncClient, Client
    from ...facts import RequestMediaType, ResponseMediaType


def _shapes() -> Mapping[str, Shape]:
    from ...shapes import SHAPES  # for XML and forms alone

    return SHAPES


def build(
    body: GetTicketsRequest,
    *,
    select: Iterable[str] | None = None,
    accept_language: str | None = None,
    language: str | None = None,
    culture: str | None = None,
    time_zone: str | None = None,
    content_type: RequestMediaType = "application/json",
    accept: ResponseMediaType = "application/json",
) -> Request:
    """Make the request.

    Reads the tickets with the given ids and changes nothing, so a repeated call is safe. Tickets come in the
    order asked for. What an id that is unknown, deleted or not readable yields is not documented: match the
    answer by `TicketId`.

    Args:
        body: The ids of the tickets to read.
        select: Names of the members to fill, joined by commas; a slash leads into a nested object. The rest comes
            empty, which keeps the answer small. Without it every member is filled.
        accept_language: Two-letter code of the language into which texts with several languages and resource keys are
            translated.
        language: Like Accept-Language, and wins over it.
        culture: Code of the culture that formats numbers and dates inside texts; needs a language to be set.
        time_zone: SuperOffice's code or number of the time zone for the date-times of the answer, optionally followed
            by `, includeTZOffset`, which may also stand alone and makes every date-time carry its offset.
    """
    return build_request(
        "POST",
        "/api/v1/Agents/Ticket/GetTickets",
        query=(("$select", _text(select)),),
        headers=(
            ("Accept", f"{accept}; charset=utf-8"),
            ("Content-Type", f"{content_type}; charset=utf-8"),
            ("Accept-Language", _text(accept_language)),
            ("SO-Language", _text(language)),
            ("SO-Culture", _text(culture)),
            ("SO-TimeZone", _text(time_zone)),
        ),
        content=encode_body(body, content_type, "GetTicketsRequest", _shapes),
    )


def to_json(response: Response) -> bytes:
    """Give the answer as JSON, whatever media type it came in; raises ValueError where it is not what it says."""
    return json_content(response, "ArrayOfTicket", _shapes)


_read = msgspec.json.Decoder(list[Ticket]).decode


def decode(response: Response) -> list[Ticket]:
    """Read the answer; raises `msgspec.ValidationError` or `msgspec.DecodeError` for content of another shape."""
    return _read(to_json(response))


get_tickets: Final = Operation(
    name="GetTickets",
    build=build,
    decode=decode,
    json=to_json,
    slow_threshold=2.0,
    safe=True,
    headers=frozenset({"accept_language", "language", "culture", "time_zone"}),
    content_types=(
        "application/json",
        "text/json",
        "application/xml",
        "text/xml",
        "application/x-www-form-urlencoded",
        "application/json-patch+json",
        "application/merge-patch+json",
    ),
    accepts=(
        "application/json",
        "text/json",
        "application/xml",
        "text/xml",
        "application/json-patch+json",
        "application/merge-patch+json",
    ),
)
"""Get several tickets by their ids."""


def sync(
    client: Client,
    body: GetTicketsRequest,
    *,
    select: Iterable[str] | None = None,
    accept_language: str | None = None,
    language: str | None = None,
    culture: str | None = None,
    time_zone: str | None = None,
) -> list[Ticket]:
    """Get several tickets by their ids.

    Reads the tickets with the given ids and changes nothing, so a repeated call is safe. Tickets come in the
    order asked for. What an id that is unknown, deleted or not readable yields is not documented: match the
    answer by `TicketId`.

    Args:
        body: The ids of the tickets to read.
        select: Names of the members to fill, joined by commas; a slash leads into a nested object. The rest comes
            empty, which keeps the answer small. Without it every member is filled.
        accept_language: Two-letter code of the language into which texts with several languages and resource keys are
            translated.
        language: Like Accept-Language, and wins over it.
        culture: Code of the culture that formats numbers and dates inside texts; needs a language to be set.
        time_zone: SuperOffice's code or number of the time zone for the date-times of the answer, optionally followed
            by `, includeTZOffset`, which may also stand alone and makes every date-time carry its offset.

    Raises:
        UnexpectedStatus: The server answered with another status than 2xx.
    """
    return decode(
        client.send(
            build(
                body,
                select=select,
                accept_language=accept_language,
                language=language,
                culture=culture,
                time_zone=time_zone,
            )
        )
    )


async def asyncio(
    client: AsyncClient,
    body: GetTicketsRequest,
    *,
    select: Iterable[str] | None = None,
    accept_language: str | None = None,
    language: str | None = None,
    culture: str | None = None,
    time_zone: str | None = None,
) -> list[Ticket]:
    """Get several tickets by their ids, without blocking; arguments and errors as in `sync`."""
    return decode(
        await client.send(
            build(
                body,
                select=select,
                accept_language=accept_language,
                language=language,
                culture=culture,
                time_zone=time_zone,
            )
        )
    )
