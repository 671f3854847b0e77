"""The page on `/`: Swagger UI with the OpenAPI document, from installed files.

Its policy lets only the sandbox's own files run. Swagger UI shows responses as text; of all responses, a browser would
run only the files named here.
"""

from __future__ import annotations

import json
from functools import cache
from html import escape
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .credentials import Credentials
from .errors import RefusedError
from .seed import document
from .state import SandboxState

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_POLICY: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_FILES: Final = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}
_HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>SuperOffice sandbox</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/sandbox/page/swagger-ui.css">
<link rel="stylesheet" href="/sandbox/page/own.css">
</head>
<body>
<div id="page" data-user="{user}" data-password="{password}"></div>
<script src="/sandbox/page/swagger-ui-bundle.js"></script>
<script src="/sandbox/page/start.js"></script>
</body>
</html>
"""
_START = """"use strict";
const page = document.getElementById("page");
fetch("/openapi.json").then((response) => response.json()).then((spec) => {
  // The examples would be sent as they are, and the one of $select fits no ticket.
  for (const parameter of Object.values(spec.components.parameters)) {
    delete parameter.example;
    delete parameter.examples;
  }
  const user = page.dataset.user;
  spec.info.description = "**A sandbox on this machine**, with made-up tickets. " + (user
    ? "You are signed in as " + user + ": press **Execute** below."
    : "It has credentials of its own: press **Authorize** first.") + "\\n\\n" + spec.info.description;
  const ui = SwaggerUIBundle({
    spec, dom_id: "#page", validatorUrl: null, docExpansion: "full", tryItOutEnabled: true,
    defaultModelsExpandDepth: 0, queryConfigEnabled: false,
    // Otherwise the browser shows a dialog of its own at a 401, and the page waits for it.
    requestInterceptor: (request) => Object.assign(request, { credentials: "omit" }),
    onComplete: () => {
      if (user) ui.preauthorizeBasic("Basic", user, page.dataset.password);
    },
  });
});
"""
# Swagger UI leaves no room for types beside descriptions, and has a column for links, of which there are none.
_STYLE = """.swagger-ui table.parameters .parameters-col_name { min-width: 9.5em; padding-right: 1em; }
.swagger-ui .parameter__name, .swagger-ui .parameter__type { white-space: nowrap; }
.swagger-ui .response-col_links { display: none; }
"""
_OWN: Final = {"start.js": (_START, "text/javascript"), "own.css": (_STYLE, "text/css")}
_WITHOUT = """<!doctype html><meta charset="utf-8"><title>SuperOffice sandbox</title>
<p>The sandbox is running. For a page to try it: pip install 'superoffice-sdk[sandbox]'</p>
"""


@cache
def _folder() -> Traversable | None:
    # Found without an import: only the files of this web framework's plugin are needed.
    loader: Any = getattr(find_spec("swagger_ui"), "loader", None)
    if loader is None:
        return None
    folder: Traversable = loader.get_resource_reader("swagger_ui").files() / "static"
    return folder if all((folder / name).is_file() for name in _FILES) else None


@cache
def _file(name: str) -> bytes:
    folder = _folder()
    if name not in _FILES or folder is None:
        raise RefusedError(404, "No HTTP resource was found.", "The page has no such file.")
    return (folder / name).read_bytes()


def routes(state: SandboxState) -> list[Route]:
    """Make the routes of the page, its files and the OpenAPI document."""

    async def page(_: Request) -> Response:
        # Only the published credentials are shown to whoever opens the page.
        shown = state.credentials if state.credentials == Credentials() else Credentials(user="", password="")
        html = _HTML.format(user=escape(shown.user), password=escape(shown.password))
        return Response(html if _folder() else _WITHOUT, headers=_POLICY, media_type="text/html")

    async def file(request: Request) -> Response:
        name = str(request.path_params["name"])
        if name in _OWN:
            text, kind = _OWN[name]
            return Response(text, headers=_POLICY, media_type=kind)
        return Response(_file(name), headers=_POLICY, media_type=_FILES[name])

    async def openapi(request: Request) -> Response:
        own = {"url": str(request.base_url).rstrip("/"), "description": "This sandbox."}
        body = json.dumps({**document(), "servers": [own]})
        return Response(body, headers=_POLICY, media_type="application/json")

    return [Route("/", page), Route("/openapi.json", openapi), Route("/sandbox/page/{name}", file)]
