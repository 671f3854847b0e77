from __future__ import annotations
from .case import TOPICS, Case, Error, Exchange, Outcome, Problem, Request, Response, load
from .compare import Sent
from .judge import Judge, Result
__all__ = ['TOPICS', 'Case', 'Error', 'Exchange', 'Judge', 'Outcome', 'Problem', 'Request', 'Response', 'Result', 'Sent', 'load']
