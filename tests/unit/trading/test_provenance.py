"""The chain of hashes: pure, and what an agreement freezes of it."""

from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.adapters.bridges.trading_asks_inventory import SuppliesOfInventory
from marketplace.application.trading.lots import SettleLot
from marketplace.application.trading.provenance import (
    FreezeProvenance,
    Kept,
    LinkKind,
    Source,
    Wrong,
    chain,
    first_wrong,
)
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.trading.lot import LotStatus
from tests.builders.commerce import NOON, new_id
from tests.builders.lots import an_available_lot
from tests.fakes.lots import MemoryProvenances, MemoryTestedLots
from tests.fakes.market import Market

texts = st.text(max_size=20)
contents = st.dictionaries(
    texts, texts | st.integers(-(2**53) + 1, 2**53 - 1) | st.none() | st.lists(texts), max_size=5
)


def a_source(kind: LinkKind = LinkKind.TERMS, **content: object) -> Source:
    return Source(kind, new_id(), NOON, content)


def test_a_link_is_the_hash_of_the_one_before_and_its_content() -> None:
    first, second = chain([a_source(b=1, a="ü"), a_source(LinkKind.ORDER)])
    assert first.content == '{"a":"ü","b":1}'
    assert first.hash == sha256(bytes(32) + '{"a":"ü","b":1}'.encode()).hexdigest()
    assert second.hash == sha256(bytes.fromhex(first.hash) + b"{}").hexdigest()


@given(st.lists(contents, min_size=1, max_size=6), st.data())
def test_of_any_chain_the_altered_link_is_named(written: list[dict[str, object]], data: st.DataObject) -> None:
    sources = [Source(LinkKind.TERMS, new_id(), NOON, one) for one in written]
    links = chain(sources)
    kept = Kept(sources, [link.hash for link in links])
    assert first_wrong(links, kept) is None
    place = data.draw(st.integers(0, len(sources) - 1))
    altered = [*sources]
    altered[place] = Source(sources[place].kind, sources[place].id, NOON, {"forged": ["yes"]})
    forged = chain(altered)
    for links_shown, now_stored, reason in (
        (links, kept_now(altered, kept), Wrong.CHANGED),
        (forged, kept, Wrong.FROZEN),
        (forged, Kept(sources), Wrong.CHANGED),
        ([*links[:place], *forged[place:]][: place + 1], kept, Wrong.FROZEN),
    ):
        wrong = first_wrong(links_shown, now_stored)
        assert wrong is not None
        assert (wrong.place, wrong.id, wrong.reason) == (place, sources[place].id, reason)


def kept_now(sources: list[Source], kept: Kept) -> Kept:
    return Kept(sources, kept.hashes)


class Agreements(Market):
    def __init__(self) -> None:
        super().__init__()
        block = self.transaction
        self.provenances = MemoryProvenances(block)
        settle_lot = SettleLot(MemoryTestedLots(block), SuppliesOfInventory(self.stocks))
        self._freeze = FreezeProvenance(settle_lot, self.provenances, self.clock)

    async def freeze(self, order_id: OrderId) -> None:
        async with self.transaction:
            await self._freeze(order_id)


@pytest.fixture
def market() -> Agreements:
    return Agreements()


async def test_what_was_frozen_first_stays(market: Agreements) -> None:
    lot, order = an_available_lot(), OrderId(new_id())
    market.rows.lots[lot.id] = lot
    sources = [Source(LinkKind.LOT, lot.id, NOON, {"grade": "Middling"}), Source(LinkKind.ORDER, order, NOON, {})]
    market.provenances.stored[order] = sources
    await market.freeze(order)
    market.provenances.stored[order] = [a_source(LinkKind.ORDER, forged="yes")]
    market.clock.advance(timedelta(hours=1))
    await market.freeze(order)
    assert market.rows.provenances[order] == (lot.id, chain(sources), NOON)
    assert market.rows.lots[lot.id].status is LotStatus.AVAILABLE


async def test_of_an_order_that_is_not_there_nothing_is_kept(market: Agreements) -> None:
    await market.freeze(OrderId(new_id()))
    assert market.rows.provenances == {}
