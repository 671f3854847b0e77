"""System users: signed tokens, tickets."""

from __future__ import annotations

import json
import re
import time
from base64 import b64decode

import pytest

from superoffice_sandbox import Behaviour, Sandbox, start

from .person import TICKET, call, exchange, post, private_key, read, signed, ticket


def test_a_system_user_signs_in_and_the_endpoint_lets_the_ticket_in(box: Sandbox) -> None:
    answer = exchange(box).json()
    assert (answer["IsSuccessful"], answer["ErrorMessage"]) == (True, None)
    claims = read(box, answer["Token"])
    assert (claims["iss"], claims[TICKET][:3]) == ("SuperOffice AS", "7T:")
    assert call(box, f"SoTicket {claims[TICKET]}", SO_AppToken=box.identity.client_secret) == 200
    assert call(box, f"Bearer {claims[TICKET]}") == 401
    assert ticket(box) != claims[TICKET]


def test_online_a_ticket_needs_the_app_token_that_it_was_issued_to() -> None:
    with start(tickets=0, behaviour=Behaviour(app_token="required")) as box:
        mine = f"SoTicket {ticket(box)}"
        other = box.identity.register()
        assert call(box, mine) == 401
        assert call(box, mine, SO_AppToken="x") == 401
        assert call(box, mine, SO_AppToken=other.client_secret) == 401
        assert call(box, mine, SO_AppToken=box.identity.client_secret) == 200
        theirs = read(box, exchange(box, ApplicationToken=other.client_secret).json()["Token"])[TICKET]
        assert call(box, f"SoTicket {theirs}", SO_AppToken=other.client_secret) == 200


def test_a_ticket_is_good_for_six_hours_after_each_use(box: Sandbox) -> None:
    used = f"SoTicket {ticket(box)}"
    for _ in range(3):
        box.clock.forward(hours=5, minutes=50)
        assert call(box, used) == 200
    box.clock.forward(hours=6)
    assert call(box, used) == 401
    assert call(box, used) == 401
    assert call(box, f"SoTicket {ticket(box)}") == 200
    box.identity.expire()
    assert call(box, f"SoTicket {ticket(box)}") == 200


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"SignedSystemToken": "x"}, "is not token.yyyyMMddHHmm.signature"),
        ({"SignedSystemToken": "x.202601010000.!"}, "is not token.yyyyMMddHHmm.signature"),
        ({"SignedSystemToken": "x.20260101.eA=="}, "is not token.yyyyMMddHHmm.signature"),
        ({"SignedSystemToken": "x.202601010000.eA=="}, "system token is not known"),
        ({"ApplicationToken": "x"}, "application token is not known"),
        ({"ContextIdentifier": "Cust99999"}, "names no tenant"),
        ({"ReturnTokenType": "SAML"}, "only tokens of the type JWT"),
    ],
)
def test_what_is_wrong_is_said(box: Sandbox, changes: dict[str, str], said: str) -> None:
    answer = exchange(box, **changes)
    assert answer.status_code == 200
    assert (answer.json()["IsSuccessful"], answer.json()["Token"]) == (False, None)
    assert said in answer.json()["ErrorMessage"]


def test_the_signature_and_its_minute_count(box: Sandbox) -> None:
    content = signed(box).rpartition(".")[0]
    signature = signed(box, at=time.time() - 3600).rpartition(".")[2]  # of another minute
    mixed = exchange(box, SignedSystemToken=f"{content}.{signature}").json()
    assert "signature does not fit" in mixed["ErrorMessage"]
    for wrong in (-3600, 3600, -9 * 60, 9 * 60):
        answer = exchange(box, SignedSystemToken=signed(box, at=time.time() + wrong)).json()
        assert "minute is too far from now" in answer["ErrorMessage"]
    for right in (-60, 60):
        assert exchange(box, SignedSystemToken=signed(box, at=time.time() + right)).json()["IsSuccessful"]
    box.clock.skew(hours=-1)
    assert not exchange(box).json()["IsSuccessful"]
    assert exchange(box, SignedSystemToken=signed(box, at=time.time() - 3600)).json()["IsSuccessful"]
    box.clock.skew()
    assert exchange(box).json()["IsSuccessful"]


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"SignedSystemToken": 1}', b'{"SignedSystemToken": "\\ud800"}', b"\xff", b"[" * 9_000],
)
def test_another_body_is_an_error(box: Sandbox, content: bytes) -> None:
    answer = post(f"{box.site}/Login/api/PartnerSystemUser/Authenticate", content=content)
    assert (answer.status_code, set(answer.json())) == (400, {"Message", "MessageDetail"})


def test_names_go_in_any_case(box: Sandbox) -> None:
    user = box.identity.system_user
    asked = {
        "signedSystemToken": signed(box),
        "applicationToken": user.app_token,
        "contextIdentifier": user.tenant.upper(),
        "returnTokenType": "Jwt",
    }
    address = f"{box.site}/login/API/partnersystemuser/authenticate"
    assert post(address, content=json.dumps(asked)).json()["IsSuccessful"]


def test_the_key_comes_as_pem_with_a_passphrase_and_as_xml(box: Sandbox) -> None:
    user = box.identity.system_user
    closed = user.private_key_pem("open sesame")
    with pytest.raises(TypeError):
        private_key(closed)
    numbers = private_key(user.private_key_pem()).private_numbers()
    assert private_key(closed, b"open sesame").private_numbers() == numbers
    members = dict(re.findall(r"<(\w+)>([^<]+)</\1>", user.private_key_xml()))
    found = {name: int.from_bytes(b64decode(value), "big") for name, value in members.items()}
    assert (found["Modulus"], found["Exponent"]) == (numbers.public_numbers.n, numbers.public_numbers.e)
    assert (found["P"], found["Q"], found["D"]) == (numbers.p, numbers.q, numbers.d)
    assert (found["DP"], found["DQ"], found["InverseQ"]) == (numbers.dmp1, numbers.dmq1, numbers.iqmp)
    for secret in (user.system_token, user.app_token):
        assert secret not in repr(user)
