"""Date-times as SO-TimeZone asks for them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache

import attrs

from .behaviour import Behaviour
from .errors import invalid
from .seed import document
from .store import FIELDS, Row
from .zones import code_of, find_zone

_DATES = [name for name, field in FIELDS.items() if field.type == "date-time"]
_STAMPS = {"CreatedAt", "LastChanged"}
_YEAR_1 = "0001-01-01T"


@attrs.frozen
class DateFormat:
    """How the date-times of one response are written; `asked` is None if the request names no time zone."""

    behaviour: Behaviour
    asked: str | None
    with_offset: bool

    @property
    def code(self) -> str:
        """The code of the time zone, for the SO-TimeZone header of the response."""
        return self.asked or self.behaviour.base_zone.upper()

    def write(self, ticket: Row) -> Row:
        """Return the ticket with its date-times in this format."""
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
        # The zone's own rules for year 1 are of no use; the offset of a recent winter is.
        shift = datetime(2024, 1, 1, tzinfo=self._zone()).utcoffset() or timedelta(0)
        year_1 = datetime(1, 1, 1, tzinfo=timezone(shift))
        return (year_1 + max(shift, timedelta(0))).isoformat()

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
            return text  # stored so on purpose, to test how a program reads it
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
    offset = f"{moment:%z}"[:5]  # +0100; before zones there were seconds too
    return text + (offset if form == "compact" else f"{offset[:3]}:{offset[3:]}")


def date_format_for(header: str | None, behaviour: Behaviour) -> DateFormat:
    """Read an SO-TimeZone header: a code or number, `includeTZOffset`, or both; a code not known here is as none.

    >>> date_format_for("261, includeTZOffset", Behaviour())
    DateFormat(behaviour=..., asked='NO', with_offset=True)
    """
    text = header or ""
    if _form().fullmatch(text) is None:
        raise invalid(f"SO-TimeZone: {text} is not a time zone code, such as NO or US-NY.")
    return DateFormat(behaviour, code_of(text.partition(",")[0]), with_offset=text.endswith("includeTZOffset"))


@cache
def _form() -> re.Pattern[str]:
    """Return what the OpenAPI document admits: a server knows codes that we do not."""
    return re.compile(document()["components"]["parameters"]["TimeZone"]["schema"]["pattern"])
