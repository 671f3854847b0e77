"""Probes of a site: how this server behaves where nothing is documented. They only read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from ..errors import APIError, name_ids
from ..select import FIELDS, RawField
from .checks import NO_SUCH_ID, Finding, ProbeClient, ProbeResponse

_SAMPLE = 20  # tickets that are read whole: enough to meet an empty date, few enough to be quick
_SIZES = (1, 10, 100, 1000)
_KEY = "TicketId"
_ZONE = "NO"  # no empty date looks alike in it with Z and with its own offset
_UNTRANSLATED = re.compile(r'\[SR_\w+\]|\b[A-Z]{2}:"[^"]*"')
_EMPTY: Final = re.compile(r"0001-01-01T|0001-01-02T|0000-12-31T")
_OFFSET: Final = re.compile(r"(Z|[+-]\d\d:?\d\d)$", re.IGNORECASE)
_TEXTS = [name for name, field in FIELDS.items() if field.type == "string" and name != "Title"]
_SCALARS = [name for name, field in FIELDS.items() if field.type in ("int32", "string", "boolean", "date-time")]
_DATES: Final = [name for name, field in FIELDS.items() if field.type == "date-time"]
_STAMPS: Final = ("CreatedAt", "LastChanged")
_OFFSETS: Final[Mapping[object, str]] = {(False, True): "asked", (True, True): "always", (False, False): "never"}
_GIVE_IDS = "Give ids of tickets that this user may read, with --ids or --ids-file."
_NAMES: Final[Mapping[str, str]] = {  # where they are not the keys themselves
    "missing": "missing ids",
    "unselected": "unselected fields",
    "unknown_select": "unknown $select names",
    "invalid_ids": "ids below 1",
    "errors_in_200": "error status",
    "error_shape": "error body",
    "without_zone": "no time zone",
    "stamps": "CreatedAt",
    "empty_date": "empty dates",
}
_EXPLAINED: Final[Mapping[str, Mapping[str, str]]] = {
    "missing": {"omit": "are left out", "null": "come as null", "default": "come as an object of defaults"},
    "unselected": {"null": "come empty", "omit": "are left out", "default": "come as 0, false and empty text"},
    "empty_date": {"plain": "year 1 without an offset", "utc": "year 1 with Z", "offset": "year 1 shifted by the zone"},
    "duplicates": {"repeat": "an id asked for twice comes twice", "once": "an id asked for twice comes once"},
    "error_shape": {
        "message": "Message and MessageDetail",
        "typed": "ErrorType and Message",
        "agent": "ErrorType and ErrorMessage",
    },
    "errors_in_200": {"off": "an error has a status of its own", "null": "200 with null", "error": "200 with an error"},
    "unknown_select": {"ignore": "are ignored", "error": "fail the call"},
    "offsets": {
        "asked": "date-times carry an offset when includeTZOffset asks for it",
        "always": "date-times carry an offset whether or not includeTZOffset asks for it",
        "never": "date-times carry no offset, though includeTZOffset asks for it",
    },
    "date_form": {"iso": "plain ISO 8601", "compact": "offsets like +0100", "ticks": "seven digits after the second"},
    "stamps": {"zone": "follows SO-TimeZone", "utc": "stays in UTC while the other date-times follow SO-TimeZone"},
    "invalid_ids": {"error": "fail the call", "missing": "count as missing"},
    "no_ids": {"error": "fail the call", "array": "get an empty list", "null": "get nothing"},
}
BEHAVIOUR: Final[Mapping[str, tuple[str, ...]]] = {key: tuple(variants) for key, variants in _EXPLAINED.items()}
"""The variants of each undocumented behaviour, the likely one first."""


def _name(key: str) -> str:
    return _NAMES.get(key, key.replace("_", " "))


def _seen(key: str, value: str | int | None, text: str = "", advice: str = "") -> Finding:
    text = text or f"{_EXPLAINED[key][str(value)]} ({value})"
    return Finding(_name(key), "warn" if advice else "ok", text, advice, key, value)


def _unknown(key: str, why: str, advice: str = "") -> Finding:
    return Finding(_name(key), "unknown", f"not seen: {why}", advice, key)


def _probe_missing(client: ProbeClient) -> Finding:
    response = client.get_tickets([NO_SUCH_ID])
    if response.kind != "tickets":
        advice = "Ask only for ids that you know to be there: one wrong one costs the whole call."
        return _seen("missing", "fail", f"fail the whole call: {response.summary}", advice)
    if not response.rows:
        return _seen("missing", "omit")
    return _seen("missing", "null" if response.rows[0] is None else "default")


def _probe_errors(client: ProbeClient) -> Iterator[Finding]:
    none, invalid = client.get_tickets([]), client.get_tickets([0])
    yield _seen("no_ids", {"tickets": "array", "null": "null"}.get(none.kind, "error"))
    if invalid.kind == "tickets":
        yield _seen("invalid_ids", "missing")
        why = "nothing that was asked fails here"
        yield from (_unknown("errors_in_200", why), _unknown("error_shape", why))
        return
    yield _seen("invalid_ids", "error")
    if invalid.status_code == 200 and invalid.kind not in ("null", "error"):
        seen = f"a wrong call gets {invalid.summary}"
        yield _seen("errors_in_200", None, seen, "Look at bodies, not only at statuses.")
    else:
        yield _seen("errors_in_200", "off" if invalid.status_code != 200 else invalid.kind)
    if invalid.error.get("ErrorMessage"):
        yield _seen("error_shape", "agent")
    elif invalid.error.get("Message"):
        yield _seen("error_shape", "typed" if invalid.error.get("ErrorType") else "message")
    else:
        yield _unknown("error_shape", "the error has no body in a known shape")


def _probe_unselected(client: ProbeClient, whole: Mapping[str, Any]) -> Finding:
    response = client.get_tickets([whole[_KEY]], select=[_KEY])
    row = next(filter(None, response.rows), None)
    if row is None:
        seen = f"could not be seen: {response.summary}"
        return _seen("unselected", None, seen, "Read tickets whole, without `$select`.")
    held = [each for each in _SCALARS if each != _KEY and not _blank(whole.get(each))]
    if not held:
        return _unknown("unselected", "the ticket holds nothing else", _GIVE_IDS)
    present = [row[each] for each in held if each in row]
    if not present:
        return _seen("unselected", "omit")
    if not all(map(_blank, present)):
        advice = "Selecting makes responses no smaller here, so read tickets whole where that is simpler."
        return _seen("unselected", "filled", "come filled: $select does not keep them away", advice)
    if len(present) == len(held) and present.count(None) in (0, len(held)):
        return _seen("unselected", "default" if present[0] is not None else "null")
    return _seen("unselected", "mixed", "come as null, 0 or not at all, one so and another so")


def _blank(value: object) -> bool:
    return value in (None, 0, "", "Unknown") or _EMPTY.match(str(value)) is not None


def _probe_unknown_select(client: ProbeClient, number: int) -> Finding:
    kind = client.get_tickets([number], select=[_KEY, RawField("NoSuchMemberOfATicket")]).kind
    return _seen("unknown_select", "ignore" if kind == "tickets" else "error")


def _probe_duplicates(client: ProbeClient, number: int) -> Finding:
    response = client.get_tickets([number, number], select=[_KEY])
    if response.ids not in ([number], [number, number]):
        return _seen("duplicates", None, f"could not be seen: {response.summary}", "The SDK never repeats an id.")
    return _seen("duplicates", "repeat" if len(response.ids) == 2 else "once")


def _probe_order(client: ProbeClient, ids: list[int]) -> Finding:
    if len(ids) < 2:
        return _unknown("order", "it takes two tickets that are there", _GIVE_IDS)
    orders = sorted(ids), sorted(ids, reverse=True)
    if all(client.get_tickets(asked, select=[_KEY]).ids == asked for asked in orders):
        return _seen("order", "kept", "tickets come in the order asked for")
    advice = "Match tickets by TicketId, never by place; the SDK does so by itself."
    return _seen("order", "changed", "tickets come in another order than asked for", advice)


def _probe_languages(client: ProbeClient, ids: list[int], plain: ProbeResponse) -> Finding:
    texts, english = _values(plain, _TEXTS), _values(client.get_tickets(ids, language="en"), _TEXTS)
    coded = [at for at, text in texts.items() if _UNTRANSLATED.search(text)]
    if any(not _UNTRANSLATED.search(english.get(at, texts[at])) for at in coded):
        seen = "texts come in all languages or as keys, and in one when a language is asked for (translated)"
        return _seen("languages", "translated", seen)
    if coded:
        advice = "Read the language you want out of the text yourself, or ask whoever runs the server."
        return _seen("languages", "raw", "texts come in all languages or as keys, whatever is asked (raw)", advice)
    if english != _values(client.get_tickets(ids, language="no"), _TEXTS):
        return _seen("languages", "translated", "texts follow the language asked for (translated)")
    return _unknown("languages", "no text of these tickets has more than one language")


def _probe_sizes(client: ProbeClient, ids: list[int]) -> Finding:
    key, best, reach = "ids_a_call", 0, min(len(ids), _SIZES[-1])
    for size in [*(size for size in _SIZES if size < reach), reach]:
        asked = ids[:size]
        response = client.get_tickets(asked, select=[_KEY])
        if response.kind != "tickets":
            seen = f"{best} went well, {size} did not: {response.summary}"
            return _seen(key, best, seen, f"Ask for at most {max(best, 1)} at a time.")
        came = set(response.ids)
        kept = max((place for place, number in enumerate(asked, 1) if number in came), default=0)
        if 0 < kept < size and client.get_tickets(asked[kept:][-10:], select=[_KEY]).ids:  # there, and yet cut off
            return _seen(key, kept, f"of {size}, {kept} came", f"Ask for at most {kept} at a time.")
        best = size
    more = ", and no more were tried" if reach == _SIZES[-1] else f"; for more, give more ids, up to {_SIZES[-1]}"
    return _seen(key, best, f"{reach} went well{more}")


def _values(response: ProbeResponse, names: Iterable[str]) -> dict[tuple[int, str], str]:
    found = {(number, name): row.get(name) for number, row in response.tickets for name in names}
    return {at: text for at, text in found.items() if isinstance(text, str)}


def _dates(response: ProbeResponse) -> list[str]:
    return [text for text in _values(response, _DATES).values() if not _EMPTY.match(text)]


def _aware(response: ProbeResponse) -> bool | None:
    found = {_OFFSET.search(text) is not None for text in _dates(response)}
    return found.pop() if len(found) == 1 else None


def compare_offsets(without: ProbeResponse, with_offset: ProbeResponse) -> Finding:
    """Compare date-times without and with includeTZOffset."""
    seen = _aware(without), _aware(with_offset)
    if seen == (None, None):
        return _unknown("offsets", "no ticket of these has a date-time")
    advice = "Ask for UTC, as the SDK does by itself: then a date-time without an offset is certain to be UTC."
    if (value := _OFFSETS.get(seen)) is None:
        return _seen("offsets", "mixed", "some date-times carry an offset and some do not", advice)
    return _seen("offsets", value, advice=advice if value == "never" else "")


def _without_zone(plain: ProbeResponse) -> Finding:
    if (aware := _aware(plain)) is None:
        return _unknown("without_zone", "no date-times, or some of each kind")
    value = "aware" if aware else "naive"
    return _seen("without_zone", value, f"without SO-TimeZone, date-times are {value}")


def _date_form(with_offset: ProbeResponse) -> Finding:
    if not (texts := _dates(with_offset)):
        return _unknown("date_form", "no ticket of these has a date-time")
    if all(re.search(r"\.\d{7}", text) for text in texts):
        return _seen("date_form", "ticks")
    return _seen("date_form", "compact" if any(re.search(r"[+-]\d{4}$", text) for text in texts) else "iso")


def _compare_stamps(utc: ProbeResponse, zone: ProbeResponse) -> Finding:
    def follow(names: Iterable[str]) -> bool | None:
        first, second = _values(utc, names), _values(zone, names)
        pairs = [(text, second[at]) for at, text in first.items() if at in second and not _EMPTY.match(text)]
        return any(_OFFSET.sub("", one) != _OFFSET.sub("", other) for one, other in pairs) if pairs else None

    stamps, others = follow(_STAMPS), follow([name for name in _DATES if name not in _STAMPS])
    if stamps:
        return _seen("stamps", "zone")
    if stamps is None or others is None:
        return _unknown("stamps", "too few date-times to compare")
    if others:
        advice = "Ask for UTC, as the SDK does by itself, or for offsets: then every date-time is certain."
        return _seen("stamps", "utc", advice=advice)
    advice = "Ask for UTC and compare a date-time with the one that the web client shows."
    return _seen("stamps", "ignored", "SO-TimeZone changes no date-time", advice)


def empty_dates(response: ProbeResponse) -> Finding:
    """Look at how an empty date is written when offsets are asked for."""
    written = {text for text in _values(response, _DATES).values() if _EMPTY.match(text)}
    marks = {found[0].upper()[0] if (found := _OFFSET.search(text)) else "" for text in written}
    if len(marks) > 1:
        return _seen("empty_date", "mixed", "year 1, written in several ways")
    if marks:
        return _seen("empty_date", {"": "plain", "Z": "utc"}.get(marks.pop(), "offset"))
    if any(row.get(name, 1) is None for _, row in response.tickets for name in _DATES):
        return _seen("empty_date", "null", "null, not year 1")
    advice = "Give the id of a ticket that is still open."
    return _unknown("empty_date", "no ticket of these has an empty date", advice)


def _failed(key: str, error: APIError) -> Finding:
    return Finding(_name(key), "warn", str(error), "Run this again; if it stays, tell whoever runs the server.")


def run_probes(client: ProbeClient, ids: list[int]) -> Iterator[Finding]:
    """Run all probes; one whose request fails costs the others nothing."""

    def tried(key: str, probe: Callable[..., Finding], *arguments: Any) -> Finding:
        try:
            return probe(client, *arguments)
        except APIError as error:
            return _failed(key, error)

    yield tried("missing", _probe_missing)
    try:
        yield from _probe_errors(client)
        if not ids:
            yield _unknown("all else", "it takes tickets to look at", _GIVE_IDS)
            return
        sample = ids[:_SAMPLE]
        zone = client.get_tickets(sample, time_zone=_ZONE, offset=True)
        if zone.kind != "tickets":  # twenty whole tickets may be more than it gives
            sample = ids[:1]
            zone = client.get_tickets(sample, time_zone=_ZONE, offset=True)
        if not zone.ids:
            seen = f"{name_ids(sample)} not found" if zone.kind == "tickets" else zone.summary
            yield Finding("all else", "warn", seen, _GIVE_IDS)
            return
        naive, utc, plain = (client.get_tickets(sample, time_zone=time_zone) for time_zone in (_ZONE, "UTC", None))
    except APIError as error:
        yield _failed("all else", error)
        return
    number, whole = zone.tickets[0]
    yield tried("unselected", _probe_unselected, whole)
    yield tried("unknown_select", _probe_unknown_select, number)
    yield tried("duplicates", _probe_duplicates, number)
    yield tried("order", _probe_order, list(dict(zone.tickets)))
    yield from (compare_offsets(naive, zone), _without_zone(plain), _date_form(zone), _compare_stamps(utc, naive))
    yield empty_dates(zone)
    yield tried("languages", _probe_languages, sample, plain)
    yield tried("ids_a_call", _probe_sizes, ids)
