# Generated from openapi/superoffice.yaml. Do not edit: change the document and run `nox -s generate`.
"""Empty and naive date-times, set right."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from msgspec.structs import force_setattr

from .models import Ticket


def settle_ticket_dates(values: Iterable[Ticket], assume: tzinfo | None) -> None:
    """Set year-1 date-times to None and give naive ones the zone `assume` (None: leave them naive)."""
    for value in values:
        date = value.created_at
        if date is not None and (date.year == 1 or date.tzinfo is None):
            if date.year == 1:
                force_setattr(value, "created_at", None)
            elif assume is not None:
                force_setattr(value, "created_at", date.replace(tzinfo=assume))
        date = value.last_changed
        if date is not None and (date.year == 1 or date.tzinfo is None):
            if date.year == 1:
                force_setattr(value, "last_changed", None)
            elif assume is not None:
                force_setattr(value, "last_changed", date.replace(tzinfo=assume))
        date = value.read_by_owner
        if date is not None and (date.year == 1 or date.tzinfo is None):
            if date.year == 1:
                force_setattr(value, "read_by_owner", None)
            elif assume is not None:
                force_setattr(value, "read_by_owner", date.replace(tzinfo=assume))
        date = value.read_by_customer
        if date is not None and (date.year == 1 or date.tzinfo is None):
            if date.year == 1:
                force_setattr(value, "read_by_customer", None)
            elif assume is not None:
                force_setattr(value, "read_by_customer", date.replace(tzinfo=assume))
        date = value.first_read_by_user
        if date is not None and (date.year == 1 or date.tzinfo is None):
            if date.year == 1:
                force_setattr(value, "first_read_by_user", None)
            elif assume is not None:
                force_setattr(value, "first_read_by_user", date.replace(tzinfo=assume))
        date = value.activate
        if date is not None and (date.year == 1 or date.tzinfo is None):
            if date.year == 1:
                force_setattr(value, "activate", None)
            elif assume is not None:
                force_setattr(value, "activate", date.replace(tzinfo=assume))
        date = value.closed_at
        if date is not None and (date.year == 1 or date.tzinfo is None):
            if date.year == 1:
                force_setattr(value, "closed_at", None)
            elif assume is not None:
                force_setattr(value, "closed_at", date.replace(tzinfo=assume))
        date = value.replied_at
        if date is not None and (date.year == 1 or date.tzinfo is None):
            if date.year == 1:
                force_setattr(value, "replied_at", None)
            elif assume is not None:
                force_setattr(value, "replied_at", date.replace(tzinfo=assume))
        date = value.alert_timeout
        if date is not None and (date.year == 1 or date.tzinfo is None):
            if date.year == 1:
                force_setattr(value, "alert_timeout", None)
            elif assume is not None:
                force_setattr(value, "alert_timeout", date.replace(tzinfo=assume))
        date = value.deadline
        if date is not None and (date.year == 1 or date.tzinfo is None):
            if date.year == 1:
                force_setattr(value, "deadline", None)
            elif assume is not None:
                force_setattr(value, "deadline", date.replace(tzinfo=assume))
