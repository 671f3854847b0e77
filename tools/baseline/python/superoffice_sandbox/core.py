from __future__ import annotations
import random
import secrets
from difflib import get_close_matches
from typing import Any
import msgspec
from superoffice_api.models import Ticket
from .behaviour import Behaviour
from .credentials import Credentials
from .faults import Fault, Faults, Kind
from .record import Requests
from .seed import plausible
from .store import FIELDS, Store

class Core:

    def __init__(self, store: Store, behaviour: Behaviour, credentials: Credentials, *, record_secrets: bool) -> None:
        self.store = ...
        self.behaviour = ...
        self.credentials = ...
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

    def add(self, ticket: Ticket | None=None, /, **members: Any) -> Ticket:
        ...

    def fault(self, kind: Kind | None=None, **members: Any) -> None:
        ...

    def close(self) -> None:
        ...
