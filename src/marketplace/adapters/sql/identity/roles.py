import asyncpg

from marketplace.application.identity.permissions import PERMISSIONS
from marketplace.application.shared.actor import Permission
from marketplace.domain.identity.user import Role
from marketplace.domain.shared.ids import UserId

_ROLE = "SELECT role FROM identity.users WHERE id = $1 AND is_active"


async def may(connection: asyncpg.Connection, user: UserId, permission: Permission) -> bool:
    """Whether somebody who is not here, with an active account, has the permission."""
    role = await connection.fetchval(_ROLE, user)
    return role is not None and permission in PERMISSIONS[Role(role)]
