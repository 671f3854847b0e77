"""The sandbox as an ASGI application, called in this process."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest

import superoffice_sandbox

from .calls import PATH


def test_the_app_answers_without_a_port() -> None:
    app = superoffice_sandbox.create_app(tickets=3)
    app.add(ticket_id=9, title="mine")

    async def run() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://testserver", auth=("tje0", "Tje0")
        ) as client:
            answer = await client.post(PATH, json={"TicketIds": [9, 1234]})
            assert answer.json()[0]["Title"] == "mine"
            app.fault(status=503)
            assert (await client.post(PATH, json={"TicketIds": [9]})).status_code == 503
            app.fault("cut")
            with pytest.raises(ConnectionResetError):
                await client.post(PATH, json={"TicketIds": [9]})
        assert [call.status for call in app.requests] == [200, 503, 200]

    before = set(threading.enumerate())
    asyncio.run(run())
    assert not set(threading.enumerate()) - before
    app.close()
