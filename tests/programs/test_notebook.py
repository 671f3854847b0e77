"""The notebook runs from top to bottom, and stands in the repository as it came out of a run."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat

from .conftest import EXAMPLES

NOTEBOOK = EXAMPLES / "response_times.ipynb"


def outputs(notebook: Path) -> list[Any]:
    """Return what its cells put out."""
    cells: list[Any] = nbformat.read(notebook, as_version=4).cells
    return [output for cell in cells if cell.cell_type == "code" for output in cell.outputs]


def pictures(notebook: Path) -> list[bytes]:
    """Return its pictures."""
    data = [output.get("data", {}) for output in outputs(notebook)]
    return [base64.b64decode(each["image/png"]) for each in data if "image/png" in each]


def test_it_runs(environment: dict[str, str], tmp_path: Path) -> None:
    made = tmp_path / NOTEBOOK.name
    del environment["PYTHONWARNINGS"]  # Jupyter has some of its own
    with tempfile.TemporaryDirectory() as folder:  # whose name is short enough for sockets
        environment |= {"JUPYTER_RUNTIME_DIR": folder, "IPYTHONDIR": folder}
        command = [sys.executable, str(Path(__file__).with_name("execute.py")), str(NOTEBOOK), str(made)]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    if kept := os.environ.get("SUPEROFFICE_PICTURES"):
        (Path(kept) / NOTEBOOK.name).write_bytes(made.read_bytes())
        for number, picture in enumerate(pictures(made), 1):
            (Path(kept) / f"response-times-{number}.png").write_bytes(picture)
    assert "error" not in [output.output_type for output in outputs(made)]
    assert len(pictures(made)) == len(pictures(NOTEBOOK))


def test_it_stands_here_as_it_came_out() -> None:
    assert len(pictures(NOTEBOOK)) == 2
    cells: list[Any] = nbformat.read(NOTEBOOK, as_version=4).cells
    counts = [cell.execution_count for cell in cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
