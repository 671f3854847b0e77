"""The host and the state of a tenant: `/api/state/{custId}`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from ..clock import Clock
from ..errors import RefusedError

TenantState: TypeAlias = Literal[
    "Unknown",
    "Provisioning",
    "Running",
    "Deleted",
    "Suspended",
    "OnlineMaintenance",
    "OfflineMaintenance",
    "ProvisioningFailed",
    "Deleting",
    "DeleteFailed",
    "MigrationPending",
]


def names_tenant(name: str) -> bool:
    """Return True if this has the form of a customer's id.

    >>> names_tenant("Cust12345"), names_tenant("conformance")
    (True, False)
    """
    return re.fullmatch(r"cust\d{1,10}", name, re.IGNORECASE) is not None


class Tenant:
    """A tenant. `host` is None until it moves: it is then on every host of the sandbox."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.state: TenantState = "Running"
        self.valid_seconds = 3600.0  # inferred, not documented
        self.host: str | None = None

    def set_state(self, state: TenantState, valid_seconds: float) -> None:
        """Set the state, and for how many seconds it is valid."""
        if state not in get_args(TenantState):
            raise ValueError(f"a tenant's state must be one of {', '.join(get_args(TenantState))} (got {state!r})")
        if not 0 <= valid_seconds <= 366 * 86_400:
            raise ValueError(f"a state can be valid for 0 s to a year (got {valid_seconds} s)")
        self.state, self.valid_seconds = state, valid_seconds

    def move(self, to: str) -> None:
        """Move to another host."""
        parts = urlsplit(to)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
            raise ValueError(f"a tenant can move to a host, such as http://localhost:8080 (got {to!r})")
        self.host = f"{parts.scheme}://{parts.netloc.lower()}"

    def site(self, base: str) -> str:
        """Return the address of the tenant's site; `base` is the address that was called."""
        return f"{self.host or base}/{self.name}"

    def describe(self, name: str, base: str, clock: Clock) -> dict[str, Any]:
        """Return a tenant's state as JSON has it; a tenant that is not here is in the state Unknown (inferred)."""
        until = datetime.fromtimestamp(clock.shown() + self.valid_seconds, UTC)
        known = name.casefold() == self.name.casefold()
        site = self.site(base) if known else None
        return {
            "ContextIdentifier": self.name if known else name,
            "Endpoint": site,
            "State": self.state if known else "Unknown",
            "IsRunning": known and self.state == "Running",
            "ValidUntil": f"{until:%Y-%m-%dT%H:%M:%S}.{until.microsecond:06d}0Z",  # seven digits, as .NET writes it
            "Api": None if site is None else f"{site}/api",
        }

    def check(self, name: str | None, base: str) -> None:
        """Refuse a request to the wrong host, or while the tenant does not run.

        Raises:
            RefusedError: 421 for the wrong host, 503 (inferred) for a tenant that does not run.
        """
        if (name or self.name).casefold() != self.name.casefold() or self.host not in (None, base.lower()):
            detail = f"{name or self.name} is not on this host; /api/state has its address."
            raise RefusedError(421, "The request was misdirected.", detail)
        if self.state != "Running":
            detail = f"The tenant is in the state {self.state}."
            raise RefusedError(503, "The service is unavailable.", detail)
