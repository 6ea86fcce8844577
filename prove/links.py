"""X3: no link that was tampered with, has expired or is somebody else's opens a document, nor one whose access is lost.

Most are tried on the port, some of each kind over HTTP, all of them over all processes.
"""

import random
import string
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from uuid import UUID, uuid4

import asyncpg
import httpx

from marketplace.adapters.security.signed_links import HmacSignedLinks
from marketplace.application.catalog.documents import document_key
from marketplace.application.shared.links import LINK_LIFE, Holder, InvalidLink
from marketplace.domain.shared.ids import SessionId, UserId
from prove.node import Node
from prove.people import PRODUCT, Person, people
from prove.processes import clients

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"
DEAD_WITHIN = 5.0
"""Seconds after access is lost."""
ALPHABET = string.ascii_letters + string.digits + "-_"
Link = tuple[str, str]
"""What is wrong with it, and itself."""

LOSSES: dict[str, tuple[str, str]] = {
    "the session ends": (
        "UPDATE identity.sessions SET ended_at = now(), end_reason = 'logged_out' WHERE user_id = $1", "reader"
    ),
    "the reader is suspended": ("UPDATE identity.users SET status = 'suspended' WHERE id = $1", "reader"),
    "the seller is suspended": ("UPDATE identity.users SET status = 'suspended' WHERE id = $1", "seller"),
    "the listing is removed": (
        "UPDATE catalog.listing_states SET status = 'removed' WHERE listing_id = $1", "listing"
    ),
    "the listing is for followers": ("UPDATE catalog.listings SET audience = 'followers' WHERE id = $1", "listing"),
    "the seller blocks the reader": (
        "INSERT INTO social.blocks (blocker_id, blocked_id, created_at) SELECT seller_id, $1, now() "
        "FROM catalog.listings WHERE id = $2", "both"
    ),
}  # fmt: skip


class Campaign:
    def __init__(self, server: Node, processes: list[httpx.AsyncClient], database: asyncpg.Connection) -> None:
        self._server = server
        self._doors = cycle(processes)
        self._database = database
        self.links = HmacSignedLinks(server.settings.key("signed-links"))
        self.found: list[str] = []
        self.longest = 0.0

    async def fetch(self, document: UUID, link: str) -> int:
        """The status."""
        door = next(self._doors)
        return (await door.get(door.base_url.join(f"/files/{document}"), params={"link": link})).status_code

    async def document(self, seller: Person) -> tuple[UUID, UUID]:
        """A new listing and its report."""
        door = next(self._doors)
        listing = (await door.post("/products", json=PRODUCT, headers=seller.headers)).json()["data"]["id"]
        parts = {"purpose": "lab_report", "listing_id": listing}
        answer = await door.post("/documents", data=parts, files={"file": PDF}, headers=seller.headers)
        return UUID(listing), UUID(answer.json()["data"]["id"])

    async def holder(self, person: Person) -> Holder:
        session = await self._database.fetchval("SELECT id FROM identity.sessions WHERE user_id = $1", person.id)
        return Holder(UserId(UUID(str(person.id))), SessionId(session))

    async def is_dead_after(self, loss: str, seller: Person, reader: Person) -> None:
        statement, about = LOSSES[loss]
        listing, document = await self.document(seller)
        link = self.links.issue(await self.holder(reader), document_key(document), _now())
        if await self.fetch(document, link) != 200:
            self.found.append(f"{loss}: the link was no good before")
        subjects = {"reader": (reader.id,), "seller": (seller.id,), "listing": (listing,), "both": (reader.id, listing)}
        await self._database.execute(statement, *subjects[about])
        lost = time.perf_counter()
        while 200 in [await self.fetch(document, link) for _ in range(2)]:
            if time.perf_counter() - lost > DEAD_WITHIN:
                self.found.append(f"{loss}: the link still opens after {DEAD_WITHIN} s")
                break
        self.longest = max(self.longest, time.perf_counter() - lost)


def wrong_links(
    links: HmacSignedLinks, good: str, holder: Holder, document: UUID, chance: random.Random
) -> Iterator[Link]:
    """Endless, by turns of every kind. `good` opens the document."""
    key, now = document_key(document), _now()
    foreign = HmacSignedLinks(chance.randbytes(32))
    kinds: tuple[tuple[str, Callable[[], str]], ...] = (
        ("changed", lambda: _changed(good, chance)),
        ("cut", lambda: good[: chance.randrange(len(good))]),
        ("longer", lambda: good + chance.choice(ALPHABET) * chance.randint(1, 9)),
        ("of two halves", lambda: good[:48] + links.issue(_stranger(), key, now)[48:]),
        ("expired", lambda: links.issue(holder, key, now - LINK_LIFE - timedelta(seconds=chance.randrange(10**6)))),
        ("of another document", lambda: links.issue(holder, document_key(uuid4()), now)),
        ("of another secret", lambda: foreign.issue(holder, key, now)),
        ("made up", lambda: "".join(chance.choices(ALPHABET, k=len(good)))),
    )
    for what, make in cycle(kinds):
        if (link := make()) != good:
            yield what, link


def _changed(link: str, chance: random.Random) -> str:
    letters = list(link)
    for _ in range(chance.randint(1, 4)):
        letters[chance.randrange(len(letters))] = chance.choice(ALPHABET)
    return "".join(letters)


def _stranger() -> Holder:
    return Holder(UserId(uuid4()), SessionId(uuid4()))


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the harness's own clock


async def links(server: Node, tries: int, over_http: int, seed: int) -> list[str]:
    """The violations; prints a line of figures."""
    chance = random.Random(seed)
    async with clients(server, 8) as processes:
        database = await asyncpg.connect(server.admin_dsn)
        try:
            campaign = Campaign(server, processes, database)
            sellers = await people(server.admin_dsn, server.settings, "seller", len(LOSSES))
            readers = await people(server.admin_dsn, server.settings, "buyer", len(LOSSES) + 1)
            _, document = await campaign.document(sellers[0])
            holder, port = await campaign.holder(readers[-1]), campaign.links
            good = port.issue(holder, document_key(document), _now())
            if await campaign.fetch(document, good) != 200:
                campaign.found.append("a good link does not open its document")
            wrong = wrong_links(port, good, holder, document, chance)
            for what, link in islice(wrong, tries):
                if _opens(port, link, document):
                    campaign.found.append(f"a link that is {what} opens on the port: {link}")
            lent = (("a stranger's", port.issue(_stranger(), document_key(document), _now())) for _ in range(over_http))
            for what, link in (*islice(wrong, over_http), *islice(lent, over_http // 8)):
                if (status := await campaign.fetch(document, link)) != 403:
                    campaign.found.append(f"a link that is {what} is answered {status}: {link}")
            for loss, seller, reader in zip(LOSSES, sellers, readers, strict=False):
                await campaign.is_dead_after(loss, seller, reader)
        finally:
            await database.close()
    print(
        f"links: {tries} wrong ones on the port, {over_http + over_http // 8} over {len(processes)} HTTP processes; "
        f"dead {campaign.longest * 1000:.0f} ms at most after each of {len(LOSSES)} losses of access; "
        f"{len(campaign.found)} violations"
    )
    return campaign.found


def _opens(links: HmacSignedLinks, link: str, document: UUID) -> bool:
    try:
        links.open(link, document_key(document), _now())
    except InvalidLink:
        return False
    return True
