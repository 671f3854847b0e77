"""Exports of tickets into files: their formats and compressions. It loads nothing else, for `--help` waits for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, TypeAlias, cast, get_args

from ..errors import ConfigurationError

FormatName: TypeAlias = Literal["parquet", "arrow", "csv", "jsonl"]
"""The formats of an export's file."""
FORMATS: Final[tuple[FormatName, ...]] = get_args(FormatName)
_EXTENSIONS: Final = {f".{name}": name for name in FORMATS} | {".feather": "arrow", ".ndjson": "jsonl"}
_TEXT = ("none", "gzip")
COMPRESSIONS: Final = {
    "parquet": ("zstd", "snappy", "gzip", "lz4", "brotli", "none"),
    "arrow": ("zstd", "lz4", "none"),
    "csv": _TEXT,
    "jsonl": _TEXT,
}  # the first one is the default


def format_of(path: str | None, name: str | None, compression: str | None) -> tuple[FormatName, str]:
    """Return the format and the compression that were named, else those of the path's extension, else the default."""
    lower = (path or "").lower()
    found = _EXTENSIONS.get(Path(lower.removesuffix(".gz")).suffix) if name is None else name
    if found is None:
        known = ", ".join(_EXTENSIONS)
        raise ConfigurationError(
            f"the format of the export is not known; end the file's name in one of {known}, or set format="
        )
    if found not in COMPRESSIONS:
        raise ConfigurationError(f"format={name!r} must be one of {', '.join(FORMATS)}")
    choices, zipped = COMPRESSIONS[found], lower.endswith(".gz")
    if zipped and choices is not _TEXT:
        raise ConfigurationError(
            f"{path} would not be a gzip file: {found} is compressed inside; leave .gz out, and set compression="
        )
    chosen = compression or ("gzip" if zipped else choices[0])
    if chosen not in choices:
        raise ConfigurationError(
            f"compression={compression!r} does not go with {found}; take one of {', '.join(choices)}"
        )
    if zipped and chosen != "gzip":
        raise ConfigurationError(
            f"{path} would not be a gzip file with compression={compression!r}; leave out either of them"
        )
    return cast("FormatName", found), chosen
