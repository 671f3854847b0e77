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
    settings = Config(KernelManager={"transport": "ipc"})
    NotebookClient(notebook, config=settings, record_timing=False, startup_timeout=600).execute()
    nbformat.write(notebook, target)
