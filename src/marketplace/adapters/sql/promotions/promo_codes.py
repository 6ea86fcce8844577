from typing import Any

import asyncpg
from sqlalchemy import bindparam, insert, select, update

from marketplace.adapters.sql.promotions.tables import promo_codes
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.promotions.ports import PromoCodes
from marketplace.domain.promotions.discount import PromoBearer, PromoCodeId, PromoCodeUnknown
from marketplace.domain.promotions.promo_code import PromoChannel, PromoCode, PromoCodeNotFound, PromoCodeTaken
from marketplace.domain.shared.money import Money

_ACTIVE_BY_CODE = select(promo_codes).where(promo_codes.c.code == bindparam("code"), promo_codes.c.is_active)
LOCKED = Statement(select(promo_codes).where(promo_codes.c.id == bindparam("id")).with_for_update())
ACTIVE = Statement(_ACTIVE_BY_CODE)
ACTIVE_LOCKED = Statement(_ACTIVE_BY_CODE.with_for_update())
_ADD = Statement(insert(promo_codes))
_FIXED = {"id", "code", "owner_id", "bearer", "used", "created_at"}
_CHANGING: dict[str, Any] = {one.name: bindparam(one.name) for one in promo_codes.c if one.name not in _FIXED}
_SAVE = Statement(update(promo_codes).where(promo_codes.c.id == bindparam("code_id")).values(**_CHANGING))


class SqlPromoCodes(PromoCodes):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, code: PromoCode) -> None:
        await self._write(code, _ADD, _row(code))

    async def save(self, code: PromoCode) -> None:
        changing = {name: value for name, value in _row(code).items() if name not in _FIXED}
        await self._write(code, _SAVE, {"code_id": code.id, **changing})

    async def _write(self, code: PromoCode, statement: Statement, values: dict[str, object]) -> None:
        try:
            await statement.run(self._transaction.connection, **values)
        except asyncpg.UniqueViolationError:
            raise PromoCodeTaken("another active promo code has this text: choose another", code=code.code) from None
        self._transaction.ship(code, code.id)

    async def locked(self, code_id: PromoCodeId) -> PromoCode:
        row = await LOCKED.one(self._transaction.connection, id=code_id)
        if row is None:
            raise PromoCodeNotFound
        return promo_code_of(row)

    async def active(self, code: str) -> PromoCode:
        return await self._named(ACTIVE, code)

    async def active_locked(self, code: str) -> PromoCode:
        return await self._named(ACTIVE_LOCKED, code)

    async def _named(self, statement: Statement, code: str) -> PromoCode:
        row = await statement.one(self._transaction.connection, code=code)
        if row is None:
            raise PromoCodeUnknown
        return promo_code_of(row)


def _row(code: PromoCode) -> dict[str, object]:
    return {
        "id": code.id, "code": code.code, "owner_id": code.owner, "bearer": code.bearer.value,
        "basis_points": code.basis_points, "amount_minor": code.amount and code.amount.minor,
        "maximum_minor": code.maximum and code.maximum.minor, "minimum_minor": code.minimum and code.minimum.minor,
        "currency": code.currency, "first_order_only": code.first_order_only, "channels": sorted(code.channels),
        "categories": sorted(code.categories), "listing_ids": sorted(code.listings), "cap": code.cap,
        "per_customer": code.per_customer, "used": code.used, "starts_at": code.starts_at, "ends_at": code.ends_at,
        "is_active": code.is_active, "created_at": code.created_at,
    }  # fmt: skip


def promo_code_of(row: asyncpg.Record) -> PromoCode:
    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, row["currency"])

    return PromoCode(
        id=row["id"], code=row["code"], owner=row["owner_id"], bearer=PromoBearer(row["bearer"]),
        basis_points=row["basis_points"], amount=money(row["amount_minor"]), maximum=money(row["maximum_minor"]),
        minimum=money(row["minimum_minor"]), first_order_only=row["first_order_only"],
        channels=frozenset(map(PromoChannel, row["channels"])), categories=frozenset(row["categories"]),
        listings=frozenset(row["listing_ids"]), cap=row["cap"], per_customer=row["per_customer"], used=row["used"],
        starts_at=row["starts_at"], ends_at=row["ends_at"], is_active=row["is_active"], created_at=row["created_at"],
    )  # fmt: skip
