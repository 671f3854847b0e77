"""Where credentials are stored between runs: in the system's keyring, or in files that their owner alone can read."""

from __future__ import annotations

import os
import time
from abc import abstractmethod
from collections.abc import Callable, Generator
from functools import partial
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, Protocol, TypeVar, cast, runtime_checkable
from urllib.parse import quote, unquote

import msgspec

from .._private_files import POSIX, Folder, NotOwnError
from ..errors import ConfigurationError, NoKeyringError, SignInError, check_given, extra
from ..transport.attempts import CallFunction
from ..transport.redaction import hidden
from .jwt import KeySet, key_id, untrusted
from .refreshing import AuthStep, Credential, HiddenRepr, HiddenValues, RefreshingAuth, SendRequest, decode, shown
from .schemes import check_text
from .tenant import Tenant

CLAIM: Final = "http://schemes.superoffice.net/identity/"
R = TypeVar("R")
T = TypeVar("T", bound="StoredCredential")
_EXTENSION: Final = ".secret"


@runtime_checkable
class TokenStore(Protocol):
    """Stores secret texts by name. Any class with these methods will do: a vault, a database.

    Before something is exchanged whose result will be stored, a trial is saved and deleted under a name of its own.

    >>> class Memory(dict):
    ...     load, save, delete = dict.get, dict.__setitem__, lambda self, name: self.pop(name, None)
    """

    def load(self, name: str) -> str | None:
        """Return the stored text, or None if there is none."""

    def save(self, name: str, secret: str) -> None:
        """Store a text, and replace an older one of this name; whole or not at all."""

    def delete(self, name: str) -> None:
        """Delete the stored text, if there is one."""


def default_folder() -> Path:
    """Return where the user's programs store their state; raise `ConfigurationError` where that is nowhere."""
    name, below = ("XDG_STATE_HOME", ".local/state") if POSIX else ("LOCALAPPDATA", "AppData/Local")
    named = Path(os.environ.get(name) or ".")  # XDG has programs ignore a relative path
    try:
        return (named if named.is_absolute() else Path.home() / below) / "superoffice"
    except RuntimeError:  # no HOME, and a user whom the system does not know, as in containers
        said = "this user has no home folder to store tokens in; name a folder by"
        raise ConfigurationError(f"{said} {name}, with its whole path") from None


class FileTokenStore:
    """Stores each secret in a file that its owner alone can read, and refuses a file that others can.

    Programs that run side by side never see half of one. `folder` is made where it is not there; by default it is
    `$XDG_STATE_HOME/superoffice`, which is `~/.local/state/superoffice` on most systems. On Windows the folder of the
    user's own program data is what keeps others out.

    Its methods raise `ConfigurationError` for a file or folder that cannot be read or written, is a link, is open to
    others, or was edited, cut or renamed.

    >>> FileTokenStore(folder).save("mine", "secret")
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        check_given(str | os.PathLike | None, "the path of a folder", folder=folder)
        self.folder = default_folder() if folder is None else Path(folder)

    def __repr__(self) -> str:
        return f"FileTokenStore({str(self.folder)!r})"

    def load(self, name: str) -> str | None:
        """Return the stored text, or None if there is none."""

        def read(folder: Folder, file: str) -> str:
            with folder.open(file, "rb") as opened:
                if POSIX and os.fstat(opened.fileno()).st_mode & 0o077:
                    raise NotOwnError("it can be read or written by others, so it may be known or not be yours")
                text = hidden(opened.read().decode())
            secret = hidden(text.partition("\n")[2])
            if text != _with_checksum(name, secret):
                raise NotOwnError("it was changed or cut since it was written")
            return secret

        return self._in_folder(name, "read", "remove it and sign in again", read)

    def save(self, name: str, secret: str) -> None:
        """Store a text, and replace an older one of this name; whole or not at all."""
        secret = hidden(secret)
        check_text("FileTokenStore", "secret", secret)
        write = partial(Folder.write, content=_with_checksum(name, secret), rights=0o600)
        self._in_folder(name, "written", "store tokens elsewhere", write, make=True)

    def delete(self, name: str) -> None:
        """Delete the stored text, damaged or not, if there is one."""
        self._in_folder(name, "removed", "remove it by hand", Folder.remove)

    def names(self) -> list[str]:
        """Return the names of all stored texts, in order."""
        advice = "remove it, or store tokens elsewhere, such as by XDG_STATE_HOME"
        files = self._in_folder(None, "read", advice, lambda folder, _: folder.names()) or []
        ours = (name for name in files if name.endswith(_EXTENSION) and not name.startswith("."))
        return sorted(unquote(name.removesuffix(_EXTENSION)) for name in ours)

    def _in_folder(
        self, name: str | None, done: str, remedy: str, work: Callable[[Folder, str], R], *, make: bool = False
    ) -> R | None:
        """Do some work with a file; None where something is not there. An error of the work may hold the secret."""
        file = "" if name is None else f"{quote(name, safe='')}{_EXTENSION}"
        try:
            if make:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with Folder(self.folder) as folder:
                return work(folder, file)
        except NotOwnError as error:
            reason = str(error)
        except UnicodeError:
            reason = "it is not text"
        except OSError as error:
            if isinstance(error, FileNotFoundError | NotADirectoryError) and not make:
                return None
            reason = error.strerror or type(error).__name__
        raise ConfigurationError(f"{self.folder / file} cannot be {done}: {reason}; {remedy}")


def _with_checksum(name: str, secret: str) -> str:
    """Return what a file holds: a checksum, which shows a change of the secret or of its name, and the secret."""
    checksum = sha256(f"{name}\n{secret}".encode()).hexdigest()
    return hidden(f"{checksum}\n{secret}")


class KeyringTokenStore:
    """Stores secrets in the system's keyring; needs the extra `keyring`.

    Its methods raise `ConfigurationError` where the keyring is locked or refuses, and `NoKeyringError` where there is
    none; `FileTokenStore` works there.

    >>> KeyringTokenStore()  # such as token_store= of OAuthAuth
    KeyringTokenStore()
    """

    def __init__(self) -> None:
        with extra("keyring"):
            import keyring.errors
        self._keyring = keyring

    def __repr__(self) -> str:
        return "KeyringTokenStore()"

    def load(self, name: str) -> str | None:
        """Return the stored text, or None if there is none."""
        return cast("str | None", hidden(self._call(self._keyring.get_password, name)))

    def save(self, name: str, secret: str) -> None:
        """Store a text, and replace an older one of this name."""
        secret = hidden(secret)
        check_text("KeyringTokenStore", "secret", secret)
        self._call(self._keyring.set_password, name, secret)

    def delete(self, name: str) -> None:
        """Delete the stored text, if there is one."""
        if self.load(name) is not None:  # keyrings have one error for what is not there and for a refusal
            self._call(self._keyring.delete_password, name)

    def _call(self, function: Callable[..., Any], *values: str | None) -> Any:
        """Call the keyring; its errors become plain sentences, without its frames, which hold the secret."""
        try:
            return function("superoffice-sdk", *values)
        except Exception as error:  # of its own, or of what is behind it
            kind = type(error)
        if issubclass(kind, self._keyring.errors.NoKeyringError):
            raise NoKeyringError("this machine has no keyring; store tokens in a file, or set a keyring up")
        raise ConfigurationError(f"the keyring refused ({kind.__name__}); unlock it, or use a file")


class StoredCredential(HiddenRepr):
    """What a token store holds: until when it is valid, in seconds since 1970; subclasses add the tokens."""

    expires_at: float

    def is_usable(self, rejected: Credential | None) -> bool:
        """Return whether it can be used: after a 401 not, since what ended the one may have ended the other too."""
        return rejected is None and self.expires_at > time.time() + 120  # it is refreshed sooner than a client's own


class StoredAuth(RefreshingAuth):
    """What `OAuthAuth` and `SystemUserAuth` share: a tenant, a token store, and the check of the server's tokens."""

    def __init__(self, tenant: object, token_store: object) -> None:
        super().__init__()
        owner, kind = type(self).__name__, type(tenant).__name__
        if not isinstance(tenant, Tenant):
            raise ConfigurationError(f"{owner} signs in to a tenant: Tenant('Cust12345'), not a {kind}")
        if isinstance(token_store, type) or not isinstance(token_store, TokenStore | None):
            raise ConfigurationError(f"{owner} takes an object as token_store=, such as FileTokenStore()")
        self.tenant = tenant
        self._token_store = token_store
        self._keys = KeySet()

    @property
    @abstractmethod
    def stored_as(self) -> str:
        """The name under which the credential is stored."""

    def _load(self, kind: type[T]) -> Generator[AuthStep, Any, T | None]:
        if self._token_store is None:
            return None
        text: Any = hidden((yield CallFunction(partial(self._token_store.load, self.stored_as))))
        if not isinstance(text, str | None):
            raise ConfigurationError(f"{type(self._token_store).__name__}.load() returned no text, and not None either")
        return None if text is None else decode(str(text), kind)  # msgspec reads no hidden text

    def _check_store(self) -> Generator[AuthStep, Any, None]:
        """Save and delete a trial: a store that cannot be written raises now, and not after an exchange."""
        if self._token_store is not None:
            trial = f"{self.stored_as}/trial-{token_hex(4)}"  # of its own, since others may try at the same time
            yield CallFunction(partial(self._token_store.save, trial, "trial"))
            yield CallFunction(partial(self._token_store.delete, trial))

    def _save(self, stored: StoredCredential) -> Generator[AuthStep, Any, None]:
        if self._token_store is not None:
            text = hidden(msgspec.json.encode(stored).decode())
            yield CallFunction(partial(self._token_store.save, self.stored_as, text))

    def _check_token(self, token: str, keys_url: str, **expected: str) -> Generator[AuthStep, Any, HiddenValues[Any]]:
        if self._keys.wants(key_id(token)):
            response = yield SendRequest(url=keys_url)
            if response.status_code != 200:
                raise untrusted(f"cannot be checked, since its keys came with status {response.status_code}")
            self._keys.take(response.content)
        claims = self._keys.claims(token, **expected)
        named = claims.get(f"{CLAIM}ctx", self.tenant.context)  # that it names one is inferred
        if str(named).casefold() != self.tenant.context.casefold():
            said = f"the token is for the tenant {shown(named)}, not for {self.tenant.context}"
            raise SignInError(said, advice="sign in to the right one")
        return claims
