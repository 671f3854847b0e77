"""Texts in the language that the headers ask for, and numbers and dates inside them in a culture's form.

A text may be stored in several languages, `NO:"Høy";US:"High"`, as a key, `[SR_SANDBOX_OPEN]`, or with values that are
written in the form of a culture: `[I:1200]`, `[F:3.5]`, `[D:11/20/2024]`, `[DT:11/20/2024 14:15:00]` (month first). A
request without a language gets all texts as they are stored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import attrs

from .store import Row

TEXTS: Final = (
    "CategoryName", "CategoryFullname", "PriorityName", "TicketStatusDisplayValue", "TicketTypeName", "ProjectName",
    "SaleHeading",
)  # fmt: skip
"""The fields whose texts are the tenant's own; what customers wrote stays as it is."""

_COUNTRIES = {"da": "DK", "de": "GE", "en": "US", "nb": "NO", "nn": "NO", "no": "NO", "sv": "SW"}
_SYNONYMS = {"DK": ("DA",), "GE": ("DE",), "US": ("EN", "UK", "GB"), "SW": ("SV", "SE")}
_PART = re.compile(r'([A-Za-z]{2}):"([^"]*)"')
_MULTI = re.compile(rf"{_PART.pattern}(;{_PART.pattern})*;?")
_KEY = re.compile(r"\[(SR_\w+)\]", re.ASCII)
_VALUE = re.compile(r"\[(DT|I|F|D):([^\]]*)\]")
_FALLBACK = "US"
RESOURCES: Final[Mapping[str, Mapping[str, str]]] = {
    "SR_SANDBOX_OPEN": {"US": "Open", "NO": "Åpen", "SW": "Öppen", "GE": "Offen"},
    "SR_SANDBOX_POSTPONED": {"US": "Postponed", "NO": "Utsatt", "SW": "Uppskjuten", "GE": "Verschoben"},
    "SR_MANDATORY_FIELD_1281": {"US": "Company name", "NO": "Firmanavn", "SW": "Företagsnamn", "FR": "Nom de société"},
    "SR_SANDBOX_LIMIT": {"US": "Locked above", "NO": "Låst over", "SW": "Låst över", "GE": "Gesperrt über"},
}


def preferences(header: str) -> list[str]:
    """Return the languages of an Accept-Language header, the most wanted first.

    >>> preferences("de;q=0.3, sv-SE, en;q=0.8, fr;q=0")
    ['sv', 'en', 'de']
    """
    weighed: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, *parameters = part.split(";")
        found = next((p.strip()[2:] for p in parameters if p.strip().lower().startswith("q=")), "1")
        quality = float(found) if re.fullmatch(r"[01](\.\d{0,3})?", found) else 0.0
        if tag.strip() and quality > 0:
            weighed.append((-quality, tag.strip().split("-")[0].lower()))
    return [tag for _, tag in sorted(weighed, key=lambda pair: pair[0])]


@attrs.frozen
class Translation:
    """Languages to try in turn, as keys of stored texts; without any, texts come as they are stored."""

    keys: tuple[str, ...]
    culture: str

    def write(self, ticket: Row) -> Row:
        """Return the ticket with its texts translated."""
        if not self.keys:
            return ticket
        told = {name: self.text(ticket[name]) for name in TEXTS if isinstance(ticket.get(name), str)}
        rights = {name: self._reasons(ticket[name]) for name in ("TableRight", "FieldProperties") if ticket.get(name)}
        return {**ticket, **told, **rights}

    def _reasons(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        members: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]  - decoded JSON
        return {
            name: self.text(held) if name == "Reason" and isinstance(held, str) else self._reasons(held)
            for name, held in members.items()
        }

    def text(self, stored: str) -> str:
        """Translate one stored text."""
        if _MULTI.fullmatch(stored):
            stored = self._choose({key.upper(): text for key, text in _PART.findall(stored)})
        if "[" not in stored:
            return stored
        stored = _KEY.sub(lambda found: self._choose(RESOURCES.get(found[1], {"": found[0]})), stored)
        return _VALUE.sub(self._value, stored)

    def _choose(self, texts: Mapping[str, str]) -> str:
        for key in (*self.keys, _FALLBACK):
            for name in (key, *_SYNONYMS.get(key, ())):
                if name in texts:
                    return texts[name]
        return next(iter(texts.values()))

    def _value(self, found: re.Match[str]) -> str:
        from babel import Locale, UnknownLocaleError, dates, numbers  # heavy, and seldom needed

        kind, text = found.groups()
        try:
            locale = Locale.parse(self.culture.replace("_", "-"), sep="-")
        except (UnknownLocaleError, ValueError):
            locale = Locale("en")
        try:
            if kind in ("I", "F"):
                number = Decimal(text)
                return numbers.format_decimal(number, locale=locale) if number.is_finite() else found[0]
            if kind == "D":
                return dates.format_date(datetime.strptime(text, "%m/%d/%Y"), "short", locale=locale)
            return dates.format_datetime(datetime.strptime(text, "%m/%d/%Y %H:%M:%S"), "short", locale=locale)
        except (ValueError, InvalidOperation):
            return found[0]


def translation_for(headers: Mapping[str, str]) -> Translation:
    """Read Accept-Language, SO-Language and SO-Culture.

    >>> translation_for({"accept-language": "en", "so-language": "sv"})
    Translation(keys=('SW',), culture='sv')
    >>> translation_for({"accept-language": "en", "so-language": "*"}).keys
    ()
    """
    own = headers.get("so-language", "").strip()
    tags = preferences(own or headers.get("accept-language", ""))
    if not tags or tags[0] in ("*", "x"):
        return Translation((), "")
    keys = tuple(_COUNTRIES.get(tag, tag.upper()) for tag in tags if tag not in ("*", "x"))
    return Translation(keys, headers.get("so-culture", "").strip() or tags[0])
