"""The fakes of the unit tests and the SQL adapters of promo codes keep one contract."""

from dataclasses import asdict, dataclass, replace
from datetime import timedelta

import pytest

from marketplace.adapters.bridges.promotions_asks_ordering import PastOrdersOfOrdering
from marketplace.adapters.sql.ordering.orders import SqlOrders
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.promotions.promo_codes import SqlPromoCodes
from marketplace.adapters.sql.promotions.redemptions import SqlRedemptions
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.ports import Orders
from marketplace.application.promotions.ports import PastOrders, PromoCodes, Redemptions
from marketplace.application.shared.ports import Transaction
from marketplace.domain.ordering.moves import OrderStatus
from marketplace.domain.promotions.discount import PromoBearer, PromoCodeId, PromoCodeUnknown, PromoCodeUsedUp
from marketplace.domain.promotions.promo_code import PromoChannel, PromoCode, PromoCodeNotFound, PromoCodeTaken
from marketplace.domain.promotions.redemption import Redemption, RedemptionStatus
from marketplace.domain.shared.ids import OrderId
from tests.builders.commerce import NOON, a_placed_order, a_user_id, aed, new_id
from tests.builders.promotions import a_code_text, a_promo_code, a_redemption
from tests.fakes.promotions import MemoryPastOrders, MemoryPromoCodes, MemoryRedemptions
from tests.fakes.world import MemoryOrders, MemoryTransaction


@dataclass
class Shop:
    transaction: Transaction
    codes: PromoCodes
    redemptions: Redemptions
    orders: Orders
    past: PastOrders

    async def add(self, code: PromoCode) -> PromoCode:
        async with self.transaction:
            await self.codes.add(code)
        return code

    async def save(self, code: PromoCode) -> None:
        async with self.transaction:
            await self.codes.save(code)

    async def locked(self, code: PromoCode) -> PromoCode:
        async with self.transaction:
            return await self.codes.locked(code.id)

    async def take(self, code: PromoCode, redemption: Redemption) -> Redemption:
        async with self.transaction:
            await self.codes.active_locked(code.code)
            await self.redemptions.take(redemption, per_customer=code.per_customer)
        return redemption

    async def live(self, order_id: OrderId) -> Redemption | None:
        async with self.transaction:
            return await self.redemptions.live(order_id)

    async def redeem(self, order_id: OrderId) -> None:
        async with self.transaction:
            await self.redemptions.redeem(order_id)

    async def release(self, order_id: OrderId) -> None:
        async with self.transaction:
            await self.redemptions.release(order_id)


class PromotionsContract:
    async def test_a_code_comes_back_as_it_was_added_and_as_it_was_saved(self, shop: Shop) -> None:
        owner = a_user_id()
        code = await shop.add(
            a_promo_code(
                owner=owner, bearer=PromoBearer.SELLER, maximum=aed(100), minimum=aed(5), first_order_only=True,
                channels=frozenset({PromoChannel.DESK, PromoChannel.COMMUNITY}),
                categories=frozenset({"books", "toys"}), listings=frozenset({new_id(), new_id()}), cap=3,
                per_customer=2, ends_at=NOON + timedelta(days=1),
            )
        )  # fmt: skip
        loaded = await shop.locked(code)
        assert asdict(loaded) == asdict(code)
        loaded.revise(
            owner, NOON, cap=None, per_customer=9, basis_points=None, amount=aed(1), maximum=None, minimum=None,
            first_order_only=False, channels=frozenset(), categories=frozenset(), listings=frozenset(),
            starts_at=NOON - timedelta(days=1), ends_at=None,
        )  # fmt: skip
        await shop.save(loaded)
        again = await shop.locked(code)
        assert asdict(again) == asdict(loaded)
        async with shop.transaction:
            assert asdict(await shop.codes.active(code.code)) == asdict(again)
            assert asdict(await shop.codes.active_locked(code.code)) == asdict(again)

    async def test_only_active_codes_are_known_by_their_text_and_it_is_theirs_alone(self, shop: Shop) -> None:
        code = await shop.add(a_promo_code())
        with pytest.raises(PromoCodeTaken):
            await shop.add(a_promo_code(code=code.code))
        code.revise(a_user_id(), NOON, is_active=False)
        await shop.save(code)
        for text in (code.code, a_code_text()):
            for read in (shop.codes.active, shop.codes.active_locked):
                with pytest.raises(PromoCodeUnknown):
                    async with shop.transaction:
                        await read(text)
        await shop.add(a_promo_code(code=code.code))
        code.revise(a_user_id(), NOON, is_active=True)
        with pytest.raises(PromoCodeTaken):
            await shop.save(code)
        with pytest.raises(PromoCodeNotFound):
            await shop.locked(replace(code, id=PromoCodeId(new_id())))

    async def test_uses_are_counted_up_to_the_cap_and_saving_does_not_touch_them(self, shop: Shop) -> None:
        code = await shop.add(a_promo_code(cap=2))
        first = await shop.take(code, a_redemption(code))
        code.revise(a_user_id(), NOON, ends_at=NOON + timedelta(days=1))
        await shop.save(code)
        await shop.take(code, a_redemption(code))
        refused = a_redemption(code)
        with pytest.raises(PromoCodeUsedUp):
            await shop.take(code, refused)
        assert (await shop.locked(code)).used == 2
        assert (await shop.live(first.orders[0]), await shop.live(refused.orders[0])) == (first, None)

    async def test_each_customer_has_so_many_uses_and_a_refused_one_costs_nothing(self, shop: Shop) -> None:
        code, customer = await shop.add(a_promo_code(cap=9, per_customer=2)), a_user_id()
        for _ in range(2):
            await shop.take(code, a_redemption(code, customer))
        async with shop.transaction:
            await shop.codes.active_locked(code.code)
            with pytest.raises(PromoCodeUsedUp):
                await shop.redemptions.take(a_redemption(code, customer), per_customer=2)
            assert await shop.redemptions.uses_of(code.id, customer) == 2
            assert await shop.redemptions.uses_of(code.id, a_user_id()) == 0
        assert (await shop.locked(code)).used == 2
        await shop.take(code, a_redemption(code))

    async def test_a_use_is_redeemed_once_and_given_back_once(self, shop: Shop) -> None:
        code, customer = await shop.add(a_promo_code(cap=1)), a_user_id()
        taken = await shop.take(code, a_redemption(code, customer))
        (order,) = taken.orders
        for _ in range(2):
            await shop.redeem(order)
        assert await shop.live(order) == replace(taken, status=RedemptionStatus.REDEEMED)
        for _ in range(2):
            await shop.release(order)
        await shop.redeem(order)
        assert await shop.live(order) is None
        assert (await shop.locked(code)).used == 0
        await shop.take(code, a_redemption(code, customer, order))
        await shop.release(order)
        assert (await shop.locked(code)).used == 0

    async def test_the_last_order_of_a_checkout_gives_the_use_back(self, shop: Shop) -> None:
        code, first, second = await shop.add(a_promo_code(cap=1)), OrderId(new_id()), OrderId(new_id())
        taken = await shop.take(code, a_redemption(code, None, first, second))
        await shop.release(first)
        assert (await shop.live(first), await shop.live(second)) == (None, taken)
        await shop.redeem(first)
        await shop.redeem(second)
        assert await shop.live(second) == replace(taken, status=RedemptionStatus.REDEEMED)
        assert (await shop.locked(code)).used == 1
        await shop.release(second)
        assert (await shop.live(second), (await shop.locked(code)).used) == (None, 0)

    async def test_what_was_never_reserved_is_settled_without_effect(self, shop: Shop) -> None:
        code = await shop.add(a_promo_code())
        await shop.redeem(OrderId(new_id()))
        await shop.release(OrderId(new_id()))
        assert (await shop.locked(code)).used == 0

    async def test_orders_that_came_to_nothing_are_none(self, shop: Shop) -> None:
        buyer = a_user_id()
        order = a_placed_order(buyer=buyer)
        async with shop.transaction:
            await shop.orders.add(order)
            assert await shop.past.any_of(buyer)
            assert not await shop.past.any_of(buyer, but=[order.id])
            assert not await shop.past.any_of(order.seller)
            order.status = OrderStatus.EXPIRED
            await shop.orders.save(order)
            assert not await shop.past.any_of(buyer)


class TestMemoryPromotions(PromotionsContract):
    @pytest.fixture
    def shop(self) -> Shop:
        block = MemoryTransaction()
        redemptions, past = MemoryRedemptions(block), MemoryPastOrders(block)
        return Shop(block, MemoryPromoCodes(block), redemptions, MemoryOrders(block), past)


class TestSqlPromotions(PromotionsContract):
    @pytest.fixture
    def shop(self, pool: Pool) -> Shop:
        block = SqlTransaction(pool, {})
        redemptions, past = SqlRedemptions(block), PastOrdersOfOrdering(block)
        return Shop(block, SqlPromoCodes(block), redemptions, SqlOrders(block), past)
