"""Make the generated package from the document, or compare what is there with what the document gives.

    python generator/generate.py [--document FILE] [--output DIR] [--check]

Runs in an environment of exactly generator/requirements.txt. `--check` writes nothing, prints a diff, and exits 1
where there is one.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from ruamel.yaml import YAML

import facts
import lint
import members
import operations
import shapes

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PACKAGE = "superoffice_api"
HEADER = "# Generated from openapi/superoffice.yaml. Do not edit: change the document and run `nox -s generate`.\n"


class GenerationError(Exception):
    """The document or a template gives no package that can be used."""


def parse_operations(document: facts.Json, target: Path) -> Project:
    """Have openapi-python-client parse the operations, for our templates; it must not warn."""
    settings = ConfigFile.load_from_path(HERE / "client.yaml")
    config = Config.from_sources(settings, MetaType.NONE, HERE, "utf-8", True, output_path=target)
    parsed = GeneratorData.from_dict(document, config=config)
    if isinstance(parsed, GeneratorError):
        raise GenerationError(f"openapi-python-client refuses the document:\n{parsed.detail}")
    parsed.models, parsed.enums = [], []  # those are the model generator's
    return Project(openapi=parsed, config=config, custom_template_path=HERE / "templates/client")


def write_client(project: Project, told: dict[str, Any]) -> None:
    """Have openapi-python-client write its package."""
    project.env.globals |= told
    with contextlib.redirect_stdout(io.StringIO()):
        said = project.build()
    if said:
        lines = [" ".join(f"{error.header} {error.detail or ''}".split()) for error in said]
        raise GenerationError("openapi-python-client warned:\n  " + "\n  ".join(lines))
    shutil.rmtree(project.package_dir / "models")
    (project.package_dir / "types.py").unlink()


@contextlib.contextmanager
def generate_models(
    parsed: facts.Json, asked: dict[str, facts.Json], folder: Path
) -> Generator[Callable[[], tuple[str, dict[str, str]]]]:
    """Run datamodel-code-generator beside what else is done; what is given waits for the models.

    Every object and enumeration must come out under its component's name. The types of what is asked come with them.
    """
    schemas = dict(parsed["components"]["schemas"])
    wanted = {name for name, schema in schemas.items() if "properties" in schema or "enum" in schema}
    if asked:
        wanted.add(operations.HOLDER)
        schemas[operations.HOLDER] = {"type": "object", "properties": asked, "required": list(asked)}
    document = {"openapi": parsed["openapi"], "info": parsed["info"], "paths": {}, "components": {"schemas": schemas}}
    source, target = folder / "models.json", folder / "models.py"
    source.write_text(json.dumps(document), encoding="utf-8")  # which is read in no time
    command = [sys.executable, "-m", "datamodel_code_generator", "--input", str(source), "--output", str(target)]

    def finished() -> tuple[str, dict[str, str]]:
        out, err = run.communicate()
        if run.returncode or err.strip():
            raise GenerationError(f"datamodel-code-generator failed or warned:\n{err or out}")
        text = target.read_text(encoding="utf-8")
        classes = members.models_in(text).classes
        if classes.keys() != wanted:
            raise GenerationError(f"models and components are named differently: {sorted(classes.keys() ^ wanted)}")
        text = text.partition("from __future__ import annotations\n")[2]  # its header names a file that is not kept
        types = {name: of for name, (_, of) in classes.get(operations.HOLDER, {}).items()}
        return members.without_class(text, operations.HOLDER), types

    with subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        yield finished


def finish(package: Path) -> None:
    """Add the header, format, and refuse what does not compile or names what is not there."""
    for path in sorted(package.rglob("*.py")):
        path.write_text(HEADER + path.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")
    ruff = Path(sys.executable).with_name("ruff.exe" if os.name == "nt" else "ruff")
    if not ruff.exists():
        raise GenerationError(f"ruff is not beside {sys.executable}; install generator/requirements.txt")
    settings = ["--config", str(HERE / "pyproject.toml"), "--no-cache", "--quiet"]
    for command in (["check", "--fix"], ["format"]):
        run = subprocess.run([ruff, *command, *settings, package], capture_output=True, text=True, check=False)
        if run.returncode:
            raise GenerationError(f"what came out is broken:\n{run.stdout}{run.stderr}")
    for path in sorted(package.rglob("*.py")):
        compile(path.read_text(encoding="utf-8"), str(path), "exec")


def generate(document: Path, output: Path) -> None:
    """Write the package into the empty folder `output`."""
    written = YAML(typ="safe").load(document.read_text(encoding="utf-8"))
    if said := lint.findings(written):
        raise GenerationError("the document breaks rules of its generators:\n  " + "\n  ".join(said))
    parsed = facts.as_in_python(written)
    package = output / PACKAGE
    for_client, asked = operations.client_document(parsed)
    with tempfile.TemporaryDirectory() as folder, generate_models(parsed, asked, Path(folder)) as models:
        project = parse_operations(for_client, package)
        source, values = models()
    types = operations.Types(set(parsed["components"]["schemas"]), values)
    write_client(project, {"facts": operations.client_facts(parsed), "types": types})
    made = members.models_in(source)
    for name, text in (
        ("models.py", source),
        ("facts.py", facts.facts_module(parsed, made.classes)),
        ("fields.py", members.fields_module(parsed, made)),
        ("flags.py", members.flags_module(parsed)),
        ("members.py", members.members_module(parsed, made)),
        ("dates.py", members.dates_module(parsed, made)),
        ("shapes.py", shapes.shapes_module(parsed)),
    ):
        head = f'"""{facts.TITLES[name]}"""\n\nfrom __future__ import annotations\n\n'
        (package / name).write_text(head + text, encoding="utf-8")
    finish(package)
    (package / "py.typed").touch()
    (package / "document.json").write_text(
        json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n"
    )


def tree(folder: Path) -> dict[str, str]:
    """Read every generated file by its path below `folder`."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode("utf-8", "backslashreplace")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def difference(there: dict[str, str], wanted: dict[str, str]) -> list[str]:
    """Return how what is there differs from what is wanted, as a unified diff."""
    lines: list[str] = []
    for name in sorted(there.keys() | wanted.keys()):
        if name not in wanted:
            lines.append(f"extra file, not from the document: generated/{name}")
        elif name not in there:
            lines.append(f"missing file: generated/{name}")
        else:
            now, then = there[name].splitlines(keepends=True), wanted[name].splitlines(keepends=True)
            lines += [
                line.rstrip("\n") for line in difflib.unified_diff(now, then, f"generated/{name}", "the document gives")
            ]
    return lines


def main() -> int:
    """Generate or check; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--document", type=Path, default=ROOT / "openapi/superoffice.yaml")
    parser.add_argument("--output", type=Path, default=ROOT / "generated")
    parser.add_argument("--check", action="store_true", help="compare only, and exit 1 where something differs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "generated"
        fresh.mkdir()
        try:
            generate(options.document.resolve(), fresh)
        except GenerationError as error:
            print(error, file=sys.stderr)
            return 1
        if options.check:
            lines = difference(tree(options.output), tree(fresh))
            if lines:
                print("\n".join(lines))
                print(
                    "\ngenerated/ is not what the document gives. Run `nox -s generate` and commit the result.",
                    file=sys.stderr,
                )
                return 1
            print("generated/ is what the document gives.")
            return 0
        if options.output.exists():
            shutil.rmtree(options.output)
        shutil.copytree(fresh, options.output)
        print(f"Wrote {len(tree(options.output))} files to {options.output}.")
        return 0


if __name__ == "__main__":
    raise SystemExit(main())
