"""Date-times as SO-TimeZone asks for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

import attrs

from .behaviour import Behaviour
from .errors import invalid
from .store import FIELDS, Row
from .zones import code_of, find_zone

_DATES = [name for name, field in FIELDS.items() if field.type == "date-time"]
_STAMPS = {"CreatedAt", "LastChanged"}
_YEAR_1 = "0001-01-01T"


@attrs.frozen
class Clock:
    """How the date-times of one answer are written. `asked` None: nobody asked, they come as they are stored."""

    behaviour: Behaviour
    asked: str | None
    with_offset: bool

    @property
    def code(self) -> str:
        """The zone's code, which goes into the answer's SO-TimeZone header."""
        return self.asked or self.behaviour.base_zone.upper()

    def write(self, ticket: Row) -> Row:
        """Give the ticket with its date-times written anew."""
        written: Row = {}
        for name in _DATES:
            text = ticket.get(name)
            if isinstance(text, str):
                written[name] = self._empty() if text.startswith(_YEAR_1) else self._moment(name, text)
        return {**ticket, **written}

    def _empty(self) -> str:
        form = self.behaviour.empty_date
        if form != "offset":
            return f"{_YEAR_1}00:00:00{'Z' if form == 'utc' else ''}"
        # The zone's own rules say nothing sensible of year 1, so this winter's offset stands in.
        shift = datetime(2024, 1, 1, tzinfo=self._zone()).utcoffset() or timedelta(0)
        clock = datetime(1, 1, 1, tzinfo=timezone(shift))
        return (clock + max(shift, timedelta(0))).isoformat()

    def _zone(self) -> tzinfo:
        return find_zone(self.code) or UTC

    def _moment(self, name: str, text: str) -> str:
        if self.asked is None and not self.with_offset and self.behaviour.offsets == "asked":
            return text
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=find_zone(self.behaviour.base_zone))
            utc = name in _STAMPS and self.behaviour.stamps == "utc"
            moment = moment.astimezone(UTC if utc else self._zone())
        except (ValueError, OverflowError):
            return text  # somebody stored it so, to see what a program makes of it
        offset = {"asked": self.with_offset, "always": True, "never": False}[self.behaviour.offsets]
        return _format(moment, self.behaviour.date_form, offset)


def _format(moment: datetime, form: str, with_offset: bool) -> str:
    text = moment.replace(tzinfo=None).isoformat()
    if form == "ticks":
        text = f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}0"
    if not with_offset:
        return text
    if moment.tzinfo is UTC:
        return text + "Z"
    offset = f"{moment:%z}"  # +0100
    return text + (offset if form == "compact" else f"{offset[:3]}:{offset[3:5]}")


def clock_for(header: str | None, behaviour: Behaviour) -> Clock:
    """Read an SO-TimeZone header: a code or number, `includeTZOffset`, or both.

    >>> clock_for("261, includeTZOffset", Behaviour())
    Clock(behaviour=..., asked='NO', with_offset=True)
    """
    parts = [part.strip() for part in (header or "").split(",") if part.strip()]
    zones = [part for part in parts if part.casefold() != "includetzoffset"]
    code = code_of(zones[0]) if len(zones) == 1 else None
    if zones and code is None:
        raise invalid(f"SO-TimeZone: {', '.join(zones)} is not a known time zone code.")
    return Clock(behaviour, code, with_offset=len(parts) > len(zones))
