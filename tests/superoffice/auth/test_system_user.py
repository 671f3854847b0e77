"""A server signs in as system user: a signed token for a session ticket, checked, stored and refreshed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, get_args

import pytest

from superoffice import (
    ConfigurationError,
    Environment,
    FileTokenStore,
    SignInError,
    SuperOffice,
    SystemUserAuth,
    Tenant,
    TenantUnavailableError,
)
from superoffice_sandbox import Forgery, Sandbox

from ...support.keys import pem, rsa_key
from ...support.secrets import texts
from ...support.sign_in import BOTH, Read, asked, read, tenant
from ..cli import test_cli


def auth(box: Sandbox, **changes: Any) -> SystemUserAuth:
    user = box.identity.system_user
    given = {
        "system_token": user.system_token,
        "private_key": user.private_key_pem(),
        "app_token": user.app_token,
        **changes,
    }
    return SystemUserAuth(given.pop("tenant", tenant(box)), **given)


@pytest.mark.parametrize("read", BOTH)
def test_it_reads_tickets_with_one_exchange(box: Sandbox, read: Read) -> None:
    signs = auth(box)
    assert read(box, signs, signs) == [439, 439]
    assert asked(box) == {"Authenticate": 1, "jwks": 1, "GetTickets": 2}


@pytest.mark.parametrize("read", BOTH)
def test_requests_for_the_tenant_and_the_ticket_count_among_those_of_a_second(box: Sandbox, read: Read) -> None:
    began = time.monotonic()
    assert read(box, auth(box), calls_per_second=1) == [439]
    assert asked(box) == {"Authenticate": 1, "jwks": 1, "GetTickets": 1}  # and one for where the tenant is
    assert time.monotonic() - began >= 3


@pytest.mark.parametrize("form", ["xml", "locked"])
def test_the_key_comes_in_each_form(box: Sandbox, form: str) -> None:
    user = box.identity.system_user
    key = {"private_key": user.private_key_xml()}
    if form == "locked":
        key = {"private_key": user.private_key_pem("a passphrase"), "passphrase": "a passphrase"}
    assert read(box, auth(box, **key)) == [439]


FAR_AWAY = """
import logging, sys
logging.disable()  # on a busy machine a call may be slow, which is told
from superoffice import SuperOffice, SystemUserAuth
from tests.support.sign_in import at
token, app_token, site, name = sys.argv[1:]
auth = SystemUserAuth(at(site, name), system_token=token, private_key=sys.stdin.read(), app_token=app_token)
with SuperOffice(f"{site}/{name}", auth=auth) as client:
    print(client.tickets.get(439).ticket_id)
"""


def test_the_minute_is_in_utc_wherever_the_machine_is(box: Sandbox) -> None:
    user = box.identity.system_user
    command = [sys.executable, "-c", FAR_AWAY, user.system_token, user.app_token, box.site, user.tenant]
    here = {**os.environ, "TZ": "Pacific/Kiritimati", "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(command, input=user.private_key_pem(), env=here, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("439\n", "")


@pytest.mark.parametrize("read", BOTH)
def test_a_ticket_that_has_ended_is_exchanged_anew(box: Sandbox, read: Read) -> None:
    signs = auth(box)
    assert read(box, signs) == [439]
    box.identity.clock.forward(hours=7)
    assert read(box, signs) == [439]
    assert asked(box)["Authenticate"] == 2
    assert asked(box)["GetTickets"] == 3  # the one that was answered 401 among them


def test_the_app_token_always_goes_along(box: Sandbox) -> None:
    assert read(box, auth(box)) == [439]
    headers = box.requests[-1].headers
    assert "so-apptoken" in {name.lower() for name in headers}


FORGERIES = [(kind, "") for kind in get_args(Forgery) if kind not in ("missing_claim", "wrong_audience", "wrong_nonce")]
MISSING = [("missing_claim", claim) for claim in ("exp", "iss", "http://schemes.superoffice.net/identity/ticket")]


@pytest.mark.parametrize(("kind", "claim"), FORGERIES + MISSING)
def test_a_forged_token_signs_nobody_in(box: Sandbox, kind: Any, claim: str) -> None:
    box.identity.misbehave(kind, claim=claim)
    signs = auth(box)
    with pytest.raises(SignInError, match=r"token .*(sign|key|issued|expired|valid yet|RS256|says by|holds no ticket)"):
        read(box, signs)
    assert asked(box)["GetTickets"] == 0
    assert asked(box)["foreign"] == 0
    assert read(box, signs) == [439]


def test_keys_may_change_but_are_not_fetched_over_and_over(box: Sandbox) -> None:
    signs = auth(box)
    assert read(box, signs) == [439]
    box.identity.rotate_keys(retire=True)
    box.identity.expire()
    assert read(box, signs) == [439]
    assert asked(box)["jwks"] == 2
    box.identity.expire()
    box.identity.misbehave("unknown_key", times=5)
    for _ in range(4):
        with pytest.raises(SignInError, match="names a key that the server d"):
            read(box, signs)
    assert asked(box)["jwks"] == 3


REFUSED = {
    "token": ({"system_token": "Another-1234567890"}, "system token is not known"),
    "app token": ({"app_token": "another"}, "application token is not known"),
    "key": ({"private_key": pem(rsa_key())}, "does not fit the registered public key"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("read", BOTH)
def test_what_the_server_refuses_is_said_in_its_words(box: Sandbox, case: str, read: Read) -> None:
    changes, said = REFUSED[case]
    with pytest.raises(SignInError, match=f"the system user was refused: .*{said}.*; check its token") as caught:
        read(box, auth(box, **changes))
    assert caught.value.ids == (439,)
    assert asked(box) == {"Authenticate": 1}


def test_another_tenant_is_refused_here_and_there(box: Sandbox) -> None:
    site = box.identity.site
    with (
        SuperOffice(site, auth=auth(box, tenant=tenant(box, "Cust99999"))) as client,
        pytest.raises(SignInError, match="names no tenant"),
    ):
        client.tickets.get(439)
    box.identity.issuer.tenant.name = "Cust99999"
    signs = auth(box, tenant=tenant(box, "Cust99999"))
    box.identity.issuer.system_token = _of_another(box)  # type: ignore[method-assign] # as no sane server does
    with (
        SuperOffice(site, auth=signs) as client,
        pytest.raises(SignInError, match="the token is for the tenant Cust00001, not for Cust99999"),
    ):
        client.tickets.get(439)


@pytest.mark.parametrize("read", BOTH)
def test_a_sign_in_to_another_tenant_than_the_clients_is_refused_before_it_is_made(box: Sandbox, read: Read) -> None:
    other = Tenant("cust12345", environment=Environment("another", box.site))  # the same by another spelling
    assert read(box, auth(box, tenant=other)) == [439]
    box.requests.clear()
    for wrong in (tenant(box, "Cust99999"), Tenant(box.identity.tenant, environment="sod")):
        with pytest.raises(ConfigurationError, match=r"auth= signs in to Tenant\(.*reads Tenant\(.*the same one"):
            read(box, auth(box, tenant=wrong))
    assert asked(box) == {}


def _of_another(box: Sandbox) -> Any:
    issue = box.identity.issuer.system_token

    def issued(app_token: str, base: str) -> str:
        box.identity.issuer.tenant.name = "Cust00001"
        return issue(app_token, base)

    return issued


@pytest.mark.parametrize("part", ["exchange", "jwks"])
@pytest.mark.parametrize("read", BOTH)
def test_a_sign_in_server_that_fails_is_told_of(box: Sandbox, part: Any, read: Read) -> None:
    box.identity.fault(part, status=501)
    with pytest.raises(SignInError, match="status 501"):
        read(box, auth(box))
    for kind in ("html", "null"):
        box.identity.fault(part, kind)
        with pytest.raises(SignInError, match=r"cannot be read|does not publish|status"):
            read(box, auth(box), retries=0)
    box.identity.fault(part, status=503)
    assert read(box, auth(box)) == [439]  # what passes is tried again


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"system_token": ""}, "an empty system_token"),
        ({"app_token": ""}, "an empty app_token"),
        ({"private_key": "key.pem"}, "neither PEM"),
        ({"passphrase": "needless"}, "not locked"),
        ({"system_token": None}, "takes system_token as text, not as NoneType"),
        ({"system_token": " "}, "an empty system_token"),
        ({"app_token": b"app"}, "takes app_token as text, not as bytes"),
        ({"private_key": None}, "takes private_key as text, not as NoneType"),
        ({"tenant": "Cust12345"}, "SystemUserAuth signs in to a tenant"),
        ({"token_store": "file"}, r"takes an object as token_store=, such as FileTokenStore\(\)"),
        ({"token_store": FileTokenStore}, r"takes an object as token_store=, such as FileTokenStore\(\)"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_sent(box: Sandbox, changes: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        auth(box, **changes)


@pytest.mark.parametrize("read", BOTH)
def test_a_ticket_is_kept_from_run_to_run(box: Sandbox, read: Read, tmp_path: Path) -> None:
    files = FileTokenStore(tmp_path)
    assert read(box, *(auth(box, token_store=files) for _ in range(3))) == [439] * 3
    assert asked(box)["Authenticate"] == 1
    (name,) = files.names()
    assert name == auth(box).stored_as
    box.identity.expire()
    assert read(box, *(auth(box, token_store=files) for _ in range(2))) == [439] * 2
    assert asked(box)["Authenticate"] == 2
    files.save(name, "{")  # of another version, say
    assert read(box, auth(box, token_store=files)) == [439]
    assert asked(box)["Authenticate"] == 3


class Shut:
    """A store that can be read alone, as one on a disk that is full."""

    def __init__(self, kept: str | None = None) -> None:
        self.kept = kept

    def load(self, name: str) -> Any:
        return self.kept

    def save(self, name: str, secret: str) -> None:
        raise ConfigurationError("the disk is full")

    delete = load


@pytest.mark.parametrize("read", BOTH)
def test_nothing_is_exchanged_for_a_store_that_cannot_be_written(box: Sandbox, read: Read) -> None:
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="the disk is full"):
            read(box, auth(box, token_store=Shut()))
    assert asked(box) == {}


@pytest.mark.parametrize("kept", [b"{}", 7])
def test_what_a_store_gives_is_text(box: Sandbox, kept: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"Shut\.load\(\) returned no text"):
        read(box, auth(box, token_store=Shut(kept)))
    assert asked(box) == {}


def test_a_stored_text_that_cannot_be_encoded_is_none_of_ours(box: Sandbox) -> None:
    with pytest.raises(ConfigurationError, match="the disk is full"):  # so that it is exchanged, were it not for that
        read(box, auth(box, token_store=Shut("\ud800")))


@pytest.mark.parametrize("read", BOTH)
def test_a_tenant_that_is_suspended_after_the_first_call_is_told_as_before_it(box: Sandbox, read: Read) -> None:
    where = tenant(box)
    signs = auth(box, tenant=where)
    with SuperOffice(where, auth=signs) as client:
        assert client.tickets.get(439).ticket_id == 439
        box.identity.set_state("Suspended")
        with pytest.raises(TenantUnavailableError, match=r"is suspended.*\(Suspended\)"):
            client.tickets.get(439)
    with pytest.raises(TenantUnavailableError, match=r"is suspended.*\(Suspended\)"):
        read(box, signs)
    box.identity.set_state("Running")
    assert read(box, signs) == [439]


def test_two_applications_of_a_tenant_keep_a_ticket_each(box: Sandbox) -> None:
    names = [auth(box, system_token=token).stored_as for token in ("App one-a1", "App two-b2", "App one-a1")]
    assert names[0] == names[2] != names[1]
    assert names[0].startswith("sandbox/Cust12345/system-user-")
    assert "a1" not in names[0].rpartition("-")[0]


@pytest.fixture
def environment(box: Sandbox, tmp_path: Path) -> dict[str, str]:
    """What a server's environment holds for its system user."""
    user = box.identity.system_user
    key = tmp_path / "key.pem"
    key.write_text(user.private_key_pem("a passphrase"))
    return {
        "SUPEROFFICE_TENANT": user.tenant,
        "SUPEROFFICE_ENVIRONMENT": box.site,
        "SUPEROFFICE_SYSTEM_USER_TOKEN": user.system_token,
        "SUPEROFFICE_PRIVATE_KEY_FILE": str(key),
        "SUPEROFFICE_PRIVATE_KEY_PASSPHRASE": "a passphrase",
        "SUPEROFFICE_APP_TOKEN": user.app_token,
    }


@pytest.mark.parametrize(("keep", "exchanges"), [("", 2), ("file", 1)])
def test_the_environment_names_a_system_user(
    *, keep: str, exchanges: int, environment: dict[str, str], box: Sandbox, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "state"))
    for _ in range(2):
        with SuperOffice.from_env({**environment, "SUPEROFFICE_TOKEN_STORE": keep}) as client:
            assert client.tickets.get(439).ticket_id == 439
    assert asked(box)["Authenticate"] == exchanges
    assert (tmp_path / "state").exists() is bool(keep)
    kept = SuperOffice.from_env({**environment, "SUPEROFFICE_TOKEN_STORE": "keyring"})
    assert repr(kept).endswith(f"auth=SystemUserAuth(Tenant('Cust12345', environment={box.site!r})))")


@pytest.mark.parametrize("form", ["as it is", "quoted, in one line", "base64"])
def test_the_environment_may_hold_the_text_of_the_key(form: str, environment: dict[str, str], box: Sandbox) -> None:
    """As a container's variables do."""
    text = Path(environment.pop("SUPEROFFICE_PRIVATE_KEY_FILE")).read_text()
    forms = {"quoted, in one line": '"' + text.replace("\n", "\\n") + '"', "base64": b64encode(text.encode()).decode()}
    with SuperOffice.from_env({**environment, "SUPEROFFICE_PRIVATE_KEY": forms.get(form, text)}) as client:
        assert client.tickets.get(439).ticket_id == 439


@pytest.mark.parametrize("wrap", [str, lambda text: f' "{text}', lambda text: b64encode(text.encode()).decode()])
def test_a_key_in_the_place_of_a_path_is_named_and_not_shown(
    wrap: Callable[[str], str], environment: dict[str, str]
) -> None:
    text = Path(environment["SUPEROFFICE_PRIVATE_KEY_FILE"]).read_text()
    said = "^SUPEROFFICE_PRIVATE_KEY_FILE holds a key, not a path; set SUPEROFFICE_PRIVATE_KEY to that key"
    with pytest.raises(ConfigurationError, match=said) as caught:
        SuperOffice.from_env({**environment, "SUPEROFFICE_PRIVATE_KEY_FILE": wrap(text)})
    assert wrap(text)[40:80] not in texts(caught.value.with_traceback(_inside(caught.value)))


@pytest.mark.parametrize("path", [__file__, "/run/secrets/superoffice.pem", "key.xml\n", "C:\\keys\\key.pem"])
def test_a_path_in_the_place_of_a_key_is_named(path: str, environment: dict[str, str]) -> None:
    del environment["SUPEROFFICE_PRIVATE_KEY_FILE"]
    said = "^SUPEROFFICE_PRIVATE_KEY holds a path, not a key; set SUPEROFFICE_PRIVATE_KEY_FILE to that path"
    with pytest.raises(ConfigurationError, match=said):
        SuperOffice.from_env({**environment, "SUPEROFFICE_PRIVATE_KEY": path})


def _inside(error: BaseException) -> TracebackType | None:
    """Return the frames of an error that are ours, without the test's, which hold the key."""
    frames = error.__traceback__
    while frames is not None and not frames.tb_frame.f_globals["__name__"].startswith("superoffice."):
        frames = frames.tb_next
    return frames


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16", "utf-16-le with a mark", "utf-16-be with a mark"])
def test_the_keys_file_may_be_written_by_windows(coding: str, environment: dict[str, str], box: Sandbox) -> None:
    key = box.identity.system_user.private_key_xml()
    name, _, mark = coding.partition(" ")
    Path(environment["SUPEROFFICE_PRIVATE_KEY_FILE"]).write_bytes(f"{chr(0xFEFF) if mark else ''}{key}".encode(name))
    with SuperOffice.from_env({**environment, "SUPEROFFICE_PRIVATE_KEY_PASSPHRASE": ""}) as client:
        assert client.tickets.get(439).ticket_id == 439


def test_commands_sign_in_as_the_environments_system_user(environment: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "tickets.jsonl"
    done = test_cli.run("export", "439", "829", "--out", str(out), environment=environment)
    assert done.returncode == 0, done.stderr
    assert len(out.read_text().splitlines()) == 2
    done = test_cli.run("get", "439", "--site", "https://crm.example.com", environment=environment)
    assert (done.returncode, "name it by SUPEROFFICE_TENANT in the place of a site" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"SUPEROFFICE_APP_TOKEN": ""}, "SUPEROFFICE_SYSTEM_USER_TOKEN needs SUPEROFFICE_APP_TOKEN too"),
        ({"SUPEROFFICE_PRIVATE_KEY_FILE": ""}, "needs SUPEROFFICE_PRIVATE_KEY_FILE (or SUPEROFFICE_PRIVATE_KEY) too"),
        (
            {"SUPEROFFICE_SYSTEM_USER_TOKEN": ""},
            "SUPEROFFICE_PRIVATE_KEY_FILE signs in a system user; set ",
        ),
        (
            {"SUPEROFFICE_PRIVATE_KEY": "-----BEGIN"},
            "SUPEROFFICE_PRIVATE_KEY and SUPEROFFICE_PRIVATE_KEY_FILE are both set",
        ),
        ({"SUPEROFFICE_PRIVATE_KEY_FILE": "/none.pem"}, "=/none.pem cannot be read: No such file"),
        ({"SUPEROFFICE_PRIVATE_KEY_FILE": sys.executable}, "cannot be read: it is not text"),
        ({"SUPEROFFICE_PRIVATE_KEY_FILE": "/dev/zero"}, "neither PEM"),
        ({"SUPEROFFICE_SYSTEM_USER_TOKEN": "t\udcff"}, "SUPEROFFICE_SYSTEM_USER_TOKEN with bytes that are not UTF-8"),
        ({"SUPEROFFICE_PRIVATE_KEY_PASSPHRASE": "p\udcff"}, "passphrase with bytes that are not UTF-8"),
        ({"SUPEROFFICE_PRIVATE_KEY_PASSPHRASE": ""}, "is locked with a passphrase"),
        ({"SUPEROFFICE_TENANT": "", "SUPEROFFICE_SITE": "https://crm.example.com"}, "signs in to a tenant"),
        ({"SUPEROFFICE_TOKEN": "8A:x"}, "SUPEROFFICE_TOKEN and SUPEROFFICE_SYSTEM_USER_TOKEN are both set"),
        ({"SUPEROFFICE_TOKEN_STORE": "vault"}, "SUPEROFFICE_TOKEN_STORE='vault' is neither file nor keyring"),
        ({"SUPEROFFICE_ENVIRONMENT": "http://sod.superoffice.com"}, "is plain http"),
    ],
)
def test_an_environment_that_cannot_sign_in_is_told(
    change: dict[str, str], said: str, environment: dict[str, str]
) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(said)) as caught:
        SuperOffice.from_env({**environment, **change})
    assert environment["SUPEROFFICE_SYSTEM_USER_TOKEN"] not in texts(caught.value)


def test_nothing_secret_shows(box: Sandbox, logged: Any, tmp_path: Path) -> None:
    user = box.identity.system_user
    signs = auth(box, token_store=FileTokenStore(tmp_path))
    secrets = [user.system_token, user.app_token, *user.private_key_pem().splitlines()[1:-1]]
    assert read(box, signs) == [439]
    signed = signs.credential.newest(None)
    assert signed is not None
    secrets.append(signed.headers["Authorization"].split()[-1])
    assert len(secrets[-1]) > 20
    shown = [repr(signs)]
    os.chmod(next(tmp_path.iterdir()), 0o644)
    box.identity.expire()
    with pytest.raises(ConfigurationError, match="by others") as caught:
        read(box, signs)
    shown.append(texts(caught.value))
    next(tmp_path.iterdir()).unlink()
    wrongs: list[Any] = [{"status": 501}, {"kind": "html"}, {"kind": "cut", "times": 9}]
    for wrong in wrongs:
        box.identity.fault("exchange", **wrong)
        with pytest.raises(SignInError) as failed:
            read(box, signs, retries=0)
        shown.append(texts(failed.value))
    for kind in ("alg_none", "expired", "unknown_key"):
        box.identity.misbehave(kind)
        with pytest.raises(SignInError) as failed:
            read(box, signs)
        shown.append(texts(failed.value))
    said = "\n".join([*shown, logged.getvalue()])
    assert "attempt" in said
    assert [secret for secret in secrets if secret in said] == []
