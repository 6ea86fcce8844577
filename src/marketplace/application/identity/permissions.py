"""What each role may do, said here and nowhere else."""

from collections.abc import Mapping

from marketplace.application.shared.actor import Actor, Permission
from marketplace.domain.identity.user import Role
from marketplace.domain.shared.ids import SessionId, UserId

BUY = frozenset({Permission.MAKE_OFFERS, Permission.ANSWER_OFFERS, Permission.PAY_ORDERS})
SELL = frozenset({Permission.LIST_ITEMS, Permission.ANSWER_OFFERS})

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.BUYER: BUY,
    Role.SELLER: BUY | SELL,
    Role.ADMIN: frozenset(Permission),
}


def actor_of(user: UserId, session: SessionId, role: Role) -> Actor:
    return Actor(user, session, PERMISSIONS[role])
