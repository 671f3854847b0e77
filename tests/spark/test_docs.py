"""What docs/guides/spark.md shows runs, against the sandbox."""

from __future__ import annotations

import re
from pathlib import Path
from zipfile import ZipFile

import pytest
from pyspark.sql import SparkSession

from superoffice_sandbox import Sandbox

from ..test_examples import ROOT, run_snippet, snippets

PAGE = "docs/guides/spark.md"
VAULT = """
from pathlib import Path

def read(name):
    Path({asked!r}).touch()
    return {{"superoffice": "8A:sandbox-token"}}[name]
"""


@pytest.fixture(scope="session")
def asked(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Put the page's client factory where tasks find it, beside a vault; return the file that marks its use."""
    (factory,) = re.findall(r"^```py\n(.*?)^```", (ROOT / PAGE).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    folder = tmp_path_factory.mktemp("factory")
    asked = folder / "asked"
    with ZipFile(folder / "ours.zip", "w") as package:
        for name, content in {"__init__": "", "vault": VAULT.format(asked=str(asked)), "secrets": factory}.items():
            package.writestr(f"ours/{name}.py", content)
    spark.sparkContext.addPyFile(str(folder / "ours.zip"))
    return asked


@pytest.mark.parametrize("snippet", snippets(ROOT / PAGE))
def test_snippet(snippet: str, spark: SparkSession, asked: Path, box: Sandbox) -> None:
    assert spark  # the session that the snippet gets
    asked.unlink(missing_ok=True)
    run_snippet(PAGE, snippet, box)
    assert asked.exists() == ("clientFactory=" in snippet)
