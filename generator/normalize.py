"""Make of published documents one that keeps the rules of ours: what they lack is filled in, what cannot be is skipped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from openapi_python_client.strings import ClassName, PythonIdentifier, pascal_case

from facts import COMPONENT, METHODS, GenerationError, Json, Reach, is_structured, objects, operations, reference
from lint import MEMBER_EXTENSIONS, OPERATION_EXTENSIONS, TAKEN_ARGUMENTS, TAKEN_CLASSES, TAKEN_OPERATIONS
from operations import BYTES, held_schema, identifier
from published import lost, part, unescaped
from shapes import FORM, SCALARS, findings, shape_name, speaks

VERSION = re.compile(r"^v\d+[A-Za-z]*_(?=.)")  # of "v1TicketAgent_GetTicketEntity", what its tag says too
SLOW = re.compile(r"\s*NsApiSlow threshold: (\d+) ms\.?")
FORMATS = {"int32", "int64", "float", "double", "date-time", "date", "uuid"}
SHAPE = {
    "$ref",
    "type",
    "enum",
    "const",
    "properties",
    "additionalProperties",
    "items",
    "allOf",
    "oneOf",
    "anyOf",
    "required",
}
NOT_DESCRIBED = "Not described."


class Normalizer:
    """One document out of published ones; `ours` is the hand-kept one, whose headers keep their names and texts."""

    def __init__(self, documents: dict[str, Json], ours: Json) -> None:
        self.raw: dict[str, Json] = {}
        self.sources = documents
        for file, document in documents.items():
            for name, schema in document.get("components", {}).get("schemas", {}).items():
                if self.raw.setdefault(name, schema) != schema:
                    raise GenerationError(
                        f"{file}: its schema {name} is another than in the files before it; make two packages"
                    )
        components = ours["components"]
        self.known = {
            (each["in"], each["name"].lower()): {**each, "x-name": name}
            for name, each in components["parameters"].items()
        }
        schemes = components["securitySchemes"].values()
        self.credentials = {each["name"].lower() for each in schemes if "name" in each} | {"authorization"}
        self.names = self._names()
        self.wholes: dict[str, Any] = {}
        self.made: dict[str, Json] = {}
        self.broken: dict[str, str] = {}
        self.skipped: list[str] = []

    def _names(self) -> dict[str, str]:
        """Return short names: the last part of a dotted one, with the part before it where two would have the same."""
        parts = {name: re.split(r"[^\w]+", name.split("`")[0].strip(".")) for name in self.raw}
        short = {name: _class_name(each[-1]) for name, each in parts.items()}
        times = Counter(short.values())
        found: dict[str, str] = {}
        for name, each in short.items():
            wanted = each if times[each] == 1 else _class_name("".join(pascal_case(part) for part in parts[name][-2:]))
            found[name] = _free(wanted, set(found.values()))
        return found

    def document(self) -> Json:
        """Return the one document; `skipped` then has a sentence for each operation that is not in it."""
        paths: Json = {}
        taken: set[tuple[str, str]] = set()
        info = next(iter(self.sources.values()))["info"]
        info = {**info, **{key: str(info.get(key, other)) for key, other in (("title", "API"), ("version", "1"))}}
        for file, document, path, method, item in self._all():
            operation, where = item[method], f"{file}: {method.upper()} {path}"
            try:
                if not isinstance(operation, dict):
                    raise GenerationError("is not a mapping; write one")
                where += f" ({operation.get('operationId', 'without an operationId')})"
                if method in paths.get(path, {}):
                    raise GenerationError("is in the files twice; leave one out")
                made = self._operation(document, path, method, item, operation, taken)
            except GenerationError as error:
                self.skipped.append(f"{where}: {error}")
            else:
                paths.setdefault(path, {})[method] = made
        components = {"schemas": dict(sorted(self.made.items()))}
        return {
            "openapi": "3.0.3",
            "info": info,
            "security": [{"client": []}],
            "paths": paths,
            "components": components,
        }

    # Operations

    def _all(self) -> Iterator[tuple[str, Json, str, str, Json]]:
        """Yield file, document, path, method and path item of each operation."""
        for file, document in self.sources.items():
            for path, given in document["paths"].items():
                try:
                    item = _resolved(document, given or {})
                except GenerationError as error:
                    self.skipped.append(f"{file}: {path}: {error}")
                else:
                    yield from ((file, document, path, method, item) for method in METHODS if method in item)

    def _operation(
        self, document: Json, path: str, method: str, item: Json, operation: Json, taken: set[tuple[str, str]]
    ) -> Json:
        if "x-wrong" in operation:
            raise GenerationError(operation["x-wrong"])
        way = f"{method}_{re.sub(r'[^A-Za-z0-9]+', '_', path).strip('_')}"
        full = str(operation.get("operationId") or way)
        tag = str(next(iter(part(operation, "tags", list)), None) or "default")
        key = str(PythonIdentifier(tag, "tag"))
        names = (VERSION.sub("", full, count=1), full, f"{method}_{full}", f"{full}_{way}")
        free = (
            each for each in names if identifier(each) not in TAKEN_OPERATIONS and (key, identifier(each)) not in taken
        )
        if (name := next(free, None)) is None:
            raise GenerationError(f"has the name of others; give it another operationId than {full}")
        text = str(operation.get("description") or "")
        slow = {"x-slow-threshold-ms": int(found[1])} if (found := SLOW.search(text)) else {}
        text = SLOW.sub("", text).strip()
        made: Json = {
            "operationId": name,
            "tags": [tag],
            "summary": " ".join(
                str(operation.get("summary") or text.partition(".")[0] or f"{method.upper()} {path}").split()
            ).rstrip("."),
            **({"description": text} if text else {}),
            **slow,
            **{key: value for key, value in operation.items() if key in OPERATION_EXTENSIONS},
        }
        if not any(operation.get("security", [True])):
            made["security"] = []
        hint = _class_name(name)
        made["parameters"] = self._parameters(document, item, operation, identifier(name))
        if body := _resolved(document, operation.get("requestBody") or {}):
            held = self._content(part(body, "content", dict), f"{hint}Body", sent=True)
            made["requestBody"] = {"required": body.get("required", False), "content": held}
        made["responses"] = {}
        responses = {str(code): each for code, each in part(operation, "responses", dict).items()}
        good = {code: each for code, each in responses.items() if code[0] == "2"} or {
            "200": each for code, each in responses.items() if code == "default"
        }
        if not good:
            raise GenerationError("has no response of success; write one of 200, or a default")
        for code, each in good.items():
            held = part(_resolved(document, each or {}), "content", dict)
            held = self._content(held, f"{hint}Result", sent=False)
            made["responses"][code] = {"description": "", **({"content": held} if held else {})}
        taken.add((key, identifier(name)))
        return made

    def _parameters(self, document: Json, item: Json, operation: Json, name: str) -> list[Json]:
        found: dict[tuple[str, str], Json] = {}
        taken = TAKEN_ARGUMENTS | TAKEN_OPERATIONS | {name}
        for each in [*part(item, "parameters", list), *part(operation, "parameters", list)]:
            given = _resolved(document, each)
            if not (given.get("name") and given.get("in")):
                raise GenerationError("has a parameter without `name` or `in`; write both")
            place, wire = str(given["in"]), str(given["name"])
            if place == "header" and wire.lower() in (*self.credentials, "accept", "content-type"):
                continue  # the client's own
            if (known := self.known.get((place, wire.lower()))) is not None:
                found[place, wire] = {**known, "name": wire}
                continue
            schema = self.schema(given.get("schema") or {}, _class_name(f"{name}_{wire}"))
            schema.pop("nullable", None)
            made: Json = {"name": wire, "in": place, "description": _text(given.get("description")), "schema": schema}
            made |= {key: given[key] for key in ("style", "explode") if key in given}
            made["required"] = place == "path" or bool(given.get("required"))
            if place == "path" and not re.fullmatch(r"[A-Za-z_-][\w-]*", wire):
                raise GenerationError(f"its path has the parameter {wire}; name it with letters, digits, - and _")
            if identifier(wire) in taken | {identifier(each.get("x-name", each["name"])) for each in found.values()}:
                made["x-name"] = f"{wire}_{place}"
            found[place, wire] = made
        return list(found.values())

    def _content(self, held: Json, hint: str, *, sent: bool) -> Json:
        """Return content by media type: a value in those that hold values, bytes in the others, or what both may be."""
        schemas: Json = {}
        for media in held:
            name = str(media).partition(";")[0].strip().lower().replace("*/*", "application/json")
            found = part(held, media, dict).get("schema")
            schemas[name] = found if isinstance(found, dict) else {}
        values = {media: each for media, each in schemas.items() if is_structured(media) or (sent and media == FORM)}
        raw = [
            media
            for media in schemas
            if media not in values and not (sent and media.startswith(("text/", "multipart/")))
        ]
        first = next(iter(values.values()), {})
        if raw and (not values or first.get("format") in ("byte", "binary")):
            return {media: {"schema": BYTES} for media in raw}
        if schemas and not values:
            raise GenerationError(
                f"its body is sent as {', '.join(schemas)}, which nothing writes; offer JSON, or bytes of one kind"
            )
        values = {media: each for media, each in values.items() if each == first}
        schema = self.schema(first, hint) if values else {}
        return {media: {"schema": schema} for media in values} | (
            {} if sent else {media: {"schema": BYTES} for media in raw}
        )

    # Schemas

    def schema(self, raw: Any, hint: str, within: tuple[str, ...] = ()) -> Json:
        """Return a schema by the rules: objects and enumerations are components, called `hint` where they are none yet."""
        if not isinstance(raw, dict):
            return {}
        if "$ref" in raw:
            name = self._target(raw["$ref"])
            if not _is_component(whole := self._whole(name)):
                return {} if name in within else self.schema(whole, self.names[name], (*within, name))
            self._component(name, whole)
            found = {"$ref": f"{COMPONENT}{self.names[name]}"}
            return _nullable(found, bool(raw.get("nullable")) or _without_null(whole)[0], self._kind(found))
        nullable, plain = _without_null(raw)
        found = self._plain(plain, hint, within)
        return _nullable(found, nullable, self._kind(found))

    def _plain(self, raw: Json, hint: str, within: tuple[str, ...]) -> Json:
        if options := part(raw, "oneOf", list) or part(raw, "anyOf", list):
            found = [self.schema(each, f"{hint}{at or ''}", within) for at, each in enumerate(options, 1)]
            kinds = [self._kind(each) for each in found]
            if len(found) == 1:
                return found[0]
            return {"oneOf": found} if len(set(kinds)) == len(kinds) and "any" not in kinds else {}
        if raw.get("allOf"):
            return self.schema(self._flat(raw, within), hint, within)
        if "enum" in raw:
            return self._enumeration(raw, hint)
        if part(raw, "properties", dict) and raw.get("additionalProperties", False) is False:
            name = _free(hint, {*self.names.values(), *self.made})
            self.made[name] = {}
            self._object(name, raw)
            return {"$ref": f"{COMPONENT}{name}"}
        if "properties" in raw or raw.get("type") == "object" or "additionalProperties" in raw:
            extra = {} if raw.get("properties") else raw.get("additionalProperties")
            of = self.schema(extra, f"{hint}Value", within) if isinstance(extra, dict) else {}
            return {"type": "object", **({"additionalProperties": of} if of else {})}
        if raw.get("type") == "array" or "items" in raw:
            return {
                "type": "array",
                "items": self.schema(raw.get("items"), f"{hint}Item", within),
                "xml": {"wrapped": True},
            }
        if raw.get("type") not in SCALARS:
            return {}
        return {key: value for key, value in raw.items() if key == "type" or (key == "format" and value in FORMATS)}

    def _target(self, given: Any) -> str:
        """Return the name of the component that a reference leads to."""
        name = unescaped(str(given).removeprefix(COMPONENT))
        if name not in self.raw:
            raise lost(given)
        return name

    def _kind(self, schema: Json) -> str:
        """Return what a value is in JSON, by which a reader tells the options of a union apart."""
        if (name := reference(schema)) is not None:
            return str(self.made[name].get("type", "object"))
        kind = str(schema.get("type", "any"))
        return "number" if kind == "integer" else kind

    def _component(self, name: str, raw: Json) -> None:
        short = self.names[name]
        if name in self.broken:
            raise GenerationError(self.broken[name])
        if short in self.made:
            return
        self.made[short] = {}  # it may hold itself
        try:
            if "enum" in raw:
                values = list(dict.fromkeys(each for each in raw["enum"] if each is not None))
                self.made[short] = {"type": "string", "description": _text(raw.get("description")), "enum": values}
            else:
                self._object(short, raw)
        except GenerationError as error:
            self.broken[name] = f"{name}.{error}" if str(error)[:6] != "refers" else f"{name} {error}"
            raise GenerationError(self.broken[name]) from error

    def _object(self, name: str, raw: Json) -> None:
        given = raw.get("required")  # of some documents a bool, which says nothing of a field
        required = [key for key in given if key in raw["properties"]] if isinstance(given, list) else []
        made: Json = {
            "type": "object",
            "description": _text(raw.get("description")),
            **({"required": required} if required else {}),
            "properties": {},
        }
        self.made[name] = made
        for key, member in raw["properties"].items():
            try:
                made["properties"][key] = self._member(member, f"{name}{_class_name(key)}", key in required)
            except GenerationError as error:
                raise GenerationError(f"{key}: {error}") from error

    def _member(self, raw: Any, hint: str, required: bool) -> Json:
        made = self.schema(raw, hint)
        if "$ref" in made:
            made = {**_nullable(made, True, self._kind(made)), "nullable": not required}
        given = raw if isinstance(raw, dict) else {}
        made = {
            **made,
            "description": _text(given.get("description")),
            "nullable": made.get("nullable", False) or not required,
        }
        if given.get("readOnly"):
            made["x-read-only"] = True
        values = [str(each) for each in given.get("enum", []) if not isinstance(each, str) and each is not None]
        if values:
            made["description"] += f" One of {', '.join(values)}."
        return made | {key: value for key, value in given.items() if key in MEMBER_EXTENSIONS}

    def _whole(self, name: str) -> Any:
        """Return a component as one schema, without allOf."""
        if name not in self.wholes:
            raw = self.raw[name]
            try:
                self.wholes[name] = self._flat(raw, (name,)) if isinstance(raw, dict) and raw.get("allOf") else raw
            except GenerationError as error:
                raise GenerationError(f"{name}: {error}") from error
        return self.wholes[name]

    def _flat(self, raw: Json, within: tuple[str, ...]) -> Json:
        """Return what allOf stands for: its one part, or an object with the members of all; anything for other kinds."""
        own = {key: raw[key] for key in ("properties", "required", "additionalProperties") if key in raw}
        parts = [each for each in part(raw, "allOf", list) if isinstance(each, dict) and SHAPE & each.keys()]
        if len({str({key: each.get(key) for key in sorted(SHAPE)}) for each in parts}) == 1 and not own:
            return {**parts[0], **({"nullable": True} if raw.get("nullable") else {})}
        merged: Json = {"type": "object", "properties": {}, "required": []}
        merged |= {key: raw[key] for key in ("description", "nullable") if key in raw}
        for each in [*parts, own]:
            one, seen = each, within
            while "$ref" in one or one.get("allOf"):
                if "$ref" not in one:
                    one = self._flat(one, seen)
                elif (name := self._target(one["$ref"])) in seen:
                    raise GenerationError(f"refers to {name}, which is itself; mend the reference")
                else:
                    one, seen = self.raw[name], (*seen, name)
            if one.get("type", "object") != "object" or {"enum", "oneOf", "anyOf", "items"} & one.keys():
                return {}
            for key, member in part(one, "properties", dict).items():
                before = merged["properties"].get(key, member)  # a field of two parts is what both say, else any
                merged["properties"][key] = member if before == member else _both(before, member)
            merged["required"] += part(one, "required", list)
            if one.get("additionalProperties", False) is not False:  # {} is any
                merged["additionalProperties"] = one["additionalProperties"]
        return merged

    def _enumeration(self, raw: Json, hint: str) -> Json:
        values = [each for each in raw["enum"] if each is not None]
        if not values or not all(isinstance(each, str) for each in values):  # numbers go as numbers
            kinds = {bool: "boolean", int: "integer", float: "number", str: "string"}
            found = {kinds.get(type(each), "") for each in values}
            return {"type": found.pop()} if len(found) == 1 and "" not in found else {}
        name = _free(hint, {*self.names.values(), *self.made})
        self.made[name] = {
            "type": "string",
            "description": _text(raw.get("description")),
            "enum": [*dict.fromkeys(values)],
        }
        return {"$ref": f"{COMPONENT}{name}"}


def _is_component(raw: Any) -> bool:
    """Return whether a schema is an object with members or an enumeration of texts, which have classes of their own."""
    if not isinstance(raw, dict):
        return False
    if part(raw, "enum", list):
        return all(isinstance(each, str) or each is None for each in raw["enum"]) and any(raw["enum"])
    return bool(part(raw, "properties", dict)) and raw.get("additionalProperties", False) is False


def _without_null(raw: Json) -> tuple[bool, Json]:
    """Return whether a schema may be null, in any way of saying so, and the schema without it."""
    types = raw["type"] if isinstance(raw.get("type"), list) else [raw["type"]] if "type" in raw else []
    nullable = bool(raw.get("nullable")) or "null" in types or None in part(raw, "enum", list)
    plain = {key: value for key, value in raw.items() if key not in ("nullable", "type")}
    if "const" in plain:
        plain["enum"] = [plain.pop("const")]
    for key in ("oneOf", "anyOf"):
        if key in plain:
            kept = [each for each in part(plain, key, list) if each != {"type": "null"}]
            nullable, plain[key] = nullable or len(kept) < len(plain[key]), kept
    types = [each for each in types if each != "null"]
    if len(types) > 1:
        return nullable, {"oneOf": [{**plain, "type": each} for each in types]}
    return nullable, plain | ({"type": types[0]} if types else {})


def _nullable(schema: Json, nullable: bool, kind: str) -> Json:
    if not nullable:
        return schema
    return {"type": kind, "allOf": [schema], "nullable": True} if "$ref" in schema else {**schema, "nullable": True}


def _text(value: Any) -> str:
    """Return a description in one line, without the tags of .NET's; what has none says so."""
    plain = re.sub(r"</?\w[^>]*>", "", re.sub(r"<\w[^>]*/>", " ", str(value or "")))
    return " ".join(plain.split()) or NOT_DESCRIBED


def _class_name(name: str) -> str:
    found = str(ClassName(pascal_case(name) if not name[:1].isupper() else name, "Model"))
    # With "_" at its end it is one of Python's own, and the generators do not agree on that.
    return f"{found.rstrip('_')}Model" if found in TAKEN_CLASSES or found.endswith("_") else found


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "Value"
    return name


def _resolved(document: Json, node: Any, seen: tuple[str, ...] = ()) -> Json:
    """Follow a reference to a parameter, a body or a response."""
    if not isinstance(node, dict):
        raise GenerationError(f"has {node!r} where a mapping belongs; write one")
    if "$ref" not in node:
        return node
    found: Any = document
    for step in str(node["$ref"]).removeprefix("#/").split("/"):
        found = found.get(unescaped(step)) if isinstance(found, dict) else None
    if found is None:
        raise lost(node["$ref"])
    if node["$ref"] in seen:
        raise GenerationError(f"refers to {node['$ref']}, which is itself; mend the reference")
    return _resolved(document, found, (*seen, str(node["$ref"])))


def _both(one: Any, other: Any) -> Json:
    about = {**one, **other} if isinstance(one, dict) and isinstance(other, dict) else {}
    return {"allOf": [one, other], **{key: about[key] for key in ("description", "readOnly") if key in about}}


def without_xml(document: Json) -> None:
    """Take XML and forms out of those bodies that have no shape in them; JSON stays."""
    unshaped = {
        name
        for name, schema in objects(document)
        if any(next(findings(document, member), None) for member in schema["properties"].values())
    }
    reach = Reach(document)
    for _, _, operation in operations(document):
        for body in [operation.get("requestBody", {}), *operation["responses"].values()]:
            held = body.get("content", {})
            schema = held_schema(held) if held else {}
            if schema and (not shape_name(document, schema) or reach(schema) & unshaped):
                body["content"] = {media: each for media, each in held.items() if not speaks(media)} or held
