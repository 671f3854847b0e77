"""What the tests of exports share."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from superoffice import ExportProgress, ExportResult

IDS = [*range(50, 0, -1), 439, 77_777, 3, 439]  # 77777 is missing, 3 and 439 are repeated
SELECT = ["Title", "CreatedAt", "OwnedByName", "TimeToReply", "TableRight"]
ASKED: dict[str, Any] = {"select": ["Title"]}
ROWS = 40
Exports = Callable[..., ExportResult]


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def outcome(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


class Stop(Exception):
    """Stops an export."""


def stops_at(asked: int) -> Callable[[ExportProgress], None]:
    def stop(progress: ExportProgress) -> None:
        if progress.asked >= asked:
            raise Stop

    return stop


class Foreign(list[int]):
    """A column of a table that can be iterated over as well."""

    def __arrow_c_array__(self, requested_schema: object | None = None, /) -> tuple[object, object]:
        raise NotImplementedError("no such type")
