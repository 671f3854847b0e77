"""The identity provider as a test uses it: `box.identity`."""

from __future__ import annotations

from typing import Any, Final, Literal, Protocol, TypeAlias, get_args

from ..behaviour import check_kind, check_number
from ..clock import Clock
from ..credentials import Credentials
from ..faults import Fault, Faults, Kind
from .application import LOOPBACKS, Application, check_redirect
from .forgery import Forgery, Wrong
from .issuer import LOGIN, SYSTEM_TOKEN, Issuer
from .system_user import SystemUser
from .tenant import TenantState

Part: TypeAlias = Literal["discovery", "jwks", "tokens", "exchange", "state"]
SESSION_PATH: Final = f"{LOGIN}/session"


class Host(Protocol):
    """A running sandbox, as the tenant's new host."""

    site: str
    identity: Identity


class Identity:
    """The identity provider, like that of SuperOffice's `online`, at the sandbox's own address.

    `issuer` holds what was issued; the rest is for tests.

    >>> from superoffice_sandbox import create_app
    >>> app = create_app(tickets=0)
    >>> app.identity.client_id, app.identity.tenant
    ('sandbox-client', 'Cust12345')
    >>> app.close()
    """

    def __init__(self, credentials: Credentials, *, environment_url: str = "http://sandbox") -> None:
        self.clock = Clock()
        self.issuer = Issuer(credentials, self.clock)
        self.faults: dict[Part, Faults] = {part: Faults() for part in get_args(Part)}
        self.environment_url = environment_url

    # What a client needs

    @property
    def client_id(self) -> str:
        """The id of an application that may send people back to `/callback` on this machine, at any port."""
        return self.issuer.application.client_id

    @property
    def client_secret(self) -> str:
        """Its secret, which is also the app token. A request for tokens may leave it out; it must not be wrong."""
        return self.issuer.application.client_secret

    @property
    def tenant(self) -> str:
        """The customer's id."""
        return self.issuer.tenant.name

    @property
    def site(self) -> str:
        """The address of the tenant's site, for a client; it changes when the tenant moves."""
        return self.issuer.tenant.site(self.environment_url)

    @property
    def session_url(self) -> str:
        """A page that signs a browser in with user and password, and then holds its XSRF value."""
        return self.environment_url + SESSION_PATH

    @property
    def system_user(self) -> SystemUser:
        """What a program needs to sign in as the tenant's system user."""
        return SystemUser(tenant=self.tenant, system_token=SYSTEM_TOKEN, app_token=self.client_secret)

    def register(self, *redirect_uris: str, secret_required: bool = False) -> Application:
        """Register another application, with the addresses that people may be sent back to.

        Args:
            redirect_uris: Each exactly as a request names it; only the port of http addresses on this machine may
                differ. Without any, `/callback` on this machine.
            secret_required: If True, a request for tokens must have the secret.

        Raises:
            ValueError: A browser cannot be sent to an address.
        """
        for uri in redirect_uris:
            check_kind("a redirect address", uri, str, "text")
            check_redirect(uri)
        return self.issuer.register(redirect_uris or LOOPBACKS, secret_required=secret_required)

    # What a test changes

    def set_state(self, state: TenantState, *, valid_seconds: float = 3600) -> None:
        """Set the tenant's state, and for how many seconds it is valid; the site works only in `Running`.

        Raises:
            ValueError: There is no such state, or the time is negative or longer than a year.
        """
        check_number("valid_seconds", valid_seconds)
        self.issuer.tenant.set_state(state, valid_seconds)

    def move(self, to: Host | str) -> None:
        """Move the tenant to another host, or back: every other host responds with 421.

        Args:
            to: A running sandbox, which then accepts this one's tokens and session tickets in place of its own; or
                another name of this sandbox, such as `http://localhost:8080`.

        Raises:
            ValueError: It is not the address of a host.
        """
        self.issuer.tenant.move(to if isinstance(to, str) else getattr(to, "site", repr(to)))
        if not isinstance(to, str):
            to.identity = self

    def expire(self) -> None:
        """End every code, access token, session ticket and web session; refresh tokens stay valid."""
        self.issuer.expire()

    def revoke(self) -> None:
        """End all of these, and the refresh tokens."""
        self.issuer.revoke()

    def rotate_keys(self, *, retire: bool = False) -> None:
        """Sign with a new key; `retire` removes the earlier ones from those that are published."""
        self.issuer.keys.rotate(retire=retire)

    def refresh_xsrf(self, *, every: float | None = None) -> None:
        """Send each web session a new XSRF value with its next response; the old one is valid for 60 s more.

        Args:
            every: Send another one each time this many seconds have passed.

        Raises:
            ValueError: `every` is not more than 0.
        """
        if every is not None:
            check_number("every", every)
            if not every > 0:
                raise ValueError(f"every must be more than 0 seconds (got {every})")
        self.issuer.sessions.refresh(every)

    def misbehave(self, kind: Forgery, *, claim: str = "", times: int = 1) -> None:
        """Make the next id tokens, or tokens of a system user, wrong; `Forgery` lists the kinds.

        Raises:
            ValueError: There is no such kind, `claim` is for another kind than `missing_claim`, or `times` is not from
                1 to 1,000.
        """
        check_number("times", times, whole=True)
        if not 1 <= times <= 1_000:
            raise ValueError(f"times must be from 1 to 1,000 (got {times})")
        self.issuer.misbehave(Wrong(kind=kind, claim=claim), times)

    def fault(self, part: Part, kind: Kind | None = None, **arguments: Any) -> None:
        """Make the next requests to one part of the identity provider fail, as `box.fault` does for the endpoint.

        Raises:
            TypeError: A fault has no such argument.
            ValueError: There is no such part or fault, or a value has another type or is out of its range.
        """
        if part not in self.faults:
            raise ValueError(f"part must be one of {', '.join(self.faults)} (got {part!r})")
        self.faults[part].add(Fault.of(kind, arguments))
