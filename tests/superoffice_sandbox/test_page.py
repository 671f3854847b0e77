"""The page on `/`."""

from __future__ import annotations

import re
from typing import Any

import pytest
from openapi_spec_validator import validate

import superoffice_sandbox
from superoffice_sandbox import Credentials, Sandbox, page

from ..support import web
from ..support.sandbox_calls import PATH


def test_the_page_runs_its_own_files_alone(box: Sandbox) -> None:
    shown = web.get(box.site + "/")
    assert shown.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = shown.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*src)|https?://|style=", shown.text)
    for link in re.findall(r'(?:src|href)="(/[^"]+)"', shown.text):
        found = web.get(box.site + link)
        assert (found.status_code, found.headers["X-Content-Type-Options"]) == (200, "nosniff")


def test_the_document_names_this_server(box: Sandbox, document: dict[str, Any]) -> None:
    answer = web.get(box.site + "/openapi.json")
    served = answer.json()
    assert [server["url"] for server in served["servers"]] == [box.site]
    assert {**served, "servers": 0} == {**document, "servers": 0}
    validate(served)


def test_the_published_credentials_are_filled_in_and_others_are_not(box: Sandbox) -> None:
    assert 'data-user="tje0" data-password="Tje0"' in web.get(box.site + "/").text
    own = Credentials(user="me", password='my"own')
    with superoffice_sandbox.start(tickets=0, credentials=own) as other:
        text = web.get(other.site + "/").text
        assert 'data-user="" data-password=""' in text
        assert web.post(other.site + PATH, json={"TicketIds": [439]}, auth=("me", 'my"own')).status_code == 200


def test_without_swagger_ui_the_page_says_what_it_needs(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "find_spec", lambda _: None)
    monkeypatch.setattr(page, "_folder", page._folder.__wrapped__)
    assert "pip install 'superoffice-sdk[sandbox]'" in web.get(box.site + "/").text


@pytest.mark.parametrize(
    "path", ["/sandbox/page/x.js", "/sandbox/page/..%2f__init__.py", "/sandbox/page/%2fetc%2fpasswd", "/sandbox/page/"]
)
def test_no_path_reaches_the_file_system(box: Sandbox, path: str) -> None:
    assert web.get(box.site + path).status_code == 404


def test_answers_are_never_taken_for_a_page(box: Sandbox) -> None:
    box.add(ticket_id=7_000_000, title="<script>alert(1)</script>")
    answer = web.post(box.site + PATH, json={"TicketIds": [7_000_000]}, auth=("tje0", "Tje0"))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
