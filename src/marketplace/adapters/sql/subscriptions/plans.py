import asyncpg
from sqlalchemy import bindparam, insert, select, update

from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.subscriptions.tables import plans
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.subscriptions.ports import Plans
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.money import Money
from marketplace.domain.subscriptions.plan import Plan, PlanId, PlanInterval, PlanNotFound

_ADD = Statement(insert(plans))
_FIND = Statement(select(plans).where(plans.c.id == bindparam("id")))
_SAVE = Statement(
    update(plans)
    .where(plans.c.id == bindparam("plan_id"), plans.c.version == bindparam("seen"))
    .values(
        name=bindparam("new_name"), description=bindparam("text"), is_archived=bindparam("archived"),
        version=plans.c.version + 1,
    )
)  # fmt: skip


class SqlPlans(Plans):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, plan: Plan) -> None:
        await _ADD.run(
            self._transaction.connection, id=plan.id, creator_id=plan.creator, name=plan.name,
            description=plan.description, price_minor=plan.price.minor, currency=plan.price.currency,
            interval=plan.interval.value, interval_count=plan.count, trial_days=plan.trial_days,
            is_archived=plan.is_archived, created_at=plan.created_at, version=plan.version,
        )  # fmt: skip

    async def find(self, plan_id: PlanId) -> Plan:
        row = await _FIND.one(self._transaction.connection, id=plan_id)
        if row is None:
            raise PlanNotFound("no such plan", plan_id=plan_id)
        return plan_of(row)

    async def save(self, plan: Plan) -> None:
        saved = await _SAVE.run(
            self._transaction.connection, plan_id=plan.id, seen=plan.version, new_name=plan.name,
            text=plan.description, archived=plan.is_archived,
        )  # fmt: skip
        if not saved:
            raise StaleAggregate("the plan changed meanwhile; load it again", plan_id=plan.id)
        plan.version += 1


def plan_of(row: asyncpg.Record) -> Plan:
    return Plan(
        id=row["id"], creator=row["creator_id"], name=row["name"], description=row["description"],
        price=Money(row["price_minor"], row["currency"]), interval=PlanInterval(row["interval"]),
        count=row["interval_count"], trial_days=row["trial_days"], is_archived=row["is_archived"],
        created_at=row["created_at"], version=row["version"],
    )  # fmt: skip
