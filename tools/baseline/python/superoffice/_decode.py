from __future__ import annotations
import logging
from collections.abc import Sequence
from datetime import tzinfo
from typing import Any, TypeVar, cast
import msgspec
from ._reader import Reader, allows_none
from .batch import TICKET_ID, HasTicketId, Problem
T = TypeVar('T', bound=HasTicketId)
log = logging.getLogger('superoffice')

class NotTicketsError(Exception):
    ...

def read_tickets(content: bytes, reader: Reader[T], assume: tzinfo | None) -> tuple[list[T], list[Problem]]:
    ...
