"""The page of the HTTP API, from the document: what is sent and what comes back, for clients in any language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tools.flatten_openapi import operations
from tools.normalize_openapi import Json, resolve
from tools.site.markdown import code, fence, said, table

HEAD = """# HTTP API

{description} The whole [document](superoffice.yaml) is OpenAPI {version}. Its first lines say what the extensions
mean, and [Write an SDK](../maintain/write-an-sdk.md) how a client uses them. `superoffice sandbox` serves the endpoint
on your machine, with a page to try it.
"""


def page(document: Json) -> str:
    """Make the page."""
    head = HEAD.format(description=document["info"]["description"], version=document["openapi"])
    return "\n\n".join([head.rstrip(), *_parts(document)]) + "\n"


def _parts(document: Json) -> Iterator[str]:
    for path, method, operation in operations(document):
        yield f"## {operation['operationId']}"
        yield fence(f"{method.upper()} {{site}}{path}", "http")
        yield f"{operation['summary']}. {operation['description']}"
        yield from _facts(operation)
        if operation["parameters"]:
            parameters = [resolve(document, each) for each in operation["parameters"]]
            yield "### Parameters"
            yield table(
                ["Name", "In", "Example", "Meaning"],
                ([code(each["name"]), each["in"], _example(each), said(each)] for each in parameters),
            )
        if body := operation.get("requestBody"):
            yield "### Request"
            yield from _content(document, resolve(document, body))
        yield "### Responses"
        for status, response in operation["responses"].items():
            yield f"#### {status}"
            yield from _content(document, resolve(document, response))
    yield "## Authentication"
    yield "Send one of these lines:"
    yield "\n".join(f"- {' with '.join(map(code, way))}" for way in document["security"])
    schemes = document["components"]["securitySchemes"]
    yield table(
        ["Scheme", "Sent as", "Meaning"], ([code(name), _sent(each), said(each)] for name, each in schemes.items())
    )
    yield "## Objects"
    yield "The fields of a ticket have [a page of their own](ticket.md)."
    for name, schema in document["components"]["schemas"].items():
        if name in ("GetTicketsRequest", "ErrorInfo"):
            yield f"### {name}"
            yield said(schema)
            rows = ([code(member), _type(each), said(each)] for member, each in schema["properties"].items())
            yield table(["Field", "Type", "Meaning"], rows)


def _facts(operation: Json) -> Iterator[str]:
    if operation.get("x-safe"):
        yield "It only reads, so it may be retried."
    if threshold := operation.get("x-slow-threshold-ms"):
        yield f"The server's operators count a call of more than {threshold / 1000:g} seconds as slow."


def _content(document: Json, part: Json) -> Iterator[str]:
    yield said(part)
    kinds = part.get("content", {})
    if kinds:
        yield "Media types: " + ", ".join(map(code, kinds)) + "."
    for header, each in part.get("headers", {}).items():
        yield f"Header {code(header)}: {said(each)}"
    for kind, media in kinds.items():
        for name, given in media.get("examples", {}).items():
            example = resolve(document, given)
            yield f"For example ({code(kind)}{'' if name == 'page' else ', ' + name}):"
            yield fence(json.dumps(example["value"], indent=2, ensure_ascii=False), "json")


def _example(parameter: Json) -> str:
    examples = [each["value"] for each in parameter.get("examples", {}).values()]
    value: Any = parameter.get("example", examples[0] if examples else None)
    return code(",".join(value) if isinstance(value, list) else value)


def _sent(scheme: Json) -> str:
    if scheme["type"] == "http":
        return f"`Authorization: {scheme['scheme'].title()} …`"
    word = f"{scheme['x-scheme']} " if "x-scheme" in scheme else ""
    return f"`{scheme['name']}: {word}…`"


def _type(schema: Json) -> str:
    if schema["type"] == "array":
        return f"array of {_type(schema['items'])}"
    return code(schema.get("format", schema["type"]))
