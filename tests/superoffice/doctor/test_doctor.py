"""The doctor, over real HTTP: what it finds is what was set, and a sandbox like the saved file is found alike."""

from __future__ import annotations

import datetime
import json
import os
import pty
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest
import trustme
import uvicorn

import superoffice_sandbox
from superoffice import BasicAuth, SuperOffice, TlsError
from superoffice.doctor.checks import ProbeResponse
from superoffice.doctor.probes import compare_offsets, empty_dates
from superoffice.doctor.report import BEHAVIOUR, Finding, Report, diagnose, iter_findings
from superoffice_sandbox import Behaviour, Sandbox, create_app

from ...support.faults import Faults, answer, never_accepting, sends
from ..cli.test_cli import COMMAND, run

WRONG = "the doctor asks on purpose what the document does not have, to see what comes"
pytestmark = pytest.mark.off_document(WRONG)
IDS = [439, 829, 1234, *range(1, 40)]
CHECKS = ("address", "host", "TLS", "clock", "authentication", "time")


def examined(box: Sandbox, ids: list[int] = IDS) -> Report:
    return diagnose(box.site, auth=BasicAuth(box.user, box.password), ids=ids)


def answers(report: Report) -> list[Finding]:
    """What a report says of the server's ways, without this run's address and times."""
    return [finding for finding in report.findings if finding.name not in CHECKS]


def saved(report: Report) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(report.to_json())
    return loaded


def named(report: Report, name: str) -> Finding:
    return next(finding for finding in report.findings if finding.name == name)


def warned(report: Report) -> set[str]:
    """Name what should be looked after, but for the time of a call, which a busy machine stretches."""
    return {finding.name for finding in report.findings if finding.level == "warn"} - {"time"}


def is_well(done: subprocess.CompletedProcess[str]) -> bool:
    """Return True if the command found all well, but for the time of a call."""
    if "counts as slow" in done.stdout:
        return done.returncode == 1 and "It works, with 1 to look after: " in done.stdout
    return done.returncode == 0 and done.stdout.splitlines()[-1].startswith("All well: ")


WAYS: list[dict[str, str]] = [
    {},
    {"missing": "null", "unselected": "omit", "empty_date": "utc", "duplicates": "once", "offsets": "always"},
    {"missing": "default", "unselected": "default", "empty_date": "offset", "unknown_select": "error", "stamps": "utc"},
    {"error_shape": "typed", "date_form": "compact", "no_ids": "null", "errors_in_200": "error"},
    {"error_shape": "agent", "date_form": "ticks", "no_ids": "array", "offsets": "never"},
    {"errors_in_200": "null", "unknown_select": "error", "offsets": "always", "date_form": "compact"},
]


@pytest.mark.parametrize("way", WAYS, ids=[" ".join(way.values()) or "likely" for way in WAYS])
def test_each_way_is_found_and_a_sandbox_like_it_is_found_alike(way: dict[str, str], tmp_path: Path) -> None:
    with superoffice_sandbox.start(behaviour=Behaviour(**way), tickets=50) as box:  # type: ignore[arg-type]
        report = examined(box)
    assert not report.failed
    expected = {key: getattr(Behaviour(**way), key) for key in BEHAVIOUR}  # type: ignore[arg-type]
    if way.get("errors_in_200") == "null":
        del expected["error_shape"]  # nobody sees it
        expected["no_ids"] = "null"  # so the error looks
    assert saved(report)["behaviour"] == expected
    file = tmp_path / "server.json"
    file.write_bytes(report.to_json())
    with superoffice_sandbox.start(behaviour=Behaviour.from_file(file), tickets=50) as like:
        assert answers(examined(like)) == answers(report)


def test_invalid_ids_that_count_as_missing_leave_errors_unknown() -> None:
    with superoffice_sandbox.start(behaviour=Behaviour(invalid_ids="missing"), tickets=5) as box:
        report = examined(box)
    found = saved(report)["behaviour"]
    assert found["invalid_ids"] == "missing"
    assert "error_shape" not in found
    assert named(report, "error body").level == "unknown"


def test_the_sandbox_has_each_variant() -> None:
    fields = attrs.fields_dict(Behaviour)
    for key, variants in BEHAVIOUR.items():
        for variant in variants:
            assert getattr(Behaviour(**{key: variant}), key) == variant  # type: ignore[arg-type]
        assert fields[key].default == variants[0]


def test_it_says_what_it_could_not_see(box: Sandbox) -> None:
    report = examined(box, [])
    assert named(report, "all else").level == "unknown"
    assert saved(report)["behaviour"]["missing"] == "omit"
    report = examined(box, [439])
    assert named(report, "order").level == "unknown"
    assert named(report, "ids a call").seen == "1 went well; for more, give more ids, up to 1000"
    report = examined(box, [99_999])
    assert named(report, "all else").level == "warn"


def test_it_only_reads_and_keeps_below_ten_calls_a_second() -> None:
    with superoffice_sandbox.start(behaviour=Behaviour(calls_per_second=10), tickets=1100) as box:
        report = examined(box, list(range(1, 1101)))
        assert [request.status_code for request in box.requests if request.status_code == 429] == []
        assert {request.path for request in box.requests} == {"/api/v1/Agents/Ticket/GetTickets"}
    assert saved(report)["seen"]["ids_a_call"] == 1000
    assert saved(report)["seen"]["order"] == "kept"
    assert saved(report)["seen"]["languages"] == "translated"


def test_a_slow_server_is_told() -> None:
    with superoffice_sandbox.start(behaviour=Behaviour(slow=2.1), tickets=1) as box:
        box.fault("status", status=500, times=1)
        assert "in trouble" in named(examined(box, []), "authentication").advice
        finding = named(examined(box, []), "time")
    assert finding.level == "warn"
    assert "past 2 s counts as slow" in finding.seen


def environment(box: Sandbox, **change: str) -> dict[str, str]:
    signed = box.environ
    return {**signed, **change}


def test_the_command_saves_a_redacted_file_that_a_sandbox_takes(box: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "server.json"
    done = run("doctor", "--ids", "439,829,1234", "--save", str(file), environment=environment(box))
    assert is_well(done), done.stdout
    assert "✓  authentication" in done.stdout
    text = file.read_text()
    ticket = box.store.get({1234})[1234]
    values = {str(value) for value in ticket.values() if isinstance(value, str) and len(value) > 4}
    for word in {"439", "829", "1234", "127.0.0.1", box.site, box.user, box.password, "NO", *values}:
        assert word not in text, word
    assert list(json.loads(text)) == ["format", "behaviour", "seen"]
    code = json.loads(run("doctor", "--ids", "439", "--format", "json", environment=environment(box)).stdout)
    assert {finding["level"] for finding in code["findings"] if finding["name"] != "time"} <= {"ok", "unknown"}
    command = [COMMAND, "sandbox", "--tickets", "3", "--like", str(file), "--missing", "null"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            site = server.stdout.readline().strip()
            like = diagnose(site, auth=BasicAuth(box.user, box.password), ids=[439, 829, 1234])
        finally:
            server.terminate()
            server.communicate(timeout=100)
    assert saved(like)["behaviour"] == {**json.loads(text)["behaviour"], "missing": "null"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no json", "was not saved by this version's `superoffice doctor --save`"),
        ('{"format": 2, "behaviour": {}}', "was not saved by this version's"),
        ('{"format": 1, "behaviour": {"mood": "good"}}', "behaviour has no mood"),
        ('{"format": 1, "behaviour": {"slow": "60"}}', "behaviour has no slow"),
        ('{"format": 1, "behaviour": {"missing": "gone"}}', "missing must be omit, null or default"),
    ],
)
def test_a_file_that_cannot_be_followed_is_a_usage_error(content: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "server.json"
    file.write_text(content)
    done = run("sandbox", "--like", str(file), columns=400)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_wrong_password_is_advised_on_and_never_shown(box: Sandbox, tmp_path: Path) -> None:
    wrong = environment(box, SUPEROFFICE_PASSWORD="s3cr3t")
    for output in ("text", "json"):
        save = tmp_path / "not.json"
        done = run("doctor", "--ids", "439", "--format", output, "--save", str(save), environment=wrong)
        assert done.returncode == 3
        assert "Check SUPEROFFICE_USER and SUPEROFFICE_PASSWORD" in " ".join(done.stdout.split())
        assert "s3cr3t" not in done.stdout + done.stderr
        assert not save.exists()
    ticket = {"SUPEROFFICE_SITE": box.site, "SUPEROFFICE_SOTICKET": "7T:s3cr3t", "SUPEROFFICE_APP_TOKEN": "h1dden"}
    done = run("doctor", environment=ticket)
    assert "Get a new session ticket" in done.stdout
    assert "s3cr3t" not in done.stdout
    assert "h1dden" not in done.stdout
    assert "Set SUPEROFFICE_TOKEN" in run("doctor", "--site", box.site).stdout


def test_a_dead_port_and_an_unknown_name_are_failures_of_the_host() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = run("doctor", "--site", f"http://127.0.0.1:{port}")
    assert done.returncode == 3
    assert f"127.0.0.1 refused port {port}" in done.stdout
    assert "whether the server runs" in done.stdout
    assert "The host failed" in done.stdout.splitlines()[-1]
    finding = diagnose("https://nowhere.invalid").findings[-1]
    assert (finding.name, finding.level) == ("host", "fail")
    assert "misspelling" in finding.advice


class Foreign(BaseHTTPRequestHandler):
    """Answers as something else than SuperOffice would."""

    status: ClassVar[int] = 200
    body: ClassVar[bytes] = b"<html>Welcome</html>"
    date: ClassVar[str] = ""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response_only(self.status)
        if self.date:
            self.send_header("Date", self.date)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name it has
        pass


@contextmanager
def foreign(kind: type[Foreign] = Foreign, **members: Any) -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), type("Own", (kind,), members)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"<html>Welcome</html>", "another site's, a login page's, or a proxy's"),
        (200, b"null", "The agent failed"),
        (200, b'{"Error": true}', "The agent failed"),
        (200, b"hello", "not a response of SuperOffice's"),
        (302, b"", "sends callers elsewhere"),
        (403, b"<html>", "may not read tickets here"),
        (404, b"<html>", "such as /Cust12345"),
        (407, b"", "Give the proxy's user and password"),
        (421, b"", "has moved to another host"),
        (503, b"<html>", "under maintenance"),
    ],
)
def test_what_a_failed_sign_in_means(status: int, body: bytes, said: str) -> None:
    with foreign(status=status, body=body) as site:
        report = diagnose(site, auth=BasicAuth("a", "b"))
    assert report.failed
    assert report.findings[-1].name == "authentication"
    assert said in report.findings[-1].advice
    assert named(report, "clock").level == "unknown"


class Odd(Foreign):
    """A server of tickets in an order of its own, at most `cap` of them, that refuses calls for more than `most`."""

    cap: ClassVar[int] = 1000
    most: ClassVar[int] = 1000
    ticket: ClassVar[dict[str, Any]] = {"Title": "a", "Priority": 3, "CreatedAt": "2024-05-01T10:00:00Z"}
    bare: ClassVar[dict[str, Any]] = ticket

    def do_POST(self) -> None:
        ids = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["TicketIds"]
        row = self.bare if "select" in self.path else self.ticket
        there = [{"TicketId": number, **row} for number in sorted(ids, reverse=True) if 0 < number < 10**6]
        self.send_response(413 if len(ids) > self.most else 200)
        body = json.dumps(there[: self.cap]).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def test_an_odd_server_gets_warnings_that_help() -> None:
    ids = list(range(60, 0, -1))
    with foreign(Odd, cap=15, ticket={**Odd.ticket, "RepliedAt": Odd.ticket["CreatedAt"], "ClosedAt": None}) as site:
        report = diagnose(site, ids=ids)
    assert not report.failed
    assert warned(report) == {"unselected fields", "order", "CreatedAt", "ids a call"}
    assert named(report, "ids a call").advice == "Ask for at most 15 at a time."
    seen = saved(report)["seen"]
    assert (seen["order"], seen["unselected"], seen["stamps"]) == ("changed", "filled", "ignored")
    assert seen["empty_date"] == "null"
    assert "to look after" in report.summary
    with foreign(Odd, most=10, bare={"Title": None, "Priority": 0}) as site:
        report = diagnose(site, ids=ids)
        done = run("doctor", "--site", site, "--ids", "3,2,1")
    assert named(report, "ids a call").seen == "10 went well, 60 did not: status 413"
    assert saved(report)["seen"]["unselected"] == "mixed"
    assert done.returncode == 1


Answers = Callable[[list[int], str], tuple[int, bytes]]


class Told(Foreign):
    """Answers as `answers` says, from the ids and the query."""

    answers: ClassVar[Answers]

    def do_POST(self) -> None:
        ids = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["TicketIds"]
        zone = self.headers.get("SO-TimeZone", "")
        kind = type(self)
        self.status, self.body = kind.answers(ids, f"{self.path} {zone} {self.headers.get('SO-Language', '')}")  # type: ignore[misc]
        self.send_response_only(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)


def told(answers: Answers, ids: list[int]) -> Report:
    with foreign(Told, answers=staticmethod(answers)) as site:
        return diagnose(site, ids=ids)


def rows(ids: list[int], **members: Any) -> tuple[int, bytes]:
    return 200, json.dumps([{"TicketId": number, **members} for number in ids if 0 < number < 10**6]).encode()


def test_tickets_without_date_times_leave_them_unknown() -> None:
    report = told(lambda ids, _: rows(ids, Title=None), [1, 2])
    names = ("empty dates", "offsets", "no time zone", "date form", "CreatedAt", "unselected fields", "languages")
    assert {name: named(report, name).level for name in names} == dict.fromkeys(names, "unknown")
    assert not warned(report)


def test_a_server_that_fails_for_ids_that_are_not_there() -> None:
    report = told(lambda ids, _: rows(ids) if max(ids, default=0) < 10**6 else (500, b"<html>"), [1])
    finding = named(report, "missing ids")
    assert (finding.level, finding.value) == ("warn", "fail")
    assert finding.seen == "fail the whole call: status 500 with a web page"


@pytest.mark.parametrize(
    ("odd", "seen"),
    [
        (b"[1, 2]", "could not be seen: 200 with something that is not a list of tickets"),
        (b"null", "could not be seen: 200 with null"),
        (b"[null]", "could not be seen: 200 with something that is not a list of tickets"),
    ],
)
def test_a_server_that_cannot_select(odd: bytes, seen: str) -> None:
    report = told(lambda ids, query: (200, odd) if "select" in query else rows(ids, Title="a"), [1, 2])
    finding = named(report, "unselected fields")
    assert (finding.level, finding.seen) == ("warn", seen)
    assert "without `$select`" in finding.advice
    finding = named(report, "duplicates")
    assert (finding.level, finding.seen) == ("warn", seen)


def test_a_page_for_a_wrong_call_is_warned_of() -> None:
    report = told(lambda ids, _: rows(ids) if ids and ids[0] else (200, b"<html>"), [1])
    finding = named(report, "error status")
    assert (finding.level, finding.seen) == ("warn", "a wrong call gets 200 with a web page")
    assert named(report, "error body").level == "unknown"


def test_texts_that_are_never_translated_are_warned_of() -> None:
    report = told(lambda ids, _: rows(ids, PriorityName='NO:"Middels";US:"Medium"'), [1])
    finding = named(report, "languages")
    assert (finding.level, finding.value) == ("warn", "raw")


def test_texts_that_follow_the_language_are_translated() -> None:
    def answers(ids: list[int], query: str) -> tuple[int, bytes]:
        return rows(ids, PriorityName="Middels" if query.endswith("no") else "Medium")

    assert named(told(answers, [1]), "languages").value == "translated"


def test_a_server_that_gives_few_whole_tickets_is_asked_for_one() -> None:
    def answers(ids: list[int], query: str) -> tuple[int, bytes]:
        return rows(ids, Title="a") if len(ids) < 3 or "select" in query else (413, b"")

    assert named(told(answers, [1, 2, 3]), "offsets").level == "unknown"


def test_a_connection_that_breaks_between_the_checks_is_told() -> None:
    with Faults(sends(then="close")) as server:
        finding = diagnose(server.site, ids=[1]).findings[-1]
    assert (finding.name, finding.level) == ("authentication", "fail")
    assert finding.advice == "Try again; the call only reads."
    # The first answers are to the sign-in and to the id that is not there.
    with Faults(sends(answer(b"[]")), sends(answer(b"[]")), sends(then="close")) as server:
        finding = diagnose(server.site, ids=[1]).findings[-1]
    assert (finding.name, finding.level) == ("all else", "warn")
    assert "the connection broke" in finding.seen


def test_a_host_that_does_not_answer_is_a_failure_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("superoffice.doctor.checks._CONNECT_SECONDS", 0.3)
    with never_accepting() as site:
        finding = diagnose(site, ids=[1]).findings[-1]
    assert (finding.name, finding.level) == ("host", "fail")
    assert "did not respond on port" in finding.seen
    assert "firewall" in finding.advice


def test_a_connection_that_breaks_half_way_costs_only_what_it_hits(box: Sandbox) -> None:
    with superoffice_sandbox.start(tickets=30) as own:
        findings = iter_findings(own.site, auth=BasicAuth(own.user, own.password), app_token=None, ids=IDS)
        got: list[Finding] = []
        for finding in findings:
            got.append(finding)
            if finding.name == "unselected fields":
                own.fault("reset", times=2)  # the first is repeated
    report = Report(tuple(got))
    assert named(report, "unknown $select names").level == "warn"
    assert "the connection broke" in named(report, "unknown $select names").seen
    assert named(report, "duplicates").level == "ok"


@pytest.mark.parametrize("date", ["soon", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Mon, 01 Jan 2024 00:00:00"])
def test_a_date_that_no_calendar_has_is_not_looked_at(date: str) -> None:
    with foreign(date=date, body=b"[]") as site:
        assert named(diagnose(site), "clock").level == "unknown"


def test_a_clock_that_is_off_is_told() -> None:
    with foreign(date="Mon, 01 Jan 2024 00:00:00 GMT", body=b"[]") as site:
        report = diagnose(site)
    assert named(report, "clock").level == "warn"
    assert "ahead of the server's" in named(report, "clock").seen
    assert not report.failed


@contextmanager
def over_tls(certificate: trustme.LeafCert, tmp_path: Path) -> Iterator[str]:
    """Serve a sandbox over TLS."""
    file = tmp_path / "server.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(str(file))
    app = create_app(tickets=5)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none", ssl_certfile=str(file))  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"https://localhost:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        app.close()


def moment(days: int) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days, hours=1)


def test_tls_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ca = trustme.CA()
    root = tmp_path / "root.pem"
    ca.cert_pem.write_to_path(str(root))
    auth = BasicAuth("tje0", "Tje0")
    with over_tls(ca.issue_cert("localhost"), tmp_path) as site:
        unknown = diagnose(site, auth=auth, ids=[439]).findings[-1]
        assert (unknown.name, unknown.level) == ("TLS", "fail")
        assert "SSL_CERT_FILE" in unknown.advice
        monkeypatch.setenv("SSL_CERT_FILE", str(root))
        report = diagnose(site, auth=auth, ids=[439])
        assert named(report, "TLS").level == "ok"
        assert named(report, "TLS").seen.startswith("TLSv1.3, certificate good until ")
        assert not report.failed
        other = diagnose(site.replace("localhost", "127.0.0.1"), auth=auth).findings[-1]
        assert "another name" in other.advice
    with over_tls(ca.issue_cert("localhost", not_after=moment(5)), tmp_path) as site:
        finding = named(diagnose(site, auth=auth), "TLS")
        assert finding.level == "warn"
        assert "5 days left" in finding.seen
    with over_tls(ca.issue_cert("localhost", not_before=moment(-9), not_after=moment(-2)), tmp_path) as site:
        finding = diagnose(site, auth=auth).findings[-1]
        assert finding.level == "fail"
        assert "replace its certificate" in finding.advice
    with foreign() as plain:
        finding = diagnose(plain.replace("http:", "https:")).findings[-1]
        assert (finding.name, finding.level) == ("TLS", "fail")
        assert "speaks https" in finding.advice


def test_a_certificate_of_a_stranger_is_refused_with_advice(tmp_path: Path) -> None:
    with (
        over_tls(trustme.CA().issue_cert("localhost"), tmp_path) as site,
        SuperOffice(site) as client,
        pytest.raises(TlsError, match=r"no secure connection.*check the site's certificate"),
    ):
        client.tickets.get(439)


def test_a_proxy_of_the_environment_is_told(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", box.site)
    monkeypatch.setenv("NO_PROXY", "")
    finding = diagnose("http://crm.example.com").findings[1]
    assert (finding.name, finding.level) == ("host", "unknown")
    assert "proxy" in finding.seen
    monkeypatch.setenv("HTTPS_PROXY", box.site)  # which lets no connection through
    report = diagnose("https://crm.example.com")
    assert named(report, "TLS").level == "unknown"
    assert (report.findings[-1].name, report.findings[-1].level) == ("authentication", "fail")


def test_a_file_that_cannot_be_written_is_told(box: Sandbox, tmp_path: Path) -> None:
    place = tmp_path / ("long" * 100)
    done = run("doctor", "--ids", "439", "--save", str(place), environment=environment(box), columns=400)
    assert done.returncode == 3
    assert f"cannot write {place}: File name too long" in done.stderr


def test_a_saved_file_is_written_over_ones_own_alone(box: Sandbox, tmp_path: Path) -> None:
    place, victim = tmp_path / "like.json", tmp_path / "victim"
    victim.write_text("mine")
    for link in (place.symlink_to, place.hardlink_to):
        link(victim)
        box.requests.clear()
        done = run("doctor", "--ids", "439", "--save", str(place), environment=environment(box), columns=400)
        assert (done.returncode, done.stdout, list(box.requests)) == (2, "", [])
        assert re.search(r"like.json is (a link|not a file of yours alone); name another file with --save", done.stderr)
        assert victim.read_text() == "mine"
        place.unlink()
    for _ in range(2):
        assert run("doctor", "--ids", "439", "--save", str(place), environment=environment(box)).returncode < 2
    assert {path.name for path in tmp_path.iterdir()} == {"like.json", "victim"}
    done = run("doctor", "--ids", "439", "--save", "/dev/stderr", environment=environment(box))
    assert (done.returncode < 2, '"behaviour":{' in done.stderr) == (True, True)


def test_a_folder_that_is_not_there_is_told_before_anything_is_asked(box: Sandbox, tmp_path: Path) -> None:
    box.requests.clear()
    (tmp_path / "file").touch()
    for folder in (tmp_path / "not", tmp_path / "file"):
        place = folder / "there.json"
        done = run("doctor", "--ids", "439", "--save", str(place), environment=environment(box), columns=400)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"there is no folder {folder} for there.json; make it, or choose another one" in done.stderr
        assert (list(box.requests), place.exists()) == ([], False)


@pytest.mark.parametrize(
    ("ids", "said"),
    [("77777", "ticket 77777 not found"), ("77777,77778", "tickets 77777, 77778 not found")],
)
def test_ids_that_are_not_found_are_told(ids: str, said: str, box: Sandbox) -> None:
    done = run("doctor", "--ids", ids, environment=environment(box), columns=400)
    assert (done.returncode, said in done.stdout) == (1, True)


def test_usage_errors(box: Sandbox) -> None:
    for arguments in (("--sandbox", "--site", box.site), ("--ids", "x", "--sandbox"), (), ("--site", "crm.example")):
        assert run("doctor", *arguments).returncode == 2
    assert run("doctor", "--site", "http://crm.example.com", environment={"SUPEROFFICE_TOKEN": "x"}).returncode == 2


def test_a_terminal_gets_colour_and_a_narrow_encoding_gets_letters(box: Sandbox) -> None:
    done = run("doctor", environment=environment(box, PYTHONIOENCODING="ascii"))
    assert "ok  authentication" in done.stdout
    leader, follower = pty.openpty()
    command = [COMMAND, "doctor", "--sandbox", "--ids", "439,829"]
    env = {**os.environ, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(command, stdout=follower, stderr=follower, env=env) as process:
        os.close(follower)
        shown = b""
        try:
            while chunk := os.read(leader, 65536):
                shown += chunk
        except OSError:
            pass  # the other side has closed
        assert process.wait(60) == (1 if b"counts as slow" in shown else 0)
    os.close(leader)
    assert b"\x1b[32m\xe2\x9c\x93" in shown


def test_the_page_of_the_documentation_runs(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "guides" / "doctor.md").read_text(encoding="utf-8")
    (first,) = re.findall(r"^\$ superoffice (doctor --sandbox .*)$", page, re.MULTILINE)
    done = run(*first.replace("server.json", str(tmp_path / "server.json")).split())
    assert is_well(done), done.stdout
    assert Behaviour.from_file(tmp_path / "server.json") == Behaviour()
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout.splitlines()[0] == "False"
    assert json.loads(done.stdout.splitlines()[1])["behaviour"]["missing"] == "omit"


def test_dates_that_are_written_in_several_ways_are_told() -> None:
    def of(*texts: str) -> ProbeResponse:
        rows: list[dict[str, Any] | None] = [{"TicketId": n, "ClosedAt": text} for n, text in enumerate(texts, 1)]
        return ProbeResponse(200, {}, "tickets", rows, {}, 0.1)

    empty = empty_dates(of("0001-01-01T00:00:00", "0001-01-01T00:00:00Z"))
    assert (empty.value, empty.seen) == ("mixed", "year 1, written in several ways")
    some = of("2026-01-01T00:00:00", "2026-01-01T00:00:00Z")
    assert compare_offsets(some, of("2026-01-01T00:00:00Z")).value == "mixed"
