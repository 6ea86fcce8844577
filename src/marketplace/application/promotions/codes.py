"""What sellers do with their promo codes, and administrators with those of the platform."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.application.promotions.ports import PromoCodes
from marketplace.application.promotions.views import PromoCodeView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.promotions.discount import PromoBearer, PromoCodeId
from marketplace.domain.promotions.promo_code import PromoChannel, PromoCode, PromoCodeNotFound, plain_code
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoCodeDraft:
    """Without a bearer: whoever makes it. It begins at once unless it says when."""

    code: str
    bearer: PromoBearer | None = None
    basis_points: int | None = None
    amount: Money | None = None
    maximum: Money | None = None
    minimum: Money | None = None
    first_order_only: bool = False
    channels: Collection[PromoChannel] = ()
    categories: Collection[str] = ()
    listings: Collection[UUID] = ()
    cap: int | None = None
    per_customer: int = 1
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AddPromoCode:
    codes: PromoCodes
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, draft: PromoCodeDraft) -> PromoCodeView:
        """Who manages promotions makes codes of the platform, a seller codes for the own listings."""
        is_ours = manages_all(actor)
        now = self.clock.now()
        code = PromoCode(
            id=PromoCodeId(self.ids.new()), code=plain_code(draft.code), owner=None if is_ours else actor.user,
            bearer=draft.bearer or (PromoBearer.PLATFORM if is_ours else PromoBearer.SELLER),
            basis_points=draft.basis_points,
            amount=draft.amount, maximum=draft.maximum, minimum=draft.minimum, first_order_only=draft.first_order_only,
            channels=frozenset(draft.channels), categories=frozenset(draft.categories),
            listings=frozenset(draft.listings), cap=draft.cap, per_customer=draft.per_customer,
            starts_at=draft.starts_at or now, ends_at=draft.ends_at, created_at=now,
        )  # fmt: skip
        code.record_creation(actor.user)
        async with self.transaction:
            await self.codes.add(code)
            return self.transaction.answers(PromoCodeView.of(code))


@dataclass(frozen=True, slots=True)
class RevisePromoCode:
    codes: PromoCodes
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, code_id: PromoCodeId, changes: Mapping[str, Any]) -> PromoCodeView:
        """`changes` by the names of its fields."""
        is_any = manages_all(actor)
        async with self.transaction:
            code = await _touchable(self.codes, actor.user, code_id, is_any=is_any)
            code.revise(actor.user, self.clock.now(), **changes)
            await self.codes.save(code)
            return self.transaction.answers(PromoCodeView.of(code))


@dataclass(frozen=True, slots=True)
class DeactivatePromoCode:
    codes: PromoCodes
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, code_id: PromoCodeId) -> None:
        """Nobody uses it from now on; who has it on an order keeps the discount. Done also where it was so already."""
        is_any = manages_all(actor)
        async with self.transaction:
            code = await _touchable(self.codes, actor.user, code_id, is_any=is_any)
            if code.is_active:
                code.revise(actor.user, self.clock.now(), is_active=False)
                await self.codes.save(code)


def manages_all(actor: Actor) -> bool:
    """Those of the platform and of everybody, or one's own only; raises MissingPermission."""
    if Permission.MANAGE_PROMOTIONS in actor.permissions:
        return True
    actor.require(Permission.LIST_ITEMS)
    return False


async def _touchable(codes: PromoCodes, user: UserId, code_id: PromoCodeId, *, is_any: bool) -> PromoCode:
    """Locked."""
    code = await codes.locked(code_id)
    if code.owner != user and not is_any:
        raise PromoCodeNotFound
    return code
