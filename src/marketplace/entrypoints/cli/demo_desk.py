"""The demo's act on the trade desk: a mill needs cotton, three ginners offer, the award is split."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from time import time

from marketplace.entrypoints.cli.client import Api, Json, Refused, socketio, websocket
from marketplace.entrypoints.cli.story import Person, money, title

DESK = "/api/v1/trade-desk"
MESSAGE = "Need 500 bales MCU-5 29mm, 62k/candy ex-Guntur, 15 days, LC 30"
DOUBTFUL = 0.5
PDF = (
    b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\n"
    b"endobj\ntrailer\n<< /Root 1 0 R /Size 3 >>\nstartxref\n0\n%%EOF\n"
)
STATE = {"trade:updated"}
"""How the trade stands follows every offer; the story tells of it at its turns only."""


async def play(api: Api) -> None:
    meena = Person("Meena", "buys for a mill", api, left=True)
    ginners = [Person(name, "gins cotton", api, left=False) for name in ("Ravi", "Sita", "Arjun")]
    title("The trade desk: 500 bales of cotton")
    await asyncio.gather(meena.sign_up("buyer"), *(one.sign_up("seller") for one in ginners))
    async with AsyncExitStack() as sockets:
        meena.events = await sockets.enter_async_context(socketio(meena.api))
        for one in ginners:
            one.events = await sockets.enter_async_context(websocket(one.api))
        for one in (meena, *ginners):
            await one.events.expect({"connected"})
        trade = await _publish(meena)
        lot = await _tested_lot(ginners[1])
        offers = await _offer(meena, ginners, trade, lot)
        await _compare(meena, trade)
        await _negotiate(meena, ginners[0], offers[0])
        await _award_the_rest(meena, ginners, trade, offers)
    for one in (meena, *ginners):
        await _show_mails(one)


async def _publish(meena: Person) -> Json:
    async with meena.acts(f"pastes what came by phone: “{MESSAGE}”"):
        parsed = await meena.api("POST", f"{DESK}/parse", {"text": MESSAGE})
    for name, found in parsed["fields"].items():
        start, end = found["span"]
        value = f"{found['value']} {found['unit'] or ''}".rstrip()
        meena.says(f"reads {name}: {value} ({found['confidence']:.0%}, from “{MESSAGE[start:end]}”)")
    doubtful = ", ".join(name for name, found in parsed["fields"].items() if found["confidence"] <= DOUBTFUL)
    confirmed = await meena.api("POST", f"{DESK}/parse/{parsed['id']}/confirm", {
        "overrides": {"currency": "INR", "valid_until": _in_days(3)},
    })  # fmt: skip
    trade: Json = await meena.api("GET", f"{DESK}/trades/{confirmed['trade_id']}")
    meena.says(f"checks it, the {doubtful} above all, and confirms: now it is a {trade['status']} that only she sees")
    async with meena.acts("publishes it for three days"):
        trade = await meena.api("POST", f"{DESK}/trades/{trade['id']}/publish")
    await meena.hears("trade:updated")
    return trade


async def _tested_lot(sita: Person) -> Json:
    """A report is a document beside a listing of its owner's."""
    listing = await sita.api("POST", "/api/v1/products", {
        "title": "MCU-5 cotton, 250 bales", "price": 4_900_000, "currency": "INR", "category": "home",
        "feed_type": "community", "lot": {"quantity": 250, "unit": "bale"},
    })  # fmt: skip
    form = {"purpose": "lab_report", "listing_id": listing["id"]}
    document = await sita.api.upload("/api/v1/documents", form, PDF)
    lot: Json = await sita.api("POST", f"{DESK}/tested-lots", {
        "commodity": "cotton", "grade": "MCU-5", "quantity": 250, "unit": "bale", "place": "Guntur",
    })  # fmt: skip
    await sita.api("POST", f"{DESK}/tested-lots/{lot['id']}/reports", {
        "parameters": {"staple_length": {"value": "29.4", "unit": "mm"}, "micronaire": {"value": "3.9"}},
        "method": "HVI", "laboratory": "Guntur Cotton Laboratory", "tested_on": _in_days(-2)[:10],
        "document_id": document["id"],
    })  # fmt: skip
    lot = await sita.api("PATCH", f"{DESK}/tested-lots/{lot['id']}", {"status": "available"})
    report = lot["reports"][0]
    sita.says(
        f"has a tested lot of 250 bales: staple {report['parameters']['staple_length']['value']} mm by "
        f"{report['laboratory']}, the report kept with its SHA-256 {report['document_sha256'][:12]}…"
    )
    return lot


async def _offer(meena: Person, ginners: list[Person], trade: Json, lot: Json) -> list[Json]:
    """Arjun counts in tonnes: offers compare by their price per kilogram all the same."""
    terms: list[Json] = [
        {"price": 61_800, "quantity": 300, "delivery_days": 12, "payment_terms": "letter of credit, 30 days"},
        {"price": 61_500, "quantity": 250, "delivery_days": 15, "lot_id": lot["id"], "message": "Tested, report here."},
        {"price": 63_000, "quantity": 34, "unit": "tonne", "delivery_days": 7, "payment_terms": "cash on delivery"},
    ]
    offers: list[Json] = []
    for ginner, wish in zip(ginners, terms, strict=True):
        story = f"offers {wish['quantity']} {wish.get('unit', trade['unit'])} at {money(wish['price'], 'INR')} a candy"
        async with ginner.acts(f"{story}{', from a tested lot' if 'lot_id' in wish else ''}"):
            offers.append(await ginner.api("POST", f"{DESK}/trades/{trade['id']}/offers", wish))
        await ginner.hears("offer:created", passing_over=STATE)
        await meena.hears("offer:new", passing_over=STATE)
    try:
        await ginners[2].api("GET", f"{DESK}/offers/{offers[0]['id']}")
    except Refused as refusal:
        ginners[2].says(f"tries to look at Ravi's offer: {refusal}")
    return offers


async def _compare(meena: Person, trade: Json) -> None:
    comparison = await meena.api("GET", f"{DESK}/trades/{trade['id']}/comparison")
    meena.says("compares them, the best price first:")
    for one in comparison["items"]:
        name = one["author"].partition(".")[0].capitalize()
        report = ", with a laboratory report" if one["has_lot_report"] else ""
        price = f"{one['unit_price_normalized']:.2f} {one['currency']} per {one['normalized_unit']}"
        meena.says(f"sees {name}: {price}, {one['quantity']:g} {one['unit']}{report}")


async def _negotiate(meena: Person, ravi: Person, offer: Json) -> None:
    async with meena.acts("counters Ravi with 61,000.00 INR"):
        negotiation = await meena.api("POST", f"{DESK}/offers/{offer['id']}/negotiations", {"price": 61_000})
    meena.says(f"waits: it is the {negotiation['turn']}'s turn, round {negotiation['rounds']}")
    await meena.hears("offer:updated", "offer:created", passing_over=STATE)
    await ravi.hears("offer:updated", "offer:new", passing_over=STATE)
    async with ravi.acts("accepts 61,000.00 INR"):
        accepted = await ravi.api("POST", f"{DESK}/negotiations/{negotiation['id']}/accept")
    await ravi.hears("offer:updated", "order_created", passing_over=STATE)
    await meena.hears("offer:updated", "order_created", passing_over=STATE)
    await _show_order(meena, accepted["transaction_id"])


async def _award_the_rest(meena: Person, ginners: list[Person], trade: Json, offers: list[Json]) -> None:
    _, sita, arjun = ginners
    rest = {"offer_id": offers[1]["id"], "quantity": 200}
    async with meena.acts("awards the other 200 bales to Sita, who has offered 250"):
        award = await meena.api("POST", f"{DESK}/trades/{trade['id']}/award", {"items": [rest]})
    await sita.hears("offer:updated", "order_created", passing_over=STATE)
    await meena.hears("offer:updated", "offer:updated", "order_created", passing_over=STATE)
    await arjun.hears("offer:updated", passing_over=STATE)
    order = award["awards"][0]["transaction_id"]
    await _show_order(meena, order)
    whole = await meena.api("GET", f"{DESK}/trades/{trade['id']}")
    meena.says(f"sees the trade {whole['status']}, {whole['remaining_quantity']:g} {whole['unit']} left")
    try:
        await meena.api("POST", f"{DESK}/offers/{offers[2]['id']}/accept")
    except Refused as refusal:
        meena.says(f"tries to accept Arjun's offer as well: {refusal}")
    proof = await meena.api("GET", f"/api/v1/orders/{order}/provenance")
    links = [link["kind"] for link in proof["links"]]
    meena.says(f"can prove what she bought: {' → '.join(links)}, hash {proof['hash'][:16]}…")


async def _show_order(meena: Person, order_id: str) -> None:
    order = await meena.api("GET", f"/api/v1/orders/{order_id}")
    meena.says(
        f"has order {order['number']} over {money(order['amount'], order['currency'])}; the seller will be owed "
        f"{money(order['seller_payout'], order['currency'])}"
    )


async def _show_mails(person: Person) -> None:
    """Beside the two of everybody who signs up."""
    mails = reversed(await person.api("GET", f"/dev/outbox?to={person.email}"))
    subjects = [
        f"“{mail['subject']}”" for mail in mails if "elcome" not in mail["subject"] and "code" not in mail["subject"]
    ]
    person.says(f"got mails on the way: {', '.join(subjects)}")


def _in_days(days: int) -> str:
    return datetime.fromtimestamp(time() + 86_400 * days, UTC).isoformat(timespec="seconds")
