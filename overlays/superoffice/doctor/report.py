"""Looks at a site: can it be reached and signed in to, and how does it answer where nobody has written down how.

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
from ..settings import ClientOptions, ClientSettings, hide_secrets, make_settings
from ..transport.sync import SyncSender
from .ask import Asker, Finding, Level
from .behaviour import BEHAVIOUR
from .checks import check_address, check_clock, check_host, check_sign_in, check_time, check_tls
from .probes import probes

__all__ = ["BEHAVIOUR", "FORMAT", "Finding", "Level", "Report", "diagnose", "iter_findings"]

FORMAT: Final = 1
"""The number of a saved file's form."""


@attrs.frozen
class Report:
    """What was found, in the order of looking."""

    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        """Whether the server or the sign-in failed."""
        return any(finding.level == "fail" for finding in self.findings)

    @property
    def warned(self) -> bool:
        """Whether something should be looked after."""
        return any(finding.level == "warn" for finding in self.findings)

    @property
    def summary(self) -> str:
        """The report in one sentence."""
        failed = [finding.name for finding in self.findings if finding.level == "fail"]
        if failed:
            return f"The {failed[0]} failed; what comes after it was not looked at."
        count = {level: sum(finding.level == level for finding in self.findings) for level in ("ok", "unseen", "warn")}
        unseen = f", {count['unseen']} not seen" if count["unseen"] else ""
        if count["warn"]:
            return f"It works, with {count['warn']} to look after: {count['ok']} well{unseen}."
        return f"All well: {count['ok']} looked at{unseen}."

    def to_json(self) -> bytes:
        """Write what a sandbox needs to answer alike: no site, names, ids, tickets or secrets, only our own words.

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

    >>> examine("http://127.0.0.1:9", ids=[439]).summary
    'The host failed; what comes after it was not looked at.'

    Raises:
        ConfigurationError: The site cannot be one, or would show the sign-in to others.
        InvalidIdError: An id is none.
    """
    return Report(tuple(iter_findings(site, auth=auth, app_token=app_token, ids=ids, timeout=timeout)))


def iter_findings(
    site: str | Tenant,
    *,
    auth: Auth | RefreshingAuth | None,
    app_token: str | None,
    ids: Iterable[SupportsIndex],
    timeout: float = 30.0,
) -> Iterator[Finding]:
    """Give the findings of `examine` one by one, as they come; arguments that cannot be right are told at once.

    >>> for finding in look("http://127.0.0.1:9", auth=None, app_token=None, ids=[439]):
    ...     print(finding.name, finding.level)
    address ok
    host fail

    Raises:
        ConfigurationError: The site cannot be one, or would show the sign-in to others.
        InvalidIdError: An id is none.
    """
    options: ClientOptions = {
        "auth": auth,
        "app_token": app_token,
        "timeout": timeout,
        "retries": RetryPolicy(attempts=2, statuses=frozenset({429}), max_retry_after=10),  # others may share the limit
        "calls_per_second": 9,  # keeps below the ten that are allowed
        "batch_size": 1000,
    }
    del auth, app_token
    core = make_settings(site, **hide_secrets(options))
    return _look(core, list(dict.fromkeys(ticket_ids(ids))))


def _look(core: ClientSettings, ids: list[int]) -> Iterator[Finding]:
    sender = SyncSender(None, 1, core.max_response_bytes)
    try:
        finding, site = check_address(core, sender)
        yield finding
        if finding.level == "fail":
            return
        core = attrs.evolve(core, site=site)
        for check in (check_host, check_tls):
            finding = check(site)
            yield finding
            if finding.level == "fail":
                return
        asker = Asker(core, sender)
        finding, answer = check_sign_in(core, asker, ids)
        if answer is not None:
            yield check_clock(answer)
        yield finding
        if answer is None or finding.level == "fail":
            return
        yield check_time(answer)
        yield from probes(asker, ids)
    finally:
        sender.close()
