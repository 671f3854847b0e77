"""Errors, in each of the shapes that public documentation shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from .behaviour import ErrorShape


@attrs.define(eq=False)
class RefusedError(Exception):
    """A request that gets an error response. `agent`: the agent raised it, and may respond with status 200."""

    status: int
    message: str
    detail: str
    agent: bool = False
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])

    def body(self, shape: ErrorShape) -> dict[str, Any]:
        """Return the body in a shape.

        >>> RefusedError(404, "No HTTP resource was found.", "There is no such path.").body("message")
        {'Message': 'No HTTP resource was found.', 'MessageDetail': 'There is no such path.'}
        """
        if shape == "message":
            return {"Message": self.message, "MessageDetail": self.detail}
        kind = "System.ArgumentException" if self.status == 400 else "System.InvalidOperationException"
        text = "Message" if shape == "typed" else "ErrorMessage"
        return {"Error": True, "ErrorType": kind, text: f"{self.message} {self.detail}", "ErrorSource": "Sandbox"}


def invalid(detail: str) -> RefusedError:
    """Make the error of a request that the agent cannot read."""
    return RefusedError(400, "The request is invalid.", detail, agent=True)
