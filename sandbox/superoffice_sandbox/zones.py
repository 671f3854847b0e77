"""SuperOffice's time zone codes and numbers.

A code is that of a country, followed by a dash and the region if the country has several zones. Public documentation
has ten of them with their numbers; the rest follow the pattern.
"""

from __future__ import annotations

from datetime import UTC, tzinfo
from functools import cache
from importlib.resources import files

NUMBERS = {
    1: "UTC", 36: "AU-ACT", 50: "BD", 114: "CA-QC", 140: "DK", 156: "FR", 261: "NO", 425: "US-CA", 433: "US-HI",
    460: "US-NY",
}  # fmt: skip
_REGIONS = {
    "AU": {
        "Sydney": "ACT NSW", "Melbourne": "VIC", "Brisbane": "QLD", "Adelaide": "SA", "Darwin": "NT", "Hobart": "TAS",
        "Perth": "WA",
    },
    "CA": {
        "Toronto": "ON QC", "Halifax": "NS NB PE", "St_Johns": "NL", "Winnipeg": "MB", "Regina": "SK", "Edmonton": "AB",
        "Vancouver": "BC", "Whitehorse": "YT", "Yellowknife": "NT", "Iqaluit": "NU",
    },
    "US": {
        "New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
        "Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI", "Denver": "CO ID MT NM UT WY", "Phoenix": "AZ",
        "Los_Angeles": "CA NV OR WA", "Anchorage": "AK",
    },
}  # fmt: skip
_AREAS = {"AU": "Australia", "CA": "America", "US": "America"}
_CAPITALS = {
    "CL": "America/Santiago", "CN": "Asia/Shanghai", "CY": "Asia/Nicosia", "DE": "Europe/Berlin", "ES": "Europe/Madrid",
    "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland", "PT": "Europe/Lisbon", "UA": "Europe/Kyiv",
}  # fmt: skip


@cache
def _iana() -> dict[str, str]:
    """Map each code but UTC to its IANA name."""
    names: dict[str, list[str]] = {}
    for line in files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            country, _, name = line.split("\t")[:3]
            names.setdefault(country, []).append(name)
    single = {country: found[0] for country, found in names.items() if len(found) == 1}
    regions = {
        f"{country}-{region}": f"{_AREAS[country]}/{city}"
        for country, cities in _REGIONS.items()
        for city, listed in cities.items()
        for region in listed.split()
    }
    return {**single, **_CAPITALS, **regions, "US-HI": "Pacific/Honolulu"}


def known_codes() -> list[str]:
    """Return all codes.

    >>> known_codes()[:2], len(known_codes()) > 200
    (['AD', 'AE'], True)
    """
    return sorted({*NUMBERS.values(), *_iana()})


def code_of(given: str) -> str | None:
    """Return the code for a code in any case or for a number; None if there is none.

    >>> code_of("261"), code_of("us-ny"), code_of("Europe/Oslo")
    ('NO', 'US-NY', None)
    """
    code = NUMBERS.get(int(given)) if given.isascii() and given.isdigit() and len(given) < 6 else given.upper()
    return code if code in NUMBERS.values() or code in _iana() else None


@cache
def find_zone(given: str) -> tzinfo | None:
    """Return the time zone for a code or a number; None if there is none.

    >>> find_zone("NO")
    zoneinfo.ZoneInfo(key='Europe/Oslo')
    """
    code = code_of(given)
    if code is None or code == "UTC":
        return UTC if code else None
    from zoneinfo import ZoneInfo  # not needed for UTC, which the SDK asks for

    return ZoneInfo(_iana()[code])
