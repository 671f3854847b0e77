"""Make a package from OpenAPI documents, our own or published ones, or compare what is there with what they give.

    python generator/generate.py [--document FILE ...] [--package NAME] [--output DIR] [--strict] [--check]

Runs in an environment of exactly generator/requirements.txt. What of a published document cannot be generated is skipped,
and told; with `--strict`, as for our own, nothing is written then. `--check` writes nothing, prints a diff, and exits 1
where there is one.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import io
import json
import keyword
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError

import facts
import lint
import members
import models
import normalize
import operations
import published
import shapes
import uses

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OURS = ROOT / "openapi/superoffice.yaml"
PACKAGE = "superoffice_api"
GENERATED = "# Generated from "


def parse_operations(document: facts.Json, target: Path) -> Project:
    """Return what openapi-python-client reads of the operations, for our templates; raise GenerationError if it refuses."""
    settings = ConfigFile(package_name_override=target.name, post_hooks=[])  # all is formatted at once, in the end
    config = Config.from_sources(settings, MetaType.NONE, HERE, "utf-8", True, output_path=target)
    parsed = GeneratorData.from_dict(document, config=config)
    if isinstance(parsed, GeneratorError):
        raise facts.GenerationError(f"openapi-python-client refuses the document:\n{parsed.detail}")
    parsed.models, parsed.enums = [], []  # those are the model generator's
    return Project(openapi=parsed, config=config, custom_template_path=HERE / "templates/client")


def write_client(project: Project, told: dict[str, Any]) -> None:
    """Write the package of openapi-python-client; raise GenerationError if it warns."""
    project.env.globals |= told
    with contextlib.redirect_stdout(io.StringIO()):
        said = project.build()
    if said:
        lines = [" ".join(f"{error.header} {error.detail or ''}".split()) for error in said]
        raise facts.GenerationError("openapi-python-client warned:\n  " + "\n  ".join(lines))
    shutil.rmtree(project.package_dir / "models")
    (project.package_dir / "types.py").unlink()


def finish(package: Path, header: str) -> None:
    """Add the header, format, and refuse what does not compile or names what is not there."""
    for path in sorted(package.rglob("*.py")):
        path.write_text(header + path.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")
    ruff = Path(sys.executable).with_name("ruff.exe" if os.name == "nt" else "ruff")
    if not ruff.exists():
        raise facts.GenerationError(f"ruff is not beside {sys.executable}; install generator/requirements.txt")
    settings = ["--config", str(HERE / "pyproject.toml"), "--no-cache", "--quiet"]
    for command in (["check", "--fix"], ["format"]):
        run = subprocess.run([ruff, *command, *settings, package], capture_output=True, text=True, check=False)
        if run.returncode:
            raise facts.GenerationError(f"what came out is broken:\n{run.stdout}{run.stderr}")
    for path in sorted(package.rglob("*.py")):
        compile(path.read_text(encoding="utf-8"), str(path), "exec")


def load(files: list[Path]) -> tuple[facts.Json, list[str], str]:
    """Return one document by our rules, what of it is left out, and what to say at the head of generated files."""
    documents = {file.name: published.read(file) for file in files}
    ours = published.read(OURS)
    if files == [OURS]:
        if said := lint.findings(ours):
            raise facts.GenerationError("the document breaks rules of its generators:\n  " + "\n  ".join(said))
        return (
            ours,
            [],
            f"{GENERATED}openapi/superoffice.yaml. Do not edit: change the document and run `nox -s generate`.\n",
        )
    maker = normalize.Normalizer({name: published.upgraded(each) for name, each in documents.items()}, ours)
    document = maker.document()
    normalize.without_xml(document)
    said = maker.skipped + lint.sift(document)
    if not document["paths"]:
        why = ":" if said else ", since it has no operations"
        raise facts.GenerationError("\n".join([f"nothing of it can be generated{why}", *said]))
    of = ", ".join(sorted(documents)) if len(documents) < 4 else f"{min(documents)} and {len(documents) - 1} others"
    return document, said, f"{GENERATED}{of}. Do not edit: generate it again.\n"


def generate(document: facts.Json, package: Path, header: str) -> None:
    """Write a package into a folder that is not there yet."""
    parsed = facts.as_in_python(document)
    for_client, asked = operations.client_document(parsed)
    with tempfile.TemporaryDirectory() as folder, models.generated(parsed, asked, Path(folder)) as made_models:
        project = parse_operations(for_client, package)
        source, values = made_models()
    types = operations.Types(set(parsed["components"]["schemas"]), values)
    write_client(project, {"facts": operations.client_facts(parsed), "types": types})
    made = models.models_in(source)
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
    finish(package, header)
    (package / "py.typed").touch()
    (package / "document.json").write_text(
        json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n"
    )


def tree(folder: Path) -> dict[str, str]:
    """Read every generated file by its path below `folder`."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode("utf-8", "backslashreplace")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def difference(there: dict[str, str], wanted: dict[str, str], where: str) -> list[str]:
    """Return how what is there differs from what is wanted, as a unified diff."""
    lines: list[str] = []
    for name in sorted(there.keys() | wanted.keys()):
        if name not in wanted:
            lines.append(f"extra file, not from the document: {where}/{name}")
        elif name not in there:
            lines.append(f"missing file: {where}/{name}")
        else:
            now, then = there[name].splitlines(keepends=True), wanted[name].splitlines(keepends=True)
            lines += [
                line.rstrip("\n") for line in difflib.unified_diff(now, then, f"{where}/{name}", "the document gives")
            ]
    return lines


def options_given() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--document", type=Path, nargs="+", default=[OURS], metavar="FILE", help="one or several")
    parser.add_argument("--package", default=PACKAGE, help="the name to import it by")
    parser.add_argument("--output", type=Path, default=ROOT / "generated", help="the folder to put the package in")
    parser.add_argument("--strict", action="store_true", help="write nothing where something cannot be generated")
    parser.add_argument("--check", action="store_true", help="compare only, and exit 1 where something differs")
    return parser.parse_args()


def run(options: argparse.Namespace) -> int:
    """Generate or check; returns the exit status."""
    if not options.package.isidentifier() or keyword.iskeyword(options.package):
        raise facts.GenerationError(
            f"--package {options.package} is not a name of Python's; write letters, digits and _"
        )
    files, target = [file.resolve() for file in options.document], options.output / options.package
    if files != [OURS] and target.resolve() == ROOT / "generated" / PACKAGE:
        raise facts.GenerationError("this would replace our own package; give --package and --output")
    if (init := target / "__init__.py").exists() and not init.read_text(encoding="utf-8").startswith(GENERATED):
        raise facts.GenerationError(f"{target} is not a generated package; give another --package or --output")
    document, skipped, header = load(files)
    for each in skipped:
        print(f"skipped {each}", file=sys.stderr)
    if skipped and options.strict:
        raise facts.GenerationError(f"{len(skipped)} operations cannot be generated, and --strict allows none")
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / options.package
        generate(document, fresh, header)
        where = f"{options.output.name}/{options.package}"
        if options.check:
            if lines := difference(tree(target), tree(fresh), where):
                print("\n".join(lines))
                again = "Run `nox -s generate` and commit the result."
                print(f"\n{options.output.name}/ is not what the document gives. {again}", file=sys.stderr)
                return 1
            print(f"{options.output.name}/ is what the document gives.")
            return 0
        lost = list(uses.gone(fresh, document, ROOT)) if files == [OURS] else []
        if target.exists():
            shutil.rmtree(target)
        shutil.copytree(fresh, target)
    print(f"Wrote {len(tree(target))} files to {target}: {sum(1 for _ in facts.operations(document))} operations.")
    for each in lost:
        print(f"{each}; change it there", file=sys.stderr)
    return 1 if lost else 0


def main() -> int:
    """Run, and tell what is wrong without a traceback."""
    try:
        return run(options_given())
    except facts.GenerationError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
