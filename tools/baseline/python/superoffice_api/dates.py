from __future__ import annotations
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, cast
from msgspec.structs import force_setattr
from .models import Ticket

def settle_ticket_dates(values: Sequence[Ticket], assume: tzinfo | None) -> None:
    ...
