"""Plain HTTP calls without the TLS context that httpx makes for each otherwise, which takes longer than the call."""

from __future__ import annotations

import ssl
from functools import partial

import httpx

NO_TLS = ssl.create_default_context()
request = partial(httpx.request, verify=NO_TLS)
get = partial(httpx.get, verify=NO_TLS)
post = partial(httpx.post, verify=NO_TLS)
delete = partial(httpx.delete, verify=NO_TLS)
