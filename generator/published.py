"""Read OpenAPI documents as they are published: Swagger 2.0, OpenAPI 3.0 and 3.1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from facts import COMPONENT, METHODS, GenerationError, Json

MOVED = {"#/definitions/": "#/components/schemas/"}
VALUE = ("type", "format", "enum", "items", "default", "$ref")  # what of a parameter of Swagger is its schema
FILE: Json = {"type": "string", "format": "binary"}
T = TypeVar("T", dict[str, Any], list[Any])


def read(file: Path) -> Json:
    """Read a document; raise GenerationError for what is not one, with the place and what to write."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        found = json.loads(text) if text.lstrip().startswith("{") else YAML(typ="safe").load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise GenerationError(f"{file}: cannot be read: {error}") from error
    except json.JSONDecodeError as error:
        raise GenerationError(f"{file}, line {error.lineno}: is not JSON: {error.msg}; mend the line") from error
    except YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        said = getattr(error, "problem", None) or str(error)
        raise GenerationError(f"{file}, line {line}: is not YAML: {said}; mend the line") from error
    version = str(found.get("swagger", found.get("openapi", ""))) if isinstance(found, dict) else ""
    if not version.startswith(("2.0", "3.0", "3.1")):
        raise GenerationError(f'{file}: is not an OpenAPI document; write `swagger: "2.0"` or `openapi: 3.0.3` in it')
    for key in ("info", "paths"):
        if not isinstance(found.get(key), dict):
            raise GenerationError(f"{file}: has no `{key}`; write it, a mapping")
    try:
        for key in ("definitions", "parameters", "responses"):
            part(found, key, dict)
        components = part(found, "components", dict)
        components["schemas"] = part(components, "schemas", dict)
    except GenerationError as error:
        raise GenerationError(f"{file}: {error}") from error
    return {**found, "components": components}


def part(node: Json, key: str, kind: type[T]) -> T:
    """Return a part of the document, empty where it is missing; raise GenerationError for another kind."""
    found = node.get(key)
    if found is not None and not isinstance(found, kind):
        raise GenerationError(f"its `{key}` is not {'a mapping' if kind is dict else 'a list'}; write one")
    return kind() if found is None else found


def unescaped(step: str) -> str:
    """Return a name that a reference writes."""
    return unquote(step).replace("~1", "/").replace("~0", "~")


def lost(reference: Any) -> GenerationError:
    """Return why a reference leads nowhere."""
    name = str(reference)
    if not name.startswith("#/"):
        return GenerationError(f"refers to {name}, which is not in this file; put it there")
    inner = name.removeprefix(COMPONENT)
    if inner != name and "/" in inner:
        return GenerationError(f"refers to {inner}, a part of another schema; make it a component")
    return GenerationError(f"refers to {inner}, which is not there; mend the reference")


def upgraded(document: Json) -> Json:
    """Return a document with operations as OpenAPI 3 has them: bodies and responses by media type."""
    if "swagger" not in document:
        return document
    base = str(document.get("basePath", "")).rstrip("/")
    paths = {
        f"{base}{path}": {method: _operation(document, item, method) for method in METHODS if method in item}
        if isinstance(item, dict) and "$ref" not in item
        else item
        for path, item in document["paths"].items()
    }
    schemas = {name: _moved(schema) for name, schema in document.get("definitions", {}).items()}
    return {"openapi": "3.0.3", "info": document["info"], "paths": paths, "components": {"schemas": schemas}}


def _moved(node: Any) -> Any:
    if isinstance(node, list):
        return [_moved(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {key: _moved(value) for key, value in node.items()}
    for old, new in MOVED.items():
        if str(found.get("$ref", "")).startswith(old):
            found["$ref"] = new + found["$ref"].removeprefix(old)
    return found


def _resolved(document: Json, node: Any) -> Json:
    if not isinstance(node, dict):
        raise GenerationError(f"has {node!r} where a mapping belongs; write one")
    if "$ref" not in node:
        return node
    section, _, name = str(node["$ref"]).removeprefix("#/").partition("/")
    found = document.get(section, {}).get(unescaped(name)) if section in ("parameters", "responses") else None
    if not isinstance(found, dict):
        raise lost(node["$ref"])
    return found


def _operation(document: Json, item: Json, method: str) -> Any:
    """Return an operation as OpenAPI 3 has it; one that is wrong as it is, with the reason as `x-wrong`."""
    if not isinstance(operation := item[method], dict):
        return operation
    try:
        return _upgraded(document, item, operation)
    except GenerationError as error:
        return {**operation, "x-wrong": str(error)}


def _upgraded(document: Json, item: Json, operation: Json) -> Json:
    merged = {}
    for each in [*part(item, "parameters", list), *part(operation, "parameters", list)]:
        given = _resolved(document, each)
        merged[str(given.get("in")), str(given.get("name"))] = given
    made = {key: value for key, value in operation.items() if key not in ("consumes", "produces", "schemes")}
    made["parameters"] = [_parameter(each) for (place, _), each in merged.items() if place not in ("body", "formData")]
    media = _media(document, operation, "consumes")
    if body := next((each for (place, _), each in merged.items() if place == "body"), None):
        schema = _moved(body.get("schema", {}))
        made["requestBody"] = {"required": body.get("required", False), "content": _content(media, schema)}
    if fields := [each for (place, _), each in merged.items() if place == "formData"]:
        made["requestBody"] = {
            "required": any(each.get("required") for each in fields),
            "content": _form(media, fields),
        }
    media = _media(document, operation, "produces")
    made["responses"] = {
        code: _response(media, _resolved(document, each)) for code, each in part(operation, "responses", dict).items()
    }
    return made


def _media(document: Json, operation: Json, key: str) -> list[str]:
    return list(map(str, part(operation, key, list) or part(document, key, list))) or ["application/json"]


def _content(media: list[str], schema: Json) -> Json:
    return {each: {"schema": schema} for each in media}


def _value(given: Json) -> Json:
    return FILE if given.get("type") == "file" else _moved({key: given[key] for key in VALUE if key in given})


def _parameter(given: Json) -> Json:
    kept: Json = {key: given[key] for key in ("name", "in", "required", "description") if key in given}
    lists = given.get("collectionFormat", "csv")
    style = {} if lists in ("csv", "multi") else {"style": lists}
    return {
        **kept,
        "schema": _value(given),
        **({"explode": lists == "multi"} if given.get("type") == "array" else {}),
        **style,
    }


def _form(media: list[str], fields: list[Json]) -> Json:
    files = [each for each in fields if each.get("type") == "file"]
    raw = [each for each in media if not each.startswith(("multipart/", "application/x-www-form"))]
    if len(fields) == len(files) == 1 and raw:  # the file is the body itself
        return _content(raw, FILE)
    members = {str(each.get("name")): {"description": each.get("description", ""), **_value(each)} for each in fields}
    required = [str(each.get("name")) for each in fields if each.get("required")]
    forms = [each for each in media if each not in raw] or [
        "multipart/form-data" if files else "application/x-www-form-urlencoded"
    ]
    return _content(forms, {"type": "object", "properties": members, "required": required})


def _response(media: list[str], response: Json) -> Json:
    if not isinstance(schema := response.get("schema"), dict):
        return {"description": response.get("description", "")}
    schema = FILE if schema.get("type") == "file" else _moved(schema)
    return {"description": response.get("description", ""), "content": _content(media, schema)}
