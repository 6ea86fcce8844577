"""Trades as people write them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from marketplace.adapters.clock import SystemClock
from prove.people import Person
from tests.http.commerce.market import data
from tests.http.people.town import Town

TRADES = "/trade-desk/trades"


def in_days(days: float) -> str:
    return (SystemClock().now() + timedelta(days=days)).isoformat().replace("+00:00", "Z")


def wish(**changes: Any) -> dict[str, Any]:
    """500 bales wanted, priced per candy, of a commodity that nobody else has."""
    given = {
        "side": "buy", "commodity": f"Cotton {uuid4().hex}", "quantity": 500, "unit": "bales", "currency": "INR",
        "price_unit": "candy", "visibility": "open", "valid_until": in_days(10),
    }  # fmt: skip
    return {name: value for name, value in {**given, **changes}.items() if value is not ...}


async def drafted(town: Town, who: Person, **changes: Any) -> Any:
    return data(await town.call("POST", TRADES, who, wish(**changes)), 201)


async def published(town: Town, who: Person, **changes: Any) -> Any:
    draft = await drafted(town, who, **changes)
    return data(await town.call("POST", f"{TRADES}/{draft['id']}/publish", who))


async def listed(town: Town, who: Person, **params: Any) -> list[str]:
    return [one["id"] for one in data(await town.call("GET", TRADES, who, **params))["items"]]
