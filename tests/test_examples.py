"""Every example in the README and in a docstring runs, against the sandbox."""

from __future__ import annotations

import doctest
import pkgutil
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest

import superoffice
import superoffice_runtime
import superoffice_sandbox
from superoffice import SuperOffice, SuperOfficeError
from superoffice_sandbox import Sandbox

from .conftest import READING

ROOT = Path(__file__).parents[1]


def snippets(page: Path) -> list[str]:
    """Find the Python in a page."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


ELSEWHERE = {  # pages whose snippets need what is not here
    "docs/guides/spark.md": "tests/spark/test_docs.py",
    "docs/guides/tables.md": "tests/tables/test_docs.py",
    "docs/guides/testing.md": "tests/sandbox/test_docs.py",
    "docs/maintain/change-the-document.md": "openapi/generators/tests/test_edits.py",
}
PAGES = {
    name: found
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if (name := page.relative_to(ROOT).as_posix()) not in ELSEWHERE and (found := snippets(page))
}
ODD = {"docs/guides/doctor.md": pytest.mark.off_document("the doctor asks on purpose what the document does not have")}
SNIPPETS = [
    pytest.param(name, snippet, id=f"{name}-{place}", marks=[ODD[name]] if name in ODD else [])
    for name, found in PAGES.items()
    for place, snippet in enumerate(found)
]


@pytest.mark.parametrize(("name", "snippet"), SNIPPETS)
def test_snippet_of_a_page(name: str, snippet: str, box: Sandbox) -> None:
    if READING.get("unknown_select") == "error" and 'RawField("Mood")' in snippet:  # which no server has
        with pytest.raises(SuperOfficeError):
            run_snippet(name, snippet, box)
    else:
        run_snippet(name, snippet, box)


def run_snippet(name: str, snippet: str, box: Sandbox) -> None:
    """Run a snippet with the sandbox in the place of crm.example.com; a comment after a print says what it prints."""
    out = StringIO()
    with redirect_stdout(out):
        code = compile(snippet.replace("https://crm.example.com", box.site), name, "exec", dont_inherit=True)
        exec(code, {"__name__": "__main__"})  # noqa: S102 - our own README
    printed = out.getvalue()
    assert printed
    for line, said in re.findall(r"(print\([^#\n]*)# (\S.*)$", snippet, re.MULTILINE):
        if READING and "Locale(time_zone=" in line:
            continue  # servers differ in what they send in another zone, and the client leaves that as it came
        expected = said.split(", ")[0]
        assert expected in printed, said


def test_every_page_has_its_snippets() -> None:
    assert len(PAGES["README.md"]) >= 3
    assert all(snippets(ROOT / page) and (ROOT / test).is_file() for page, test in ELSEWHERE.items())


def modules() -> Iterator[str]:
    for package in (superoffice, superoffice_runtime, superoffice_sandbox):
        yield package.__name__
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if found.name != "superoffice.spark":  # needs what is not installed here; tests/spark has it
                yield found.name


WRONG = pytest.mark.off_document("errors are shown by what the document does not have")
MODULES = [pytest.param(name, marks=[WRONG] if name == "superoffice.errors" else []) for name in modules()]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str, client: SuperOffice, box: Sandbox, tmp_path: Path) -> None:
    module = import_module(name)
    names = {
        **{public: getattr(superoffice, public) for public in superoffice.__all__},
        **vars(module),
        "superoffice_sandbox": superoffice_sandbox,
        "box": box,
        "client": client,
        "folder": tmp_path,
    }
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    out = StringIO()
    for test in finder.find(module, name, globs=names):
        runner.run(test, out=out.write)
    assert not runner.summarize(verbose=False).failed, out.getvalue()
