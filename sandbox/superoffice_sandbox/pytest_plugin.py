"""The `superoffice_sandbox` fixture, which pytest finds by itself where this package is installed.

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
    """Make the mark known."""
    config.addinivalue_line(
        "markers", f"{_MARK}(tickets=20, **behaviour): how the sandbox of this test answers, by the names of Behaviour"
    )


@pytest.fixture
def superoffice_sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Give a sandbox that listens on a free port, with a database of its own, and is stopped after the test.

    `@pytest.mark.superoffice_sandbox(missing="null", tickets=0)` chooses how it answers and how many plausible tickets
    it has besides 439, 829 and 1234.
    """
    try:
        from .behaviour import Behaviour
        from .server import start
    except ModuleNotFoundError as error:
        pytest.fail(f"{error}; the fixture needs an extra: pip install 'superoffice-sdk[sandbox]'", pytrace=False)
    options: dict[str, object] = {}
    for mark in reversed(list(request.node.iter_markers(_MARK))):  # the closest has the last word
        options.update(mark.kwargs)
    count = options.pop("tickets", 20)
    if not isinstance(count, int):
        pytest.fail(f"tickets is a number of tickets, not {count!r}", pytrace=False)
    try:
        behaviour = Behaviour(**options)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  - checked there
    except (TypeError, ValueError) as error:
        pytest.fail(f"{_MARK} mark: {error}", pytrace=False)
    with start(behaviour=behaviour, tickets=count) as box:
        yield box
