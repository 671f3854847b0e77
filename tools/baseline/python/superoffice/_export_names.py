from __future__ import annotations
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args
from .errors import ConfigurationError
FormatName: TypeAlias = Literal['parquet', 'arrow', 'csv', 'jsonl']
NAMES: Final[tuple[FormatName, ...]] = get_args(FormatName)
COMPRESSIONS: Final = {'parquet': ('zstd', 'snappy', 'gzip', 'lz4', 'brotli', 'none'), 'arrow': ('zstd', 'lz4', 'none'), 'csv': _TEXT, 'jsonl': _TEXT}

def format_name(path: str | None, given: str | None) -> FormatName:
    ...

def compression_name(path: str | None, name: FormatName, given: str | None) -> str:
    ...
