"""Sign-in as a test in another process or another language has it: by admin calls, from the command line."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import httpx
import pytest

from superoffice_sandbox import Sandbox

from ..test_command import serving
from .person import agree, call, get, post, private_key, refresh, sent_to, sign_in


def do(box: Sandbox, **action: Any) -> httpx.Response:
    return post(f"{box.site}/sandbox/identity", json=action, headers={"X-Sandbox-Admin": box.admin_token})


def test_who_has_the_admin_token_is_told_what_it_takes_to_sign_in(box: Sandbox) -> None:
    assert get(f"{box.site}/sandbox/identity").status_code == 403
    assert post(f"{box.site}/sandbox/identity", json={"do": "revoke"}).status_code == 403
    told = get(f"{box.site}/sandbox/identity", headers={"X-Sandbox-Admin": box.admin_token}).json()
    user = told.pop("system_user")
    assert told == {
        "environment_url": box.site,
        "tenant": "Cust12345",
        "site": box.identity.site,
        "session_url": box.identity.session_url,
        "client_id": box.identity.client_id,
        "client_secret": box.identity.client_secret,
        "redirect_uris": ["http://127.0.0.1/callback", "http://localhost/callback", "http://[::1]/callback"],
        "secret_required": False,
    }
    assert private_key(user["private_key_pem"]).key_size == 2048
    assert user["private_key_xml"] == box.identity.system_user.private_key_xml()


def test_who_has_it_may_do_what_a_test_does(box: Sandbox) -> None:
    tokens = sign_in(box)
    bearer = f"Bearer {tokens['access_token']}"
    assert do(box, do="forward", hours=1).status_code == 204
    assert call(box, bearer) == 401
    assert do(box, do="fault", part="tokens", kind="status", status=500).status_code == 204
    assert refresh(box, tokens["refresh_token"]).status_code == 500
    app = do(box, do="register", redirect_uris=["https://app.example.com/"], secret_required=True).json()
    own = {"client_id": app["client_id"], "redirect_uri": "https://app.example.com/"}
    assert sent_to(agree(box, **own))["code"]
    assert do(box, do="set_state", state="Suspended").status_code == 204
    assert call(box, "Bearer 8A:sandbox-token") == 503
    assert do(box, do="set_state", state="Running").status_code == 204
    assert do(box, do="move", to="http://localhost:1").status_code == 204
    assert call(box, "Bearer 8A:sandbox-token") == 421
    for action in ("expire", "revoke", "rotate_keys", "refresh_xsrf", "skew"):
        assert do(box, do=action).status_code == 204
    assert refresh(box, tokens["refresh_token"]).status_code == 400


@pytest.mark.parametrize(
    "action",
    [
        {},
        {"do": "issuer"},
        {"do": ["expire"]},
        {"do": "__init__"},
        {"do": "expire", "why": 1},
        {"do": "forward", "hours": "x"},
        {"do": "forward", "hours": -1},
        {"do": "misbehave", "kind": "rude"},
        {"do": "misbehave", "kind": "expired", "times": "1"},
        {"do": "fault", "part": ["tokens"]},
        {"do": "move", "to": 1},
        {"do": "register", "redirect_uris": [1]},
        {"do": "register", "redirect_uris": "https://app.example.com/"},
        {"do": "set_state", "state": ["Running"]},
    ],
)
def test_what_cannot_be_done_is_told(box: Sandbox, action: dict[str, Any]) -> None:
    answer = do(box, **action)
    assert (answer.status_code, set(answer.json())) == (400, {"Message", "MessageDetail"})


def test_a_body_that_is_no_object_is_told(box: Sandbox) -> None:
    for body in (b"", b"[]", b"\xff", b"[" * 9_000):
        answer = post(f"{box.site}/sandbox/identity", content=body, headers={"X-Sandbox-Admin": box.admin_token})
        assert answer.status_code == 400


def test_the_command_says_how_to_sign_in() -> None:
    with serving() as box:
        told = get(f"{box.site}/sandbox/identity", headers=box.admin).json()
        assert told["environment_url"] == box.site
        login = f"superoffice login {told['tenant']} --environment {box.site} --client-id {told['client_id']};"
        assert login in box.sign_in


def test_who_does_not_sign_in_does_not_need_cryptography() -> None:
    code = (
        "import sys, httpx\n"
        "sys.modules['cryptography'] = None\n"
        "import superoffice_sandbox\n"
        "with superoffice_sandbox.start(tickets=0) as box:\n"
        "    answer = httpx.get(box.site + '/api/state/Cust12345')\n"
        "    assert answer.json()['IsRunning'], answer.text\n"
        "    try: box.identity.system_user.private_key_pem()\n"
        "    except RuntimeError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stderr, done.stdout) == ("", "signing in needs cryptography: pip install 'superoffice-sdk[sandbox]'\n")
