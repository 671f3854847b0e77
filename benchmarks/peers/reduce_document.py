"""Reduce the document to JSON alone, the only media type that the stock generator's client handles.

python benchmarks/peers/reduce_document.py OUTPUT.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).parents[2] / "generated/superoffice_api/document.json"


def reduce(node: Any) -> Any:
    """Drop every other media type from every `content`, and the extensions."""
    if isinstance(node, dict):
        kept = {key: value for key, value in node.items() if not key.startswith("x-")}
        if isinstance(content := kept.get("content"), dict) and "application/json" in content:
            kept["content"] = {"application/json": content["application/json"]}
        return {key: reduce(value) for key, value in kept.items()}
    return [reduce(value) for value in node] if isinstance(node, list) else node


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(reduce(json.loads(DOCUMENT.read_bytes()))), encoding="utf-8")
