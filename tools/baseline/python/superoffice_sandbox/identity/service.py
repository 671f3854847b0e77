from __future__ import annotations
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args
from ..clock import Clock
from ..credentials import Credentials
from ..faults import Fault, Faults, Kind
from .application import LOOPBACKS, Application, check_redirect
from .forgery import Forgery, Wrong
from .issuer import LOGIN, SYSTEM_TOKEN, Issuer
from .system_user import SystemUser
from .tenant import TenantState
if TYPE_CHECKING:
    from ..server import Sandbox
Part: TypeAlias = Literal['discovery', 'jwks', 'tokens', 'exchange', 'state']
SESSION_PATH: Final = f'{LOGIN}/session'

class Identity:

    def __init__(self, credentials: Credentials, *, environment_url: str='http://sandbox') -> None:
        self.clock = ...
        self.issuer = ...
        self.faults: dict[Part, Faults] = ...
        self.environment_url = ...
        ...

    @property
    def client_id(self) -> str:
        ...

    @property
    def client_secret(self) -> str:
        ...

    @property
    def tenant(self) -> str:
        ...

    @property
    def site(self) -> str:
        ...

    @property
    def session_url(self) -> str:
        ...

    @property
    def system_user(self) -> SystemUser:
        ...

    def register(self, *redirect_uris: str, secret_required: bool=False) -> Application:
        ...

    def set_state(self, state: TenantState, *, valid_seconds: float=3600) -> None:
        ...

    def move(self, to: Sandbox | str) -> None:
        ...

    def expire(self) -> None:
        ...

    def revoke(self) -> None:
        ...

    def rotate_keys(self, *, retire: bool=False) -> None:
        ...

    def renew_xsrf(self, *, every: float | None=None) -> None:
        ...

    def misbehave(self, kind: Forgery, *, claim: str='', times: int=1) -> None:
        ...

    def fault(self, part: Part, kind: Kind | None=None, **members: Any) -> None:
        ...
