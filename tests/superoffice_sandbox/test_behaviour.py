"""Every variant of undocumented behaviour."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

import superoffice_sandbox
from superoffice.select import FIELDS
from superoffice_sandbox import Behaviour, Sandbox

from ..support import web
from ..support.sandbox_calls import PATH, post, ticket


@pytest.fixture(scope="module")
def own() -> Iterator[Sandbox]:
    with superoffice_sandbox.start(tickets=5) as own:
        yield own


@pytest.fixture
def box(own: Sandbox) -> Iterator[Sandbox]:
    own.behaviour = Behaviour()
    yield own
    own.faults.clear()


def test_missing(box: Sandbox) -> None:
    assert [got["TicketId"] for got in post(box, [439, 70000, 829]).json()] == [439, 829]
    box.behaviour = Behaviour(missing="null")
    assert post(box, [70000, 439]).json()[0] is None
    box.behaviour = Behaviour(missing="default")
    blank = post(box, [439, 70000]).json()[1]
    assert (blank["TicketId"], blank["Title"], blank["HasAttachment"]) == (0, "", False)
    assert (blank["CreatedAt"], blank["TableRight"], blank["Slevel"]) == ("0001-01-01T00:00:00", None, "Unknown")


def test_unselected(box: Sandbox) -> None:
    got = ticket(box, 439, "?$select=title")
    assert (list(got), got["TicketId"], got["CustId"], got["TableRight"]) == (list(FIELDS), 439, None, None)
    box.behaviour = Behaviour(unselected="omit")
    assert list(ticket(box, 439, "?$select=title,category")) == ["TicketId", "Title", "Category"]
    box.behaviour = Behaviour(unselected="default", empty_date="utc")
    got = ticket(box, 439, "?$select=title")
    assert (got["CustId"], got["HasAttachment"], got["CreatedAt"]) == (0, False, "0001-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("form", "zone", "text"),
    [
        ("plain", "NO, includeTZOffset", "0001-01-01T00:00:00"),
        ("utc", "NO", "0001-01-01T00:00:00Z"),
        ("offset", "NO", "0001-01-01T01:00:00+01:00"),
        ("offset", "US-NY", "0001-01-01T00:00:00-05:00"),
        ("offset", "UTC, includeTZOffset", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_empty_date(box: Sandbox, form: Any, zone: str, text: str) -> None:
    box.behaviour = Behaviour(empty_date=form)
    box.store.add([{"TicketId": 900, "ClosedAt": "0001-01-01T00:00:00"}])
    assert ticket(box, 900, SO_TimeZone=zone)["ClosedAt"] == text


def test_duplicates_and_no_ids(box: Sandbox) -> None:
    assert [got["TicketId"] for got in post(box, [439, 829, 439]).json()] == [439, 829, 439]
    assert post(box, []).status_code == 400
    box.behaviour = Behaviour(duplicates="once", no_ids="null")
    assert [got["TicketId"] for got in post(box, [439, 829, 439]).json()] == [439, 829]
    assert post(box, []).json() is None
    box.behaviour = Behaviour(no_ids="array")
    assert post(box, []).json() == []


def test_ids_below_1(box: Sandbox) -> None:
    assert post(box, [0]).status_code == 400
    box.behaviour = Behaviour(invalid_ids="missing")
    assert [got["TicketId"] for got in post(box, [0, -5, 439]).json()] == [439]


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        ("message", {"Message", "MessageDetail"}),
        ("typed", {"Error", "ErrorType", "Message", "ErrorSource"}),
        ("agent", {"Error", "ErrorType", "ErrorMessage", "ErrorSource"}),
    ],
)
def test_error_shapes(box: Sandbox, shape: Any, names: set[str]) -> None:
    box.behaviour = Behaviour(error_shape=shape)
    answer = post(box, "x")
    assert (answer.status_code, set(answer.json())) == (400, names)
    box.behaviour = Behaviour(error_shape=shape, errors_in_200="error")
    answer = post(box, "x")
    assert (answer.status_code, set(answer.json())) == (200, names)


def test_errors_in_200(box: Sandbox) -> None:
    box.behaviour = Behaviour(errors_in_200="null", unknown_select="error")
    answer = post(box, [439], "?$select=nonsense")
    assert (answer.status_code, answer.json()) == (200, None)
    assert post(box, [439], "?$select=title").json()[0]["TicketId"] == 439


def test_unknown_select(box: Sandbox) -> None:
    got = ticket(box, 439, "?$select=name,department,category/id")
    assert {name for name, value in got.items() if value is not None} == {"TicketId"}
    box.behaviour = Behaviour(unknown_select="error")
    answer = post(box, [439], "?$select=name")
    assert (answer.status_code, "name" in answer.json()["MessageDetail"]) == (400, True)


def test_throttling_says_when_to_come_back(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]  # a clock that stands still, however long the calls take
    monkeypatch.setattr("superoffice_sandbox.app.time", SimpleNamespace(monotonic=lambda: now[0]))
    box.behaviour = Behaviour(calls_per_second=2)
    answers = [post(box, [439]) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert answers[2].headers["Retry-After"] == "1"
    now[0] += 0.95
    assert post(box, [439]).status_code == 429
    now[0] += 0.05
    assert post(box, [439]).status_code == 200


def test_slow_and_maintenance(box: Sandbox) -> None:
    box.behaviour = Behaviour(slow=0.3)
    begun = time.monotonic()
    assert post(box, [439]).status_code == 200
    assert time.monotonic() - begun >= 0.3
    box.behaviour = Behaviour(maintenance=True)
    assert post(box, [439]).status_code == 503


def test_app_token(box: Sandbox) -> None:
    signed = {"Authorization": "SoTicket 7T:sandbox-ticket"}
    box.behaviour = Behaviour(app_token="required")
    for extra, status in (({}, 401), ({"SO-AppToken": "x"}, 401), ({"SO-AppToken": "sandbox-app"}, 200)):
        answer = web.post(box.site + PATH, json={"TicketIds": [439]}, headers={**signed, **extra})
        assert answer.status_code == status


@pytest.mark.parametrize(
    "wrong",
    [
        {"missing": "x"}, {"unselected": None}, {"calls_per_second": 0}, {"calls_per_second": 1.5}, {"slow": -1},
        {"base_zone": "Europe/Oslo"}, {"maintenance": "no"}, {"calls_per_second": "x"}, {"calls_per_second": True},
        {"slow": "x"}, {"slow": None}, {"slow": float("nan")}, {"slow": float("inf")}, {"base_zone": 5},
    ],
)  # fmt: skip
def test_a_behaviour_has_its_values_alone(wrong: dict[str, Any]) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=rf"^{name} must .* \(got {value!r}\)$"):
        Behaviour(**wrong)


def test_every_choice_says_what_it_is() -> None:
    assert all(field.metadata["help"].endswith(".") for field in attrs.fields(Behaviour))
