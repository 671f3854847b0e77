# Generated from openapi/superoffice.yaml. Do not edit: change the document and run `nox -s generate`.
"""What the plain functions raise."""


class UnexpectedStatus(Exception):
    """The response has another status than 2xx; `content` is its body, which the text leaves out."""

    def __init__(self, status_code: int, content: bytes) -> None:
        super().__init__(f"the server responded with status {status_code}")
        self.status_code = status_code
        self.content = content
