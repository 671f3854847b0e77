"""OAuth 2 and OpenID Connect, as a person and an application see them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc.errors import JoseError

from superoffice_sandbox import Credentials, Sandbox, start

from .person import (
    CHALLENGE,
    REDIRECT,
    agree,
    ask,
    asking,
    call,
    get,
    keys,
    post,
    read,
    redeem,
    refresh,
    sent_to,
    sign_in,
)

CLAIM = "http://schemes.superoffice.net/identity/"


def test_a_person_signs_in_and_the_endpoint_lets_the_token_in(box: Sandbox) -> None:
    found = get(f"{box.identity.environment_url}/login/.well-known/openid-configuration").json()
    page = get(found["authorization_endpoint"], params=asking(box))
    assert (page.status_code, 'value="allow"' in page.text, box.identity.tenant in page.text) == (200, True, True)
    assert sent_to(agree(box)).keys() == {"code", "state"}
    back = agree(box)
    assert back.headers["Location"].startswith(f"{REDIRECT}?code=")
    assert sent_to(back)["state"] == "some state&"
    answer = redeem(box, sent_to(back)["code"])
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.json()
    assert tokens.keys() == {"token_type", "access_token", "expires_in", "refresh_token", "id_token"}
    assert (tokens["token_type"], tokens["expires_in"], tokens["access_token"][:3]) == ("Bearer", 3600, "8A:")
    claims = read(box, tokens["id_token"])
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (found["issuer"], box.identity.client_id, "some-nonce")
    assert claims["exp"] - claims["iat"] == 3600
    assert (claims[CLAIM + "ctx"], claims[CLAIM + "webapi_url"]) == ("Cust12345", f"{box.identity.site}/api/")
    assert claims[CLAIM + "system_token"] == box.identity.system_user.system_token
    assert call(box, f"Bearer {tokens['access_token']}") == 200
    assert call(box, f"Bearer {tokens['access_token']}", site=box.identity.site) == 200
    assert call(box, f"SoTicket {tokens['access_token']}") == 401


def test_discovery_names_what_there_is(box: Sandbox) -> None:
    found = get(f"{box.site}/LOGIN/.well-known/openid-configuration").json()
    assert found["issuer"] == box.site
    assert get(found["jwks_uri"]).status_code == 200
    assert get(found["authorization_endpoint"]).status_code == 400
    assert post(found["token_endpoint"]).status_code == 400
    assert found["grant_types_supported"] == ["authorization_code", "refresh_token"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "="}, "invalid_request"),
    ],
)
def test_the_application_is_told_what_is_wrong(box: Sandbox, changes: dict[str, Any], error: str) -> None:
    for answer in (
        get(f"{box.site}/login/common/oauth/authorize", params=asking(box, **changes)),
        agree(box, **changes),
    ):
        told = sent_to(answer)
        assert (told["error"], told["state"], bool(told["error_description"])) == (error, "some state&", True)
    assert "state" not in sent_to(agree(box, scope=None, state=None))


@pytest.mark.parametrize(
    "redirect",
    [
        None,
        "",
        "https://evil.example/callback",
        "http://127.0.0.1:5000/callback/",
        "http://127.0.0.1:5000/callback?x=1",
        "http://127.0.0.1:5000/callback#x",
        "http://127.0.0.1:5000/other",
        "https://127.0.0.1:5000/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1:5000@evil.example/callback",
        "http://user@127.0.0.1:5000/callback",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:x/callback",
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1:05000/callback",
        "http://[::1:5000/callback",
        "http://127.0.0.1:5000\\@evil.example/callback",
        "http://127.0.0.1:5000/callback\\",
        "http://127.0.0.2:5000/callback",
        "http://LOCALHOST:5000/callback",
        "http://127.0.0.1:5000/call\nback",
        "http://127.0.0.1:50\t00/callback",
        " http://127.0.0.1:5000/callback",
        "//127.0.0.1/callback",
        "javascript:alert(1)",
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(box: Sandbox, redirect: str | None) -> None:
    for choice in ("allow", "deny"):
        answer = agree(box, choice, redirect_uri=redirect, scope="wrong")
        assert (answer.status_code, "Location" in answer.headers) == (400, False)
        assert "redirect_uri is not registered" in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_an_application_on_this_machine_may_listen_on_any_port(box: Sandbox, host: str) -> None:
    for port in ("", ":1", ":65535"):
        back = agree(box, redirect_uri=f"http://{host}{port}/callback").headers["Location"]
        assert back.startswith(f"http://{host}{port}/callback?code=")


def test_others_are_registered_exactly(box: Sandbox) -> None:
    app = box.identity.register("https://app.example.com/back?kept=1", "com.example.app://back")
    assert (app.client_id != box.identity.client_id, repr(app.client_secret) in repr(app)) == (True, False)
    own = {"client_id": app.client_id, "redirect_uri": "https://app.example.com/back?kept=1"}
    back = agree(box, **own).headers["Location"]
    assert sent_to(agree(box, **own))["kept"] == "1"
    assert urlsplit(back).hostname == "app.example.com"
    for wrong in ("https://app.example.com:444/back?kept=1", "https://app.example.com/back", REDIRECT):
        assert agree(box, **(own | {"redirect_uri": wrong})).status_code == 400
    page = get(f"{box.site}/login/common/oauth/authorize", params=asking(box, **own))
    assert "form-action 'self' https:;" in page.headers["Content-Security-Policy"]
    code = dict(parse_qsl(urlsplit(back).query))["code"]
    assert redeem(box, code, **own).status_code == 200
    assert box.identity.register().admits(REDIRECT)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "callback",
        "https://",
        "https://a b/",
        "https://x/#y",
        "https://x/'",
        "http://x:y/",
        "javascript://x/",
        "http://ü/",
    ],
)
def test_what_no_browser_can_be_sent_to_is_not_registered(box: Sandbox, uri: str) -> None:
    with pytest.raises(ValueError, match=r"is not an address"):
        box.identity.register(uri)


def test_an_unknown_application_is_told_to_the_person(box: Sandbox) -> None:
    answer = agree(box, client_id="<script>alert(1)</script>")
    assert (answer.status_code, "<script>" in answer.text, "client_id is not known" in answer.text) == (
        400,
        False,
        True,
    )
    twice = f"{box.site}/login/common/oauth/authorize?client_id=a&client_id=b"
    assert "more than once" in get(twice).text
    assert "cannot be read" in get(f"{box.site}/login/common/oauth/authorize?client_id=%ff").text


def test_the_person_may_deny_or_mistype(box: Sandbox) -> None:
    told = sent_to(agree(box, "deny"))
    assert (told["error"], told["state"]) == ("access_denied", "some state&")
    address = f"{box.site}/login/common/oauth/authorize"
    for form in ({"user": box.user, "password": "x"}, {"user": "x", "password": box.password}, {}):
        answer = post(address, params=asking(box), data=form)
        assert (answer.status_code, "is wrong" in answer.text) == (401, True)
    for body in (b"user=tje0&user=tje0&password=Tje0", b"\xff", b"user=%ff"):
        assert post(address, params=asking(box), content=body).status_code == 401


def test_the_pages_run_nothing_and_show_no_secrets_of_somebodys_own(box: Sandbox) -> None:
    page = get(f"{box.site}/login/common/oauth/authorize", params=asking(box, state="<b>", nonce='"><script>'))
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "<script" not in page.text
    assert "some" not in page.text.replace("Sign in", "")
    assert f'value="{box.password}"' in page.text
    with start(tickets=0, credentials=Credentials(user="me", password="mine")) as other:
        page = get(f"{other.site}/login/common/oauth/authorize", params=asking(other))
        assert (page.status_code, "mine" in page.text) == (200, False)
        assert sign_in(other)["expires_in"] == 3600


def test_a_foreign_page_may_not_agree_for_somebody(box: Sandbox) -> None:
    form = {"user": box.user, "password": box.password}
    for origin, status in (("https://evil.example", 403), ("null", 403), (box.site, 303)):
        address = f"{box.site}/login/common/oauth/authorize"
        assert post(address, params=asking(box), data=form, headers={"Origin": origin}).status_code == status


def test_a_code_is_good_once_and_its_return_takes_back_what_it_gave(box: Sandbox) -> None:
    code = sent_to(agree(box))["code"]
    tokens = redeem(box, code).json()
    other = sign_in(box)
    assert redeem(box, code).json()["error"] == "invalid_grant"
    assert call(box, f"Bearer {tokens['access_token']}") == 401
    assert refresh(box, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert redeem(box, code).json()["error"] == "invalid_grant"
    assert call(box, f"Bearer {other['access_token']}") == 200


def test_a_code_is_good_for_ten_minutes(box: Sandbox) -> None:
    code, late = sent_to(agree(box))["code"], sent_to(agree(box))["code"]
    box.clock.forward(minutes=5)
    assert redeem(box, code).status_code == 200
    box.clock.forward(minutes=5)
    assert redeem(box, late).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code": "x"}, "invalid_grant"),
        ({"code": None}, "invalid_grant"),
        ({"code_verifier": "b" * 43}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:5001/callback"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "a" * 42}, "invalid_request"),
        ({"code_verifier": "a" * 129}, "invalid_request"),
        ({"client_id": "x"}, "invalid_client"),
        ({"client_secret": "x"}, "invalid_client"),
        ({"client_secret": ""}, "invalid_client"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "invalid_request"),
    ],
)
def test_a_code_needs_all_that_belongs_to_it(box: Sandbox, changes: dict[str, Any], error: str) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": sent_to(agree(box))["code"],
        "redirect_uri": REDIRECT,
        "code_verifier": "a" * 43,
    }
    answer = ask(box, **(form | changes))
    assert answer.json().keys() == {"error", "error_description"}
    assert (answer.json()["error"], answer.status_code) == (error, 401 if error == "invalid_client" else 400)


def test_another_applications_code_and_token_are_refused(box: Sandbox) -> None:
    other = box.identity.register()
    assert redeem(box, sent_to(agree(box))["code"], client_id=other.client_id).json()["error"] == "invalid_grant"
    token = sign_in(box)["refresh_token"]
    assert refresh(box, token, client_id=other.client_id).json()["error"] == "invalid_grant"
    assert refresh(box, token).status_code == 200


def test_an_application_signs_in_in_the_body_or_in_a_header(box: Sandbox) -> None:
    app = box.identity.register(secret_required=True)
    own = {"client_id": app.client_id}
    code = sent_to(agree(box, **own))["code"]
    assert redeem(box, code, **own).json()["error"] == "invalid_client"
    token = redeem(box, code, client_secret=app.client_secret, **own).json()["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token}
    assert ask(box, (app.client_id, app.client_secret), client_id=None, **form).status_code == 200
    assert ask(box, (app.client_id, app.client_secret), client_id=app.client_id, **form).status_code == 200
    for auth in ((app.client_id, "x"), ("x", app.client_secret)):
        answer = ask(box, auth, client_id=None, **form)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Basic")
    assert ask(box, (app.client_id, app.client_secret), **form).json()["error"] == "invalid_request"  # two names
    both = ask(box, (app.client_id, app.client_secret), client_id=None, client_secret=app.client_secret, **form)
    assert both.json()["error"] == "invalid_request"
    for wrong in ("Bearer x", "Basic", "Basic !", "Basic " + b64encode(b"no colon").decode(), "Basic /w=="):
        answer = post(f"{box.site}/login/common/oauth/tokens", data=form, headers={"Authorization": wrong})
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"grant_type": "refresh_token"}', "application/json"),
        (b"grant_type=refresh_token", ""),
        (b"\xff", "application/x-www-form-urlencoded"),
        (b"grant_type=%ff", "application/x-www-form-urlencoded"),
        (b"grant_type=a&grant_type=b", "application/x-www-form-urlencoded; charset=utf-8"),
        (b"a&" * 60, "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_form_is_an_error(box: Sandbox, content: bytes, kind: str) -> None:
    answer = post(f"{box.site}/login/common/oauth/tokens", content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_an_access_token_is_good_for_an_hour_and_a_refresh_token_for_long(box: Sandbox) -> None:
    tokens = sign_in(box)
    bearer = f"Bearer {tokens['access_token']}"
    box.clock.forward(minutes=50)
    assert call(box, bearer) == 200
    box.clock.forward(minutes=10)
    assert call(box, bearer) == 401
    box.clock.forward(days=300)
    for _ in range(2):  # it may be used again
        answer = refresh(box, tokens["refresh_token"]).json()
        assert answer.keys() == {"token_type", "access_token", "expires_in", "id_token"}
        claims = read(box, answer["id_token"])
        assert ("nonce" in claims, claims["aud"]) == (False, box.identity.client_id)
        assert call(box, f"Bearer {answer['access_token']}") == 200
    assert "nonce" not in read(box, redeem(box, sent_to(agree(box, nonce=None))["code"]).json()["id_token"])


def test_all_can_be_expired_or_revoked_at_once(box: Sandbox) -> None:
    tokens, code = sign_in(box), sent_to(agree(box))["code"]
    box.identity.expire()
    assert call(box, f"Bearer {tokens['access_token']}") == 401
    assert redeem(box, code).json()["error"] == "invalid_grant"
    refreshed = refresh(box, tokens["refresh_token"]).json()
    assert call(box, f"Bearer {refreshed['access_token']}") == 200
    box.identity.revoke()
    assert call(box, f"Bearer {refreshed['access_token']}") == 401
    assert refresh(box, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert call(box, "Bearer 8A:sandbox-token") == 200  # the fixed ones go on


def test_keys_are_several_and_rotate(box: Sandbox) -> None:
    old = sign_in(box)["id_token"]
    before = {key.kid for key in keys(box)}
    assert len(before) == 2
    box.identity.rotate_keys()
    assert {key.kid for key in keys(box)} > before
    new = sign_in(box)["id_token"]
    assert read(box, old)["aud"] == read(box, new)["aud"]
    box.identity.rotate_keys(retire=True)
    for gone in (old, new):
        with pytest.raises(JoseError, match="kid"):
            read(box, gone)
    assert read(box, sign_in(box)["id_token"])["aud"] == box.identity.client_id
