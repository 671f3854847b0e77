"""Runs a case with our own clients, and says what came of it: what every SDK writes once to be judged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, get_type_hints

import msgspec

from superoffice import (
    APIError,
    APIStatusError,
    AsyncSuperOffice,
    BasicAuth,
    BearerAuth,
    Locale,
    NotSelectedError,
    RawField,
    RetryPolicy,
    SoTicketAuth,
    SuperOffice,
    SuperOfficeError,
    TicketBatch,
    TicketDecodeError,
    TicketView,
    XsrfAuth,
)
from superoffice.errors import InvalidResponseError
from superoffice.views import View
from superoffice_api.flags import FieldRights, TableRights
from superoffice_api.models import Ticket
from superoffice_runtime import OpenStrEnum

WIRES = dict(zip(Ticket.__struct_encode_fields__, Ticket.__struct_fields__, strict=True))


def run(case: Mapping[str, Any]) -> dict[str, Any]:
    """Run a case with the client that blocks."""
    try:
        with SuperOffice(case["site"], **settings(case["client"])) as client:
            call = options(case["call"])
            if "id" in case["call"]:
                return outcome([client.tickets.get(case["call"]["id"], **call)], case["report"])
            return outcome(client.tickets.get_many(case["call"]["ids"], **call), case["report"])
    except SuperOfficeError as error:
        return failure(error, case["report"])


async def run_async(case: Mapping[str, Any]) -> dict[str, Any]:
    """Run a case with the client that does not."""
    try:
        async with AsyncSuperOffice(case["site"], **settings(case["client"])) as client:
            call = options(case["call"])
            if "id" in case["call"]:
                return outcome([await client.tickets.get(case["call"]["id"], **call)], case["report"])
            return outcome(await client.tickets.get_many(case["call"]["ids"], **call), case["report"])
    except SuperOfficeError as error:
        return failure(error, case["report"])


def settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Take a case's settings as the client's own."""
    known = ("app_token", "timeout", "batch_size", "calls_per_second", "max_response_bytes")
    made: dict[str, Any] = {name: given[name] for name in known if name in given}
    for name, value in given.get("auth", {}).items():
        kinds = {"so_ticket": SoTicketAuth, "bearer": BearerAuth}
        made["auth"] = kinds[name](value) if name in kinds else (BasicAuth if name == "basic" else XsrfAuth)(**value)
    if "locale" in given:
        made["locale"] = Locale(**given["locale"])
    names = {"retries": "retries", "first_wait": "base", "longest_retry_after": "max_retry_after"}
    if retries := {names[name]: given[name] for name in names if name in given}:
        made["retries"] = RetryPolicy(**retries)
    return made


def options(call: Mapping[str, Any]) -> dict[str, Any]:
    """Take a case's call as the options of ours."""
    made: dict[str, Any] = {name: call[name] for name in ("headers", "strict") if name in call}
    if "locale" in call:
        made["locale"] = Locale(**call["locale"])
    if "select" in call:
        made["select"] = [item if isinstance(item, str) else RawField(item["raw"]) for item in call["select"]]
    if "project" in call:
        made["into"] = view(TicketView, Ticket, call["project"])
    return made


def view(base: Any, whole: Any, members: Mapping[str, str]) -> Any:
    """Make the class that somebody would have written for a projection."""
    attributes = dict(zip(whole.__struct_encode_fields__, whole.__struct_fields__, strict=True))
    hints, annotations = get_type_hints(whole), dict[str, Any]()
    nested: dict[str, dict[str, str]] = {}
    for path, need in members.items():
        head, _, rest = path.partition("/")
        attribute = attributes.get(head, head)
        kind = hints.get(attribute, Any)
        if rest:
            nested.setdefault(head, {})[rest] = need
            kind = view(View, inner(kind), nested[head]) | None
        elif need == "required":
            (kind,) = (one for one in getattr(kind, "__args__", (kind,)) if one is not type(None))
        annotations[attribute] = kind
    return type(base)("Projected", (base,), {"__annotations__": annotations, "__module__": __name__})


def inner(kind: Any) -> Any:
    return next(one for one in kind.__args__ if isinstance(one, type) and issubclass(one, msgspec.Struct))


def outcome(tickets: Any, report: list[str]) -> dict[str, Any]:
    """Report what came."""
    made: dict[str, Any] = {"tickets": [{path: value(ticket, path) for path in report} for ticket in tickets]}
    if isinstance(tickets, TicketBatch):
        made["missing"] = list(tickets.missing)
        made["unexpected"] = [ticket.ticket_id for ticket in tickets.unexpected]
        made["problems"] = problems(tickets.problems)
    return made


def problems(found: Any) -> list[dict[str, Any]]:
    return [{"ticket": one.ticket_id, "member": one.member, "position": one.position} for one in found]


def failure(error: SuperOfficeError, report: list[str]) -> dict[str, Any]:
    """Report how the call failed; the kinds are our errors' names without the last word."""
    told: dict[str, Any] = {"kind": kind(type(error))}
    if isinstance(error, APIError):
        told |= {"status": error.status, "ids": list(error.ids), "attempts": error.attempts}
    if isinstance(error, APIStatusError | InvalidResponseError):
        told |= {"message": error.server_message, "type": error.error_type, "source": error.error_source}
        told["retry_after"] = getattr(error, "retry_after", None)
    made: dict[str, Any] = {"error": told}
    if isinstance(error, TicketDecodeError):
        made |= {**outcome(error.batch, report), "problems": problems(error.problems)}
    return made


def kind(error: type[SuperOfficeError]) -> str:
    """Name an error's kind: the class's name, but where another word serves every language better."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", error.__name__.removesuffix("Error").removeprefix("API")).lower()


def value(ticket: Any, path: str) -> Any:
    """Read a member of a ticket, by the path it has on the wire."""
    here = ticket
    try:
        for step in path.split("/"):
            if here is None:
                return None
            if isinstance(here, dict):
                here = here.get(step)
            elif step not in here.__struct_encode_fields__ and step not in WIRES and not hasattr(here, step.lower()):
                here = here[step]
            else:
                named = dict(zip(here.__struct_encode_fields__, here.__struct_fields__, strict=True))
                here = getattr(here, named.get(step, WIRES.get(step, step.lower())))
    except NotSelectedError:
        return {"not_selected": True}
    if path.endswith("/Mask") and here is not None:
        return mask(here, TableRights if path.startswith("TableRight/") else FieldRights)
    if isinstance(here, OpenStrEnum):
        return {"value": str(here), "known": here.is_known}
    if isinstance(here, datetime):
        return here.isoformat() if here.tzinfo is None else here.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return here


def mask(text: str, flags: Any) -> dict[str, Any]:
    found = flags.parse(text)
    first: dict[int, str] = {}
    for name, bit in flags.wire_names().items():
        first.setdefault(bit, name)
    return {"rights": [first[flag.value] for flag in found.flags], "unknown": list(found.unknown)}
