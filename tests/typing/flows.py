"""What users write to sign in a system user or a person; checked by mypy and pyright, never run."""

from __future__ import annotations

from typing import assert_type

from superoffice import (
    AsyncSuperOffice,
    FileTokenStore,
    KeyringTokenStore,
    OAuthAuth,
    SuperOffice,
    SystemUserAuth,
    Tenant,
    Ticket,
    TokenStore,
    login,
)


class Vault:
    """A token store of one's own."""

    def load(self, name: str) -> str | None:
        return None

    def save(self, name: str, secret: str) -> None: ...

    def delete(self, name: str) -> None: ...


def keeps() -> list[TokenStore]:
    return [Vault(), FileTokenStore("folder"), KeyringTokenStore()]


async def sign_in() -> None:
    tenant = Tenant("Cust12345", environment="sod")
    server = SystemUserAuth(tenant, system_token="a", private_key="b", app_token="c", token_store=Vault())
    person = login(tenant, "id", token_store=FileTokenStore(), open_browser=None, show=print)
    assert_type(person, OAuthAuth)
    with SuperOffice(tenant, auth=server) as client:
        assert_type(client.tickets.get(439), Ticket)
    async with AsyncSuperOffice(tenant, auth=OAuthAuth(tenant, "id", refresh_token="token")) as other:
        assert_type(await other.tickets.get(439), Ticket)
