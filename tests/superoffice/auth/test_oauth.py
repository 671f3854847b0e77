"""A person signs in through a browser, and programs use and refresh what came of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import pytest

from superoffice import (
    AuthenticationError,
    ConfigurationError,
    FileTokenStore,
    OAuthAuth,
    SignInError,
    TicketNotFoundError,
    login,
)
from superoffice_sandbox import Application, Forgery, Sandbox

from ...support.faults import Faults, Visit, answer
from ...support.gate import WAYS, at_once
from ...support.person import Person
from ...support.secrets import texts
from ...support.sign_in import BOTH, Read, asked, at, read, tenant

NAME = "sandbox/Cust12345/sandbox-client"


def person_of(box: Sandbox, *args: Any, **options: Any) -> Person:
    return Person(box.user, box.password, *args, **options)


def sign_in(box: Sandbox, person: Callable[[str], object] | None = None, **options: Any) -> OAuthAuth:
    client_id = options.pop("client_id", box.identity.client_id)
    of = options.pop("tenant", tenant(box))
    return login(of, client_id, open_browser=person or person_of(box), timeout=60, **options)


@pytest.mark.parametrize("read", BOTH)
def test_a_person_signs_in_and_reads_tickets(box: Sandbox, read: Read) -> None:
    person, told = person_of(box), list[str]()
    signs = sign_in(box, person, show=told.append)
    assert read(box, signs, signs) == [439, 439]
    assert (person.status, told) == ([200], [person.asked])
    assert asked(box) == {"openid-configuration": 1, "authorize": 1, "tokens": 1, "jwks": 1, "GetTickets": 2}
    sent = parse_qs(urlsplit(person.asked).query)
    assert (sent["scope"], sent["code_challenge_method"], sent["response_type"]) == (["openid"], ["S256"], ["code"])
    assert min(len(sent[name][0]) for name in ("state", "nonce", "code_challenge")) >= 43


def test_two_sign_ins_have_nothing_in_common(box: Sandbox) -> None:
    first, second = person_of(box), person_of(box)
    sign_in(box, first)
    sign_in(box, second)
    one, two = (parse_qs(urlsplit(person.asked).query) for person in (first, second))
    assert [one[name] != two[name] for name in ("state", "nonce", "code_challenge")] == [True] * 3


def test_a_secret_goes_along_where_there_is_one(box: Sandbox) -> None:
    application: Application = box.identity.register(secret_required=True)
    with pytest.raises(SignInError, match=r"the browser's code was refused: invalid_client.*check client_id"):
        sign_in(box, client_id=application.client_id)
    signs = sign_in(box, client_id=application.client_id, client_secret=application.client_secret)
    box.identity.expire()
    assert read(box, signs) == [439]


class Shut(FileTokenStore):
    """Files on a disk that is full."""

    full = True

    def save(self, name: str, secret: str) -> None:
        if self.full:
            raise ConfigurationError("the disk is full")
        super().save(name, secret)


def test_a_person_is_asked_for_nothing_that_cannot_work(box: Sandbox, tmp_path: Path) -> None:
    person, client_id = person_of(box), box.identity.client_id
    wrong: list[tuple[Any, str]] = [
        ({"token_store": Shut(tmp_path)}, "the disk is full"),
        ({"token_store": "file"}, "takes an object as token_store="),
        ({"tenant": "Cust12345"}, "OAuthAuth signs in to a tenant"),
        ({"client_id": f"{client_id}\n"}, "control character"),
        ({"client_secret": "s\udcff"}, "not UTF-8"),
        ({"redirect": "http://crm.example.com"}, "the redirect is not plain http to this machine"),
        *(({"timeout": timeout}, "number of seconds over 0") for timeout in (0, -1, "5", float("nan"), float("inf"))),
    ]
    for options, said in wrong:
        given = {"tenant": tenant(box), "client_id": client_id, "timeout": 60, **options}
        with pytest.raises(ConfigurationError, match=said):
            login(given.pop("tenant"), given.pop("client_id"), open_browser=person, **given)
    assert (person.asked, asked(box)) == ("", {})
    assert read(box, login(tenant(box), client_id, open_browser=person, timeout=1e300)) == [439]


@pytest.mark.parametrize("read", BOTH)
def test_nothing_is_refreshed_for_a_store_that_cannot_be_written(box: Sandbox, read: Read, tmp_path: Path) -> None:
    files = Shut(tmp_path)
    files.full = False
    signs = sign_in(box, token_store=files)
    box.identity.expire()
    files.full = True
    with pytest.raises(ConfigurationError, match="the disk is full"):
        read(box, OAuthAuth(signs.tenant, signs.client_id, token_store=files))
    assert asked(box)["tokens"] == 1
    files.full = False
    assert read(box, OAuthAuth(signs.tenant, signs.client_id, token_store=files)) == [439]
    assert files.names() == [NAME]


SAID = {
    "access_denied": ("sign in again.*check client_id, client_secret", "the redirect"),
    "something else": ("sign in again.*check client_id, client_secret", "the redirect"),
    "invalid_request": ("sign in again.*check client_id, client_secret", "the redirect"),
    "invalid_grant": ("sign in again", "client_secret"),
    "invalid_client": ("check client_id, client_secret", "sign in again"),
    "unauthorized_client": ("check client_id, client_secret", "sign in again"),
}


@pytest.mark.parametrize("word", SAID)
@pytest.mark.parametrize("code", [400, 401, 403])
@pytest.mark.parametrize("read", BOTH)
def test_a_refresh_that_is_refused_names_every_cause_it_may_have(word: str, code: int, read: Read) -> None:
    advice, not_said = SAID[word]
    body = json.dumps({"error": word}).encode()

    async def script(visit: Visit) -> None:
        described = dict.fromkeys(("issuer", "authorization_endpoint", "jwks_uri"), f"{server.site}/login")
        described["token_endpoint"] = f"{server.site}/tokens"
        tokens = b"POST /tokens" in visit.head
        await visit.send(answer(body, code) if tokens else answer(json.dumps(described).encode()))

    with Faults(script) as server:
        signs = OAuthAuth(at(server.site, "Cust1"), "app", client_secret="s3cret", refresh_token="t0ken")
        [error] = at_once("threads" if read is BOTH[0] else "asyncio", server.site, 1, auth=signs)
    assert type(error) is SignInError
    assert re.search(f"the refresh token was refused: {word} .*{advice}", str(error))
    assert not_said not in str(error)
    assert error.status == code


@pytest.mark.parametrize("read", BOTH)
def test_a_token_that_has_ended_is_refreshed_again_and_again(box: Sandbox, read: Read) -> None:
    signs = sign_in(box)
    for _ in range(2):
        box.identity.clock.forward(hours=2)
        assert read(box, signs) == [439]
    assert asked(box)["tokens"] == 3
    assert asked(box)["GetTickets"] == 4  # one 401 and one replay each time


@pytest.mark.parametrize("read", BOTH)
def test_a_refresh_token_of_ones_own_is_enough(box: Sandbox, read: Read, tmp_path: Path) -> None:
    files = FileTokenStore(tmp_path)
    sign_in(box, token_store=files)
    token = str(_kept(files)["refresh_token"])
    own = OAuthAuth(tenant(box), box.identity.client_id, refresh_token=token)
    assert read(box, own, own) == [439, 439]
    box.identity.expire()
    assert read(box, own) == [439]
    box.identity.revoke()
    with pytest.raises(SignInError, match=r"the refresh token was refused: invalid_grant.*sign in again"):
        read(box, own)


def _kept(files: FileTokenStore) -> dict[str, Any]:
    return dict(json.loads(files.load(NAME) or ""))


def test_without_anything_nobody_is_signed_in(box: Sandbox, tmp_path: Path) -> None:
    client_id = box.identity.client_id
    nobody = OAuthAuth(tenant(box), client_id)
    for auth in (nobody, OAuthAuth(tenant(box), client_id, token_store=FileTokenStore(tmp_path))):
        with pytest.raises(SignInError, match=r"nobody is signed in to Cust12345.*superoffice login"):
            read(box, auth)
    with pytest.raises(ConfigurationError, match="an empty client_id"):
        OAuthAuth(tenant(box), "")
    FileTokenStore(tmp_path).save(NAME, '{"expires_at": 0, "access_token": "8A:old"}')
    with pytest.raises(SignInError, match="no refresh token came with it"):
        read(box, OAuthAuth(tenant(box), client_id, token_store=FileTokenStore(tmp_path)))
    assert asked(box) == {}


@pytest.mark.parametrize("way", WAYS)
def test_many_calls_whose_token_has_ended_refresh_once(box: Sandbox, way: str) -> None:
    signs = sign_in(box)
    box.identity.expire()
    came = at_once(way, box.identity.site, 40, auth=signs)
    assert {type(each) for each in came} <= {int, TicketNotFoundError}  # the sandbox has only some of these
    assert asked(box)["tokens"] == 2


# What attackers and servers gone wrong answer


def test_the_answer_to_another_sign_in_is_not_taken(box: Sandbox) -> None:
    other = person_of(box, change=lambda back: back)
    sign_in(box, other)
    person = person_of(box)

    def first_the_others(address: str) -> None:
        # The same answer at this sign-in's own door: its state is another's.
        port = urlsplit(parse_qs(urlsplit(address).query)["redirect_uri"][0]).port
        person.visit(urlsplit(other.back)._replace(netloc=f"127.0.0.1:{port}").geturl())
        person(address)
        person.visit(person.back)

    assert read(box, sign_in(box, first_the_others)) == [439]
    assert person.status == [400, 200, 400]


def test_a_code_is_good_once(box: Sandbox) -> None:
    person = person_of(box)
    sign_in(box, person)
    code = parse_qs(urlsplit(person.back).query)["code"][0]

    def stolen(back: str) -> str:
        mine = parse_qs(urlsplit(back).query)["code"][0]
        return back.replace(mine, code)

    with pytest.raises(SignInError, match="the browser's code was refused: invalid_grant"):
        sign_in(box, person_of(box, change=stolen))


def test_a_person_may_say_no(box: Sandbox) -> None:
    with pytest.raises(SignInError, match=r"refused: access_denied: The person did not agree\.; sign in again") as no:
        sign_in(box, person_of(box, "deny"))
    assert "Traceback" not in str(no.value)
    for word, advice in {
        "invalid_scope": "check client_id, and the redirect",
        "server_error": "try again later",
    }.items():
        other = person_of(box, "deny", lambda back, word=word: back.replace("access_denied", word))
        with pytest.raises(SignInError, match=f"refused: {word}.*; {advice}"):
            sign_in(box, other)
    escape = person_of(box, "deny", lambda back: back.replace("did+not", "%1B%5B2J"))
    with pytest.raises(SignInError, match=r"person \[2J") as no:
        sign_in(box, escape)
    assert "\x1b" not in str(no.value)


def test_nobody_has_for_ever(box: Sandbox) -> None:
    with pytest.raises(SignInError, match="nobody signed in within 0 s"):
        login(tenant(box), box.identity.client_id, open_browser=None, timeout=0.1)


FORGERIES = [(kind, "") for kind in get_args(Forgery) if kind != "missing_claim"]
MISSING = [("missing_claim", claim) for claim in ("exp", "iss", "aud", "nonce")]


@pytest.mark.parametrize(("kind", "claim"), FORGERIES + MISSING)
def test_a_forged_id_token_signs_nobody_in(box: Sandbox, kind: Any, claim: str, tmp_path: Path) -> None:
    box.identity.misbehave(kind, claim=claim)
    with pytest.raises(SignInError, match=r"the authentication server's token .*; nothing of it was used"):
        sign_in(box, token_store=FileTokenStore(tmp_path))
    assert list(tmp_path.iterdir()) == []
    assert asked(box)["foreign"] == 0


def test_a_sign_in_to_another_tenant_is_refused(box: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(SignInError, match="for the tenant Cust12345, not for Cust99999"):
        sign_in(box, tenant=tenant(box, "Cust99999"), token_store=FileTokenStore(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_a_server_that_leads_elsewhere_is_not_followed(
    box: Sandbox, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from superoffice_sandbox.identity import oauth

    right = oauth.discovery
    monkeypatch.setattr(oauth, "discovery", lambda base: {**right(base), name: "https://evil.example/login"})
    person = person_of(box)
    with pytest.raises(SignInError, match=r"leads to another host, https://evil\.example; check which server responds"):
        sign_in(box, person)
    assert person.asked == ""


def test_addresses_that_cannot_be_are_not_followed(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from superoffice_sandbox.identity import oauth

    right = oauth.discovery
    monkeypatch.setattr(oauth, "discovery", lambda base: {**right(base), "token_endpoint": "https://[::1"})
    with pytest.raises(SignInError, match=r"leads to another host, https://\[::1"):
        sign_in(box)


@pytest.mark.parametrize("seconds", ["inf", "nan", "-inf"])
def test_a_life_that_is_no_number_of_seconds_is_the_usual_one(box: Sandbox, seconds: str, tmp_path: Path) -> None:
    issue = box.identity.issuer.tokens
    box.identity.issuer.tokens = (  # type: ignore[method-assign] # as no sane server does
        lambda *args, **options: {**issue(*args, **options), "expires_in": seconds}
    )
    files = FileTokenStore(tmp_path)
    assert read(box, sign_in(box, token_store=files)) == [439]
    assert 3000 < _kept(files)["expires_at"] - time.time() <= 3600


@pytest.mark.parametrize("missing", ["id_token", "refresh_token"])
def test_tokens_that_lack_something(box: Sandbox, missing: str) -> None:
    issue = box.identity.issuer.tokens

    def issued(*args: Any, **options: Any) -> dict[str, Any]:
        return {name: value for name, value in issue(*args, **options).items() if name != missing}

    box.identity.issuer.tokens = issued  # type: ignore[method-assign] # as no sane server does
    if missing == "id_token":
        with pytest.raises(SignInError, match="no id token came"):
            sign_in(box)
        return
    signs = sign_in(box)
    assert read(box, signs) == [439]
    box.identity.expire()
    with pytest.raises(SignInError, match="no refresh token came with it"):
        read(box, signs)


def test_a_refresh_token_that_changes_is_followed(box: Sandbox) -> None:
    signs = sign_in(box)
    issue = box.identity.issuer.tokens
    box.identity.issuer.tokens = (  # type: ignore[method-assign] # as some servers do, if not this one
        lambda grant, base, first: issue(grant, base, first=True)
    )
    for _ in range(2):
        box.identity.expire()
        assert read(box, signs) == [439]


@pytest.mark.parametrize("part", ["discovery", "tokens", "jwks"])
def test_a_sign_in_server_that_fails_is_told_of(box: Sandbox, part: Any) -> None:
    for fault in ({"status": 501}, {"status": 400}, {"kind": "html", "status": 400}, {"kind": "null"}):
        box.identity.fault(part, **fault)
        with pytest.raises(SignInError, match=r"status (501|400)|cannot be read|does not publish"):
            sign_in(box)


def test_a_token_that_the_site_refuses_though_it_is_new_lets_the_401_stand(box: Sandbox) -> None:
    signs = sign_in(box)
    box.identity.issuer.bearer = lambda *_: False  # type: ignore[method-assign,assignment] # nobody has rights any more
    with pytest.raises(AuthenticationError):
        read(box, signs)
    assert (asked(box)["tokens"], asked(box)["GetTickets"]) == (2, 2)


# Storing


@pytest.mark.parametrize("read", BOTH)
def test_a_sign_in_is_kept_from_run_to_run(box: Sandbox, read: Read, tmp_path: Path) -> None:
    files = FileTokenStore(tmp_path)
    sign_in(box, token_store=files)
    client_id = box.identity.client_id
    assert read(box, *(OAuthAuth(tenant(box), client_id, token_store=files) for _ in range(3))) == [439] * 3
    assert asked(box)["tokens"] == 1
    box.identity.expire()
    assert read(box, *(OAuthAuth(tenant(box), client_id, token_store=files) for _ in range(3))) == [439] * 3
    assert asked(box)["tokens"] == 2


def test_who_signed_out_meanwhile_stays_so(box: Sandbox, tmp_path: Path) -> None:
    files = FileTokenStore(tmp_path)
    auth = sign_in(box, token_store=files)
    assert read(box, auth) == [439]
    box.identity.expire()
    issue = box.identity.issuer.tokens

    def issued(*args: Any, **options: Any) -> dict[str, Any]:
        files.delete(NAME)
        return issue(*args, **options)

    box.identity.issuer.tokens = issued  # type: ignore[method-assign] # the person signs out just now
    assert read(box, auth) == [439]
    assert files.names() == []
    box.identity.expire()
    with pytest.raises(SignInError, match="nobody is signed in"):
        read(box, auth)


def test_a_refresh_token_of_ones_own_is_kept_too(box: Sandbox, tmp_path: Path) -> None:
    files = FileTokenStore(tmp_path)
    sign_in(box, token_store=files)
    token = str(_kept(files)["refresh_token"])
    files.delete(NAME)
    client_id = box.identity.client_id
    assert read(box, OAuthAuth(tenant(box), client_id, refresh_token=token, token_store=files)) == [439]
    assert read(box, OAuthAuth(tenant(box), client_id, token_store=files)) == [439]
    assert asked(box)["tokens"] == 2


RUN = """
import sys
from superoffice import FileTokenStore, OAuthAuth, SuperOffice
from tests.support.sign_in import at
site, name, client_id, folder = sys.argv[1:]
auth = OAuthAuth(at(site, name), client_id, token_store=FileTokenStore(folder))
with SuperOffice(f"{site}/{name}", auth=auth) as client:
    print(client.tickets.get(439).ticket_id, flush=True)
    sys.stdin.readline()
    print(client.tickets.get(439).ticket_id)
"""


def test_processes_that_refresh_at_once_do_no_harm(box: Sandbox, tmp_path: Path) -> None:
    files = FileTokenStore(tmp_path)
    sign_in(box, token_store=files)
    box.identity.expire()
    command = [sys.executable, "-c", RUN, box.site, box.identity.tenant, box.identity.client_id, str(tmp_path)]
    here = str(Path(__file__).parents[3])
    running = [subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True, cwd=here) for _ in range(3)]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "439\n"
    box.identity.expire()  # while all of them hold a token: they refresh at once
    with ThreadPoolExecutor() as pool:
        ended = list(pool.map(lambda process: process.communicate("\n", timeout=120), running))
    assert ended == [("439\n", "")] * 3
    assert read(box, OAuthAuth(tenant(box), box.identity.client_id, token_store=files)) == [439]
    assert files.names() == [NAME]
    assert asked(box)["tokens"] <= 7


# Secrets


def test_nothing_secret_shows(box: Sandbox, logged: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    files, person = FileTokenStore(tmp_path), person_of(box)
    application = box.identity.register(secret_required=True)
    where = tenant(box)
    known: Any = {"client_id": application.client_id, "client_secret": application.client_secret}
    signs = login(where, open_browser=person, token_store=files, **known)
    back = {name: values[0] for name, values in parse_qs(urlsplit(person.back).query).items()}
    (name,) = files.names()
    kept = json.loads(files.load(name) or "")
    secrets = [back["code"], application.client_secret, kept["access_token"], kept["refresh_token"]]
    assert read(box, signs) == [439]
    shown = [repr(signs)]
    for kind in ("alg_none", "expired", "wrong_nonce"):
        box.identity.misbehave(kind)
        person = person_of(box)
        with pytest.raises(SignInError) as failed:
            login(where, open_browser=person, token_store=files, **known)
        secrets.append(parse_qs(urlsplit(person.back).query)["code"][0])
        shown.append(texts(failed.value))
    for fault in ({"status": 501}, {"status": 400}, {"kind": "null"}, {"kind": "html"}, {"kind": "cut"}):
        box.identity.fault("tokens", **fault)
        box.identity.expire()
        with pytest.raises(SignInError) as failed:
            read(box, signs, retries=0)
        shown.append(texts(failed.value))
    box.identity.revoke()
    with pytest.raises(SignInError) as failed:
        read(box, signs)
    shown.append(texts(failed.value))
    secrets.append(another := "an0ther/secret+of")
    with pytest.raises(SignInError) as failed:
        login(where, application.client_id, client_secret=another, open_browser=person_of(box))
    shown.append(texts(failed.value))
    said = "\n".join([*shown, logged.getvalue(), *capfd.readouterr()])
    assert "attempt" in said
    assert [secret for secret in secrets if secret in said] == []
