"""Settings from environment variables, the same ones for programs and the command line."""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .auth.refreshing import RefreshingAuth
from .auth.schemes import Auth, BasicAuth, BearerAuth, SoTicketAuth, check_secret
from .auth.tenant import Environment, Tenant
from .errors import ConfigurationError
from .hooks import LOG, log_to_stderr
from .transport.redaction import hidden

if TYPE_CHECKING:
    from .auth.storage import TokenStore

SITE, TOKEN, SO_TICKET = "SUPEROFFICE_SITE", "SUPEROFFICE_TOKEN", "SUPEROFFICE_SOTICKET"
TENANT, ENVIRONMENT = "SUPEROFFICE_TENANT", "SUPEROFFICE_ENVIRONMENT"
USER, PASSWORD, APP_TOKEN = "SUPEROFFICE_USER", "SUPEROFFICE_PASSWORD", "SUPEROFFICE_APP_TOKEN"
SYSTEM_USER, KEY_FILE = "SUPEROFFICE_SYSTEM_USER_TOKEN", "SUPEROFFICE_PRIVATE_KEY_FILE"
KEY, PASSPHRASE = "SUPEROFFICE_PRIVATE_KEY", "SUPEROFFICE_PRIVATE_KEY_PASSPHRASE"
STORE = "SUPEROFFICE_TOKEN_STORE"
CREDENTIALS = TOKEN, SO_TICKET, USER, SYSTEM_USER


class Given(dict[str, str]):
    """Environment variables. A traceback that shows variables shows the names of ours only."""

    def __repr__(self) -> str:
        return f"<environment {', '.join(name for name in self if name.startswith('SUPEROFFICE_'))}>"

    @classmethod
    def of(cls, environ: Mapping[str, str] | None) -> Given:
        """Take those that were given, else the process's own."""
        if environ is not None and not hasattr(environ, "keys"):  # which is not shown: it may be a secret
            raise ConfigurationError("from_env() takes variables by their names, such as os.environ, or nothing at all")
        return environ if isinstance(environ, Given) else cls(os.environ if environ is None else environ)


def settings(environ: Mapping[str, str] | None = None, *, site: str | Tenant | None = None) -> dict[str, Any]:
    """Return a client's `site`, `auth` and `app_token`; raise `ConfigurationError` where they contradict each other."""
    environ = given = Given.of(environ)
    if given.get(LOG):
        log_to_stderr(given[LOG])
    for name in (*CREDENTIALS, PASSWORD, APP_TOKEN):
        if given.get(name):
            check_secret("the environment", name, hidden(given[name]))
    where = site or _site(given)
    return {"site": where, "auth": _auth(given, where), "app_token": given.get(APP_TOKEN) or None}


def environment(named: str) -> Environment:
    """Return an environment by its name, or one of your own by its address."""
    return Environment(named, named) if named.startswith("http") else Environment.named(named)


def _site(given: Mapping[str, str]) -> str | Tenant:
    address, context = given.get(SITE), given.get(TENANT)
    if address and context:
        raise ConfigurationError(f"{SITE} and {TENANT} are both set; set only one of them")
    if context:
        return Tenant(context, environment=environment(given.get(ENVIRONMENT) or "online"))
    if not address:
        raise ConfigurationError(
            f"no site was named; set {SITE}, such as https://crm.example.com, or {TENANT}, such as Cust12345"
        )
    return address


def _auth(given: Mapping[str, str], where: str | Tenant) -> Auth | RefreshingAuth | None:
    present = [name for name in CREDENTIALS if given.get(name)]
    if len(present) > 1:
        raise ConfigurationError(f"{' and '.join(present)} are both set; set only the one to sign in with")
    if bool(given.get(USER)) != bool(given.get(PASSWORD)):
        raise ConfigurationError(f"{USER} and {PASSWORD} belong together; set both or neither")
    if given.get(TOKEN):
        return BearerAuth(given[TOKEN])
    if given.get(SO_TICKET):
        return SoTicketAuth(given[SO_TICKET])
    if given.get(SYSTEM_USER):
        return _system_user(given, where)
    if not present and (key := next((name for name in (KEY, KEY_FILE) if given.get(name)), None)):
        raise ConfigurationError(f"{key} signs in a system user; set {SYSTEM_USER} and {APP_TOKEN} too")
    return BasicAuth(given[USER], given[PASSWORD]) if present else None


def _system_user(given: Mapping[str, str], where: str | Tenant) -> RefreshingAuth:
    from .auth.system_user import SystemUserAuth

    if not isinstance(where, Tenant):
        raise ConfigurationError(f"{SYSTEM_USER} signs in to a tenant; name it by {TENANT} in the place of a site")
    if given.get(KEY) and given.get(KEY_FILE):
        raise ConfigurationError(f"{KEY} and {KEY_FILE} are both set; set only one of them")
    key = KEY if given.get(KEY) else KEY_FILE
    if missing := [name for name in (key, APP_TOKEN) if not given.get(name)]:
        needed = " and ".join(missing).replace(KEY_FILE, f"{KEY_FILE} (or {KEY})")
        raise ConfigurationError(f"{SYSTEM_USER} needs {needed} too")
    return SystemUserAuth(
        where,
        system_token=given[SYSTEM_USER],
        private_key=_private_key(key, hidden(given[key])),
        app_token=given[APP_TOKEN],
        passphrase=given.get(PASSPHRASE) or None,
        token_store=_token_store(given.get(STORE)),
    )


def _private_key(name: str, value: str) -> str:
    # A key that signs has more characters than a path, in base64 too.
    is_text = len(value) > 500 or re.match(r"""[\s"']*(-----|<)""", value) is not None
    if name == KEY and not is_text and (os.path.exists(value) or re.search(r"\.\w+\s*$", value)):
        raise ConfigurationError(f"{KEY} holds a path, not a key; set {KEY_FILE} to that path")
    if name == KEY_FILE and is_text:
        raise ConfigurationError(f"{KEY_FILE} holds a key, not a path; set {KEY} to that key")
    return value if name == KEY else _read(str(value))


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hidden(_decoded(file.read(64 * 1024)))
    except (OSError, UnicodeDecodeError) as error:
        wrong = getattr(error, "strerror", "it is not text")
    raise ConfigurationError(f"{KEY_FILE}={path} cannot be read: {wrong}")  # out here, without frames that hold the key


def _decoded(key: bytes) -> str:
    """Decode a file as UTF-8 or, as Windows' own tools write it, as UTF-16."""
    return key.decode("utf-16" if key.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8")


def _token_store(named: str | None) -> TokenStore | None:
    from .auth.storage import FileTokenStore, KeyringTokenStore

    stores = {"file": FileTokenStore, "keyring": KeyringTokenStore}
    if named and named not in stores:
        raise ConfigurationError(f"{STORE}={named!r} is neither file nor keyring")
    return stores[named]() if named else None
