"""Where sign-ins are kept between runs: in the system's keyring, or in files that their owner alone can read."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any, BinaryIO, Final, Protocol, Self, TypeVar, cast
from urllib.parse import quote, unquote

from .._extras import extra
from ..errors import ConfigurationError, NoKeyringError, check_given
from ..transport.call import hidden
from .schemes import check_text

_ENDING: Final = ".secret"
_SERVICE: Final = "superoffice-sdk"
R = TypeVar("R")
_POSIX: Final = sys.platform != "win32"
_CAREFULLY: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class TokenStore(Protocol):
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


class NotOwnError(OSError):
    """A file or folder is not the user's own, alone; callers put it into an error for users."""


class Folder:
    """A folder that is opened once, so that nothing put in the place of its path later leads its files elsewhere.

    With `own`, it must be the user's own, closed to others, and not be reached by a link; so must be the files that are
    opened in it. Windows has neither owners to compare nor such handles: files are found by path there, and the rights
    of the folder above keep others out.
    """

    def __init__(self, path: Path, *, own: bool = True) -> None:
        self.path = path
        self._own = own
        self._handle: int | None = None
        if own:
            self._check(os.lstat(path))
        if _POSIX:  # pragma: no branch - Windows
            self._handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | (os.O_NOFOLLOW if own else 0))
            try:
                if own:
                    self._check(os.fstat(self._handle))  # another may have taken its place
            except NotOwnError:
                self.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it."""
        if self._handle is not None:  # pragma: no branch - Windows
            os.close(self._handle)

    def _check(self, found: os.stat_result) -> None:
        _check_owner(found, self.path)
        if not stat.S_ISDIR(found.st_mode):
            raise NotOwnError(f"{self.path} is not a folder")
        if _POSIX and found.st_mode & 0o077:
            raise NotOwnError(f"{self.path} is open to others (mode {stat.S_IMODE(found.st_mode):o} and not 700)")

    def check_place(self) -> None:
        """Raise where its path leads to another folder by now."""
        if self._handle is not None and not os.path.samestat(os.lstat(self.path), os.fstat(self._handle)):
            raise NotOwnError(f"{self.path} was exchanged for another folder")

    def _named(self, name: str) -> str:
        return name if self._handle is not None else str(self.path / name)

    def names(self) -> list[str]:
        """Return the names of what is in it."""
        return os.listdir(self.path if self._handle is None else self._handle)

    def found(self, name: str) -> os.stat_result | None:
        """Look at what has a name, without following it; None where nothing has."""
        try:
            return os.stat(self._named(name), dir_fd=self._handle, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def check(self, name: str, found: os.stat_result | None = None) -> None:
        """Raise where something has a name that is not a file of the user's own, with this name alone."""
        path, found = self.path / name, found or self.found(name)
        if found is not None:
            _check_owner(found, path)
            if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:  # 0 where another just took its place
                raise NotOwnError(f"{path} is no file of yours alone")

    def open(self, name: str, mode: str, rights: int = 0o666) -> BinaryIO:
        """Open a file, in bytes, that passes `check`; `fresh` makes one."""

        def opener(_: str, flags: int) -> int:
            # A link could lead to another's file, and opening a pipe would wait for ever.
            return os.open(self._named(name), flags | _CAREFULLY, rights, dir_fd=self._handle)

        try:
            file = cast("BinaryIO", open(self.path / name, mode, opener=opener))  # noqa: SIM115 - its caller closes it
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            raise NotOwnError(f"{self.path / name} is a link") from None
        try:
            if self._own:
                self.check(name, os.fstat(file.fileno()))
        except BaseException:
            file.close()
            raise
        return file

    def fresh(self, name: str) -> BinaryIO:
        """Make a file, in the place of an old one that passes `check`."""
        self.check(name)
        self.remove(name)
        return self.open(name, "xb")

    def write(self, name: str, content: str | bytes, rights: int = 0o666) -> None:
        """Write a file and put it in the place of an old one; whole or not at all."""
        made = f".{token_hex(8)}"
        try:
            with self.open(made, "xb", rights) as file:  # which has its rights from the first
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            self.move(made, self, name, over=True)
        except BaseException:
            with suppress(OSError):
                self.remove(made)
            raise

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with suppress(FileNotFoundError):
            os.unlink(self._named(name), dir_fd=self._handle)

    def move(self, name: str, to: Folder, new: str, *, over: bool) -> None:
        """Move a file to another folder; `over` what has the new name, or raise `FileExistsError` where something has.

        Without `over` a stop between its two steps leaves the file with both names.
        """
        there: dict[str, Any] = {"src_dir_fd": self._handle, "dst_dir_fd": to._handle}
        if not over and not _POSIX:  # pragma: no cover - Windows, whose rename replaces nothing
            os.rename(self._named(name), to._named(new))
            return
        try:
            if not over:
                os.link(self._named(name), to._named(new), **there)
                self.remove(name)
                return
        except FileExistsError:
            raise
        except OSError:
            pass  # a file system without hard links; the caller has looked just before
        os.replace(self._named(name), to._named(new), **there)

    def sync(self) -> None:
        """Have its entries reach the disk; Windows opens no folder, and keeps them by itself."""
        if self._handle is not None:  # pragma: no branch - Windows
            os.fsync(self._handle)


def _check_owner(found: os.stat_result, path: Path) -> None:
    if stat.S_ISLNK(found.st_mode) or getattr(found, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT:
        raise NotOwnError(f"{path} is a link")
    if _POSIX and found.st_uid != os.geteuid():
        raise NotOwnError(f"{path} belongs to another user, so it is no file of yours")


def _seal(name: str, secret: str) -> str:
    """Return what a stored text begins with, by which a change of it, or of its name, is noticed."""
    return sha256(f"{name}\n{secret}".encode()).hexdigest()


def _unsealed(name: str, text: str) -> str | None:
    """Return the secret of a stored text; None where it was changed."""
    seal, _, secret = text.partition("\n")
    return hidden(secret) if seal == _seal(name, secret) else None


class FileTokenStore:
    """Keeps each secret in a file of its own that its owner alone can read, and refuses one that others can.

    A file is written whole and put in its place at once, so that programs running side by side never see half of one.
    It carries a checksum; one that was edited, cut or renamed is refused, and so is a link, and a folder that is not
    its user's alone. On Windows the folder of the user's own program data is what keeps others out.

    Args:
        folder: Where the files are; made, for its owner alone, where it is not there. By default
            `$XDG_STATE_HOME/superoffice`, which is `~/.local/state/superoffice` on most systems.

    Raises:
        ConfigurationError: From its methods, where a file or the folder cannot be read or written, is open to others,
            or was changed by something else.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     keeping = FileTokenStore(folder)
    ...     keeping.save("mine", "secret")
    ...     keeping.names(), keeping.load("mine")
    (['mine'], <secret>)
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        check_given(str | os.PathLike | None, "the path of a folder", folder=folder)
        self.folder = default_folder() if folder is None else Path(folder)

    def __repr__(self) -> str:
        return f"FileTokenStore({str(self.folder)!r})"

    def load(self, name: str) -> str | None:
        """Give what was kept; None where nothing was."""
        path = self._path(name)

        def read(folder: Folder) -> tuple[str | None]:
            with folder.open(path.name, "rb") as file:
                if _POSIX and os.fstat(file.fileno()).st_mode & 0o077:
                    raise NotOwnError("it can be read or written by others, so what it keeps may be known or not yours")
                return (_unsealed(name, file.read().decode()),)

        if (found := self._done(path, "read", "remove it and sign in again", read)) is None:
            return None
        if found[0] is None:
            raise ConfigurationError(f"{path} was changed or cut since it was written; remove it and sign in again")
        return found[0]

    def save(self, name: str, secret: str) -> None:
        """Keep a text in the place of what was kept under this name; whole or not at all."""
        path, secret = self._path(name), hidden(secret)
        check_text("FileTokenStore", "secret", secret)

        def write(folder: Folder) -> None:
            folder.write(path.name, hidden(f"{_seal(name, secret)}\n{secret}"), 0o600)

        self._done(path, "written", "keep sign-ins elsewhere", write, make=True)

    def delete(self, name: str) -> None:
        """Forget what was kept, damaged or not; nothing happens where nothing was."""
        path = self._path(name)
        self._done(path, "removed", "remove it by hand", lambda folder: folder.remove(path.name))

    def names(self) -> list[str]:
        """Give the names under which something is kept, in order."""
        found = (
            self._done(
                self.folder, "read", "remove it, or keep sign-ins elsewhere, such as by XDG_STATE_HOME", Folder.names
            )
            or []
        )
        files = (name for name in found if name.endswith(_ENDING) and not name.startswith("."))
        return sorted(unquote(name.removesuffix(_ENDING)) for name in files)

    def _done(self, path: Path, done: str, remedy: str, work: Callable[[Folder], R], *, make: bool = False) -> R | None:
        """Do some work in the folder; None where something is not there. What it raises may hold the secret."""
        try:
            if make:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with Folder(self.folder) as folder:
                return work(folder)
        except NotOwnError as error:
            said = str(error)
        except UnicodeError:
            said = "it is no text"
        except OSError as error:
            if isinstance(error, FileNotFoundError | NotADirectoryError) and not make:
                return None
            said = error.strerror or type(error).__name__
        raise ConfigurationError(f"{path} cannot be {done}: {said}; {remedy}")

    def _path(self, name: str) -> Path:
        return self.folder / f"{quote(name, safe='')}{_ENDING}"


class KeyringTokenStore:
    """Keeps secrets in the system's keyring; needs the extra `keyring`.

    Raises:
        ConfigurationError: The extra is missing, or, from its methods, the keyring is locked or refuses.
        NoKeyringError: From its methods, where the machine has none; `FileTokenStore` works there.

    >>> try:
    ...     keeping = KeyringTokenStore()
    ... except NoKeyringError:
    ...     keeping = FileTokenStore(folder)
    """

    def __init__(self) -> None:
        with extra("keyring"):
            import keyring
            import keyring.errors
        self._keyring = keyring

    def __repr__(self) -> str:
        return "KeyringTokenStore()"

    def load(self, name: str) -> str | None:
        """Give what was kept; None where nothing was."""
        found: str | None = self._asked(self._keyring.get_password, name)
        return hidden(found)

    def save(self, name: str, secret: str) -> None:
        """Keep a text in the place of what was kept under this name."""
        secret = hidden(secret)
        check_text("KeyringTokenStore", "secret", secret)
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
