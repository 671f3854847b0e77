from __future__ import annotations
from typing import TYPE_CHECKING
import pytest
if TYPE_CHECKING:
    from collections.abc import Iterator
    from .server import Sandbox

def pytest_configure(config: pytest.Config) -> None:
    ...

@pytest.fixture
def superoffice_sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    ...
