"""What a test in another process may read of the identity provider, and change in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
import msgspec

if TYPE_CHECKING:
    from .service import Identity


def describe(identity: Identity) -> dict[str, Any]:
    """Return what a client needs to sign in."""
    user = identity.system_user
    return {
        "environment_url": identity.environment_url,
        "tenant": identity.tenant,
        "site": identity.site,
        "session_url": identity.session_url,
        **attrs.asdict(identity.issuer.application),
        "system_user": {
            **attrs.asdict(user),
            "private_key_pem": user.private_key_pem(),
            "private_key_xml": user.private_key_xml(),
        },
    }


def carry_out(identity: Identity, content: bytes) -> dict[str, Any] | None:
    """Call the method of `Identity` or its clock that a body names, as in `{"do": "misbehave", "kind": "wrong_key"}`.

    Raises:
        ValueError: There is no such method, or its arguments are wrong.
    """

    def register(redirect_uris: object = (), *, secret_required: bool = False) -> dict[str, Any]:
        uris = msgspec.convert(redirect_uris, list[str])
        return attrs.asdict(identity.register(*uris, secret_required=secret_required))

    def move(to: object) -> None:
        identity.move(str(to))

    methods: dict[str, Callable[..., dict[str, Any] | None]] = {
        "expire": identity.expire,
        "revoke": identity.revoke,
        "rotate_keys": identity.rotate_keys,
        "refresh_xsrf": identity.refresh_xsrf,
        "misbehave": identity.misbehave,
        "fault": identity.fault,
        "set_state": identity.set_state,
        "move": move,
        "register": register,
        "forward": identity.clock.forward,
        "skew": identity.clock.skew,
    }
    try:
        arguments = msgspec.json.decode(content, type=dict[str, Any])
        do = arguments.pop("do", None)
        if not isinstance(do, str) or do not in methods:
            raise ValueError(f"do must be one of {', '.join(methods)}")
        return methods[do](**arguments)
    except (msgspec.MsgspecError, RecursionError, TypeError) as error:  # not an object, or not the method's arguments
        raise ValueError(str(error)) from None
