"""What a test sees of the other side of sign-in: `box.identity`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from ..behaviour import check_kind, check_number
from ..clock import Clock
from ..credentials import Credentials
from ..faults import Fault, Faults, Kind
from .application import LOOPBACKS, Application, check_redirect
from .forgery import Forgery, Wrong
from .issuer import LOGIN, SYSTEM_TOKEN, Issuer
from .system_user import SystemUser
from .tenant import TenantState

if TYPE_CHECKING:
    from ..server import Sandbox

Part: TypeAlias = Literal["discovery", "jwks", "tokens", "exchange", "state"]
SESSION_PATH: Final = f"{LOGIN}/session"


class Identity:
    """The other side of sign-in, as SuperOffice's `online` plays it, at the sandbox's own address.

    `issuer` holds what was issued; everything else here is for tests.

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

    # What a client is given

    @property
    def client_id(self) -> str:
        """The id of an application that may send people back to `/callback` on this machine, at any port."""
        return self.issuer.application.client_id

    @property
    def client_secret(self) -> str:
        """Its secret, which is also the app token. In a request for tokens it may be left out; it must not be wrong."""
        return self.issuer.application.client_secret

    @property
    def tenant(self) -> str:
        """The customer's id."""
        return self.issuer.tenant.name

    @property
    def site(self) -> str:
        """The address of the tenant's site, to give to a client; it changes when the tenant moves."""
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
            redirect_uris: Each exactly as it will be asked for, but for the port of http addresses on this machine;
                none are `/callback` on this machine.
            secret_required: Whether a request for tokens must bring the secret.

        Raises:
            ValueError: An address that no browser can be sent to.
        """
        for uri in redirect_uris:
            check_kind("a redirect address", uri, str, "text")
            check_redirect(uri)
        return self.issuer.register(redirect_uris or LOOPBACKS, secret_required=secret_required)

    # What happens to it

    def set_state(self, state: TenantState, *, valid_seconds: float = 3600) -> None:
        """Put the tenant into a state, which clients are told to rely on for so long; only in `Running` it answers.

        Raises:
            ValueError: No such state, or a time that is negative or longer than a year.
        """
        check_number("valid_seconds", valid_seconds)
        self.issuer.tenant.set_state(state, valid_seconds)

    def move(self, to: Sandbox | str) -> None:
        """Move the tenant to another host, or back: every other one answers 421 from now on.

        Args:
            to: A running sandbox, which answers to this one's tokens and tickets then in place of its own; or another
                name of this sandbox, such as `http://localhost:8080`.

        Raises:
            ValueError: It is no host's address.
        """
        self.issuer.tenant.move(to if isinstance(to, str) else getattr(to, "site", repr(to)))
        if not isinstance(to, str):
            to.identity = self

    def expire(self) -> None:
        """End every code, access token, ticket and web session that was issued; refresh tokens go on."""
        self.issuer.expire()

    def revoke(self) -> None:
        """End all of these and the refresh tokens."""
        self.issuer.revoke()

    def rotate_keys(self, *, retire: bool = False) -> None:
        """Sign with a new key from now on; `retire` takes the earlier ones away from those that are published."""
        self.issuer.keys.rotate(retire=retire)

    def renew_xsrf(self, *, every: float | None = None) -> None:
        """Renew the XSRF value of each web session with its next answer, by Set-Cookie; the old one is good for 60 s.

        Args:
            every: Seconds after which it is renewed again, and again; None is not by itself.

        Raises:
            ValueError: Not more than 0 seconds.
        """
        if every is not None:
            check_number("every", every)
            if not every > 0:
                raise ValueError(f"every must be more than 0 seconds (got {every})")
        self.issuer.sessions.renew(every)

    def misbehave(self, kind: Forgery, *, claim: str = "", times: int = 1) -> None:
        """Let the next id tokens, or tokens of a system user, be wrong in one way; `Forgery` says which there are.

        Raises:
            ValueError: No such way, `claim` for another one than `missing_claim`, or `times` is not from 1 to 1,000.
        """
        check_number("times", times, whole=True)
        if not 1 <= times <= 1_000:
            raise ValueError(f"times must be from 1 to 1,000 (got {times})")
        self.issuer.misbehave(Wrong(kind=kind, claim=claim), times)

    def fault(self, part: Part, kind: Kind | None = None, **members: Any) -> None:
        """Let the next calls of one part of sign-in fail, as `box.fault` does for the endpoint.

        Raises:
            TypeError: A fault has no such member.
            ValueError: No such part, no such fault, or a member of another type or out of its range.
        """
        if part not in self.faults:
            raise ValueError(f"a part of sign-in is one of {', '.join(self.faults)} (got {part!r})")
        self.faults[part].add(Fault.of(kind, members))
