"""The pages that a person sees while signing in. They run no scripts, and escape all of the request."""

from __future__ import annotations

from html import escape

from starlette.responses import Response

from ..credentials import Credentials
from .session import XSRF_INPUT

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>SuperOffice sandbox: {title}</title>
<link rel="icon" href="data:,">
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
_FORM = """<p>{text}</p>
<form method="post">
{problem}<p><label>User <input name="user" value="{user}" autocomplete="username" required></label></p>
<p><label>Password <input name="password" type="password" value="{password}" autocomplete="current-password" required>
</label></p>
<p>{buttons}</p>
</form>"""
_ALLOW = (
    '<button name="choice" value="allow">Allow</button> <button name="choice" value="deny" formnovalidate>Deny</button>'
)


def _page(title: str, body: str, status: int = 200, form_action: str = "'self'") -> Response:
    # Referrers stay on this origin; with none at all, browsers would send `Origin: null` with the form.
    headers = {
        "Content-Security-Policy": (
            f"default-src 'none'; img-src data:; base-uri 'none'; form-action {form_action}; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    html = _PAGE.format(title=escape(title), body=body)
    return Response(html, status, headers, media_type="text/html")


def _form(text: str, shown: Credentials, buttons: str, *, wrong: bool) -> str:
    # Only the published credentials are shown to whoever opens the page.
    known = shown == Credentials()
    return _FORM.format(
        text=escape(text),
        problem='<p role="alert">User or password is wrong.</p>\n' if wrong else "",
        user=escape(shown.user) if known else "",
        password=escape(shown.password) if known else "",
        buttons=buttons,
    )


def consent(application: str, tenant: str, redirect_uri: str, shown: Credentials, *, wrong: bool) -> Response:
    """Make the page that asks a person to sign in and to agree; its form goes to the same address."""
    text = f"The application {application} asks to act for you in {tenant}. You will be sent to {redirect_uri}."
    # Browsers check the redirect after the form against this, and know no IPv6 address here.
    allowed = f"'self' {redirect_uri.partition(':')[0]}:"
    return _page("Sign in", _form(text, shown, _ALLOW, wrong=wrong), 401 if wrong else 200, allowed)


def failed(description: str) -> Response:
    """Make the page that tells a person what is wrong, when the application cannot be told."""
    return _page("You cannot sign in", f"<p>{escape(description)}</p>", 400)


def sign_in(shown: Credentials, *, wrong: bool) -> Response:
    """Make the page that asks a person to sign in with a browser."""
    button = "<button>Sign in</button>"
    return _page("Sign in", _form("Sign in to the sandbox.", shown, button, wrong=wrong), 401 if wrong else 200)


def signed_in(user: str, xsrf: str) -> Response:
    """Make the page of a session, which holds its XSRF value."""
    hidden = f'<input type="hidden" name="{XSRF_INPUT}" value="{escape(xsrf)}">'
    return _page("Signed in", f"<p>You are signed in as {escape(user)}.</p>\n<form>{hidden}</form>")
