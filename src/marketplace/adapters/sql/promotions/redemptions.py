"""Uses of promo codes. The code's row guards what is counted by customer too: who counts holds it, so each step of a
statement feeds the next one."""

from uuid import UUID

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.promotions.ports import Redemptions
from marketplace.domain.promotions.discount import PromoCodeId, PromoCodeUsedUp
from marketplace.domain.promotions.redemption import Redemption, RedemptionStatus
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money

USES_OF = "SELECT used FROM promotions.customer_uses WHERE code_id = $1 AND customer_id = $2"
LIVE = "SELECT * FROM promotions.redemptions WHERE reference = $1 AND status <> 'released'"
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
)
INSERT INTO promotions.redemptions (id, code_id, customer_id, reference, discount_minor, currency, status, created_at)
SELECT $1, code_id, $3, $4, $5, $6, $7, $8 FROM customer
"""
REDEEM = """
UPDATE promotions.redemptions SET status = 'redeemed'
WHERE reference = $1 AND status <> 'released' AND status = 'reserved'
"""
"""Not released, as the index on `reference` says it."""
RELEASE = """
WITH released AS (
    UPDATE promotions.redemptions SET status = 'released' WHERE reference = $1 AND status <> 'released'
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

    async def live(self, reference: UUID) -> Redemption | None:
        row = await self._transaction.connection.fetchrow(LIVE, reference)
        return row and Redemption(
            id=row["id"], code_id=row["code_id"], customer=row["customer_id"], reference=row["reference"],
            discount=Money(row["discount_minor"], row["currency"]), status=RedemptionStatus(row["status"]),
            created_at=row["created_at"],
        )  # fmt: skip

    async def take(self, redemption: Redemption, *, per_customer: int) -> None:
        one = redemption
        taken = await self._transaction.connection.execute(
            TAKE, one.id, one.code_id, one.customer, one.reference, one.discount.minor, one.discount.currency,
            one.status.value, one.created_at, per_customer,
        )  # fmt: skip
        if taken != "INSERT 0 1":
            raise PromoCodeUsedUp("this promo code is used up, or you have used it already")

    async def redeem(self, reference: UUID) -> None:
        await self._transaction.connection.execute(REDEEM, reference)

    async def release(self, reference: UUID) -> None:
        await self._transaction.connection.execute(RELEASE, reference)
