"""Draw the picture of the design from the imports of the code, and write the table beside it into its page.

    python -m tools.draw_design [--check]

By hand are only the order of the steps and the modules that each begins with. What those import for themselves, and
which package imports which, is read from the code. `--check` writes nothing, and exits 1 where the files are otherwise.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from grimp import ImportGraph

ROOT: Final = Path(__file__).resolve().parents[1]
PICTURE: Final = ROOT / "docs/understand/pictures/design.svg"
PAGE: Final = ROOT / "docs/understand/design.md"
BEGIN, END = "<!-- drawn by tools/draw_design.py -->", "<!-- end of what is drawn -->"
HOMES: Final = {"superoffice_api": ROOT / "generated"}  # where a package is that is not among the overlays
PACKAGES: Final = {  # from above to below; each may import those below it
    "superoffice_sandbox": ("#a8450c", "a local server that answers as the real one"),
    "superoffice": ("#2f6db5", "what users import, written by hand"),
    "superoffice_api": ("#2b7a4b", "generated from the document"),
    "superoffice_runtime": ("#7a4fa3", "what generated code stands on"),
}
LATE: Final = "superoffice._cli."  # the command line alone may reach up, when it is asked to start a sandbox
START: Final = ("superoffice._tickets", "superoffice._tickets_async")
ASIDE: Final = {"superoffice.stream", "superoffice._export"}  # ways of their own, over the same steps
TOGETHER: Final = "superoffice._call"


@attrs.frozen
class Step:
    """A step on a call's way: what it does, the modules that it begins with, and what it hands on."""

    name: str
    does: str
    begins: tuple[str, ...]
    gives: str


STEPS: Final = (
    Step("ids", "Every id is checked before anything is sent.", ("superoffice._plan",), "ids, each once"),
    Step(
        "plan",
        "Which members to ask for, and which class to read them into.",
        ("superoffice._reader", "superoffice.select", "superoffice.view", "superoffice.partial"),
        "a reader, and 100 ids a call",
    ),
    Step(
        "request",
        "Path, query, headers and body; language, time zone and sign-in.",
        (
            "superoffice_api.api.ticket.get_tickets",
            "superoffice._core",
            "superoffice.locale",
            "superoffice.auth",
            "superoffice.tenant",
        ),
        "one request a call",
    ),
    Step(
        "response",
        "Limits, attempts and renewed sign-in; then the network.",
        (
            "superoffice._exchange",
            "superoffice.retries",
            "superoffice._signin",
            "superoffice._send",
            "superoffice._send_async",
            "superoffice._http",
        ),
        "status, headers, bytes",
    ),
    Step(
        "decode",
        "JSON to typed tickets; what is no ticket, to an error that says so.",
        ("superoffice._decode", "superoffice._answers"),
        "tickets and problems",
    ),
    Step("reconcile", "Tickets are matched to ids by TicketId.", ("superoffice.batch",), "found, missing, unexpected"),
    Step("result", "Frozen, typed values: tickets, parts of them, or your own class.", ("superoffice_api.models",), ""),
)


@attrs.frozen
class Design:
    """What was read from the code.

    Args:
        modules: The modules of each step, those that it begins with first.
        shared: Modules of ours that several steps need.
        arrows: Pairs of packages of which the first imports the second.
        late: Modules that import a package above their own.
    """

    modules: Mapping[str, tuple[str, ...]]
    shared: tuple[str, ...]
    arrows: tuple[tuple[str, str], ...]
    late: tuple[str, ...]


def read() -> Design:
    """Read the imports; those for type checkers alone do not count."""
    from grimp import build_graph

    first, *others = PACKAGES
    graph = build_graph(first, *others, exclude_type_checking_imports=True, cache_dir=None)
    arrows, late = _arrows(graph)
    return _way(graph, arrows, late)


def _arrows(graph: ImportGraph) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    order = list(PACKAGES)
    arrows: set[tuple[str, str]] = set()
    late: set[str] = set()
    for module in graph.modules:
        above = _package(module)
        for imported in graph.find_modules_directly_imported_by(module):
            below = _package(imported)
            if order.index(above) > order.index(below):
                late.add(module)
                if not module.startswith(LATE):
                    raise SystemExit(f"{module} imports {imported}, against the arrows")
            elif above != below:
                arrows.add((above, below))
    return tuple(sorted(arrows, key=lambda pair: (order.index(pair[0]), order.index(pair[1])))), tuple(sorted(late))


def _way(graph: ImportGraph, arrows: tuple[tuple[str, str], ...], late: tuple[str, ...]) -> Design:
    """Find what a call goes through, and put with a step what no other step needs."""
    reached: set[str] = set()
    todo = list(START)
    while todo:
        module = todo.pop()
        if module not in reached and module not in ASIDE:
            reached.add(module)
            todo += graph.find_modules_directly_imported_by(module)
    place = {module: step.name for step in STEPS for module in step.begins}
    if strays := sorted({*place, TOGETHER} - reached):
        raise SystemExit(f"no call goes through {', '.join(strays)}; mend STEPS")
    around = {*START, TOGETHER}
    left = sorted(reached - around - set(place))
    found = True
    while found:
        found = False
        for module in left:
            needed_by = graph.find_modules_that_directly_import(module) & reached - around
            steps = {place.get(one) for one in needed_by}
            if module not in place and len(steps) == 1 and (step := steps.pop()) is not None:
                place[module], found = step, True
    modules = {
        step.name: (*step.begins, *(module for module in left if place.get(module) == step.name)) for step in STEPS
    }
    shared = tuple(module for module in left if module not in place and _package(module) == "superoffice")
    return Design(modules, shared, arrows, late)


def _package(module: str) -> str:
    return module.partition(".")[0]


def _short(module: str) -> str:
    """Name a module without the package, which its colour tells."""
    return module.rpartition(".")[2]


def purpose(module: str) -> str:
    """Give the first sentence that a module says of itself."""
    place = HOMES.get(_package(module), ROOT / "overlays") / module.replace(".", "/")
    path = place.with_suffix(".py") if place.with_suffix(".py").exists() else place / "__init__.py"
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(said.split("\n\n")[0].split())


# The picture. Words stand on colours that are dark enough for white ones; lines and what stands beside them have a tone
# that reads on white and on black. A letter of a monospaced font is three fifths of its size wide.
INK, PLATE = "#7b828c", "#4a5462"
WIDTH, LABEL, GAP, CHIP, TEXT = 640, 196, 8, 24, 12
SANS = "system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif"
MONO = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"


def _words(x: float, y: float, text: str, *, size: int = TEXT, colour: str = "#fff", more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}"{more}>{escape(text)}</text>'


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4" fill="{colour}"/>'


def _line(path: str, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<path d="{path}" fill="none" stroke="{INK}" stroke-width="1.5" marker-end="url(#head)"{dash}/>'


def _wrapped(text: str, letters: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= letters:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _chips(modules: Iterable[str], x: float, y: float) -> tuple[list[str], float]:
    """Draw modules side by side, in as many rows as they need; gives where the last row ends."""
    drawn: list[str] = []
    left = x
    for module in modules:
        width = len(_short(module)) * TEXT * 0.6 + 16
        if left > x and left + width > WIDTH:
            left, y = x, y + CHIP + GAP
        drawn += [
            _box(left, y, width, CHIP, PACKAGES[_package(module)][0]),
            _words(left + 8, y + 16, _short(module), more=f' font-family="{MONO}"'),
        ]
        left += width + GAP
    return drawn, y + CHIP


def _steps(design: Design, top: float) -> tuple[list[str], float]:
    drawn: list[str] = []
    for step in STEPS:
        lines = _wrapped(step.does, 31)
        chips, end = _chips(design.modules[step.name], LABEL + 2 * GAP, top)
        height = max(34 + 15 * len(lines), end - top)
        drawn += [
            _box(0, top, LABEL, height, PLATE),
            _words(10, top + 20, step.name, size=15, more=' font-weight="600"'),
        ]
        drawn += [_words(10, top + 38 + 15 * place, line, size=11) for place, line in enumerate(lines)]
        drawn += chips
        top += height
        if step.gives:
            drawn += [_line(f"M{LABEL / 2:g},{top + 2:g} V{top + 24:g}")]
            drawn += [_words(LABEL / 2 + 12, top + 18, step.gives, size=11, colour=INK)]
            top += 30
    return drawn, top


def _packages(design: Design, top: float) -> tuple[list[str], float]:
    left, width, height, step = 150, 340, 44, 70
    at = {name: top + place * step for place, name in enumerate(PACKAGES)}
    drawn: list[str] = []
    for name, (colour, what) in PACKAGES.items():
        drawn += [
            _box(left, at[name], width, height, colour),
            _words(left + 12, at[name] + 18, name, size=13, more=f' font-family="{MONO}" font-weight="600"'),
            _words(left + 12, at[name] + 35, what, size=11),
        ]
    names = list(PACKAGES)
    edge, lane = left + width, 0
    for above, below in sorted(design.arrows, key=lambda pair: names.index(pair[1]) - names.index(pair[0])):
        if names.index(below) - names.index(above) == 1:
            drawn.append(_line(f"M{left + width / 2:g},{at[above] + height + 2:g} V{at[below] - 4:g}"))
        else:  # around those between, in a lane of its own, the farther the wider
            lane += 1
            start, end = at[above] + height / 2 + 16 - 8 * lane, at[below] + height / 2 + 12 - 8 * lane
            drawn.append(_line(f"M{edge + 2:g},{start:g} H{edge + 22 * lane:g} V{end:g} H{edge + 5:g}"))
    if design.late:
        start, end = at["superoffice"] + height / 2, at["superoffice_sandbox"] + height / 2
        drawn.append(_line(f"M{left - 2:g},{start:g} H{left - 34:g} V{end:g} H{left - 5:g}", dashed=True))
        drawn += [
            _words(left - 42, (start + end) / 2 - 4 + 15 * place, text, size=11, colour=INK, more=' text-anchor="end"')
            for place, text in enumerate(("the command line,", "when it is asked to"))
        ]
    return drawn, at[names[-1]] + height


def described(design: Design) -> str:
    """Say in words what the picture shows."""
    way = "; ".join(f"{step.name}: {', '.join(map(_short, design.modules[step.name]))}" for step in STEPS)
    arrows = "; ".join(
        f"{name} imports {', '.join(below for above, below in design.arrows if above == name) or 'none of the others'}"
        for name in PACKAGES
    )
    late = f"; {', '.join(design.late)} imports superoffice_sandbox late" if design.late else ""
    return f"The way of a call, and the modules of each step. {way}. The packages. {arrows}{late}."


def picture(design: Design) -> str:
    """Draw the picture."""
    heading = ' font-weight="600"'
    way, bottom = _steps(design, 30)
    packages, end = _packages(design, bottom + 62)
    parts: Sequence[str] = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{end + 4:g}"'
        f' viewBox="0 0 {WIDTH} {end + 4:g}" font-family="{SANS}" role="img" aria-labelledby="title desc">',
        '<title id="title">The way of a call, and the packages</title>',
        f'<desc id="desc">{escape(described(design))}</desc>',
        '<defs><marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="6" markerHeight="6"'
        f' orient="auto-start-reverse"><path d="M0,0 L8,4 L0,8 z" fill="{INK}"/></marker></defs>',
        _words(0, 16, "The way of a call", size=14, colour=INK, more=heading),
        _words(LABEL + 2 * GAP, 16, "modules, in the colour of their package", size=11, colour=INK),
        *way,
        _words(0, bottom + 44, "The packages, and what imports what", size=14, colour=INK, more=heading),
        *packages,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def table(design: Design) -> str:
    """Write the same for readers of text: each step, its modules, and what these say of themselves."""
    rows = ["| step | module | what it says of itself |", "|---|---|---|"]
    for step in STEPS:
        for place, module in enumerate(design.modules[step.name]):
            said = purpose(module).replace("|", "\\|")
            rows.append(f"| {'' if place else f'**{step.name}**'} | `{module}` | {said} |")
    shared = ", ".join(f"`{_short(module)}`" for module in design.shared)
    return "\n".join([*rows, "", f"Several steps need these: {shared}.", ""])


def page(design: Design, text: str) -> str:
    """Put the table into the page, in the place of the one before."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{PAGE} has no place for the table, between {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{table(design)}\n{END}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, or check that what is drawn is what the code has; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.draw_design", description="Draw the design from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the files are otherwise")
    check: bool = parser.parse_args(arguments).check
    design = read()
    wanted = {PICTURE: picture(design), PAGE: page(design, PAGE.read_text(encoding="utf-8"))}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} {'is not what the code gives' if check else 'is drawn'}")
        if not check:
            path.write_text(wanted[path], encoding="utf-8")
    if check and stale:
        print("Run python -m tools.draw_design, and look at the picture.")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
