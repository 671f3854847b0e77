"""What docs/guides/spark.md shows runs, against the sandbox."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from superoffice_sandbox import Sandbox

from ..test_examples import ROOT, run_snippet, snippets

PAGE = "docs/guides/spark.md"


@pytest.mark.parametrize("snippet", snippets(ROOT / PAGE))
def test_snippet(snippet: str, spark: SparkSession, box: Sandbox) -> None:
    assert spark  # the session that the snippet gets
    run_snippet(PAGE, snippet, box)
