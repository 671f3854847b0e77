"""The sandbox as fixtures, which pytest finds by itself where this package is installed.

Every run of pytest imports this module, so it imports the sandbox only for a test that asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .server import Sandbox

_MARK = "superoffice_sandbox"


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark."""
    config.addinivalue_line(
        "markers", f"{_MARK}(tickets=20, **behaviour): the tickets and behaviour of this test's sandbox"
    )


@pytest.fixture(scope="session")
def superoffice_sandbox_session() -> Iterator[Sandbox]:
    """A sandbox for the whole run, which starts once and which tests share; with pytest-xdist, one for each worker."""
    with _start(20) as box:
        yield box


@pytest.fixture
def superoffice_sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox on a free port, with its own database, which stops after the test.

    `@pytest.mark.superoffice_sandbox(missing="null", tickets=0)` sets its behaviour, and how many made-up tickets it
    has besides 439, 829 and 1234.
    """
    options: dict[str, object] = {}
    for mark in reversed(list(request.node.iter_markers(_MARK))):  # the closest mark wins
        options.update(mark.kwargs)
    count = options.pop("tickets", 20)
    if not isinstance(count, int):
        pytest.fail(f"tickets must be a number of tickets (got {count!r})", pytrace=False)
    with _start(count, **options) as box:
        yield box


def _start(tickets: int, **options: object) -> Sandbox:
    try:
        from .behaviour import Behaviour
        from .server import start
    except ModuleNotFoundError as error:
        pytest.fail(f"{error}; the fixture needs: pip install 'superoffice-sdk[sandbox]'", pytrace=False)
    try:
        behaviour = Behaviour(**options)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  - checked there
    except (TypeError, ValueError) as error:
        pytest.fail(f"{_MARK} mark: {error}", pytrace=False)
    return start(behaviour=behaviour, tickets=tickets)
