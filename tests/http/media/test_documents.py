"""Documents of a listing: who may put them there, and how long a link to one is good."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from marketplace.application.shared.links import LINK_LIFE, Holder, SignedLinks
from marketplace.application.shared.ports import Clock
from marketplace.domain.shared.ids import SessionId, UserId
from prove.people import Person, people_in
from tests.builders.documents import a_pdf, packed
from tests.engines import Database
from tests.fakes.clamd import EICAR, running_clamd
from tests.http.commerce.market import data, refusal
from tests.http.identity.house import running_house
from tests.http.media.shop import Shop, opened_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_document_is_downloaded_as_it_was_sent_and_never_shown(shop: Shop) -> None:
    document = data(await shop.send_document(a_pdf()), 201)
    assert (document["listing_id"], document["purpose"], document["size"]) == (
        shop.listing, "lab_report", len(a_pdf()),
    )  # fmt: skip
    answer = await shop.fetch(await shop.link(document["id"]))
    assert (answer.status_code, answer.content) == (200, a_pdf())
    wanted = {
        "content-type": "application/pdf", "content-disposition": f'attachment; filename="{document["id"]}.pdf"',
        "x-content-type-options": "nosniff", "cache-control": "private, no-store",
        "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    }  # fmt: skip
    assert {name: answer.headers.get_list(name) for name in wanted} == {name: [text] for name, text in wanted.items()}
    refusal(await shop.fetch(f"/media/documents/{document['id'].replace('-', '')}.pdf"), 404, "object_not_found")


async def test_only_the_listing_s_seller_adds_documents_ten_at_most(shop: Shop) -> None:
    refusal(await shop.send_document(a_pdf(), shop.rival), 403, "not_your_listing")
    refusal(await shop.send_document(a_pdf(), shop.buyer), 403, "missing_permission")
    refusal(await shop.send_document(a_pdf(), listing=str(shop.seller.id)), 404, "listing_not_found")
    answers = await asyncio.gather(*(shop.send_document(a_pdf()) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 2
    assert await shop.sql("SELECT count(*) FROM catalog.documents WHERE listing_id = $1", shop.listing) == 10


@pytest.mark.parametrize(
    ("parts", "file", "status", "code", "field"),
    [
        ({}, b"%PDF-1.7 and nothing", 422, "unusable_document", "file"),
        ({}, packed(b"<< /S /JavaScript /JS (alert(1)) >>"), 422, "unusable_document", "file"),
        ({"purpose": "poem"}, a_pdf(), 422, "invalid_request", "purpose"),
        ({"listing_id": "x"}, a_pdf(), 422, "invalid_request", "listing_id"),
        ({"title": "x"}, a_pdf(), 422, "invalid_request", "title"),
        ({"purpose": None}, a_pdf(), 422, "invalid_request", "purpose"),
    ],
)
async def test_what_is_not_as_it_should_be_is_refused_by_its_name(
    shop: Shop, parts: dict[str, Any], file: bytes, status: int, code: str, field: str
) -> None:
    given = {"purpose": "lab_report", "listing_id": shop.listing, **parts}
    texts = {name: text for name, text in given.items() if text is not None}
    answer = await shop.call("POST", "/documents", shop.seller, data=texts, files={"file": ("r.pdf", file)})
    refusal(answer, status, code, field)
    assert shop.files == {}


async def test_a_link_is_made_for_those_who_may_see_the_listing(shop: Shop) -> None:
    shop.listing = await shop.product(audience="followers")
    document = data(await shop.send_document(a_pdf()), 201)["id"]
    refusal(await shop.call("POST", f"/documents/{document}/links"), 401, "not_authenticated")
    refusal(await shop.call("POST", f"/documents/{document}/links", shop.buyer), 404, "document_not_found")
    refusal(await shop.call("POST", f"/documents/{shop.listing}/links", shop.buyer), 404, "document_not_found")
    await shop.call("POST", f"/users/{shop.seller.id}/follow", shop.buyer)
    for reader in (shop.buyer, shop.seller):
        assert (await shop.fetch(await shop.link(document, reader))).content == a_pdf()


async def _listing_removed(shop: Shop) -> None:
    await shop.sql("UPDATE catalog.listing_states SET status = 'removed' WHERE listing_id = $1", shop.listing)


async def _blocked(shop: Shop) -> None:
    assert (await shop.call("POST", f"/users/{shop.buyer.id}/block", shop.seller)).is_success


async def _suspended(shop: Shop) -> None:
    reason = {"reason": "Sells counterfeit goods."}
    assert (await shop.call("POST", f"/users/{shop.buyer.id}/suspend", shop.admin, json=reason)).is_success


async def _seller_suspended(shop: Shop) -> None:
    reason = {"reason": "Sells counterfeit goods."}
    assert (await shop.call("POST", f"/users/{shop.seller.id}/suspend", shop.admin, json=reason)).is_success


async def _logged_out(shop: Shop) -> None:
    assert (await shop.call("POST", "/auth/logout", shop.buyer)).is_success


async def _only_for_followers(shop: Shop) -> None:
    await shop.sql("UPDATE catalog.listings SET audience = 'followers' WHERE id = $1", shop.listing)


LOSSES = (_listing_removed, _blocked, _suspended, _seller_suspended, _logged_out, _only_for_followers)


async def test_a_link_is_dead_at_once_when_access_is_lost(shop: Shop) -> None:
    for lose in LOSSES:
        shop.seller, shop.buyer = await people_in(shop.house.container, "seller", "buyer")
        shop.listing = await shop.product()
        link = await shop.link(data(await shop.send_document(a_pdf()), 201)["id"])
        assert (await shop.fetch(link)).status_code == 200, lose.__name__
        await lose(shop)
        refusal(await shop.fetch(link), 403, "invalid_link")


async def test_a_link_opens_its_own_document_for_five_minutes(shop: Shop) -> None:
    one, other = [data(await shop.send_document(a_pdf()), 201)["id"] for _ in range(2)]
    link = await shop.link(one)
    for wrong in (link.replace(one, other), link[:-1], link[:-1] + ("A" if link[-1] != "A" else "B"), f"/files/{one}"):
        refusal(await shop.fetch(wrong), 403, "invalid_link")
    container = shop.house.container
    links, clock = await container.get(SignedLinks), await container.get(Clock)
    holder = await _holder(shop, shop.buyer)
    key = f"documents/{one.replace('-', '')}.pdf"
    assert (await shop.fetch(f"/files/{one}?link={links.issue(holder, key, clock.now())}")).status_code == 200
    old = links.issue(holder, key, clock.now() - LINK_LIFE)
    refusal(await shop.fetch(f"/files/{one}?link={old}"), 403, "invalid_link")
    lent = links.issue(Holder(UserId(shop.rival.id), holder.session), key, clock.now())
    refusal(await shop.fetch(f"/files/{one}?link={lent}"), 403, "invalid_link")


async def _holder(shop: Shop, who: Person) -> Holder:
    session = await shop.sql("SELECT id FROM identity.sessions WHERE user_id = $1", who.id)
    return Holder(UserId(who.id), SessionId(session))


async def test_a_virus_is_not_stored(database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> None:
    async with (
        running_clamd() as clamd,
        running_house(database, redis_url, tmp_path, CLAMD_URL=clamd.url) as house,
    ):
        shop = await opened_shop(house)
        data(await shop.send_document(a_pdf()), 201)
        refusal(await shop.send_document(a_pdf(b"(" + EICAR + b")")), 422, "infected_file", "file")
        await clamd.stop()
        refusal(await shop.send_document(a_pdf()), 503, "scanner_unavailable")
        assert len(shop.files) == 1
