"""The doctor's probes: how this server answers where nobody has written down how it does. They only read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Any, Final

from ..errors import APIError
from ..select import FIELDS
from .ask import NO_SUCH_ID, Answer, Asker, Finding

SAMPLE = 20  # tickets that are read whole: enough to meet an empty date, few enough to be quick
SIZES = (1, 10, 100, 1000)
_KEY = "TicketId"
_ZONE = "NO, includeTZOffset"  # no empty date looks alike in it with Z and with its own offset
_RAW = re.compile(r'\[SR_\w+\]|\b[A-Z]{2}:"[^"]*"')
_TEXTS = [name for name, field in FIELDS.items() if field.type == "string" and name != "Title"]
_SCALARS = [name for name, field in FIELDS.items() if field.type in ("int32", "string", "boolean", "date-time")]
_GIVE_IDS = "Give ids of tickets that this user may read, with --ids or --ids-file."
_MEANINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "missing": {
        "omit": "are left out",
        "null": "come as nothing in their places",
        "default": "come as an object of defaults",
    },
    "unselected": {"null": "come empty", "omit": "are left out", "default": "come as 0, false and empty text"},
    "duplicates": {"repeat": "an id asked for twice comes twice", "once": "an id asked for twice comes once"},
    "unknown_select": {"ignore": "are ignored", "error": "fail the call"},
    "invalid_ids": {"error": "fail the call", "missing": "count as missing"},
    "no_ids": {"array": "get an empty list", "null": "get nothing", "error": "fail the call"},
    "errors_in_200": {
        "off": "an error has a status of its own",
        "null": "200 with null",
        "error": "200 with an error object",
    },
    "error_shape": {
        "message": "Message and MessageDetail",
        "typed": "ErrorType and Message",
        "agent": "ErrorType and ErrorMessage",
    },
}


def _found(name: str, key: str, value: str) -> Finding:
    return Finding(name, "ok", f"{_MEANINGS[key][value]} ({value})", key=key, value=value)


def probe_missing(asker: Asker) -> Finding:
    """Ask for an id that cannot be."""
    name, key = "missing ids", "missing"
    answer = asker.ask([NO_SUCH_ID])
    if answer.kind != "tickets":
        advice = "Ask only for ids that you know to be there: one wrong one costs the whole call."
        return Finding(name, "warn", f"fail the whole call: {answer.said}", advice, key, "fail")
    if not answer.rows:
        return _found(name, key, "omit")
    return _found(name, key, "null" if answer.rows[0] is None else "default")


def probe_unselected(asker: Asker, whole: Mapping[str, Any]) -> Finding:
    """Ask for one member, and look at those that hold something else when nothing is selected."""
    name, key = "unselected members", "unselected"
    answer = asker.ask([whole[_KEY]], select=[_KEY])
    row = next((row for row in answer.rows if row), None)
    if row is None:
        return Finding(name, "warn", f"could not be seen: {answer.said}", "Read tickets whole, without select=.", key)
    held = [each for each in _SCALARS if each != _KEY and not _blank(whole.get(each))]
    if not held:
        return Finding(name, "unseen", "not seen: the ticket holds nothing else", _GIVE_IDS, key)
    way = _unselected(row, held)
    if way in _MEANINGS[key]:
        return _found(name, key, way)
    if way == "mixed":
        return Finding(name, "ok", "come as null, 0 or not at all, one so and another so", key=key, value=way)
    advice = "Selecting makes answers no smaller here, so read tickets whole where that is simpler."
    return Finding(name, "warn", "come filled: $select does not keep them away", advice, key, way)


def _unselected(row: Mapping[str, Any], held: list[str]) -> str:
    """Name the way in which members come that hold something when nothing is selected."""
    if all(each not in row for each in held):
        return "omit"
    values = [row.get(each) for each in held]
    if not all(_blank(value) for value in values):
        return "filled"
    nulls = values.count(None)
    if nulls == 0:
        return "default"
    return "null" if nulls == len(values) and all(each in row for each in held) else "mixed"


def _blank(value: object) -> bool:
    return value in (None, 0, "", "Unknown") or empty(value)


def probe_duplicates(asker: Asker, number: int) -> Finding:
    """Ask for one id twice."""
    answer = asker.ask([number, number], select=[_KEY])
    if answer.ids not in ([number], [number, number]):
        return Finding("duplicates", "warn", f"could not be seen: {answer.said}", "The SDK never repeats an id.")
    return _found("duplicates", "duplicates", "repeat" if len(answer.ids) == 2 else "once")


def probe_order(asker: Asker, ids: list[int]) -> Finding:
    """Ask for the ids upwards and downwards."""
    if len(ids) < 2:
        return Finding("order", "unseen", "not seen: it takes two tickets that are there", _GIVE_IDS, "order")
    kept = all(asker.ask(asked, select=[_KEY]).ids == asked for asked in (sorted(ids), sorted(ids, reverse=True)))
    if kept:
        return Finding("order", "ok", "tickets come in the order asked for", key="order", value="kept")
    advice = "Match tickets by TicketId, never by place; the SDK does so by itself."
    return Finding("order", "warn", "tickets come in another order than asked for", advice, "order", "changed")


def probe_unknown_select(asker: Asker, number: int) -> Finding:
    """Select a name that no server has."""
    name, key = "unknown $select names", "unknown_select"
    if asker.ask([number], select=[_KEY, "NoSuchMemberOfATicket"]).kind == "tickets":
        return _found(name, key, "ignore")
    return _found(name, key, "error")


def probe_errors(asker: Asker) -> Iterator[Finding]:
    """Ask for no ids and for an id that is none, and look at the errors that come of it."""
    empty_list, invalid = asker.ask([]), asker.ask([0])
    kinds = {"tickets": "array", "null": "null"}
    yield _found("no ids", "no_ids", kinds.get(empty_list.kind, "error"))
    yield _found("ids below 1", "invalid_ids", "missing" if invalid.kind == "tickets" else "error")
    if invalid.kind == "tickets":
        why = "not seen: nothing that was asked fails here"
        yield Finding("error status", "unseen", why, key="errors_in_200")
        yield Finding("error body", "unseen", why, key="error_shape")
        return
    ways = {"null": "null", "error": "error"}
    way = "off" if invalid.status != 200 else ways.get(invalid.kind, "")
    if way:
        yield _found("error status", "errors_in_200", way)
    else:
        yield Finding(
            "error status", "warn", f"a wrong call gets {invalid.said}", "Look at bodies, not only at statuses."
        )
    shape = _shape(invalid.error)
    if shape:
        yield _found("error body", "error_shape", shape)
    else:
        yield Finding("error body", "unseen", "not seen: the error has no body in a known shape", key="error_shape")


def _shape(error: Mapping[str, Any]) -> str | None:
    if error.get("ErrorMessage"):
        return "agent"
    if error.get("Message"):
        return "typed" if error.get("ErrorType") else "message"
    return None


def probe_languages(raw: Answer, asker: Asker, ids: list[int]) -> Finding:
    """Compare texts without a language with those in English and in Norwegian."""
    key, texts = "languages", _texts(raw)
    english = _texts(asker.ask(ids, language="en"))
    coded = [at for at, text in texts.items() if _RAW.search(text)]
    if any(not _RAW.search(english.get(at, text)) for at, text in ((at, texts[at]) for at in coded)):
        seen = "texts come in all languages or as keys, and in one when a language is asked for (translated)"
        return Finding("languages", "ok", seen, key=key, value="translated")
    if coded:
        advice = "Read the language you want out of the text yourself, or ask whoever runs the server."
        return Finding(
            "languages", "warn", "texts come in all languages or as keys, whatever is asked (raw)", advice, key, "raw"
        )
    if english != _texts(asker.ask(ids, language="no")):
        return Finding(
            "languages", "ok", "texts follow the language asked for (translated)", key=key, value="translated"
        )
    return Finding("languages", "unseen", "not seen: no text of these tickets has more than one language", key=key)


def _texts(answer: Answer) -> dict[tuple[int, str], str]:
    found = {(number, name): row.get(name) for number, row in answer.tickets.items() for name in _TEXTS}
    return {at: text for at, text in found.items() if isinstance(text, str)}


def _tail(asked: list[int], came: set[int]) -> list[int]:
    """Give the last ones asked for that did not come."""
    return list(takewhile(lambda number: number not in came, reversed(asked)))


def probe_sizes(asker: Asker, ids: list[int]) -> Finding:
    """Ask for more and more ids at once, as far as the given ones reach."""
    name, key, best = "ids a call", "ids_a_call", 0
    reach = min(len(ids), SIZES[-1])
    for size in [*takewhile(lambda size: size < reach, SIZES), reach]:
        asked = ids[:size]
        answer = asker.ask(asked, select=[_KEY])
        if answer.kind != "tickets":
            seen = f"{best} went well, {size} did not: {answer.said}"
            return Finding(name, "warn", seen, f"Ask for at most {max(best, 1)} at a time.", key, best)
        cut = _tail(asked, set(answer.ids))
        if 0 < len(cut) < size and asker.ask(cut[:10], select=[_KEY]).ids:  # they are there, and were cut off
            kept = size - len(cut)
            return Finding(name, "warn", f"of {size}, {kept} came", f"Ask for at most {kept} at a time.", key, kept)
        best = size
    if reach == SIZES[-1]:
        return Finding(name, "ok", f"{reach} went well, and no more were tried", key=key, value=best)
    seen = f"{reach} went well; for more, give more ids, up to {SIZES[-1]}"
    return Finding(name, "ok", seen, key=key, value=best)


def probes(asker: Asker, ids: list[int]) -> Iterator[Finding]:
    """Run all probes; one that gets no answer says so and costs the others nothing."""

    def tried(name: str, probe: Callable[[], Finding]) -> Finding:
        try:
            return probe()
        except APIError as error:
            return Finding(name, "warn", str(error), "Run this again; if it stays, tell whoever runs the server.")

    sample = ids[:SAMPLE]
    yield tried("missing ids", lambda: probe_missing(asker))
    try:
        yield from probe_errors(asker)
        if not sample:
            yield Finding("all else", "unseen", "not seen: it takes tickets to look at", _GIVE_IDS)
            return
        zone = asker.ask(sample, time_zone=_ZONE)
        if zone.kind != "tickets":  # twenty whole tickets may be more than it gives
            sample = sample[:1]
            zone = asker.ask(sample, time_zone=_ZONE)
        there = list(zone.tickets)
        if not there:
            one = "the one id tried did not come back"
            none = one if len(sample) == 1 else f"none of the {len(sample)} ids tried came back"
            yield Finding("all else", "warn", none if zone.kind == "tickets" else zone.said, _GIVE_IDS)
            return
        naive, utc, raw = asker.ask(sample, time_zone="NO"), asker.ask(sample, time_zone="UTC"), asker.ask(sample)
    except APIError as error:
        yield Finding("all else", "warn", str(error), "Run this again; if it stays, tell whoever runs the server.")
        return
    yield tried("unselected members", lambda: probe_unselected(asker, zone.tickets[there[0]]))
    yield tried("unknown $select names", lambda: probe_unknown_select(asker, there[0]))
    yield tried("duplicates", lambda: probe_duplicates(asker, there[0]))
    yield tried("order", lambda: probe_order(asker, there))
    yield probe_offsets(naive, zone)
    yield probe_no_zone(raw)
    yield probe_form(zone)
    yield probe_stamps(utc, naive)
    yield probe_empty_dates(zone)
    yield tried("languages", lambda: probe_languages(raw, asker, sample))
    yield tried("ids a call", lambda: probe_sizes(asker, ids))


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
