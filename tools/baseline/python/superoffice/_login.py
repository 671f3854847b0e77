from __future__ import annotations
import time
import webbrowser
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, TypeVar
from ._callback import DEFAULT_REDIRECT, Callback
from ._exchange import Outgoing
from ._extras import extra
from ._renewal import AuthStep
from ._send import SyncSender
from ._signin import LARGEST, done
from .auth import hidden
from .errors import SignInError
from .keeping import Keeping
from .oauth import Attempt, OAuthAuth, origin
from .retries import Retries, Timeout
if TYPE_CHECKING:
    from .tenant import Tenant
T = TypeVar('T')

def login(tenant: Tenant, client_id: str, *, client_secret: str | None=None, keeping: Keeping | None=None, redirect: str=DEFAULT_REDIRECT, open_browser: Callable[[str], object] | None=webbrowser.open, show: Callable[[str], object] | None=None, timeout: float=300.0) -> OAuthAuth:
    ...
