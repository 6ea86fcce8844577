from dataclasses import dataclass
from enum import StrEnum

from marketplace.domain.shared.errors import Forbidden
from marketplace.domain.shared.ids import SessionId, UserId


class Permission(StrEnum):
    LIST_ITEMS = "catalog.list_items"
    MAKE_OFFERS = "trading.make_offers"
    ANSWER_OFFERS = "trading.answer_offers"
    PAY_ORDERS = "payments.pay_orders"
    READ_LEDGER = "payments.read_ledger"


class MissingPermission(Forbidden):
    code = "missing_permission"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking. Passed as an argument, so workers and sockets need no ambient request."""

    user: UserId
    session: SessionId
    permissions: frozenset[Permission]

    def require(self, permission: Permission) -> None:
        if permission not in self.permissions:
            raise MissingPermission(f"needs {permission}", permission=permission)
