"""SUPEROFFICE_LOG: the log on standard error, as with OPENAI_LOG."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from superoffice import AsyncSuperOffice, ConfigurationError, SuperOffice
from superoffice.hooks import log_to_stderr

from ..support.faults import Faults, fine, status

SITE = "https://crm.example.com"
PROGRAM = """
import logging, sys
from superoffice import SuperOffice
with SuperOffice(sys.argv[1], retries=1) as client, SuperOffice(sys.argv[1]) as other:
    client.tickets.get_many([1, 2])
    other.tickets.get_many([1, 2])
assert not logging.getLogger().handlers
"""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    log = logging.getLogger("superoffice")
    level, handlers = log.level, log.handlers[:]
    yield
    log.setLevel(level)
    log.handlers[:] = handlers


@pytest.mark.parametrize(("level", "lines"), [("debug", 4), ("INFO", 1), ("", 1), (None, 1)])
def test_the_variable_shows_each_request_on_standard_error(level: str | None, lines: int) -> None:
    with Faults(status(503), fine()) as server:
        env = {} if level is None else {"SUPEROFFICE_LOG": level}
        command = [sys.executable, "-c", PROGRAM, server.site]
        done = subprocess.run(command, check=False, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
    said = [line for line in done.stderr.splitlines() if ": slow, " not in line]  # on a busy machine
    assert len(said) == lines, done.stderr  # the warning comes by Python's own rule where nothing is set
    if level:
        told = "WARNING superoffice: POST /api/v1/Agents/Ticket/GetTickets: attempt 1: 503; trying again in"
        assert sum(told in line for line in said) == 1
    if level == "debug":
        assert "DEBUG superoffice: POST /api/v1/Agents/Ticket/GetTickets: 200 in" in said[-1]


@pytest.mark.parametrize("wrong", ["verbose", "warning", "1", "10"])
def test_an_unknown_level_is_refused_when_a_client_is_made(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = f"^SUPEROFFICE_LOG='{wrong}' is not a level of the log; set it to debug or info, or not at all$"
    with pytest.raises(ConfigurationError, match=said):
        SuperOffice.from_env({"SUPEROFFICE_SITE": SITE, "SUPEROFFICE_LOG": wrong})
    monkeypatch.setenv("SUPEROFFICE_LOG", wrong)
    for kind in (SuperOffice, AsyncSuperOffice):
        with pytest.raises(ConfigurationError, match=said):
            kind(SITE)


def test_the_variables_given_to_from_env_count_too() -> None:
    SuperOffice.from_env({"SUPEROFFICE_SITE": SITE, "SUPEROFFICE_LOG": "Debug"}).close()
    assert logging.getLogger("superoffice").level == logging.DEBUG


def test_it_is_set_up_once() -> None:
    log = logging.getLogger("superoffice")
    before = len(log.handlers)
    log_to_stderr("info")
    log_to_stderr("debug")
    assert (len(log.handlers) - before, log.level) == (1, logging.DEBUG)
