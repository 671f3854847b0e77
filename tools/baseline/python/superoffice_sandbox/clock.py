from __future__ import annotations
import threading
import time
from typing import Final

class Clock:

    def __init__(self) -> None:
        ...

    def now(self) -> float:
        ...

    def shown(self) -> float:
        ...

    def forward(self, *, days: float=0, hours: float=0, minutes: float=0, seconds: float=0) -> None:
        ...

    def skew(self, *, hours: float=0, minutes: float=0, seconds: float=0) -> None:
        ...
