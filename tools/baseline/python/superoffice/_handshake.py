from __future__ import annotations
from typing import Any

class SafeNetwork:

    def __init__(self, inner: Any) -> None:
        ...

    async def connect_tcp(self, *args: Any, **options: Any) -> _Stream:
        ...

class _Stream:

    def __init__(self, inner: Any) -> None:
        ...

    async def start_tls(self, *args: Any, **options: Any) -> _Stream:
        ...

    def __getattr__(self, name: str) -> Any:
        ...
