"""Judges a client in any language by what it sent and what it reported."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct, field

from .case import Case, Outcome, Response, load
from .compare import Sent, of_outcome, of_request

Verdict = Literal["passed", "failed", "not run"]


class Result(Struct, frozen=True, kw_only=True):
    """The verdict on one case, and the differences, in sentences."""

    id: str
    title: str
    verdict: Verdict
    differences: list[str]


class _Run(Struct, kw_only=True):
    """What a client has sent and reported of a case."""

    waiting: list[int]
    began: float = 0.0
    requests: int = 0
    wrong: list[str] = field(default_factory=list[str])
    outcome: Outcome | None = None


class Judge:
    """Responds to the requests of each case, takes the outcomes, and finds the differences. Safe from any thread.

    >>> judge = Judge()
    >>> judge.report("request.no-ids", Outcome(tickets=[])).verdict
    'passed'

    Attributes:
        cases: The cases by their ids.
        ended: Set when every case was reported, or the client has finished.
        when_ended: Called at that moment.
    """

    def __init__(self, cases: Sequence[Case] | None = None) -> None:
        self.cases = {case.id: case for case in (load() if cases is None else cases)}
        self.ended = threading.Event()
        self.when_ended: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget all runs, so that every case may be run again."""
        with self._lock:
            self._runs = {id_: _Run(waiting=[*range(len(case.exchanges))]) for id_, case in self.cases.items()}

    def respond(self, id_: str, sent: Sent) -> Response | None:
        """Take a request of a case, and return the response to it; None if the case allows no more.

        Raises:
            KeyError: There is no such case.
        """
        case = self.cases[id_]
        with self._lock:
            run = self._runs[id_]
            now = time.monotonic()
            run.began = run.began or now
            run.requests += 1
            which = f"request {run.requests}"
            if run.outcome is not None:
                run.wrong.append(f"{which} came after the outcome had been reported")
                return None
            if not run.waiting:
                run.wrong.append(f"{which} came, and the case allows {len(case.exchanges) or 'none'}")
                return None
            early = case.exchanges[run.requests - 1].not_before - (now - run.began)
            if early > 0:
                run.wrong.append(f"{which} came {early:.1f} s too early")
            found = {place: list(of_request(case.exchanges[place].request, sent)) for place in run.waiting}
            # Requests of a long list may come in any order; equal ones, as of retries, get the responses in order.
            place = min(found, key=lambda one: len(found[one]))
            run.wrong += [f"{which}: {difference}" for difference in found[place]]
            run.waiting.remove(place)
            return case.exchanges[place].response

    def report(self, id_: str, outcome: Outcome) -> Result:
        """Take the outcome of a case that a client reports, and return the verdict.

        Raises:
            KeyError: There is no such case.
            ValueError: Its outcome was reported before.
        """
        case = self.cases[id_]
        with self._lock:
            if self._runs[id_].outcome is not None:
                raise ValueError(f"the outcome of {id_} was reported before")
            self._runs[id_].outcome = outcome
            return self._result(case)

    def _result(self, case: Case) -> Result:
        run = self._runs[case.id]
        differences = [*run.wrong]
        if run.outcome is None and not run.requests:
            verdict: Verdict = "not run"
        else:
            if run.waiting:
                differences.append(f"{len(run.waiting)} of {len(case.exchanges)} requests did not come")
            differences += ["no outcome was reported"] if run.outcome is None else of_outcome(case.outcome, run.outcome)
            verdict = "failed" if differences else "passed"
        return Result(id=case.id, title=case.title, verdict=verdict, differences=differences)

    def results(self) -> list[Result]:
        """Return the verdict on every case."""
        with self._lock:
            return [self._result(case) for case in self.cases.values()]

    @property
    def complete(self) -> bool:
        """True if the outcome of every case was reported."""
        return all(run.outcome is not None for run in self._runs.values())

    def end(self) -> None:
        """Finish the judgement."""
        self.ended.set()
        if self.when_ended is not None:
            self.when_ended()
