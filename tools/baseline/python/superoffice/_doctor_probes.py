from __future__ import annotations
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from typing import Any, Final
from ._doctor_ask import NO_SUCH_ID, Answer, Asker, Finding
from ._doctor_dates import empty, probe_empty_dates, probe_form, probe_no_zone, probe_offsets, probe_stamps
from .errors import CallError
from .select import FIELDS
SAMPLE = 20
SIZES = (1, 10, 100, 1000)
WORDS: Final[Mapping[str, Mapping[str, str]]] = {'missing': {'omit': 'are left out', 'null': 'come as nothing in their places', 'default': 'come as an object of defaults'}, 'unselected': {'null': 'come empty', 'omit': 'are left out', 'default': 'come as 0, false and empty text'}, 'duplicates': {'repeat': 'an id asked for twice comes twice', 'once': 'an id asked for twice comes once'}, 'unknown_select': {'ignore': 'are ignored', 'error': 'fail the call'}, 'invalid_ids': {'error': 'fail the call', 'missing': 'count as missing'}, 'no_ids': {'array': 'get an empty list', 'null': 'get nothing', 'error': 'fail the call'}, 'errors_in_200': {'off': 'an error has a status of its own', 'null': '200 with null', 'error': '200 with an error object'}, 'error_shape': {'message': 'Message and MessageDetail', 'typed': 'ErrorType and Message', 'agent': 'ErrorType and ErrorMessage'}}

def probe_missing(asker: Asker) -> Finding:
    ...

def probe_unselected(asker: Asker, whole: Mapping[str, Any]) -> Finding:
    ...

def probe_duplicates(asker: Asker, number: int) -> Finding:
    ...

def probe_order(asker: Asker, ids: list[int]) -> Finding:
    ...

def probe_unknown_select(asker: Asker, number: int) -> Finding:
    ...

def probe_errors(asker: Asker) -> Iterator[Finding]:
    ...

def probe_languages(raw: Answer, asker: Asker, ids: list[int]) -> Finding:
    ...

def probe_sizes(asker: Asker, ids: list[int]) -> Finding:
    ...

def probes(asker: Asker, ids: list[int]) -> Iterator[Finding]:
    ...
