from __future__ import annotations
from typing import Final
from urllib.parse import SplitResult, urlsplit
import attrs
LOOPBACKS: Final = ('http://127.0.0.1/callback', 'http://localhost/callback', 'http://[::1]/callback')

@attrs.frozen(kw_only=True)
class Application:
    client_id: str
    client_secret: str = attrs.field(repr=False)
    redirect_uris: tuple[str, ...] = LOOPBACKS
    secret_required: bool = False

    def admits(self, redirect_uri: str) -> bool:
        ...

def check_redirect(uri: str) -> None:
    ...
