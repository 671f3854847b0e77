"""Markdown, as the made pages write it."""

from __future__ import annotations

from collections.abc import Iterable

from tools.normalize_openapi import Json


def cell(text: object) -> str:
    r"""Write a text so that it stays in its cell of a table.

    Example:
        >>> cell("one\ntwo | three, `a|b`")
        'one two \\| three, `a|b`'
    """
    parts = " ".join(str(text).split()).split("`")  # every other one is code, where a bar stands for itself
    return "`".join(part if place % 2 else part.replace("|", "\\|") for place, part in enumerate(parts))


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Write a table.

    Example:
        >>> print(table(["Name", "Meaning"], [["`Title`", "Subject line."]]))
        | Name | Meaning |
        |---|---|
        | `Title` | Subject line. |
    """
    listed = list(heads)
    lines = [listed, ["---"] * len(listed)]
    ruled = ["| " + " | ".join(listed) + " |", "|" + "|".join(lines[1]) + "|"]
    return "\n".join([*ruled, *("| " + " | ".join(map(cell, row)) + " |" for row in rows)])


def code(text: object) -> str:
    """Write a short text as code; nothing where there is none."""
    return f"`{text}`" if text not in (None, "") else ""


def fence(text: str, language: str = "text") -> str:
    """Write a block of code."""
    return f"```{language}\n{text.rstrip()}\n```"


def said(part: Json) -> str:
    """Return the words of a part of the document, with those on why it stands there where its page does not have it."""
    evidence = f" *Inferred:* {part['x-evidence']}" if "x-evidence" in part else ""
    return f"{part['description']}{evidence}"
