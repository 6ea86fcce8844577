from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from marketplace.application.promotions.views import PromoCodeView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.promotions.discount import Line, PromoCodeId
from marketplace.domain.promotions.promo_code import PromoCode
from marketplace.domain.promotions.redemption import Redemption
from marketplace.domain.shared.ids import OrderId, UserId


class PromoCodes(Protocol):
    """Every promo code. Of those that are active no two have the same text; saving ships the events.

    A code is locked after the order it is for and before that order's payment. Saving leaves `used` as it is: only
    Redemptions change it.
    """

    async def add(self, code: PromoCode) -> None:
        """Raises PromoCodeTaken."""
        ...

    async def locked(self, code_id: PromoCodeId) -> PromoCode:
        """Until the transaction ends; raises PromoCodeNotFound."""
        ...

    async def save(self, code: PromoCode) -> None:
        """One that is locked; raises PromoCodeTaken."""
        ...

    async def active(self, code: str) -> PromoCode:
        """As it stands, not locked; raises PromoCodeUnknown."""
        ...

    async def active_locked(self, code: str) -> PromoCode:
        """Until the transaction ends; waits for whoever is using it; raises PromoCodeUnknown."""
        ...


class Redemptions(Protocol):
    """Uses of promo codes, counted for each code and for each customer of it."""

    async def uses_of(self, code_id: PromoCodeId, customer: UserId) -> int: ...

    async def live(self, order_id: OrderId) -> Redemption | None:
        """What is reserved or redeemed for it."""
        ...

    async def take(self, redemption: Redemption, *, per_customer: int) -> None:
        """Of a code that is locked; raises PromoCodeUsedUp."""
        ...

    async def redeem(self, order_id: OrderId) -> None:
        """If it is reserved for this order, among others perhaps."""
        ...

    async def release(self, order_id: OrderId) -> None:
        """The order came to nothing: the last one of a use gives that back, once."""
        ...


class Shelf(Protocol):
    """Asked of catalog."""

    async def lines(self, actor: Actor, listings: Collection[UUID]) -> Sequence[Line]:
        """One for each, at its price; raises ListingNotFound for one that is not for sale to this actor."""
        ...


class PastOrders(Protocol):
    """Asked of ordering, inside the running transaction."""

    async def any_of(self, customer: UserId, but: Collection[OrderId] = ()) -> bool:
        """Whether the customer has an order, other than these, that has not come to nothing."""
        ...


class PromoCodeQueries(Protocol):
    async def codes(self, actor: Actor, *, after: PromoCodeId | None, skip: int, limit: int) -> Slice[PromoCodeView]:
        """One's own, everybody's for who manages promotions; newest first."""
        ...
