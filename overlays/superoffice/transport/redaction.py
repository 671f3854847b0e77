"""The headers that are sent, checked; and what a server writes, without the secrets in it."""

from __future__ import annotations

import logging
import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache, cached_property
from itertools import groupby
from operator import attrgetter, itemgetter
from types import MappingProxyType
from typing import Any, Final, SupportsIndex, TypeAlias, TypeVar, cast
from urllib.parse import unquote

import attrs

from superoffice_api.facts import Security

from ..errors import CORRELATION, APIError, InvalidInputError
from ..problem import Problem, short_repr

SIGN_IN_HEADERS: Final = frozenset({Security.BEARER.header.lower(), Security.XSRF_TOKEN.header.lower(), "cookie"})
HARMLESS: Final = {  # headers whose values are not secret; those of any other may be
    *("accept", "accept-encoding", "accept-language", "cache-control", "connection", "content-encoding"),
    *("content-length", "content-type", "date", "host", "retry-after", "server", "so-culture", "so-language"),
    *("so-timezone", "transfer-encoding", "user-agent", "vary", "via", *CORRELATION),
}
HIDDEN: Final = "[hidden]"
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LEAST, _RUN = 4, 12  # characters of a secret that is looked for, and of a part of a longer one
MOST: Final = 10_000  # characters of a server's words that are kept
_SCANNED: Final = 1024 * 1024  # bytes of a body in which secrets are looked for by their names
_LAYERS, _FORMS = 4, 20  # escapes within escapes
_ENDS: Final = "token|ticket|secret|password|verifier"
_IN_JSON: Final = rf'(?i)"[\w.-]*(?:{_ENDS})"\s*:\s*"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
_IN_FORM: Final = rf"(?i)(?:^|[?&])[\w.-]*(?:{_ENDS}|code)=([^&#\s]*)"
_COOKIE: Final = r'(?i)(?:^|[;,])\s*(?!(?:path|domain|expires|max-age|samesite)=)[^=;,\s]+=\s*"?([^;,"]*)'
# JSON Web Tokens, and SuperOffice's own. Each word before a dot is read once, or a long one would take its square.
_SHAPED: Final = (
    r"(?<![\w-])(?=[\w-]*+\.[\w.-])[\w-]*?\b(?P<jwt>eyJ[\w-]{6,}\.[\w.-]+)|\b(?P<own>[78][AT]:[^\s\"'<>,;&]{4,})"
)
_NOT_SHOWN: Final = "(?i)auth|cookie|key|location|password|secret|session|ticket|token"  # in a header's name
_ESCAPE: Final = r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))"
_NUMBERED: Final = r"&#(?=[0-9])0*+([0-9]*+)"
_DIGITS: Final = 8  # more than any character's number has
_ERROR_TEXTS: Final = ("advice", "error_source", "error_type", "request_id", "server_detail", "server_message", "state")
_DEPTH: Final = 50  # levels of a value that is shown
_LOGGED: Final = 100  # problems of a response that are logged, a line each
_SHORT, _CLEANED = 100, 100_000  # characters of a value that is always cleaned, and of all longer ones
_SECRETS: Final = 32_768  # characters of all secrets of a response; of one with more, no text is shown
_PLACE = attrgetter("ticket_id", "field", "position", "reason")
_Runs: TypeAlias = dict[int, tuple[set[str], set[str]]]  # by length: what is looked for, and parts that any of it has
S = TypeVar("S")
log = logging.getLogger("superoffice")


class _Small(dict[int, int | None]):
    def __missing__(self, code: int) -> int | None:
        return code if _counts(chr(code)) else None


def _counts(char: str) -> bool:
    return char.isprintable() and char not in " +"


_SMALL: Final = _Small({code: ord(chr(code).lower()) if _counts(chr(code)) else None for code in range(128)})


class _Secret(str):
    __slots__ = ()

    def __repr__(self) -> str:
        return "<secret>"

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        return _Secret(super().__getitem__(key))  # rich shows the first 80 characters of a long text


def hidden(secret: S) -> S:
    """Return a secret that shows itself in no `repr`; of what is not text the type alone, since it may be one too."""
    if isinstance(secret, str):
        return cast("S", _Secret(secret))
    return secret if secret is None or isinstance(secret, type) else cast("S", type(secret))


class SentHeaders(dict[str, Any]):
    """Headers with credentials among them. A traceback that shows variables shows their names only."""

    def __repr__(self) -> str:
        return f"<headers {', '.join(self)}>"


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise `InvalidInputError` for what cannot be a header; httpx would quote its value, perhaps a secret."""
    wrong = next((name for name in headers if not can_be_sent(name, headers[name])), None)  # no frame has a value
    if wrong is not None:
        if not _NAME.fullmatch(wrong):
            raise InvalidInputError(f"{wrong!r} cannot be a header's name; it has letters, digits and hyphens")
        what = "a control character, one outside ASCII, or a blank at an end"
        raise InvalidInputError(f"the header {wrong} holds {what}; take it out")


def can_be_sent(name: str, value: str) -> bool:
    """Return whether a header, or a cookie, may have this name and value."""
    return _NAME.fullmatch(name) is not None and value.isascii() and value.isprintable() and value == value.strip()


def secrets_sent(headers: Mapping[str, str], content: bytes) -> set[str]:
    """Return what is secret in a request: what signs it in, cookies, a caller's own headers, a form's tokens."""
    found = _named(content)
    for name, value in headers.items():
        kind, (scheme, _, credential) = name.lower(), value.partition(" ")
        if kind == "cookie":
            found.update(pair.partition("=")[2].strip(' "') for pair in value.split(";"))
        elif kind.endswith("authorization"):
            found.add(credential or value)
            if scheme.lower() == "basic":
                found.update(_passwords(credential))
        elif kind not in HARMLESS:
            found.add(value)
    return found


def secrets_received(headers: Mapping[str, str], content: bytes) -> set[str]:
    """Return what is secret in a response: the cookies that it sets, and the tokens that it brings."""
    return _named(content) | set(re.findall(_COOKIE, headers.get("set-cookie", "")))


def shown_headers(headers: Mapping[str, str], clean: Callable[[str], str], *, all_harmless: bool) -> Mapping[str, str]:
    """Return a response's headers, read-only, without those that may hold a secret, by their names, and clean."""
    shown = {
        name: clean(value)
        for name, value in headers.items()
        if name.lower() in HARMLESS or not (all_harmless or re.search(_NOT_SHOWN, name) or clean(name) != name)
    }
    kind: Any = type(headers)  # which finds a name in any case
    return MappingProxyType(kind(shown))


def _named(content: bytes) -> set[str]:
    text = content[:_SCANNED].decode("utf-8", "replace")
    values: set[str] = {*re.findall(_IN_JSON, text), *re.findall(_IN_FORM, text)}
    return {form for value in values for form in _forms(value)} if sum(map(len, values)) <= _SECRETS else values


def _passwords(credential: str) -> Iterator[str]:
    """Yield the password of a Basic credential, as either coding has it; one too short comes with its user."""
    with suppress(ValueError):
        for coding in ("utf-8", "latin-1"):
            pair = b64decode(credential).decode(coding, "replace")
            password = pair.partition(":")[2]
            yield password if len(password) >= _LEAST else pair


class Cleaner:
    r"""Takes secrets out of what a server wrote, and makes one line of it without control characters.

    A secret is found in any case, cut or divided as long as 12 characters of it stand together, and however often URLs,
    HTML or JSON have escaped it. Text in which one was escaped is shown without the escapes. Of secrets without end,
    no text is shown at all. `secrets` is called when the first text comes.

    >>> Cleaner(lambda: {"pa55w/rd"})("no user for tje0%3Apa55w%2Frd\n")
    'no user for tje0:[hidden]'
    """

    def __init__(self, secrets: Callable[[], Iterable[str]]) -> None:
        self._secrets = secrets

    def __call__(self, text: str) -> str:
        """Return a text as it may be shown."""
        return " ".join("".join(char if char.isprintable() else " " for char in self._cleaned(text)).split())

    def _cleaned(self, text: str) -> str:
        text = text[:MOST]
        runs = self._runs
        for _ in range(_LAYERS if runs is not None else 0):
            count, shown = max((_without(form, runs or {}) for form in _forms(text)), key=itemgetter(0))
            if not count:
                return text
            text = shown
        return HIDDEN

    def value(self, value: Any, depth: int = _DEPTH) -> Any:
        """Return a body as it may be kept, decoded from JSON or a text, with its line breaks."""
        if not depth:
            return "..."
        if isinstance(value, dict):
            pairs = cast("dict[str, Any]", value).items()
            return {self(name): self.value(each, depth - 1) for name, each in pairs}
        if isinstance(value, list):
            return [self.value(each, depth - 1) for each in cast("list[object]", value)]
        said = self._cleaned(str(value))
        if isinstance(value, str):
            return "".join(char if char.isprintable() or char in "\n\t" else " " for char in said)
        return said if HIDDEN in said else value

    @cached_property
    def _runs(self) -> _Runs | None:
        runs: _Runs = {}
        secrets = [*self._secrets()]
        if sum(map(len, secrets)) > _SECRETS:
            return None
        for secret in secrets:
            for form in (secret, secret.encode("utf-8", "replace").decode("latin-1")):  # as headers are often read
                known = form.translate(_SMALL)
                size = min(len(known), _RUN)
                if size >= _LEAST:
                    for found, length in zip(runs.setdefault(size, (set(), set())), (size, _LEAST), strict=True):
                        found.update(known[at : at + length] for at in range(len(known) - length + 1))
        return runs


NO_SECRETS: Final = Cleaner(tuple)


def told(problems: Iterable[Problem], clean: Callable[[str], str]) -> list[Problem]:
    """Log problems, and return them, in clean words."""
    once, left = cache(clean), _CLEANED  # many have the same words
    cleaned: list[Problem] = []
    for p in problems:
        value, size = _shown(p.value, once, left)
        left -= size
        cleaned.append(attrs.evolve(p, field=p.field and once(p.field), value=value, reason=once(p.reason)))
    for problem in cleaned[:_LOGGED]:
        log.warning("%s", problem)
    if len(cleaned) > _LOGGED:
        log.warning("and %s more problems, which the result lists", f"{len(cleaned) - _LOGGED:,}")
    return cleaned


def _shown(value: object, clean: Callable[[str], str], left: int) -> tuple[object, int]:
    """Return a value as it came; as text where it holds a secret, is very long, or deeper than Python can show.

    It also returns how many characters of those that are `left` it took; past them, a long one is not shown.
    """
    if _is_deep(value, _DEPTH):
        return f"a {type(value).__name__} that is more than {_DEPTH} deep", 0
    text = value if isinstance(value, str) else short_repr(value, MOST + 1)
    size = min(len(text), MOST) if len(text) > _SHORT else 0
    if size > left:
        return f"a {type(value).__name__} of more than {_SHORT} characters, among many of such", 0
    said = clean(text)
    return (said if HIDDEN in said or len(text) > MOST else value), size


def _is_deep(value: object, levels: int) -> bool:
    inner: Iterable[object] = ()
    if isinstance(value, dict):
        inner = cast("dict[str, object]", value).values()
    elif isinstance(value, list):
        inner = cast("list[object]", value)
    return levels == 0 or any(_is_deep(each, levels - 1) for each in inner)


def others(problems: Iterable[Problem], known: Iterable[Problem]) -> list[Problem]:
    """Return the problems that are not known already: a table that is made again has the same."""
    places = set(map(_PLACE, known))
    return [problem for problem in problems if _PLACE(problem) not in places]


def causes(error: BaseException, handled: BaseException | None = None) -> Iterator[BaseException]:
    """Yield an error, and those that it came of, up to what was being handled before that began."""
    seen, links = {id(handled)}, [error]
    for link in links:
        if id(link) not in seen:  # errors that are raised again may go round in circles
            seen.add(id(link))
            yield link
            links += getattr(link, "exceptions", ())  # of a group, as where a name has several addresses
            links += filter(None, [link.__cause__ or link.__context__])


def clean_texts(chain: Iterable[BaseException], clean: Cleaner) -> None:
    """Take secrets out of the texts of an error and of those that caused it, where a server repeats some."""
    for link in chain:
        link.args = tuple(_said(text, clean, link) for text in link.args)
        if isinstance(link, APIError):
            vars(link).update(
                {name: _said(text, clean, link) for name, text in vars(link).items() if name in _ERROR_TEXTS}
            )
            link.body = clean.value(link.body)


def _said(text: object, clean: Callable[[str], str], error: BaseException) -> object:
    shown = clean(text) if isinstance(text, str) else text
    return shown if isinstance(error, APIError) or HIDDEN in str(shown) else text


def _without(text: str, runs: _Runs) -> tuple[int, str]:
    """Return how much of a text is one of these runs or looks like a token, and it with `[hidden]` in its place."""
    small, spans = text.translate(_SMALL), [found.span(found.lastgroup or 0) for found in re.finditer(_SHAPED, text)]
    found = [
        (at, at + size - 1)
        for size, (known, parts) in runs.items()
        # A run cannot stand between two looks that are so near to each other, so that most texts need few.
        if any(small[at : at + _LEAST] in parts for at in range(0, len(small), size - _LEAST + 1))
        for at in range(len(small) - size + 1)
        if small[at : at + size] in known
    ]
    if not found and not spans:
        return 0, text
    places = [at for at, char in enumerate(text) if _counts(char)]
    secret: set[int] = set()
    for start, end in [*spans, *((places[first], places[last] + 1) for first, last in found)]:
        secret.update(range(start, end))
    pieces = groupby(range(len(text)), secret.__contains__)
    return len(secret), "".join(HIDDEN if hide else "".join(text[at] for at in piece) for hide, piece in pieces)


def _forms(text: str) -> list[str]:
    """Return a text as it is, and as it reads without the escapes of URLs, HTML and JSON, in any order of these."""
    forms = [text]
    for form in forms:
        plain = (unquote(form) if "%" in form else form, unescaped(form) if "&" in form else form)
        for each in (*plain, re.sub(_ESCAPE, _char, form) if "\\" in form else form):
            if each not in forms and len(forms) < _FORMS:
                forms.append(each)
    return forms


def unescaped(text: str) -> str:
    """Return a text without the escapes of HTML; a number of any length does not fail as it does in Python's own."""
    from html import unescape  # for what went wrong alone

    return unescape(re.sub(_NUMBERED, lambda found: f"&#{found[1][:_DIGITS] or 0}", text))


def _char(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2]
    return chr(int(code, 16)) if code else " " if escape[3] in "bfnrt" else escape[3]
