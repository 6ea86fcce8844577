"""Invoices and credit notes over HTTP: for the two parties, as JSON and as PDF."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from marketplace.application.invoicing.invoices import IssueCreditNote, IssueInvoice
from marketplace.domain.shared.ids import OrderId, RefundId
from marketplace.entrypoints.worker.ports import Queue
from marketplace.entrypoints.worker.subscriptions import handlers
from marketplace.entrypoints.worker.worker import Worker
from tests.builders.commerce import aed
from tests.http.commerce.market import Market, data, refusal

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def run(market: Market, use_case: type[Any], *arguments: Any) -> None:
    async with market.app.state.dishka_container() as scope:
        await (await scope.get(use_case))(*arguments)


async def invoiced(market: Market) -> str:
    """The id of an order of 750 that is paid and invoiced."""
    order = await market.order()
    data(await market.pay(order), 201)
    await run(market, IssueInvoice, OrderId(UUID(order)))
    return order


async def refunded(market: Market, order: str, amount: str) -> UUID:
    refund = uuid4()
    await run(market, IssueCreditNote, OrderId(UUID(order)), RefundId(refund), aed(amount))
    return refund


@pytest.mark.asyncio(loop_scope="function")
async def test_a_payment_brings_an_invoice_and_a_refund_a_credit_note(fresh_market: Market) -> None:
    market = fresh_market
    container = market.app.state.dishka_container
    worker = Worker(container, await container.get(Queue), handlers, market.dsn)
    order = await market.order()
    path = f"/orders/{order}/invoice"
    await worker.drain()
    for who in (market.buyer, market.seller):
        refusal(await market.call("GET", path, who), 404, "invoice_not_issued")
    payment = data(await market.pay(order), 201)["id"]
    await worker.drain()
    answer = await market.call("GET", path, market.buyer)
    invoice = data(answer)
    issued_at = invoice.pop("issued_at")
    assert issued_at.endswith("Z")
    names = {
        row["id"]: row["full_name"] for row in await market.fetch("SELECT id, full_name FROM identity.users")
    }  # fmt: skip
    year = issued_at[:4]
    assert invoice == {
        "number": f"INV-{year}-000001", "kind": "invoice", "order_id": order,
        "order_number": data(await market.call("GET", f"/orders/{order}", market.buyer))["number"],
        "seller": {"id": str(market.seller.id), "name": names[market.seller.id]},
        "buyer": {"id": str(market.buyer.id), "name": names[market.buyer.id]},
        "lines": [{
            "title": "Vintage film camera", "quantity": 1, "unit": "piece", "unit_price": "750.00",
            "amount": "750.00", "discount": "0.00", "tax_rate": 5, "tax": "35.71",
        }],
        "discount": "0.00", "taxes": [{"rate": 5, "base": "714.29", "tax": "35.71"}], "total": "750.00",
        "currency": "AED", "credit_notes": [],
    }  # fmt: skip
    assert (await market.call("GET", path, market.seller)).content == answer.content
    assert answer.headers["cache-control"] == "no-store"

    wish = {"amount": 250, "reason": "It came late."}
    data(await market.call("POST", f"/payments/{payment}/refund", market.admin, wish), 201)
    await worker.drain()
    (note,) = data(await market.call("GET", path, market.buyer))["credit_notes"]
    (refund,) = await market.fetch("SELECT id FROM payments.refunds WHERE payment_id = $1", payment)
    assert note.pop("issued_at") > issued_at
    assert UUID(note.pop("id"))
    assert note == {"number": f"CN-{year}-000001", "refund_id": str(refund["id"]), "total": "250.00"}


async def test_nobody_else_reads_it(market: Market) -> None:
    order = await invoiced(market)
    await refunded(market, order, "10")
    note = data(await market.call("GET", f"/orders/{order}/invoice", market.buyer))["credit_notes"][0]["id"]
    for who in (market.rival, market.admin):
        refusal(await market.call("GET", f"/orders/{order}/invoice", who), 404, "invoice_not_found")
        refusal(await market.call("GET", f"/orders/{order}/invoice?format=pdf", who), 404, "invoice_not_found")
        path = f"/orders/{order}/credit-notes/{note}"
        refusal(await market.call("GET", path, who), 404, "credit_note_not_found")
    refusal(await market.call("GET", f"/orders/{order}/invoice"), 401, "not_authenticated")
    refusal(await market.call("GET", f"/orders/{uuid4()}/invoice", market.buyer), 404, "invoice_not_found")


async def test_it_stays_as_it_was_issued(market: Market) -> None:
    order = await invoiced(market)
    before = data(await market.call("GET", f"/orders/{order}/invoice", market.buyer))
    await market.fetch("UPDATE identity.users SET full_name = 'Somebody Else' WHERE id = $1", market.seller.id)
    await market.fetch("UPDATE catalog.listings SET title = 'Something else' WHERE seller_id = $1", market.seller.id)
    assert data(await market.call("GET", f"/orders/{order}/invoice", market.buyer)) == before


async def test_refunds_are_credit_notes_of_their_own(market: Market) -> None:
    order = await invoiced(market)
    refunds = [str(await refunded(market, order, amount)) for amount in ("250", "500")]
    invoice = data(await market.call("GET", f"/orders/{order}/invoice", market.seller))
    assert [(one["refund_id"], one["total"]) for one in invoice["credit_notes"]] == [
        (refunds[0], "250.00"), (refunds[1], "500.00")
    ]  # fmt: skip
    assert (invoice["total"], invoice["taxes"][0]["tax"]) == ("750.00", "35.71")
    notes = [
        data(await market.call("GET", f"/orders/{order}/credit-notes/{one['id']}", market.buyer))
        for one in invoice["credit_notes"]
    ]
    assert [note["taxes"] for note in notes] == [
        [{"rate": 5, "base": "238.10", "tax": "11.90"}], [{"rate": 5, "base": "476.19", "tax": "23.81"}]
    ]  # fmt: skip
    assert {(note["kind"], note["invoice_number"], note["order_id"], note["currency"]) for note in notes} == {
        ("credit_note", invoice["number"], order, "AED")
    }  # fmt: skip
    assert [(note["seller"], note["buyer"]) for note in notes] == [(invoice["seller"], invoice["buyer"])] * 2
    missing = await market.call("GET", f"/orders/{order}/credit-notes/{uuid4()}", market.buyer)
    refusal(missing, 404, "credit_note_not_found")
    unpaid = await market.order()
    refusal(
        await market.call("GET", f"/orders/{unpaid}/credit-notes/{notes[0]['id']}", market.buyer),
        404, "credit_note_not_found",
    )  # fmt: skip


async def test_either_is_a_file_to_keep_for_whom_wants_a_pdf(market: Market) -> None:
    order = await invoiced(market)
    await refunded(market, order, "250")
    path = f"/orders/{order}/invoice"
    invoice = data(await market.call("GET", path, market.buyer, headers={"accept": "application/json"}))
    (note,) = invoice["credit_notes"]
    files = []
    for of, headers, name in (
        (f"{path}?format=pdf", {}, invoice["number"]),
        (path, {"accept": "application/pdf"}, invoice["number"]),
        (path, {"accept": "application/pdf", "accept-language": "ar"}, invoice["number"]),
        (f"/orders/{order}/credit-notes/{note['id']}?format=pdf", {}, note["number"]),
    ):
        answer = await market.call("GET", of, market.buyer, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}.pdf"'
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.content.startswith(b"%PDF-")
        files.append(answer.content)
    assert files[0] == files[1]
    assert len(set(files)) == 3
    both = await market.call("GET", f"{path}?format=json", market.buyer, headers={"accept": "application/pdf"})
    assert data(both) == invoice
    refusal(await market.call("GET", f"{path}?format=doc", market.buyer), 422, "invalid_request", "format")
