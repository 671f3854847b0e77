from __future__ import annotations
import sys
STOPPED = 130

def main() -> None:
    ...
