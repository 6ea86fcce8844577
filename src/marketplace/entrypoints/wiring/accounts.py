"""The accounts nobody registers: development's demo accounts, and the first administrator."""

from contextlib import suppress

from marketplace.application.identity.accounts import CreateAccount, NewAccount
from marketplace.application.identity.identifiers import Identifier, IdentifierKind
from marketplace.application.identity.ports import AccountQueries
from marketplace.domain.identity.user import AccountExists, Role, UsernameTaken
from marketplace.domain.shared.ids import UserId
from marketplace.entrypoints.wiring.container import build
from marketplace.entrypoints.wiring.settings import Settings

DEMO_ACCOUNTS = (
    NewAccount("admin@marketplace.example", "admin", "Admin-Pass-2026!", "Marketplace Admin", Role.ADMIN),
    NewAccount("buyer@marketplace.example", "demo_buyer", "Buyer-Pass-2026!", "Demo Buyer", Role.BUYER),
    NewAccount("seller@marketplace.example", "demo_seller", "Seller-Pass-2026!", "Demo Seller", Role.SELLER),
)
"""Their passwords are public, so they exist in development only."""


async def seed(settings: Settings) -> None:
    """Make the demo accounts that are missing; several processes may do so at once."""
    if not settings.is_development:
        raise RuntimeError("demo accounts are for development only: make the first one with `marketplace create-admin`")
    container = build(settings, pool_size=2)
    try:
        accounts = await container.get(AccountQueries)
        for account in DEMO_ACCOUNTS:
            if await accounts.contact(Identifier(IdentifierKind.EMAIL, account.email)) is None:
                with suppress(AccountExists, UsernameTaken):
                    async with container() as scope:
                        await (await scope.get(CreateAccount))(account)
    finally:
        await container.close()


async def create_admin(settings: Settings, email: str, username: str, password: str) -> UserId:
    """Raises a DomainError that says what is wrong with the three, or that they are taken."""
    container = build(settings, pool_size=1)
    try:
        async with container() as scope:
            account = NewAccount(email, username, password, full_name=username, role=Role.ADMIN)
            return await (await scope.get(CreateAccount))(account)
    finally:
        await container.close()
