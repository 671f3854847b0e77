"""Signing a person in at this machine's browser."""

from __future__ import annotations

import time
import webbrowser
from collections.abc import Callable, Generator
from threading import TIMEOUT_MAX
from typing import Any, TypeVar

from ._callback import DEFAULT_REDIRECT, Callback
from ._exchange import Outgoing
from ._headers import hidden
from ._jwt import check_installed
from ._renewal import AuthStep
from ._send import SyncSender
from ._signin import LARGEST, done
from .errors import SignInError, check_given
from .keeping import Keeping
from .oauth import Attempt, OAuthAuth, origin
from .retries import Retries, Timeout
from .tenant import Tenant

T = TypeVar("T")


def login(
    tenant: Tenant,
    client_id: str,
    *,
    client_secret: str | None = None,
    keeping: Keeping | None = None,
    redirect: str = DEFAULT_REDIRECT,
    open_browser: Callable[[str], object] | None = webbrowser.open,
    show: Callable[[str], object] | None = None,
    timeout: float = 300.0,
) -> OAuthAuth:
    """Sign a person in with the browser of this machine, and give the sign-in; it waits for the person.

    Needs the extra `signin`. In an async program, call it in a thread.

    Args:
        tenant: Whose tickets are to be read.
        client_id: The application's id, as SuperOffice gave it.
        client_secret: The application's secret, where it has one.
        keeping: Where the tokens are kept for the next time, with `OAuthAuth(..., keeping=)`.
        redirect: Where the browser comes back to, as it is registered for the application; without a port, any that
            is free.
        open_browser: What opens the address; None leaves that to whom it is shown.
        show: What shows the address, for people whose browser does not open.
        timeout: Seconds to wait for the person.

    Raises:
        MissingExtraError: The extra is not installed.
        ConfigurationError: An argument cannot be right, nothing can listen at the redirect, or `keeping` cannot save.
        SignInError: The person or the server said no, nobody answered in time, or the answer is not to be trusted.

    >>> where = Tenant(box.identity.tenant, environment=Environment("sandbox", box.site))
    >>> login(where, box.identity.client_id, show=print, open_browser=None, timeout=0.1)  # nobody opens it
    Traceback (most recent call last):
    superoffice.errors.SignInError: ...
    """
    client_secret = hidden(client_secret)
    check_given(str, f"an address, such as {DEFAULT_REDIRECT}", redirect=redirect)
    check_given(Callable | None, "a function that takes an address, or None", open_browser=open_browser, show=show)
    check_installed()  # what cannot work is told now, not once the person has signed in
    Timeout(total=timeout)  # which refuses what is not a number of seconds
    auth = OAuthAuth(tenant, client_id, client_secret=client_secret, keeping=keeping)
    attempt = Attempt.begin()
    with Callback(redirect, attempt.accepts, origin(tenant.environment.url)) as callback:
        address = attempt.address(_run(auth.prepared()), client_id, callback.redirect)
        if show is not None:
            show(address)
        if open_browser is not None:
            open_browser(address)
        query = callback.wait(min(timeout, TIMEOUT_MAX))
    if query is None:
        raise SignInError(f"nobody signed in within {timeout:.0f} s", advice="start again, and sign in in the browser")
    auth.credential.replace(None, _run(auth.redeemed(attempt, attempt.code(query), callback.redirect)))
    return auth


def _run(steps: Generator[AuthStep, Any, T]) -> T:
    """Do what a sign-in asks for, where there is no client to do it."""
    timeout, retries = Timeout(), Retries()
    call = Outgoing("", "", "", headers={}, content=b"", ids=(), timeout=timeout, retries=retries, slow=None, safe=True)
    sender = SyncSender(None, 1, LARGEST)
    try:
        return sender.run(done(steps, call, time.monotonic() + timeout.total, timeout, retries, limiter=None), call)
    finally:
        sender.close()
