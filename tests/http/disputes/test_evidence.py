"""Evidence over HTTP: kept as it came or re-encoded, read through links, by the parties and moderators only."""

from typing import Any
from uuid import uuid4

import httpx

from prove.people import Person
from tests.builders.documents import a_pdf
from tests.builders.images import a_jpeg
from tests.http.commerce.market import data, refusal
from tests.http.disputes.court import Court


async def sent(court: Court, dispute: str, who: Person | None, file: bytes, description: str = "The box.") -> Any:
    return await court.ask(
        "POST", f"/disputes/{dispute}/evidence", who, files={"file": ("box", file)}, data={"description": description}
    )


async def opened(court: Court, link: str) -> httpx.Response:
    return await court.shop.client.get(link)


async def test_files_are_read_by_the_parties_and_moderators(court: Court) -> None:
    shop = court.shop
    _, dispute = await court.under_review()
    pdf = data(await sent(court, dispute, shop.buyer, a_pdf(), " The carrier's \u200bnote. "), 201)
    assert (pdf["content_type"], pdf["voice"], pdf["description"]) == (
        "application/pdf",
        "buyer",
        "The carrier's note.",
    )
    picture = data(await sent(court, dispute, shop.seller, a_jpeg()), 201)
    assert (picture["content_type"], picture["voice"]) == ("image/webp", "seller")
    for who in (shop.buyer, shop.seller, court.moderator):
        assert data(await court.ask("GET", f"/disputes/{dispute}/evidence", who)) == [pdf, picture]
        for one, beginning in ((pdf, b"%PDF-"), (picture, b"RIFF")):
            link = data(await court.ask("POST", f"/evidence/{one['id']}/links", who), 201)
            file = await opened(court, link["url"])
            assert (file.status_code, file.content[:4]) == (200, beginning[:4])
            assert len(file.content) == one["size"]
            assert file.headers["content-disposition"].startswith("attachment; ")
            assert file.headers["cache-control"] == "private, no-store"
    forged = await opened(court, link["url"][:-2] + "xx")
    refusal(forged, 403, "invalid_link")
    refusal(await opened(court, f"/dispute-files/{pdf['id']}?{link['url'].partition('?')[2]}"), 403, "invalid_link")
    refusal(await court.ask("POST", f"/evidence/{pdf['id']}/links", shop.rival), 404, "evidence_not_found")
    refusal(await court.ask("POST", f"/evidence/{uuid4()}/links", shop.buyer), 404, "evidence_not_found")
    refusal(await court.ask("POST", f"/evidence/{pdf['id']}/links"), 401, "not_authenticated")
    theirs = data(await court.ask("POST", f"/evidence/{pdf['id']}/links", court.moderator), 201)["url"]
    await shop.fetch("UPDATE identity.users SET role = 'buyer' WHERE id = $1", court.moderator.id)
    refusal(await opened(court, theirs), 403, "invalid_link")


async def test_what_is_no_evidence(court: Court) -> None:
    shop = court.shop
    _, dispute = await court.under_review()
    for who, status, code in (
        (shop.rival, 404, "dispute_not_found"), (None, 401, "not_authenticated"),
        (court.moderator, 403, "missing_permission"),
    ):  # fmt: skip
        refusal(await sent(court, dispute, who, a_pdf()), status, code)
    refusal(await sent(court, dispute, shop.buyer, b"MZ a program"), 422, "unusable_image", "file")
    refusal(await sent(court, dispute, shop.buyer, b"%PDF-1.4\nnothing"), 422, "unusable_document", "file")
    refusal(await sent(court, dispute, shop.buyer, a_pdf(), " "), 422, "invalid_text", "description")
    await shop.fetch("UPDATE disputes.disputes SET evidence = 20 WHERE id = $1", dispute)
    refusal(await sent(court, dispute, shop.buyer, a_pdf()), 409, "too_much_evidence")
    assert await shop.fetch("SELECT FROM disputes.evidence WHERE dispute_id = $1", dispute) == []
    await court.said(dispute, "withdraw", shop.buyer)
    refusal(await sent(court, dispute, shop.buyer, a_pdf()), 409, "illegal_dispute_move")
