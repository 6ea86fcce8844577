from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from marketplace.adapters.sql.payments.stripe_tables import stripe_intents
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.domain.shared.ids import PaymentId

_one = stripe_intents.c.payment_id == bindparam("of_payment")

_CLAIM = Statement(
    insert(stripe_intents)
    .values(payment_id=bindparam("of_payment"))
    .on_conflict_do_nothing(index_elements=[stripe_intents.c.payment_id])
)
_KEEP = Statement(
    update(stripe_intents).where(_one, stripe_intents.c.is_closed.is_(False)).values(intent_id=bindparam("intent"))
)
_CLOSE = Statement(
    insert(stripe_intents)
    .values(payment_id=bindparam("of_payment"), is_closed=True)
    .on_conflict_do_update(
        index_elements=[stripe_intents.c.payment_id], set_={"is_closed": stripe_intents.c.intent_id.is_(None)}
    )
    .returning(stripe_intents.c.intent_id)
)
_OF = Statement(select(stripe_intents.c.intent_id, stripe_intents.c.is_closed).where(_one))
_PAYMENT = Statement(select(stripe_intents.c.payment_id).where(stripe_intents.c.intent_id == bindparam("intent")))


class StripeIntents:
    """Which PaymentIntent stands for a payment. Each call is a commit of its own, as the provider's books are."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def claim(self, payment_id: PaymentId) -> bool:
        """Whether this is the first to charge it."""
        async with self._pool.connection() as connection:
            return bool(await _CLAIM.run(connection, of_payment=payment_id))

    async def keep(self, payment_id: PaymentId, intent_id: str) -> bool:
        """From now on this one may be confirmed; False when the payment was closed meanwhile."""
        async with self._pool.connection() as connection:
            return bool(await _KEEP.run(connection, of_payment=payment_id, intent=intent_id))

    async def close(self, payment_id: PaymentId) -> str | None:
        """The intent that may have been confirmed; None when there is none and never will be."""
        async with self._pool.connection() as connection:
            found = await _CLOSE.value(connection, of_payment=payment_id)
            return None if found is None else str(found)

    async def of(self, payment_id: PaymentId) -> tuple[str | None, bool]:
        """The intent, and whether the payment is closed."""
        async with self._pool.connection() as connection:
            row = await _OF.one(connection, of_payment=payment_id)
        return (row["intent_id"], row["is_closed"]) if row else (None, False)

    async def payment_of(self, intent_id: str) -> PaymentId | None:
        async with self._pool.connection() as connection:
            found = await _PAYMENT.one(connection, intent=intent_id)
        return found and PaymentId(found["payment_id"])
