"""A sandbox with tickets, whose other side of sign-in is new for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import superoffice_sandbox
from superoffice_sandbox import Identity, Sandbox


@pytest.fixture(scope="session")
def signing_box() -> Iterator[Sandbox]:
    with superoffice_sandbox.start(tickets=5) as box:
        yield box


@pytest.fixture
def box(signing_box: Sandbox) -> Sandbox:
    signing_box.identity = Identity(signing_box.credentials, environment_url=signing_box.site)
    signing_box.requests.clear()
    return signing_box
