"""Secrets to give to the SDK, and everything that could show them."""

from __future__ import annotations

import base64
import io
import logging
import pickle
import pprint
import traceback
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest
import rich.pretty

from superoffice import (
    BasicAuth,
    BearerAuth,
    RefreshingAuth,
    SoTicketAuth,
    SuperOfficeError,
    TokenAuth,
    XsrfAuth,
)
from superoffice.auth.schemes import Auth

PASSWORD, TICKET, TOKEN = "pa55/w0rd+of&user=", "7T:t1cket/of+user==", "8A:Cust1.t0ken-of/user=="
XSRF, SESSION, APP = "xsrf/v4lue+of=user", "s3ssion/of+user==", "app/t0ken+of=program"
SCHEMES: dict[str, Auth | RefreshingAuth] = {
    "basic": BasicAuth("user", PASSWORD),
    "so_ticket": SoTicketAuth(TICKET),
    "bearer": BearerAuth(TOKEN),
    "xsrf": XsrfAuth(XSRF, {"SoSession": SESSION}),
    "token": TokenAuth(lambda: TOKEN),
}


def spellings() -> set[str]:
    """Each secret raw, in base64 (wherever in its text it begins) and as URLs have it."""
    found: set[str] = set()
    for secret in (PASSWORD, TICKET, TOKEN, XSRF, SESSION, APP):
        found |= {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}
        for shift in range(3):  # base64 of three bytes is four characters, so there are three ways to begin
            whole = base64.b64encode(b"x" * shift + secret.encode()).decode()
            found.add(whole[4 if shift else 0 : -4])
    found.add(base64.b64encode(f"user:{PASSWORD}".encode()).decode())
    return found


SECRETS = spellings()


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that any logger says at DEBUG."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    root = logging.getLogger()
    level = root.level
    loggers = [logging.getLogger(name) for name in ("httpx", "httpcore", "superoffice", "asyncio")]
    levels = [logger.level for logger in loggers]
    root.addHandler(handler)
    for logger in (root, *loggers):
        logger.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)
    for logger, before in zip(loggers, levels, strict=True):
        logger.setLevel(before)


def texts(error: BaseException) -> str:
    """Everything that an error shows, and those that it came from; of our frames and those below, variables too."""
    shown = [str(error), repr(error), repr(error.args), repr(vars(error))]
    if isinstance(error, SuperOfficeError):
        shown.append(pickle.dumps(error).decode("latin-1"))
    shown += traceback.format_exception(error)
    below = error.__traceback__.tb_next if error.__traceback__ else None  # the test's own frame holds what it was given
    trimmed = error.with_traceback(below)
    shown += traceback.TracebackException.from_exception(trimmed, capture_locals=True).format()
    for frame, _ in traceback.walk_tb(below):
        if frame.f_globals["__name__"].startswith("superoffice."):
            shown += [as_tools_show(value) for value in frame.f_locals.values()]
    link: BaseException | None = error
    while link is not None:  # also what a traceback leaves out, such as the whole text of one that cannot be encoded
        shown += [repr(link), repr(link.args), repr(getattr(link, "object", None))]
        link = link.__context__ or link.__cause__
    return "\n".join(shown)


def as_tools_show(value: object) -> str:
    """What rich and pprint show of a variable in a traceback, and of one of ours what it holds."""
    shown = [rich.pretty.pretty_repr(value, max_length=10, max_string=80), rich.pretty.pretty_repr(value)]
    held = vars(value) if type(value).__module__.startswith("superoffice.") and hasattr(value, "__dict__") else {}
    return "\n".join([*shown, pprint.pformat(value), repr(held)])
