"""Somebody with a browser, who signs in where it leads; as a program: `person.py USER PASSWORD CHOICE ADDRESS`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode, urlsplit


def ask(address: str, form: dict[str, str] | None = None) -> HTTPResponse:
    """Ask as a browser does; httpx would log the address."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=60)
    kind = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        connection.request(
            "GET" if form is None else "POST", f"{parts.path}?{parts.query}", urlencode(form or {}), kind
        )
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


class Person:
    """Signs in, or says no, and follows where that leads, which a test may change."""

    def __init__(self, user: str, password: str, choice: str = "allow", change: Callable[[str], str] = str) -> None:
        self._form = {"user": user, "password": password, "choice": choice}
        self._change = change
        self.asked = self.back = ""
        self.status: list[int] = []

    def __call__(self, address: str) -> None:
        self.asked = address
        self.back = self._change(str(ask(address, self._form).headers["Location"]))
        self.visit(self.back)

    def visit(self, address: str) -> None:
        self.status.append(ask(address).status)


if __name__ == "__main__":
    Person(*sys.argv[1:4])(sys.argv[4])
