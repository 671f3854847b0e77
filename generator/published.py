"""Read OpenAPI documents as they are published: Swagger 2.0, OpenAPI 3.0 and 3.1."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from facts import METHODS, GenerationError, Json

MOVED = {"#/definitions/": "#/components/schemas/"}
VALUE = ("type", "format", "enum", "items", "default", "$ref")  # what of a parameter of Swagger is its schema
FILE: Json = {"type": "string", "format": "binary"}


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
    if "openapi" in found:
        found.setdefault("components", {}).setdefault("schemas", {})
    return dict(found)


def upgraded(document: Json) -> Json:
    """Return a document with operations as OpenAPI 3 has them: bodies and responses by media type."""
    if "swagger" not in document:
        return document
    base = str(document.get("basePath", "")).rstrip("/")
    paths = {f"{base}{path}": dict(_operations(document, item)) for path, item in document["paths"].items()}
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


def _resolved(document: Json, node: Json) -> Json:
    reference = str(node.get("$ref", ""))
    if not reference.startswith(("#/parameters/", "#/responses/")):
        return node
    _, section, name = reference.split("/", 2)
    return dict(document.get(section, {}).get(name, node))


def _operations(document: Json, item: Json) -> Iterator[tuple[str, Json]]:
    for method in METHODS:
        if not isinstance(operation := item.get(method), dict):
            continue
        merged = {}
        for each in [*item.get("parameters", []), *operation.get("parameters", [])]:
            given = _resolved(document, each)
            merged[given.get("in"), given.get("name")] = given
        made = {key: value for key, value in operation.items() if key not in ("consumes", "produces", "schemes")}
        made["parameters"] = [
            _parameter(each) for (place, _), each in merged.items() if place not in ("body", "formData")
        ]
        media = operation.get("consumes") or document.get("consumes") or ["application/json"]
        if body := next((each for (place, _), each in merged.items() if place == "body"), None):
            schema = _moved(body.get("schema", {}))
            made["requestBody"] = {"required": body.get("required", False), "content": _content(media, schema)}
        if fields := [each for (place, _), each in merged.items() if place == "formData"]:
            made["requestBody"] = {
                "required": any(each.get("required") for each in fields),
                "content": _form(media, fields),
            }
        media = operation.get("produces") or document.get("produces") or ["application/json"]
        made["responses"] = {
            code: _response(media, _resolved(document, each)) for code, each in operation.get("responses", {}).items()
        }
        yield method, made


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
    if "schema" not in response:
        return {"description": response.get("description", "")}
    schema = FILE if response["schema"].get("type") == "file" else _moved(response["schema"])
    return {"description": response.get("description", ""), "content": _content(media, schema)}
