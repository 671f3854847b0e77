from .application import Application
from .forgery import Forgery
from .service import Identity, Part
from .system_user import SystemUser
from .tenant import TenantState
__all__ = ['Application', 'Forgery', 'Identity', 'Part', 'SystemUser', 'TenantState']
