"""One candidate in a process of its own: runs for each line that comes, and says what processor time a run took.

    python benchmarks/worker.py CANDIDATE decode FILE     the answer's bytes come from a file, past any network
    python benchmarks/worker.py CANDIDATE call SITE IDS   the answer comes over HTTP

The first run at each turn is not counted: it pays for what the candidate before it has left in the processor's caches.

Each candidate imports what it needs itself, since peers live in an environment where ours is not, and the other way
round.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

Decode: TypeAlias = Callable[[bytes], object]
PATH = "/api/v1/Agents/Ticket/GetTickets"
USER, PASSWORD = "tje0", "Tje0"
HEADERS = {"Accept": "application/json", "Content-Type": "application/json", "SO-TimeZone": "UTC, includeTZOffset"}
VIEW = ("title", "created_at", "owned_by")
NAMES = ("Title", "CreatedAt", "OwnedBy")


def fixed(content: bytes) -> Any:
    """Make a transport of httpx that answers every request with the same bytes."""
    import httpx

    class Fixed(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, headers={"Content-Type": "application/json"}, content=content)

    return Fixed()


def ours(content: bytes | None, site: str, ids: list[int], **options: Any) -> Callable[[], object]:
    """Ask through the public client, with all that it does."""
    from superoffice import BasicAuth, SuperOffice

    transport = None if content is None else fixed(content)
    auth = BasicAuth(USER, PASSWORD)
    client = SuperOffice(site, auth=auth, transport=transport, calls_per_second=None, batch_size=max(len(ids), 1))
    return lambda: client.tickets.get_many(ids, **options)


def ours_view(content: bytes | None, site: str, ids: list[int]) -> Callable[[], object]:
    """Ask for three members, into a class of the caller's."""
    from datetime import datetime

    from superoffice import TicketView

    namespace = {"__annotations__": dict(zip(VIEW, (str | None, datetime | None, int | None), strict=True))}
    return ours(content, site, ids, into=type("View", (TicketView,), {**namespace, "__module__": __name__}))


def with_httpx(decoder: Callable[[], Decode], names: tuple[str, ...] = ()) -> Callable[..., Callable[[], object]]:
    """Make a candidate of raw httpx and a decoder, both imported when it is made."""

    def candidate(content: bytes | None, site: str, ids: list[int]) -> Callable[[], object]:
        import httpx

        decode = decoder()
        client = httpx.Client(auth=(USER, PASSWORD), transport=None if content is None else fixed(content))
        params = {"$select": ",".join(names)} if names else None
        body = {"TicketIds": ids}
        return lambda: decode(client.post(site + PATH, params=params, json=body, headers=HEADERS).content)

    return candidate


def with_requests(content: bytes | None, site: str, ids: list[int]) -> Callable[[], object]:
    """Ask with requests, decode with json."""
    import requests
    from requests.adapters import BaseAdapter

    session = requests.Session()
    session.auth = (USER, PASSWORD)
    if content is not None:

        class Fixed(BaseAdapter):
            def send(self, request: Any, **_: Any) -> requests.Response:
                answer = requests.Response()
                answer.status_code, answer.raw, answer.url = 200, io.BytesIO(content), request.url
                return answer

            def close(self) -> None: ...

        session.mount(site, Fixed())
    return lambda: session.post(site + PATH, json={"TicketIds": ids}, headers=HEADERS).json()


def stock(content: bytes | None, site: str, ids: list[int]) -> Callable[[], object]:
    """Ask with what openapi-python-client makes, untouched, of the document reduced to JSON."""
    from stock_client import AuthenticatedClient
    from stock_client.api.ticket import get_tickets
    from stock_client.models import GetTicketsRequest

    options = {} if content is None else {"transport": fixed(content)}
    sign_in = {"token": "dGplMDpUamUw", "prefix": "Basic"}  # the sandbox's user, as the page writes it
    client = AuthenticatedClient(site, **sign_in, httpx_args=options)
    return lambda: get_tickets.sync(client=client, body=GetTicketsRequest(ids))


def msgspec_decode() -> Decode:
    """Return the bare decoder of our own models."""
    import msgspec

    from superoffice_api.models import Ticket

    return msgspec.json.Decoder(list[Ticket]).decode


def pydantic_decode() -> Decode:
    """Return the decoder of pydantic's models of the same document."""
    from pydantic import TypeAdapter
    from pydantic_models import Ticket

    return TypeAdapter(list[Ticket]).validate_json


def orjson_decode() -> Decode:
    """Return orjson's decoder."""
    import orjson

    return orjson.loads


def alone(decode: Callable[[], Decode]) -> Callable[..., Callable[[], object]]:
    """Make a candidate that only decodes."""

    def candidate(content: bytes, site: str, ids: list[int]) -> Callable[[], object]:
        read = decode()
        return lambda: read(content)

    return candidate


CANDIDATES: dict[str, Callable[..., Callable[[], object]]] = {
    "ours": ours,
    "ours-select": lambda *given: ours(*given, select=NAMES),
    "ours-view": ours_view,
    "stock": stock,
    "httpx+json": with_httpx(lambda: json.loads),
    "httpx+orjson": with_httpx(orjson_decode),
    "httpx+msgspec": with_httpx(msgspec_decode),
    "httpx+msgspec-select": with_httpx(msgspec_decode, names=NAMES),
    "httpx+pydantic": with_httpx(pydantic_decode),
    "requests+json": with_requests,
    "orjson": alone(orjson_decode),
    "msgspec": alone(msgspec_decode),
}


def main() -> None:
    """Get ready, then run for each line."""
    candidate, kind, source, *rest = sys.argv[1:]
    times = 1
    if kind == "decode":
        content = Path(source).read_bytes()
        ids = [ticket["TicketId"] for ticket in json.loads(content)]
        run = CANDIDATES[candidate](content, "https://crm.example.com", ids)
    else:
        times = 20
        run = CANDIDATES[candidate](None, source, list(range(1, int(rest[0]) + 1)))
    for _ in sys.stdin:
        run()
        start = time.process_time()
        for _ in range(times):
            run()
        print((time.process_time() - start) / times, flush=True)


if __name__ == "__main__":
    main()
