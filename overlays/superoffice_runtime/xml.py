"""Values, as JSON would give them, as XML, by the OpenAPI document's shapes. Imported only where XML is used."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from html import escape
from typing import Any, cast
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from .shapes import MAP, READERS, Shape, array_of, blank_as_none, read_bool, text_of

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 32
_NIL = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
_ENTRY = "entry of "  # the kind of what a map holds

# Python's other codecs may warn, or decode to something else than text.
_ENCODINGS = re.compile(r"utf-?8|utf-16(le|be)?|us-ascii|iso-8859-\d{1,2}|windows-125\d", re.IGNORECASE)
_NEVER = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_UNFIT, _SPECIAL = re.compile(f"[{_NEVER}]"), re.compile(f"[&<>\r{_NEVER}]")
_FAILURE = re.compile("error|fault|exception", re.IGNORECASE)
_TOO_SHORT = {"NO_ELEMENTS", "UNCLOSED_TOKEN", "PARTIAL_CHAR", "UNCLOSED_CDATA_SECTION"}
_CUT_OFF = {expat.errors.codes[getattr(expat.errors, f"XML_ERROR_{name}")] for name in _TOO_SHORT}


class XmlError(ValueError):
    """The bytes are not XML that is accepted here, or the value cannot be written as XML."""


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _is_nil(attributes: Mapping[str, str]) -> bool:
    return any(_local(name) == "nil" and value.strip() in ("true", "1") for name, value in attributes.items())


class _Holder:
    def __init__(self, shapes: Mapping[str, Shape], kind: str) -> None:
        array = array_of(kind, shapes)
        self.new: Callable[[], Any] = list if array else dict
        self.inner = _ENTRY + kind.removeprefix(MAP) if kind.startswith(MAP) else array  # every child's kind, if any
        self.entry_of = kind.removeprefix(_ENTRY) if kind.startswith(_ENTRY) else ""
        shape = shapes.get(self.entry_of or kind)
        members = dict(shape.members) if shape else {}
        if self.entry_of:
            members |= {"Key": "string", "Value": self.entry_of}
        self.members = {name.lower(): (name, of) for name, of in members.items()}
        self.texts = {name: READERS[of] for name, of in self.members.values() if of in READERS}


class _Reader:
    def __init__(self, shape: str, shapes: Mapping[str, Shape], max_depth: int) -> None:
        self.shape, self.shapes, self.max_depth = shape, shapes, max_depth
        self.holder_of = cache(partial(_Holder, shapes))
        self.stack: list[tuple[_Holder, Any, str | None]] = []  # the elements around, each with the key of the next
        self.holder, self.value = _Holder({}, ""), cast("Any", [])  # of the innermost element that holds others
        self.read: Callable[[str], Any] | None = None  # what reads the text of an open element that holds no others
        self.key: str | None = ""  # where what is read belongs
        self.texts: list[str] = []  # long ones come in pieces
        self.data = self.texts.append

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note an element. This and `end` run for each of them, so the common case comes first."""
        if self.texts:
            self.texts.clear()
        if self.read is None and not attributes:
            self.read = self.holder.texts.get(name)
            if self.read is not None:
                self.key = name
                return
        self.start_other(name, attributes)

    def start_other(self, name: str, attributes: Mapping[str, str]) -> None:
        if self.read is not None:  # elements in a text make it a dictionary, which the decoding reports
            self.open(self.key, "")
            self.value[name] = None
        local, kind = _local(name), self.holder.inner
        key: str | None = local
        if not self.stack:
            kind = self.root_kind(local)
        elif not kind:
            key, kind = self.holder.members.get(local.lower(), (None, ""))
        self.read, self.key = READERS.get(kind), key
        if attributes and key is not None and _is_nil(attributes):
            self.read = blank_as_none
        if self.read is None:
            self.open(key, kind)

    def root_kind(self, name: str) -> str:
        shape = self.shapes.get(self.shape, Shape(self.shape or "value that XML cannot hold"))
        if name == shape.element:
            return self.shape
        for key, other in self.shapes.items():
            if name in (key, other.element):
                return key
        # What servers call an array is not documented, but an HTML page must not pass for an empty one.
        if shape.of and (name.startswith("ArrayOf") or shape.item.lower() in name.lower()):
            return self.shape
        raise XmlError(f"The XML is a <{name[:60]}>, not a <{shape.element}>.")

    def open(self, key: str | None, kind: str) -> None:
        self.stack.append((self.holder, self.value, key))
        if len(self.stack) > self.max_depth:
            raise XmlError(f"The XML is nested more than {self.max_depth} deep.")
        self.holder = self.holder_of(kind)
        self.value, self.read = self.holder.new(), None

    def end(self, _: str) -> None:
        if self.read is not None:
            key, value = self.key, self.read("".join(self.texts))
            self.read = None
        else:
            value, entry_of, text = self.value, self.holder.entry_of, "".join(self.texts)
            self.holder, self.value, key = self.stack.pop()
            if entry_of and ("Key" in value or "Value" in value):
                key, value = str(value.get("Key", key) or ""), value.get("Value")
            elif entry_of in READERS:
                value = READERS[entry_of](text)
            elif text.strip() and not value:  # text where elements are due stays, so that the decoding reports it
                value = text
        if self.texts:
            self.texts.clear()
        if self.value.__class__ is list:
            self.value.append(value)
        elif key is not None:
            self.value[key] = value


def _refuse_doctype(*_: object) -> None:
    raise XmlError("The XML has a document type declaration, which is not accepted.")


def _check_declaration(version: str, encoding: str | None, standalone: int) -> None:
    if encoding is not None and not _ENCODINGS.fullmatch(encoding):
        raise XmlError(f"The XML says it is in {encoding[:40]!r}, which is not accepted.")


def _parse(content: bytes, target: _Reader | TreeBuilder) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.XmlDeclHandler = _check_declaration
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler, parser.EndElementHandler = target.start, target.end
    parser.CharacterDataHandler = target.data
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        if error.code in _CUT_OFF:
            raise XmlError("The XML is empty or cut off.") from error
        raise XmlError(f"The bytes are not XML: {error}.") from error
    except LookupError as error:  # Python has no table for it
        raise XmlError("The XML is in an encoding that is not accepted.") from error


def read_xml(
    content: bytes, shape: str, shapes: Mapping[str, Shape], *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> Any:
    """Read XML as the value that JSON would give; where the root is another shape's, such as an error's, of that shape.

    Namespaces do not count, nor the case of names, nor what the items of an array are called; fields that the table
    does not know are left out. A field is None where it says nil, or where a number or a date is empty. A dictionary's
    entries may be elements named by the key, or elements that hold a <Key> and a <Value>. Raises XmlError for bytes
    that are not XML of these shapes, go beyond a limit (`max_depth` counts elements that hold others), or hold a
    document type declaration, with which entities would come.

    >>> pet = Shape("Pet", members={"Name": "string", "Legs": "int"})
    >>> read_xml(b"<x:Pet xmlns:x='y'><Name>Rex</Name><legs>4</legs><Mood/></x:Pet>", "Pet", {"Pet": pet})
    {'Name': 'Rex', 'Legs': 4}
    """
    if len(content) > max_bytes:
        raise XmlError(f"The XML has {len(content):,} bytes; at most {max_bytes:,} are read.")
    reader = _Reader(shape, shapes, max_depth)
    _parse(content, reader)
    return reader.value[0]


def read_items(content: bytes) -> list[Any]:
    """Read the items of an array that `read_xml` has accepted, with all fields, as texts; an error is marked."""
    tree = TreeBuilder()
    _parse(content, tree)
    return [_item(element) for element in tree.close()]


def _item(element: Element) -> dict[str, Any]:
    value = _loose(element)
    members = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    if _FAILURE.search(_local(element.tag)):
        return {"Error": True if value is None or members else value, **members}
    return members


def _loose(element: Element) -> Any:
    if not len(element):
        text = (element.text or "").strip()
        return read_bool(text) if _local(element.tag).lower() == "error" else text or None
    members: dict[str, list[Any]] = {}
    for inner in element:
        members.setdefault(_local(inner.tag), []).append(_loose(inner))
    return {name: values[0] if len(values) == 1 else values for name, values in members.items()}


class _Writer:
    def __init__(self, shapes: Mapping[str, Shape], replace: str | None) -> None:
        self.shapes, self.replace = shapes, replace

    def element(self, name: str, kind: str, value: Any, field: str, item: str = "") -> str:
        if value is None:
            return f"<{name} {_NIL}/>"
        inner = self.text(value, field) if kind in READERS else self.inner(name, kind, value, field, item)
        return f"<{name}>{inner}</{name}>"

    def inner(self, name: str, kind: str, value: Any, field: str, item: str) -> str:
        shape, array = self.shapes.get(kind), array_of(kind, self.shapes)
        if not isinstance(value, list if array else dict):
            raise XmlError(f"{name} holds a {type(value).__name__}, where the OpenAPI document has {kind}.")
        item = item or (shape.item if shape else "item")
        if array:
            return "".join([self.element(item, array, each, field) for each in cast("list[Any]", value)])
        members = cast("dict[str, Any]", value).items()
        if kind.startswith(MAP):
            of = kind.removeprefix(MAP)
            entries = [(self.text(key, field), self.element("Value", of, each, field)) for key, each in members]
            return "".join([f"<{item}><Key>{key}</Key>{each}</{item}>" for key, each in entries])
        if shape is None:
            raise XmlError(f"{name} holds {kind}, of which the OpenAPI document does not say how XML has it.")
        return "".join([self.member(shape, key, each) for key, each in members])

    def member(self, shape: Shape, name: str, value: Any) -> str:
        if (kind := shape.members.get(name)) is None:
            raise XmlError(f"{shape.element} has no field {name!r} in the OpenAPI document.")
        if value is None:
            return ""
        return self.element(name, kind, value, f"{shape.element}.{name}", shape.items.get(name, ""))

    def text(self, value: object, field: str) -> str:
        if (text := text_of(value)) is None:
            kind = type(value).__name__
            raise XmlError(f"{field} holds a {kind} in place of a single value, which XML cannot hold.")
        if not _SPECIAL.search(text):
            return text
        if self.replace is not None:
            text = _UNFIT.sub(self.replace, text)
        elif unfit := _UNFIT.search(text):
            raise XmlError(f"{field} holds the character U+{ord(unfit[0]):04X}, which XML cannot hold.")
        return escape(text, quote=False).replace("\r", "&#13;")  # a bare return would be read as a new line


def write_xml(value: Any, shape: str, shapes: Mapping[str, Shape], *, replace: str | None = None) -> bytes:
    r"""Write a value as XML in UTF-8; raises XmlError for one that is not of the shape.

    A field that is None is left out; an item of an array or a dictionary that is None is written as nil. A dictionary
    is written as entries with a <Key> and a <Value>, since a key need not be a name that XML allows. `replace` stands
    for each character that XML cannot hold, not even escaped; where it is None, such a character is an XmlError too.

    >>> pet = {"Pet": Shape("Pet", members={"Name": "string", "Legs": "int"})}
    >>> write_xml({"Name": "Tom & Rex\x00", "Legs": None}, "Pet", pet, replace="?")
    b'<?xml version="1.0" encoding="utf-8"?>\n<Pet><Name>Tom &amp; Rex?</Name></Pet>'
    """
    name = shapes[shape].element
    root = _Writer(shapes, replace).element(name, shape, value, name)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{root}'.encode()
