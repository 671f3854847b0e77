"""What a running sandbox and an in-process one have in common: tickets, faults, recorded requests."""

from __future__ import annotations

import random
import secrets
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from superoffice_api.models import Ticket

from .behaviour import Behaviour
from .clock import Clock
from .credentials import Credentials
from .faults import Fault, Faults, Kind
from .identity import Identity
from .record import Requests
from .seed import plausible
from .store import FIELDS, Store

if TYPE_CHECKING:
    from .conformance import Judge

_NAMES = {field.name: field.encode_name for field in msgspec.structs.fields(Ticket)} | {name: name for name in FIELDS}


class Core:
    """A sandbox's insides. `behaviour` may be replaced while it runs; `identity` is the other side of sign-in."""

    def __init__(self, store: Store, behaviour: Behaviour, credentials: Credentials, *, record_secrets: bool) -> None:
        self.store = store
        self.behaviour = behaviour
        self.credentials = credentials
        self.identity = Identity(credentials)
        self.faults = Faults()
        self.requests = Requests(secrets=record_secrets)
        self.admin_token = secrets.token_urlsafe(16)

    @property
    def user(self) -> str:
        """The user of the contract page's sample request."""
        return self.credentials.user

    @property
    def password(self) -> str:
        """That user's password."""
        return self.credentials.password

    @property
    def clock(self) -> Clock:
        """By which what `identity` issued expires; `clock.forward(hours=7)` moves it."""
        return self.identity.clock

    @cached_property
    def conformance(self) -> Judge:
        """The judge of clients in any language, from `/conformance/cases` on."""
        from .conformance import Judge

        return Judge()

    def add(self, ticket: Ticket | None = None, /, **members: Any) -> Ticket:
        """Store a ticket: a given one as it is, or a plausible one with these members; and give it back.

        Members go by the names of `Ticket`'s attributes or of the wire. Without `ticket_id` it gets a free one.

        >>> from superoffice_sandbox import create_app
        >>> app = create_app(tickets=0)
        >>> app.add(title="Late", owned_by=1).title
        'Late'
        >>> app.close()

        Raises:
            TypeError: A name is no member of a ticket, or a value has another type than the member.
        """
        if ticket is None:
            ticket = self._make(members)
        elif members:
            raise TypeError("give a ticket or its members, not both")
        self.store.add([msgspec.to_builtins(ticket)])
        return ticket

    def _make(self, members: dict[str, Any]) -> Ticket:
        named: dict[str, Any] = {}
        for name, value in members.items():
            if name not in _NAMES:
                near = get_close_matches(name, _NAMES, n=1)
                raise TypeError(f"a ticket has no {name}" + (f"; did you mean {near[0]}?" if near else ""))
            named[_NAMES[name]] = value
        number = named.setdefault("TicketId", self.store.next_id())
        made = plausible(number, random.Random(number)) | msgspec.to_builtins(named)  # noqa: S311 - sample data
        try:
            return msgspec.convert(made, Ticket)
        except msgspec.ValidationError as error:
            raise TypeError(str(error)) from None

    def fault(self, kind: Kind | None = None, **members: Any) -> None:
        """Let the next calls fail, as `Fault` says: `fault("cut")`, `fault(status=429, times=2, retry_after=1)`.

        Raises:
            ValueError: No such fault, or a member out of its range.
        """
        self.faults.add(Fault(kind=kind or "status", **members))

    def close(self) -> None:
        """Close the database."""
        self.store.close()
