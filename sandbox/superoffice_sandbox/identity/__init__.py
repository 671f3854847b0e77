"""The other side of sign-in: OAuth 2 and OpenID Connect, system users, tenants, web sessions.

Nothing here is imported or made before it is asked for: `cryptography` and the keys cost some tenths of a second.
"""

from .application import Application
from .forgery import Forgery
from .service import Identity, Part
from .system_user import SystemUser
from .tenant import TenantState

__all__ = ["Application", "Forgery", "Identity", "Part", "SystemUser", "TenantState"]
