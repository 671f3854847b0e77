"""What a test in another process may know of the other side of sign-in, and do to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
import msgspec

if TYPE_CHECKING:
    from .service import Identity


def describe(identity: Identity) -> dict[str, Any]:
    """Say what it takes to sign in."""
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
    """Do what a body says, `{"do": "misbehave", "kind": "wrong_key"}`: a method of `Identity` or of its clock.

    Raises:
        ValueError: It says nothing that can be done.
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
        "renew_xsrf": identity.renew_xsrf,
        "misbehave": identity.misbehave,
        "fault": identity.fault,
        "set_state": identity.set_state,
        "move": move,
        "register": register,
        "forward": identity.clock.forward,
        "skew": identity.clock.skew,
    }
    try:
        members = msgspec.json.decode(content, type=dict[str, Any])
        do = members.pop("do", None)
        if not isinstance(do, str) or do not in methods:
            raise ValueError(f"do must be one of {', '.join(methods)}")
        return methods[do](**members)
    except (msgspec.MsgspecError, RecursionError, TypeError) as error:  # no members, or others than the method has
        raise ValueError(str(error)) from None
