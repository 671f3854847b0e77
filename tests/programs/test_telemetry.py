"""Metrics and traces through OpenTelemetry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from superoffice_sandbox import Sandbox

from .conftest import Run


def documents(text: str) -> Iterator[dict[str, Any]]:
    """Yield what the exporters print, one JSON after the other."""
    decoder, at = json.JSONDecoder(), 0
    while text.startswith("{", at):  # what the log says follows
        found, end = decoder.raw_decode(text, at)
        yield found
        at = end + len(text[end:]) - len(text[end:].lstrip())


def test_each_attempt_is_a_span_and_a_measurement(run: Run, desk: Sandbox) -> None:
    desk.fault(status=503, times=1)
    printed = list(documents(run("telemetry.py", 6, 7)))
    spans = [each for each in printed if "span_id" in each.get("context", {})]
    parent = next(span for span in spans if span["name"] == "read tickets")
    attempts = [span for span in spans if span["name"] == "POST /api/v1/Agents/Ticket/GetTickets"]
    assert [span["attributes"]["http.response.status_code"] for span in attempts] == [503, 200]
    assert [span["status"]["status_code"] for span in attempts] == ["ERROR", "UNSET"]
    assert {span["parent_id"] for span in attempts} == {parent["context"]["span_id"]}
    (measured,) = [each for each in printed if "resource_metrics" in each]
    metrics = measured["resource_metrics"][0]["scope_metrics"][0]["metrics"]
    points = {metric["name"]: metric["data"]["data_points"] for metric in metrics}
    assert sum(point["count"] for point in points["http.client.request.duration"]) == 2
    assert [point["value"] for point in points["superoffice.retries"]] == [1]


def test_a_request_without_a_response_is_an_error_too(run: Run, desk: Sandbox) -> None:
    desk.fault("reset", times=1)
    printed = list(documents(run("telemetry.py", 6)))
    (failed,) = [each for each in printed if each.get("status", {}).get("status_code") == "ERROR"]
    assert failed["events"][0]["attributes"]["exception.type"].endswith("ConnectionBrokenError")
    assert "http.response.status_code" not in failed["attributes"]
