"""Which bars the generation of many endpoints meets."""

from __future__ import annotations

import pytest

from tools.tests.conftest import program


def test_each_bar_is_met_or_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    scale = program("benchmarks/scale.py", monkeypatch)
    sizes = [scale.Size(10, 2.0, 2.0, 1.0), scale.Size(100, 5.0, 5.0, 1.05), scale.Size(1_000, 61.0, 60.0, 1.06)]
    said = [line.split() for line in scale.bars(sizes)]
    assert [(line[-4], line[-1]) for line in said] == [
        ("61.00", "missed"),
        ("0.25", "met"),
        ("1.20", "missed"),
        ("1.00", "met"),
        ("1.05", "met"),
        ("1.06", "missed"),
    ]
    assert len(list(scale.bars(sizes[:1]))) == 1  # what was not measured is neither
