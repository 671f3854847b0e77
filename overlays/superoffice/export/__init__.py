"""Exports of tickets into files: their formats and compressions. It loads nothing else, for `--help` waits for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from ..errors import ConfigurationError

FormatName: TypeAlias = Literal["parquet", "arrow", "csv", "jsonl"]
"""The formats of an export's file."""
FORMATS: Final[tuple[FormatName, ...]] = get_args(FormatName)
_BY_NAME: Final[dict[str, FormatName]] = {name: name for name in FORMATS}
_EXTENSIONS: Final[dict[str, FormatName]] = {
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
_TEXT = ("none", "gzip")
COMPRESSIONS: Final = {
    "parquet": ("zstd", "snappy", "gzip", "lz4", "brotli", "none"),
    "arrow": ("zstd", "lz4", "none"),
    "csv": _TEXT,
    "jsonl": _TEXT,
}  # the first one is the default


def format_of(path: str | None, given: str | None) -> FormatName:
    """Return the format that was named, else that of the path's extension."""
    name = (path or "").lower()
    found = _EXTENSIONS.get(Path(name.removesuffix(".gz")).suffix) if given is None else _BY_NAME.get(given)
    if found is None and given is None:
        known = ", ".join(_EXTENSIONS)
        raise ConfigurationError(
            f"the format of the export is not known; end the file's name in one of {known}, or set format= (--format)"
        )
    if found is None:
        raise ConfigurationError(f"format={given!r} must be one of {', '.join(FORMATS)}")
    if name.endswith(".gz") and COMPRESSIONS[found] is not _TEXT:
        raise ConfigurationError(
            f"{path} would not be a gzip file: {found} is compressed inside; leave .gz out, and set compression="
        )
    return found


def compression_of(path: str | None, name: FormatName, given: str | None) -> str:
    """Return the compression that was named, else that of the path's extension, else the format's default."""
    known, zipped = COMPRESSIONS[name], (path or "").lower().endswith(".gz")
    if given is None:
        return "gzip" if zipped else known[0]
    if given not in known:
        raise ConfigurationError(f"compression={given!r} does not go with {name}; take one of {', '.join(known)}")
    if zipped and given != "gzip":
        raise ConfigurationError(
            f"{path} would not be a gzip file with compression={given!r}; leave out either of them"
        )
    return given
