# Generated from openapi/superoffice.yaml. Do not edit: change the document and run `nox -s generate`.
"""Sends the requests of operations over httpx, without credentials, limits or retries of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from superoffice_runtime import Operation, Request, Response

from .errors import UnexpectedStatus

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


def _written(site: str, request: Request) -> dict[str, Any]:
    headers, content = request.write()
    return {"method": request.method, "url": site + request.target, "headers": headers, "content": content}


def _result(operation: Operation[T], response: httpx.Response) -> T:
    if not 200 <= response.status_code <= 299:
        raise UnexpectedStatus(response.status_code, response.content)
    return operation.decode(Response(response.status_code, response.headers, response.content))


class Client:
    """Sends requests to the site at `base_url`; other arguments go to `httpx.Client` (headers, timeout, ...)."""

    def __init__(self, base_url: str, **options: Any) -> None:
        import httpx

        self.base_url = base_url.rstrip("/")
        self.http = httpx.Client(**options)

    def send(self, operation: Operation[T], request: Request, /) -> T:
        """Send a request and return the operation's result; raises `UnexpectedStatus` unless the status is a 2xx."""
        return _result(operation, self.http.request(**_written(self.base_url, request)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()


class AsyncClient:
    """Like `Client`, over `httpx.AsyncClient`."""

    def __init__(self, base_url: str, **options: Any) -> None:
        import httpx

        self.base_url = base_url.rstrip("/")
        self.http = httpx.AsyncClient(**options)

    async def send(self, operation: Operation[T], request: Request, /) -> T:
        """Send a request and return the operation's result; raises `UnexpectedStatus` unless the status is a 2xx."""
        return _result(operation, await self.http.request(**_written(self.base_url, request)))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
