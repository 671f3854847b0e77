"""Responses that hold no result, as errors that say what they hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import attrs
import msgspec

from superoffice_runtime import Response, json_content
from superoffice_runtime.shapes import Shape

from . import errors
from .retries import parse_retry_after
from .transport.redaction import SIGN_IN_HEADERS, unescaped

if TYPE_CHECKING:
    from .transport.attempts import PreparedRequest

E = TypeVar("E", bound=errors.APIError)
Json: TypeAlias = "str | float | list[Json] | dict[str, Json] | None"
_KINDS: Final[Mapping[int, tuple[type[errors.APIStatusError], str]]] = {  # by status, or its first digit
    2: (errors.BadRequestError, "responded with a status that holds no tickets"),
    3: (errors.BadRequestError, "redirected the request to another address, which is not followed"),
    4: (errors.BadRequestError, "refused the call"),
    5: (errors.InternalServerError, "failed"),
    401: (errors.AuthenticationError, "did not accept the credentials"),
    403: (errors.PermissionDeniedError, "does not allow this to the user who signed in"),
    404: (errors.EndpointNotFoundError, "has no such endpoint"),
    406: (errors.MediaTypeError, "does not respond in the media type asked for"),
    407: (errors.BadRequestError, "asks for credentials of its own"),
    415: (errors.MediaTypeError, "does not read the media type sent"),
    421: (errors.WrongHostError, "does not have this tenant"),
    429: (errors.RateLimitError, "asks for fewer calls"),
}
_UNSIGNED: Final = (
    "give auth=, such as BasicAuth(user, password), or for from_env() and the command line set SUPEROFFICE_USER with "
    "SUPEROFFICE_PASSWORD, or SUPEROFFICE_TOKEN"
)
_LOOK_THERE: Final = f"{errors.LOOK_THERE}; if it stays, tell its operators"
_NEVER: Final = frozenset({501, 505, 511})  # failures that stay: what is there cannot do it, or lets nobody through
_SHOWN: Final = 300  # characters of a server's message in a sentence
_READ: Final = 16 * 1024  # bytes of what is not JSON or XML
_LOADED: Final = 1024 * 1024  # bytes of JSON or XML; what is longer is read as what is neither
# Names in small letters and without what joins their words. Those of stack traces are not among them.
_MESSAGES: Final = ("message", "errormessage", "title", "errordescription", "faultstring", "msg")
_MAPS: Final = ("modelstate", "errors")  # from what was sent to what is wrong with it
_INNER_DETAILS: Final = ("innererror", "innerexception")
_DETAILS: Final = ("messagedetail", "detail", "exceptionmessage", *_MAPS, *_INNER_DETAILS)
_INNER: Final = ("error", "odataerror", "fault")  # where they may stand in an object of their own
_TYPES: Final = ("errortype", "exceptiontype", "error", "code", "faultcode", "type")
_SOURCES: Final = ("errorsource", "source", "target", "instance")
_PROBLEM: Final = frozenset({"detail", "errors", "traceid"})  # beside a title, which other things than errors have too
_STACK: Final = r'(?:^|(?<=[\r\n]))[^\S\r\n]*+(?:at (?:async )?\S+(?: ?\(|:\d)|File "|---)'
_DEEP, _MOST = 6, 100  # levels of an error, and names or items of each, that are read
_ERROR: Final = Shape(
    "Error",
    members={
        **dict.fromkeys((*_MESSAGES, *_DETAILS, *_TYPES, *_SOURCES, "status"), "string"),
        **dict.fromkeys(_MAPS, "map of string"),
        **dict.fromkeys(_INNER_DETAILS, "ErrorInfo"),
        "error": "bool",
    },
)
_SHAPES: Final[Mapping[str, Shape]] = dict.fromkeys(("ErrorInfo", "error", "problem", "ProblemDetails"), _ERROR)


@attrs.frozen
class ServerWords:
    """What a server says of a failure."""

    message: str | None = None
    detail: str | None = None
    kind: str | None = None
    source: str | None = None

    @property
    def colon(self) -> str:
        """Both message and detail, for the end of a sentence, with a colon before them; empty where none are said."""
        message, detail = self.message or "", self.detail or ""
        said = f"{message}{' ' if message[-1:] in '.!?:' else ': '}{detail}" if detail else message
        return f": {said[:_SHOWN]}{'...' if len(said) > _SHOWN else ''}" if said else ""


def error_for_status(response: Response, call: PreparedRequest) -> errors.APIStatusError:
    status, words, advice = response.status_code, _words(_loaded(response), call.cleaner(response)), None
    kind, said = _KINDS.get(status) or _KINDS[min(max(status // 100, 2), 5)]
    if status == 401 and SIGN_IN_HEADERS.isdisjoint(map(str.lower, call.headers)):
        said, advice = "asks for credentials, and none were given", _UNSIGNED
    elif status == 407:
        advice = errors.PROXY_ADVICE
    elif status in _NEVER:
        advice = _LOOK_THERE
    elif status < 300 and not response.content:
        said, advice = "responded with an empty body, not with tickets", _LOOK_THERE
    who = "the proxy on the way" if status == 407 else "the server"
    error = kind(f"{who} {said} ({status}){words.colon}", ids=call.ids, advice=advice)
    if isinstance(error, errors.RateLimitError):
        error.retry_after = parse_retry_after(response.headers.get("retry-after"))
    return of_answer(error, response, call, words)


def error_for_body(
    response: Response, why: Exception, call: PreparedRequest, what: str = "tickets"
) -> errors.InvalidResponseError:
    """Return the error for a success that does not hold what was asked for."""
    content = response.content.removeprefix(b"\xef\xbb\xbf").lstrip()[:64]
    loaded, clean = _loaded(response), call.cleaner(response)
    words, kind, advice = _words(loaded, clean), errors.InvalidResponseError, None
    if not content:
        said, advice = f"an empty body, which cannot be read as {what}", _LOOK_THERE
    elif content.startswith(b"null"):
        said = "null, which is how it responds to some failed calls"
    elif content.startswith(b"<") and "xml" not in response.headers.get("content-type", ""):
        said, advice = "a page or XML", "check the site's address: another site's or a proxy's page may stand there"
    elif error_in(loaded) is not None:
        kind = errors.ErrorInSuccessError
        said = "an error" if words.colon else f"an error: {(words.kind or 'without a message')[:_SHOWN]}"
    else:
        said = f"content that cannot be read as {what}" + ("" if words.colon else f" ({clean(str(why))[:_SHOWN]})")
    sentence = f"the server responded with {response.status_code} and {said}{words.colon}"
    return of_answer(kind(sentence, ids=call.ids, advice=advice), response, call, words)


def of_answer(error: E, response: Response, call: PreparedRequest, words: ServerWords | None = None) -> E:
    """Add the call, its response and the server's words; returns the same error."""
    error.of_answer(response).of_call(call.method, call.path, call.attempts)
    clean = call.cleaner(response)
    error.request_id, error.body = error.request_id and clean(error.request_id), clean.value(error.body)
    if words is not None:
        error.error_type, error.error_source = words.kind, words.source
        error.server_message, error.server_detail = words.message, words.detail
    return error


def error_in(found: Json, depth: int = _DEEP) -> ServerWords | None:
    """Return what an object, or the first of a list that says something, tells of a failure; None where none does."""
    if isinstance(found, list) and depth:
        return next(filter(None, (error_in(each, depth - 1) for each in found[:_MOST])), None)
    if not isinstance(found, dict) or not depth:
        return None
    fields = _folded(found)
    inner = next(filter(None, (error_in(fields.get(name), depth - 1) for name in _INNER)), ServerWords())
    kind, named = inner.kind or _text(fields, _TYPES), fields.get("error")
    texts = (*_texts(fields, depth), inner.message, inner.detail)
    said = list(dict.fromkeys(filter(None, texts))) or ([named] if isinstance(named, str) and named else [])
    if fields.get("ticketid") or not (said or inner.kind or named or fields.get("errortype")):
        return None
    message, detail = said[0] if said else None, " ".join(said[1:]) or None
    return ServerWords(message, detail, kind if kind not in said else None, _text(fields, _SOURCES) or inner.source)


def _folded(found: dict[str, Json]) -> dict[str, Json]:
    return {re.sub(r"[\W_]", "", name).lower(): value for name, value in found.items()}


def _text(fields: dict[str, Json], names: tuple[str, ...]) -> str | None:
    return next((value for name in names if isinstance(value := fields.get(name), str) and value), None)


def _texts(fields: dict[str, Json], depth: int) -> list[str]:
    failed = re.fullmatch("[45][0-9][0-9]", str(fields.get("status"))) or not _PROBLEM.isdisjoint(fields)
    names = [name for name in (*_MESSAGES, *_DETAILS) if name != "title" or failed]
    return [text for name in names for text in _sentences(fields.get(name), depth - 1, any_name=name in _MAPS)]


def _sentences(value: Json, depth: int, *, any_name: bool) -> list[str]:
    if isinstance(value, str):
        return [text] if (text := _cut(value)) else []
    if isinstance(value, list) and depth:
        return [text for each in value[:_MOST] for text in _sentences(each, depth - 1, any_name=any_name)]
    if not isinstance(value, dict) or not depth:
        return []
    fields = _folded(value)
    found = _texts(fields, depth)
    if not found and "lang" in fields:  # OData has messages with their language
        return _sentences(fields.get("value"), depth - 1, any_name=False)
    if not found and any_name:
        for name, each in [*value.items()][:_MOST]:
            found += [f"{name}: {text}" for text in _sentences(each, depth - 1, any_name=True)]
    return found


def _loaded(response: Response) -> Json:
    """Return what a body holds: a value, or the words of a text or the title of a page; None where it holds neither."""
    content = response.content
    try:
        if len(content) > _LOADED:
            raise ValueError
        content = json_content(response, "ErrorInfo", lambda: _SHAPES)
        loaded: Json = msgspec.json.decode(content)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        loaded = content[:_READ].decode("utf-8", "replace")
    if not isinstance(loaded, str):
        return loaded
    words = loaded.strip()
    if words.startswith("<"):
        title = re.search(r"<title[^<>]*>([^<]*)<", words, re.IGNORECASE)
        return unescaped(title[1]).strip() if title else None
    # What may be a part of JSON may hold people's data.
    return None if words[:1] in ("", "[", "{", '"') or "\ufffd" in words or "\0" in words else _cut(words)


def _cut(text: str) -> str:
    return re.split(_STACK, text, maxsplit=1)[0].strip()


def _words(loaded: Json, clean: Callable[[str], str]) -> ServerWords:
    found = ServerWords(loaded) if isinstance(loaded, str) else error_in(loaded) or ServerWords()
    return ServerWords(*(text and clean(text) for text in attrs.astuple(found)))
