"""What buyers and sellers do around a cart, in one call each."""

from typing import Any

import httpx

from prove.people import GOOD, Person, payment
from tests.builders.promotions import a_code_text
from tests.http.commerce.market import data
from tests.http.people.town import PRODUCT, Town

LOT: dict[str, Any] = {
    "title": "Red chilli, S17", "price": 1000, "category": "home", "feed_type": "community",
    "lot": {"quantity": 10, "unit": "tonne", "smallest": 2},
}  # fmt: skip
SERVICE: dict[str, Any] = {"title": "Plumbing at home", "price": 200, "category": "plumbing"}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALWAYS = {"week": {day: [{"opens": "00:00", "closes": "24:00"}] for day in DAYS}}


async def listed(town: Town, seller: Person, **changes: Any) -> str:
    return str(data(await town.call("POST", "/products", seller, {**PRODUCT, **changes}), 201)["id"])


async def offered_service(town: Town, seller: Person, **changes: Any) -> str:
    return str(data(await town.call("POST", "/services", seller, {**SERVICE, **changes}), 201)["id"])


async def put(town: Town, buyer: Person, product: str, **more: Any) -> Any:
    return data(await town.call("POST", "/cart/items", buyer, {"product_id": product, **more}), 201)


async def cart(town: Town, buyer: Person) -> Any:
    return data(await town.call("GET", "/cart", buyer))


async def check_out(town: Town, buyer: Person, **wishes: Any) -> httpx.Response:
    return await town.call("POST", "/checkout", buyer, wishes)


async def buy(town: Town, buyer: Person, product: str, **more: Any) -> httpx.Response:
    return await town.call("POST", "/orders", buyer, {"product_id": product, **more})


async def pay(town: Town, buyer: Person, order: str, card: str = GOOD, **more: Any) -> httpx.Response:
    return await town.call("POST", f"/payments/order/{order}/pay", buyer, {**payment(card), **more})


async def coded(town: Town, who: Person, **changes: Any) -> str:
    """The text of a new code."""
    wish = {"code": a_code_text(), "per_customer": 1, **changes}
    return str(data(await town.call("POST", "/promo-codes", who, wish), 201)["code"])
