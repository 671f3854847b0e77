"""What date-times of an answer show of the server that wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ._doctor_ask import Answer, Finding
from .select import FIELDS

DATES: Final = [name for name, field in FIELDS.items() if field.type == "date-time"]
_STAMPS: Final = ("CreatedAt", "LastChanged")
_EMPTY: Final = re.compile(r"0001-01-01T|0001-01-02T|0000-12-31T")
_OFFSET: Final = re.compile(r"(Z|[+-]\d\d:?\d\d)$", re.IGNORECASE)


def empty(text: object) -> bool:
    """Tell whether a date-time is year 1, which stands for none."""
    return isinstance(text, str) and _EMPTY.match(text) is not None


def _moments(answer: Answer, names: Iterable[str] = DATES) -> dict[tuple[int, str], str]:
    found = {(number, name): row.get(name) for number, row in answer.tickets.items() for name in names}
    return {at: text for at, text in found.items() if isinstance(text, str)}


def _aware(answer: Answer) -> bool | None:
    """Tell whether date-times carry an offset; None where there are none, or some do and some do not."""
    found = {_OFFSET.search(text) is not None for text in _moments(answer).values() if not empty(text)}
    return found.pop() if len(found) == 1 else None


def probe_empty_dates(answer: Answer) -> Finding:
    """See how an empty date comes when offsets are asked for."""
    written = {text for text in _moments(answer).values() if empty(text)}
    if not written:
        nulls = any(row.get(name, 1) is None for row in answer.tickets.values() for name in DATES)
        seen = "null, not year 1" if nulls else "not seen: no ticket of these has an empty date"
        advice = "" if nulls else "Give the id of a ticket that is still open."
        return Finding(
            "empty dates", "ok" if nulls else "unseen", seen, advice, "empty_date", "null" if nulls else None
        )
    marks = {("Z" if found[0] in "zZ" else "+") if (found := _OFFSET.search(text)) else "" for text in written}
    value = {"": "plain", "Z": "utc", "+": "offset"}[marks.pop()] if len(marks) == 1 else "mixed"
    texts = {
        "plain": "year 1 without an offset (plain)",
        "utc": "year 1 with Z (utc)",
        "offset": "year 1, shifted by the zone (offset)",
        "mixed": "year 1, written in several ways",
    }
    return Finding("empty dates", "ok", texts[value], key="empty_date", value=value)


def probe_offsets(without: Answer, with_offset: Answer) -> Finding:
    """See whether date-times carry an offset without and with includeTZOffset."""
    seen = _aware(without), _aware(with_offset)
    if seen == (None, None):
        return Finding("offsets", "unseen", "not seen: no ticket of these has a date-time", key="offsets")
    values = {(False, True): "asked", (True, True): "always", (False, False): "never"}
    value = values.get((bool(seen[0]), bool(seen[1])), "mixed") if None not in seen else "mixed"
    texts = {
        "asked": "date-times carry an offset when includeTZOffset asks for it (asked)",
        "always": "date-times carry an offset whether or not includeTZOffset asks for it (always)",
        "never": "date-times carry no offset, though includeTZOffset asks for it (never)",
        "mixed": "some date-times carry an offset and some do not",
    }
    if value in ("asked", "always"):
        return Finding("offsets", "ok", texts[value], key="offsets", value=value)
    advice = "Ask for UTC, as the SDK does by itself: then a date-time without an offset is certain to be UTC."
    return Finding("offsets", "warn", texts[value], advice, "offsets", value)


def probe_no_zone(plain: Answer) -> Finding:
    """See whether date-times carry an offset when no SO-TimeZone goes out."""
    aware = _aware(plain)
    value = None if aware is None else "aware" if aware else "naive"
    if value is None:
        return Finding("no time zone", "unseen", "not seen: no date-times, or some of each kind", key="without_zone")
    seen = f"without SO-TimeZone, date-times are {value}"
    return Finding("no time zone", "ok", seen, key="without_zone", value=value)


def probe_form(with_offset: Answer) -> Finding:
    """See in which form date-times are written."""
    texts = [text for text in _moments(with_offset).values() if not empty(text)]
    if not texts:
        return Finding("date form", "unseen", "not seen: no ticket of these has a date-time", key="date_form")
    if all(re.search(r"\.\d{7}", text) for text in texts):
        value, seen = "ticks", "seven digits after the second (ticks)"
    elif any(re.search(r"[+-]\d{4}$", text) for text in texts):
        value, seen = "compact", "offsets without a colon, +0100 (compact)"
    else:
        value, seen = "iso", "plain ISO 8601 (iso)"
    return Finding("date form", "ok", seen, key="date_form", value=value)


def probe_stamps(utc: Answer, zone: Answer) -> Finding:
    """See whether CreatedAt and LastChanged follow SO-TimeZone, as the other date-times do."""
    key, name = "stamps", "CreatedAt"

    def follow(names: Iterable[str]) -> bool | None:
        first, second = _moments(utc, names), _moments(zone, names)
        pairs = [(text, second[at]) for at, text in first.items() if at in second and not empty(text)]
        return any(_clock(one) != _clock(other) for one, other in pairs) if pairs else None

    stamps = follow(_STAMPS)
    if stamps:
        return Finding(name, "ok", "follows SO-TimeZone (zone)", key=key, value="zone")
    others = follow([each for each in DATES if each not in _STAMPS])
    if stamps is None or others is None:
        return Finding(name, "unseen", "not seen: too few date-times to compare", key=key)
    if others:
        advice = "Ask for UTC, as the SDK does by itself, or for offsets: then every date-time is certain."
        return Finding(
            name, "warn", "stays in UTC while the other date-times follow SO-TimeZone (utc)", advice, key, "utc"
        )
    advice = "Ask for UTC and compare a date-time with the one that the web client shows."
    return Finding(name, "warn", "SO-TimeZone changes no date-time", advice, key, "ignored")


def _clock(text: str) -> str:
    return _OFFSET.sub("", text)
