"""What happened to the three accounts of a seller in the ledger: the base of statements and analytics.

Ledger transactions have time-ordered ids (UUIDv7), so a span of time is a range of the index on account and id.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from marketplace.domain.payments.ledger import Account, AccountKind
from marketplace.domain.shared.ids import UserId

SELLER_ACCOUNTS = (AccountKind.SELLER_PENDING, AccountKind.SELLER_PAYABLE, AccountKind.SELLER_RECEIVABLE)


def accounts_of(owner: UserId, currency: str) -> list[UUID]:
    """Held, settled, owed, and ours of the fees."""
    own = [Account(kind, currency, owner).id for kind in SELLER_ACCOUNTS]
    return [*own, Account(AccountKind.PLATFORM_FEES, currency).id]


def first_id(at: datetime) -> UUID:
    """Before every id that was made from then on, behind all earlier ones."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def movements(limit: str = "") -> str:
    """$1 to $4 the accounts, $5 and $6 the ids between which it lies; `limit`, such as "LIMIT $7", cuts it short.

    A row for each transaction; debits are positive. What belongs to it is looked up row by row: a join of the planner's
    choice would read the whole ledger.
    """
    branches = " UNION ALL ".join(
        f"(SELECT transaction_id, {place} AS place, minor FROM payments.ledger_entries"  # noqa: S608 - our own words
        f" WHERE account_id = ${place} AND transaction_id > $5 AND transaction_id < $6"
        f" {'ORDER BY transaction_id ' + limit if limit else ''})"
        for place in (1, 2, 3)
    )
    sums = ", ".join(
        f"coalesce(sum(minor) FILTER (WHERE place = {place}), 0)::bigint AS {name}_minor"
        for place, name in ((1, "held"), (2, "settled"), (3, "owed"))
    )
    return f"""
SELECT moved.*, t.kind, t.posted_at, t.about_id, coalesce(fee.minor, 0) AS fee_minor
FROM (
    SELECT transaction_id, {sums} FROM ({branches}) legs
    GROUP BY transaction_id ORDER BY transaction_id {limit}
) moved
CROSS JOIN LATERAL (
    SELECT kind, posted_at, about_id FROM payments.ledger_transactions WHERE id = moved.transaction_id LIMIT 1) t
LEFT JOIN LATERAL (
    SELECT minor FROM payments.ledger_entries
    WHERE transaction_id = moved.transaction_id AND account_id = $4 LIMIT 1) fee ON true
"""  # noqa: S608 - our own words


ORDER_NUMBER = "'M-' || lpad(o.number::text, greatest(8, length(o.number::text)), '0')"
"""Of ordering.orders o, as people read it."""

LINES = f"""
SELECT m.*, p.id AS payment_id, o.id AS order_id, {ORDER_NUMBER} AS number
FROM ({movements("LIMIT $7")}) m
LEFT JOIN LATERAL (SELECT id, cause_kind, cause_id FROM payments.payments WHERE id = m.about_id LIMIT 1) p ON true
LEFT JOIN LATERAL (
    SELECT id, number FROM ordering.orders WHERE id = p.cause_id AND p.cause_kind = 'order' LIMIT 1) o ON true
ORDER BY m.transaction_id
"""  # noqa: S608 - our own words
SUMS_BY_KIND = f"""
SELECT kind, sum(held_minor + settled_minor + owed_minor)::bigint AS minor, sum(fee_minor)::bigint AS fee_minor
FROM ({movements()}) m GROUP BY kind
"""  # noqa: S608 - our own words
_EARNED = "m.kind = 'payment_captured'"
EARNINGS = f"""
SELECT date_trunc($7, greatest(m.posted_at, $8), 'UTC')::date AS since,
    coalesce(-sum(minor + fee_minor) FILTER (WHERE {_EARNED}), 0)::bigint AS gross_minor,
    -sum(fee_minor)::bigint AS fee_minor,
    coalesce(sum(minor + fee_minor) FILTER (WHERE NOT {_EARNED}), 0)::bigint AS refunds_minor,
    count(*) FILTER (WHERE {_EARNED}) AS orders
FROM (SELECT *, held_minor + settled_minor + owed_minor AS minor FROM ({movements()}) moved) m
WHERE m.kind IN ('payment_captured', 'refund_promised')
GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - our own words
BALANCES = """
SELECT own.owner_id, own.currency, coalesce(s.held_minor, 0) + coalesce(legs.held, 0) AS held_minor,
    coalesce(s.settled_minor, 0) + coalesce(legs.settled, 0) AS settled_minor,
    coalesce(s.owed_minor, 0) + coalesce(legs.owed, 0) AS owed_minor
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[])
    own(owner_id, currency, held, settled, owed)
LEFT JOIN LATERAL (
    SELECT held_minor, settled_minor, owed_minor,
        (lpad(to_hex((extract(epoch FROM (month + interval '1 month')) * 1000)::bigint), 12, '0')
            || '00000000000000000000')::uuid AS until
    FROM payments.statements s WHERE s.owner_id = own.owner_id AND s.currency = own.currency AND s.month < $6
    ORDER BY month DESC LIMIT 1
) s ON true
LEFT JOIN LATERAL (
    SELECT sum(minor) FILTER (WHERE account_id = own.held)::bigint AS held,
        sum(minor) FILTER (WHERE account_id = own.settled)::bigint AS settled,
        sum(minor) FILTER (WHERE account_id = own.owed)::bigint AS owed
    FROM payments.ledger_entries
    WHERE account_id IN (own.held, own.settled, own.owed) AND transaction_id < $7
        AND transaction_id > coalesce(s.until, '00000000-0000-0000-0000-000000000000'::uuid)
) legs ON true
"""
"""At the id $7, from the last closed month before $6 on: what is summed is what came since."""


def balances_of(
    owners: Sequence[tuple[UserId, str]],
) -> tuple[list[UserId], list[str], list[UUID], list[UUID], list[UUID]]:
    """The first arguments of BALANCES."""
    ids = [accounts_of(owner, currency) for owner, currency in owners]
    held, settled, owed = ([own[place] for own in ids] for place in (0, 1, 2))
    return [owner for owner, _ in owners], [currency for _, currency in owners], held, settled, owed
