"""Facts for the client's templates that their generator does not have: names, types, media types, extensions."""

from __future__ import annotations

import json
import re

from openapi_python_client.strings import PythonIdentifier

from facts import Json, component, content, is_structured, media_types, operations, reference, resolve
from shapes import shape_name

TYPES = {"integer": "int", "number": "float", "boolean": "bool", "string": "str", "object": "dict[str, Any]"}
FORMATS = {"date-time": "datetime", "date": "date"}


def identifier(name: str) -> str:
    """Return the name that an operation or a parameter has in Python."""
    return str(PythonIdentifier(name, "field_"))


def python_type(document: Json, schema: Json) -> str:
    """Name a schema's type as the models have it."""
    nullable = schema.get("nullable", False)
    if (name := reference(schema)) is not None:
        target = document["components"]["schemas"][name]
        named = "properties" in target or "enum" in target
        found = name if named else python_type(document, target).removesuffix(" | None")
        nullable = nullable or target.get("nullable", False)
    elif isinstance(extra := schema.get("additionalProperties"), dict):
        found = f"dict[str, {python_type(document, extra)}]"
    elif schema.get("type") == "array":
        found = f"list[{python_type(document, schema['items'])}]"
    else:
        found = FORMATS.get(schema.get("format", ""), TYPES.get(schema.get("type", ""), "Any"))
    return found + " | None" if nullable else found


def parameters(document: Json, path: str, operation: Json) -> list[Json]:
    """List an operation's parameters, its path's own first, each with the name that Python knows it by as `python`."""
    found = {}
    for given in [*document["paths"][path].get("parameters", []), *operation.get("parameters", [])]:
        parameter = resolve(document, given)
        key = given["$ref"].rsplit("/", 1)[-1] if "$ref" in given else parameter["name"]
        found[parameter["in"], parameter["name"]] = {**parameter, "python": identifier(key)}
    return list(found.values())


def successes(document: Json, operation: Json) -> list[Json]:
    """Return what each successful response holds, by media type; nothing for one without content."""
    return [content(document, response) for code, response in operation["responses"].items() if str(code)[0] == "2"]


def operation_facts(document: Json, path: str, method: str, operation: Json) -> Json:
    """Collect what the template of one operation needs."""
    responses = successes(document, operation)
    response = next(filter(None, responses), {})
    body = content(document, operation.get("requestBody", {}))
    schema = next(iter(body.values()), {}).get("schema", {})
    found = {
        "name": operation["operationId"],
        "summary": operation.get("summary", ""),
        "charset": f"; charset={operation['x-charset']}" if "x-charset" in operation else "",
        "slow_threshold": operation.get("x-slow-threshold-ms", 0) / 1000,
        "result": "None",
        "may_be_empty": {} in responses,
        "content_types": list(body),
        "accepts": list(response),
        "safe": method in ("get", "head") or operation.get("x-safe", False),
    }
    types = []
    given = [_argument(document, each) for each in parameters(document, path, operation)]
    for place in ("path", "query", "header"):
        found[place] = [each for each in given if each["in"] == place]
        types += [each["type"] for each in found[place]]
    found["path"].sort(key=lambda each: path.index(f"{{{each['wire']}}}"))
    names = {each["wire"]: each["name"] for each in found["path"]}
    steps = re.split(r"\{([^}]*)\}", path)  # literal, name, literal, name, ...
    found["steps"] = [[step, ""] if at % 2 == 0 else ["", names[step]] for at, step in enumerate(steps) if step]
    if body:
        required = resolve(document, operation["requestBody"]).get("required", False)
        found["body"] = {
            "type": python_type(document, schema) + ("" if required else " | None = None"),
            "required": required,
            "description": component(document, schema).get("description", "What to send."),
            "shape": shape_name(document, schema),
        }
        types.append(found["body"]["type"])
    if response:
        values = [held.get("schema", {}) for media, held in response.items() if is_structured(media)]
        found["result"] = python_type(document, values[0]) if values else "bytes"
        found["shape"] = shape_name(document, values[0]) if values else ""
        if {} in responses and found["result"] != "bytes":
            found["result"] = found["result"].removesuffix(" | None") + " | None"
    types.append(found["result"])
    found["models"] = sorted(set(re.findall(r"\w+", " ".join(types))) & document["components"]["schemas"].keys())
    return found


def _argument(document: Json, parameter: Json) -> Json:
    schema = component(document, parameter["schema"])
    several = "items" in schema
    of = python_type(document, schema["items"] if several else parameter["schema"]).removesuffix(" | None")
    return {
        "in": parameter["in"],
        "name": parameter["python"],
        "wire": parameter["name"],
        "type": (f"Iterable[{of}]" if several else of) + ("" if parameter.get("required") else " | None = None"),
        "description": parameter.get("description", ""),
        "repeated": several and parameter["in"] == "query" and parameter.get("explode", True),
    }


def client_facts(document: Json) -> str:
    """Write the Jinja file from which the client's templates learn what their generator does not pass on."""
    found = {}
    aliases = dict(zip(("content_types", "accepts"), media_types(document), strict=True))
    for path, method, operation in operations(document):
        fact = operation_facts(document, path, method, operation)
        for key, alias in (("content_types", "RequestMediaType"), ("accepts", "ResponseMediaType")):
            whole = set(fact[key]) == set(aliases[key])
            fact[f"{key}_type"] = alias if whole else f"Literal[{', '.join(map(json.dumps, fact[key]))}]"
        found[identifier(operation["operationId"])] = fact
    # Jinja reads escapes as Python does, where JSON's surrogate pairs would stay pairs.
    return f"{{% set operations = {json.dumps(found, indent=1, ensure_ascii=False)} %}}\n"


def operations_document(document: Json) -> Json:
    """Return the document as openapi-python-client needs it: which operations there are, and how their paths are made.

    Types come from `python_type`: left to itself the generator reads every schema, for models that nobody keeps, gives
    maps and nullable objects other names than the model generator does, and takes ever longer for each.
    """
    paths: Json = {}
    for path, method, operation in operations(document):
        kept = {key: operation[key] for key in ("operationId", "tags", "summary", "description") if key in operation}
        places = [
            {"name": each["name"], "in": "path", "required": True, "schema": {"type": "string"}}
            for each in parameters(document, path, operation)
            if each["in"] == "path"
        ]
        paths.setdefault(path, {})[method] = {**kept, "parameters": places, "responses": {"200": {"description": ""}}}
    return {"openapi": document["openapi"], "info": document["info"], "paths": paths}
