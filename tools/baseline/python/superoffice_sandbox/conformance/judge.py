from __future__ import annotations
import threading
import time
from collections.abc import Callable, Sequence
from typing import Literal
from msgspec import Struct, field
from .case import Case, Outcome, Response, load
from .compare import Sent, of_outcome, of_request
Verdict = Literal['passed', 'failed', 'not run']

class Result(Struct, frozen=True, kw_only=True):
    id: str
    title: str
    verdict: Verdict
    differences: list[str]

class _Run(Struct, kw_only=True):
    waiting: list[int]
    began: float = 0.0
    requests: int = 0
    wrong: list[str] = field(default_factory=list[str])
    outcome: Outcome | None = None

class Judge:

    def __init__(self, cases: Sequence[Case] | None=None) -> None:
        self.cases = ...
        self.ended = ...
        self.when_ended: Callable[[], None] | None = ...
        ...

    def clear(self) -> None:
        ...

    def answer(self, id_: str, sent: Sent) -> Response | None:
        ...

    def report(self, id_: str, outcome: Outcome) -> Result:
        ...

    def results(self) -> list[Result]:
        ...

    @property
    def complete(self) -> bool:
        ...

    def end(self) -> None:
        ...
