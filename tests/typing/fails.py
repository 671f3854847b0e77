"""What a type checker must refuse: each line is an error, and an ignore that is not needed is one too."""

from __future__ import annotations

import superoffice
import superoffice_api
import superoffice_runtime
import superoffice_sandbox
from superoffice import SuperOffice, Tenant, TicketFields, TicketView, TokenAuth
from superoffice_api.api.ticket import get_tickets
from superoffice_api.models import GetTicketsRequest


def misspelt() -> None:
    from superoffice import Tiket  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnusedImport]
    from superoffice.auth.schemes import BasicAut  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnusedImport]
    from superoffice_api.models import Tiket as Model  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnusedImport]
    from superoffice_runtime import Modle  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnusedImport]
    from superoffice_sandbox import Sandbx  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnusedImport]
    from superoffice_sandbox.conformance import Juge  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnusedImport]
    from superoffice_sandbox.identity import TenantStat  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnusedImport]

    superoffice.Tiket  # type: ignore[attr-defined]  # pyright: ignore
    superoffice_api.Tiket  # type: ignore[attr-defined]  # pyright: ignore
    superoffice_runtime.Modle  # type: ignore[attr-defined]  # pyright: ignore
    superoffice_sandbox.Sandbx  # type: ignore[attr-defined]  # pyright: ignore


class Brief(TicketView):
    title: str


def wrong(client: SuperOffice) -> None:
    client.tickets.get_many([1], select=["Titel"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    client.tickets.get_many([1], select=["title"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    TicketFields.titel  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    client.tickets.get_many([1], select=["Title"])[0].titel  # type: ignore[attr-defined]  # pyright: ignore
    client.tickets.get_many([1], into=Brief)[0].priority  # type: ignore[attr-defined]  # pyright: ignore
    client.tickets.get_many([1], into=dict)  # type: ignore[type-var]  # pyright: ignore
    client.tickets.get_many([1], select=["Title"], into=Brief)  # type: ignore[call-overload]  # pyright: ignore
    client.tickets.get_many([1], selct=["Title"])  # type: ignore[call-overload]  # pyright: ignore
    client.tickets.stream([1], selct=["Title"])  # type: ignore[call-overload]  # pyright: ignore
    client.tickets.export([1], "a.csv", selct=["Title"])  # type: ignore[call-arg]  # pyright: ignore
    # A misspelt option of `client.tickets.raw` is to be an error (call-arg) as soon as its options are typed.
    client.tickets.get("1")  # type: ignore[call-overload]  # pyright: ignore
    client.tickets.get(1).title = "x"  # type: ignore[misc]  # pyright: ignore
    Brief(ticket_id=1)  # type: ignore[call-arg]  # pyright: ignore
    get_tickets.sync(client)  # type: ignore[call-arg]  # pyright: ignore
    get_tickets.sync(client, [439])  # type: ignore[arg-type]  # pyright: ignore
    get_tickets.sync(client, GetTicketsRequest(ticket_ids=["1"]))  # type: ignore[list-item]  # pyright: ignore
    get_tickets.sync(client, GetTicketsRequest(ticket_ids=[1]), tongue="sv")  # type: ignore[call-arg]  # pyright: ignore
    get_tickets.sync(client, GetTicketsRequest(ticket_ids=[1]), accept="image/png")  # type: ignore[arg-type]  # pyright: ignore
    get_tickets.sync(client, GetTicketsRequest(ticket_ids=[1]))[0].titel  # type: ignore[attr-defined]  # pyright: ignore
    client.tickets.raw([1], selct=["Title"])  # type: ignore[call-arg]  # pyright: ignore
    client.tickets.get(1, timeuot=5)  # type: ignore[call-overload]  # pyright: ignore
    client.tickets.export([1], "x.csv", strict=True)  # type: ignore[call-arg]  # pyright: ignore
    SuperOffice.from_env(timeuot=5)  # type: ignore[call-arg]  # pyright: ignore
    SuperOffice("https://crm.example.com", retries=None)  # type: ignore[arg-type]  # pyright: ignore
    SuperOffice.from_env(retries=None)  # type: ignore[arg-type]  # pyright: ignore
    SuperOffice.from_env(timeout="5")  # type: ignore[arg-type]  # pyright: ignore
    Tenant("Cust12345", environment="stage")  # type: ignore[arg-type]  # pyright: ignore
    TokenAuth("8A:x")  # type: ignore[arg-type]  # pyright: ignore
    TokenAuth(lambda: 5)  # type: ignore[arg-type, return-value]  # pyright: ignore
    TokenAuth(lambda: "x", scheme="Basic")  # type: ignore[arg-type]  # pyright: ignore
