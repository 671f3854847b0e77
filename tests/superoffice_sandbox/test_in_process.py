"""The sandbox as an ASGI application, called in this process."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest
import uvicorn

import superoffice_sandbox

from ..support.sandbox_calls import PATH


def test_another_server_may_run_the_app() -> None:
    """One that tells it of its start and end, as uvicorn does by itself."""

    class Server(uvicorn.Server):
        @property
        def port(self) -> int:
            return int(self.servers[0].sockets[0].getsockname()[1])

    app = superoffice_sandbox.create_app(tickets=3)
    server = Server(uvicorn.Config(app, port=0, lifespan="on", log_level="error"))  # type: ignore[arg-type]

    async def run() -> int:
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", auth=("tje0", "Tje0")) as client:
            answer = await client.post(PATH, json={"TicketIds": [1234]})
            app.fault("cut")
            with pytest.raises(httpx.RemoteProtocolError):
                await client.post(PATH, json={"TicketIds": [1234]})
        server.should_exit = True
        await task
        return answer.status_code

    assert asyncio.run(run()) == 200
    app.close()


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
        assert [call.status_code for call in app.requests] == [200, 503, 0]

    before = set(threading.enumerate())
    asyncio.run(run())
    assert not set(threading.enumerate()) - before
    app.close()
