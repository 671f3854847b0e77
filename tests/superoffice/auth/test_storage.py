"""What is kept between runs: whole, by its owner alone, in a file or in a keyring."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.errors
import pytest

from superoffice import ConfigurationError, FileTokenStore, KeyringTokenStore, NoKeyringError
from superoffice.auth.storage import default_folder

from ...support.secrets import texts

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps others out by the folder")
SECRET = '{"refresh_token": "s3cret/of+user"}'
NAME = "sod/Cust12345/../4pp"


@pytest.fixture
def files(tmp_path: Path) -> FileTokenStore:
    return FileTokenStore(tmp_path / "a" / "b")


def test_a_secret_comes_back_until_it_is_forgotten(files: FileTokenStore) -> None:
    assert files.load(NAME) is None
    files.delete(NAME)
    files.save(NAME, "old")
    files.save(NAME, SECRET)
    files.save("other", "ö")
    assert files.load(NAME) == SECRET
    assert "s3cret" not in repr(files.load(NAME))
    assert files.load("other") == "ö"
    files.delete(NAME)
    assert files.load(NAME) is None
    assert [path.parent for path in files.folder.rglob("*")] == [files.folder]
    assert repr(files) == f"FileTokenStore({str(files.folder)!r})"


@posix
def test_its_owner_alone_can_read_it_whatever_the_umask(files: FileTokenStore) -> None:
    before = os.umask(0)
    try:
        files.save(NAME, SECRET)
    finally:
        os.umask(before)
    (path,) = files.folder.iterdir()
    assert (path.stat().st_mode & 0o777, files.folder.stat().st_mode & 0o777) == (0o600, 0o700)


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_a_file_that_others_can_reach_is_refused(files: FileTokenStore, mode: int) -> None:
    files.save(NAME, SECRET)
    (path,) = files.folder.iterdir()
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match=r"by others.*sign in again") as caught:
        files.load(NAME)
    assert "s3cret" not in texts(caught.value)
    files.delete(NAME)
    assert files.load(NAME) is None


@posix
def test_what_is_no_file_of_ones_own_is_refused(files: FileTokenStore, tmp_path: Path) -> None:
    files.save(NAME, SECRET)
    (path,) = files.folder.iterdir()
    elsewhere = path.rename(tmp_path / "elsewhere")
    path.symlink_to(elsewhere)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        files.load(NAME)
    path.unlink()
    os.mkfifo(path, 0o600)
    with pytest.raises(ConfigurationError, match="not a file of yours"):
        files.load(NAME)
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigurationError, match=r"cannot be read|not a file of yours"):
        files.load(NAME)
    with pytest.raises(ConfigurationError, match="cannot be written"):
        files.save(NAME, SECRET)
    with pytest.raises(ConfigurationError, match="cannot be removed"):
        files.delete(NAME)
    path.rmdir()
    path.touch(0o600)
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match="it is not text; remove it"):
        files.load(NAME)


@posix
def test_another_users_file_is_refused(files: FileTokenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    files.save(NAME, SECRET)
    monkeypatch.setattr("superoffice._private_files.os.geteuid", lambda: os.getuid() + 1)
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        files.load(NAME)


@posix
@pytest.mark.parametrize("made", ["a link", "open to others", "written by others", "a file"])
def test_a_folder_that_is_not_ones_own_alone_is_refused(made: str, files: FileTokenStore, tmp_path: Path) -> None:
    files.save(NAME, SECRET)
    if made == "a link":
        files.folder.symlink_to(files.folder.rename(tmp_path / "elsewhere"))
    elif made == "a file":
        shutil.rmtree(files.folder)
        files.folder.touch()
    else:
        files.folder.chmod(0o750 if "open" in made else 0o722)
    for wrong in (lambda: files.load(NAME), lambda: files.save(NAME, SECRET), lambda: files.delete(NAME), files.names):
        with pytest.raises(ConfigurationError, match=r"is a link|is open to others|not a folder|File exists"):
            wrong()
    assert not any((tmp_path / "elsewhere").glob("*other*"))


@posix
def test_a_folder_that_is_exchanged_as_it_is_opened_is_refused(
    files: FileTokenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.save(NAME, SECRET)
    open_it = os.open

    def late(path: Any, *given: Any, **more: Any) -> int:
        files.folder.rename(tmp_path / "away")
        files.folder.mkdir()
        files.folder.chmod(0o777)
        monkeypatch.setattr(os, "open", open_it)
        return open_it(path, *given, **more)

    monkeypatch.setattr(os, "open", late)
    with pytest.raises(ConfigurationError, match=r"is open to others \(mode 777 and not 700\)"):
        files.save(NAME, "new")
    assert list(files.folder.iterdir()) == []


@posix
@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="giving files away takes the rights of root")
@pytest.mark.parametrize("given", ["the folder", "the file"])
def test_what_another_user_made_is_refused(given: str, files: FileTokenStore) -> None:
    files.save(NAME, SECRET)
    (path,) = files.folder.iterdir()
    os.chown(files.folder if given == "the folder" else path, 65_534, 65_534)
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        files.load(NAME)
    if given == "the folder":
        for wrong in (lambda: files.save(NAME, "new"), lambda: files.delete(NAME), files.names):
            with pytest.raises(ConfigurationError, match="belongs to another user"):
                wrong()
    assert SECRET in path.read_text()


@posix
def test_a_link_is_replaced_and_never_followed(files: FileTokenStore, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    files.save(NAME, SECRET)
    (path,) = files.folder.iterdir()
    for link in (path.symlink_to, path.hardlink_to):
        path.unlink()
        link(tmp_path / "victim")
        with pytest.raises(ConfigurationError, match=r"is a link|not a file of yours alone"):
            files.load(NAME)
        files.save(NAME, SECRET)
        assert (files.load(NAME), (tmp_path / "victim").read_text()) == (SECRET, "mine")


def test_what_was_changed_is_refused_until_it_is_removed(files: FileTokenStore) -> None:
    files.save(NAME, SECRET)
    files.save("another", "other")
    path = files.folder / f"{quote(NAME, safe='')}.secret"
    whole = path.read_bytes()
    chance = random.Random(1)  # noqa: S311 - which edits
    edits = [whole[:place] for place in range(0, len(whole), 7)]
    for _ in range(40):
        place = chance.randrange(len(whole))
        before, after = whole[:place], whole[place:]
        edits += (
            before + after[1:],
            before + b"x" + after,
            before + bytes([after[0] ^ 1 << chance.randrange(8)]) + after[1:],
        )
    edits += (whole.decode().encode("utf-16"), whole + b"\n", whole.replace(b"\n", b"\r\n"), SECRET.encode(), bytes(99))
    edits += ((files.folder / "another.secret").read_bytes(),)  # under another name
    for edit in edits:
        path.write_bytes(edit)
        with pytest.raises(ConfigurationError, match="remove it and sign in again") as caught:
            files.load(NAME)
        assert "s3cret" not in texts(caught.value), edit
    files.delete(NAME)
    assert files.load(NAME) is None
    assert files.names() == ["another"]


def test_a_write_that_fails_leaves_what_was_there(files: FileTokenStore, tmp_path: Path) -> None:
    files.save(NAME, SECRET)
    with pytest.raises(ConfigurationError, match="not UTF-8") as unfit:
        files.save(NAME, SECRET + "\ud800")
    assert "s3cret" not in texts(unfit.value)
    assert files.load(NAME) == SECRET
    assert len(list(files.folder.iterdir())) == 1
    blocked = FileTokenStore(tmp_path / "file" / "folder")
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot be written") as caught:
        blocked.save(NAME, SECRET)
    assert "s3cret" not in texts(caught.value)


def test_files_are_where_programs_keep_what_they_remember(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert FileTokenStore().folder == default_folder() == tmp_path / "superoffice"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.delenv("LOCALAPPDATA")
    assert default_folder().is_relative_to(Path.home())
    monkeypatch.setenv("XDG_STATE_HOME", "relative")  # which XDG has programs ignore
    monkeypatch.setenv("LOCALAPPDATA", "relative")
    assert default_folder().is_relative_to(Path.home())


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert FileTokenStore(tmp_path / "nowhere").names() == []
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ConfigurationError, match=r"loop cannot be read: .*XDG_STATE_HOME"):
        FileTokenStore(tmp_path / "loop").names()


WRITER = """
import sys
from superoffice import FileTokenStore
files = FileTokenStore(sys.argv[1])
for number in range(200):
    files.save("shared", sys.argv[2] * 4000)
    found = files.load("shared")
    assert found is not None and len(found) == 4000 and len(set(found)) == 1, found
"""


def test_processes_side_by_side_never_see_half_of_one(files: FileTokenStore) -> None:
    both = [subprocess.Popen([sys.executable, "-c", WRITER, str(files.folder), letter]) for letter in "ab"]
    assert [process.wait(120) for process in both] == [0, 0]
    assert len(list(files.folder.iterdir())) == 1


class Backend(keyring.backend.KeyringBackend):
    """A keyring in memory, that can be locked."""

    priority = 1  # type: ignore[assignment] # the base class computes it

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise keyring.errors.KeyringLocked(f"locked: {self.held}")
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise keyring.errors.PasswordSetError(password)
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")
        if self.held.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError("not found")


@pytest.fixture
def backend() -> Iterator[Backend]:
    before = keyring.get_keyring()
    keyring.set_keyring(backend := Backend())
    yield backend
    keyring.set_keyring(before)


def test_a_keyring_keeps_too(backend: Backend) -> None:
    kept = KeyringTokenStore()
    assert kept.load(NAME) is None
    kept.delete(NAME)
    kept.save(NAME, SECRET)
    assert backend.held == {("superoffice-sdk", NAME): SECRET}
    assert kept.load(NAME) == SECRET
    assert "s3cret" not in repr(kept.load(NAME))
    kept.delete(NAME)
    assert kept.load(NAME) is None
    assert repr(kept) == "KeyringTokenStore()"


def test_a_locked_keyring_says_what_to_do_and_shows_nothing(backend: Backend) -> None:
    kept = KeyringTokenStore()
    kept.save(NAME, SECRET)
    backend.locked = True
    for wrong in (lambda: kept.load(NAME), lambda: kept.save(NAME, SECRET), lambda: kept.delete(NAME)):
        with pytest.raises(ConfigurationError, match=r"the keyring refused.*use a file") as caught:
            wrong()
        assert not isinstance(caught.value, NoKeyringError)
        assert "s3cret" not in texts(caught.value)


def test_what_is_behind_a_keyring_may_raise_anything(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*values: str) -> None:
        raise OSError(f"no bus for {values}")

    kept = KeyringTokenStore()
    for name in ("get_password", "set_password"):
        monkeypatch.setattr(backend, name, fails)
    for wrong in (lambda: kept.load(NAME), lambda: kept.save(NAME, SECRET)):
        with pytest.raises(ConfigurationError, match=r"the keyring refused \(OSError\)") as caught:
            wrong()
        assert "s3cret" not in texts(caught.value)
    with pytest.raises(ConfigurationError, match="not UTF-8") as unfit:
        kept.save(NAME, SECRET + "\ud800")
    assert "s3cret" not in texts(unfit.value)


def test_a_machine_without_keyring_says_so(backend: Backend) -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())  # what the package takes on a server
    with pytest.raises(NoKeyringError, match="no keyring; store tokens in a file"):
        KeyringTokenStore().load(NAME)


WITHOUT = """
import sys
for name in sys.argv[1:]:
    sys.modules[name] = None
import superoffice
for ask in (
    superoffice.KeyringTokenStore,
    lambda: superoffice.login(superoffice.Tenant("Cust12345"), "id", show=print),
    lambda: superoffice.SystemUserAuth(
        superoffice.Tenant("Cust12345"), system_token="t", private_key="<", app_token="a"
    ),
):
    try:
        ask()
    except superoffice.SuperOfficeError as error:
        print(error)
"""


def test_a_missing_extra_is_named() -> None:
    packages = ("cryptography", "joserfc", "keyring")
    done = subprocess.run([sys.executable, "-c", WITHOUT, *packages], capture_output=True, text=True, check=True)
    signs = "signing in this way needs its extra: pip install 'superoffice-sdk[signin]'"
    keeps = "storing tokens in the system's keyring needs its extra: pip install 'superoffice-sdk[keyring]'"
    assert done.stdout.splitlines() == [keeps, signs, signs]  # and no address, at which a person would sign in


@pytest.mark.parametrize("missing", ["joserfc", "cryptography"])
def test_half_of_an_extra_is_told_of_before_anything_is_exchanged(missing: str) -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT, missing], capture_output=True, text=True, check=True)
    assert done.stdout.count("signing in this way needs its extra") == 2


def test_a_package_that_an_extra_lacks_itself_is_no_missing_extra() -> None:
    from superoffice.errors import extra

    with pytest.raises(ModuleNotFoundError), extra("keyring"):
        raise ModuleNotFoundError(name="jaraco.classes")
