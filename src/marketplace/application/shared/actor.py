from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.domain.shared.errors import Forbidden
from marketplace.domain.shared.ids import SessionId, UserId


class Permission(StrEnum):
    LIST_ITEMS = "catalog.list_items"
    BOOK_SERVICES = "catalog.book_services"
    MAKE_OFFERS = "trading.make_offers"
    ANSWER_OFFERS = "trading.answer_offers"
    TRADE = "trading.trade"
    PAY_ORDERS = "payments.pay_orders"
    REFUND = "payments.refund"
    PAY_OUT = "payments.pay_out"
    RECEIVE_PAYOUTS = "payments.receive_payouts"
    READ_LEDGER = "payments.read_ledger"
    BUY = "ordering.buy"
    MOVE_ORDERS = "ordering.move_orders"
    MANAGE_ORDERS = "ordering.manage_orders"
    EDIT_PROFILE = "identity.edit_profile"
    MANAGE_USERS = "identity.manage_users"
    FOLLOW = "social.follow"
    REPORT = "catalog.report"
    MODERATE = "catalog.moderate"
    TAKE_DOWN = "catalog.take_down"
    READ_AUDIT = "audit.read"
    MANAGE_CATEGORIES = "catalog.manage_categories"
    KEEP_LISTS = "catalog.keep_lists"
    MANAGE_FEES = "ordering.manage_fees"
    MANAGE_PROMOTIONS = "promotions.manage_promotions"
    REVIEW = "reviews.review"
    CONVERSE = "messaging.converse"
    MANAGE_WEBHOOKS = "webhooks.manage"


class MissingPermission(Forbidden):
    code = "missing_permission"


class SessionRequired(Forbidden):
    code = "session_required"


class StepUpRequired(Forbidden):
    code = "step_up_required"


PROOF_LIFE = timedelta(minutes=5)
"""So long after a proof of identity (a sign-in, or a step-up) its session may do what needs a recent one."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at what anybody may look at: a person, or None for somebody who is not signed in."""

    user: UserId | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking. Passed as an argument, so workers and sockets need no ambient request.

    An API key has no session: it may do what its scopes name, and nothing to the account itself. `proven_at` is when
    the person last showed who they are in this session.
    """

    user: UserId
    session: SessionId | None
    permissions: frozenset[Permission]
    proven_at: datetime | None = None

    def require(self, permission: Permission) -> None:
        if permission not in self.permissions:
            raise MissingPermission(f"needs {permission}", permission=permission)

    def own_session(self) -> SessionId:
        """Raises SessionRequired for an API key."""
        if self.session is None:
            raise SessionRequired("an API key cannot do this; sign in")
        return self.session

    def require_recent_proof(self, now: datetime) -> SessionId:
        """Raises StepUpRequired unless the person showed who they are within PROOF_LIFE."""
        session = self.own_session()
        if self.proven_at is None or now - self.proven_at > PROOF_LIFE:
            raise StepUpRequired(
                "show again who you are (POST /api/v1/auth/step-up), then repeat",
                within_seconds=int(PROOF_LIFE.total_seconds()),
            )
        return session
