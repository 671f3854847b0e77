"""XML: the same tickets as JSON gives, and nothing but an `XmlError` for what is not accepted."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from superoffice_api.models import GetTicketsRequest, Ticket
from superoffice_api.shapes import SHAPES
from superoffice_runtime.shapes import Shape
from superoffice_runtime.xml import XmlError, read_items, read_xml, write_xml
from superoffice_sandbox.seed import page_sample, tickets

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def read(text: str | bytes, shape: str = "ArrayOfTicket") -> Any:
    return read_xml(text.encode() if isinstance(text, str) else text, shape, SHAPES)


def ticket(inner: str) -> Any:
    (found,) = read(f"<ArrayOfTicket><Ticket>{inner}</Ticket></ArrayOfTicket>")
    return found


def decoded(value: Any) -> list[Ticket]:
    return msgspec.convert(value, list[Ticket])


def test_the_pages_request() -> None:
    value = msgspec.to_builtins(GetTicketsRequest(ticket_ids=[439, 829]))
    content = write_xml(value, "GetTicketsRequest", SHAPES)
    assert content.split(b"\n")[1] == (
        b"<GetTicketsRequest><TicketIds><int>439</int><int>829</int></TicketIds></GetTicketsRequest>"
    )
    assert read(content, "GetTicketsRequest") == value


def test_tickets_are_those_that_json_gives() -> None:
    made = [page_sample(), *tickets(300, 7)]
    content = write_xml(made, "ArrayOfTicket", SHAPES)
    through_json: list[Ticket] = msgspec.json.decode(json.dumps(made), type=list[Ticket])
    assert decoded(read(content)) == through_json
    assert b"<ArrayOfTicket><Ticket><TicketId>1234</TicketId><Title>Cannot" in content
    root = ET.fromstring(content)  # noqa: S314 - our own bytes, read by another reader
    assert [each.findtext("Title") for each in root.iter("Ticket")] == [each["Title"] for each in made]


def test_namespaces_prefixes_items_and_white_space_do_not_count() -> None:
    text = """<?xml version="1.0"?>
    <a:ArrayOfTicketEntity xmlns:a="urn:x" xmlns="urn:y" xmlns:i="urn:z">
      <a:Whatever> <!-- note --> <?go on?>
        <TicketId> 439\t</TicketId>
        <Title> two  <![CDATA[<words>]]> &amp; more&#33;
</Title>
        <b:Author>undeclared prefix</b:Author>
        <HasAttachment> True </HasAttachment>
        <createdat> 2024-11-15T09:30:00+01:00 </createdat>
        <New><Ticket><TicketId>1</TicketId></Ticket> lost </New>
        <TableRight i:nil="true" />
      </a:Whatever>
    </a:ArrayOfTicketEntity>"""
    assert read(text) == [
        {
            "TicketId": 439,
            "Title": " two  <words> & more!\n",
            "Author": "undeclared prefix",
            "HasAttachment": True,
            "CreatedAt": "2024-11-15T09:30:00+01:00",
            "TableRight": None,
        }
    ]
    assert read_items(text.encode())[0]["Author"] == "undeclared prefix"


@pytest.mark.parametrize(
    ("inner", "value"),
    [
        ("", {}),
        ("<Title/>", {"Title": ""}),
        ("<Title></Title>", {"Title": ""}),
        ("<Title>  </Title>", {"Title": "  "}),
        ("<Title>a</Title><Title>b</Title>", {"Title": "b"}),
        ("<TicketId/><CreatedAt/><HasAttachment/>", {"TicketId": None, "CreatedAt": None, "HasAttachment": None}),
        ("<TicketId>+7</TicketId>", {"TicketId": 7}),
        ("<TicketId>-0012345678901234</TicketId>", {"TicketId": -12345678901234}),
        ("<HasAttachment>0</HasAttachment>", {"HasAttachment": False}),
        ("<TableRight/>", {"TableRight": {}}),
        ("<TableRight><Mask>Select</Mask></TableRight>", {"TableRight": {"Mask": "Select"}}),
        ("<FieldProperties/>", {"FieldProperties": {}}),
        (f'<TicketId {XSI} xsi:nil="true"/>', {"TicketId": None}),
        (f'<Title {XSI} xsi:nil="1"></Title>', {"Title": None}),
        (f'<Title {XSI} xsi:nil="false">a</Title>', {"Title": "a"}),
        ('<Title nil="true">a</Title>', {"Title": "a"}),
    ],
)
def test_members(inner: str, value: dict[str, Any]) -> None:
    assert ticket(inner) == value


@pytest.mark.parametrize(
    "inner",
    [
        "<TicketId>seven</TicketId>",
        "<TicketId>1_000</TicketId>",
        "<TicketId>٣</TicketId>",
        "<TicketId>4<b/>39</TicketId>",
        f"<TicketId>{'9' * 5000}</TicketId>",
        "<TicketId>1</TicketId><HasAttachment>perhaps</HasAttachment>",
        "<TicketId>1</TicketId><Title>a<b>c</b></Title>",
        "<TicketId>1</TicketId><TableRight>denied</TableRight>",
        "<TicketId>1</TicketId><FieldProperties>none</FieldProperties>",
        "<TicketId>1</TicketId><CreatedAt>yesterday</CreatedAt>",
        "<TicketId>1</TicketId><FieldProperties><e><Key><a/></Key><Value>b</Value></e></FieldProperties>",
    ],
)
def test_what_is_not_of_its_kind_is_left_for_the_decoding_to_report(inner: str) -> None:
    found = ticket(inner)
    with pytest.raises(msgspec.ValidationError, match=r"\$\[0\]"):
        decoded([found])


@pytest.mark.parametrize(
    "entries",
    [
        "<Title><FieldType>System.String</FieldType><FieldLength>9</FieldLength></Title><Slevel {nil}/>",
        "<KeyValueOfstringFieldPropertyX8r><Key>Title</Key><Value><FieldType>System.String</FieldType>"
        "<FieldLength>9</FieldLength></Value></KeyValueOfstringFieldPropertyX8r>"
        "<KeyValueOfstringFieldPropertyX8r><Key>Slevel</Key><Value {nil}/></KeyValueOfstringFieldPropertyX8r>",
        "<item><key>Title</key><value><FieldType>System.String</FieldType><fieldLength>9</fieldLength></value></item>"
        "<item><key>Slevel</key></item>",
    ],
)
def test_a_dictionary_in_every_spelling(entries: str) -> None:
    nil = f'{XSI} xsi:nil="true"'
    found = ticket(f"<FieldProperties>{entries.format(nil=nil)}</FieldProperties>")
    expected = {"Title": {"FieldType": "System.String", "FieldLength": 9}, "Slevel": None}
    assert found == {"FieldProperties": expected}


def test_a_dictionary_of_single_values_in_every_spelling() -> None:
    for entries in ("<a>5</a><b/>", "<e><Key>a</Key><Value>5</Value></e><e><Key>b</Key></e>"):
        found = read_xml(f"<Thing><Counts>{entries}</Counts></Thing>".encode(), "Thing", KINDS)
        assert found == {"Counts": {"a": 5, "b": None}}


def test_an_error_in_place_of_tickets_is_read_as_an_error() -> None:
    text = "<Error><Error>true</Error><ErrorMessage>It failed.</ErrorMessage></Error>"
    assert read(text) == {"Error": True, "ErrorMessage": "It failed."}
    assert read(f'<ArrayOfTicket {XSI} xsi:nil="true"/>') is None
    assert read("<ArrayOfTicket/>") == []
    assert read("<Ticket><TicketId>1</TicketId></Ticket>") == {"TicketId": 1}


@pytest.mark.parametrize("text", ["<html><body/></html>", "<ArrayOf:Other/>", "<Report/>"])
def test_another_root_is_refused(text: str) -> None:
    with pytest.raises(XmlError, match="not a <ArrayOfTicket>"):
        read(text)


KINDS = {
    "Thing": Shape(
        "Thing",
        members={
            "Key": "string", "Value": "int", "Share": "number", "Open": "bool", "Inner": "Thing",
            "List": "array of Thing", "Names": "array of string", "Things": "map of Thing", "Counts": "map of int",
        },
        items={"List": "Thing", "Names": "string", "Things": "entry", "Counts": "entry"},
    ),
    "Things": Shape("Things", of="Thing", item="Thing"),
}  # fmt: skip
FIT = st.text(
    st.characters(exclude_characters="\ufffe\uffff", exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\n\r")
)
DATES = st.datetimes().map(lambda value: value.isoformat())
RIGHT = st.none() | st.fixed_dictionaries({}, optional={"Mask": FIT, "Reason": FIT})
PROPERTY = st.none() | st.fixed_dictionaries(
    {}, optional={"FieldRight": RIGHT, "FieldType": FIT, "FieldLength": st.integers()}
)
OF_KIND: dict[str, st.SearchStrategy[Any]] = {
    "int": st.integers(),
    "string": FIT,
    "bool": st.booleans(),
    "date-time": DATES,
    "TableRight": RIGHT,
    "map of FieldProperty": st.dictionaries(FIT, PROPERTY, max_size=3),
}


def of_kind(kind: str) -> st.SearchStrategy[Any]:
    """Return values of a kind; objects that are not above are as in the OpenAPI document."""
    if kind in OF_KIND:
        return OF_KIND[kind]
    return st.fixed_dictionaries(
        {}, optional={name: st.none() | of_kind(of) for name, of in SHAPES[kind].members.items()}
    )


TICKETS = st.lists(st.none() | of_kind("Ticket"), max_size=3)
THING = st.deferred(
    lambda: st.fixed_dictionaries(
        {},
        optional={
            "Key": FIT,
            "Value": st.integers(),
            "Share": st.floats(allow_nan=False),
            "Open": st.booleans(),
            "Inner": THING,
            "List": st.lists(st.none() | THING, max_size=2),
            "Names": st.lists(st.none() | FIT, max_size=2),
            "Things": st.dictionaries(FIT, st.none() | THING, max_size=2),
            "Counts": st.dictionaries(FIT, st.none() | st.integers(), max_size=2),
        },
    )
)


def without_none(value: Any, kind: str, shapes: dict[str, Shape]) -> Any:
    """Leave out members that are None, as XML does; items and entries that are None stay."""
    if isinstance(value, list):
        inner = shapes[kind].of if kind in shapes else kind.removeprefix("array of ")
        return [without_none(each, inner, shapes) for each in value]
    if isinstance(value, dict):
        if kind.startswith("map of "):
            return {name: without_none(each, kind.removeprefix("map of "), shapes) for name, each in value.items()}
        members = shapes[kind].members
        return {name: without_none(each, members[name], shapes) for name, each in value.items() if each is not None}
    return value


@given(TICKETS)
@settings(derandomize=True, max_examples=100, deadline=None)
@example([{"Title": "a\r\nb\r]]>&lt;\u2028\x85"}])
@example([None, {"FieldProperties": {"a": None}}])
def test_what_is_written_reads_back(made: list[Any]) -> None:
    assert read(write_xml(made, "ArrayOfTicket", SHAPES)) == without_none(made, "ArrayOfTicket", dict(SHAPES))


@given(st.lists(THING, max_size=3))
@settings(derandomize=True, max_examples=100, deadline=None)
def test_every_kind_reads_back_also_in_shapes_that_hold_themselves(made: list[Any]) -> None:
    assert read_xml(write_xml(made, "Things", KINDS), "Things", KINDS, max_depth=500) == without_none(
        made, "Things", KINDS
    )


BITS = st.sampled_from(
    ["<ArrayOfTicket>", "</ArrayOfTicket>", "<Ticket>", "</Ticket>", "<TicketId>", "</TicketId>", "1", "<Title/>",
     "&lt;", "&x;", "<FieldProperties>", "</FieldProperties>", "<Key>", "</Key>", "<Value>", "</Value>", "<x>", "</x>",
     "<!--", "-->", "<![CDATA[", "]]>", "<?x", "?>", '<a b="c"', "<!DOCTYPE a>", " ", "é", "\0", '<Title nil="true"/>']
)  # fmt: skip


@given(st.binary() | st.lists(BITS).map(lambda bits: ("<ArrayOfTicket>" + "".join(bits)).encode()))
@settings(derandomize=True, max_examples=500, deadline=None)
def test_any_bytes_give_a_value_or_an_error_of_ours(content: bytes) -> None:
    for shape in ("ArrayOfTicket", "GetTicketsRequest"):
        try:
            read(content, shape)
        except XmlError as error:
            assert str(error).endswith(".")  # noqa: PT017 - both outcomes are right


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<!DOCTYPE ArrayOfTicket><ArrayOfTicket/>", "document type"),
        ('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>', "document type"),
        (f'<!DOCTYPE a [<!ENTITY l0 "lol">{LAUGHS}]><ArrayOfTicket>&l11;</ArrayOfTicket>', "document type"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><ArrayOfTicket>&x;</ArrayOfTicket>', "document type"),
        ('<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><ArrayOfTicket/>', "document type"),
        ("<ArrayOfTicket>&x;</ArrayOfTicket>", "undefined entity"),
        ("<ArrayOfTicket>" + "<a>" * 200_000, "nested more than 32 deep"),
        ("<ArrayOfTicket><Ticket><FieldProperties>" + "<Value>" * 200_000, "nested more than 32 deep"),
        ("<ArrayOfTicket><Ticket><Title>" + "<Title>" * 200_000, "nested more than 32 deep"),
        ("", "empty or cut off"),
        ("  ", "empty or cut off"),
        ("<ArrayOfTicket><Ticket>", "empty or cut off"),
        ("<ArrayOfTicket", "empty or cut off"),
        ("<ArrayOfTicket><![CDATA[", "empty or cut off"),
        ("<ArrayOfTicket/><ArrayOfTicket/>", "not XML: junk after document element"),
        ("<ArrayOfTicket></Ticket>", "not XML: mismatched tag"),
        ("[]", "not XML"),
        ("<ArrayOfTicket>\0</ArrayOfTicket>", "not XML"),
        ('<?xml version="1.0" encoding="utf-16"?><ArrayOfTicket/>', "not XML"),
        ('<?xml version="1.0" encoding="unicode_escape"?><ArrayOfTicket/>', "unicode_escape"),
        ('<?xml version="1.0" encoding="utf-7"?><ArrayOfTicket/>', "utf-7"),
        ('<?xml version="1.0" encoding="iso-8859-12"?><ArrayOfTicket/>', "encoding"),
        ('<?xml version="1.0" encoding="shift_jis"?><ArrayOfTicket/>', "shift_jis"),
    ],
)
def test_attacks_and_rubbish_are_refused_at_once(text: str, said: str) -> None:
    start = time.process_time()
    with pytest.raises(XmlError, match=said):
        read(text)
    assert time.process_time() - start < 2


def test_sizes() -> None:
    with pytest.raises(XmlError, match="at most 10 are read"):
        read_xml(b"<ArrayOfTicket/>", "ArrayOfTicket", SHAPES, max_bytes=10)
    long = "x" * 5_000_000
    assert ticket(f"<Title>{long}\n{long}</Title>") == {"Title": f"{long}\n{long}"}
    assert ticket(f'<Odd a="{long}"/><!--{long}--><?p {long}?>') == {}


def test_encodings() -> None:
    body = "<ArrayOfTicket><Ticket><Title>Kjær €</Title></Ticket></ArrayOfTicket>"
    expected = [{"Title": "Kjær €"}]
    assert read(body.encode("utf-8-sig")) == expected
    assert read(body.encode("utf-16")) == expected
    assert read(f'<?xml version="1.0" encoding="utf-16"?>{body}'.encode("utf-16")) == expected
    assert read(f'<?xml version="1.0" encoding="windows-1252"?>{body}'.encode("cp1252")) == expected
    latin = f'<?xml version="1.0" encoding="iso-8859-1"?>{body}'.replace("€", "x").encode("latin-1")
    assert read(latin) == [{"Title": "Kjær x"}]
    with pytest.raises(XmlError):
        read(body.replace("€", "x").encode("latin-1"))


def test_every_cut_is_noticed() -> None:
    content = write_xml([page_sample()], "ArrayOfTicket", SHAPES)
    for end in range(len(content) - 1):
        with pytest.raises(XmlError):
            read(content[:end])


@pytest.mark.parametrize("odd", ["\x00", "\x1b", "\x0b", "\ud800", "\ufffe", "\uffff"])
def test_characters_that_xml_cannot_hold(odd: str) -> None:
    for value in ({"Title": f"a{odd}b"}, {"FieldProperties": {f"a{odd}b": {}}}):
        with pytest.raises(XmlError, match=f"Ticket.* holds the character U\\+{ord(odd):04X}"):
            write_xml([value], "ArrayOfTicket", SHAPES)
    assert read(write_xml([{"Title": f"a{odd}b"}], "ArrayOfTicket", SHAPES, replace="\ufffd")) == [
        {"Title": "a\ufffdb"}
    ]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"Nope": 1}, "Ticket has no field 'Nope'"),
        ({"Title": []}, "Ticket.Title holds a list"),
        ({"Title": b"x"}, "Ticket.Title holds a bytes"),
        ({"TableRight": "x"}, "TableRight holds a str"),
        ({"FieldProperties": []}, "FieldProperties holds a list"),
        ("x", "Ticket holds a str"),
    ],
)
def test_values_of_another_shape_are_refused(value: Any, said: str) -> None:
    with pytest.raises(XmlError, match=said):
        write_xml([value], "ArrayOfTicket", SHAPES)


def test_neither_codec_is_imported_for_json() -> None:
    code = "import sys, superoffice, superoffice_api.api.ticket, superoffice_runtime; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "superoffice_runtime._model" in loaded
    codecs = {f"superoffice_runtime.{name}" for name in ("xml", "shapes")}
    assert not loaded & {*codecs, "superoffice_api.shapes", "pyexpat"}


def test_what_cannot_be_written_is_refused_wherever_it_stands() -> None:
    names = {"Names": Shape("Names", of="string", item="Name"), "Pet": Shape("Pet", members={"Anything": "any"})}
    with pytest.raises(XmlError, match=r"^Names holds the character U\+0000, which XML cannot hold\.$"):
        write_xml(["a\x00"], "Names", names)
    with pytest.raises(
        XmlError, match=r"^Anything holds any, of which the OpenAPI document does not say how XML has it\.$"
    ):
        write_xml({"Anything": {"a": 1}}, "Pet", names)
