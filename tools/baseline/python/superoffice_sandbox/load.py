from __future__ import annotations
import csv
import json
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast
from superoffice_runtime.fields import Field
from .store import FIELDS, Row, Store

class LoadError(Exception):
    ...

def load(file: Path, store: Store) -> int:
    ...
