"""Every example in the README and in a docstring runs, against the sandbox."""

from __future__ import annotations

import ast
import doctest
import logging
import pkgutil
import re
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

import superoffice
import superoffice_runtime
import superoffice_sandbox
from superoffice import SuperOffice, SuperOfficeError
from superoffice_sandbox import Sandbox

from .conftest import BEHAVIOUR

ROOT = Path(__file__).parents[1]


def snippets(page: Path) -> list[str]:
    """Find the Python in a page."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


PYTEST = "tests/superoffice_sandbox/test_docs.py"  # runs the tests of README.md too
ELSEWHERE = {  # pages whose snippets need what is not here
    "docs/guides/rest-of-the-api.md": "generator/tests/test_published.py",
    "docs/guides/spark.md": "tests/spark/test_docs.py",
    "docs/guides/tables.md": "tests/tables/test_docs.py",
    "docs/guides/testing.md": PYTEST,
    "docs/guides/web-frameworks.md": "tests/superoffice/test_web_frameworks.py",
    "docs/maintain/change-the-document.md": "generator/tests/test_edits.py",
}
NOT_HERE = r"def test_|import polars"  # in README.md; the same tests run these
FILES = {
    page.relative_to(ROOT).as_posix(): page for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
}
PAGES = {
    name: found
    for name, page in FILES.items()
    if name not in ELSEWHERE and (found := [each for each in snippets(page) if not re.search(NOT_HERE, each)])
}
ODD = {"docs/guides/doctor.md": pytest.mark.off_document("the doctor asks on purpose what the document does not have")}
SNIPPETS = [
    pytest.param(name, snippet, id=f"{name}-{place}", marks=[ODD[name]] if name in ODD else [])
    for name, found in PAGES.items()
    for place, snippet in enumerate(found)
]


@pytest.mark.parametrize(("name", "snippet"), SNIPPETS)
def test_snippet_of_a_page(name: str, snippet: str, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in box.environ.items():  # which `SuperOffice.from_env()` reads
        monkeypatch.setenv(variable, value)
    if BEHAVIOUR.get("unknown_select") == "error" and 'RawField("Mood")' in snippet:  # which no server has
        with pytest.raises(SuperOfficeError):
            run_snippet(name, snippet, box)
    else:
        run_snippet(name, snippet, box)


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    log = logging.getLogger("superoffice")
    level, handlers = log.level, log.handlers[:]
    yield
    log.setLevel(level)
    log.handlers[:] = handlers


def run_snippet(name: str, snippet: str, box: Sandbox) -> None:
    """Run a snippet with the sandbox in the place of crm.example.com; a comment after a print says what it prints."""
    printed = Printed()
    code = compile(snippet.replace("https://crm.example.com", box.site), name, "exec", dont_inherit=True)
    exec(code, {"__name__": "__main__", "print": printed})  # noqa: S102 - our own README
    assert printed.texts
    for line, said in comments(snippet).items():
        if BEHAVIOUR and "Locale(time_zone=" in snippet.splitlines()[line - 1]:
            continue  # servers differ in what they send in another zone, and the client leaves that as it came
        assert says(said, printed.texts[line]), f"line {line} says {said!r}, and prints {printed.texts[line]}"


class Printed:
    """Stands in for print, and keeps what each line of the caller printed."""

    def __init__(self) -> None:
        self.texts: defaultdict[int, list[str]] = defaultdict(list)

    def __call__(self, *values: object) -> None:
        frame = sys._getframe(1)
        self.texts[frame.f_lineno].append(" ".join(map(str, values)))


def comments(snippet: str) -> dict[int, str]:
    """Return the comment after each print, by the line on which the call begins."""
    tokens = tokenize.generate_tokens(StringIO(snippet).readline)
    said = {token.start[0]: token.string.removeprefix("# ") for token in tokens if token.type == tokenize.COMMENT}
    prints = [
        node
        for node in ast.walk(ast.parse(snippet))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    return {node.lineno: said[node.end_lineno] for node in prints if node.end_lineno in said}


def says(said: str, texts: list[str]) -> bool:
    """True if a comment is all that its line printed: ", then " stands between several, "..." for what varies."""
    pattern = re.escape(said).replace(re.escape("..."), ".*")
    printed = ", then ".join(" ".join(text.split()) for text in texts)  # a comment has one line
    return bool(texts) and said != "..." and re.fullmatch(pattern, printed) is not None


@pytest.mark.parametrize(
    ("said", "texts", "right"),
    [
        ("True", ["True"], True),
        ("True", ["False"], False),
        ("Tru", ["True"], False),
        ("True, since a name is its text", ["True"], False),
        ("Late", [], False),
        ("829", ["829", "439"], False),
        ("829, then 439", ["829", "439"], True),
        ("a.b", ["axb"], False),
        ("http://127.0.0.1:.../cases", ["http://127.0.0.1:8080/cases"], True),
        ("TicketId,Title 439,Late", ["TicketId,Title\n439,Late\n"], True),
        ("TicketId,Title", ["TicketId,Title\n439,Late\n"], False),
        ("...", ["True"], False),
    ],
)
def test_a_comment_says_all_that_is_printed(said: str, texts: list[str], right: bool) -> None:
    assert says(said, texts) == right


def test_each_line_is_held_to_its_own_comment(box: Sandbox) -> None:
    run_snippet("a page", "print(\n    1, 'a'\n)  # 1 a\nfor each in 'xy':\n    print(each)  # x, then y\n", box)
    with pytest.raises(AssertionError, match="line 2 says 'True', and prints \\['False'\\]"):
        run_snippet("a page", "print(True)  # True\nprint(False)  # True\n", box)
    with pytest.raises(AssertionError, match="line 3 says 'gone', and prints \\[\\]"):
        run_snippet("a page", "print('here')\nif False:\n    print('gone')  # gone\n", box)


def test_every_page_has_its_snippets() -> None:
    assert len(PAGES["README.md"]) >= 3
    tests = {name for name, page in FILES.items() if any("def test_" in each for each in snippets(page))}
    assert tests == {"README.md", "docs/guides/testing.md"}
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
    def failing(*kind: Any, **arguments: Any) -> SuperOffice:
        """Return the client, whose next call fails in a way of the sandbox's."""
        box.fault(*kind, **arguments)
        return client

    module = import_module(name)
    names = {
        **{public: getattr(superoffice, public) for public in superoffice.__all__},
        **vars(module),
        "superoffice_sandbox": superoffice_sandbox,
        "box": box,
        "client": client,
        "failing": failing,
        "folder": tmp_path,
    }
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    out = StringIO()
    for test in finder.find(module, name, globs=names):
        for example in test.examples:
            if raised := re.search(r"  # (\w+Error: .+)$", example.source):  # a comment says what a call raises
                example.exc_msg = f"superoffice.errors.{raised[1]}\n"
        runner.run(test, out=out.write)
    assert not runner.summarize(verbose=False).failed, out.getvalue()
