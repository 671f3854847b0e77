from __future__ import annotations
from importlib import import_module
from typing import TYPE_CHECKING, Any
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
__all__ = ['Application', 'Behaviour', 'Clock', 'Credentials', 'Fault', 'Forgery', 'Identity', 'RecordedRequest', 'Sandbox', 'SandboxApp', 'StoreError', 'SystemUser', 'TenantState', 'create_app', 'start']

def __getattr__(name: str) -> Any:
    ...
