from __future__ import annotations
from collections.abc import Iterable
from datetime import tzinfo
from msgspec.structs import force_setattr
from .models import Ticket

def settle_ticket_dates(values: Iterable[Ticket], assume: tzinfo | None) -> None:
    ...
