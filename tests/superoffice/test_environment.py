"""Settings from environment variables."""

from __future__ import annotations

import pytest

from superoffice import (
    ConfigurationError,
    InvalidInputError,
    SoTicketAuth,
    Ticket,
)
from superoffice import environment as _env

from ..support.wire import SITE, answered


def test_the_environment_contradicts_itself_or_says_enough() -> None:
    site = {"SUPEROFFICE_SITE": SITE}
    for wrong, said in (
        ({}, "no site was named"),
        ({**site, "SUPEROFFICE_TOKEN": "a", "SUPEROFFICE_SOTICKET": "b"}, "are both set"),
        ({**site, "SUPEROFFICE_USER": "a"}, "belong together"),
    ):
        with pytest.raises(ConfigurationError, match=said):
            _env.settings(wrong)
    assert _env.settings(site)["auth"] is None
    assert _env.settings({**site, "SUPEROFFICE_SOTICKET": "b"})["auth"] == SoTicketAuth("b")
    with pytest.raises(InvalidInputError, match="not both"):
        answered([], select=["Title"], into=Ticket)
