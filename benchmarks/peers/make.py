"""Make the peers' environment: what requirements.txt pins, and what generators make of the document reduced to JSON.

    python benchmarks/peers/make.py FOLDER

The generators run in an environment of their own, from which nothing is measured.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PINNED = HERE.parents[1] / "generator/requirements.txt"


def environment(folder: Path, requirements: Path) -> Path:
    """Make an environment of exactly what a file pins; gives the folder of its commands."""
    subprocess.run(["uv", "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True)
    install = ["uv", "pip", "install", "--quiet", "--python", folder, "--no-deps", "--requirements", requirements]
    subprocess.run(install, check=True)
    return folder / ("Scripts" if os.name == "nt" else "bin")


def main() -> None:
    """Make both environments, and the peers' code."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    peers = environment(folder / "venv", HERE / "requirements.txt")
    generators = environment(folder / "generators", PINNED)
    find = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.check_output([peers / "python", "-c", find], text=True).strip())
    document = folder / "json_only.json"
    subprocess.run([sys.executable, HERE / "reduce_document.py", document], check=True)
    path = {**os.environ, "PATH": f"{generators}{os.pathsep}{os.environ['PATH']}"}  # where its hooks find ruff
    stock = ["generate", "--path", document, "--meta", "none", "--overwrite", "--output-path"]
    subprocess.run([generators / "openapi-python-client", *stock, packages / "stock_client"], check=True, env=path)
    models = ["--input", document, "--input-file-type", "openapi", "--output-model-type", "pydantic_v2.BaseModel"]
    dates = ["--output-datetime-class", "datetime"]  # an aware one, as it makes by itself, refuses empty dates
    given = ["--strict-nullable", *dates, "--formatters", "builtin", "--output", packages / "pydantic_models.py"]
    subprocess.run([generators / "datamodel-codegen", *models, *given], check=True, env=path)


if __name__ == "__main__":
    main()
