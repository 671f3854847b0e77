"""Read an API document in any dialect, Swagger 2.0 or OpenAPI 3.0 or 3.1, as one of OpenAPI 3.0."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

Json = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
ANY = "*/*"  # the media type of what says none


class UnreadableError(Exception):
    """A file is not an API document; the text says why."""


def read(path: Path) -> Json:
    """Read a file, JSON or YAML, in any of the dialects.

    Raises:
        UnreadableError: The file is not there, is neither JSON nor YAML, or is not Swagger 2.0 or OpenAPI 3.x.

    Example:
        >>> read(Path("openapi/superoffice.yaml"))["openapi"]
        '3.0.3'
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{path} cannot be read: {error}") from error
    try:
        document = json.loads(text) if text.lstrip().startswith("{") else YAML(typ="safe").load(text)
    except (ValueError, YAMLError) as error:
        raise UnreadableError(f"{path} is neither JSON nor YAML: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise UnreadableError(f"{path} is not an API document: it has no `paths`")
    if str(document.get("swagger")) == "2.0":
        return _from_swagger(document)
    if str(document.get("openapi", "")).startswith("3."):
        return document
    raise UnreadableError(f"{path} says neither `swagger: 2.0` nor `openapi: 3.x`")


def find(document: Json, reference: str, before: tuple[str, ...] = ()) -> Json:
    """Follow a local reference; `before` it came those that led to it.

    Raises:
        UnreadableError: It leads nowhere, into another file, or back to itself.
    """
    if reference in before:
        raise UnreadableError(f"the reference {reference} leads back to itself")
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        try:
            found = found[step.replace("~1", "/").replace("~0", "~")]
        except (KeyError, TypeError):
            raise UnreadableError(f"the reference {reference} leads nowhere in the document") from None
    return resolve(document, found, (*before, reference))


def resolve(document: Json, value: Json, before: tuple[str, ...] = ()) -> Json:
    """Return what a value stands for, where it is a reference, and the value itself otherwise."""
    return find(document, value["$ref"], before) if "$ref" in value else value


def path_items(document: Json) -> Iterator[tuple[str, Json]]:
    """Yield each path with what is said of it, there or where it refers to.

    Raises:
        UnreadableError: What is said is not an object, or a part of it is of another kind than it must be.
    """
    for path, given in document["paths"].items():
        if path.startswith("x-"):
            continue
        own = {name: part for name, part in _is(dict, given, path).items() if name != "$ref"}
        item = {**_is(dict, resolve(document, given), path), **own}
        _is(list, item.get("parameters", []), f"{path} parameters")
        for method in METHODS:
            operation = _is(dict, item.get(method, {}), f"{path} {method}")
            _is(list, operation.get("parameters", []), f"{path} {method} parameters")
            _is(dict, operation.get("responses", {}), f"{path} {method} responses")
        yield path, item


def _is(kind: type[Any], value: Any, where: str) -> Any:
    if not isinstance(value, kind):
        raise UnreadableError(f"{where} is {json.dumps(value, default=str)}, where a document has its parts")
    return value


def _from_swagger(document: Json) -> Json:
    """Return a Swagger 2.0 document as one of OpenAPI 3.0."""
    schemes = document.get("schemes") or ["https"]
    site = f"{schemes[0]}://{document['host']}" if "host" in document else ""
    base = str(document.get("basePath", "")).rstrip("/")
    document = _moved(document)
    paths = {
        path: {name: _operation(document, item, part) if name in METHODS else part for name, part in item.items()}
        for path, item in path_items(document)
    }
    return {
        "openapi": "3.0.3",
        "info": document.get("info", {}),
        "servers": [{"url": site + base}],
        "security": document.get("security", []),
        "paths": paths,
        "components": {
            "schemas": document.get("definitions", {}),
            "securitySchemes": {
                name: {"type": "http", "scheme": "basic"} if scheme.get("type") == "basic" else scheme
                for name, scheme in document.get("securityDefinitions", {}).items()
            },
        },
    }


def _moved(value: Any) -> Any:
    """Point references at the places of OpenAPI 3, and call what may be null by its name there."""
    if isinstance(value, list):
        return [_moved(item) for item in value]
    if not isinstance(value, dict):
        return value
    moved = {("nullable" if key == "x-nullable" else key): _moved(item) for key, item in value.items()}
    if isinstance(reference := moved.get("$ref"), str):
        moved["$ref"] = reference.replace("#/definitions/", "#/components/schemas/", 1)
    return moved


def _operation(document: Json, item: Json, operation: Json) -> Json:
    given = [resolve(document, each) for each in (*item.get("parameters", []), *operation.get("parameters", []))]
    takes, gives = (operation.get(key, document.get(key)) or [ANY] for key in ("consumes", "produces"))
    changed = {
        **operation,
        "parameters": [_parameter(each) for each in given if each["in"] not in ("body", "formData")],
    }
    for body in (each for each in given if each["in"] == "body"):
        content = {media: {"schema": body.get("schema", {})} for media in takes}
        changed["requestBody"] = {"required": body.get("required", False), "content": content}
    changed["responses"] = {
        str(status): _response(resolve(document, response), gives)
        for status, response in operation.get("responses", {}).items()
    }
    return changed


def _parameter(given: Json) -> Json:
    about: Json = {key: given[key] for key in ("name", "in", "required", "description") if key in given}
    schema = {key: value for key, value in given.items() if key not in about and key != "collectionFormat"}
    if schema.get("type") == "array":
        about["explode"] = given.get("collectionFormat") == "multi"
    return {**about, "schema": schema}


def _response(response: Json, gives: list[str]) -> Json:
    headers = {name: {"schema": header} for name, header in response.get("headers", {}).items()}
    content = {media: {"schema": response["schema"]} for media in gives} if "schema" in response else {}
    return {"description": response.get("description", ""), "headers": headers, "content": content}
