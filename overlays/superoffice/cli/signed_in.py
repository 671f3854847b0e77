"""Who is signed in on this machine: what `superoffice login` stores for the other commands. No secret is in it."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from ..auth.storage import FileTokenStore, KeyringTokenStore, TokenStore, default_folder
from ..environment import APP_TOKEN, CREDENTIALS, ENVIRONMENT, SITE, TENANT, TOKEN, Given, environment
from ..environment import settings as environment_settings
from ..errors import ConfigurationError
from ..transport.redaction import hidden

if TYPE_CHECKING:
    from ..auth.tenant import Tenant

StoreName = Literal["keyring", "file"]


class SignedIn(msgspec.Struct, frozen=True):
    """A person signed in to a tenant: by which application, and where the tokens are stored."""

    context: str
    environment: str
    client_id: str
    store: StoreName

    @property
    def name(self) -> str:
        """The name under which it is stored."""
        return f"{self.environment}/{self.context}"

    @property
    def token_store(self) -> TokenStore:
        """Where the tokens are stored."""
        return KeyringTokenStore() if self.store == "keyring" else FileTokenStore()

    @property
    def tenant(self) -> Tenant:
        """The tenant."""
        from ..auth.tenant import Tenant

        return Tenant(self.context, environment=environment(self.environment))

    def sign_in(self, **options: Any) -> None:
        """Sign in with the browser for the other commands; where nothing can be stored, nobody is asked."""
        from ..auth.login import login

        for folder in (FileTokenStore(), _store()) if self.store == "file" else (_store(),):
            folder.save(".trial", "")  # which is not among the names that others see meanwhile
            folder.delete(".trial")
        secret = hidden(os.environ.get(APP_TOKEN) or None)
        login(self.tenant, self.client_id, client_secret=secret, token_store=self.token_store, **options)
        _store().save(self.name, msgspec.json.encode(self).decode())


def names(context: str | None, environment: str | None) -> list[str]:
    """Return the names of who is signed in, to one tenant or environment where these are named."""
    parts = ((name, name.rpartition("/")) for name in _store().names())
    return [name for name, (where, _, who) in parts if context in (None, who) and environment in (None, where)]


def _load(name: str) -> SignedIn | None:
    if (text := _store().load(name)) is None:
        return None
    with suppress(msgspec.MsgspecError):
        found = msgspec.json.decode(text.encode(), type=SignedIn)
        if found.name == name:
            return found
    raise ConfigurationError(
        f"the credentials for {name} are those of another version; superoffice logout removes them"
    )


def forget(name: str) -> bool:
    """Sign out on this machine; False where what was stored is damaged, so that only files could be looked for."""
    from ..auth.oauth import OAuthAuth

    try:
        found = _load(name)
        stored_as = found and OAuthAuth(found.tenant, found.client_id).stored_as  # without its secret
        whole = True
    except ConfigurationError:
        whole, found, stored_as, files = False, None, None, FileTokenStore()
        for each in files.names():
            if each.startswith(f"{name}/") and not each.startswith(f"{name}/system-user-"):
                files.delete(each)
    if found and stored_as:
        found.token_store.delete(stored_as)
    _store().delete(name)
    return whole


def settings(site: str | None) -> dict[str, Any]:
    """Return a client's settings: those of the environment, or stored credentials where it holds none.

    Stored credentials are never sent to a site that somebody names: their tenant is where the state service says it is.
    """
    given = Given.of(None)
    context, has_credentials = given.get(TENANT) or None, any(given.get(name) for name in CREDENTIALS)
    if site or given.get(SITE) or (context and has_credentials):
        return environment_settings(site=site)
    if not has_credentials:
        known = map(_load, names(context, given.get(ENVIRONMENT) or None))
        found = [each for each in known if each is not None]  # one may have been deleted meanwhile
        if len(found) > 1:
            several = ", ".join(each.name for each in found)
            raise ConfigurationError(f"signed in to {several}; say which by {TENANT} and {ENVIRONMENT}")
        if found:
            from ..auth.oauth import OAuthAuth

            tenant, store, secret = found[0].tenant, found[0].token_store, hidden(given.get(APP_TOKEN) or None)
            auth = OAuthAuth(tenant, found[0].client_id, client_secret=secret, token_store=store)
            return {"site": tenant, "auth": auth, "app_token": secret}
        if context:
            remedy = f"superoffice login signs you in, or set {TOKEN}"
            raise ConfigurationError(f"nobody is signed in to {context}; {remedy}")
    raise ConfigurationError(
        f"no site was named; set {SITE} or give --site, such as https://crm.example.com, or set {TENANT}, such as "
        "Cust12345; superoffice login signs in to one, and --sandbox needs none"
    )


def _store() -> FileTokenStore:
    return FileTokenStore(default_folder() / "signed-in")
