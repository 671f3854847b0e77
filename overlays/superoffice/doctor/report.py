"""Diagnoses a site: can it be reached and signed in to, and how does it respond where nothing is documented.

Only reads, with ids that the caller gives and a few that no ticket has, and never more than ten calls a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, SupportsIndex

import attrs
import msgspec

from .._ids import ticket_ids
from ..auth.refreshing import RefreshingAuth
from ..auth.schemes import Auth
from ..auth.tenant import Tenant
from ..retries import RetryPolicy
from ..settings import ClientOptions, ClientSettings, settings_of
from ..transport.sync import SyncSender
from .behaviour import BEHAVIOUR
from .checks import Finding, Level, ProbeClient, run_checks
from .probes import run_probes

__all__ = ["BEHAVIOUR", "FORMAT", "Finding", "Level", "Report", "diagnose", "iter_findings"]

FORMAT: Final = 1
"""The number of a saved file's form."""
_RETRIES: Final = RetryPolicy(attempts=2, statuses=frozenset({429}), max_retry_after=10)  # others may share the limit


@attrs.frozen
class Report:
    """The findings, in the order of the checks."""

    findings: tuple[Finding, ...]

    def _at(self, level: Level) -> list[str]:
        return [finding.name for finding in self.findings if finding.level == level]

    @property
    def failed(self) -> bool:
        """True where the server or the authentication failed."""
        return bool(self._at("fail"))

    @property
    def warned(self) -> bool:
        """True where something should be looked after."""
        return bool(self._at("warn"))

    @property
    def summary(self) -> str:
        """The report in one sentence."""
        if failed := self._at("fail"):
            return f"The {failed[0]} failed; what comes after it was not looked at."
        ok, unknown, warned = (len(self._at(level)) for level in ("ok", "unknown", "warn"))
        unseen = f", {unknown} not seen" if unknown else ""
        if warned:
            return f"It works, with {warned} to look after: {ok} well{unseen}."
        return f"All well: {ok} looked at{unseen}."

    def to_json(self) -> bytes:
        """Return what a sandbox needs to respond alike: no site, names, ids, tickets or secrets, only our own words.

        >>> Report((Finding("order", "ok", "as asked for", key="order", value="kept"),)).to_json()
        b'{"format":1,"behaviour":{},"seen":{"order":"kept"}}'
        """
        known = {finding.key: finding.value for finding in self.findings if finding.value is not None}
        behaviour = {key: value for key, value in known.items() if value in BEHAVIOUR.get(key, ())}
        seen = {key: value for key, value in known.items() if key not in behaviour}
        return msgspec.json.encode({"format": FORMAT, "behaviour": behaviour, "seen": seen})


def diagnose(
    site: str | Tenant,
    *,
    auth: Auth | RefreshingAuth | None = None,
    app_token: str | None = None,
    ids: Iterable[SupportsIndex] = (),
    timeout: float = 30.0,
) -> Report:
    """Check a site and probe it with these ids.

    >>> diagnose("http://127.0.0.1:9", ids=[439]).summary
    'The host failed; what comes after it was not looked at.'

    Raises:
        ConfigurationError: The site cannot be one, or would show the credentials to others.
        InvalidIdError: An id is not valid.
    """
    return Report(tuple(iter_findings(site, auth=auth, app_token=app_token, ids=ids, timeout=timeout)))


def iter_findings(
    site: str | Tenant,
    *,
    auth: Auth | RefreshingAuth | None = None,
    app_token: str | None = None,
    ids: Iterable[SupportsIndex] = (),
    timeout: float = 30.0,
) -> Iterator[Finding]:
    """Return the findings of `diagnose` one by one, as they come; arguments that cannot be right are refused at once.

    >>> for finding in iter_findings("http://127.0.0.1:9", ids=[439]):
    ...     print(finding.name, finding.level)
    address ok
    host fail

    Raises:
        ConfigurationError: The site cannot be one, or would show the credentials to others.
        InvalidIdError: An id is not valid.
    """
    options: ClientOptions = {
        "auth": auth,
        "app_token": app_token,
        "timeout": timeout,
        "retries": _RETRIES,
        "calls_per_second": 9,  # below the ten that are allowed
        "batch_size": 1000,
    }
    del auth, app_token
    settings = settings_of("diagnose", site, options)
    return _run(settings, list(dict.fromkeys(ticket_ids(ids))))


def _run(settings: ClientSettings, ids: list[int]) -> Iterator[Finding]:
    sender = SyncSender(None, 1, settings.max_response_bytes)
    client = ProbeClient(settings, sender)
    try:
        for finding in run_checks(client, ids):
            yield finding
            if finding.level == "fail":
                return
        yield from run_probes(client, ids)
    finally:
        sender.close()
