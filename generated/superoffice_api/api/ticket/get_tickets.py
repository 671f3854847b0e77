# Generated from openapi/superoffice.yaml. Do not edit: change the document and run `nox -s generate`.
"""Get several tickets by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from superoffice_runtime import (
    AsyncClient,
    Client,
    Operation,
    Request,
    Response,
    encode_body,
    json_content,
)
from superoffice_runtime import listed as _listed

from ...models import GetTicketsRequest, Ticket

if TYPE_CHECKING:
    from superoffice_runtime.shapes import Shape

    from ...facts import RequestMediaType, ResponseMediaType


def _shapes() -> Mapping[str, Shape]:
    from ...shapes import SHAPES  # for XML and forms alone

    return SHAPES


CONTENT_TYPES: Final = (
    "application/json",
    "text/json",
    "application/xml",
    "text/xml",
    "application/x-www-form-urlencoded",
    "application/json-patch+json",
    "application/merge-patch+json",
)
"""Media types of the body, the default first."""
ACCEPTS: Final = (
    "application/json",
    "text/json",
    "application/xml",
    "text/xml",
    "application/json-patch+json",
    "application/merge-patch+json",
)
"""Media types of the response, the default first."""
_encode: Final = partial(encode_body, of=GetTicketsRequest, shape="GetTicketsRequest", shapes=_shapes)


def build(
    body: GetTicketsRequest,
    *,
    select: Iterable[str] | None = None,
    accept_language: str | None = None,
    language: str | None = None,
    culture: str | None = None,
    time_zone: str | None = None,
    content_type: RequestMediaType | None = None,
    accept: ResponseMediaType | None = None,
) -> Request:
    """Make the request.

    Reads the tickets with the given ids and changes nothing, so a retry is safe. Tickets come in the order asked
    for. What an id that is unknown, deleted or not readable yields is not documented: match the response by
    `TicketId`.

    Args:
        body: The ids of the tickets to read.
        select: Names of the fields to fill, joined by commas; a slash leads into a nested object. The rest comes
            empty, which makes the response small. Without it every field is filled.
        accept_language: Two-letter code of the language into which texts with several languages and resource keys are
            translated.
        language: Like Accept-Language, and wins over it.
        culture: Code of the culture that formats numbers and dates inside texts; needs a language to be set.
        time_zone: SuperOffice's code or number of the time zone for the date-times of the response, optionally
            followed by `, includeTZOffset`, which may also stand alone and makes every date-time carry its
            offset.
        content_type: Media type of the body; without it the client's, else the OpenAPI document's first.
        accept: Media type of the response; without it the client's, else the OpenAPI document's first.
    """
    return Request(
        method="POST",
        path="/api/v1/Agents/Ticket/GetTickets",
        query=(("$select", _listed(select)),),
        parameters=(
            ("Accept-Language", accept_language),
            ("SO-Language", language),
            ("SO-Culture", culture),
            ("SO-TimeZone", time_zone),
        ),
        body=body,
        encode=_encode,
        content_types=CONTENT_TYPES,
        content_type=content_type,
        accepts=ACCEPTS,
        accept=accept,
        charset="; charset=utf-8",
    )


def to_json(response: Response) -> bytes:
    """Return the response as JSON, whatever media type it came in; raises ValueError where its content is of another type."""
    return json_content(response, "ArrayOfTicket", _shapes)


_read = msgspec.json.Decoder(list[Ticket]).decode


def decode(response: Response) -> list[Ticket]:
    """Read the response; raises `msgspec.ValidationError` or `msgspec.DecodeError` for content of another shape."""
    return _read(to_json(response))


get_tickets: Final = Operation(
    name="GetTickets",
    decode=decode,
    json=to_json,
    slow_threshold=2.0,
    safe=True,
    headers={
        "accept_language": "Accept-Language",
        "language": "SO-Language",
        "culture": "SO-Culture",
        "time_zone": "SO-TimeZone",
    },
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
    content_type: RequestMediaType | None = None,
    accept: ResponseMediaType | None = None,
) -> list[Ticket]:
    """Get several tickets by their ids.

    Reads the tickets with the given ids and changes nothing, so a retry is safe. Tickets come in the order asked
    for. What an id that is unknown, deleted or not readable yields is not documented: match the response by
    `TicketId`.

    Args:
        body: The ids of the tickets to read.
        select: Names of the fields to fill, joined by commas; a slash leads into a nested object. The rest comes
            empty, which makes the response small. Without it every field is filled.
        accept_language: Two-letter code of the language into which texts with several languages and resource keys are
            translated.
        language: Like Accept-Language, and wins over it.
        culture: Code of the culture that formats numbers and dates inside texts; needs a language to be set.
        time_zone: SuperOffice's code or number of the time zone for the date-times of the response, optionally
            followed by `, includeTZOffset`, which may also stand alone and makes every date-time carry its
            offset.
        content_type: Media type of the body; without it the client's, else the OpenAPI document's first.
        accept: Media type of the response; without it the client's, else the OpenAPI document's first.

    `client` is whatever has `send`: a `superoffice.SuperOffice`, a `superoffice_api.client.Client`; what it raises is its own.
    """
    return client.send(
        get_tickets,
        build(
            body,
            select=select,
            accept_language=accept_language,
            language=language,
            culture=culture,
            time_zone=time_zone,
            content_type=content_type,
            accept=accept,
        ),
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
    content_type: RequestMediaType | None = None,
    accept: ResponseMediaType | None = None,
) -> list[Ticket]:
    """Get several tickets by their ids, without blocking; arguments and errors as in `sync`."""
    return await client.send(
        get_tickets,
        build(
            body,
            select=select,
            accept_language=accept_language,
            language=language,
            culture=culture,
            time_zone=time_zone,
            content_type=content_type,
            accept=accept,
        ),
    )
