"""What each role may do, said here and nowhere else."""

from collections.abc import Mapping
from datetime import datetime

from marketplace.application.shared.actor import Actor, Permission
from marketplace.domain.identity.user import Role
from marketplace.domain.shared.ids import SessionId, UserId

PERSON = frozenset({
    Permission.EDIT_PROFILE, Permission.FOLLOW, Permission.REPORT, Permission.KEEP_LISTS, Permission.CONVERSE,
    Permission.MANAGE_WEBHOOKS,
})  # fmt: skip
BUY = frozenset({
    Permission.MAKE_OFFERS, Permission.ANSWER_OFFERS, Permission.PAY_ORDERS, Permission.BOOK_SERVICES, Permission.TRADE,
    Permission.MOVE_ORDERS, Permission.BUY,
    Permission.REVIEW,
})  # fmt: skip
SELL = frozenset({Permission.LIST_ITEMS, Permission.ANSWER_OFFERS, Permission.RECEIVE_PAYOUTS})

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.BUYER: PERSON | BUY,
    Role.SELLER: PERSON | BUY | SELL,
    Role.MODERATOR: PERSON | {Permission.MODERATE},
    Role.FINANCE: PERSON | {Permission.READ_LEDGER, Permission.REFUND, Permission.PAY_OUT},
    Role.ADMIN: frozenset(Permission),
}


def actor_of(user: UserId, session: SessionId, role: Role, proven_at: datetime | None = None) -> Actor:
    return Actor(user, session, PERMISSIONS[role], proven_at)
