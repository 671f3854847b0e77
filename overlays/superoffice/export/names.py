"""What the forms of an export are called, and how each may be compressed; loads nothing, for `--help` waits for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from ..errors import ConfigurationError

FormatName: TypeAlias = Literal["parquet", "arrow", "csv", "jsonl"]
"""The forms of an export's file."""
NAMES: Final[tuple[FormatName, ...]] = get_args(FormatName)
_NAMED: Final[dict[str, FormatName]] = {name: name for name in NAMES}
_ENDINGS: Final[dict[str, FormatName]] = {
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
}  # the first one is used where none is named


def format_name(path: str | None, given: str | None) -> FormatName:
    """Find the form by its name, else by the path's ending."""
    name = (path or "").lower()
    form = _ENDINGS.get(Path(name.removesuffix(".gz")).suffix) if given is None else _NAMED.get(given)
    if form is None and given is None:
        known = ", ".join(_ENDINGS)
        raise ConfigurationError(
            f"what form shall the export have? End its name in one of {known}, or name one with format= (--format)"
        )
    if form is None:
        raise ConfigurationError(f"format={given!r} is none of {', '.join(NAMES)}")
    if name.endswith(".gz") and COMPRESSIONS[form] is not _TEXT:
        raise ConfigurationError(
            f"{path} would be no gzip file: {form} is compressed inside; leave .gz out, compression= says how"
        )
    return form


def compression_name(path: str | None, name: FormatName, given: str | None) -> str:
    """Find the compression by its name, else by the path's ending, else the form's usual one."""
    known, zipped = COMPRESSIONS[name], (path or "").lower().endswith(".gz")
    if given is None:
        return "gzip" if zipped else known[0]
    if given not in known:
        raise ConfigurationError(f"compression={given!r} does not go with {name}; take one of {', '.join(known)}")
    if zipped and given != "gzip":
        raise ConfigurationError(f"{path} would be no gzip file with compression={given!r}; leave out either of them")
    return given
