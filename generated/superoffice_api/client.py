# Generated from openapi/superoffice.yaml. Do not edit: change the document and run `nox -s generate`.
"""Sends the requests of operations over httpx, without sign-in, limits or retries of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from superoffice_runtime import Request, Response

from .errors import UnexpectedStatus

if TYPE_CHECKING:
    import httpx


def _checked(response: httpx.Response) -> Response:
    if not 200 <= response.status_code <= 299:
        raise UnexpectedStatus(response.status_code, response.content)
    return Response(response.status_code, response.headers, response.content)


class Client:
    """Sends requests to the site at `base_url`; what else is given goes to `httpx.Client` (headers, timeout, ...)."""

    def __init__(self, base_url: str, **options: Any) -> None:
        import httpx

        self.base_url = base_url.rstrip("/")
        self.http = httpx.Client(**options)

    def send(self, request: Request) -> Response:
        """Send a request and return the answer; raises `UnexpectedStatus` unless it is a 2xx."""
        return _checked(
            self.http.request(
                request.method, self.base_url + request.target, headers=dict(request.headers), content=request.content
            )
        )

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

    async def send(self, request: Request) -> Response:
        """Send a request and return the answer; raises `UnexpectedStatus` unless it is a 2xx."""
        return _checked(
            await self.http.request(
                request.method, self.base_url + request.target, headers=dict(request.headers), content=request.content
            )
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
