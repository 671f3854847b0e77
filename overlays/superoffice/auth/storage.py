"""Where credentials are stored between runs: in the system's keyring, or in files that their owner alone can read."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote, unquote

from .._extras import extra
from .._private_files import POSIX, Folder, NotOwnError
from ..errors import ConfigurationError, NoKeyringError, check_given
from ..transport.call import hidden
from .schemes import check_text

R = TypeVar("R")
_EXTENSION: Final = ".secret"


class TokenStore(Protocol):
    """Stores secret texts by name. Any class with these methods will do: a vault, a database.

    Before something is exchanged whose result will be stored, a trial is saved and deleted under a name of its own.

    >>> class Memory(dict):
    ...     load, save, delete = dict.get, dict.__setitem__, lambda self, name: self.pop(name, None)
    >>> store = Memory()
    >>> store.save("Cust12345", "secret")
    """

    def load(self, name: str) -> str | None:
        """Return the stored text, or None if there is none."""
        ...

    def save(self, name: str, secret: str) -> None:
        """Store a text, and replace an older one of this name; whole or not at all."""
        ...

    def delete(self, name: str) -> None:
        """Delete the stored text, if there is one."""
        ...


def default_folder() -> Path:
    """Return the folder for files if none is named: where the user's programs store their state.

    Raises `ConfigurationError` where there is none. XDG has programs ignore a relative path in XDG_STATE_HOME.
    """
    name, below = ("XDG_STATE_HOME", ".local/state") if POSIX else ("LOCALAPPDATA", "AppData/Local")
    named = Path(os.environ.get(name) or ".")
    try:
        return (named if named.is_absolute() else Path.home() / below) / "superoffice"
    except RuntimeError:  # no HOME, and a user whom the system does not know, as in containers
        said = "this user has no home folder to store tokens in; name a folder by"
        raise ConfigurationError(f"{said} {name}, with its whole path") from None


class FileTokenStore:
    """Stores each secret in a file that its owner alone can read, and refuses a file that others can.

    A file is written whole and put in its place at once, so that programs running side by side never see half of one.
    It carries a checksum; one that was edited, cut or renamed is refused, and so is a link, and a folder that is not
    its user's alone. On Windows the folder of the user's own program data is what keeps others out.

    Args:
        folder: Where the files are; made, for its owner alone, where it is not there. By default
            `$XDG_STATE_HOME/superoffice`, which is `~/.local/state/superoffice` on most systems.

    Raises:
        ConfigurationError: From its methods, where a file or the folder cannot be read or written, is open to others,
            or was changed by something else.

    >>> FileTokenStore(folder).save("mine", "secret")
    >>> FileTokenStore(folder).names()
    ['mine']
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        check_given(str | os.PathLike | None, "the path of a folder", folder=folder)
        self.folder = default_folder() if folder is None else Path(folder)

    def __repr__(self) -> str:
        return f"FileTokenStore({str(self.folder)!r})"

    def load(self, name: str) -> str | None:
        """Return the stored text, or None if there is none."""
        path = self._path(name)

        def read(folder: Folder) -> str:
            with folder.open(path.name, "rb") as file:
                if POSIX and os.fstat(file.fileno()).st_mode & 0o077:
                    raise NotOwnError("it can be read or written by others, so it may be known or not be yours")
                text = hidden(file.read().decode())
            secret = hidden(text.partition("\n")[2])
            if text != _with_checksum(name, secret):
                raise NotOwnError("it was changed or cut since it was written")
            return secret

        return self._in_folder(path, "read", "remove it and sign in again", read)

    def save(self, name: str, secret: str) -> None:
        """Store a text, and replace an older one of this name; whole or not at all."""
        path, secret = self._path(name), hidden(secret)
        check_text("FileTokenStore", "secret", secret)
        content = _with_checksum(name, secret)

        def write(folder: Folder) -> None:
            folder.write(path.name, content, 0o600)

        self._in_folder(path, "written", "store tokens elsewhere", write, make=True)

    def delete(self, name: str) -> None:
        """Delete the stored text, damaged or not, if there is one."""
        path = self._path(name)
        self._in_folder(path, "removed", "remove it by hand", lambda folder: folder.remove(path.name))

    def names(self) -> list[str]:
        """Return the names of all stored texts, in order."""
        advice = "remove it, or store tokens elsewhere, such as by XDG_STATE_HOME"
        files = self._in_folder(self.folder, "read", advice, Folder.names) or []
        ours = (name for name in files if name.endswith(_EXTENSION) and not name.startswith("."))
        return sorted(unquote(name.removesuffix(_EXTENSION)) for name in ours)

    def _in_folder(
        self, path: Path, done: str, remedy: str, work: Callable[[Folder], R], *, make: bool = False
    ) -> R | None:
        """Do some work in the folder; None where something is not there. An error of the work may hold the secret."""
        try:
            if make:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with Folder(self.folder) as folder:
                return work(folder)
        except NotOwnError as error:
            reason = str(error)
        except UnicodeError:
            reason = "it is not text"
        except OSError as error:
            if isinstance(error, FileNotFoundError | NotADirectoryError) and not make:
                return None
            reason = error.strerror or type(error).__name__
        raise ConfigurationError(f"{path} cannot be {done}: {reason}; {remedy}")

    def _path(self, name: str) -> Path:
        return self.folder / f"{quote(name, safe='')}{_EXTENSION}"


def _with_checksum(name: str, secret: str) -> str:
    """Return what a file holds: a checksum, which shows a change of the secret or of its name, and the secret."""
    checksum = sha256(f"{name}\n{secret}".encode()).hexdigest()
    return hidden(f"{checksum}\n{secret}")


class KeyringTokenStore:
    """Stores secrets in the system's keyring; needs the extra `keyring`.

    Raises:
        ConfigurationError: The extra is missing, or, from its methods, the keyring is locked or refuses.
        NoKeyringError: From its methods, where the machine has none; `FileTokenStore` works there.

    >>> KeyringTokenStore()
    KeyringTokenStore()
    """

    def __init__(self) -> None:
        with extra("keyring"):
            import keyring
            import keyring.errors
        self._keyring = keyring

    def __repr__(self) -> str:
        return "KeyringTokenStore()"

    def load(self, name: str) -> str | None:
        """Return the stored text, or None if there is none."""
        found: str | None = self._call(self._keyring.get_password, name)
        return hidden(found)

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
        except self._keyring.errors.NoKeyringError:
            said = "this machine has no keyring; store tokens in a file, or set a keyring up"
            wrong: ConfigurationError = NoKeyringError(said)
        except Exception as error:  # of its own, or of what is behind it
            wrong = ConfigurationError(f"the keyring refused ({type(error).__name__}); unlock it, or use a file")
        raise wrong
