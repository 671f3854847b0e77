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

def build(body: GetTicketsRequest, *, select: Iterable[str] | None=None, accept_language: str | None=None, language: str | None=None, culture: str | None=None, time_zone: str | None=None, content_type: RequestMediaType='application/json', accept: ResponseMediaType='application/json') -> Request:
    ...

def to_json(response: Response) -> bytes:
    ...

def decode(response: Response) -> list[Ticket]:
    ...
get_tickets: Final = Operation(name='GetTickets', build=build, decode=decode, json=to_json, slow_threshold=2.0, safe=True, headers=frozenset({'accept_language', 'language', 'culture', 'time_zone'}), content_types=('application/json', 'text/json', 'application/xml', 'text/xml', 'application/x-www-form-urlencoded', 'application/json-patch+json', 'application/merge-patch+json'), accepts=('application/json', 'text/json', 'application/xml', 'text/xml', 'application/json-patch+json', 'application/merge-patch+json'))

def sync(client: Client, body: GetTicketsRequest, *, select: Iterable[str] | None=None, accept_language: str | None=None, language: str | None=None, culture: str | None=None, time_zone: str | None=None) -> list[Ticket]:
    ...

async def asyncio(client: AsyncClient, body: GetTicketsRequest, *, select: Iterable[str] | None=None, accept_language: str | None=None, language: str | None=None, culture: str | None=None, time_zone: str | None=None) -> list[Ticket]:
    ...
