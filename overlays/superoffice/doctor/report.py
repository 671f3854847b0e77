"""Diagnoses a site: can it be reached and signed in to, and how does it respond where nothing is documented."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Final, SupportsIndex

import attrs
import msgspec

from .._ids import ticket_ids
from ..auth.refreshing import RefreshingAuth
from ..auth.schemes import Auth
from ..auth.tenant import Tenant
from ..locale import Locale
from ..retries import RetryPolicy
from ..settings import ClientOptions, ClientSettings, settings_of
from ..transport.sync import SyncSender
from .checks import Finding, Level, ProbeClient, run_checks
from .probes import BEHAVIOUR, run_probes

__all__ = ["BEHAVIOUR", "FORMAT", "Finding", "Level", "Report", "diagnose", "iter_findings"]

FORMAT: Final = 1
"""The number of a saved file's form."""
_RETRIES: Final = RetryPolicy(retries=1, statuses=frozenset({429}), max_retry_after=10)
_BARE: Final = Locale(time_zone=None, offset=False)  # each probe asks for what it needs alone


@attrs.frozen
class Report:
    """The findings, in the order of the checks."""

    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        """True where the server or the authentication failed."""
        return any(finding.level == "fail" for finding in self.findings)

    @property
    def warned(self) -> bool:
        """True where something should be looked after."""
        return any(finding.level == "warn" for finding in self.findings)

    @property
    def summary(self) -> str:
        """The report in one sentence."""
        for finding in self.findings:
            if finding.level == "fail":
                return f"The {finding.name} failed; what comes after it was not looked at."
        count = Counter(finding.level for finding in self.findings)
        not_seen = f", {count['unknown']} not seen" if count["unknown"] else ""
        if self.warned:
            return f"It works, with {count['warn']} to look after: {count['ok']} well{not_seen}."
        return f"All well: {count['ok']} looked at{not_seen}."

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
    """Check a site and probe it: it only reads, with these ids and a few that no ticket has, in few calls a second.

    Raises `ConfigurationError` for a site that cannot be one, or would show the credentials to others, and
    `InvalidIdError` for an id that is not valid.

    >>> diagnose("http://127.0.0.1:9", ids=[439]).summary
    'The host failed; what comes after it was not looked at.'
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
    """Return the findings of `diagnose` one by one, as they come; raises the same errors, at once.

    >>> [(finding.name, finding.level) for finding in iter_findings("http://127.0.0.1:9", ids=[439])]
    [('address', 'ok'), ('host', 'fail')]
    """
    # Others may share the ten calls a second that are allowed.
    options = ClientOptions(
        auth=auth, app_token=app_token, locale=_BARE, timeout=timeout, retries=_RETRIES, calls_per_second=9
    )
    del auth, app_token
    settings = settings_of("diagnose", site, options)
    return _run(settings, list(dict.fromkeys(ticket_ids(ids))))


def _run(settings: ClientSettings, ids: list[int]) -> Iterator[Finding]:
    with closing(SyncSender(None, attrs.evolve(settings.network, max_concurrency=1))) as sender:
        client = ProbeClient(settings, sender)
        for finding in run_checks(client, ids):
            yield finding
            if finding.level == "fail":
                return
        yield from run_probes(client, ids)
