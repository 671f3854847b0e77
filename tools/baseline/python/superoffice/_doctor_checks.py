from __future__ import annotations
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass
from superoffice_api.api.ticket.get_tickets import get_tickets
from superoffice_runtime import Request
from ._core import Core
from ._doctor_ask import NO_SUCH_ID, Answer, Asker, Finding
from ._http import tls_context
from ._send import SyncSender
from ._signin import SignIn
from ._site import is_loopback
from .errors import CallError, SignInError, TenantError

def check_address(core: Core, sender: SyncSender) -> tuple[Finding, str]:
    ...

def proxy_for(site: str) -> str | None:
    ...

def check_host(site: str) -> Finding:
    ...

def check_tls(site: str) -> Finding:
    ...

def check_clock(answer: Answer) -> Finding:
    ...

def check_sign_in(core: Core, asker: Asker, ids: list[int]) -> tuple[Finding, Answer | None]:
    ...

def check_time(answer: Answer) -> Finding:
    ...
