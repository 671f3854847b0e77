"""How a test signs in to a sandbox and reads tickets, with each client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import anyio

from superoffice import AsyncSuperOffice, RefreshingAuth, SuperOffice
from superoffice.auth.tenant import Environment, Tenant
from superoffice_sandbox import Sandbox


def tenant(box: Sandbox, name: str | None = None) -> Tenant:
    return at(box.site, name or box.identity.tenant)


def at(site: str, name: str) -> Tenant:
    return Tenant(name, environment=Environment("sandbox", site))


def read(box: Sandbox, *auths: RefreshingAuth, **options: Any) -> list[int]:
    """Read ticket 439 with each, through one client after another."""
    came: list[int] = []
    for auth in auths:
        with SuperOffice(tenant(box), auth=auth, **options) as client:
            came.append(client.tickets.get(439).ticket_id)
    return came


def read_async(box: Sandbox, *auths: RefreshingAuth, **options: Any) -> list[int]:
    async def go() -> list[int]:
        came: list[int] = []
        for auth in auths:
            async with AsyncSuperOffice(tenant(box), auth=auth, **options) as client:
                came.append((await client.tickets.get(439)).ticket_id)
        return came

    return anyio.run(go)


Read = Callable[..., list[int]]
BOTH: list[Read] = [read, read_async]


def asked(box: Sandbox) -> Counter[str]:
    """Count what the sandbox was asked, by the last part of the path, but for where the tenant is."""
    return Counter(found.path.rpartition("/")[2] for found in box.requests if "/state/" not in found.path)
