"""What the tests share: a sandbox over real HTTP, and clients signed in to it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from importlib.resources import files
from typing import Any

import pytest

import superoffice_sandbox
from superoffice import BasicAuth, SuperOffice

from .support.openapi_check import Checker, watch
from .support.secrets import logged

__all__ = ["logged"]

# One variant of undocumented behaviour, as {"missing": "null"}; `nox -s tests -- --variants` tests with several.
BEHAVIOUR: dict[str, Any] = json.loads(os.environ.get("SUPEROFFICE_BEHAVIOUR", "{}"))


@pytest.fixture(scope="session")
def box() -> Iterator[superoffice_sandbox.Sandbox]:
    behaviour = superoffice_sandbox.Behaviour(**BEHAVIOUR)
    with superoffice_sandbox.start(tickets=50, behaviour=behaviour) as box:
        yield box


@pytest.fixture
def quiet(box: superoffice_sandbox.Sandbox) -> Iterator[None]:
    """Have the calls that a test left under way over and done with, before the next one looks at what was asked."""
    yield
    for _ in range(2):  # what was sent before is taken up before the first of these is answered
        connection = HTTPConnection(box.site.removeprefix("http://"), timeout=300)
        with closing(connection):
            connection.request("GET", "/nowhere")
            connection.getresponse().read()


@pytest.fixture
def basic(box: superoffice_sandbox.Sandbox) -> BasicAuth:
    return BasicAuth(box.user, box.password)


@pytest.fixture
def client(box: superoffice_sandbox.Sandbox, basic: BasicAuth) -> Iterator[SuperOffice]:
    with SuperOffice(box.site, auth=basic) as client:
        yield client


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(files("superoffice_api").joinpath("document.json").read_bytes())
    return loaded


@pytest.fixture(scope="session")
def page_sample(document: dict[str, Any]) -> dict[str, Any]:
    """The page's sample, with null for each member that the document has and the page has not."""
    sample: dict[str, Any] = document["components"]["examples"]["PageResponse"]["value"][0]
    return {**dict.fromkeys(document["components"]["schemas"]["Ticket"]["properties"]), **sample}


@pytest.fixture(scope="session", autouse=True)
def checker(document: dict[str, Any]) -> Iterator[Checker]:
    checker = Checker(document)
    with pytest.MonkeyPatch.context() as patch:
        watch(patch, checker)
        yield checker


@pytest.fixture(autouse=True)
def fits_the_document(request: pytest.FixtureRequest, checker: Checker) -> Iterator[None]:
    """Fail a test whose calls do not fit the document, unless its `off_document` mark says why they need not."""
    yield
    problems = checker.problems()
    if request.node.get_closest_marker("off_document") is None and problems:
        pytest.fail(f"{len(problems)} calls do not fit the document:\n" + "\n".join(problems[:5]), pytrace=False)
