"""The chain that leads from a tested lot to an order: what was known, proposed and agreed on, verifiable by hash."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Protocol
from uuid import UUID

import msgspec
import rfc8785
from msgspec import Meta

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock
from marketplace.application.trading.lots import SettleLot
from marketplace.domain.shared.errors import NotFound
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.trading.terms import LotId

GENESIS = bytes(32)
"""What the first link follows."""
MOST_LINKS = 100
"""More than a lot with all its reports and a negotiation with all its offers have."""

Digits = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", examples=["0f" * 32])]
"""A SHA-256 in hexadecimal digits."""


class ProvenanceNotFound(NotFound):
    code = "provenance_not_found"


class LinkKind(StrEnum):
    """Terms: one version of them, as an offer proposed it; the last one was agreed on."""

    LOT = "lot"
    REPORT = "report"
    TERMS = "terms"
    ORDER = "order"


class ProvenanceLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`content` is RFC 8785 JSON; `hash` is SHA-256 of the 32 bytes of the hash before (zeros for the first link)
    followed by the UTF-8 of `content`."""

    kind: Annotated[LinkKind, Meta(examples=["lot"])]
    id: Annotated[UUID, Meta(examples=["01978c55-0000-7000-8000-000000000001"])]
    at: Annotated[datetime, Meta(tz=True, examples=["2026-11-21T09:30:00Z"])]
    content: Annotated[str, Meta(max_length=65_536, examples=['{"commodity":"cotton"}'])]
    hash: Digits


class ProvenanceView(msgspec.Struct, frozen=True):
    """`hash` is that of the last link. `frozen_at`: since when the hashes are kept; null for some moments after the
    agreement, and for good where the goods are neither of the desk nor of a tested lot."""

    order_id: OrderId
    lot_id: LotId | None
    frozen_at: datetime | None
    links: list[ProvenanceLink]
    hash: Digits


class AgreedView(msgspec.Struct, frozen=True):
    order_id: OrderId
    hash: Digits
    frozen_at: datetime


class LotProvenanceView(msgspec.Struct, frozen=True):
    """`orders`: those over the lot that you are a party of, the latest 100; their own chains lead to `hash`."""

    lot_id: LotId
    links: list[ProvenanceLink]
    hash: Digits
    orders: list[AgreedView]


class Wrong(StrEnum):
    """Hash: does not follow from the content and the hash before. Unknown: no such link stands there. Frozen: is not
    the hash that was kept when it was agreed on. Changed: what is stored now is not what this link says."""

    HASH = "hash"
    UNKNOWN = "unknown"
    FROZEN = "frozen"
    CHANGED = "changed"


class WrongView(msgspec.Struct, frozen=True):
    place: Annotated[int, Meta(description="In the list, counted from 0.", examples=[1])]
    kind: LinkKind
    id: UUID
    reason: Wrong


class VerdictView(msgspec.Struct, frozen=True):
    valid: bool
    first_wrong: WrongView | None


@dataclass(frozen=True, slots=True)
class Source:
    """What a link says, as it is stored: texts, whole numbers, lists and maps of them."""

    kind: LinkKind
    id: UUID
    at: datetime
    content: Mapping[str, Any]

    @property
    def canonical(self) -> str:
        return rfc8785.dumps(dict(self.content)).decode()


@dataclass(frozen=True, slots=True)
class Kept:
    """`hashes`: frozen at the agreement, if there was one."""

    sources: Sequence[Source]
    hashes: Sequence[str] | None = None


def link_hash(previous: bytes, content: str) -> bytes:
    return sha256(previous + content.encode()).digest()


def chain(sources: Sequence[Source]) -> list[ProvenanceLink]:
    links, previous = [], GENESIS
    for source in sources:
        content = source.canonical
        previous = link_hash(previous, content)
        links.append(ProvenanceLink(source.kind, source.id, source.at, content, previous.hex()))
    return links


def first_wrong(links: Sequence[ProvenanceLink], kept: Kept) -> WrongView | None:
    previous = GENESIS
    for place, link in enumerate(links):
        if reason := _wrong(place, link, previous, kept):
            return WrongView(place, link.kind, link.id, reason)
        previous = bytes.fromhex(link.hash)
    return None


def _wrong(place: int, link: ProvenanceLink, previous: bytes, kept: Kept) -> Wrong | None:
    if link_hash(previous, link.content).hex() != link.hash:
        return Wrong.HASH
    source = kept.sources[place] if place < len(kept.sources) else None
    if source is None or (source.kind, source.id) != (link.kind, link.id):
        return Wrong.UNKNOWN
    if kept.hashes is not None and kept.hashes[place] != link.hash:
        return Wrong.FROZEN
    if (source.at, source.canonical) != (link.at, link.content):
        return Wrong.CHANGED
    return None


class Provenances(Protocol):
    async def of_agreement(self, order_id: OrderId) -> Sequence[Source]:
        """From the lot, where there is one, to the order, as they are stored now; none for no such order."""
        ...

    async def freeze(
        self, order_id: OrderId, lot_id: LotId | None, links: Sequence[ProvenanceLink], now: datetime
    ) -> None:
        """Keep the hashes for good; what was frozen before stays."""
        ...


class ProvenanceQueries(Protocol):
    async def order(self, actor: Actor, order_id: OrderId) -> ProvenanceView:
        """For its two parties; raises ProvenanceNotFound."""
        ...

    async def lot(self, actor: Actor, lot_id: LotId) -> LotProvenanceView:
        """For its owner and the parties of orders over it; raises LotNotFound."""
        ...

    async def kept(self, first: ProvenanceLink, last: ProvenanceLink) -> Kept:
        """Of a chain that ends at an order, or else of the lot that it begins with: nothing where neither is so."""
        ...


@dataclass(frozen=True, slots=True)
class FreezeProvenance:
    """Inside a running transaction: show what is left of the agreement's lot, and freeze how it came about."""

    settle_lot: SettleLot
    provenances: Provenances
    clock: Clock

    async def __call__(self, order_id: OrderId) -> None:
        sources = await self.provenances.of_agreement(order_id)
        lot = next((LotId(one.id) for one in sources if one.kind is LinkKind.LOT), None)
        if lot:
            await self.settle_lot(lot)
        if sources:
            await self.provenances.freeze(order_id, lot, chain(sources), self.clock.now())


@dataclass(frozen=True, slots=True)
class VerifyProvenance:
    """For whoever holds a chain: it says nothing of it but whether it is still true."""

    provenances: ProvenanceQueries

    async def __call__(self, actor: Actor, links: Sequence[ProvenanceLink]) -> VerdictView:
        """`links`: one at least."""
        actor.require(Permission.TRADE)
        wrong = first_wrong(links, await self.provenances.kept(links[0], links[-1]))
        return VerdictView(wrong is None, wrong)
