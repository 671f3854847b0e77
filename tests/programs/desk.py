"""Tickets of a help desk whose figures say something: some categories and priorities are faster than others."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from superoffice_sandbox import Sandbox

COUNT = 1_000
MISSING = [5, 500]  # ids up to COUNT that no ticket has
_START = datetime(2024, 1, 1, 6, tzinfo=UTC)
_EMPTY = datetime(1, 1, 1)  # as the wire has it
_DAY, _NIGHT = 8 * 60, 16 * 60  # minutes of an office's day, and until the next one
_PRIORITIES = {"High": 60, "Medium": 200, "Low": 420}  # minutes to the usual reply
_CATEGORIES = {"Access": 0.4, "Orders": 0.8, "Invoices": 1.0, "Hardware": 1.4, "Technical Support": 2.2}


def fill(box: Sandbox) -> None:
    """Add the tickets, the same ones each time."""
    for number in range(1, COUNT + 1):
        if number not in MISSING:
            box.add(**_ticket(number, random.Random(number)))  # noqa: S311 - sample data


def _ticket(number: int, rng: random.Random) -> dict[str, Any]:
    priority = rng.choices(list(_PRIORITIES), [2, 5, 3])[0]
    category = rng.choices(list(_CATEGORIES), [4, 5, 3, 2, 3])[0]
    created = _START + timedelta(days=number * 180 // COUNT, minutes=rng.randrange(_DAY))
    monday = 1.6 if created.weekday() == 0 else 1.0  # what came at the weekend waits before it
    worked = round(_PRIORITIES[priority] * _CATEGORIES[category] * monday * rng.lognormvariate(0, 0.7)) + 1
    real = worked + _NIGHT * (worked // _DAY + (rng.random() < worked % _DAY / _DAY))
    answered = rng.random() < 0.9
    closed = answered and rng.random() < 0.8
    to_close = real + round(rng.lognormvariate(8, 0.6))
    return {
        "ticket_id": number,
        "created_at": created,
        "replied_at": created + timedelta(minutes=real) if answered else _EMPTY,
        "closed_at": created + timedelta(minutes=to_close) if closed else _EMPTY,
        "deadline": created + timedelta(days=3),
        "base_status": "Closed" if closed else "Active",
        "priority": 1 + list(_PRIORITIES).index(priority),
        "priority_name": priority,
        "category": 10 + list(_CATEGORIES).index(category),
        "category_name": category,
        "owned_by": 10 if answered else 1,
        "owned_by_name": "SJ" if answered else "",
        "time_to_reply": worked if answered else 0,
        "real_time_to_reply": real if answered else 0,
        "time_to_close": to_close // 3 if closed else 0,
        "real_time_to_close": to_close if closed else 0,
    }
