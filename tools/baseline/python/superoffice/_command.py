from __future__ import annotations
import sys

def main() -> None:
    ...
if __name__ == '__main__':
