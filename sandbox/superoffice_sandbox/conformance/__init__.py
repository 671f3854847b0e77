"""Conformance: cases of the rules that a client in any language follows, and a judge of whether it does.

A running sandbox has a judge, `box.conformance`, which other languages reach below `/conformance`:

with superoffice_sandbox.start() as box:
    run(box.site + "/conformance/cases")
    wrong = [result for result in box.conformance.results() if result.verdict != "passed"]
"""

from __future__ import annotations

from .case import TOPICS, Case, Error, Exchange, Outcome, Problem, Request, Response, load
from .compare import Sent
from .judge import Judge, Result

__all__ = [
    "TOPICS",
    "Case",
    "Error",
    "Exchange",
    "Judge",
    "Outcome",
    "Problem",
    "Request",
    "Response",
    "Result",
    "Sent",
    "load",
]
