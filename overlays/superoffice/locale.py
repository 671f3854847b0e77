"""The language, culture and time zone of a client or of one call."""

from __future__ import annotations

import re
from typing import Final, Literal

import attrs

from .errors import ConfigurationError, check_given


@attrs.frozen
class Inherit:
    """The value of what is not set: a client's locale takes the SDK's default then, a call's the client's."""

    def __repr__(self) -> str:
        return "INHERIT"


INHERIT: Final = Inherit()


@attrs.frozen(kw_only=True)
class Locale:
    """How the server translates texts and writes date-times.

    What is not set (`Inherit()`) is inherited: a call's from the client, a client's from the default, which asks for
    `UTC, includeTZOffset` and no language. None removes the header.

    Args:
        language: SO-Language, a two-letter code; wins over `accept_language`. `"*"` turns translation off.
        accept_language: Accept-Language, a two-letter code, or several in the order of preference, as `"nb, en;q=0.8"`.
        culture: SO-Culture, which formats numbers and dates inside texts; needs a language.
        time_zone: SO-TimeZone, SuperOffice's own code (`UTC`, `NO`, `US-NY`) or number, not an IANA name; `""` is the
            server's own zone.
        offset: True for date-times with their offset. Without, they are naive, in the zone asked for.

    Raises `ConfigurationError` for what is not one of these.

    >>> Locale(accept_language="sv", time_zone=None).over(DEFAULT)
    Locale(language=None, accept_language='sv', culture=None, time_zone=None, offset=True)
    """

    language: str | Inherit | None = INHERIT
    accept_language: str | Inherit | None = INHERIT
    culture: str | Inherit | None = INHERIT
    time_zone: str | int | Inherit | None = INHERIT
    offset: bool | Inherit = INHERIT

    def __attrs_post_init__(self) -> None:
        _check_language("language", self.language, also=("*", "x"))
        _check_languages("accept_language", self.accept_language)
        _check_language("culture", self.culture)
        _check_zone(self.time_zone)
        check_given(bool | Inherit, "True or False", offset=self.offset)

    def over(self, base: Locale) -> Locale:
        """Return this locale with what it does not set taken from `base`."""
        values = attrs.asdict(self, recurse=False).items()
        return attrs.evolve(base, **{name: value for name, value in values if not isinstance(value, Inherit)})

    def parameters(self) -> dict[Literal["language", "accept_language", "culture", "time_zone"], str | None]:
        """Return the operation's arguments for this locale."""
        zone = _text(self.time_zone)
        if zone is not None and self.offset is True:
            zone = f"{zone}, includeTZOffset" if zone else "includeTZOffset"
        return {
            "language": _text(self.language),
            "accept_language": _text(self.accept_language),
            "culture": _text(self.culture),
            "time_zone": zone or None,
        }


_ISO_639_1: Final = (  # in which no other two letters stand side by side
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee "
    "el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is "
    "it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms "
    "mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk "
    "sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi "
    "yo za zh zu"
)
_ZONES: Final = {  # IANA name -> SuperOffice code, for the remedy in an error
    "Europe/Oslo": "NO", "Europe/Copenhagen": "DK", "Europe/Paris": "FR", "America/New_York": "US-NY",
    "America/Los_Angeles": "US-CA", "Pacific/Honolulu": "US-HI", "Australia/Perth": "AU-WA", "Etc/UTC": "UTC",
    "Z": "UTC", "GMT": "UTC", "Etc/GMT": "UTC",
}  # fmt: skip
_CODE: Final = re.compile("UTC|[A-Z]{2}(-[A-Z]{2,3})?|[1-9][0-9]{0,3}")
_LANGUAGE: Final = re.compile("([a-z]{2})(-[A-Za-z0-9]+)*")
_RANGE: Final = (
    r"(?:[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)(?:[ \t]*;[ \t]*[qQ]=(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?"
)
_RANGES: Final = rf"{_RANGE}(?:[ \t]*,[ \t]*{_RANGE})*"  # Accept-Language of RFC 9110


def _check_language(name: str, value: object, also: tuple[str, ...] = ()) -> None:
    code = _LANGUAGE.fullmatch(value) if isinstance(value, str) else None
    if not (isinstance(value, Inherit | None) or value in also or (code and code[1] in _ISO_639_1)):
        wanted = "give two small letters, such as 'en' or 'nb'"
        raise ConfigurationError(f"{name}={value!r} is not an ISO 639-1 code; {wanted}")


def _check_languages(name: str, value: object) -> None:
    if not isinstance(value, str) or re.search("[,;]", value) is None:
        _check_language(name, value, also=("*",))
    elif re.fullmatch(_RANGES, value) is None:
        raise ConfigurationError(f"{name}={value!r} is not a list of languages; give it as 'nb, en;q=0.8'")


def _check_zone(value: object) -> None:
    if value is None or isinstance(value, Inherit) or value == "":
        return
    if type(value) in (str, int) and _CODE.fullmatch(str(value)):
        return
    near = _ZONES.get(str(value))
    remedy = f"give {near!r}" if near else "give a code such as 'UTC', 'NO' or 'US-NY', or its number"
    raise ConfigurationError(
        f"time_zone={value!r} is not a time zone code of SuperOffice's, which has its own; {remedy}"
    )


def _text(value: str | int | Inherit | None) -> str | None:
    return None if isinstance(value, Inherit | None) else str(value).replace("\t", " ")  # the same in a list


NOTHING_SET: Final = Locale()
DEFAULT: Final = Locale(language=None, accept_language=None, culture=None, time_zone="UTC", offset=True)
