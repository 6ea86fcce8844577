"""Uses of promo codes. The code's row guards what is counted by customer too: who counts holds it, so each step of a
statement feeds the next one."""

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.promotions.ports import Redemptions
from marketplace.domain.promotions.discount import PromoCodeId, PromoCodeUsedUp
from marketplace.domain.promotions.redemption import Redemption, RedemptionStatus
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.domain.shared.money import Money

USES_OF = "SELECT used FROM promotions.customer_uses WHERE code_id = $1 AND customer_id = $2"
LIVE = """
SELECT r.*, (SELECT array_agg(o.order_id ORDER BY o.order_id) FROM promotions.discounted_orders o
             WHERE o.redemption_id = r.id) AS orders
FROM promotions.redemptions r JOIN promotions.discounted_orders live ON live.redemption_id = r.id
WHERE live.order_id = $1 AND live.is_live
"""
TAKE = """
WITH code AS (
    UPDATE promotions.promo_codes SET used = used + 1
    WHERE id = $2 AND (cap IS NULL OR used < cap) AND coalesce((
        SELECT used FROM promotions.customer_uses WHERE code_id = $2 AND customer_id = $3
    ), 0) < $9
    RETURNING id
), customer AS (
    INSERT INTO promotions.customer_uses AS mine (code_id, customer_id, used) SELECT id, $3, 1 FROM code
    ON CONFLICT (code_id, customer_id) DO UPDATE SET used = mine.used + 1
    RETURNING code_id
), taken AS (
    INSERT INTO promotions.redemptions (id, code_id, customer_id, discount_minor, currency, status, created_at)
    SELECT $1, code_id, $3, $5, $6, $7, $8 FROM customer
    RETURNING id
)
INSERT INTO promotions.discounted_orders (redemption_id, order_id) SELECT id, unnest($4::uuid[]) FROM taken
"""
REDEEM = """
UPDATE promotions.redemptions SET status = 'redeemed' FROM promotions.discounted_orders
WHERE order_id = $1 AND is_live AND id = redemption_id AND status = 'reserved'
"""
LOCK = """
SELECT FROM promotions.redemptions r JOIN promotions.discounted_orders o ON o.redemption_id = r.id
WHERE o.order_id = $1 AND o.is_live FOR UPDATE OF r
"""
"""Orders of one use may end at the same moment: the last one gives it back."""
RELEASE = """
WITH ended AS (
    UPDATE promotions.discounted_orders SET is_live = false WHERE order_id = $1 AND is_live RETURNING redemption_id
), released AS (
    UPDATE promotions.redemptions SET status = 'released' FROM ended
    WHERE id = ended.redemption_id AND status <> 'released' AND NOT EXISTS (
        SELECT FROM promotions.discounted_orders o
        WHERE o.redemption_id = redemptions.id AND o.order_id <> $1 AND o.is_live)
    RETURNING code_id, customer_id
), code AS (
    UPDATE promotions.promo_codes SET used = used - 1 FROM released WHERE id = released.code_id
    RETURNING id, released.customer_id
)
UPDATE promotions.customer_uses SET used = used - 1
FROM code WHERE code_id = code.id AND customer_uses.customer_id = code.customer_id
"""


class SqlRedemptions(Redemptions):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def uses_of(self, code_id: PromoCodeId, customer: UserId) -> int:
        return await self._transaction.connection.fetchval(USES_OF, code_id, customer) or 0

    async def live(self, order_id: OrderId) -> Redemption | None:
        row = await self._transaction.connection.fetchrow(LIVE, order_id)
        return row and Redemption(
            id=row["id"], code_id=row["code_id"], customer=row["customer_id"], orders=tuple(row["orders"]),
            discount=Money(row["discount_minor"], row["currency"]), status=RedemptionStatus(row["status"]),
            created_at=row["created_at"],
        )  # fmt: skip

    async def take(self, redemption: Redemption, *, per_customer: int) -> None:
        one = redemption
        taken = await self._transaction.connection.execute(
            TAKE, one.id, one.code_id, one.customer, one.orders, one.discount.minor, one.discount.currency,
            one.status.value, one.created_at, per_customer,
        )  # fmt: skip
        if taken == "INSERT 0 0":
            raise PromoCodeUsedUp("this promo code is used up, or you have used it already")

    async def redeem(self, order_id: OrderId) -> None:
        await self._transaction.connection.execute(REDEEM, order_id)

    async def release(self, order_id: OrderId) -> None:
        await self._transaction.connection.execute(LOCK, order_id)
        await self._transaction.connection.execute(RELEASE, order_id)
