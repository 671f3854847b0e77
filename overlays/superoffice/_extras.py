"""Packages that not everybody needs: asked for where they are used, and named where they are missing."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from .errors import MissingExtraError

_NEEDED = {
    "signin": (("cryptography", "joserfc"), "signing in this way"),
    "keyring": (("keyring",), "storing tokens in the system's keyring"),
    "export": (("arro3",), "a table"),
    "sandbox": (("superoffice_sandbox",), "the sandbox"),
    "spark": (("pyspark", "pyarrow", "pandas"), "Spark"),
}


@contextmanager
def extra(name: str) -> Generator[None]:
    """Raise `MissingExtraError` where an import in the `with` block fails, and name the extra to install."""
    packages, purpose = _NEEDED[name]
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in packages:
            raise
        raise MissingExtraError(f"{purpose} needs its extra: pip install 'superoffice-sdk[{name}]'") from None
