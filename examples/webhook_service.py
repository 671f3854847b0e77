"""Enrich SuperOffice's web hook about requests: it names a ticket, and a chat or a queue wants to know about it.

`HOOK_SECRET=... FORWARD_TO=https://chat.example.com/hook uvicorn webhook_service:app`

SuperOffice sends a hook again until the response is a 200, and stops the web hook after seven times in vain. So a
ticket that nobody can read any more gets a 200, and what may work out later a 503.
"""

from __future__ import annotations

import base64
import hmac
import logging
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_pascal

from superoffice import APIError, AsyncSuperOffice, Locale, TicketNotFoundError, TicketView

HOOK_SECRET = os.environ["HOOK_SECRET"].encode()
FORWARD_TO = os.environ["FORWARD_TO"]
log = logging.getLogger("uvicorn.error")


class Hook(BaseModel):
    """What SuperOffice sends, as far as it matters here."""

    model_config = ConfigDict(alias_generator=to_pascal)
    event: str
    primary_key: int


class Brief(TicketView):
    """What is asked of the ticket; nothing else is sent."""

    title: str
    created_at: datetime
    deadline: datetime | None
    priority_name: str | None
    owned_by_name: str | None
    contact_name: str | None


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Make the clients once: all requests share their connections and their limits."""
    async with (
        AsyncSuperOffice.from_env(locale=Locale(language="en"), timeout=30) as app.state.superoffice,
        httpx.AsyncClient() as app.state.web,
    ):
        yield


async def signed(request: Request) -> None:
    """Refuse what does not come from SuperOffice, which signs with the secret that it shares with us."""
    digest = hmac.digest(HOOK_SECRET, await request.body(), "sha256")
    given = request.headers.get("x-superoffice-signature", "")
    if not hmac.compare_digest(base64.b64encode(digest), given.encode()):
        raise HTTPException(403, "not signed with the secret of the web hook")


app = FastAPI(lifespan=lifespan)


@app.post("/hook", dependencies=[Depends(signed)])
async def enrich(hook: Hook) -> dict[str, object]:
    """Take a hook, and hand it on with its ticket."""
    if not hook.event.startswith("ticket."):  # SuperOffice sends the event `test` when a web hook is made
        return {"ignored": f"the event {hook.event}"}
    client: AsyncSuperOffice = app.state.superoffice
    ticket = await client.tickets.get(hook.primary_key, into=Brief)
    enriched = jsonable_encoder({"event": hook.event, "ticket": ticket.to_dict()})
    (await app.state.web.post(FORWARD_TO, json=enriched)).raise_for_status()
    return {"forwarded": enriched}


@app.exception_handler(TicketNotFoundError)
async def gone(_: Request, error: TicketNotFoundError) -> JSONResponse:
    return JSONResponse({"ignored": str(error)})


@app.exception_handler(APIError)
@app.exception_handler(httpx.HTTPError)
async def failed(_: Request, error: Exception) -> JSONResponse:
    log.error("%s", error)
    return JSONResponse({"failed": type(error).__name__}, 503)
