from __future__ import annotations
from collections.abc import Sequence
from pathlib import Path
import attrs
from ._export_names import FormatName
__all__ = ['ExportProgress', 'ExportResult', 'FormatName']

@attrs.frozen(kw_only=True)
class ExportProgress:
    total: int | None = None
    asked: int = 0
    resumed: int = 0
    tickets: int = 0
    missing: int = 0
    problems: int = 0
    retries: int = 0
    slow: int = 0

@attrs.frozen(kw_only=True)
class ExportResult:
    path: Path | None
    tickets: int
    missing: Sequence[int] = attrs.field(repr=lambda ids: f'<{len(ids)} ids>')
    missing_path: Path | None
    problems: int
    problems_path: Path | None
    repeated: int
    retries: int
    slow: int
    seconds: float
    size: int
    resumed: int
    finished_before: bool
