"""The state of a sandbox, running or in process: tickets, behaviour, faults, recorded requests."""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import msgspec

from superoffice_api import models
from superoffice_api.flags import FieldRights, TableRights
from superoffice_api.models import Ticket
from superoffice_runtime import OpenStrEnum
from superoffice_runtime.fields import Field

from .behaviour import Behaviour, check_kind, check_number, must_be_one_of, no_such
from .clock import Clock
from .credentials import Credentials
from .faults import Fault, Faults, Kind
from .identity import Identity
from .load import fits
from .record import Requests
from .seed import plausible
from .store import FIELDS, Store

if TYPE_CHECKING:
    from .conformance import Judge

_RIGHTS = {"TableRight": TableRights, "FieldRight": FieldRights}


class SandboxState:
    """The state of a sandbox. `behaviour` may be replaced while it runs; `identity` is its identity provider."""

    def __init__(self, store: Store, behaviour: Behaviour, credentials: Credentials, *, record_secrets: bool) -> None:
        self.store = store
        try:
            self.behaviour = behaviour
            check_kind("credentials", credentials, Credentials, "Credentials, such as Credentials(user='me')")
        except TypeError:
            store.close()
            raise
        self.credentials = credentials
        self.identity = Identity(credentials)
        self.faults = Faults()
        self.requests = Requests(secrets=record_secrets)
        self.admin_token = secrets.token_urlsafe(16)

    @property
    def behaviour(self) -> Behaviour:
        """How it responds; may be replaced while it runs."""
        return self._behaviour

    @behaviour.setter
    def behaviour(self, given: Behaviour) -> None:
        check_kind("behaviour", given, Behaviour, "a Behaviour, such as Behaviour(missing='null')")
        self._behaviour = given

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
        """The clock by which tokens expire; `clock.forward(hours=7)` moves it."""
        return self.identity.clock

    @cached_property
    def conformance(self) -> Judge:
        """The judge of clients in any language, from `/conformance/cases` on."""
        from .conformance import Judge

        return Judge()

    def add(self, ticket: Ticket | None = None, /, **fields: Any) -> Ticket:
        """Store a ticket and return it: a given one as it is, or a made-up one with these fields.

        It replaces a ticket with the same id.
        Fields are named as attributes of `Ticket` or as in the API. Without `ticket_id` it gets a free id. A value that
        the OpenAPI document does not list is refused as text, but allowed as `TicketBaseStatus("Frozen")`.

        >>> from superoffice_sandbox import create_app
        >>> app = create_app(tickets=0)
        >>> app.add(title="Late", owned_by=1).title
        'Late'
        >>> app.close()

        Raises:
            TypeError: A ticket has no such field, or a value has another type than the field.
            ValueError: A field may not have such a value.
        """
        if ticket is None:
            ticket = self._make(fields)
        elif fields:
            raise TypeError("give a ticket or its fields, not both")
        else:
            check_kind("what is added", ticket, Ticket, "a Ticket, or fields by name as in add(title='Late')")
        stored: dict[str, Any] = msgspec.to_builtins(ticket)
        _converted(stored)
        self.store.add([stored])
        return ticket

    def delete(self, *ids: int) -> None:
        """Delete tickets, also 439, 829 and 1234, so that a call does not find them.

        >>> from superoffice_sandbox import create_app
        >>> app = create_app(tickets=0)
        >>> app.delete(439, 829)
        >>> app.delete(439)
        Traceback (most recent call last):
        ValueError: the sandbox has no ticket 439
        >>> app.close()

        Raises:
            ValueError: The sandbox has no such ticket, or this is not an id; then none is deleted.
        """
        for number in ids:
            check_number("an id", number, whole=True)
        held = self.store.get(ids)
        if unknown := [str(number) for number in ids if number not in held]:
            raise ValueError(f"the sandbox has no ticket {', '.join(unknown)}")
        self.store.delete(ids)

    def _make(self, fields: dict[str, Any]) -> Ticket:
        named = _named(fields, FIELDS, "a ticket")
        number = named.setdefault("TicketId", self.store.next_id())
        _converted(named)  # before anything is made of the number
        return _converted(plausible(number, random.Random(number)) | named)  # noqa: S311 - sample data

    def fault(self, kind: Kind | None = None, **arguments: Any) -> None:
        """Make the next requests fail, see `Fault`: `fault("cut")`, `fault(status=429, times=2, retry_after=1)`.

        >>> app = superoffice_sandbox.create_app(tickets=0)
        >>> app.fault(body=[{"TicketId": 7, "CreatedAt": "yesterday"}])
        >>> app.close()

        Raises:
            TypeError: A fault has no such argument.
            ValueError: There is no such fault, or a value has another type or is out of its range.
        """
        self.faults.add(Fault.of(kind, arguments))

    def close(self) -> None:
        """Close the database."""
        self.store.close()


def _converted(stored: dict[str, Any]) -> Ticket:
    """Read a stored ticket; raise `TypeError` for a value of another type, `ValueError` for one out of range."""
    try:
        ticket = msgspec.convert(stored, Ticket)
    except msgspec.ValidationError as error:
        raise TypeError(str(error)) from None
    if ticket.ticket_id < 1:
        raise ValueError(f"TicketId must be 1 or more (got {ticket.ticket_id})")
    for name, value in stored.items():
        if not fits(value, FIELDS[name]):
            raise ValueError(f"{name} must be an {FIELDS[name].type} (got {value!r})")
    return ticket


def _named(fields: Mapping[str, Any], known: Mapping[str, Field], what: str) -> dict[str, Any]:
    """Return fields by their API names; raise `TypeError` for a name that the OpenAPI document does not have."""
    names = {field.attribute: wire for wire, field in known.items()} | {wire: wire for wire in known}
    for name in fields:
        if name not in names:
            raise TypeError(no_such(what, name, names))
    return {names[name]: _value(name, value, known[names[name]]) for name, value in fields.items()}


def _value(name: str, value: Any, field: Field) -> Any:
    """Return a value as it is stored; raise `ValueError` for text that the OpenAPI document does not list."""
    kind: Any = getattr(models, field.type, None)
    if type(value) is str and isinstance(kind, type) and issubclass(kind, OpenStrEnum) and not kind(value).is_known:
        raise ValueError(must_be_one_of(name, value, [member.value for member in kind]))
    given: Any = msgspec.to_builtins(value)
    if field.members is None or not hasattr(given, "items"):
        return given
    if field.type.startswith("map of "):
        entry = attrs.evolve(field, type=field.type.removeprefix("map of "))
        return {key: _value(f"{name}[{key!r}]", held, entry) for key, held in given.items()}
    named = _named(given, field.members, name)
    if field.type in _RIGHTS:
        flags = _RIGHTS[field.type]
        for unknown in flags.parse(named.get("Mask")).unknown:
            raise ValueError(must_be_one_of(f"{name}.mask", unknown, flags.wire_names()))
    return named
