"""M3: a hundred checkouts at once over one promo code: as many get it as may, nobody is refused while some is left.

Each makes two orders. Then of every second checkout both expire, of the others one is paid, all told twice at the same
moment, and everybody who has not got the code tries again.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from uuid import uuid4

from marketplace.adapters.bridges.promotions_asks_ordering import PastOrdersOfOrdering
from marketplace.adapters.clock import SystemClock
from marketplace.adapters.ids import TimeOrderedIds
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.promotions.promo_codes import SqlPromoCodes
from marketplace.adapters.sql.promotions.redemptions import SqlRedemptions
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.promotions.discounts import ReserveDiscount, SettleRedemption
from marketplace.domain.promotions.discount import Line, PromoBearer, PromoCodeId, PromoCodeUsedUp
from marketplace.domain.promotions.promo_code import PromoCode
from marketplace.domain.promotions.redemption import RedemptionStatus
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.domain.shared.money import Money

CONNECTIONS = 40
PURCHASE = Line(seller=UserId(uuid4()), amount=Money(850_00, "AED"))
CASES = ((1, 1), (5, 1), (50, 1), (None, 5))
"""The cap of the code, and how often each customer tries; each may use it once."""
_COUNTED = """
SELECT used, (SELECT count(*) FROM promotions.redemptions WHERE code_id = $1 AND status <> 'released') AS live,
    (SELECT sum(used) FROM promotions.customer_uses WHERE code_id = $1) AS by_customers
FROM promotions.promo_codes WHERE id = $1
"""


@dataclass
class Round:
    """One code and those who want it."""

    pool: Pool
    cap: int | None
    customers: Sequence[UserId]
    tries: int
    code: PromoCode = field(init=False)
    orders: dict[UserId, tuple[OrderId, OrderId]] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)

    async def run(self) -> list[str]:
        """The violations."""
        now = SystemClock().now()
        self.code = PromoCode(
            id=PromoCodeId(uuid4()), code=uuid4().hex[:32].upper(), owner=None, bearer=PromoBearer.PLATFORM,
            basis_points=1_500, cap=self.cap, starts_at=now, created_at=now,
        )  # fmt: skip
        transaction = SqlTransaction(self.pool, {})
        async with transaction:
            await SqlPromoCodes(transaction).add(self.code)
        await self._rush("at first")
        await self._orders_end()
        await self._rush("when half of them had expired")
        return self.found

    async def _rush(self, when: str) -> None:
        """Everybody without the code tries at once."""
        wanting = [one for one in self.customers if one not in self.orders]
        most = len(wanting) if self.cap is None else min(self.cap - len(self.orders), len(wanting))
        answers = await asyncio.gather(*(self._checkout(one) for one in wanting for _ in range(self.tries)))
        got = sum(answers)
        counted = await self._counted()
        if got != most or set(counted) != {len(self.orders)}:
            self.found.append(
                f"cap {self.cap}, {when}: {got} of {len(wanting)} got it and {most} should have; "
                f"{len(self.orders)} checkouts have it, counted {counted}"
            )

    async def _checkout(self, customer: UserId) -> bool:
        transaction, orders = SqlTransaction(self.pool, {}), (OrderId(uuid4()), OrderId(uuid4()))
        reserve = ReserveDiscount(
            SqlPromoCodes(transaction), SqlRedemptions(transaction), PastOrdersOfOrdering(transaction), SystemClock(),
            TimeOrderedIds(),
        )  # fmt: skip
        try:
            async with transaction:
                await reserve(self.code.code, customer, [PURCHASE], orders)
        except PromoCodeUsedUp:
            return False
        self.orders[customer] = orders
        return True

    async def _orders_end(self) -> None:
        paid = dict(list(self.orders.items())[1::2])
        redeemed = {first for first, _ in paid.values()}
        told = [
            (order, RedemptionStatus.REDEEMED if order in redeemed else RedemptionStatus.RELEASED)
            for both in self.orders.values()
            for order in both
        ]
        await asyncio.gather(*(self._settle(*one) for one in told * 2))
        self.orders = paid

    async def _settle(self, order: OrderId, to: RedemptionStatus) -> None:
        transaction = SqlTransaction(self.pool, {})
        await SettleRedemption(SqlRedemptions(transaction), transaction)(order, to)

    async def _counted(self) -> tuple[int, ...]:
        """By code, by redemption, by customer."""
        async with self.pool.connection() as connection:
            return tuple(await connection.fetchrow(_COUNTED, self.code.id))


async def promo(dsn: str, rounds: int, at_once: int = 100) -> list[str]:
    """The violations; prints a line of figures. The cases take turns."""
    found: list[str] = []
    seconds: list[float] = []
    pool = Pool(dsn, size=CONNECTIONS, patience=30)
    try:
        for number, (cap, tries) in zip(range(rounds), cycle(CASES), strict=False):
            began = time.perf_counter()
            customers = [UserId(uuid4()) for _ in range(at_once // tries)]
            violated = await Round(pool, cap, customers, tries).run()
            found += [f"round {number}: {one}" for one in violated]
            seconds.append(time.perf_counter() - began)
    finally:
        await pool.close()
    seconds.sort()
    print(
        f"promo: {at_once} checkouts at once over {CONNECTIONS} connections, {rounds} rounds of caps "
        f"{', '.join(str(cap or 'none') for cap, _ in CASES)}: median {seconds[len(seconds) // 2]:.2f} s, longest "
        f"{seconds[-1]:.2f} s; {len(found)} violations"
    )
    return found
