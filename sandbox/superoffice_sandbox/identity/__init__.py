"""The identity provider: OAuth 2 and OpenID Connect, system users, tenants, web sessions.

`cryptography` is imported, and keys are made, at the first use: that takes some tenths of a second.
"""

from .application import Application
from .forgery import Forgery
from .service import Identity, Part
from .system_user import SystemUser
from .tenant import TenantState

__all__ = ["Application", "Forgery", "Identity", "Part", "SystemUser", "TenantState"]
