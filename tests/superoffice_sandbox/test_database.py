"""The database: loading, writing from outside, surviving."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import superoffice_sandbox
from superoffice import BasicAuth, SuperOffice, TableRight, Ticket, TicketBaseStatus
from superoffice_sandbox import Sandbox
from superoffice_sandbox.load import LoadError, load
from superoffice_sandbox.store import Store

from ..support.sandbox_calls import post, ticket

COMMAND = str(Path(sys.executable).with_name("superoffice"))


def test_load_json_and_csv(tmp_path: Path, page_sample: dict[str, Any]) -> None:
    db = tmp_path / "a.db"
    (tmp_path / "a.json").write_text(json.dumps([page_sample, {"ticketid": 2, "TITLE": "two"}]), encoding="utf-8")
    (tmp_path / "b.csv").write_text(
        'TicketId,title,HasAttachment,TableRight,CreatedAt\n3,"a, b",true,"{""Mask"": ""Select""}",\n', encoding="utf-8"
    )
    for name, count, total in (("a.json", 2, 2), ("b.csv", 1, 3), ("a.json", 2, 3)):
        command = [COMMAND, "sandbox", "load", str(tmp_path / name), "--db", str(db)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"{count} tickets loaded; {db} holds {total}.\n"
    with superoffice_sandbox.start(db=db) as box:
        assert ticket(box, 1234) == page_sample
        got = ticket(box, 3)
        assert (got["Title"], got["HasAttachment"], got["CreatedAt"]) == ("a, b", True, None)
        assert got["TableRight"] == {"Mask": "Select"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", "[", "not JSON"),
        ("a.json", "{}", "it must be an array of tickets"),
        ("a.json", "[1]", "ticket 1: not an object"),
        ("a.json", '[{"Title": "x"}]', "ticket 1: TicketId is missing"),
        ("a.json", '[{"TicketId": 1, "Titel": "x"}]', "a ticket has no Titel; did you mean Title?"),
        ("a.json", '[{"TicketId": "1"}]', r"TicketId must be of type int32 \(got '1'\)"),
        ("a.json", '[{"TicketId": true}]', "TicketId must be of type int32"),
        ("a.json", '[{"TicketId": 4294967296}]', "TicketId must be of type int32"),
        ("a.csv", "TicketId,Title\n1\n", "line 2: it must have as many values"),
        ("a.csv", "TicketId,HasAttachment\n1,perhaps\n", "HasAttachment must be of type boolean"),
        ("a.csv", "TicketId,TableRight\n1,{\n", "TableRight must be of type TableRight"),
        ("a.csv", "TicketId\n\xff\n", "decode"),
    ],
)
def test_a_wrong_file_is_refused_whole(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_bytes(content.encode("latin-1"))
    store = Store()
    with pytest.raises(LoadError, match=said.replace("?", r"\?")):
        load(tmp_path / name, store)
    assert store.count() == 0
    store.close()


def test_others_write_to_the_file_meanwhile(tmp_path: Path) -> None:
    db = tmp_path / "a.db"
    with superoffice_sandbox.start(db=db, tickets=0) as box:
        writer = sqlite3.connect(db)
        assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        with writer:
            writer.execute("""UPDATE ticket SET "Title" = 'changed' WHERE "TicketId" = 439""")
            writer.execute("""INSERT INTO ticket ("TicketId", "TableRight") VALUES (5, 'no json')""")
        writer.close()
        assert ticket(box, 439)["Title"] == "changed"
        answer = post(box, [5])
        assert (answer.status_code, "TableRight" in answer.json()["MessageDetail"]) == (500, True)


def test_what_is_stored_survives_a_kill(tmp_path: Path) -> None:
    db = tmp_path / "a.db"
    code = (
        "import pathlib, sys, superoffice_sandbox\n"
        "box = superoffice_sandbox.start(db=pathlib.Path(sys.argv[1]), tickets=3)\n"
        "box.add(ticket_id=77, title='kept'); print('stored', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(db)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "stored\n"
        server.send_signal(signal.SIGKILL)
    with superoffice_sandbox.start(db=db) as box:
        assert (box.store.count(), ticket(box, 77)["Title"]) == (7, "kept")


def test_another_programs_database_is_left_as_it_is(tmp_path: Path) -> None:
    db = tmp_path / "other.db"
    other = sqlite3.connect(db)
    other.execute("CREATE TABLE invoices (a)")
    other.close()
    before = db.read_bytes()
    with pytest.raises(superoffice_sandbox.StoreError):
        Store(db)
    assert db.read_bytes() == before


def test_two_that_make_one_file_at_once_do_not_undo_each_other(tmp_path: Path) -> None:
    """The other one is quicker, just after this one has seen that there is nothing yet."""

    class Late(Store):
        def _is_ours(self, path: Path | None) -> bool:
            ours = super()._is_ours(path)
            if not ours:
                Store(path, [{"TicketId": 1}]).close()
            return ours

    late = Late(tmp_path / "a.db", [{"TicketId": 2}, {"TicketId": 3}])
    assert list(late.get([1, 2, 3])) == [1]
    late.close()


def test_what_cannot_be_stored_leaves_everything_as_it_was(tmp_path: Path) -> None:
    def broken() -> Iterator[dict[str, Any]]:
        yield {"TicketId": 1}
        raise OSError("the file ends here")

    with pytest.raises(OSError, match="ends here"):
        Store(tmp_path / "a.db", broken())
    store = Store(tmp_path / "a.db", [{"TicketId": 2}])
    with pytest.raises(sqlite3.Error):
        store.add([{"TicketId": 3}, {"TicketId": 4, "Title": object()}])
    assert list(store.get([1, 2, 3, 4])) == [2]
    store.add([{"TicketId": 3}])
    assert store.count() == 2
    store.close()


def test_add_makes_plausible_tickets() -> None:
    with superoffice_sandbox.start(tickets=5) as box:
        made = box.add(title="Late", owned_by=1, CreatedAt=datetime(2024, 5, 1, 8, tzinfo=UTC))
        got = ticket(box, made.ticket_id)
        assert (got["Title"], got["OwnedBy"], got["CreatedAt"]) == ("Late", 1, "2024-05-01T08:00:00Z")
        assert got["Author"]
        assert box.add().ticket_id == made.ticket_id + 1


def test_add_finds_a_free_id_where_the_greatest_is_taken() -> None:
    with superoffice_sandbox.start(tickets=0) as box:
        box.add(ticket_id=7)
        assert box.add(ticket_id=2**31 - 1).ticket_id == 2**31 - 1
        assert [box.add().ticket_id, box.add().ticket_id] == [8, 9]


def test_add_stores_a_given_ticket_as_it_is(box: Sandbox) -> None:
    given = Ticket(ticket_id=5_000_001, title="bare")
    assert box.add(given) == given
    got = ticket(box, 5_000_001)
    assert {name for name, value in got.items() if value is not None} == {"TicketId", "Title"}


def test_add_replaces_a_ticket_with_the_same_id(box: Sandbox) -> None:
    for title in ("before", "after"):
        box.add(ticket_id=5_000_003, title=title)
    assert ticket(box, 5_000_003)["Title"] == "after"


def test_delete_makes_a_ticket_missing() -> None:
    with superoffice_sandbox.start(tickets=0) as box:
        box.add(ticket_id=5)
        with SuperOffice(box.site, auth=BasicAuth(box.user, box.password)) as client:
            assert client.tickets.get_many([5, 439, 829]).missing == ()
            box.delete(5, 439)
            box.delete()
            assert client.tickets.get_many([5, 439, 829]).missing == (5, 439)
        assert box.store.count() == 2


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ((439, 77777, 2**70), "the sandbox has no ticket 77777, 1180591620717411303424"),
        ((439, 0), "the sandbox has no ticket 0"),
        ((439, "829"), "an id must be a whole number (got '829')"),
        (([439, 829],), "an id must be a whole number (got [439, 829])"),
        ((439, True), "an id must be a whole number (got True)"),
    ],
)
def test_delete_refuses_what_is_no_ticket_and_deletes_none(box: Sandbox, ids: Any, said: str) -> None:
    before = box.store.count()
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        box.delete(*ids)
    assert box.store.count() == before


RIGHT = {"FieldRight": {"Mask": "Read", "Reason": ""}, "FieldType": "System.String", "FieldLength": 9}


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"titel": "x"}, "no titel; did you mean title"),
        ({"Titel": "x"}, "no Titel; did you mean Title"),
        ({"owned_by": "x"}, "OwnedBy"),
        ({"title": 5}, "Title"),
        ({"has_attachment": "yes"}, "HasAttachment"),
        ({"created_at": "yesterday"}, "CreatedAt"),
        ({"created_at": date(2024, 1, 1)}, "CreatedAt"),
        ({"ticket_id": "7"}, "TicketId"),
        ({"ticket_id": 0}, r"TicketId must be 1 or more \(got 0\)"),
        ({"priority": 2**31}, r"Priority must be an int32 \(got 2147483648\)"),
        ({"base_status": "Open"}, r"base_status must be Unknown, Active, .* or PostponedMonth \(got 'Open'\)$"),
        ({"BaseStatus": "Open"}, r"BaseStatus must be Unknown, Active"),
        ({"base_status": ""}, "base_status must be Unknown"),
        ({"origin": "Pigeon"}, "origin must be Unknown, Email"),
        ({"read_status": "Blue"}, "read_status must be Unknown, Green, Yellow or Red"),
        ({"slevel": "Top"}, "slevel must be Unknown, Internal or External"),
        ({"table_right": "Select"}, "TableRight"),
        ({"table_right": {"masks": "Select"}}, "table_right has no masks; did you mean mask"),
        ({"table_right": {"mask": "Select, Fly"}}, r"table_right\.mask must be None, Select, .*\(got 'Fly'\)$"),
        ({"table_right": TableRight(mask="Fly", reason="")}, r"table_right\.mask must be .*\(got 'Fly'\)$"),
        ({"field_properties": {"Title": {**RIGHT, "FieldLenght": 9}}}, "has no FieldLenght; did you mean FieldLength"),
        ({"field_properties": {"Title": {**RIGHT, "FieldRight": {"Mask": "Fly"}}}}, r"got 'Fly'\)$"),
        ({"field_properties": {"Title": 5}}, "FieldProperties"),
        ({"ticket": Ticket(ticket_id=1)}, "a ticket has no ticket"),
    ],
)
def test_add_refuses_what_is_no_member_or_no_value_of_one(box: Sandbox, members: dict[str, Any], said: str) -> None:
    before = box.store.count()
    with pytest.raises((TypeError, ValueError), match=said):
        box.add(**members)
    assert box.store.count() == before


@pytest.mark.parametrize(
    ("ticket", "said"),
    [
        (Ticket(ticket_id=5_000_002, title=5), "Title"),  # type: ignore[arg-type]
        (Ticket(ticket_id=2**31), "TicketId must be an int32"),
        ({"title": "x"}, r"must be a Ticket, or fields by name as in add\(title='Late'\) \(got a dict\)$"),
    ],
)
def test_add_refuses_a_ticket_that_cannot_be_one(box: Sandbox, ticket: Any, said: str) -> None:
    before = box.store.count()
    with pytest.raises((TypeError, ValueError), match=said):
        box.add(ticket)
    with pytest.raises(TypeError, match="not both"):
        box.add(ticket, title="x")
    assert box.store.count() == before


def test_add_takes_what_servers_have(box: Sandbox) -> None:
    rights = {"Title": RIGHT}
    made = box.add(base_status="closed", table_right={"mask": "Select, Update", "reason": ""}, FieldProperties=rights)
    got = ticket(box, made.ticket_id)
    assert (got["BaseStatus"], got["TableRight"]["Mask"], got["FieldProperties"]) == (
        "Closed",
        "Select, Update",
        rights,
    )
    made = box.add(base_status=None, priority=-(2**31), closed_at=datetime(1, 1, 1))
    assert ticket(box, made.ticket_id)["Priority"] == -(2**31)


@pytest.mark.off_document("the value is none that the document has")
def test_add_takes_a_value_that_servers_may_have_later(box: Sandbox) -> None:
    made = box.add(base_status=TicketBaseStatus("Frozen"))
    assert ticket(box, made.ticket_id)["BaseStatus"] == "Frozen"


def test_what_is_stored_has_names_of_the_wire(box: Sandbox) -> None:
    with pytest.raises(TypeError, match="a ticket has no Titel; did you mean Title"):
        box.store.add([{"TicketId": 9_000_003, "Titel": "x"}])
    assert box.store.get([9_000_003]) == {}
