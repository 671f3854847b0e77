# Generated from openapi/superoffice.yaml. Do not edit: change the document and run `nox -s generate`.
"""Empty and naive date-times, set right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, cast

from msgspec.structs import force_setattr

from .models import Ticket


def is_empty(date: datetime) -> bool:
    """Return whether a date-time stands for none at all."""
    return date.year == 1


def normalize_dates(values: Sequence[Any], assume: tzinfo | None, of: type | Mapping[str, bool]) -> bool:
    """Set empty date-times to None and give naive ones the zone `assume` (None: leave them naive).

    `of` is a class of `models`, all of whose date-times are looked at, or the attributes to look at, each with whether
    it may be None. Return False where one that may not has become None.
    """
    if isinstance(of, type):
        _NORMALIZERS[of](values, assume)
        return True
    complete = True
    for value in values:
        for name, may_be_none in of.items():
            date = getattr(value, name)
            if date is not None and date.year == 1:
                force_setattr(value, name, None)
                complete = complete and may_be_none
            elif date is not None and date.tzinfo is None and assume is not None:
                force_setattr(value, name, date.replace(tzinfo=assume))
    return complete


def _ticket(values: Sequence[Ticket], assume: tzinfo | None) -> None:
    zone = next((value.created_at.tzinfo for value in values[:1] if value.created_at is not None), None) or UTC
    floor = datetime(2, 1, 2, tzinfo=zone)  # past year 1 in every zone
    try:  # one comparison tells both empty and naive; between zones it is slow, so one zone is looked at
        if all(
            value.created_at.tzinfo is zone
            and value.created_at >= floor
            and value.last_changed >= floor
            and value.read_by_owner >= floor
            and value.read_by_customer >= floor
            and value.first_read_by_user >= floor
            and value.activate >= floor
            and value.closed_at >= floor
            and value.replied_at >= floor
            and value.alert_timeout >= floor
            and value.deadline >= floor
            for value in cast("Sequence[Any]", values)
        ):
            return
    except (AttributeError, TypeError):  # None, or a naive one
        pass
    for value in values:
        date = value.created_at
        if date is not None and (date.tzinfo is not zone or date < floor):
            if date.year == 1:
                force_setattr(value, "created_at", None)
            elif date.tzinfo is None and assume is not None:
                force_setattr(value, "created_at", date.replace(tzinfo=assume))
        date = value.last_changed
        if date is not None and (date.tzinfo is not zone or date < floor):
            if date.year == 1:
                force_setattr(value, "last_changed", None)
            elif date.tzinfo is None and assume is not None:
                force_setattr(value, "last_changed", date.replace(tzinfo=assume))
        date = value.read_by_owner
        if date is not None and (date.tzinfo is not zone or date < floor):
            if date.year == 1:
                force_setattr(value, "read_by_owner", None)
            elif date.tzinfo is None and assume is not None:
                force_setattr(value, "read_by_owner", date.replace(tzinfo=assume))
        date = value.read_by_customer
        if date is not None and (date.tzinfo is not zone or date < floor):
            if date.year == 1:
                force_setattr(value, "read_by_customer", None)
            elif date.tzinfo is None and assume is not None:
                force_setattr(value, "read_by_customer", date.replace(tzinfo=assume))
        date = value.first_read_by_user
        if date is not None and (date.tzinfo is not zone or date < floor):
            if date.year == 1:
                force_setattr(value, "first_read_by_user", None)
            elif date.tzinfo is None and assume is not None:
                force_setattr(value, "first_read_by_user", date.replace(tzinfo=assume))
        date = value.activate
        if date is not None and (date.tzinfo is not zone or date < floor):
            if date.year == 1:
                force_setattr(value, "activate", None)
            elif date.tzinfo is None and assume is not None:
                force_setattr(value, "activate", date.replace(tzinfo=assume))
        date = value.closed_at
        if date is not None and (date.tzinfo is not zone or date < floor):
            if date.year == 1:
                force_setattr(value, "closed_at", None)
            elif date.tzinfo is None and assume is not None:
                force_setattr(value, "closed_at", date.replace(tzinfo=assume))
        date = value.replied_at
        if date is not None and (date.tzinfo is not zone or date < floor):
            if date.year == 1:
                force_setattr(value, "replied_at", None)
            elif date.tzinfo is None and assume is not None:
                force_setattr(value, "replied_at", date.replace(tzinfo=assume))
        date = value.alert_timeout
        if date is not None and (date.tzinfo is not zone or date < floor):
            if date.year == 1:
                force_setattr(value, "alert_timeout", None)
            elif date.tzinfo is None and assume is not None:
                force_setattr(value, "alert_timeout", date.replace(tzinfo=assume))
        date = value.deadline
        if date is not None and (date.tzinfo is not zone or date < floor):
            if date.year == 1:
                force_setattr(value, "deadline", None)
            elif date.tzinfo is None and assume is not None:
                force_setattr(value, "deadline", date.replace(tzinfo=assume))


_NORMALIZERS: Final[dict[type, Callable[[Sequence[Any], tzinfo | None], None]]] = {Ticket: _ticket}
