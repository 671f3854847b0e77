"""Judges a client, in whatever language, by what it sent and by what it reported."""

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
    """The verdict on one case, and what differed, in sentences."""

    id: str
    title: str
    verdict: Verdict
    differences: list[str]


class _Run(Struct, kw_only=True):
    """What a client has done of a case."""

    waiting: list[int]
    began: float = 0.0
    requests: int = 0
    wrong: list[str] = field(default_factory=list[str])
    outcome: Outcome | None = None


class Judge:
    """Answers the requests of each case, takes what came of them, and says what differed. Safe from any thread.

    >>> judge = Judge()
    >>> judge.report("request.no-ids", Outcome(tickets=[])).verdict
    'passed'

    Attributes:
        cases: The cases by their ids.
        ended: Set once everything was reported, or the client said that it has finished.
        when_ended: Called at that moment.
    """

    def __init__(self, cases: Sequence[Case] | None = None) -> None:
        self.cases = {case.id: case for case in (load() if cases is None else cases)}
        self.ended = threading.Event()
        self.when_ended: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget what was done, so that every case may be run anew."""
        with self._lock:
            self._runs = {id_: _Run(waiting=[*range(len(case.exchanges))]) for id_, case in self.cases.items()}

    def answer(self, id_: str, sent: Sent) -> Response | None:
        """Take a request of a case, and give the answer to it; None where the case allows no more.

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
            # Calls of a long list may come in any order; like ones, as of repetitions, are answered in the case's.
            place = min(found, key=lambda one: len(found[one]))
            run.wrong += [f"{which}: {said}" for said in found[place]]
            run.waiting.remove(place)
            return case.exchanges[place].response

    def report(self, id_: str, outcome: Outcome) -> Result:
        """Take what a client says came of a case, and give the verdict.

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
        said = [*run.wrong]
        if run.outcome is None and not run.requests:
            verdict: Verdict = "not run"
        else:
            if run.waiting:
                said.append(f"{len(run.waiting)} of {len(case.exchanges)} requests did not come")
            said += ["no outcome was reported"] if run.outcome is None else of_outcome(case.outcome, run.outcome)
            verdict = "failed" if said else "passed"
        return Result(id=case.id, title=case.title, verdict=verdict, differences=said)

    def results(self) -> list[Result]:
        """Give the verdict on every case."""
        with self._lock:
            return [self._result(case) for case in self.cases.values()]

    @property
    def complete(self) -> bool:
        """Whether the outcome of every case was reported."""
        return all(run.outcome is not None for run in self._runs.values())

    def end(self) -> None:
        """Take the judgement as finished."""
        self.ended.set()
        if self.when_ended is not None:
            self.when_ended()
