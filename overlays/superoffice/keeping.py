"""Where sign-ins are kept between runs: in the system's keyring, or in files that their owner alone can read."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote, unquote

from ._extras import extra
from ._headers import hidden
from .auth import check_text
from .errors import ConfigurationError, NoKeyringError

_ENDING: Final = ".secret"
_SERVICE: Final = "superoffice-sdk"
_POSIX: Final = sys.platform != "win32"


class Keeping(Protocol):
    """Keeps secret texts by name. Any class with these methods will do: a vault, a database.

    Before something is exchanged whose result will be kept, a trial is saved and deleted under a name of its own.

    >>> class Memory(dict):
    ...     def load(self, name: str) -> str | None:
    ...         return self.get(name)
    ...     def save(self, name: str, secret: str) -> None:
    ...         self[name] = secret
    ...     def delete(self, name: str) -> None:
    ...         self.pop(name, None)
    >>> kept = Memory()
    >>> kept.save("Cust12345", "secret")
    >>> kept.load("Cust12345")
    'secret'
    """

    def load(self, name: str) -> str | None:
        """Give what was kept; None where nothing was."""
        ...

    def save(self, name: str, secret: str) -> None:
        """Keep a text in the place of what was kept under this name; whole or not at all."""
        ...

    def delete(self, name: str) -> None:
        """Forget what was kept; nothing happens where nothing was."""
        ...


def default_folder() -> Path:
    """Return the folder where files are kept if none is named: that of the user's programs for what they remember.

    Raises `ConfigurationError` where there is none. A relative path in XDG_STATE_HOME counts as none, as XDG has it.
    """
    name, below = ("XDG_STATE_HOME", (".local", "state")) if _POSIX else ("LOCALAPPDATA", ("AppData", "Local"))
    named = Path(os.environ.get(name) or ".")
    try:
        return (named if named.is_absolute() else Path.home().joinpath(*below)) / "superoffice"
    except RuntimeError:  # no HOME, and a user whom the system does not know, as in containers
        raise ConfigurationError(
            f"this user has no home folder, so there is none for sign-ins; name one by {name}, with its whole path"
        ) from None


def _opened(path: str, flags: int) -> int:
    # A link could lead to another's file, and opening a pipe would wait for ever.
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


class FileKeeping:
    """Keeps each secret in a file of its own that its owner alone can read, and refuses one that others can.

    A file is written whole and put in its place at once, so that programs running side by side never see half of one.
    On Windows the folder of the user's own program data is what keeps others out.

    Args:
        folder: Where the files are; made, for its owner alone, where it is not there. By default
            `$XDG_STATE_HOME/superoffice`, which is `~/.local/state/superoffice` on most systems.

    Raises:
        ConfigurationError: From its methods, where a file cannot be read or written, or where others can read it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     keeping = FileKeeping(folder)
    ...     keeping.save("mine", "secret")
    ...     keeping.names(), keeping.load("mine")
    (['mine'], <secret>)
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self.folder = default_folder() if folder is None else Path(folder)

    def __repr__(self) -> str:
        return f"FileKeeping({str(self.folder)!r})"

    def load(self, name: str) -> str | None:
        """Give what was kept; None where nothing was."""
        path = self._path(name)
        try:
            with open(path, encoding="utf-8", opener=_opened) as file:
                if _POSIX:  # pragma: no branch - Windows
                    self._check(os.fstat(file.fileno()), path)
                return hidden(file.read())
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            said = getattr(error, "strerror", "it is no text")
        raise ConfigurationError(f"{path} cannot be read: {said}; remove it and sign in again")

    @staticmethod
    def _check(found: os.stat_result, path: Path) -> None:
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            raise ConfigurationError(f"{path} is no file of yours, so it is not read; remove it and sign in again")
        if found.st_mode & 0o077:
            raise ConfigurationError(
                f"{path} can be read or written by others, so what it keeps may be known or not yours; "
                "sign out, remove it, and sign in again"
            )

    def save(self, name: str, secret: str) -> None:
        """Keep a text in the place of what was kept under this name; whole or not at all."""
        path, secret = self._path(name), hidden(secret)
        check_text("FileKeeping", "secret", secret)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            opened, made = tempfile.mkstemp(prefix=".", dir=self.folder)  # which is its owner's alone from the first
            try:
                with open(opened, "w", encoding="utf-8") as file:
                    file.write(secret)
                    file.flush()
                    os.fsync(opened)
                os.replace(made, path)
            except BaseException:
                with suppress(OSError):
                    os.unlink(made)
                raise
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be written: {error.strerror}; keep sign-ins elsewhere") from None

    def delete(self, name: str) -> None:
        """Forget what was kept; nothing happens where nothing was."""
        path = self._path(name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be removed: {error.strerror}; remove it by hand") from None

    def names(self) -> list[str]:
        """Give the names under which something is kept, in order."""
        try:
            found = [path.name for path in self.folder.iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise ConfigurationError(
                f"{self.folder} cannot be read: {error.strerror}; keep sign-ins elsewhere, such as by XDG_STATE_HOME"
            ) from None
        names = (name for name in found if name.endswith(_ENDING) and not name.startswith("."))
        return sorted(unquote(name.removesuffix(_ENDING)) for name in names)

    def _path(self, name: str) -> Path:
        return self.folder / f"{quote(name, safe='')}{_ENDING}"


class KeyringKeeping:
    """Keeps secrets in the system's keyring; needs the extra `keyring`.

    Raises:
        ConfigurationError: The extra is missing, or, from its methods, the keyring is locked or refuses.
        NoKeyringError: From its methods, where the machine has none; `FileKeeping` works there.

    >>> try:
    ...     keeping = KeyringKeeping()
    ... except NoKeyringError:
    ...     keeping = FileKeeping(folder)
    """

    def __init__(self) -> None:
        with extra("keyring"):
            import keyring
            import keyring.errors
        self._keyring = keyring

    def __repr__(self) -> str:
        return "KeyringKeeping()"

    def load(self, name: str) -> str | None:
        """Give what was kept; None where nothing was."""
        found: str | None = self._asked(self._keyring.get_password, name)
        return hidden(found)

    def save(self, name: str, secret: str) -> None:
        """Keep a text in the place of what was kept under this name."""
        secret = hidden(secret)
        check_text("KeyringKeeping", "secret", secret)
        self._asked(self._keyring.set_password, name, secret)

    def delete(self, name: str) -> None:
        """Forget what was kept; nothing happens where nothing was."""
        if self.load(name) is not None:  # keyrings say by one and the same error that nothing was and that they refuse
            self._asked(self._keyring.delete_password, name)

    def _asked(self, function: Callable[..., Any], *values: str | None) -> Any:
        """Ask the keyring, and put what it raises into a plain sentence, without its frames, which hold the secret."""
        errors = self._keyring.errors
        try:
            return function(_SERVICE, *values)
        except errors.NoKeyringError:
            wrong: ConfigurationError = NoKeyringError(
                "this machine has no keyring; keep sign-ins in a file, or set one up"
            )
        except Exception as error:  # of its own, or of what is behind it
            wrong = ConfigurationError(f"the keyring refused ({type(error).__name__}); unlock it, or use a file")
        raise wrong
