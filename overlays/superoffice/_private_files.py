"""Folders and files of the user alone: opened without following links, and written as a whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Final, Self, cast

POSIX: Final = sys.platform != "win32"
_NO_LINK_NO_WAIT: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class NotOwnError(OSError):
    """A file or folder is not the user's own, alone; callers put it into an error for users."""


class Folder:
    """A folder that is opened once, so that whatever takes its path later cannot lead its files elsewhere.

    With `own`, it and the files that are opened in it must be the user's alone. Windows has no owners to compare and no
    such handles: files are found by path there, and the rights of the folder above keep others out.
    """

    def __init__(self, path: Path, *, own: bool = True) -> None:
        self.path = path
        self._own = own
        self._handle: int | None = None
        if own:
            _check(os.lstat(path), path, folder=True)
        if POSIX:  # pragma: no branch - Windows
            self._handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | (os.O_NOFOLLOW if own else 0))
            try:
                if own:
                    _check(os.fstat(self._handle), path, folder=True)  # another may have taken its place
            except NotOwnError:
                os.close(self._handle)
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:  # pragma: no branch - Windows
            os.close(self._handle)

    def check_place(self) -> None:
        """Raise where the path leads to another folder by now."""
        if self._handle is not None and not os.path.samestat(os.lstat(self.path), os.fstat(self._handle)):
            raise NotOwnError(f"{self.path} was exchanged for another folder")

    def _named(self, name: str) -> str:
        return name if self._handle is not None else str(self.path / name)

    def names(self) -> list[str]:
        return os.listdir(self.path if self._handle is None else self._handle)

    def found(self, name: str) -> os.stat_result | None:
        """Return the facts of a file, or of a link without following it; None where there is none."""
        try:
            return os.stat(self._named(name), dir_fd=self._handle, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def check(self, name: str, found: os.stat_result | None = None) -> None:
        """Raise where a name belongs to anything but a file of the user alone, which has no second name."""
        if (found := found or self.found(name)) is not None:
            _check(found, self.path / name, folder=False)

    def open(self, name: str, mode: str, rights: int = 0o666) -> BinaryIO:
        """Open a file, in bytes, that passes `check`; `fresh` makes one."""

        def opener(_: str, flags: int) -> int:
            # A link could lead to another's file, and opening a pipe would wait for ever.
            return os.open(self._named(name), flags | _NO_LINK_NO_WAIT, rights, dir_fd=self._handle)

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
        made = f".{token_hex(8)}"
        try:
            with self.open(made, "xb", rights) as file:  # which has its rights from the first
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            self.move(made, self, name)
        except BaseException:
            with suppress(OSError):
                self.remove(made)
            raise

    def remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self._named(name), dir_fd=self._handle)

    def move(self, name: str, to: Folder, new: str) -> None:
        """Move a file, over an old one."""
        os.replace(self._named(name), to._named(new), src_dir_fd=self._handle, dst_dir_fd=to._handle)

    def sync(self) -> None:
        """Write the folder's entries to the disk; Windows opens no folder, and does it by itself."""
        if self._handle is not None:  # pragma: no branch - Windows
            os.fsync(self._handle)


def _check(found: os.stat_result, path: Path, *, folder: bool) -> None:
    if stat.S_ISLNK(found.st_mode) or getattr(found, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT:
        raise NotOwnError(f"{path} is a link")
    if POSIX and found.st_uid != os.geteuid():
        raise NotOwnError(f"{path} belongs to another user")
    if folder and not stat.S_ISDIR(found.st_mode):
        raise NotOwnError(f"{path} is not a folder")
    if folder and POSIX and found.st_mode & 0o077:
        raise NotOwnError(f"{path} is open to others (mode {stat.S_IMODE(found.st_mode):o} and not 700)")
    if not folder and (not stat.S_ISREG(found.st_mode) or found.st_nlink > 1):  # 0 where another just took its place
        raise NotOwnError(f"{path} is not a file of yours alone")
