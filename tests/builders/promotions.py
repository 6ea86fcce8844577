"""Promo codes and purchases that are valid unless a test says otherwise."""

from typing import Any

from marketplace.domain.promotions.discount import Line, PromoBearer, PromoCodeId
from marketplace.domain.promotions.promo_code import PromoCode
from marketplace.domain.promotions.redemption import Redemption, RedemptionId
from marketplace.domain.shared.ids import OrderId, UserId
from tests.builders.commerce import NOON, a_user_id, aed, new_id


def a_code_text() -> str:
    """That no other test uses."""
    return f"T-{new_id().hex[-28:]}".upper()


def a_promo_code(**changes: Any) -> PromoCode:
    """Of the platform: 15 % off anything, once for each customer."""
    given: dict[str, Any] = {
        "id": PromoCodeId(new_id()), "code": a_code_text(), "owner": None, "bearer": PromoBearer.PLATFORM,
        "starts_at": NOON, "created_at": NOON,
    }  # fmt: skip
    if "amount" not in changes:
        given["basis_points"] = 1_500
    return PromoCode(**{**given, **changes})


def a_line(amount: int = 850, seller: UserId | None = None, **changes: Any) -> Line:
    """A camera of the community channel; `amount` in whole dirhams."""
    given: dict[str, Any] = {
        "channel": "community", "categories": frozenset({"cameras", "electronics"}), "listing": new_id(),
    }  # fmt: skip
    return Line(seller=seller or a_user_id(), amount=aed(amount), **{**given, **changes})


def a_redemption(code: PromoCode, customer: UserId | None = None, *orders: OrderId) -> Redemption:
    return Redemption(
        id=RedemptionId(new_id()), code_id=code.id, customer=customer or a_user_id(),
        orders=tuple(sorted(orders or [OrderId(new_id())])), discount=aed(100), created_at=NOON,
    )  # fmt: skip
