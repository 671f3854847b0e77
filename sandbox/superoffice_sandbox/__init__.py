"""A mock server of the endpoint, on SQLite, over real HTTP: to try the SDK, and to test programs against it.

import superoffice_sandbox

with superoffice_sandbox.start() as box:
    print(box.site, box.user, box.password)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .app import SandboxApp
    from .behaviour import Behaviour
    from .clock import Clock
    from .credentials import Credentials
    from .faults import Fault
    from .identity import Application, Forgery, Identity, SystemUser, TenantState
    from .record import RecordedRequest
    from .server import Sandbox, create_app, start
    from .store import StoreError

__all__ = [
    "Application",
    "Behaviour",
    "Clock",
    "Credentials",
    "Fault",
    "Forgery",
    "Identity",
    "RecordedRequest",
    "Sandbox",
    "SandboxApp",
    "StoreError",
    "SystemUser",
    "TenantState",
    "create_app",
    "start",
]

_MODULES = {
    **dict.fromkeys(("Application", "Forgery", "Identity", "SystemUser", "TenantState"), "identity"),
    **dict.fromkeys(("Sandbox", "create_app", "start"), "server"),
    "Behaviour": "behaviour",
    "Clock": "clock",
    "Credentials": "credentials",
    "Fault": "faults",
    "RecordedRequest": "record",
    "SandboxApp": "app",
    "StoreError": "store",
}


if not TYPE_CHECKING:  # a type checker would accept any name

    def __getattr__(name: str) -> object:
        # The pytest plugin lives in this package, and every run of pytest imports it.
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_MODULES[name]}", __name__), name)
