"""Values as XML, by the OpenAPI document's table of shapes. Imported only where XML is used.

A value is what JSON would give: dictionaries by API names, lists, texts, numbers, True, False, None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from xml.parsers import expat

from .shapes import MAP, READERS, Shape, array_of, read_bool, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 32
_NIL = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'

# Python knows many more codecs, and some of them warn or decode to something else than text.
_ENCODINGS = re.compile(r"utf-?8|utf-16(le|be)?|us-ascii|iso-8859-\d{1,2}|windows-125\d", re.IGNORECASE)
_UNFIT = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_SPECIAL = re.compile(f"[&<>\r]|{_UNFIT}")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}  # a bare return would be read as a new line
_FAILURE = re.compile(r"(?i)(?:error|fault|exception)[^{}]*\Z")
_TOO_SHORT = {"NO_ELEMENTS", "UNCLOSED_TOKEN", "PARTIAL_CHAR", "UNCLOSED_CDATA_SECTION"}
_CUT_OFF = {expat.errors.codes[getattr(expat.errors, f"XML_ERROR_{name}")] for name in _TOO_SHORT}


class _UnfitError(Exception):
    """A single value that cannot be written; the message completes a sentence that begins with the field."""


class XmlError(ValueError):
    """The bytes are not XML that is accepted here, or the value cannot be written as XML."""


def _absent(text: str) -> str | None:
    return text if text.strip() else None


def _root(name: str, asked: str, shapes: Mapping[str, Shape]) -> str:
    """Choose the shape of a whole document by its root: an error may stand where tickets were asked for."""
    local, shape = name.rpartition(":")[2], shapes.get(asked, Shape(asked or "value that XML cannot hold"))
    if local == shape.element:
        return asked
    for key, other in shapes.items():
        if local in (key, other.element):
            return key
    # What servers call an array is not documented, but an HTML page must not pass for an empty one.
    if shape.of and (local.startswith("ArrayOf") or shape.item.lower() in local.lower()):
        return asked
    raise XmlError(f"The XML is a <{local[:60]}>, not a <{shape.element}>.")


def _is_nil(attributes: Mapping[str, str]) -> bool:
    found = (value for name, value in attributes.items() if name.rpartition(":")[2] == "nil")
    return any(value.strip() in ("true", "1") for value in found)


def _settle(ended: Plan, value: Any, texts: list[str], name: str) -> tuple[str, Any]:
    """Return the value of an element that has ended, and the name under which it belongs."""
    text = "" if value else "".join(texts)
    if ended.value is not None:
        if not value and not isinstance(ended.value, Plan):
            return name, ended.value(text)
        if KEY in value or VALUE in value:
            return str(value.get(KEY, name) or ""), value.get(VALUE)
    # Text where elements are due stays, so that the decoding reports it.
    return name, text if text.strip() else value


class _Reader:
    """Builds the value while expat calls `start` and `end`; the value is the one item of `out`."""

    def __init__(self, shape: str, shapes: Mapping[str, Shape], max_depth: int) -> None:
        self.shape, self.shapes, self.max_depth = shape, shapes, max_depth
        self.out: list[Any] = []
        self.texts: list[str] = []
        self.made: dict[str, Plan] = {}
        self.stack: list[tuple[Plan, Any, str]] = []  # the elements around, with their values and own names
        self.plan, self.target = Plan(), cast("Any", self.out)
        self.known = self.plan.texts
        self.leaf: Read | None = None  # reads the text of the element that is open, where it is a single value
        self.key = ""  # where that value belongs
        self.skip = 0  # how many elements are open that nobody knows

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take note of an element. This and `end` run for each of them, so the common case comes first."""
        if self.leaf is None and not attributes:
            self.leaf = self.known.get(name)
            if self.leaf is not None:
                self.key = name
                if self.texts:
                    self.texts.clear()
                return
        self.start_other(name, attributes)

    def start_other(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take note of any element."""
        self.texts.clear()
        if self.leaf is not None:  # a text that holds elements becomes a dictionary, which the decoding reports
            self.leaf = None
            self.enter(Plan(), self.key)
            self.target[name] = None
        if self.skip or not self.stack:
            key, step = name, None
            if not self.stack:
                step = plan(_root(name, self.shape, self.shapes), self.shapes, self.made)
        else:
            key, step = self.plan.child(name)
        if attributes and step is not None and _is_nil(attributes):
            step = _absent
        if step is None:
            self.skip += 1
            self.known = {}
            self.check_depth()
        elif isinstance(step, Plan):
            self.enter(step, key)
        else:
            self.leaf, self.key = step, key

    def enter(self, step: Plan, key: str) -> None:
        """Go into an element that holds others."""
        self.stack.append((self.plan, self.target, key))
        self.check_depth()
        self.plan, self.target, self.known = step, step.new(), step.texts

    def check_depth(self) -> None:
        """Refuse what is nested too deep."""
        if len(self.stack) + self.skip > self.max_depth:
            raise XmlError(f"The XML is nested more than {self.max_depth} deep.")

    def end(self, _: str) -> None:
        """Put the value of the element that ends into the one around it."""
        if self.leaf is not None:
            texts = self.texts
            if not texts:
                value = self.leaf("")
            else:  # long texts come in pieces
                value = self.leaf(texts[0] if len(texts) == 1 else "".join(texts))
                texts.clear()
            self.leaf = None
            if self.target.__class__ is dict:
                self.target[self.key] = value
            else:
                self.target.append(value)
        elif self.skip:
            self.skip -= 1
            self.texts.clear()
            if not self.skip:
                self.known = self.plan.texts
        else:
            ended, value = self.plan, self.target
            self.plan, self.target, key = self.stack.pop()
            self.known = self.plan.texts
            key, value = _settle(ended, value, self.texts, key)
            self.texts.clear()
            if self.target.__class__ is dict:
                self.target[key] = value
            else:
                self.target.append(value)


def _refuse_doctype(*_: object) -> None:
    raise XmlError("The XML has a document type declaration, which is not accepted.")


def _check_declaration(version: str, encoding: str | None, standalone: int) -> None:
    if encoding is not None and not _ENCODINGS.fullmatch(encoding):
        raise XmlError(f"The XML says it is in {encoding[:40]!r}, which is not accepted.")


def read_xml(
    content: bytes, shape: str, shapes: Mapping[str, Shape], *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> Any:
    """Read XML as the value that JSON would give.

    It is read leniently: namespaces do not count, nor the case of names, nor what the items of an array are called;
    fields that the table does not know are left out. A field is None where it says nil, or where a number or a date
    is empty; an empty text is "". What is not of its kind stays text, for the decoding to report. A dictionary's
    entries may be elements named by the key, or elements that hold a <Key> and a <Value>. Where the root is another
    shape's, an error's for instance, the value is of that shape, as it would be with JSON.

    `max_depth` counts elements that hold others.

    Raises:
        XmlError: The bytes are not XML, are cut off, are of another kind, go beyond a limit, or hold a document type
            declaration, with which entities would come.

    >>> pet = Shape("Pet", members={"Name": "string", "Legs": "int"})
    >>> shapes = {"Pet": pet, "Pets": Shape("Pets", of="Pet", item="Pet")}
    >>> read_xml(b"<Pets><Pet><Name>Rex</Name><Legs>4</Legs></Pet><Pet><Name/></Pet></Pets>", "Pets", shapes)
    [{'Name': 'Rex', 'Legs': 4}, {'Name': ''}]
    >>> read_xml(b"<html>", "Pets", shapes)
    Traceback (most recent call last):
    superoffice_runtime.xml.XmlError: The XML is a <html>, not a <Pets>.
    """
    if len(content) > max_bytes:
        raise XmlError(f"The XML has {len(content):,} bytes; at most {max_bytes:,} are read.")
    reader = _Reader(shape, shapes, max_depth)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.XmlDeclHandler = _check_declaration
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.texts.append
    try:
        parser.Parse(content, True)
    except XmlError:
        raise
    except expat.ExpatError as error:
        if error.code in _CUT_OFF:
            raise XmlError("The XML is empty or cut off.") from error
        raise XmlError(f"The bytes are not XML: {error}.") from error
    except (ValueError, LookupError) as error:  # an encoding that Python has no table for
        raise XmlError("The XML is in an encoding that is not accepted.") from error
    return reader.out[0]


def read_items(content: bytes) -> list[Any]:
    """Read the items of an array with all fields, as texts by the names that are written; an error is marked.

    For XML that `read_xml` has accepted: its limits are not checked again.

    >>> read_items(b"<Pets><Pet><Name>Rex</Name></Pet><Error><Message>No.</Message></Error></Pets>")
    [{'Name': 'Rex'}, {'Error': True, 'Message': 'No.'}]
    """
    from xml.etree import ElementTree

    return [_item(element) for element in ElementTree.fromstring(content)]  # noqa: S314 - without a document type


def _item(element: Element) -> dict[str, Any]:
    value = _loose(element)
    members = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    if _FAILURE.search(element.tag):
        return {"Error": True if value is None or members else value, **members}
    return members


def _loose(element: Element) -> Any:
    """Return all that an element holds; fields of one name are a list."""
    if not len(element):
        text = (element.text or "").strip()
        return read_bool(text) if _local(element).lower() == "error" else text or None
    members: dict[str, list[Any]] = {}
    for inner in element:
        members.setdefault(_local(inner), []).append(_loose(inner))
    return {name: values[0] if len(values) == 1 else values for name, values in members.items()}


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2].rpartition(":")[2]


class _Writer:
    """Collects the parts of an XML text."""

    def __init__(self, shapes: Mapping[str, Shape], replace: str | None) -> None:
        self.shapes, self.replace = shapes, replace
        self.parts: list[str] = ['<?xml version="1.0" encoding="utf-8"?>\n']

    def write(self, element: str, kind: str, value: Any, item: str = "") -> None:
        """Write one element; `item` is the name of the elements that it holds."""
        if value is None:
            self.parts.append(f"<{element} {_NIL}/>")
            return
        if kind in READERS:
            self.parts.append(f"<{element}>{self.text(value)}</{element}>")
            return
        shape, array = self.shapes.get(kind), array_of(kind, self.shapes)
        if not isinstance(value, list if array else dict):
            raise XmlError(f"{element} holds a {type(value).__name__}, where the OpenAPI document has {kind}.")
        self.parts.append(f"<{element}>")
        if array:
            for each in cast("list[Any]", value):
                self.write(item or (shape.item if shape else "item"), array, each)
        elif kind.startswith(MAP):
            item = item or (shape.item if shape else "item")
            for name, each in cast("dict[str, Any]", value).items():
                self.parts.append(f"<{item}><Key>{self.text(name)}</Key>")
                self.write("Value", kind.removeprefix(MAP), each)
                self.parts.append(f"</{item}>")
        elif shape is None:
            raise XmlError(f"{element} holds {kind}, of which the OpenAPI document does not say how XML has it.")
        else:
            self.members(shape, cast("dict[str, Any]", value))
        self.parts.append(f"</{element}>")

    def members(self, shape: Shape, value: dict[str, Any]) -> None:
        """Write the fields that are not None."""
        for name, each in value.items():
            if (kind := shape.members.get(name)) is None:
                raise XmlError(f"{shape.element} has no field {name!r} in the OpenAPI document.")
            if each is not None:
                try:
                    self.write(name, kind, each, shape.items.get(name, ""))
                except _UnfitError as error:
                    raise XmlError(f"{shape.element}.{name} holds {error}, which XML cannot hold.") from None

    def text(self, value: object) -> str:
        """Escape a single value."""
        if (text := text_of(value)) is None:
            raise _UnfitError(f"a {type(value).__name__} in place of a single value")
        return _SPECIAL.sub(self.escape, text) if _SPECIAL.search(text) else text

    def escape(self, match: re.Match[str]) -> str:
        """Return what stands for a character."""
        if (found := _ESCAPES.get(match[0], self.replace)) is None:
            raise _UnfitError(f"the character U+{ord(match[0]):04X}")
        return found


def write_xml(value: Any, shape: str, shapes: Mapping[str, Shape], *, replace: str | None = None) -> bytes:
    r"""Write a value as XML in UTF-8.

    A field that is None is left out; an item of an array or a dictionary that is None is written as nil. A dictionary
    is written as entries with a <Key> and a <Value>, since a key need not be a name that XML allows.

    XML cannot hold control characters other than tab, new line and return, halves of surrogate pairs, U+FFFE and
    U+FFFF, not even escaped. They are refused, unless `replace` gives a text to stand for each.

    Raises:
        XmlError: A text holds such a character, or the value is not of the shape.

    >>> pet = {"Pet": Shape("Pet", members={"Name": "string", "Legs": "int"})}
    >>> write_xml({"Name": "Tom & Rex", "Legs": None}, "Pet", pet)
    b'<?xml version="1.0" encoding="utf-8"?>\n<Pet><Name>Tom &amp; Rex</Name></Pet>'
    >>> write_xml({"Name": "a\x00b"}, "Pet", pet)
    Traceback (most recent call last):
    superoffice_runtime.xml.XmlError: Pet.Name holds the character U+0000, which XML cannot hold.
    >>> write_xml({"Name": "a\x00b"}, "Pet", pet, replace="?")[-25:]
    b'et><Name>a?b</Name></Pet>'
    """
    writer = _Writer(shapes, replace)
    try:
        writer.write(shapes[shape].element, shape, value)
    except _UnfitError as error:
        raise XmlError(f"{shapes[shape].element} holds {error}, which XML cannot hold.") from None
    return "".join(writer.parts).encode()


KEY, VALUE = "<key>", "<value>"  # no element can have such a name
Read: TypeAlias = Callable[[str], Any]


class Plan:
    """How the children of an element that holds others are read."""

    __slots__ = ("folded", "item", "new", "texts", "value")

    def __init__(self, new: Callable[[], Any] = dict) -> None:
        self.new = new
        self.texts: dict[str, Read] = {}  # the fields that are single values, by their right names
        self.folded: dict[str, tuple[str, Step]] = {}  # every field by its lower-case name, with the right one
        self.item: Step | None = None  # what a child of any name is
        self.value: Step | None = None  # set for an entry of a dictionary: what its value is

    def child(self, name: str) -> tuple[str, Step | None]:
        """Return where the child belongs and how it is read; None where it is not known."""
        local = name.rpartition(":")[2]
        return (local, self.item) if self.item else self.folded.get(local.lower(), (local, None))


Step: TypeAlias = Plan | Read


def plan(kind: str, shapes: Mapping[str, Shape], made: dict[str, Plan]) -> Step:
    """Make the plan for a kind once, so that shapes may hold themselves."""
    if kind in READERS:
        return READERS[kind]
    if kind in made:
        return made[kind]
    array = array_of(kind, shapes)
    made[kind] = own = Plan(list if array else dict)
    if array:
        own.item = plan(array, shapes, made)
    elif kind.startswith(MAP):
        own.item = entry = Plan()
        entry.value = value = plan(kind.removeprefix(MAP), shapes, made)
        if isinstance(value, Plan):
            entry.texts = {name: read for name, read in value.texts.items() if name not in ("Key", "Value")}
            entry.folded |= value.folded
        entry.folded |= {"key": (KEY, str), "value": (VALUE, value)}
    else:
        for name, of in shapes[kind].members.items():
            step = plan(of, shapes, made)
            own.folded[name.lower()] = name, step
            if not isinstance(step, Plan):
                own.texts[name] = step
    return own
