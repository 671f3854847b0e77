"""`superoffice login`, the commands that use it, and `superoffice logout`, as people run them."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import keyring
import keyring.backends.fail
import pytest

import superoffice_sandbox
from superoffice import FileTokenStore
from superoffice.cli.app import cli
from superoffice.cli.signed_in import forget, names
from superoffice_sandbox import Sandbox

from ...support import person
from ...support.person import Person
from ...support.sign_in import asked
from ..auth.conftest import box, signing_box
from ..auth.test_storage import Backend
from . import test_cli

__all__ = ["box", "signing_box"]


@attrs.frozen
class Done:
    """What a command said, and its exit status."""

    returncode: Any
    stdout: str
    stderr: str


class Desk:
    """A person's machine: its keyring, its browser, what is kept. Commands run in this process: starting takes long."""

    def __init__(
        self, folder: Path, patch: pytest.MonkeyPatch, said: pytest.CaptureFixture[str], backend: Backend | None = None
    ) -> None:
        self.state, self._patch, self._said = folder / "state", patch, said
        keyring.set_keyring(backend or keyring.backends.fail.Keyring())  # the second is what a server has
        for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
            patch.setenv(name, str(self.state))
        patch.setenv("COLUMNS", "200")

    def run(self, *arguments: str, browser: Callable[[str], object] | None = None, **environment: str) -> Done:
        with self._patch.context() as patch:
            patch.setattr("webbrowser.open", browser)
            for name, value in environment.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                cli.main(arguments, prog_name="superoffice")
        return Done(ended.value.code, *self._said.readouterr())

    def login(self, box: Sandbox, *options: str, choice: str = "allow", **environment: str) -> Done:
        where = [box.identity.tenant, "--environment", box.site, "--client-id", box.identity.client_id]
        return self.run("login", *where, *options, browser=Person(box.user, box.password, choice), **environment)

    def kept(self) -> str:
        files = [path.read_text() for path in self.state.rglob("*") if path.is_file()]
        return "\n".join(files)


@pytest.fixture
def before() -> Iterator[None]:
    ring = keyring.get_keyring()
    yield
    keyring.set_keyring(ring)


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], before: None, box: Sandbox
) -> Desk:
    box.requests.clear()
    return Desk(tmp_path, monkeypatch, capsys)


def test_it_works_as_a_command(box: Sandbox, tmp_path: Path) -> None:
    browser = shlex.join([sys.executable, person.__file__, box.user, box.password, "allow"])
    environment = {
        "XDG_STATE_HOME": str(tmp_path),
        "LOCALAPPDATA": str(tmp_path),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "BROWSER": f"{browser} %s",
    }
    where = [box.identity.tenant, "--environment", box.site, "--client-id", box.identity.client_id]
    done = test_cli.run("login", *where, environment=environment)
    assert done.returncode == 0, done.stderr
    assert test_cli.run("get", "439", environment=environment).returncode == 0


def test_a_person_signs_in_once_for_many_commands(desk: Desk, box: Sandbox) -> None:
    done = desk.login(box)
    assert done.returncode == 0, done.stderr
    assert f"Signed in to Cust12345 ({box.site}); the tokens are in {desk.state}" in done.stderr
    assert "The tokens are stored in a file, since this machine has no keyring" in done.stderr
    assert done.stdout.startswith(f"{box.site}/login/common/oauth/authorize?")
    for _ in range(2):
        assert desk.run("get", "439", "--output", "jsonl").returncode == 0
    assert asked(box)["tokens"] == 1
    box.identity.expire()
    assert desk.run("get", "439").returncode == 0
    assert asked(box)["tokens"] == 2
    assert desk.run("logout").stderr == f"Signed out of Cust12345 ({box.site}).\n"
    assert desk.kept() == ""
    done = desk.run("get", "439")
    assert (done.returncode, "no site was named" in done.stderr) == (2, True)
    done = desk.run("get", "439", SUPEROFFICE_TENANT="Cust12345")
    assert (done.returncode, "nobody is signed in to Cust12345; superoffice login" in done.stderr) == (2, True)
    assert desk.run("logout").stderr == "Nobody was signed in.\n"


@pytest.mark.off_document("the doctor asks on purpose what the document does not have")
def test_the_doctor_uses_it_too(desk: Desk, box: Sandbox) -> None:
    assert desk.login(box).returncode == 0
    done = desk.run("doctor", "--ids", "439")
    assert done.returncode in (0, 1), done.stdout


def test_a_keyring_keeps_the_tokens_where_there_is_one(
    box: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    before: None,
) -> None:
    ring = Backend()
    desk = Desk(tmp_path, monkeypatch, capsys, ring)
    done = desk.login(box)
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith(f"Signed in to Cust12345 ({box.site}); the tokens are in the keyring.\n")
    assert "access_token" in "".join(ring.held.values())
    assert "access_token" not in desk.kept()
    assert desk.run("get", "439").returncode == 0
    assert desk.run("logout", "Cust12345", "--environment", box.site).returncode == 0
    assert ring.held == {}
    ring.locked = True
    done = desk.login(box)
    assert "stored in a file, since the keyring refused (KeyringLocked)" in done.stderr
    done = desk.login(box, "--token-store", "keyring")
    assert (done.returncode, "the keyring refused (KeyringLocked); unlock it" in done.stderr) == (2, True)


def test_a_keyring_that_is_asked_for_must_be_there(desk: Desk, box: Sandbox) -> None:
    done = desk.login(box, "--token-store", "keyring")
    assert (done.returncode, "this machine has no keyring" in done.stderr) == (2, True)
    assert desk.login(box, "--token-store", "file").returncode == 0
    assert desk.run("get", "439").returncode == 0
    (kept,) = desk.state.glob("superoffice/*.secret")
    kept.chmod(0o644)
    done = desk.run("get", "439")
    assert (done.returncode, "can be read or written by others" in done.stderr) == (2, True)
    (remembered,) = desk.state.glob("superoffice/signed-in/*")
    remembered.chmod(0o644)
    done = desk.run("get", "439")
    assert (done.returncode, "can be read or written by others" in done.stderr) == (2, True)
    done = desk.run("logout")
    assert (done.returncode, "It was damaged. If a keyring holds" in done.stderr) == (0, True)
    assert desk.kept() == ""


def test_nobody_is_asked_to_sign_in_for_what_cannot_be_remembered(desk: Desk, box: Sandbox) -> None:
    (desk.state / "superoffice").mkdir(parents=True)
    (desk.state / "superoffice" / "signed-in").touch()
    done = desk.login(box)
    assert (done.returncode, "cannot be written" in done.stderr, done.stdout) == (2, True, "")
    assert asked(box) == {}


def test_who_signs_out_needs_no_secret(desk: Desk, box: Sandbox) -> None:
    assert desk.login(box).returncode == 0
    done = desk.run("logout", SUPEROFFICE_APP_TOKEN="s\udcff")
    assert (done.returncode, done.stderr) == (0, f"Signed out of Cust12345 ({box.site}).\n")


def test_who_says_no_is_not_signed_in(desk: Desk, box: Sandbox) -> None:
    done = desk.login(box, choice="deny")
    assert (done.returncode, "Error: authentication was refused: access_denied" in done.stderr) == (3, True)
    assert desk.kept() == ""


def test_a_secret_comes_from_the_environment_alone(desk: Desk, box: Sandbox) -> None:
    application = box.identity.register(secret_required=True)
    known = {"SUPEROFFICE_CLIENT_ID": application.client_id, "SUPEROFFICE_APP_TOKEN": application.client_secret}
    here = ["login", box.identity.tenant, "--environment", box.site, "--wait", "60"]
    done = desk.run(*here, browser=Person(box.user, box.password), **known)
    assert done.returncode == 0, done.stderr
    assert application.client_secret not in desk.kept() + done.stdout + done.stderr
    box.identity.expire()
    assert desk.run("get", "439", **known).returncode == 0


def test_a_sign_in_goes_to_its_own_tenant_alone(desk: Desk, box: Sandbox) -> None:
    assert desk.login(box).returncode == 0
    with superoffice_sandbox.start(tickets=0) as other:
        assert desk.run("get", "439", "--site", other.site).returncode == 3
        assert desk.run("get", "439", SUPEROFFICE_SITE=other.site).returncode == 3
        assert all("authorization" not in request.headers for request in other.requests)
        assert desk.login(other).returncode == 0
        done = desk.run("get", "439")
        assert (done.returncode, "say which by SUPEROFFICE_TENANT and SUPEROFFICE_ENVIRONMENT" in done.stderr) == (
            2,
            True,
        )
        assert desk.run("get", "439", SUPEROFFICE_ENVIRONMENT=box.site).returncode == 0
        assert desk.run("get", "439", SUPEROFFICE_USER="a", SUPEROFFICE_PASSWORD="b").returncode == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["Cust12345"], "Missing option '--client-id'"),
        (["Cust12345", "--client-id", "a", "--environment", "stage"], "it is 'qaonline' now"),
        (["Cust/12345", "--client-id", "a", "--environment", "sod"], "not a context identifier"),
        (
            ["Cust12345", "--client-id", "a", "--environment", "sod", "--redirect", "https://crm.example.com"],
            "plain http",
        ),
    ],
)
def test_usage_errors_are_told_before_a_browser_opens(desk: Desk, options: list[str], said: str) -> None:
    done = desk.run("login", *options, "--token-store", "file", "--wait", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda _: b"",
    "cut": lambda whole: whole[: len(whole) // 2],
    "cut at its end": lambda whole: whole[:-1],
    "edited": lambda whole: whole.replace(b"Cust12345", b"Cust99999"),
    "another encoding": lambda whole: whole.decode().encode("utf-16"),
    "bytes": lambda _: bytes(range(256)),
    "text alone": lambda whole: whole.partition(b"\n")[2],
}


@pytest.mark.parametrize("damage", list(DAMAGES))
@pytest.mark.parametrize("place", ["superoffice/*.secret", "superoffice/signed-in/*"])
def test_a_damaged_sign_in_is_told_and_can_be_signed_out_of(place: str, damage: str, desk: Desk, box: Sandbox) -> None:
    assert desk.login(box).returncode == 0
    (file,) = desk.state.glob(place)
    file.write_bytes(DAMAGES[damage](file.read_bytes()))
    done = desk.run("get", "439")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(rf"{re.escape(file.name)} .*; remove it and sign in again", done.stderr), done.stderr
    done = desk.run("logout", "Cust12345")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(f"Signed out of Cust12345 ({box.site}).\n")
    assert ("It was damaged." in done.stderr) is ("signed-in" in place)
    assert [path for path in desk.state.rglob("*") if path.is_file()] == []
    assert desk.login(box).returncode == 0
    assert desk.run("get", "439").returncode == 0


@pytest.mark.parametrize("place", ["superoffice/*.secret", "superoffice/signed-in/*"])
def test_signing_in_again_mends_a_damaged_sign_in(place: str, desk: Desk, box: Sandbox) -> None:
    assert desk.login(box).returncode == 0
    (file,) = desk.state.glob(place)
    file.write_bytes(b"")
    assert desk.login(box).returncode == 0
    assert desk.run("get", "439").returncode == 0


@pytest.mark.parametrize(
    "stored",
    [
        *("null", "[]", "5", '""', "{}", '{"context": "Cust12345"}', "[" * 5_000),
        '{"context": 5, "environment": "sod", "client_id": "a", "store": "file"}',
        '{"context": "Other", "environment": "sod", "client_id": "a", "store": "file"}',
        '{"context": "Cust12345", "environment": "sod", "client_id": "", "store": "file"}',
        '{"context": "Cust12345", "environment": "sod", "client_id": "a", "store": "vault"}',
    ],
)
def test_a_sign_in_of_another_version_is_told_and_can_be_signed_out_of(stored: str, desk: Desk) -> None:
    files = FileTokenStore(desk.state / "superoffice")
    files.save("sod/Cust12345/a", "tokens")
    files.save("sod/Cust12345/system-user-1f0c", "a program's own")
    files.save("sod/Cust123456/a", "another tenant's")
    FileTokenStore(files.folder / "signed-in").save("sod/Cust12345", stored)
    done = desk.run("get", "439", SUPEROFFICE_TENANT="Cust12345")
    assert (done.returncode, done.stdout) == (2, "")
    assert "superoffice logout removes them" in done.stderr or "an empty client_id" in done.stderr
    done = desk.run("get", "439", SUPEROFFICE_TENANT="Cust99")  # which another tenant's does not keep from its own
    assert (done.returncode, "nobody is signed in to Cust99" in done.stderr) == (2, True)
    done = desk.run("logout")
    assert (done.returncode, "It was damaged. If a keyring holds its tokens" in done.stderr) == (0, True)
    assert files.names() == ["sod/Cust12345/system-user-1f0c", "sod/Cust123456/a"]


@pytest.mark.parametrize(
    "stored",
    [
        *("null", "[]", "5", "{}", '{"access_token": "a"}', "[" * 5_000, "x"),
        '{"expires_at": "x", "access_token": "a"}',
        '{"expires_at": 1, "access_token": null}',
        '{"expires_at": 1e999, "access_token": "a"}',
        '{"expires_at": 99999999999, "access_token": "a\\nb"}',
        '{"expires_at": 99999999999, "access_token": "\\u0000"}',
        '{"expires_at": 99999999999, "access_token": "\\u20ac"}',
        '{"expires_at": 99999999999, "access_token": ""}',
        '{"expires_at": 0, "access_token": "a", "refresh_token": "\\u20ac\\n"}',
        '{"expires_at": 0, "access_token": "a", "refresh_token": 5}',
    ],
)
def test_tokens_that_were_changed_where_nothing_tells_are_an_error_of_ours(
    stored: str, desk: Desk, box: Sandbox
) -> None:
    """In a keyring, or in a TokenStore of one's own."""
    ring = Backend()
    keyring.set_keyring(ring)
    assert desk.login(box).returncode == 0
    (name,) = ring.held
    ring.held[name] = stored
    done = desk.run("get", "439")
    assert (done.returncode in (2, 3), done.stdout, "Error: " in done.stderr) == (True, "", True), done.stderr
    assert desk.run("logout").returncode == 0
    assert ring.held == {}


def test_where_nothing_can_be_stored_nobody_is_asked_to_sign_in(desk: Desk, box: Sandbox) -> None:
    (desk.state / "superoffice").mkdir(parents=True)
    (desk.state / "superoffice").chmod(0o755)
    done = desk.login(box, "--token-store", "file")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is open to others (mode 755 and not 700)" in done.stderr
    (desk.state / "superoffice" / "signed-in").mkdir(mode=0o755)
    done = desk.run("logout")
    assert (done.returncode, "is open to others (mode 755 and not 700)" in done.stderr) == (2, True)


def test_a_sign_in_that_another_command_forgot_is_forgotten(desk: Desk, box: Sandbox) -> None:
    assert desk.login(box).returncode == 0
    name = f"{box.site}/Cust12345"
    assert [forget(name), forget(name), names(None, None)] == [True, True, []]
