"""Who is signed in on this machine: what `superoffice login` stores for the other commands. No secret is in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from ..auth.storage import FileTokenStore, KeyringTokenStore, TokenStore
from ..environment import APP_TOKEN, CREDENTIALS, ENVIRONMENT, SITE, TENANT, TOKEN, Given, environment
from ..environment import settings as of_environment
from ..errors import ConfigurationError

if TYPE_CHECKING:
    from ..auth.oauth import OAuthAuth
    from ..auth.tenant import Tenant

StoreName = Literal["keyring", "file"]
_TRIAL = ".trial"  # which is not among the names that others see meanwhile


class SignedIn(msgspec.Struct, frozen=True):
    """That a person signed in: to which tenant, with which application, and where the tokens are stored."""

    context: str
    environment: str
    client_id: str
    store: StoreName

    @property
    def name(self) -> str:
        """The name under which it is stored."""
        return f"{self.environment}/{self.context}"

    def token_store(self) -> TokenStore:
        """Return the store of the tokens."""
        return KeyringTokenStore() if self.store == "keyring" else FileTokenStore()

    def tenant(self) -> Tenant:
        """Return the tenant."""
        from ..auth.tenant import Tenant

        return Tenant(self.context, environment=environment(self.environment))

    def auth(self, tenant: Tenant) -> OAuthAuth:
        """Return what a client takes as `auth=`; the application's secret comes from the environment alone."""
        from ..auth.oauth import OAuthAuth

        secret = os.environ.get(APP_TOKEN) or None
        return OAuthAuth(tenant, self.client_id, client_secret=secret, token_store=self.token_store())

    def save(self) -> None:
        """Store it for the other commands."""
        _store().save(self.name, msgspec.json.encode(self).decode())

    def check_store(self) -> None:
        """Raise where what a person is about to sign in for could not be stored."""
        for folder in (FileTokenStore(), _store()) if self.store == "file" else (_store(),):
            folder.save(_TRIAL, "")
            folder.delete(_TRIAL)


def names(context: str | None, named: str | None) -> list[str]:
    """Return the names of all who are signed in, of one tenant and environment where these are named."""
    parts = ((name, name.rpartition("/")) for name in _store().names())
    return [name for name, (where, _, who) in parts if context in (None, who) and named in (None, where)]


def _load(name: str) -> SignedIn | None:
    """Return who is signed in by a name; None after signing out."""
    if (text := _store().load(name)) is None:
        return None
    try:
        found = msgspec.json.decode(text.encode(), type=SignedIn)
    except msgspec.MsgspecError:
        found = None
    if found is None or found.name != name:
        raise ConfigurationError(f"what is stored for {name} is of another version; superoffice logout removes it")
    return found


def forget(name: str) -> bool:
    """Sign out on this machine; False where what was stored is damaged, so that only files could be looked for."""
    from ..auth.oauth import OAuthAuth

    files = FileTokenStore()
    try:
        found = _load(name)
        stored_as = (
            None if found is None else OAuthAuth(found.tenant(), found.client_id).stored_as
        )  # which needs no secret
    except ConfigurationError:
        for each in files.names():
            if each.startswith(f"{name}/") and not each.startswith(f"{name}/system-user-"):
                files.delete(each)
        whole = False
    else:
        if found is not None and stored_as is not None:
            found.token_store().delete(stored_as)
        whole = True
    _store().delete(name)
    return whole


def known(context: str | None, named: str | None) -> list[SignedIn]:
    """Return all who are signed in, of one tenant and environment where these are named."""
    return [found for name in names(context, named) if (found := _load(name)) is not None]


def resolve_credentials(context: str | None, named: str | None) -> SignedIn | None:
    """Return who is signed in; raise `ConfigurationError` where that is not clear."""
    found = known(context, named)
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        raise ConfigurationError(f"signed in to {names}; say which by {TENANT} and {ENVIRONMENT}")
    return found[0] if found else None


def settings(site: str | None) -> dict[str, Any]:
    """Return a client's settings: those of the environment, or stored credentials where it holds none.

    Stored credentials are never sent to a site that somebody names: their tenant is where the state service says it is.
    """
    given = Given.of(None)
    context = given.get(TENANT) or None
    if site or any(given.get(name) for name in (SITE, *CREDENTIALS)):
        if not (site or given.get(SITE) or context):
            raise _no_site()
        return of_environment(site=site)
    found = resolve_credentials(context, given.get(ENVIRONMENT) or None)
    if found is None:
        if context is not None:
            raise ConfigurationError(
                f"nobody is signed in to {context}; superoffice login signs you in, or set {TOKEN}"
            )
        raise _no_site()
    tenant = found.tenant()
    return {"site": tenant, "auth": found.auth(tenant), "app_token": given.get(APP_TOKEN) or None}


def _no_site() -> ConfigurationError:
    return ConfigurationError(
        f"no site was named; set {SITE} or give --site, such as https://crm.example.com, or set {TENANT}, such as "
        "Cust12345; superoffice login signs in to one, and --sandbox needs none"
    )


def _store() -> FileTokenStore:
    from ..auth.storage import default_folder

    return FileTokenStore(default_folder() / "signed-in")
