"""Promo codes on fakes: who makes and changes them, what customers are told, and uses that come back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.application.promotions.codes import (
    AddPromoCode,
    DeactivatePromoCode,
    PromoCodeDraft,
    RevisePromoCode,
)
from marketplace.application.promotions.discounts import ReserveDiscount, SettleRedemption, ValidatePromoCode
from marketplace.application.promotions.views import PromoCodeView
from marketplace.application.shared.actor import Actor, MissingPermission, Permission
from marketplace.domain.catalog.listing import ListingNotFound
from marketplace.domain.promotions.discount import (
    Discount,
    Line,
    PromoBearer,
    PromoCodeApplied,
    PromoCodeExpired,
    PromoCodeNotForThis,
    PromoCodeUnknown,
    PromoCodeUsedUp,
)
from marketplace.domain.promotions.promo_code import (
    InvalidPromoCode,
    PromoCode,
    PromoCodeChanged,
    PromoCodeCreated,
    PromoCodeInUse,
    PromoCodeNotFound,
    PromoCodeTaken,
)
from marketplace.domain.promotions.redemption import RedemptionStatus
from marketplace.domain.shared.ids import OrderId, UserId
from tests.builders.commerce import NOON, a_placed_order, a_user_id, aed, an_actor, new_id
from tests.builders.promotions import a_line, a_promo_code
from tests.fakes.promotions import MemoryPastOrders, MemoryPromoCodes, MemoryRedemptions, MemoryShelf
from tests.fakes.world import FixedClock, MemoryTransaction, SequentialIds

SELLER = an_actor(None, Permission.LIST_ITEMS)
OTHER = an_actor(None, Permission.LIST_ITEMS)
ADMIN = an_actor(None, Permission.MANAGE_PROMOTIONS)
CUSTOMER = an_actor(None, Permission.MAKE_OFFERS)
DRAFT = PromoCodeDraft(code=" summer-15 ", basis_points=1_500, cap=2)


@dataclass
class Shop:
    transaction: MemoryTransaction = field(default_factory=MemoryTransaction)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    shelf: MemoryShelf = field(default_factory=MemoryShelf)

    def __post_init__(self) -> None:
        block, ids, clock = self.transaction, SequentialIds(), self.clock
        codes, redemptions, orders = MemoryPromoCodes(block), MemoryRedemptions(block), MemoryPastOrders(block)
        self.add = AddPromoCode(codes, block, clock, ids)
        self.revise = RevisePromoCode(codes, block, clock)
        self.deactivate = DeactivatePromoCode(codes, block, clock)
        self.validate = ValidatePromoCode(codes, redemptions, orders, self.shelf, block, clock)
        self.settle = SettleRedemption(redemptions, block)
        self._reserve = ReserveDiscount(codes, redemptions, orders, clock, ids)

    async def reserve(
        self, code: str, *lines: Line, customer: UserId = CUSTOMER.user, order: OrderId | None = None
    ) -> Discount:
        async with self.transaction:
            return await self._reserve(code, customer, lines or [a_line(850)], [order or OrderId(new_id())])

    def stored(self, view: PromoCodeView) -> PromoCode:
        return self.transaction.rows.promo_codes[view.id]

    def put(self, code: PromoCode) -> PromoCode:
        self.transaction.rows.promo_codes[code.id] = code
        return code


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def test_a_seller_makes_codes_for_the_own_listings_and_pays_for_them(shop: Shop) -> None:
    view = await shop.add(SELLER, DRAFT)
    assert (view.code, view.owner_id, view.bearer, view.starts_at) == (
        "SUMMER-15",
        SELLER.user,
        PromoBearer.SELLER,
        NOON,
    )
    assert (view.kind, view.used, view.remaining, view.per_customer) == ("percentage", 0, 2, 1)
    (event,) = shop.transaction.rows.events
    assert event == PromoCodeCreated(
        occurred_at=NOON, code_id=view.id, owner=SELLER.user, bearer=PromoBearer.SELLER, is_active=True, by=SELLER.user
    )
    with pytest.raises(InvalidPromoCode):
        await shop.add(SELLER, PromoCodeDraft(code="FREE", basis_points=100, bearer=PromoBearer.PLATFORM))


async def test_who_manages_promotions_makes_codes_of_the_platform(shop: Shop) -> None:
    view = await shop.add(ADMIN, DRAFT)
    assert (view.owner_id, view.bearer) == (None, PromoBearer.PLATFORM)
    paid_by_sellers = await shop.add(ADMIN, PromoCodeDraft(code="FREE", amount=aed(5), bearer=PromoBearer.SELLER))
    assert (paid_by_sellers.owner_id, paid_by_sellers.bearer) == (None, PromoBearer.SELLER)


async def test_who_sells_nothing_makes_changes_and_ends_no_codes(shop: Shop) -> None:
    code = shop.put(a_promo_code(owner=CUSTOMER.user, bearer=PromoBearer.SELLER))
    for refused in (
        shop.add(CUSTOMER, DRAFT), shop.revise(CUSTOMER, code.id, {"cap": 1}), shop.deactivate(CUSTOMER, code.id),
    ):  # fmt: skip
        with pytest.raises(MissingPermission):
            await refused
    assert shop.transaction.rows.promo_codes == {code.id: code}


async def test_of_active_codes_no_two_are_the_same_whatever_the_case(shop: Shop) -> None:
    first = await shop.add(SELLER, DRAFT)
    with pytest.raises(PromoCodeTaken):
        await shop.add(OTHER, PromoCodeDraft(code="Summer-15", basis_points=1))
    await shop.deactivate(SELLER, first.id)
    await shop.add(OTHER, PromoCodeDraft(code="Summer-15", basis_points=1))
    with pytest.raises(PromoCodeTaken):
        await shop.revise(SELLER, first.id, {"is_active": True})


@pytest.mark.parametrize(
    ("changes", "field_"),
    [
        ({"code": "A"}, "code"),
        ({"code": "ÄÖÜ"}, "code"),
        ({"amount": aed(5)}, "amount"),
        ({"basis_points": None}, "amount"),
        ({"basis_points": 0}, "basis_points"),
        ({"basis_points": 10_001}, "basis_points"),
        ({"basis_points": None, "amount": aed(5), "maximum": aed(5)}, "maximum_discount"),
        ({"cap": 0}, "cap"),
        ({"per_customer": 0}, "per_customer"),
        ({"starts_at": NOON, "ends_at": NOON}, "ends_at"),
        ({"categories": tuple(map(str, range(21)))}, "categories"),
        ({"listings": tuple(new_id() for _ in range(101))}, "product_ids"),
    ],
)
async def test_a_code_that_makes_no_sense_is_refused(shop: Shop, changes: Mapping[str, Any], field_: str) -> None:
    with pytest.raises(InvalidPromoCode) as refused:
        await shop.add(SELLER, PromoCodeDraft(**{"code": "SUMMER", "basis_points": 100, **changes}))
    assert refused.value.field == field_
    assert shop.transaction.rows.promo_codes == {}


async def test_amounts_of_two_currencies_are_refused(shop: Shop) -> None:
    dollars = aed(5).__class__(500, "USD")
    with pytest.raises(InvalidPromoCode):
        await shop.add(SELLER, PromoCodeDraft(code="SUMMER", amount=dollars, minimum=aed(5)))


async def test_a_code_that_nobody_used_may_change_and_one_in_use_only_its_bounds(shop: Shop) -> None:
    view = await shop.add(SELLER, DRAFT)
    revised = await shop.revise(SELLER, view.id, {"basis_points": None, "amount": aed(20), "cap": 3})
    assert (revised.kind, revised.amount, revised.cap) == ("amount", aed(20).decimal, 3)
    await shop.reserve("SUMMER-15", a_line(850, SELLER.user))
    with pytest.raises(PromoCodeInUse):
        await shop.revise(SELLER, view.id, {"amount": aed(1)})
    with pytest.raises(InvalidPromoCode):
        await shop.revise(SELLER, view.id, {"cap": 0})
    bounds = {"cap": 1, "per_customer": 5, "ends_at": NOON + timedelta(days=1), "is_active": False}
    revised = await shop.revise(SELLER, view.id, bounds)
    assert (revised.used, revised.remaining, revised.is_active) == (1, 0, False)
    assert isinstance(shop.transaction.rows.events[-1], PromoCodeChanged)


async def test_the_codes_of_others_are_not_found_but_by_who_manages_promotions(shop: Shop) -> None:
    view = await shop.add(SELLER, DRAFT)
    for refused in (shop.revise(OTHER, view.id, {"cap": 9}), shop.deactivate(OTHER, view.id)):
        with pytest.raises(PromoCodeNotFound):
            await refused
    assert (shop.stored(view).cap, shop.stored(view).is_active) == (2, True)
    await shop.deactivate(ADMIN, view.id)
    await shop.deactivate(ADMIN, view.id)
    assert not shop.stored(view).is_active
    assert sum(isinstance(one, PromoCodeChanged) for one in shop.transaction.rows.events) == 1


async def test_a_use_is_reserved_once_for_an_order_whatever_becomes_of_the_code_since(shop: Shop) -> None:
    view, order, line = await shop.add(SELLER, DRAFT), OrderId(new_id()), a_line(850, SELLER.user)
    discount = await shop.reserve("summer-15", line, order=order)
    assert (discount.amount, discount.bearer) == (aed("127.5"), PromoBearer.SELLER)
    await shop.deactivate(SELLER, view.id)
    assert await shop.reserve("SUMMER-15", line, order=order) == discount
    assert shop.stored(view).used == 1
    with pytest.raises(PromoCodeApplied):
        await shop.reserve("ANOTHER", line, order=order)


async def test_caps_refuse_and_a_release_gives_the_use_back_once(shop: Shop) -> None:
    view, order = await shop.add(ADMIN, DRAFT), OrderId(new_id())
    await shop.reserve("SUMMER-15", order=order)
    with pytest.raises(PromoCodeUsedUp):
        await shop.reserve("SUMMER-15")
    await shop.reserve("SUMMER-15", customer=a_user_id())
    with pytest.raises(PromoCodeUsedUp):
        await shop.reserve("SUMMER-15", customer=a_user_id())
    for _ in range(2):
        await shop.settle(order, RedemptionStatus.RELEASED)
    assert shop.stored(view).used == 1
    await shop.settle(order, RedemptionStatus.REDEEMED)
    again = OrderId(new_id())
    await shop.reserve("SUMMER-15", order=again)
    for _ in range(2):
        await shop.settle(again, RedemptionStatus.REDEEMED)
    statuses = sorted(one.status for one in shop.transaction.rows.redemptions.values())
    assert (shop.stored(view).used, statuses) == (2, ["redeemed", "released", "reserved"])


async def test_a_first_order_is_one_beside_which_there_is_none(shop: Shop) -> None:
    await shop.add(ADMIN, PromoCodeDraft(code="WELCOME", basis_points=1_000, first_order_only=True))
    order = a_placed_order(buyer=CUSTOMER.user)
    shop.transaction.rows.orders[order.id] = order
    await shop.reserve("WELCOME", order=order.id)
    await shop.settle(order.id, RedemptionStatus.RELEASED)
    with pytest.raises(PromoCodeNotForThis):
        await shop.reserve("WELCOME")
    with pytest.raises(PromoCodeNotForThis):
        await shop.validate.sum(CUSTOMER, "WELCOME", a_line(850))


async def test_a_trial_tells_what_a_code_gives_and_reserves_nothing(shop: Shop) -> None:
    camera, lens = a_line(850), a_line(150)
    shop.shelf.for_sale = {one.listing: one for one in (camera, lens)}
    view = await shop.add(ADMIN, DRAFT)
    assert camera.listing
    assert lens.listing
    told = await shop.validate.products(CUSTOMER, "summer-15", [lens.listing, camera.listing])
    assert [told.amount, told.discount, told.total] == [Decimal(1000), Decimal(150), Decimal(850)]
    assert [(one.product_id, one.discount) for one in told.lines] == [
        (lens.listing, aed("22.5").decimal), (camera.listing, aed("127.5").decimal),
    ]  # fmt: skip
    assert shop.stored(view).used == 0
    for wrong, error in (([new_id()], ListingNotFound), ([], InvalidPromoCode), ([lens.listing] * 2, InvalidPromoCode)):
        with pytest.raises(error):
            await shop.validate.products(CUSTOMER, "summer-15", wrong)


async def test_a_trial_tells_the_reason_and_the_same_for_all_that_one_may_not_know(shop: Shop) -> None:
    async def told(by: Actor, code: str) -> str:
        with pytest.raises((PromoCodeUnknown, PromoCodeUsedUp, PromoCodeExpired)) as refused:
            await shop.validate.sum(by, code, a_line(850))
        return f"{refused.value.code}: {refused.value.detail}"

    await shop.add(SELLER, PromoCodeDraft(code="FOREIGN", basis_points=100))
    await shop.add(ADMIN, PromoCodeDraft(code="LATER", basis_points=100, starts_at=NOON + timedelta(days=1)))
    await shop.deactivate(ADMIN, (await shop.add(ADMIN, PromoCodeDraft(code="ENDED", basis_points=100))).id)
    secret = {await told(CUSTOMER, code) for code in ("NOBODYS", "FOREIGN", "LATER", "ENDED", "$$$")}
    assert secret == {"promo_code_unknown: no such promo code"}
    await shop.add(ADMIN, PromoCodeDraft(code="ONCE", basis_points=100, ends_at=NOON + timedelta(days=1)))
    await shop.reserve("ONCE")
    assert (await told(CUSTOMER, "ONCE")).startswith("promo_code_used_up: ")
    shop.clock.advance(timedelta(days=1))
    assert (await told(OTHER, "ONCE")).startswith("promo_code_expired: ")
