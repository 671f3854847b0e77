"""Execute a notebook into another file, `execute.py FROM TO`, in a process of its own, as Jupyter leaves warnings."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    notebook = nbformat.read(source, as_version=4)
    # Over sockets in the file system: of TCP it chooses ports beforehand, which another process may have taken by then.
    client = NotebookClient(notebook, config=Config(KernelManager={"transport": "ipc"}), record_timing=False)
    client.execute()
    nbformat.write(notebook, target)
