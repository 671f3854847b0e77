from __future__ import annotations
import random
import secrets
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any
import msgspec
from superoffice_api.models import Ticket
from .behaviour import Behaviour
from .clock import Clock
from .credentials import Credentials
from .faults import Fault, Faults, Kind
from .identity import Identity
from .record import Requests
from .seed import plausible
from .store import FIELDS, Store
if TYPE_CHECKING:
    from .conformance import Judge

class Core:

    def __init__(self, store: Store, behaviour: Behaviour, credentials: Credentials, *, record_secrets: bool) -> None:
        self.store = ...
        self.behaviour = ...
        self.credentials = ...
        self.identity = ...
        self.faults = ...
        self.requests = ...
        self.admin_token = ...
        ...

    @property
    def user(self) -> str:
        ...

    @property
    def password(self) -> str:
        ...

    @property
    def clock(self) -> Clock:
        ...

    @cached_property
    def conformance(self) -> Judge:
        ...

    def add(self, ticket: Ticket | None=None, /, **members: Any) -> Ticket:
        ...

    def fault(self, kind: Kind | None=None, **members: Any) -> None:
        ...

    def close(self) -> None:
        ...
