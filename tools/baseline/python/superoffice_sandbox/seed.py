from __future__ import annotations
import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from importlib.resources import files
from typing import Any

def document() -> dict[str, Any]:
    ...

def page_sample() -> dict[str, Any]:
    ...

def tickets(count: int, seed: int) -> Iterator[dict[str, Any]]:
    ...

def plausible(number: int, rng: random.Random, customer: int | None=None, topic: int | None=None, status: int | None=None) -> dict[str, Any]:
    ...
